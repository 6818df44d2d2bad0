//! Files of texts with their codes: `code,occp_text,tasks_text`.

use std::path::Path;

use anyhow::{Context, ensure};
use domain::Code;

/// A line of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Where the line stands, from 1.
    pub line: u64,
    pub code: Code,
    pub title: String,
    pub tasks: String,
}

/// Reads a file. The column `tasks_text` may be missing, further columns are ignored.
pub fn read(file: &Path) -> anyhow::Result<Vec<Coded>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .with_context(|| format!("cannot read `{}`", file.display()))?;
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|field| field.trim() == name);
    let missing = |name: &str| {
        format!("`{}` has no column `{name}`; columns: code,occp_text,tasks_text", file.display())
    };
    let code = column("code").with_context(|| missing("code"))?;
    let title = column("occp_text").with_context(|| missing("occp_text"))?;
    let tasks = column("tasks_text");
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("`{}` is not CSV", file.display()))?;
        let field = |place: usize| record.get(place).unwrap_or_default().trim();
        let line = record.position().map_or(0, csv::Position::line);
        let code: Code = field(code)
            .parse()
            .with_context(|| format!("in line {line} of `{}`", file.display()))?;
        let tasks = tasks.map_or("", field).to_owned();
        records.push(Coded { line, code, title: field(title).to_owned(), tasks });
    }
    ensure!(!records.is_empty(), "`{}` has no records", file.display());
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> anyhow::Result<Vec<Coded>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("records.csv");
        std::fs::write(&file, text)?;
        read(&file)
    }

    #[test]
    fn tasks_may_be_missing_and_texts_quoted() -> anyhow::Result<()> {
        let records = read_text("occp_text,code\nbrickie,371131\n\"tiler, roof\",37\n")?;
        assert_eq!(records.len(), 2);
        assert_eq!((records[1].title.as_str(), records[1].tasks.as_str()), ("tiler, roof", ""));
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |text: &str| format!("{:#}", read_text(text).expect_err("a bad file"));
        assert!(message("code,title\n1,x\n").contains("no column `occp_text`"));
        assert!(message("code,occp_text\n3,a\n12345,b\n").contains("in line 3 of"));
        assert!(message("code,occp_text\n").contains("no records"));
    }
}
