//! Makes the committed corpus of the composed text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use domain::Code;

use super::clean::{self, Rejection};
use super::correspondence::Correspondence;
use super::table::{self, Record};
use crate::data::DataFolder;
use crate::say::say;

/// Cleans the composed text in `from`, gives it ANZSCO codes and writes it to `to`.
pub fn make(from: &Path, data: &DataFolder, to: &Path) -> anyhow::Result<()> {
    let correspondence = Correspondence::read(data)?;
    let mut seen = HashSet::new();
    let mut rejected: BTreeMap<Rejection, usize> = BTreeMap::new();
    let mut records = Vec::new();
    for (osca, line) in composed_lines(from)? {
        let (title, tasks) = clean::fields(&line);
        if let Some(rejection) = clean::rejection(&title, &tasks, &mut seen) {
            *rejected.entry(rejection).or_default() += 1;
            continue;
        }
        let anzsco = correspondence.anzsco(&osca, &title, &tasks)?;
        records.push(Record { osca, anzsco, title, tasks });
    }
    records.sort_by(|a, b| a.osca.cmp(&b.osca));
    table::write(&records, to)?;
    say(&format!("{} records kept; left out: {rejected:?}", records.len()));
    say_anzsco(&records, data)
}

/// All lines of the composed text, each with the code that it stands under.
fn composed_lines(folder: &Path) -> anyhow::Result<Vec<(Code, String)>> {
    let listing =
        fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let mut code: Option<Code> = None;
        for line in fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(digits) = line.strip_prefix('@') {
                code = Some(digits.trim().parse()?);
            } else {
                let code = code.clone().with_context(|| {
                    format!("a line of `{}` stands under no code", path.display())
                })?;
                lines.push((code, line.to_owned()));
            }
        }
    }
    ensure!(!lines.is_empty(), "no text in `{}`", folder.display());
    Ok(lines)
}

fn say_anzsco(records: &[Record], data: &DataFolder) -> anyhow::Result<()> {
    let open = records.iter().filter(|record| record.anzsco.len() > 1).count();
    let settled = records.iter().filter(|record| record.anzsco.len() == 1);
    let covered: BTreeSet<&Code> = settled.map(|record| &record.anzsco[0]).collect();
    let index = data.anzsco_index()?;
    let all: BTreeSet<&Code> = index.iter().map(|row| &row.code).collect();
    let bare: Vec<&str> = all.difference(&covered).map(|code| code.as_str()).collect();
    say(&format!("ANZSCO left open between several codes: {open} records"));
    say(&format!("ANZSCO codes without a record of their own: {} {bare:?}", bare.len()));
    Ok(())
}
