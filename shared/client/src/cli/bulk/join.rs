//! The second pass over a table: each row beside its result.

use std::io::{BufRead, Write};

use anyhow::{Context, bail, ensure};
use domain::{Level, Record};

use super::check::Columns;
use super::output::{Added, Output};
use super::table::{Cell, Table};
use crate::{Candidate, CodeStatus, LineInput, ResultLine};

/// How often the person is asked whether to go on, in rows.
const CHECKED_EVERY: u64 = 1_000;

/// What became of the rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) rows: u64,
    pub(super) coded: u64,
    pub(super) not_sent: u64,
}

/// Writes every row with its code. The rows that were sent and the lines of the result must be the
/// same, one by one.
pub(super) fn join(
    table: Table,
    columns: &Columns,
    results: impl BufRead,
    output: &mut Output<impl Write>,
    mut go_on: impl FnMut(u64) -> anyhow::Result<()>,
) -> anyhow::Result<Joined> {
    let mut results = results.lines();
    let mut joined = Joined::default();
    for row in table.rows {
        let row = row?;
        joined.rows += 1;
        let added = match columns.record(&row, joined.rows) {
            Ok((_, record)) => {
                let line = results.next().context("the result has too few lines")??;
                let result = result_of(&line, joined.rows, &record)?;
                joined.coded += u64::from(result.code_status == CodeStatus::Successful);
                added(&result)
            }
            Err(reason) => {
                joined.not_sent += 1;
                not_sent(reason)
            }
        };
        output.write(&row, &added)?;
        if joined.rows.is_multiple_of(CHECKED_EVERY) {
            go_on(joined.rows)?;
        }
    }
    ensure!(results.next().is_none(), "the result has too many lines");
    output.flush()?;
    Ok(joined)
}

/// A line of the result, once it is certain that it answers this row.
fn result_of(line: &str, number: u64, record: &Record) -> anyhow::Result<ResultLine> {
    let result: ResultLine =
        serde_json::from_str(line).with_context(|| format!("row {number} has no proper result"))?;
    if result.record_id != Some(number.into()) {
        let id = result.record_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
        bail!("the result does not fit the file: the line of row {number} has the recordId {id}");
    }
    if let LineInput::Record(input) = &result.input {
        let is_same = input.occp_text == record.occp_text_sent()
            && input.tasks_text == record.tasks_text_sent();
        ensure!(is_same, "row {number} is not what was coded: the file was changed since");
    }
    Ok(result)
}

fn not_sent(reason: String) -> Added {
    let mut added = [const { Cell::Blank }; _];
    added[4] = Cell::Text("not sent".to_owned());
    added[11] = Cell::Text(reason);
    added
}

fn added(result: &ResultLine) -> Added {
    let coded = result.result.as_ref();
    let code = coded.map(|coded| &coded.code_category);
    let at =
        |level| cell(code.and_then(|code| code.at(level)).map(|code| code.as_str().to_owned()));
    let status = match result.code_status {
        CodeStatus::Successful => "successful",
        CodeStatus::Unsuccessful => "unsuccessful",
    };
    [
        cell(code.map(|code| code.as_str().to_owned())),
        cell(coded.map(|coded| coded.code_label.clone())),
        code.map_or(Cell::Blank, |code| Cell::json(&code.level().digits())),
        coded.map_or(Cell::Blank, |coded| Cell::json(&coded.code_confidence)),
        cell(Some(status.to_owned())),
        at(Level::Major),
        at(Level::SubMajor),
        at(Level::Minor),
        at(Level::UnitGroup),
        at(Level::Occupation),
        cell(result.suggestions.as_deref().map(codes)),
        cell(result.error.clone()),
    ]
}

fn cell(text: Option<String>) -> Cell {
    text.map_or(Cell::Blank, Cell::Text)
}

fn codes(suggestions: &[Candidate]) -> String {
    let codes: Vec<_> = suggestions.iter().map(|one| one.code_category.as_str()).collect();
    codes.join(" ")
}
