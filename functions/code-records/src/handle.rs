use std::sync::Arc;

use api::{Answer, Call, CodeRequest, CodedRecord, Problem};
use boot::setting;
use classifier::{Input, Models};
use domain::{Model, Scored};
use jiff::Timestamp;
use store::Quotas;

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
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    let coded = async {
        let (answer, records) = code(&deps.models, &call)?;
        if records > 0 {
            let count = deps.quotas.count_records(&caller.client_id, records, Timestamp::now());
            if let Err(error) = count.await {
                // The codes are there: a count that is too low is no reason to keep them back.
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, records, "records were not counted");
            }
        }
        Ok::<_, Problem>(answer)
    };
    Ok(caller.answer(&admission, coded).await)
}

/// The answer, and how many records were coded.
fn code(models: &Models, call: &Call) -> Result<(Answer, usize), Problem> {
    call.refuse_query()?;
    let model = models.registry().select(call.topic(), call.selection())?;
    let coded = code_with(models, model, call);
    let records = coded.as_ref().map_or(0, |(_, records)| *records);
    let answer = Answer::from(coded.map(|(answer, _)| answer));
    Ok((answer.with_model(model), records))
}

fn code_with(models: &Models, model: &Model, call: &Call) -> Result<(Answer, usize), Problem> {
    let request =
        CodeRequest::from_body(&call.body).map_err(|error| Problem::of_request(&error))?;
    let loaded = models.get(model)?;
    let inputs: Vec<Input<'_>> = request.records().iter().map(Input::from).collect();
    let scores = loaded.classifier.classify(&inputs)?;
    let of = |scores| Scored {
        scores,
        classification: &loaded.classification,
        threshold: model.threshold,
    };
    let answer = match &request {
        CodeRequest::Single(record, suggestions) => {
            let coding = of(&scores[0]).code_single(*suggestions);
            Answer::json(&CodedRecord::new(record, coding))
        }
        CodeRequest::Batch(records, suggestions) => {
            let coded: Vec<_> = records
                .iter()
                .zip(&scores)
                .map(|(record, scores)| {
                    CodedRecord::new(record, of(scores).code_with_fallback(*suggestions))
                })
                .collect();
            Answer::json(&coded)
        }
    };
    Ok((answer, request.records().len()))
}
