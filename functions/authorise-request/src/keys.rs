//! The keys that the user pool signs its tokens with.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::Mutex;

/// Keys older than this are fetched again, so that a withdrawn one ceases to count.
const MAX_AGE: Duration = Duration::from_hours(1);
/// A token with an unknown key may be of a new one. Looking more often than this would let anyone
/// who sends made-up key identifiers make us call Cognito.
const MIN_AGE: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(3);

/// The pool's keys, fetched when first needed and kept.
#[derive(Debug)]
pub struct Keys {
    url: String,
    http: reqwest::Client,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    keys: HashMap<String, DecodingKey>,
    fetched: Instant,
}

/// The keys could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the token issuer's keys could not be fetched")]
pub struct KeysError(#[from] reqwest::Error);

impl Keys {
    /// The keys at that address, a JSON Web Key Set (RFC 7517).
    pub fn at(url: impl Into<String>) -> Result<Self, KeysError> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { url: url.into(), http, kept: Mutex::new(None) })
    }

    /// The key of that identifier, if the pool has one.
    pub async fn find(&self, id: &str) -> Result<Option<DecodingKey>, KeysError> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref() {
            let age = kept.fetched.elapsed();
            let key = kept.keys.get(id);
            if (key.is_some() && age < MAX_AGE) || (key.is_none() && age < MIN_AGE) {
                return Ok(key.cloned());
            }
        }
        let keys = self.fetch().await?;
        let key = keys.get(id).cloned();
        *kept = Some(Kept { keys, fetched: Instant::now() });
        Ok(key)
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, KeysError> {
        let answer = self.http.get(&self.url).send().await?.error_for_status()?;
        let set: JwkSet = answer.json().await?;
        let keys = set.keys.iter().filter_map(|jwk| {
            let id = jwk.common.key_id.clone()?;
            DecodingKey::from_jwk(jwk).ok().map(|key| (id, key))
        });
        Ok(keys.collect())
    }
}
