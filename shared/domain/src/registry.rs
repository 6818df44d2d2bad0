//! The models in service: `registry.json`, as it ships beside them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A classification that texts can be coded to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Topic {
    /// The name in paths, for example `osca`.
    pub uri_name: String,
    /// The full name, for example `OSCA - Occupation Standard Classification for Australia`.
    pub full_name: String,
    /// The edition that the models code to, for example `2024 v1.0`.
    pub version: String,
    /// The names of a record's text fields.
    pub input_format: Vec<String>,
}

/// Where a model stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelStatus {
    /// In service; the newest of these is the topic's default.
    Released,
    /// Callable by its identifier, no longer the default.
    Superseded,
    /// No longer callable.
    Retired,
    /// Taken out of service at once.
    Withdrawn,
}

/// One released model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Model {
    /// The identifier that callers name it by.
    pub model_id: Uuid,
    /// Counts up within a topic.
    pub model_version: u32,
    /// When it was released.
    pub model_release_date: Timestamp,
    /// What kind of model it is, in a few words.
    pub model_type: String,
    /// The `uriName` of its topic.
    pub topic: String,
    /// The edition of the topic that it codes to.
    pub topic_version: String,
    /// The names of a record's text fields, in order.
    pub input_format: Vec<String>,
    /// The confidence, from 0 to 1, from which an answer counts as successful.
    pub threshold: f32,
    /// Where it stands in its life. A model only ever moves on to a later status.
    pub status: ModelStatus,
    /// When another took its place as the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_date: Option<Timestamp>,
    /// When it ceased to be callable; of one that still is, when it will, as announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement_date: Option<Timestamp>,
    /// When it was taken out of service at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal_date: Option<Timestamp>,
    /// The folder of its files, relative to the registry.
    pub folder: String,
}

impl Model {
    /// Whether requests may use this model.
    #[must_use]
    pub fn is_callable(&self) -> bool {
        matches!(self.status, ModelStatus::Released | ModelStatus::Superseded)
    }

    /// Whether what was created with this model may still be coded with it: callable or retired,
    /// but not withdrawn.
    #[must_use]
    pub fn may_finish(&self) -> bool {
        self.status != ModelStatus::Withdrawn
    }

    /// Whether its dates tell the same life as its status, in the right order.
    fn has_dates_of_its_life(&self) -> bool {
        let has_status_of = match self.status {
            ModelStatus::Released => self.superseded_date.is_none(),
            ModelStatus::Superseded => self.superseded_date.is_some(),
            ModelStatus::Retired => self.superseded_date.and(self.retirement_date).is_some(),
            ModelStatus::Withdrawn => true,
        };
        let is_withdrawn = self.status == ModelStatus::Withdrawn;
        let dates = [self.superseded_date, self.retirement_date];
        let dates: Vec<_> = [Some(self.model_release_date)].into_iter().chain(dates).collect();
        has_status_of
            && self.withdrawal_date.is_some() == is_withdrawn
            && dates.iter().flatten().is_sorted()
    }
}

/// All topics and models of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// The topics, in the order in which they are listed to callers.
    pub topics: Vec<Topic>,
    /// Every model ever released, whatever its status.
    pub models: Vec<Model>,
}

/// The registry contradicts itself.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Not JSON of the expected shape.
    #[error("the registry is not of the expected shape")]
    Shape(#[from] serde_json::Error),
    /// A model of a topic that is not listed.
    #[error("model {0} belongs to the topic `{1}`, which is not listed")]
    TopicUnlisted(Uuid, String),
    /// Two models with the same identifier.
    #[error("model {0} is listed twice")]
    Twice(Uuid),
    /// Dates that do not fit a model's status, or one another.
    #[error("model {0} has dates that do not fit its status or are out of order")]
    Dates(Uuid),
    /// A threshold outside 0 to 1.
    #[error("model {0} has the threshold {1}, which is not between 0 and 1")]
    Threshold(Uuid, f32),
}

/// Which model a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// The topic's default.
    Latest,
    /// The one with this identifier, as it stands in the path.
    Named(&'a str),
}

/// The request names no model that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No such topic.
    #[error("the topic is unknown")]
    Topic,
    /// No such model, or one that is no longer callable.
    #[error("the model is unknown or no longer callable")]
    Model,
    /// The model is another topic's.
    #[error("the model belongs to another topic")]
    OtherTopic,
    /// The topic has no released model.
    #[error("the topic has no model in service")]
    NoModel,
}

impl crate::Failure for SelectionError {
    fn kind(&self) -> crate::Kind {
        match self {
            Self::Topic => crate::Kind::TopicUnknown,
            Self::Model => crate::Kind::ModelUnknown,
            Self::OtherTopic => crate::Kind::ModelOfOtherTopic,
            Self::NoModel => crate::Kind::NoModel,
        }
    }
}

impl Registry {
    /// Reads `registry.json` and checks that it does not contradict itself.
    pub fn from_json(json: &[u8]) -> Result<Self, RegistryError> {
        let registry: Self = serde_json::from_slice(json)?;
        for (place, model) in registry.models.iter().enumerate() {
            let id = model.model_id;
            if registry.topic(&model.topic).is_none() {
                return Err(RegistryError::TopicUnlisted(id, model.topic.clone()));
            }
            if registry.models[..place].iter().any(|other| other.model_id == id) {
                return Err(RegistryError::Twice(id));
            }
            if !model.has_dates_of_its_life() {
                return Err(RegistryError::Dates(id));
            }
            if !(0.0..=1.0).contains(&model.threshold) {
                return Err(RegistryError::Threshold(id, model.threshold));
            }
        }
        Ok(registry)
    }

