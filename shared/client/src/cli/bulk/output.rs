//! The coded table as it is written.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::{Serialize, Serializer};
use tempfile::NamedTempFile;

use super::super::exit::{Exit, stop};
use super::table::{Cell, Format, Row};

/// The columns that are added.
pub(super) const ADDED: [&str; 12] = [
    "code",
    "label",
    "level",
    "confidence",
    "status",
    "code_1",
    "code_2",
    "code_3",
    "code_4",
    "code_6",
    "suggestions",
    "error",
];

/// The values of the added columns.
pub(super) type Added = [Cell; ADDED.len()];

/// A table that is being written.
pub(super) struct Output<W: Write> {
    writer: Writer<W>,
    names: Vec<String>,
    added: [String; ADDED.len()],
}

enum Writer<W: Write> {
    Delimited(Box<csv::Writer<W>>),
    Lines(W),
}

impl<W: Write> Output<W> {
    /// A table with these columns and those that are added.
    pub(super) fn new(format: Format, writer: W, names: &[String]) -> anyhow::Result<Self> {
        let writer = match format {
            Format::Csv => delimited(b',', writer),
            Format::Tsv => delimited(b'\t', writer),
            Format::Jsonl | Format::Parquet => Writer::Lines(writer),
        };
        let added = ADDED.map(|name| free_name(name, names));
        let mut output = Self { writer, names: names.to_vec(), added };
        if let Writer::Delimited(writer) = &mut output.writer {
            writer.write_record(output.names.iter().chain(&output.added))?;
        }
        Ok(output)
    }

    pub(super) fn write(&mut self, row: &Row, added: &Added) -> anyhow::Result<()> {
        match &mut self.writer {
            Writer::Delimited(writer) => {
                for (position, name) in self.names.iter().enumerate() {
                    writer.write_field(row.cell(name, position).text().as_bytes())?;
                }
                for cell in added {
                    writer.write_field(cell.text().as_bytes())?;
                }
                writer.write_record(None::<&[u8]>)?;
            }
            Writer::Lines(writer) => {
                let added = self.added.iter().map(String::as_str).zip(added);
                serde_json::to_writer(&mut *writer, &Line(row.fields().chain(added)))?;
                writer.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.writer {
            Writer::Delimited(writer) => writer.flush(),
            Writer::Lines(writer) => writer.flush(),
        }
    }
}

fn delimited<W: Write>(delimiter: u8, writer: W) -> Writer<W> {
    let writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(writer);
    Writer::Delimited(Box::new(writer))
}

/// A name that no column has yet.
fn free_name(name: &str, names: &[String]) -> String {
    let mut name = name.to_owned();
    while names.contains(&name) {
        name.push_str("_coded");
    }
    name
}

/// Checks that a table with these columns can be written so.
pub(super) fn check_names(format: Format, names: &[String]) -> anyhow::Result<()> {
    let mut others = HashSet::new();
    match names.iter().find(|name| !others.insert(*name)) {
        Some(name) if format == Format::Jsonl => {
            let message = format!("two columns are named \"{name}\"; write .csv or .tsv");
            Err(stop(Exit::Usage, message))
        }
        _ => Ok(()),
    }
}

/// Fields as an object, which can be written once.
struct Line<I>(I);

impl<'a, I: Iterator<Item = (&'a str, &'a Cell)> + Clone> Serialize for Line<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

/// A file that takes its place only once it is whole.
pub(super) struct NewFile(NamedTempFile);

impl NewFile {
    pub(super) fn beside(path: &Path) -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".occoder-");
        open_to_others(&mut builder);
        Ok(Self(builder.tempfile_in(folder(path))?))
    }

    pub(super) fn writer(&self) -> BufWriter<&File> {
        BufWriter::new(self.0.as_file())
    }

    pub(super) fn place(self, path: &Path, over_another: bool) -> std::io::Result<()> {
        let placed =
            if over_another { self.0.persist(path) } else { self.0.persist_noclobber(path) };
        placed.map(drop).map_err(|error| error.error)
    }
}

/// A temporary file is for its owner only; this one becomes a file like any other.
fn open_to_others(builder: &mut tempfile::Builder<'_, '_>) {
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;

        builder.permissions(Permissions::from_mode(0o666));
    }
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
