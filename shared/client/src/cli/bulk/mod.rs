//! `occoder bulk`

mod check;
mod join;
mod operate;
mod output;
mod table;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use domain::UPLOAD_LIMIT;
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::HumanCount;
use uuid::Uuid;

use self::check::{Columns, Survey, survey};
use self::join::{Joined, join};
use self::operate::{Operator, say_how_to_resume};
use self::output::{NewFile, Output, check_names, folder};
use self::table::{Format, Table};
use super::exit::{Exit, is_resumable, stop};
use super::interrupt::Interrupt;
use super::settings::Settings;
use super::terminal::{bar, say, say_without_terminal};
use crate::{Client, Operation, OperationId};

/// Code a file of occupations (partners only)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every row is checked first; with a bad row nothing is sent unless --skip-bad-rows is given. The
output has all columns of the file, unchanged, and then: code, label, level (its digits: 1, 2, 3, 4
or 6), confidence, status (successful, unsuccessful, not sent), code_1, code_2, code_3, code_4 and
code_6 (the code at each level that it reaches), suggestions (codes, where none was sure enough) and
error. A name that the file has already gets the suffix _coded. Rows are counted from 1, without the
header.

Examples:
  occoder bulk jobs.csv --title-column occupation --tasks-column duties --id-column id -o coded.csv
  occoder bulk jobs.parquet --title-column title -o coded.jsonl --topic anzsco --skip-bad-rows
  occoder bulk jobs.csv --title-column occupation --dry-run

Ctrl-C while the service codes leaves the operation as it is, and shows the command that fetches its
result later, within seven days.")]
pub(super) struct Arguments {
    /// The file: CSV, TSV, JSONL or Parquet, by its extension or --format
    file: PathBuf,
    /// The column of what the occupation is called
    #[arg(long, value_name = "COLUMN")]
    title_column: String,
    /// The column of what is done in it
    #[arg(long, value_name = "COLUMN")]
    tasks_column: Option<String>,
    /// The column that names bad rows in messages, beside their numbers
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Where to write: .csv, .tsv or .jsonl
    #[arg(long, short, value_name = "FILE", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// What to code to: osca or anzsco
    #[arg(long, default_value = "osca")]
    topic: String,
    /// The model to code with, instead of the topic's latest
    #[arg(long, value_name = "ID")]
    model: Option<Uuid>,
    /// What the file is, whatever its extension
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Only check the file; nothing is sent
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Code the other rows; bad ones are in the output too, with what is wrong with them
    #[arg(long)]
    skip_bad_rows: bool,
    /// Fetch the result of an operation that was created for this file before
    #[arg(long, value_name = "OPERATION")]
    resume: Option<OperationId>,
    /// Write over an output that is there
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let format = arguments.input_format()?;
    let Some(output) = arguments.output.as_deref().filter(|_| !arguments.dry_run) else {
        let survey = arguments.survey(format, |_| Ok(()))?;
        return arguments.judge(&survey);
    };
    let output_format = arguments.output_format(output)?;
    let client = Settings::load()?.client()?;
    let job = Job { arguments: &arguments, format, output, output_format };
    job.run(&client).await
}

impl Arguments {
    fn columns(&self) -> Columns {
        Columns {
            title: self.title_column.clone(),
            tasks: self.tasks_column.clone(),
            id: self.id_column.clone(),
        }
    }

    fn input_format(&self) -> anyhow::Result<Format> {
        let message = "the file's extension is not known; say what it is with --format";
        self.format.or_else(|| Format::of(&self.file)).ok_or_else(|| stop(Exit::Usage, message))
    }

    /// What to write, once it is certain that it can be.
    fn output_format(&self, output: &Path) -> anyhow::Result<Format> {
        let usage = |message: String| Err(stop(Exit::Usage, message));
        let format = match Format::of(output) {
            Some(Format::Parquet) => {
                return usage("Parquet is read but not written; write .csv, .tsv or .jsonl".into());
            }
            None => return usage("the output must end in .csv, .tsv or .jsonl".into()),
            Some(format) => format,
        };
        let shown = output.display();
        if !folder(output).is_dir() {
            return usage(format!("there is no folder for {shown}"));
        }
        if output.try_exists()? {
            if output.canonicalize()? == self.file.canonicalize()? {
                return usage(format!("{shown} is the file itself; write to another"));
            }
            if !self.force {
                return usage(format!("{shown} is there already; --force writes over it"));
            }
        }
        Ok(format)
    }

    fn table(&self, format: Format) -> anyhow::Result<Table> {
        Table::open(&self.file, format).with_context(|| self.cannot_read())
    }

    fn cannot_read(&self) -> String {
        format!("cannot read {}", self.file.display())
    }

    fn survey(
        &self,
        format: Format,
        mut send: impl FnMut(&str) -> std::io::Result<()>,
    ) -> anyhow::Result<Survey> {
        say_without_terminal(format!("checking {}", self.file.display()));
        let rows = bar(0, "checking: {human_pos} rows");
        let table = self.table(format)?;
        let survey = survey(table, &self.columns(), |line| {
            rows.inc(1);
            send(line)
        });
        rows.finish_and_clear();
        survey.with_context(|| self.cannot_read())
    }

