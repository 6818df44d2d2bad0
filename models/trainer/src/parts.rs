//! Writes a part of the corpus as CSV, so that anyone can repeat the figures.

use std::path::Path;

use anyhow::Context;

use crate::corpus;
use crate::examples::split_of;
use crate::say::say;
use crate::split::Part;
use crate::topic::Topic;

/// Writes the records of a part as `code,occp_text,tasks_text`. Records whose code is open between
/// several are left out.
pub fn write(
    part: Part,
    topic: Topic,
    corpus_folder: &Path,
    layer: &Path,
    to: &Path,
) -> anyhow::Result<()> {
    let split = split_of(&topic.classification(layer)?);
    let mut writer =
        csv::Writer::from_path(to).with_context(|| format!("cannot write `{}`", to.display()))?;
    writer.write_record(["code", "occp_text", "tasks_text"])?;
    let (mut written, mut open) = (0, 0);
    for record in corpus::read(corpus_folder)? {
        if split.part(&record.title, &record.tasks) != part {
            continue;
        }
        let codes = match topic {
            Topic::Osca => std::slice::from_ref(&record.osca),
            Topic::Anzsco => &record.anzsco,
        };
        if let [code] = codes {
            writer.write_record([code.as_str(), &record.title, &record.tasks])?;
            written += 1;
        } else {
            open += 1;
        }
    }
    writer.flush()?;
    say(&format!(
        "{written} records in `{}`; left out, their code being open: {open}",
        to.display()
    ));
    Ok(())
}
