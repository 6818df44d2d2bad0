//! Verification of access tokens.

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use crate::keys::{Keys, KeysError};

/// What a token says, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The client that the token was issued to.
    pub client_id: String,
    /// The scopes granted, separated by spaces.
    #[serde(default)]
    pub scope: String,
    token_use: String,
}

impl Claims {
    /// Whether the token was granted a scope.
    #[must_use]
    pub fn grants(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|granted| granted == scope)
    }
}

/// Why a token does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No `Authorization` header.
    #[error("there is no token")]
    Missing,
    /// More than one, or one that is no token.
    #[error("there is not exactly one token")]
    Malformed,
    /// Not signed with RS256 by a key of the pool, expired, or of another issuer.
    #[error("the token is not valid: {0}")]
    Invalid(String),
    /// Not an access token.
    #[error("the token is not an access token")]
    OtherUse,
}

/// A token was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The caller's fault.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Ours.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Verifies tokens of one issuer.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    validation: Validation,
}

impl Verifier {
    /// Accepts access tokens of that issuer, signed with its keys.
    #[must_use]
    pub fn new(keys: Keys, issuer: &str) -> Self {
        // RS256 and nothing else: neither `none` nor an HMAC with the public key gets through.
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        validation.validate_aud = false; // Cognito's access tokens have no audience
        validation.leeway = 0;
        Self { keys, validation }
    }

    /// Verifies a token.
    pub async fn verify(&self, token: &str) -> Result<Claims, VerifyError> {
        let invalid = |error: jsonwebtoken::errors::Error| Refused::Invalid(error.to_string());
        let header = decode_header(token).map_err(invalid)?;
        if header.alg != Algorithm::RS256 {
            return Err(Refused::Invalid("the algorithm is not RS256".to_owned()).into());
        }
        let unknown_key = || Refused::Invalid("the key is not the issuer's".to_owned());
        let key_id = header.kid.ok_or_else(unknown_key)?;
        let key = self.keys.find(&key_id).await?.ok_or_else(unknown_key)?;
        let claims = decode::<Claims>(token, &key, &self.validation).map_err(invalid)?.claims;
        if claims.token_use != "access" {
            return Err(Refused::OtherUse.into());
        }
        Ok(claims)
    }
}

/// The one token of a request, with or without the scheme `Bearer`.
///
/// A header that is there twice reaches us as two values from API Gateway, and as one with a
/// comma from others; both are refused, lest two readers take different ones.
pub(crate) fn bare_token<'a>(values: &[&'a str]) -> Result<&'a str, Refused> {
    let value = match values {
        [] => return Err(Refused::Missing),
        [value] => value.trim(),
        _ => return Err(Refused::Malformed),
    };
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => value,
    };
    let is_token_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match token {
        "" => Err(Refused::Missing),
        scheme if scheme.eq_ignore_ascii_case("bearer") => Err(Refused::Missing),
        token if token.bytes().all(is_token_character) => Ok(token),
        _ => Err(Refused::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_token_with_or_without_its_scheme() {
        for values in [["a.b.c"], ["Bearer a.b.c"], ["bearer   a.b.c"], [" a.b.c "]] {
            assert_eq!(bare_token(&values), Ok("a.b.c"), "{values:?}");
        }
    }

    #[test]
    fn takes_nothing_else() {
        for (values, expected) in [
            (vec![], Refused::Missing),
            (vec![""], Refused::Missing),
            (vec!["Bearer "], Refused::Missing),
            (vec!["a.b.c", "a.b.c"], Refused::Malformed),
            (vec!["a.b.c, a.b.c"], Refused::Malformed),
            (vec!["Basic a.b.c"], Refused::Malformed),
            (vec!["Bearer a.b.c d"], Refused::Malformed),
            (vec!["a.b.ç"], Refused::Malformed),
        ] {
            let found = bare_token(&values);
            assert_eq!(found, Err(expected), "{values:?}");
        }
    }
}