    /// The topic of that name.
    #[must_use]
    pub fn topic(&self, uri_name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.uri_name == uri_name)
    }

    /// The callable models of a topic, newest first.
    #[must_use]
    pub fn models_of(&self, topic: &str) -> Vec<&Model> {
        let mut models: Vec<&Model> = self
            .models
            .iter()
            .filter(|model| model.topic == topic && model.is_callable())
            .collect();
        models.sort_by_key(|model| std::cmp::Reverse(model.model_version));
        models
    }

    /// A model, whatever its status.
    #[must_use]
    pub fn model(&self, id: Uuid) -> Option<&Model> {
        self.models.iter().find(|model| model.model_id == id)
    }

    /// Whether a path names a topic and, if it names one, a model of that topic, be it in service
    /// or not: what was coded with a model outlives it.
    pub fn check_path(&self, topic: &str, selection: Selection<'_>) -> Result<(), SelectionError> {
        self.topic(topic).ok_or(SelectionError::Topic)?;
        let Selection::Named(id) = selection else { return Ok(()) };
        let model = id.parse().ok().and_then(|id| self.model(id)).ok_or(SelectionError::Model)?;
        if model.topic == topic { Ok(()) } else { Err(SelectionError::OtherTopic) }
    }

    /// The model that a request asks for.
    pub fn select(&self, topic: &str, selection: Selection<'_>) -> Result<&Model, SelectionError> {
        self.topic(topic).ok_or(SelectionError::Topic)?;
        match selection {
            Selection::Latest => self
                .models_of(topic)
                .into_iter()
                .find(|model| model.status == ModelStatus::Released)
                .ok_or(SelectionError::NoModel),
            Selection::Named(id) => {
                let id: Uuid = id.parse().map_err(|_| SelectionError::Model)?;
                let model = self.model(id).filter(|model| model.is_callable());
                let model = model.ok_or(SelectionError::Model)?;
                if model.topic == topic { Ok(model) } else { Err(SelectionError::OtherTopic) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const OLD: &str = "11111111-1111-4111-8111-111111111111";
    const NEW: &str = "22222222-2222-4222-8222-222222222222";

    fn model(id: &str, version: u32, status: &str) -> Value {
        json!({
            "modelId": id, "modelVersion": version, "modelReleaseDate": "2026-01-01T00:00:00Z",
            "modelType": "t", "topic": "osca", "topicVersion": "v", "inputFormat": [],
            "threshold": 0.9, "status": status, "folder": "f",
        })
    }

    fn registry(old: &Value, new: &Value) -> Result<Registry, RegistryError> {
        let topic = json!({"uriName": "osca", "fullName": "O", "version": "v", "inputFormat": []});
        let registry = json!({"topics": [topic], "models": [old, new]});
        Registry::from_json(registry.to_string().as_bytes())
    }

    fn dated(status: &str) -> Value {
        let mut model = model(OLD, 1, status);
        if status != "released" {
            model["supersededDate"] = json!("2026-02-01T00:00:00Z");
        }
        match status {
            "retired" => model["retirementDate"] = json!("2026-03-01T00:00:00Z"),
            "withdrawn" => model["withdrawalDate"] = json!("2026-03-01T00:00:00Z"),
            _ => {}
        }
        model
    }

    #[test]
    fn a_models_life_decides_who_may_use_it() {
        for (status, is_callable, may_finish) in
            [("superseded", true, true), ("retired", false, true), ("withdrawn", false, false)]
        {
            let registry = registry(&dated(status), &model(NEW, 2, "released")).unwrap();
            let latest = registry.select("osca", Selection::Latest).unwrap();
            assert_eq!(latest.model_id.to_string(), NEW, "{status}");
            let named = registry.select("osca", Selection::Named(OLD));
            assert_eq!(named.is_ok(), is_callable, "{status}");
            if !is_callable {
                assert_eq!(named, Err(SelectionError::Model));
            }
            assert_eq!(registry.models_of("osca").len(), 1 + usize::from(is_callable));
            let old = registry.model(OLD.parse().unwrap()).unwrap();
            assert_eq!(old.may_finish(), may_finish, "{status}");
        }
    }

    /// The newest model is withdrawn: the one before it can be the default again.
    #[test]
    fn latest_moves_back_when_the_newest_is_withdrawn() {
        let mut newest = model(NEW, 2, "withdrawn");
        newest["withdrawalDate"] = json!("2026-03-01T00:00:00Z");
        let registry = registry(&model(OLD, 1, "released"), &newest).unwrap();
        let latest = registry.select("osca", Selection::Latest).unwrap();
        assert_eq!(latest.model_id.to_string(), OLD);
    }

    #[test]
    fn dates_must_tell_the_life_that_the_status_tells() {
        let wrong = |status: &str, name: &str, date: Value| {
            let mut old = dated(status);
            old[name] = date;
            matches!(registry(&old, &model(NEW, 2, "released")), Err(RegistryError::Dates(_)))
        };
        assert!(wrong("superseded", "supersededDate", Value::Null));
        assert!(wrong("superseded", "supersededDate", json!("2025-01-01T00:00:00Z")));
        assert!(wrong("retired", "retirementDate", Value::Null));
        assert!(wrong("retired", "retirementDate", json!("2026-01-15T00:00:00Z")));
        assert!(wrong("withdrawn", "withdrawalDate", Value::Null));
        assert!(wrong("released", "withdrawalDate", json!("2026-03-01T00:00:00Z")));
        assert!(wrong("released", "supersededDate", json!("2026-03-01T00:00:00Z")));
        assert!(!wrong("superseded", "retirementDate", json!("2027-01-01T00:00:00Z")));
    }
}
