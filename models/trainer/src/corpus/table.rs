//! The corpus as it is committed: tab-separated tables, one for each major group of OSCA.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use domain::Code;

const HEADER: &str = "osca\tanzsco\toccp_text\ttasks_text";

/// One record of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its OSCA occupation.
    pub osca: Code,
    /// Its ANZSCO occupation, or several where the correspondence leaves it open.
    pub anzsco: Vec<Code>,
    /// What the occupation is called.
    pub title: String,
    /// What is done in it; may be empty.
    pub tasks: String,
}

/// Reads all tables of a corpus folder, in the order of their names.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Record>> {
    let listing = fs::read_dir(folder)
        .with_context(|| format!("cannot read the corpus folder `{}`", folder.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tsv"));
    paths.sort();
    let mut records = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path)?;
        parse(&text, &mut records).with_context(|| format!("in `{}`", path.display()))?;
    }
    ensure!(!records.is_empty(), "no records in the corpus folder `{}`", folder.display());
    Ok(records)
}

fn parse(text: &str, records: &mut Vec<Record>) -> anyhow::Result<()> {
    let mut lines = text.lines();
    ensure!(lines.next() == Some(HEADER), "the first line is not the corpus's header");
    for (number, line) in (2..).zip(lines) {
        let record = parse_line(line).with_context(|| format!("in line {number}"))?;
        records.push(record);
    }
    Ok(())
}

fn parse_line(line: &str) -> anyhow::Result<Record> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [osca, anzsco, title, tasks] = fields[..] else {
        bail!("{} fields instead of 4", fields.len());
    };
    Ok(Record {
        osca: osca.parse()?,
        anzsco: anzsco.split(' ').map(str::parse).collect::<Result<_, _>>()?,
        title: title.to_owned(),
        tasks: tasks.to_owned(),
    })
}

/// Writes the records as tables, one for each major group of OSCA.
pub fn write(records: &[Record], folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for major in '1'..='8' {
        let mut text = format!("{HEADER}\n");
        for record in records.iter().filter(|record| record.osca.as_str().starts_with(major)) {
            let anzsco: Vec<&str> = record.anzsco.iter().map(Code::as_str).collect();
            let fields = [record.osca.as_str(), &anzsco.join(" "), &record.title, &record.tasks];
            text.push_str(&fields.join("\t"));
            text.push('\n');
        }
        fs::write(folder.join(format!("major-{major}.tsv")), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() -> anyhow::Result<()> {
        let record = Record {
            osca: "371131".parse()?,
            anzsco: vec!["331111".parse()?, "331112".parse()?],
            title: "brickie".to_owned(),
            tasks: String::new(),
        };
        let folder = tempfile::tempdir()?;
        write(std::slice::from_ref(&record), folder.path())?;
        assert_eq!(read(folder.path())?, [record]);
        Ok(())
    }

    #[test]
    fn a_bad_line_is_named() {
        let text = format!("{HEADER}\n371131\t331111\tbrickie\n");
        let error = parse(&text, &mut Vec::new()).expect_err("a field is missing");
        assert_eq!(format!("{error:#}"), "in line 2: 3 fields instead of 4");
    }
}