    /// Reports bad rows, and stops where they are too many.
    fn judge(&self, survey: &Survey) -> anyhow::Result<()> {
        let Survey { rows, sent, bad, shown, .. } = survey;
        for row in shown {
            say(row);
        }
        let (rows, bad_rows) = (HumanCount(*rows), HumanCount(*bad));
        if *bad > shown.len() as u64 {
            say("…");
        }
        say(format!("{rows} rows, {bad_rows} of them bad"));
        let message = match (sent, bad) {
            (0, _) => "the file has no row that can be coded",
            (_, 1..) if !self.skip_bad_rows => {
                "bad rows; correct them, or leave them out with --skip-bad-rows"
            }
            _ => return Ok(()),
        };
        Err(stop(Exit::BadRows, message))
    }

    /// The command that fetches the result of an operation later.
    fn resume_command(&self, id: OperationId) -> String {
        let mut words = vec!["occoder".to_owned(), "bulk".to_owned()];
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("--title-column", Some(self.title_column.clone()));
        option("--tasks-column", self.tasks_column.clone());
        option("--id-column", self.id_column.clone());
        option("--topic", Some(self.topic.clone()));
        option("--format", self.format.map(|format| format.name().to_owned()));
        option("--output", self.output.as_ref().map(|output| output.display().to_string()));
        option("--resume", Some(id.to_string()));
        for (name, is_set) in [("--skip-bad-rows", self.skip_bad_rows), ("--force", self.force)] {
            words.extend(is_set.then(|| name.to_owned()));
        }
        words.extend(["--".to_owned(), self.file.display().to_string()]);
        // Only a zero byte cannot be quoted, which no argument has.
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    }
}

/// A file to be coded for real.
struct Job<'a> {
    arguments: &'a Arguments,
    format: Format,
    output: &'a Path,
    output_format: Format,
}

impl Job<'_> {
    async fn run(&self, client: &Client) -> anyhow::Result<()> {
        let (survey, upload) = self.check()?;
        let interrupt = Interrupt::listen();
        let operator = Operator { client, topic: &self.arguments.topic, interrupt: &interrupt };
        let id = match self.arguments.resume {
            Some(id) => operator.arrived(id).await?,
            None => operator.send(self.arguments.model, &upload).await?,
        };
        drop(upload);
        say(format!("operation {id}"));
        let finished = self.finish(&operator, id, &survey).await;
        if finished.as_ref().is_err_and(is_resumable) {
            say_how_to_resume(&self.arguments.resume_command(id));
        }
        finished
    }

    /// The first pass, which leaves the upload in a file without a name.
    fn check(&self) -> anyhow::Result<(Survey, File)> {
        let mut file = tempfile::tempfile_in(folder(self.output))
            .context("cannot write a temporary file beside the output")?;
        let mut gzip = GzEncoder::new(&file, Compression::fast());
        let is_sent = self.arguments.resume.is_none();
        let survey = self
            .arguments
            .survey(self.format, |line| if is_sent { writeln!(gzip, "{line}") } else { Ok(()) })?;
        gzip.finish()?;
        self.arguments.judge(&survey)?;
        check_names(self.output_format, &survey.names)?;
        if file.stream_position()? > UPLOAD_LIMIT {
            let message = "the file has more than 5 GB even when packed; cut it into several";
            return Err(stop(Exit::Refused, message));
        }
        Ok((survey, file))
    }

    async fn finish(
        &self,
        operator: &Operator<'_>,
        id: OperationId,
        survey: &Survey,
    ) -> anyhow::Result<()> {
        let operation = operator.wait(id, survey.sent).await?;
        check_total(&operation, survey.sent)?;
        let result = tempfile::tempfile_in(folder(self.output))?;
        operator.fetch(&operation, &result).await?;
        let joined = self.join(result, survey, operator.interrupt)?;
        let Joined { rows, coded, not_sent } = joined;
        say(format!(
            "{}: {} rows: {} coded, {} not sure enough, {} not sent",
            self.output.display(),
            HumanCount(rows),
            HumanCount(coded),
            HumanCount(rows - coded - not_sent),
            HumanCount(not_sent),
        ));
        Ok(())
    }

    /// The second pass.
    fn join(
        &self,
        mut result: File,
        survey: &Survey,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Joined> {
        result.rewind()?;
        let file = NewFile::beside(self.output)?;
        let mut output = Output::new(self.output_format, file.writer(), &survey.names)?;
        let rows = bar(survey.rows, "writing {bar:30} {human_pos} of {human_len}");
        let table = self.arguments.table(self.format)?;
        let columns = self.arguments.columns();
        let joined = join(table, &columns, BufReader::new(result), &mut output, |row| {
            rows.set_position(row);
            interrupt.check()
        });
        rows.finish_and_clear();
        drop(output);
        let joined = joined?;
        file.place(self.output, self.arguments.force)
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        Ok(joined)
    }
}

/// An operation of as many records as the file has is most probably this file's; its result says
/// for certain.
fn check_total(operation: &Operation, sent: u64) -> anyhow::Result<()> {
    let total = operation.records_total.unwrap_or(sent);
    ensure!(
        total == sent,
        "the operation coded {total} records, the file has {sent}: it was created for another file \
         or with other options"
    );
    Ok(())
}
