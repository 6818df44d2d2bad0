//! `authorise-request` with keys of our own, so that every kind of token can be signed.

use authorise_request::{AuthorisationError, Deps, Keys, Verifier, handle};
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequestTypeRequest, ApiGatewayCustomAuthorizerResponse,
};
use aws_lambda_events::iam::IamPolicyEffect;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use store::Registrations;
use testkit::Event;

use super::aws::{failing_registrations, registrations};
use super::issuer::{ISSUER, Issuer, header, new_key};

const CLIENT: &str = "4k2j";

/// What every registered client may call.
const ALWAYS: [&str; 6] = [
    "GET/v1/topics*",
    "GET/v1/registration",
    "PATCH/v1/registration",
    "POST/v1/registration/acceptances",
    "GET/v1/usage",
    "POST/v1/feedback",
];

/// What a good token of a partner says.
fn claims() -> Value {
    let now = Timestamp::now().as_second();
    json!({
        "sub": CLIENT, "client_id": CLIENT, "token_use": "access", "version": 2, "iss": ISSUER,
        "scope": "occupation-coding/code occupation-coding/bulk", "iat": now, "exp": now + 3_600,
    })
}

fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn registered(tier: &str, state: &str) -> Registrations {
    registrations(&[json!({
        "client_id": CLIENT, "name": "a client", "tier": tier, "state": state,
        "created_at": "2026-11-25T00:00:00Z",
    })])
}

fn event(event: &Event) -> ApiGatewayCustomAuthorizerRequestTypeRequest {
    serde_json::from_str(&event.json()).unwrap()
}

fn with_token(token: &str) -> ApiGatewayCustomAuthorizerRequestTypeRequest {
    let bearer = Event::load("authorise-request.bearer");
    event(&bearer.with("/multiValueHeaders/authorization", json!([token])))
}

async fn ask(deps: &Deps, token: &str) -> ApiGatewayCustomAuthorizerResponse {
    handle(deps, with_token(token)).await.unwrap()
}

fn is_allowed(answer: &ApiGatewayCustomAuthorizerResponse) -> bool {
    !resources(answer, &IamPolicyEffect::Allow).is_empty()
}

/// What a policy opens, without the API's own address.
fn opened(answer: &ApiGatewayCustomAuthorizerResponse) -> Vec<&str> {
    resources(answer, &IamPolicyEffect::Allow)
}

/// What a policy closes by name.
fn closed(answer: &ApiGatewayCustomAuthorizerResponse) -> Vec<&str> {
    resources(answer, &IamPolicyEffect::Deny)
}

fn resources<'a>(
    answer: &'a ApiGatewayCustomAuthorizerResponse,
    effect: &IamPolicyEffect,
) -> Vec<&'a str> {
    let statements = answer.policy_document.statement.iter();
    let resources = statements
        .filter(|statement| statement.effect == *effect)
        .flat_map(|statement| &statement.resource);
    resources.map(|resource| resource.split_once("/prod/").unwrap().1).collect()
}

#[tokio::test]
async fn a_good_token_opens_what_its_tier_may_use_and_says_who_calls() {
    let issuer = Issuer::new().await;
    let token = issuer.sign(&claims());
    for (tier, expected, per_hour) in [
        ("partner", vec!["POST/v1/topics/*/code", "*/v1/topics/*/batch-code*"], None),
        ("public", vec!["POST/v1/topics/*/code"], Some(100)),
    ] {
        let deps = issuer.function(registered(tier, "active"));
        let answer = ask(&deps, &token).await;
        assert!(is_allowed(&answer));
        assert_eq!(opened(&answer), [&ALWAYS[..], &expected].concat());
        let bulk = ["*/v1/topics/*/batch-code*"];
        let expected = if tier == "partner" { &bulk[1..] } else { &bulk[..] };
        assert_eq!(closed(&answer), expected);
        assert_eq!(answer.principal_id.as_deref(), Some(CLIENT));
        assert_eq!(answer.context["clientId"], CLIENT);
        assert_eq!(answer.context["tier"], tier);
        assert_eq!(answer.context.get("perHour").and_then(Value::as_u64), per_hour);
    }
}

#[tokio::test]
async fn a_token_opens_no_more_than_its_scopes() {
    let issuer = Issuer::new().await;
    let deps = issuer.function(registered("partner", "active"));
    for (scope, expected) in [
        ("occupation-coding/code", vec!["POST/v1/topics/*/code"]),
        ("occupation-coding/bulk", vec!["*/v1/topics/*/batch-code*"]),
        ("other/code occupation-coding/codes", vec![]),
        ("", vec![]),
    ] {
        let token = issuer.sign(&claims_with("scope", json!(scope)));
        let expected = [&ALWAYS[..], &expected].concat();
        assert_eq!(opened(&ask(&deps, &token).await), expected, "{scope}");
    }
}

