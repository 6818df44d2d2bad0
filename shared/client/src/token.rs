//! The token of a client: fetched when needed, kept while it is good.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::ClientError;

/// A token is not used in its last minute, so that it does not run out under way.
const MARGIN: Duration = Duration::from_mins(1);

/// What a client proves itself with.
#[derive(Clone)]
pub struct Credentials {
    id: String,
    secret: String,
}

impl Credentials {
    /// An identifier and its secret, as they were handed out at registration.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }
}

/// Never shows the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Tokens {
    http: reqwest::Client,
    url: String,
    credentials: Credentials,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: String,
    good_until: Instant,
}

/// Never shows the token.
impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// The token endpoint's answer (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl Tokens {
    pub(crate) fn new(http: reqwest::Client, url: &str, credentials: Credentials) -> Self {
        Self { http, url: url.to_owned(), credentials, kept: Mutex::new(None) }
    }

    /// A token that is good for another minute. Callers at the same moment share one fetch.
    pub(crate) async fn token(&self) -> Result<String, ClientError> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| Instant::now() < kept.good_until) {
            return Ok(kept.token.clone());
        }
        let asked = Instant::now();
        let granted = self.fetch().await?;
        let life = Duration::from_secs(granted.expires_in).saturating_sub(MARGIN);
        let token = granted.access_token;
        *kept = Some(Kept { token: token.clone(), good_until: asked + life });
        Ok(token)
    }

    async fn fetch(&self) -> Result<Granted, ClientError> {
        let Credentials { id, secret } = &self.credentials;
        let answer = self
            .http
            .post(&self.url)
            .basic_auth(id, Some(secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            return Err(ClientError::NoToken {
                status: status.as_u16(),
                answer: String::from_utf8_lossy(&body).into_owned(),
            });
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

#[cfg(test)]
mod tests {
    use testkit::Server;

    use super::*;

    /// Gives every request a token of its own, good for so long.
    async fn token_endpoint(expires_in: u64) -> Server {
        let granted = move |number| {
            format!(r#"{{"access_token": "token-{number}", "expires_in": {expires_in}}}"#)
        };
        Server::answering(granted).await
    }

    fn tokens(endpoint: &Server) -> Tokens {
        Tokens::new(reqwest::Client::new(), endpoint.url(), Credentials::new("id", "secret"))
    }

    #[tokio::test]
    async fn a_good_token_is_fetched_once_even_by_callers_at_the_same_moment() {
        let endpoint = token_endpoint(3_600).await;
        let tokens = tokens(&endpoint);
        let (one, other) = tokio::join!(tokens.token(), tokens.token());
        assert_eq!(one.unwrap(), "token-0");
        assert_eq!(other.unwrap(), "token-0");
        assert_eq!(endpoint.requests(), 1);
    }

    #[tokio::test]
    async fn a_token_in_its_last_minute_is_replaced() {
        let endpoint = token_endpoint(59).await;
        let tokens = tokens(&endpoint);
        assert_eq!(tokens.token().await.unwrap(), "token-0");
        assert_eq!(tokens.token().await.unwrap(), "token-1");
    }

    #[test]
    fn the_secret_is_never_shown() {
        assert!(!format!("{:?}", Credentials::new("id", "s3cret")).contains("s3cret"));
    }
}
