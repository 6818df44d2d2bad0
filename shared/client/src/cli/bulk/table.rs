//! Tables, read a row at a time.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::rc::Rc;

use anyhow::Context;
use clap::ValueEnum;
use csv::ByteRecord;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Comma-separated, with a header
    Csv,
    /// Tab-separated, with a header
    Tsv,
    /// A JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

impl Format {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// What a file is by its name.
    pub(super) fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_ascii_lowercase().to_str()? {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// A value of a row, as it stands in the file.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Blank,
    Text(String),
    Json(Box<RawValue>),
}

impl Cell {
    pub(super) fn json(value: &impl Serialize) -> Self {
        to_raw_value(value).map_or(Self::Blank, Self::Json)
    }

    /// The value in a file that knows text only.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Blank => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(json) => match json.get() {
                "null" => Cow::Borrowed(""),
                json => serde_json::from_str(json).map_or(Cow::Borrowed(json), Cow::Owned),
            },
        }
    }

    /// The value as a text of a record, in JSON: of a number its digits, of nothing a blank. What
    /// is neither text nor any of these is left to be found wrong.
    pub(super) fn json_text(&self) -> Cow<'_, str> {
        match self {
            Self::Blank => Cow::Borrowed("\"\""),
            Self::Text(text) => Cow::Owned(serde_json::Value::from(text.as_str()).to_string()),
            Self::Json(json) => match json.get() {
                "null" => Cow::Borrowed("\"\""),
                number
                    if number.starts_with(|first: char| first == '-' || first.is_ascii_digit()) =>
                {
                    Cow::Owned(format!("\"{number}\""))
                }
                json => Cow::Borrowed(json),
            },
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Blank => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

/// A row of a table.
#[derive(Debug)]
pub(super) struct Row {
    names: Rc<[String]>,
    cells: Vec<Cell>,
    /// What is wrong with the row as a whole.
    pub(super) fault: Option<String>,
}

impl Row {
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The cell of a column, which is most probably at this position.
    pub(super) fn cell(&self, name: &str, position: usize) -> &Cell {
        let is_here = self.names.get(position).is_some_and(|here| here == name);
        let position = if is_here { Some(position) } else { self.position(name) };
        position.and_then(|position| self.cells.get(position)).unwrap_or(&Cell::Blank)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|here| here == name)
    }

    /// Each column with its cell.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &Cell)> + Clone {
        self.names.iter().map(String::as_str).zip(&self.cells)
    }
}

/// A file that is being read.
pub(super) struct Table {
    /// The columns; of a JSONL file they are known only at its end.
    pub(super) names: Option<Rc<[String]>>,
    pub(super) rows: Box<dyn Iterator<Item = anyhow::Result<Row>>>,
}

impl Table {
    pub(super) fn open(path: &Path, format: Format) -> anyhow::Result<Self> {
        let file = File::open(path)?;
        match format {
            Format::Csv => delimited(file, b','),
            Format::Tsv => delimited(file, b'\t'),
            Format::Jsonl => Ok(Self { names: None, rows: Box::new(Lines::new(file)) }),
            Format::Parquet => parquet(file),
        }
    }
}

fn delimited(file: File, delimiter: u8) -> anyhow::Result<Table> {
    // The reader takes care of a byte-order mark.
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let names: Rc<[String]> = reader
        .headers()
        .context("the header is not UTF-8 text; save the file as UTF-8")?
        .iter()
        .map(str::to_owned)
        .collect();
    let of_rows = Rc::clone(&names);
    let rows = reader.into_byte_records().map(move |row| Ok(delimited_row(&of_rows, &row?)));
    Ok(Table { names: Some(names), rows: Box::new(rows) })
}

fn delimited_row(names: &Rc<[String]>, record: &ByteRecord) -> Row {
    let mut fault = None;
    if record.len() != names.len() {
        let (cells, columns) = (record.len(), names.len());
        fault = Some(format!("has {cells} cells, the header has {columns}"));
    }
    let mut cell = |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, Cow::Owned(_)) {
            fault = Some("is not UTF-8 text; save the file as UTF-8".to_owned());
        }
        Cell::Text(text.into_owned())
    };
    let mut cells: Vec<Cell> = record.iter().take(names.len()).map(&mut cell).collect();
    cells.resize(names.len(), Cell::Blank);
    Row { names: Rc::clone(names), cells, fault }
}

/// The lines of a JSONL file that are not blank.
struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    is_first: bool,
}

impl Lines {
    fn new(file: File) -> Self {
        Self { reader: BufReader::new(file), line: Vec::new(), is_first: true }
    }
}

impl Iterator for Lines {
    type Item = anyhow::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.line.clear();
            match self.reader.read_until(b'\n', &mut self.line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(error.into())),
            }
            let mut line = self.line.as_slice();
            if std::mem::take(&mut self.is_first) {
                line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
            }
            if !line.trim_ascii().is_empty() {
                return Some(Ok(line_row(line)));
            }
        }
    }
}

fn line_row(line: &[u8]) -> Row {
    let (fields, fault) = match serde_json::from_slice(line) {
        Ok(Object(fields)) => (fields, None),
        Err(_) => (Vec::new(), Some("is not a JSON object in UTF-8".to_owned())),
    };
    let (names, cells): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    Row { names: names.into(), cells, fault }
}

/// The fields of a JSON object, in order, each as it stands.
struct Object(Vec<(String, Cell)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, json)) = map.next_entry()? {
            fields.push((name, Cell::Json(json)));
        }
        Ok(Object(fields))
    }
}

fn parquet(file: File) -> anyhow::Result<Table> {
    let reader = SerializedFileReader::new(file)?;
    let columns = reader.metadata().file_metadata().schema().get_fields();
    let names: Rc<[String]> = columns.iter().map(|column| column.name().to_owned()).collect();
    let of_rows = Rc::clone(&names);
    let rows = reader.into_iter().map(move |row| {
        let row = row.context("only plain, gzip, snappy and zstd columns can be read")?;
        let cells = row.get_column_iter().map(|(_, value)| parquet_cell(value)).collect();
        Ok(Row { names: Rc::clone(&of_rows), cells, fault: None })
    });
    Ok(Table { names: Some(names), rows: Box::new(rows) })
}

fn parquet_cell(value: &Field) -> Cell {
    match value {
        Field::Null => Cell::Blank,
        Field::Str(text) => Cell::Text(text.clone()),
        // Older writers do not mark text as such.
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Text(value.to_string()),
        },
        Field::Bool(value) => Cell::json(value),
        Field::Byte(value) => Cell::json(value),
        Field::Short(value) => Cell::json(value),
        Field::Int(value) => Cell::json(value),
        Field::Long(value) => Cell::json(value),
        Field::UByte(value) => Cell::json(value),
        Field::UShort(value) => Cell::json(value),
        Field::UInt(value) => Cell::json(value),
        Field::ULong(value) => Cell::json(value),
        Field::Float(value) if value.is_finite() => Cell::json(value),
        Field::Double(value) if value.is_finite() => Cell::json(value),
        // Dates, times and decimals as they are commonly written; all else somehow.
        _ => Cell::Text(value.to_string()),
    }
}