#[tokio::test]
async fn a_token_with_a_wrong_claim_is_denied() {
    let issuer = Issuer::new().await;
    let deps = issuer.function(registered("partner", "active"));
    let now = Timestamp::now().as_second();
    for (name, value) in [
        ("exp", json!(now - 1)),
        ("exp", json!(now - 86_400)),
        ("exp", json!(0)),
        ("exp", json!("never")),
        ("exp", Value::Null),
        ("iss", json!("https://cognito.example/other-pool")),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", Value::Null),
        ("token_use", json!("id")),
        ("token_use", json!("Access")),
        ("token_use", Value::Null),
        ("client_id", Value::Null),
        ("client_id", json!(5)),
    ] {
        let answer = ask(&deps, &issuer.sign(&claims_with(name, value.clone()))).await;
        assert!(!is_allowed(&answer), "{name} = {value} was let in");
        assert_eq!(closed(&answer), ["*"]);
    }
    assert!(is_allowed(&ask(&deps, &issuer.sign(&claims())).await));
}

#[tokio::test]
async fn a_token_of_another_key_or_algorithm_is_denied() {
    let issuer = Issuer::new().await;
    let deps = issuer.function(registered("partner", "active"));
    let claims = claims();
    let jwk = Jwk::from_encoding_key(&issuer.key, Algorithm::RS256).unwrap();
    let public_key = serde_json::to_vec(&jwk).unwrap();
    let with_algorithm = |algorithm| Header { alg: algorithm, ..header() };
    let hmac =
        encode(&with_algorithm(Algorithm::HS256), &claims, &EncodingKey::from_secret(&public_key));
    let good = issuer.sign(&claims);
    let (_, rest) = good.split_once('.').unwrap();
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"key-1"}"#);
    let unsigned = rest.rsplit_once('.').unwrap().0;
    for (name, token) in [
        ("another key", encode(&header(), &claims, &new_key()).unwrap()),
        ("another RSA algorithm", {
            encode(&with_algorithm(Algorithm::RS512), &claims, &issuer.key).unwrap()
        }),
        ("an HMAC with the public key", hmac.unwrap()),
        ("no algorithm", format!("{none}.{unsigned}.")),
        ("no algorithm and a signature", format!("{none}.{rest}")),
        ("no key identifier", {
            encode(&Header::new(Algorithm::RS256), &claims, &issuer.key).unwrap()
        }),
        ("no signature", good.rsplit_once('.').unwrap().0.to_owned() + "."),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        assert!(!is_allowed(&ask(&deps, &token).await), "{name} was let in");
    }
    assert!(is_allowed(&ask(&deps, &good).await));
}

#[tokio::test]
async fn made_up_key_identifiers_do_not_make_us_ask_for_the_keys_again_and_again() {
    let issuer = Issuer::new().await;
    let deps = issuer.function(registered("partner", "active"));
    for number in 0..20 {
        let header = Header { kid: Some(format!("made-up-{number}")), ..header() };
        let token = encode(&header, &claims(), &issuer.key).unwrap();
        assert!(!is_allowed(&ask(&deps, &token).await));
    }
    assert!(is_allowed(&ask(&deps, &issuer.sign(&claims())).await));
    assert_eq!(issuer.jwks.requests(), 1);
}

#[tokio::test]
async fn a_client_without_an_active_registration_is_denied() {
    let issuer = Issuer::new().await;
    let token = issuer.sign(&claims());
    for registrations in [
        registered("partner", "suspended"),
        registered("partner", "revoked"),
        registrations(&[]),
        registrations(&[json!({"client_id": "tier#partner"})]),
    ] {
        assert!(!is_allowed(&ask(&issuer.function(registrations), &token).await));
    }
    let as_tier = issuer.sign(&claims_with("client_id", json!("tier#partner")));
    let deps = issuer.function(registrations(&[]));
    assert!(!is_allowed(&ask(&deps, &as_tier).await));
}

#[tokio::test]
async fn no_token_or_more_than_one_is_denied() {
    let issuer = Issuer::new().await;
    let deps = issuer.function(registered("partner", "active"));
    let token = issuer.sign(&claims());
    let bearer = Event::load("authorise-request.bearer");
    let twice = bearer.with("/multiValueHeaders/authorization", json!([token, token]));
    for event in [
        event(&Event::load("authorise-request.no-token")),
        event(&Event::load("authorise-request.doubled-header")),
        event(&twice),
        with_token(""),
        with_token(&format!("{token}, {token}")),
    ] {
        assert!(!is_allowed(&handle(&deps, event).await.unwrap()));
    }
    assert!(is_allowed(&ask(&deps, &format!("Bearer {token}")).await));
}

#[tokio::test]
async fn a_failure_of_ours_is_an_error_and_neither_a_denial_nor_a_welcome() {
    let issuer = Issuer::new().await;
    let token = with_token(&issuer.sign(&claims()));
    let deps = issuer.function(failing_registrations());
    let error = handle(&deps, token.clone()).await.unwrap_err();
    assert!(matches!(error, AuthorisationError::Store(_)), "{error}");

    let nowhere = Keys::at("http://127.0.0.1:9/").unwrap();
    let deps = Deps { verifier: Verifier::new(nowhere, ISSUER), ..deps };
    let error = handle(&deps, token).await.unwrap_err();
    assert!(matches!(error, AuthorisationError::Keys(_)), "{error}");
}
