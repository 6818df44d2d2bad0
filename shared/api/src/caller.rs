//! Who is calling: what the authoriser found out, as it passes through API Gateway.

use std::collections::HashMap;

use domain::{Admission, ClientId, Failure, Kind, Limits, RegistrationId, Tier};
use serde_json::Value;

use crate::answer::Answer;
use crate::problem::Problem;

/// An authorised caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The client under whose name its use is counted and its operations are kept.
    pub client_id: ClientId,
    /// Its registration, unless an operator made the client by hand.
    pub registration_id: Option<RegistrationId>,
    /// Its tier.
    pub tier: Tier,
    /// The limits in force for it.
    pub limits: Limits,
}

/// The request came past the authoriser, or with another one's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the authoriser's context lacks a valid `{0}`")]
pub struct CallerError(&'static str);

impl Failure for CallerError {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

const CLIENT_ID: &str = "clientId";
const REGISTRATION_ID: &str = "registrationId";
const TIER: &str = "tier";
const PER_SECOND: &str = "perSecond";
const BURST: &str = "burst";
const PER_HOUR: &str = "perHour";
const PER_DAY: &str = "perDay";
const OPERATIONS: &str = "operations";
const RECORDS_PER_DAY: &str = "recordsPerDay";

impl Caller {
    /// The context that the authoriser answers with: a flat map, as API Gateway demands.
    #[must_use]
    pub fn to_context(&self) -> Value {
        let limits = self.limits;
        let mut context = serde_json::json!({
            CLIENT_ID: self.client_id.as_str(),
            TIER: self.tier.as_str(),
            PER_SECOND: limits.per_second,
            BURST: limits.burst,
            PER_DAY: limits.per_day,
            OPERATIONS: limits.operations,
            RECORDS_PER_DAY: limits.records_per_day,
        });
        if let Some(id) = self.registration_id {
            context[REGISTRATION_ID] = id.to_string().into();
        }
        if let Some(per_hour) = limits.per_hour {
            context[PER_HOUR] = per_hour.into();
        }
        context
    }

    /// Reads the context back. API Gateway hands every value on as a string.
    pub fn from_context(context: &HashMap<String, Value>) -> Result<Self, CallerError> {
        let client_id = context.get(CLIENT_ID).and_then(Value::as_str);
        let tier = context.get(TIER).and_then(Value::as_str).and_then(|tier| tier.parse().ok());
        let registration_id = context.get(REGISTRATION_ID).and_then(Value::as_str);
        let number = |name| number(context, name).ok_or(CallerError(name));
        Ok(Self {
            client_id: ClientId::new(client_id.ok_or(CallerError(CLIENT_ID))?),
            registration_id: registration_id
                .map(|id| id.parse().map_err(|_| CallerError(REGISTRATION_ID)))
                .transpose()?,
            tier: tier.ok_or(CallerError(TIER))?,
            limits: Limits {
                per_second: number(PER_SECOND)?,
                burst: number(BURST)?,
                per_hour: context.contains_key(PER_HOUR).then(|| number(PER_HOUR)).transpose()?,
                per_day: number(PER_DAY)?,
                operations: number(OPERATIONS)?,
                records_per_day: number(RECORDS_PER_DAY)?,
            },
        })
    }
}

impl Caller {
    /// Answers a request that was admitted, and one that was not with the reason; says what is left
    /// of the limits either way.
    pub async fn answer(
        &self,
        admission: &Admission,
        answer: impl Future<Output = Result<Answer, Problem>>,
    ) -> Answer {
        let answer = match admission.outcome {
            Ok(()) => answer.await,
            Err(refusal) => Err(refusal.into()),
        };
        let left = admission.usage.allowances(&self.limits, admission.at_ms);
        Answer::from(answer).with_allowances(&left)
    }
}

fn number(context: &HashMap<String, Value>, name: &str) -> Option<u32> {
    match context.get(name)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| number.try_into().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(tier: Tier) -> Caller {
        Caller {
            client_id: ClientId::new("4k2j"),
            registration_id: (tier == Tier::Partner).then(RegistrationId::random),
            tier,
            limits: tier.limits(),
        }
    }

    #[test]
    fn a_caller_passes_through_the_gateway_as_strings() {
        for caller in [caller(Tier::Public), caller(Tier::Partner)] {
            let as_strings = caller
                .to_context()
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    (name.clone(), Value::String(text))
                })
                .collect();
            assert_eq!(Caller::from_context(&as_strings), Ok(caller));
        }
    }

    #[test]
    fn no_caller_without_the_authoriser() {
        assert_eq!(Caller::from_context(&HashMap::new()), Err(CallerError(CLIENT_ID)));
    }
}
