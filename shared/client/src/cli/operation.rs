//! `occoder operation` and `occoder cancel`

use super::settings::Settings;
use super::terminal::{answer, answer_json};
use crate::{Operation, OperationId};

/// Show how an operation stands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  occoder operation 6b1f7c1e-5c0a-4c43-9d55-0c6a9f1b2f11
  occoder operation 6b1f7c1e-5c0a-4c43-9d55-0c6a9f1b2f11 --topic anzsco --json
  occoder cancel 6b1f7c1e-5c0a-4c43-9d55-0c6a9f1b2f11")]
pub(super) struct Arguments {
    /// The operation, as `occoder bulk` names it
    #[arg(value_name = "OPERATION")]
    id: OperationId,
    /// The topic that it was created for: osca or anzsco
    #[arg(long, default_value = "osca")]
    topic: String,
    /// Show the service's whole answer, with the URL of the result
    #[arg(long)]
    json: bool,
}

pub(super) async fn show(arguments: Arguments) -> anyhow::Result<()> {
    let client = Settings::load()?.client()?;
    let operation = client.operation(&arguments.topic, arguments.id).await?;
    show_as(&operation, arguments.json)
}

pub(super) async fn cancel(arguments: Arguments) -> anyhow::Result<()> {
    let client = Settings::load()?.client()?;
    let operation = client.cancel_operation(&arguments.topic, arguments.id).await?;
    show_as(&operation, arguments.json)
}

fn show_as(operation: &Operation, json: bool) -> anyhow::Result<()> {
    if json { answer_json(operation) } else { Ok(answer(lines(operation).join("\n"))?) }
}

fn lines(operation: &Operation) -> Vec<String> {
    let time = |time: Option<jiff::Timestamp>| time.map(|time| format!("{time:.0}"));
    let fields = [
        ("operation", Some(operation.operation_id.to_string())),
        ("status", Some(operation.status.as_str().to_owned())),
        ("topic", Some(operation.topic.clone())),
        ("model", Some(operation.model_id.to_string())),
        ("created", time(Some(operation.created_at))),
        ("started", time(operation.started_at)),
        ("finished", time(operation.finished_at)),
        ("complete", Some(format!("{} %", operation.percent_complete))),
        ("records", operation.records_total.map(|total| total.to_string())),
        ("coded", Some(operation.records_coded.to_string())),
        ("successful", Some(operation.records_successful.to_string())),
        ("unsuccessful", Some(operation.records_unsuccessful.to_string())),
        ("invalid", Some(operation.records_invalid.to_string())),
        ("result bytes", operation.result_size_bytes.map(|bytes| bytes.to_string())),
        ("result until", time(operation.result_expires_at)),
        ("message", operation.message.clone()),
    ];
    let line = |(name, value): (&str, Option<String>)| Some(format!("{name:<12}  {}", value?));
    fields.into_iter().filter_map(line).collect()
}
