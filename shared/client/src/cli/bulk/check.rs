//! The first pass over a table: what is wrong with its rows, and what of them is sent.

use std::collections::HashSet;

use domain::{Field, Record, RecordError, RecordFault, RecordRules};

use super::super::exit::{Exit, stop};
use super::table::{Cell, Row, Table};

/// How many bad rows are shown.
const SHOWN: usize = 20;

/// The columns that matter.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) title: String,
    pub(super) tasks: Option<String>,
    /// By which bad rows are named, beside their numbers.
    pub(super) id: Option<String>,
}

impl Columns {
    fn all(&self) -> impl Iterator<Item = &String> {
        [Some(&self.title), self.tasks.as_ref(), self.id.as_ref()].into_iter().flatten()
    }

    /// Checks that a table has them.
    pub(super) fn check(&self, names: &[String]) -> anyhow::Result<()> {
        let Some(missing) = self.all().find(|column| !names.contains(column)) else {
            return Ok(());
        };
        let names = names.join(", ");
        Err(stop(
            Exit::Usage,
            format!("there is no column \"{missing}\"; the columns are: {names}"),
        ))
    }

    /// A row as a line of the upload, if it is fit to be coded, or else what is wrong with it.
    ///
    /// The line carries the row's number, so that its result can be told from any other's.
    pub(super) fn record(&self, row: &Row, number: u64) -> Result<(String, Record), String> {
        if let Some(fault) = &row.fault {
            return Err(fault.clone());
        }
        let title = row.cell(&self.title, 0).json_text();
        let tasks = self.tasks.as_ref().map_or(&Cell::Blank, |tasks| row.cell(tasks, 1));
        let tasks = tasks.json_text();
        let line = format!(r#"{{"recordId":{number},"occp_text":{title},"tasks_text":{tasks}}}"#);
        match Record::from_json(&line, RecordRules::BULK) {
            Ok(record) => Ok((line, record)),
            Err(error) => Err(self.reason(&error)),
        }
    }

    /// What is wrong, in the names that the table has.
    fn reason(&self, error: &RecordError) -> String {
        let fault = |fault: &RecordFault| match fault.field {
            Field::Record => fault.detail.clone(),
            _ => fault.to_string(),
        };
        let faults: Vec<String> = error.faults.iter().map(fault).collect();
        let tasks = self.tasks.as_deref().unwrap_or("tasks");
        faults.join("; ").replace("occp_text", &self.title).replace("tasks_text", tasks)
    }

    fn name_of(&self, row: &Row, number: u64) -> String {
        match &self.id {
            Some(id) if row.fault.is_none() => {
                format!("row {number} ({id} {})", row.cell(id, 0).text())
            }
            _ => format!("row {number}"),
        }
    }
}

/// What the first pass found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Every column of any row, in order of appearance.
    pub(super) names: Vec<String>,
    pub(super) rows: u64,
    pub(super) sent: u64,
    pub(super) bad: u64,
    /// The first bad rows, with what is wrong with them.
    pub(super) shown: Vec<String>,
}

/// Checks every row and hands on the lines of those that are fit to be coded.
pub(super) fn survey(
    table: Table,
    columns: &Columns,
    mut send: impl FnMut(&str) -> std::io::Result<()>,
) -> anyhow::Result<Survey> {
    let mut survey = Survey::default();
    let mut seen = HashSet::new();
    if let Some(names) = &table.names {
        columns.check(names)?;
        survey.names = names.to_vec();
    }
    let names_are_known = table.names.is_some();
    for row in table.rows {
        let row = row?;
        survey.rows += 1;
        if !names_are_known {
            survey.add_names(&row, &mut seen);
        }
        match columns.record(&row, survey.rows) {
            Ok((line, _)) => {
                survey.sent += 1;
                send(&line)?;
            }
            Err(reason) => survey.add_bad(&columns.name_of(&row, survey.rows), &reason),
        }
    }
    if survey.rows > 0 {
        columns.check(&survey.names)?;
    }
    Ok(survey)
}

impl Survey {
    fn add_names(&mut self, row: &Row, seen: &mut HashSet<String>) {
        if self.names.starts_with(row.names()) {
            return;
        }
        for name in row.names() {
            if seen.insert(name.clone()) {
                self.names.push(name.clone());
            }
        }
    }

    fn add_bad(&mut self, name: &str, reason: &str) {
        self.bad += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(format!("{name}: {reason}"));
        }
    }
}
