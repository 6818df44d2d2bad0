//! `occoder code`

use std::fmt::Write;

use uuid::Uuid;

use super::settings::Settings;
use super::terminal::{answer, answer_json, say};
use crate::{Candidate, Code, CodedRecord, Explanation, FollowUp, Record, Weighed, Wishes};

/// Code one occupation
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  occoder code brickie --tasks \"lay bricks\"
  occoder code \"registered nurse\" --topic anzsco --suggestions 10
  occoder code brickie --explain --also anzsco
  occoder code nurse --follow-up
  occoder code nurse --answer 265432
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
    /// Say which words spoke for and against each code, and which official titles are near
    #[arg(long)]
    explain: bool,
    /// Ask what would settle the code, if it is not settled
    #[arg(long)]
    follow_up: bool,
    /// The code that answers such a question
    #[arg(long, value_name = "CODE")]
    answer: Option<Code>,
    /// Another topic to code to as well
    #[arg(long, value_name = "TOPIC")]
    also: Vec<String>,
    /// Show the service's whole answer
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut record = Record::new(arguments.title, arguments.tasks);
    record.follow_up_answer = arguments.answer;
    let wishes = Wishes {
        suggestions: arguments.suggestions,
        explain: arguments.explain,
        follow_up: arguments.follow_up,
        also_code: arguments.also,
    };
    let client = Settings::load()?.client()?;
    let coded = client.code_with(&arguments.topic, arguments.model, &record, &wishes).await?;
    if arguments.json { answer_json(&coded) } else { show(&coded) }
}

fn show(coded: &CodedRecord) -> anyhow::Result<()> {
    show_result(&coded.result)?;
    for also in &coded.also {
        answer(format_args!("\n{}", also.topic))?;
        show_result(&also.result)?;
    }
    if let Some(follow_up) = &coded.follow_up {
        answer(question(follow_up))?;
    }
    Ok(())
}

fn show_result(candidates: &[Candidate]) -> std::io::Result<()> {
    if candidates.is_empty() {
        say("No code is sure enough. Say more, for example what is done in it (--tasks).");
        return Ok(());
    }
    answer(table(candidates))
}

fn table(candidates: &[Candidate]) -> String {
    let mut table = "code    confidence  label".to_owned();
    for Candidate { code_category, code_confidence, code_label, explanation } in candidates {
        let code = code_category.as_str();
        // Writing to a text cannot fail.
        let _ = write!(table, "\n{code:<6}  {code_confidence:<10.4}  {code_label}");
        if let Some(explanation) = explanation {
            table.push_str(&reasons(explanation));
        }
    }
    table
}

/// What spoke for and against a code, a line for each that there is.
fn reasons(explanation: &Explanation) -> String {
    let part = |weighed: &Weighed| format!("{} ({:+.2})", weighed.text, weighed.weight);
    let parts = |side: &[Weighed]| side.iter().map(part).collect::<Vec<_>>().join(", ");
    let titles = explanation.nearest_titles.iter().map(|near| near.title.as_str());
    let lines = [
        ("for", parts(&explanation.in_favour)),
        ("against", parts(&explanation.against)),
        ("near", titles.collect::<Vec<_>>().join(", ")),
    ];
    let mut text = String::new();
    for (side, what) in lines.iter().filter(|(_, what)| !what.is_empty()) {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n        {side:<10}  {what}");
    }
    text
}

fn question(follow_up: &FollowUp) -> String {
    let mut text = format!("\n{} Answer with --answer CODE:", follow_up.question);
    for option in &follow_up.options {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n{:<6}  {}", option.code.as_str(), option.text);
    }
    text
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
    #[test]
    fn reasons_stand_below_their_code() {
        let explanation: Explanation = serde_json::from_value(serde_json::json!({
            "for": [{"text": "lay bricks", "field": "tasks_text", "weight": 1.5}],
            "against": [{"text": "head", "field": "occp_text", "weight": -0.25}],
            "nearestTitles": [],
        }))
        .unwrap();
        let candidate = Candidate {
            code_category: "371131".parse().unwrap(),
            code_label: "Bricklayer".to_owned(),
            code_confidence: 0.98,
            explanation: Some(Box::new(explanation)),
        };
        assert_eq!(
            table(&[candidate]),
            "code    confidence  label\n\
             371131  0.9800      Bricklayer\n        \
             for         lay bricks (+1.50)\n        \
             against     head (-0.25)"
        );
    }

    #[test]
    fn a_question_lists_its_answers() {
        let follow_up = serde_json::from_value(serde_json::json!({
            "question": "What kind of nurse?",
            "options": [
                {"code": "254412", "label": "Nurse (Aged Care)", "text": "Aged care"},
                {"code": "3", "label": "Others", "text": "Others"},
            ],
        }));
        assert_eq!(
            question(&follow_up.unwrap()),
            "\nWhat kind of nurse? Answer with --answer CODE:\n254412  Aged care\n3       Others"
        );
    }
}
