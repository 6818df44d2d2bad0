//! `occoder code`

use std::fmt::Write;

use uuid::Uuid;

use super::settings::Settings;
use super::terminal::{answer, answer_json, say};
use crate::{Candidate, CodedRecord, Record};

/// Code one occupation
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  occoder code brickie --tasks \"lay bricks\"
  occoder code \"registered nurse\" --topic anzsco --suggestions 10
  occoder code brickie --json")]
pub(super) struct Arguments {
    /// What the occupation is called
    title: String,
    /// What is done in it
    #[arg(long, default_value = "", hide_default_value = true)]
    tasks: String,
    /// What to code to: osca or anzsco
    #[arg(long, default_value = "osca")]
    topic: String,
    /// The model to code with, instead of the topic's latest
    #[arg(long, value_name = "ID")]
    model: Option<Uuid>,
    /// How many codes at most, 1 to 16
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16))]
    suggestions: Option<u8>,
    /// Show the service's whole answer
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { title, tasks, topic, model, suggestions, json } = arguments;
    let client = Settings::load()?.client()?;
    let coded = client.code(&topic, model, &Record::new(title, tasks), suggestions).await?;
    if json { answer_json(&coded) } else { show(&coded) }
}

fn show(coded: &CodedRecord) -> anyhow::Result<()> {
    if coded.result.is_empty() {
        say("No code is sure enough. Say more, for example what is done in it (--tasks).");
        return Ok(());
    }
    Ok(answer(table(&coded.result))?)
}

fn table(candidates: &[Candidate]) -> String {
    let mut table = "code    confidence  label".to_owned();
    for Candidate { code_category, code_confidence, code_label, .. } in candidates {
        let code = code_category.as_str();
        // Writing to a text cannot fail.
        let _ = write!(table, "\n{code:<6}  {code_confidence:<10.4}  {code_label}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned() {
        let candidate = |code: &str, label: &str, code_confidence| Candidate {
            code_category: code.parse().unwrap(),
            code_label: label.to_owned(),
            code_confidence,
            explanation: None,
        };
        let candidates =
            [candidate("371131", "Bricklayer", 0.98), candidate("3", "Trades Workers", 0.0125)];
        assert_eq!(
            table(&candidates),
            "code    confidence  label\n\
             371131  0.9800      Bricklayer\n\
             3       0.0125      Trades Workers"
        );
    }
}
