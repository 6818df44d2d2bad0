//! Writes the label tables and the correspondence from the official structures.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::{Classification, Code, Correspondence, Group};
use serde::Serialize;

use crate::data::DataFolder;
use crate::say::say;
use crate::topic::Topic;

/// Writes `<topic>/labels.json` of both topics and `correspondence.json` into the layer.
pub fn write(data: &DataFolder, layer: &Path) -> anyhow::Result<()> {
    for topic in Topic::ALL {
        let rows = data.structure(topic.structure_file())?;
        let groups = rows.into_iter().map(|row| Group { code: row.code, title: row.title });
        let mut groups: Vec<Group> = groups.collect();
        groups.sort_by(|a, b| a.code.cmp(&b.code));
        Classification::new(groups.clone())
            .with_context(|| format!("the structure of {} is not whole", topic.name()))?;
        let path = topic.labels_path(layer);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, one_a_line(&groups)?)?;
        say(&format!("{}: {} groups", path.display(), groups.len()));
    }
    write_correspondence(data, layer)
}

fn write_correspondence(data: &DataFolder, layer: &Path) -> anyhow::Result<()> {
    let links = data.links()?.into_iter().map(|link| (link.osca_code, link.anzsco_code));
    let links: BTreeSet<(Code, Code)> = links.collect();
    let [from, to] = Topic::ALL.map(Topic::name);
    let table = one_a_line(&links)?;
    let json = format!("{{\"from\":\"{from}\",\"to\":\"{to}\",\"links\":{}}}\n", table.trim_end());
    Correspondence::from_json(json.as_bytes()).context("the links are no correspondence")?;
    let path = layer.join("correspondence.json");
    fs::write(&path, json)?;
    say(&format!("{}: {} links", path.display(), links.len()));
    Ok(())
}

/// JSON with a line for each entry, so that a change of the table can be read in a diff.
fn one_a_line(entries: impl IntoIterator<Item: Serialize>) -> anyhow::Result<String> {
    let lines = entries
        .into_iter()
        .map(|entry| serde_json::to_string(&entry))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}
