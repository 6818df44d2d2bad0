//! Writes the label tables from the official structures.

use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::{Classification, Group};

use crate::data::DataFolder;
use crate::say::say;
use crate::topic::Topic;

/// Writes `<topic>/labels.json` of both topics into the layer.
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
    Ok(())
}

/// JSON with a line for each group, so that a change of the table can be read in a diff.
fn one_a_line(groups: &[Group]) -> anyhow::Result<String> {
    let lines = groups.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}
