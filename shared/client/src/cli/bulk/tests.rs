use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use parquet::basic::{Compression as Packing, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A file in a folder of its own.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    (folder, file)
}

fn columns() -> Columns {
    Columns { title: "job".to_owned(), tasks: Some("duties".to_owned()), id: Some("id".to_owned()) }
}

fn open(file: &Path) -> Table {
    Table::open(file, Format::of(file).unwrap()).unwrap()
}

/// What the first pass finds in a file, and the lines that it sends.
fn surveyed(name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<(Survey, Vec<Value>)> {
    let (_folder, file) = file(name, content);
    let mut lines = Vec::new();
    let survey = survey(open(&file), &columns(), |line| {
        lines.push(serde_json::from_str(line).unwrap());
        Ok(())
    })?;
    Ok((survey, lines))
}

fn sent(number: u64, title: &str, tasks: &str) -> Value {
    json!({"recordId": number, "occp_text": title, "tasks_text": tasks})
}

/// The result of a row with a code, as the service writes it.
fn coded(number: u64, title: &str, tasks: &str, code: &str) -> String {
    let result = json!({"codeCategory": code, "codeLabel": "A, label", "codeConfidence": 0.9312});
    let input = sent(number, title, tasks);
    json!({"recordId": number, "codeStatus": "successful", "input": input, "result": result, "suggestions": null})
        .to_string()
}

/// The result of a row without one.
fn uncoded(number: u64, title: &str, tasks: &str) -> String {
    let suggestion =
        |code: &str| json!({"codeCategory": code, "codeLabel": "A label", "codeConfidence": 0.1});
    let suggestions = [suggestion("111111"), suggestion("2222")];
    let input = sent(number, title, tasks);
    json!({"recordId": number, "codeStatus": "unsuccessful", "input": input, "result": null, "suggestions": suggestions})
        .to_string()
}

/// A file joined to result lines, as the other kind of file.
fn joined_as(
    format: Format,
    name: &str,
    content: &str,
    results: &[String],
) -> anyhow::Result<String> {
    let (_folder, file) = file(name, content);
    let survey = survey(open(&file), &columns(), |_| Ok(()))?;
    let mut bytes = Vec::new();
    let mut output = Output::new(format, &mut bytes, &survey.names)?;
    join(open(&file), &columns(), results.join("\n").as_bytes(), &mut output, |_| Ok(()))?;
    drop(output);
    Ok(String::from_utf8(bytes).unwrap())
}

const CSV: &str = "id,job,duties\n007,brickie,\"lay, bricks\"\n,\"a \"\"boss\"\"\",\n";

#[test]
fn csv_is_read_with_a_mark_quotes_and_any_line_ends() {
    let expected = [sent(1, "brickie", "lay, bricks"), sent(2, "a \"boss\"", "")];
    for content in [CSV.to_owned(), format!("\u{feff}{CSV}"), CSV.replace('\n', "\r\n")] {
        let (survey, lines) = surveyed("jobs.csv", content).unwrap();
        assert_eq!(lines, expected);
        assert_eq!(survey.names, ["id", "job", "duties"]);
        assert_eq!((survey.rows, survey.sent, survey.bad), (2, 2, 0));
    }
}

#[test]
fn tsv_is_read() {
    let (_, lines) = surveyed("jobs.tsv", "job\tduties\tid\nchef, head\tcook\t1\n").unwrap();
    assert_eq!(lines, [sent(1, "chef, head", "cook")]);
}

#[test]
fn jsonl_is_read_with_a_mark_blank_lines_and_no_last_line_end() {
    let content = "\u{feff}{\"job\": \"ch\\u00e9f\", \"id\": 1, \"duties\": null}\r\n\n \n{\"more\": [1], \"job\": 911, \"duties\": \"x\", \"id\": 1.50}";
    let (survey, lines) = surveyed("jobs.jsonl", content).unwrap();
    assert_eq!(lines, [sent(1, "chéf", ""), sent(2, "911", "x")]);
    assert_eq!(survey.names, ["job", "id", "duties", "more"]);
}

/// A Parquet file with text, whole numbers and fractions, some of them missing.
fn parquet_file(packing: Packing) -> Vec<u8> {
    let schema = "message rows {
        OPTIONAL BYTE_ARRAY job (UTF8); REQUIRED BYTE_ARRAY duties;
        REQUIRED INT64 id; OPTIONAL DOUBLE pay;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(packing).build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let text = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect::<Vec<_>>();

    let mut column = group.next_column().unwrap().unwrap();
    let jobs = text(&["brickie"]);
    column.typed::<ByteArrayType>().write_batch(&jobs, Some(&[1, 0]), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let duties = text(&["lay bricks", "cook"]);
    column.typed::<ByteArrayType>().write_batch(&duties, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[7, i64::MAX], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[0.5], Some(&[0, 1]), None).unwrap();
    column.close().unwrap();

    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_is_read_however_it_is_packed_and_its_values_keep_their_types() {
    let zstd = Packing::ZSTD(ZstdLevel::default());
    for packing in
        [Packing::UNCOMPRESSED, Packing::SNAPPY, Packing::GZIP(GzipLevel::default()), zstd]
    {
        let (_folder, file) = file("jobs.parquet", parquet_file(packing));
        let rows: Vec<_> = open(&file).rows.map(Result::unwrap).collect();
        let column = |name: &str| -> Vec<Value> {
            rows.iter().map(|row| serde_json::to_value(row.cell(name, 0)).unwrap()).collect()
        };
        assert_eq!(column("job"), [json!("brickie"), Value::Null], "{packing:?}");
        assert_eq!(column("duties"), [json!("lay bricks"), json!("cook")], "{packing:?}");
        assert_eq!(column("id"), [json!(7), json!(i64::MAX)], "{packing:?}");
        assert_eq!(column("pay"), [Value::Null, json!(0.5)], "{packing:?}");
        let lines = surveyed("jobs.parquet", parquet_file(packing)).unwrap().1;
        assert_eq!(lines, [sent(1, "brickie", "lay bricks"), sent(2, "", "cook")]);
    }
}

#[test]
fn bad_rows_are_named_by_number_and_identifier_in_the_words_of_the_file() {
    let content = format!(
        "id,job,duties\na,,\nb,chef,cook\nc,{},x\nd,\"tab\there\",\ne,short\nf,看,\ng,nurse,ward,extra\n",
        "x".repeat(300)
    );
    let (survey, lines) = surveyed("jobs.csv", content).unwrap();
    assert_eq!(lines, [sent(2, "chef", "cook")]);
    assert_eq!((survey.rows, survey.sent, survey.bad), (7, 1, 6));
    assert_eq!(
        survey.shown,
        [
            "row 1 (id a): job and duties are both blank",
            "row 3 (id c): job and duties have 301 characters together, 300 are allowed",
            "row 4 (id d): job character 4 (U+0009) is not printable ASCII",
            "row 5: has 2 cells, the header has 3",
            "row 6 (id f): job character 1 (U+770B) is not printable ASCII",
            "row 7: has 4 cells, the header has 3",
        ]
    );
}

#[test]
fn what_is_no_text_is_a_bad_row() {
    let (survey, _) = surveyed("jobs.csv", b"id,job,duties\n1,caf\xe9,\n").unwrap();
    assert_eq!(survey.shown, ["row 1: is not UTF-8 text; save the file as UTF-8"]);
    let lines =
        "{\"id\": 1, \"job\": true, \"duties\": \"\"}\nnonsense\n[\"job\"]\n{\"job\": \"\\ud800\"}";
    let (survey, _) = surveyed("jobs.jsonl", lines).unwrap();
    assert_eq!(
        survey.shown,
        [
            "row 1 (id 1): job must be a string",
            "row 2: is not a JSON object in UTF-8",
            "row 3: is not a JSON object in UTF-8",
            "row 4 (id ): job holds an unpaired surrogate",
        ]
    );
}

#[test]
fn only_the_first_twenty_bad_rows_are_shown_and_all_are_counted() {
    let (survey, _) =
        surveyed("jobs.csv", format!("id,job,duties\n{}", ",,\n".repeat(50))).unwrap();
    assert_eq!((survey.bad, survey.shown.len()), (50, 20));
}

#[test]
fn a_missing_column_is_told_from_a_bad_row() {
    for (name, content) in [
        ("jobs.csv", "id,title,duties\n1,chef,\n"),
        ("jobs.jsonl", "{\"id\": 1, \"duties\": \"\"}"),
    ] {
        let error = surveyed(name, content).unwrap_err().to_string();
        assert!(error.starts_with("there is no column \"job\"; the columns are: id"), "{error}");
    }
}

#[test]
fn every_row_gets_its_code_and_keeps_its_columns() {
    let results = [coded(1, "brickie", "lay, bricks", "3711"), uncoded(2, "a \"boss\"", "")];
    assert_eq!(
        joined_as(Format::Csv, "jobs.csv", CSV, &results).unwrap(),
        "id,job,duties,code,label,level,confidence,status,code_1,code_2,code_3,code_4,code_6,suggestions,error\n\
         007,brickie,\"lay, bricks\",3711,\"A, label\",4,0.9312,successful,3,37,371,3711,,,\n\
         ,\"a \"\"boss\"\"\",,,,,,unsuccessful,,,,,,111111 2222,\n"
    );
}

#[test]
fn a_row_that_was_not_sent_comes_back_with_the_reason() {
    let content = "id,job,duties\n1,,\n2,chef,cook\n3,more,cells,here\n";
    let output = joined_as(Format::Tsv, "jobs.csv", content, &[coded(2, "chef", "cook", "351311")]);
    let lines: Vec<_> = output.unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "1\t\t\t\t\t\t\tnot sent\t\t\t\t\t\t\tjob and duties are both blank");
    assert_eq!(
        lines[2],
        "2\tchef\tcook\t351311\tA, label\t6\t0.9312\tsuccessful\t3\t35\t351\t3513\t351311\t\t"
    );
    assert!(lines[3].starts_with("3\tmore\tcells\t\t"), "{}", lines[3]);
    assert!(lines[3].ends_with("\thas 4 cells, the header has 3"), "{}", lines[3]);
}

#[test]
fn json_stays_as_it_was_and_codes_are_text_in_it() {
    let content = "{\"job\": \"chef\", \"id\": 1.50, \"more\": {\"a\": [1]}, \"duties\": \"\"}\n{\"code\": 7, \"job\": \"x\"}\n";
    let results = [coded(1, "chef", "", "3"), uncoded(2, "x", "")];
    let output = joined_as(Format::Jsonl, "jobs.jsonl", content, &results).unwrap();
    assert_eq!(
        output,
        "{\"job\":\"chef\",\"id\":1.50,\"more\":{\"a\": [1]},\"duties\":\"\",\"code_coded\":\"3\",\"label\":\"A, label\",\"level\":1,\"confidence\":0.9312,\"status\":\"successful\",\"code_1\":\"3\",\"code_2\":null,\"code_3\":null,\"code_4\":null,\"code_6\":null,\"suggestions\":null,\"error\":null}\n\
         {\"code\":7,\"job\":\"x\",\"code_coded\":null,\"label\":null,\"level\":null,\"confidence\":null,\"status\":\"unsuccessful\",\"code_1\":null,\"code_2\":null,\"code_3\":null,\"code_4\":null,\"code_6\":null,\"suggestions\":\"111111 2222\",\"error\":null}\n"
    );
    // As CSV, a field stands in its column wherever the object has it.
    let output = joined_as(Format::Csv, "jobs.jsonl", content, &results).unwrap();
    let lines: Vec<_> = output.lines().collect();
    assert!(lines[0].starts_with("job,id,more,duties,code,code_coded,label,"), "{}", lines[0]);
    assert!(lines[1].starts_with("chef,1.50,\"{\"\"a\"\": [1]}\",,,3,"), "{}", lines[1]);
    assert!(lines[2].starts_with("x,,,,7,,,,,unsuccessful"), "{}", lines[2]);
}

#[test]
fn names_that_are_taken_get_a_suffix_until_they_are_free() {
    let content = "job,duties,id,code,label,label_coded,job\nchef,,1,x,y,z,again\n";
    let output = joined_as(Format::Csv, "jobs.csv", content, &[coded(1, "chef", "", "351311")]);
    let output = output.unwrap();
    let (header, row) = output.trim_end().split_once('\n').unwrap();
    assert!(header.starts_with(
        "job,duties,id,code,label,label_coded,job,code_coded,label_coded_coded,level,"
    ));
    assert!(row.starts_with("chef,,1,x,y,z,again,351311,"), "{row}");
    let names = ["job", "id", "job"].map(str::to_owned);
    assert!(check_names(Format::Jsonl, &names).is_err());
    assert!(check_names(Format::Csv, &names).is_ok());
}

#[test]
fn a_result_that_is_not_the_files_is_an_error() {
    let content = "id,job,duties\n1,chef,\n2,nurse,\n";
    let (one, two) = (coded(1, "chef", "", "3"), coded(2, "nurse", "", "2"));
    let other = coded(2, "nurse, night", "", "2");
    let without_id = one.replace("\"recordId\":1", "\"recordId\":null");
    for (results, expected) in [
        (vec![two.clone(), one.clone()], "the line of row 1 has the recordId 2"),
        (vec![one.clone()], "too few lines"),
        (vec![one.clone(), two.clone(), two.clone()], "too many lines"),
        (vec![one.clone(), other], "row 2 is not what was coded"),
        (vec![without_id, two.clone()], "the line of row 1 has the recordId none"),
        (vec![one.clone(), "{}".to_owned()], "row 2 has no proper result"),
    ] {
        let error = joined_as(Format::Csv, "jobs.csv", content, &results).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }
    assert!(joined_as(Format::Csv, "jobs.csv", content, &[one, two]).is_ok());
}

#[test]
fn a_line_that_the_service_found_wrong_keeps_its_error() {
    let line = json!({"recordId": 1, "codeStatus": "unsuccessful", "input": "{…", "result": null, "suggestions": null, "error": "is wrong"});
    let output =
        joined_as(Format::Csv, "jobs.csv", "id,job,duties\n1,chef,\n", &[line.to_string()]);
    assert!(output.unwrap().ends_with("1,chef,,,,,,unsuccessful,,,,,,,is wrong\n"));
}

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

fn arguments(words: &[&str]) -> Arguments {
    CommandLine::parse_from(words).arguments
}

#[test]
fn the_command_to_resume_with_is_the_same_but_for_the_operation() {
    let id = "6b1f7c1e-5c0a-4c43-9d55-0c6a9f1b2f11";
    let words = [
        "bulk",
        "my jobs",
        "--title-column",
        "it's",
        "-o",
        "out.csv",
        "--format",
        "csv",
        "--topic",
        "anzsco",
        "--skip-bad-rows",
        "--id-column",
        "-",
    ];
    let command = arguments(&words).resume_command(id.parse().unwrap());
    let again = shlex::split(&command).unwrap();
    let again: Vec<&str> = again.iter().skip(1).map(String::as_str).collect();
    let again = arguments(&again);
    assert_eq!(again.resume.unwrap().to_string(), id);
    assert_eq!(again.file, Path::new("my jobs"));
    assert_eq!((again.title_column.as_str(), again.topic.as_str()), ("it's", "anzsco"));
    assert_eq!((again.format, again.id_column.as_deref()), (Some(Format::Csv), Some("-")));
    assert!(again.skip_bad_rows && !again.force);
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let (folder, file) = file("jobs.csv", CSV);
    let there = folder.path().join("there.csv");
    std::fs::write(&there, "").unwrap();
    let check = |output: &Path, more: &[&str]| {
        let (file, output) = (file.to_str().unwrap(), output.to_str().unwrap());
        let words = ["bulk", file, "--title-column", "job", "-o", output];
        let arguments = arguments(&[&words, more].concat());
        arguments.output_format(Path::new(output)).map_err(|error| error.to_string())
    };
    let path = |name: &str| folder.path().join(name);
    assert_eq!(check(&path("new.TSV"), &[]), Ok(Format::Tsv));
    assert_eq!(check(&there, &["--force"]), Ok(Format::Csv));
    for (output, expected) in [
        (there.clone(), "--force"),
        (file.clone(), "is the file itself"),
        (path("new.parquet"), "Parquet is read but not written"),
        (path("new.xlsx"), "must end in .csv"),
        (path("none/new.csv"), "there is no folder"),
    ] {
        let error = check(&output, &[]).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    assert!(check(&file, &["--force"]).unwrap_err().contains("is the file itself"));
}

#[test]
fn an_operation_of_another_number_of_records_is_not_this_files() {
    let operation = |total: Option<u64>| -> Operation {
        serde_json::from_value(json!({
            "operationId": Uuid::nil(), "status": "COMPLETED", "topic": "osca",
            "modelId": Uuid::nil(), "createdAt": "2026-11-25T01:02:03Z", "recordsTotal": total,
            "recordsCoded": 2, "recordsSuccessful": 2, "recordsUnsuccessful": 0,
            "recordsInvalid": 0, "percentComplete": 100,
        }))
        .unwrap()
    };
    assert!(check_total(&operation(Some(2)), 2).is_ok());
    let error = check_total(&operation(Some(2)), 3).unwrap_err().to_string();
    assert!(error.starts_with("the operation coded 2 records, the file has 3"), "{error}");
}
