//! Tokens that are none: always the same 403, never a 500, never let in.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use client::{Answer, Request};
use domain::{ClientId, Registration, Tier};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use store::Clients;
use store::sdk::cognito::types::{
    AuthFlowType, ExplicitAuthFlowsType, OAuthFlowType, ResourceServerScopeType, TimeUnitsType,
    TokenValidityUnitsType, UserPoolClientType,
};

use crate::answers::{denied, found};
use crate::callers::{Caller, partner};
use crate::stack::stack;

async fn with_token(caller: &Caller, token: impl Into<Vec<u8>>) -> Answer {
    let request = Request::get("/v1/topics").without_token();
    caller.send(request.header("authorization", token)).await
}

/// The three parts of a token, the first two decoded.
fn parts(token: &str) -> (Value, Value, &str) {
    let mut parts = token.split('.');
    let mut json =
        || serde_json::from_slice(&BASE64.decode(parts.next().unwrap()).unwrap()).unwrap();
    let (header, claims) = (json(), json());
    (header, claims, parts.next().unwrap())
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| BASE64.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

#[tokio::test]
async fn a_good_token_is_taken_bare_and_as_a_bearer() {
    let caller = partner().registered().await;
    let token = caller.client.token().await.unwrap();
    for value in [token.clone(), format!("Bearer {token}"), format!("bearer {token}")] {
        found(&with_token(&caller, value).await);
    }
}

#[tokio::test]
async fn no_token_and_nonsense_are_denied() {
    let caller = partner().registered().await;
    denied(&caller.send(Request::get("/v1/topics").without_token()).await);
    let body = json!({"record": {"occp_text": "nurse"}}).to_string();
    denied(&caller.send(Request::post("/v1/topics/osca/code", body).without_token()).await);
    let long = "a".repeat(7_000);
    for nonsense in
        ["", " ", "Bearer", "Bearer ", ".", "..", "a.b.c", "null", "*", "Basic YTpi", "{}", &long]
    {
        denied(&with_token(&caller, nonsense).await);
    }
    denied(&with_token(&caller, b"\xff\xfe.\xff.\xff".as_slice()).await);
}

#[tokio::test]
async fn a_token_with_anything_changed_is_denied() {
    let caller = partner().registered().await;
    let token = caller.client.token().await.unwrap();
    let (header, claims, signature) = parts(&token);
    let mut other_claims = claims.clone();
    other_claims["client_id"] = json!("somebody-else");
    let mut longer_life = claims.clone();
    longer_life["exp"] = json!(4_102_444_800_u64);
    let mut other_key = header.clone();
    other_key["kid"] = json!("no-such-key");
    let mut no_key = header.clone();
    no_key.as_object_mut().unwrap().remove("kid");
    let cut = &signature[..signature.len() - 4];
    for forged in [
        format!("{}.{signature}", unsigned(&header, &other_claims)),
        format!("{}.{signature}", unsigned(&header, &longer_life)),
        format!("{}.{signature}", unsigned(&other_key, &claims)),
        format!("{}.{signature}", unsigned(&no_key, &claims)),
        format!("{}.{cut}", unsigned(&header, &claims)),
        format!("{}.{}", unsigned(&header, &claims), "A".repeat(signature.len())),
        format!("{token}."),
        format!("{token} {token}"),
        format!("{token},{token}"),
        format!("Basic {token}"),
    ] {
        denied(&with_token(&caller, forged).await);
    }
}

#[tokio::test]
async fn a_token_that_names_no_algorithm_is_denied() {
    let caller = partner().registered().await;
    let token = caller.client.token().await.unwrap();
    let (mut header, claims, signature) = parts(&token);
    for algorithm in ["none", "None", "NONE", "", "RS256 ", "ES256", "RS512"] {
        header["alg"] = json!(algorithm);
        let unsigned = unsigned(&header, &claims);
        denied(&with_token(&caller, format!("{unsigned}.")).await);
        denied(&with_token(&caller, format!("{unsigned}.{signature}")).await);
    }
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_denied() {
    let caller = partner().registered().await;
    let token = caller.client.token().await.unwrap();
    let (header, claims, _) = parts(&token);
    let url = format!("{}/{}/.well-known/jwks.json", stack().endpoint_url, stack().user_pool_id);
    let keys = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let modulus = keys["keys"][0]["n"].as_str().unwrap();
    for secret in
        [modulus.as_bytes(), &BASE64.decode(modulus).unwrap(), &keys.to_string().into_bytes()]
    {
        let forged_header = Header {
            kid: header["kid"].as_str().map(str::to_owned),
            ..Header::new(Algorithm::HS256)
        };
        let forged = encode(&forged_header, &claims, &EncodingKey::from_secret(secret)).unwrap();
        denied(&with_token(&caller, forged).await);
    }
}

#[tokio::test]
async fn two_tokens_are_denied_even_if_both_are_good() {
    let caller = partner().registered().await;
    let token = caller.client.token().await.unwrap();
    for (first, second) in [(&*token, &*token), ("no", &*token), (&*token, "no")] {
        let request = Request::get("/v1/topics").without_token();
        let request = request.header("authorization", first).header("Authorization", second);
        denied(&caller.send(request).await);
    }
}

#[tokio::test]
async fn a_token_of_another_pool_is_denied_though_its_client_is_registered() {
    let caller = of_another_pool().await;
    let token = caller.client.token().await.unwrap();
    let (_, claims, _) = parts(&token);
    assert!(!claims["iss"].as_str().unwrap().ends_with(&stack().user_pool_id));
    denied(&caller.get("/v1/topics").await);
}

#[tokio::test]
async fn an_expired_token_is_denied() {
    let scope = format!("{}/code", stack().resource_server);
    let seconds = TokenValidityUnitsType::builder().access_token(TimeUnitsType::Seconds).build();
    let request = stack().cognito().await.create_user_pool_client();
    let request = request
        .user_pool_id(&stack().user_pool_id)
        .client_name("a test's client with tokens that soon expire")
        .generate_secret(true)
        .allowed_o_auth_flows_user_pool_client(true)
        .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
        .allowed_o_auth_scopes(scope)
        .token_validity_units(seconds)
        .access_token_validity(5);
    let created = request.send().await.unwrap().user_pool_client.unwrap();
    let caller = registered(&created).await;
    let token = caller.client.token().await.unwrap();
    found(&with_token(&caller, token.clone()).await);
    tokio::time::sleep(Duration::from_secs(6)).await;
    denied(&with_token(&caller, token).await);
}

#[tokio::test]
async fn an_id_token_is_denied_though_the_pool_signed_it_for_a_registered_client() {
    const PASSWORD: &str = "Correct-horse-7";
    let cognito = stack().cognito().await;
    let pool = &stack().user_pool_id;
    let request = cognito.create_user_pool_client().user_pool_id(pool);
    let request = request
        .client_name("a test's client that signs people in")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowAdminUserPasswordAuth);
    let created = request.send().await.unwrap().user_pool_client.unwrap();
    let caller = registered(&created).await;

    let person = format!("person-{}", caller.id.as_str());
    cognito.admin_create_user().user_pool_id(pool).username(&person).send().await.unwrap();
    let request = cognito.admin_set_user_password().user_pool_id(pool).username(&person);
    request.password(PASSWORD).permanent(true).send().await.unwrap();
    let request = cognito.admin_initiate_auth().user_pool_id(pool).client_id(caller.id.as_str());
    let request = request
        .auth_flow(AuthFlowType::AdminUserPasswordAuth)
        .auth_parameters("USERNAME", &person)
        .auth_parameters("PASSWORD", PASSWORD);
    let signed_in = request.send().await.unwrap().authentication_result.unwrap();

    let id_token = signed_in.id_token.unwrap();
    assert_eq!(parts(&id_token).1["token_use"], "id");
    denied(&with_token(&caller, id_token).await);
    // A person's access token has none of the service's scopes: it codes nothing.
    let body = json!({"record": {"occp_text": "nurse"}}).to_string();
    let request = Request::post("/v1/topics/osca/code", body).without_token();
    let token = signed_in.access_token.unwrap();
    denied(&caller.send(request.header("authorization", token)).await);
}

/// A caller with this client's credentials, entered in the service's registrations.
async fn registered(created: &UserPoolClientType) -> Caller {
    let id = ClientId::new(created.client_id.clone().unwrap());
    register(id.clone()).await;
    Caller::with(id, created.client_secret.as_deref().unwrap_or_default())
}

/// A client of a pool with the same scopes, entered in the service's registrations.
async fn of_another_pool() -> Caller {
    let cognito = stack().cognito().await;
    let pool = cognito.create_user_pool().pool_name("another").send().await.unwrap();
    let pool = pool.user_pool.unwrap().id.unwrap();
    let scope = |name| {
        let scope = ResourceServerScopeType::builder().scope_name(name).scope_description(name);
        scope.build().unwrap()
    };
    cognito
        .create_resource_server()
        .user_pool_id(&pool)
        .identifier(&stack().resource_server)
        .name("another")
        .scopes(scope("code"))
        .scopes(scope("bulk"))
        .send()
        .await
        .unwrap();
    let clients = Clients::new(cognito, pool, &stack().resource_server);
    let created = clients.create("another pool's client", Tier::Partner).await.unwrap();
    register(created.client_id.clone()).await;
    Caller::with(created.client_id, &created.client_secret)
}

async fn register(client_id: ClientId) {
    let name = "a test's client".to_owned();
    let registration = Registration::new(client_id, name, Tier::Partner, Timestamp::now());
    stack().registrations().await.add(&registration).await.unwrap();
}
