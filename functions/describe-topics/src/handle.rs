use std::sync::Arc;

use api::{Answer, Call, ModelDetails, Problem, TopicDetails, TopicSummary};
use boot::setting;
use domain::{Registry, Selection, SelectionError};
use jiff::{Timestamp, ToSpan};
use store::Quotas;

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// The topics and models.
    pub registry: Registry,
    /// How much each caller has used.
    pub quotas: Quotas,
    /// Where to report a weakness of the service: a `mailto:` or `https:` address.
    pub security_contact: String,
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> anyhow::Result<Self> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            registry: boot::registry()?,
            quotas: Quotas::new(dynamodb, setting("QUOTAS_TABLE")?),
            security_contact: setting("SECURITY_CONTACT")?,
        })
    }
}

/// Answers the `GET` routes under `/v1`.
pub async fn handle(deps: Arc<Deps>, call: Call) -> Result<Answer, Problem> {
    if call.route == "/v1/security.txt" {
        call.refuse_query()?;
        return Ok(security_txt(&deps.security_contact));
    }
    let caller = call.caller()?;
    let admission = deps.quotas.admit(&caller.client_id, &caller.limits, Timestamp::now).await?;
    Ok(caller.answer(&admission, async { describe(&deps.registry, &call) }).await)
}

fn describe(registry: &Registry, call: &Call) -> Result<Answer, Problem> {
    call.refuse_query()?;
    if call.route == "/v1/topics" {
        let topics: Vec<_> = registry.topics.iter().map(TopicSummary::from).collect();
        return Ok(Answer::json(&topics));
    }
    let topic = registry.topic(call.topic()).ok_or(SelectionError::Topic)?;
    match call.route.as_str() {
        "/v1/topics/{topic}/models" => {
            let models = registry.models_of(&topic.uri_name);
            let models: Vec<_> =
                models.into_iter().map(|model| ModelDetails::new(model, topic)).collect();
            Ok(Answer::json(&models))
        }
        "/v1/topics/{topic}/models/latest" => {
            let model = registry.select(&topic.uri_name, Selection::Latest)?;
            Ok(Answer::json(&ModelDetails::new(model, topic)).with_model(model))
        }
        _ => Ok(Answer::json(&TopicDetails::from(topic))),
    }
}

/// RFC 9116 demands an expiry and advises less than a year.
fn security_txt(contact: &str) -> Answer {
    let today = Timestamp::now().as_second().div_euclid(86_400);
    let expires = Timestamp::from_second(today * 86_400)
        .and_then(|midnight| midnight.checked_add((180 * 24).hours()))
        .unwrap_or(Timestamp::MAX);
    Answer::text(format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n"))
}
