//! An issuer of tokens with keys of its own.

use authorise_request::{Deps, Keys, Verifier};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use store::Registrations;
use testkit::Server;

pub(super) const ISSUER: &str = "https://cognito.example/pool";
const KEY_ID: &str = "key-1";

/// An issuer of tokens whose public key is served to whoever asks.
pub(super) struct Issuer {
    pub(super) key: EncodingKey,
    pub(super) jwks: Server,
}

impl Issuer {
    pub(super) async fn new() -> Self {
        let key = new_key();
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        jwk.common.key_id = Some(KEY_ID.to_owned());
        let keys = json!({"keys": [jwk]}).to_string();
        Self { key, jwks: Server::answering(move |_| keys.clone()).await }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        encode(&header(), claims, &self.key).unwrap()
    }

    /// The function as it would stand in front of this issuer's API.
    pub(super) fn function(&self, registrations: Registrations) -> Deps {
        Deps {
            verifier: Verifier::new(Keys::at(self.jwks.url()).unwrap(), ISSUER),
            registrations,
            resource_server: "occupation-coding".to_owned(),
        }
    }
}

pub(super) fn new_key() -> EncodingKey {
    let der = AsDer::as_der(&KeyPair::generate(KeySize::Rsa2048).unwrap()).unwrap();
    let base64 = BASE64_STANDARD.encode(der.as_ref());
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
}

pub(super) fn header() -> Header {
    Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::RS256) }
}
