use std::sync::Arc;

use api::{Answer, Call, CodeRequest, CodedRecord, Problem};
use boot::setting;
use classifier::{ClassifyError, Input};
use domain::{Failure, Kind, Model, Record, Scored, Scores};
use jiff::Timestamp;
use store::{AdmitError, Quotas};

use crate::models::{LoadedModel, Models};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The models.
    pub models: Models,
    /// How much each caller has used.
    pub quotas: Quotas,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            models: Models::open(setting("MODEL_DIR")?)?,
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
        })
    }
}

/// Answers `POST /v1/topics/{topic}/code` and `POST /v1/topics/{topic}/models/{model}/code`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Answer {
    let caller = match call.caller() {
        Ok(caller) => caller,
        Err(error) => return Problem::from(error).into(),
    };
    let now_ms = Timestamp::now().as_millisecond();
    let admitted = deps.quotas.admit(&caller.client_id, &caller.limits, now_ms).await;
    let usage = admitted.as_ref().map_or_else(AdmitError::usage, |usage| Some(*usage));
    let answer = match admitted {
        Ok(_) => code(&deps.models, &call),
        Err(error) => Problem::from(error).into(),
    };
    match usage {
        Some(usage) => answer.with_allowances(&usage.allowances(&caller.limits, now_ms)),
        None => answer,
    }
}

fn code(models: &Models, call: &Call) -> Answer {
    let selected = call.refuse_query().map_err(Problem::from).and_then(|()| {
        models.registry().select(call.topic(), call.selection()).map_err(Problem::from)
    });
    match selected {
        Ok(model) => code_with(models, model, call).unwrap_or_else(Answer::from).with_model(model),
        Err(problem) => problem.into(),
    }
}

fn code_with(models: &Models, model: &Model, call: &Call) -> Result<Answer, Problem> {
    let request =
        CodeRequest::from_body(&call.body).map_err(|error| Problem::of_request(&error))?;
    let loaded = models.get(model)?;
    let scores = score(loaded, request.records())?;
    let answer = |scores| Scored {
        scores,
        classification: &loaded.classification,
        threshold: model.threshold,
    };
    Ok(match &request {
        CodeRequest::Single(record, suggestions) => {
            let coding = answer(&scores[0]).code_single(*suggestions);
            Answer::json(&CodedRecord::new(record, coding))
        }
        CodeRequest::Batch(records, suggestions) => {
            let coded: Vec<_> = records
                .iter()
                .zip(&scores)
                .map(|(record, scores)| {
                    CodedRecord::new(record, answer(scores).code_with_fallback(*suggestions))
                })
                .collect();
            Answer::json(&coded)
        }
    })
}

/// The model could not score the records.
#[derive(Debug, thiserror::Error)]
#[error("the records could not be scored")]
struct ScoringError(#[from] ClassifyError);

impl Failure for ScoringError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

fn score(model: &LoadedModel, records: &[Record]) -> Result<Vec<Scores>, ScoringError> {
    let inputs: Vec<_> = records
        .iter()
        .map(|record| Input { title: record.occp_text(), tasks: record.tasks_text() })
        .collect();
    Ok(model.classifier.classify(&inputs)?)
}
