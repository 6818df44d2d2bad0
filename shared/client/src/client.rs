use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::{ClientError, Problem};
use crate::exchange::{Answer, Request};
use crate::model::{CodedRecord, ModelDetails, Record, TopicDetails, TopicSummary, Wishes};
use crate::retry::{Repeat, retrying};
use crate::storage;
use crate::token::{Credentials, Tokens};

/// Longer than the service ever takes: its own limit is 29 seconds.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A client of one deployment of the service.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    pub(crate) files: reqwest::Client,
    base_url: String,
    tokens: Tokens,
    is_patient: bool,
}

/// The body of a coding request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<&'a [Record]>,
    #[serde(flatten)]
    wishes: &'a Wishes,
}

impl Client {
    /// A client of the deployment at `base_url` (what stands before `/v1`), whose tokens come from
    /// `token_url`. Nothing is sent yet.
    pub fn new(
        base_url: &str,
        token_url: &str,
        credentials: Credentials,
    ) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let tokens = Tokens::new(http.clone(), token_url, credentials);
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { http, files: storage::http()?, base_url, tokens, is_patient: false })
    }

    /// Lets the client try again, up to five times and ever more slowly, where that can help and
    /// does no harm: when the service cannot be reached or fails, and when it asks for no more than
    /// half a minute of patience. Not in [`Client::send`].
    #[must_use]
    pub fn patient(self) -> Self {
        Self { is_patient: true, ..self }
    }

    /// The topics that records can be coded to.
    pub async fn topics(&self) -> Result<Vec<TopicSummary>, ClientError> {
        self.get("/v1/topics").await
    }

    /// One topic.
    pub async fn topic(&self, topic: &str) -> Result<TopicDetails, ClientError> {
        self.get(topic_path(topic)).await
    }

    /// A topic's models, newest first.
    pub async fn models(&self, topic: &str) -> Result<Vec<ModelDetails>, ClientError> {
        self.get(topic_path(topic) + "/models").await
    }

    /// The model that codes unless a request names another.
    pub async fn latest_model(&self, topic: &str) -> Result<ModelDetails, ClientError> {
        self.get(topic_path(topic) + "/models/latest").await
    }

    /// Codes one record, with the topic's latest model unless another is named; `suggestions` is
    /// the number of codes wanted, 1 to 16.
    pub async fn code(
        &self,
        topic: &str,
        model: Option<Uuid>,
        record: &Record,
        suggestions: Option<u8>,
    ) -> Result<CodedRecord, ClientError> {
        let wishes = Wishes { suggestions, ..Wishes::default() };
        self.code_with(topic, model, record, &wishes).await
    }

    /// Codes 1 to 300 records; the answers come in the records' order.
    pub async fn code_batch(
        &self,
        topic: &str,
        model: Option<Uuid>,
        records: &[Record],
        suggestions: Option<u8>,
    ) -> Result<Vec<CodedRecord>, ClientError> {
        let wishes = Wishes { suggestions, ..Wishes::default() };
        self.code_batch_with(topic, model, records, &wishes).await
    }

    /// Codes one record and asks for more beside its code.
    pub async fn code_with(
        &self,
        topic: &str,
        model: Option<Uuid>,
        record: &Record,
        wishes: &Wishes,
    ) -> Result<CodedRecord, ClientError> {
        let body = CodeBody { record: Some(record), records: None, wishes };
        self.post_code(topic, model, &body).await
    }

    /// Codes 1 to 300 records and asks for more beside their codes.
    pub async fn code_batch_with(
        &self,
        topic: &str,
        model: Option<Uuid>,
        records: &[Record],
        wishes: &Wishes,
    ) -> Result<Vec<CodedRecord>, ClientError> {
        let body = CodeBody { record: None, records: Some(records), wishes };
        self.post_code(topic, model, &body).await
    }

    /// Sends a request as it is and gives the answer as it came, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Answer, ClientError> {
        let url = format!("{}{}", self.base_url, request.path);
        let mut builder = self.http.request(request.method, url).body(request.body);
        if request.with_token {
            builder = builder.header("authorization", self.token().await?);
        }
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let answer = builder.send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        Ok(Answer { status, headers, body: answer.bytes().await? })
    }

    /// The token that requests carry.
    pub async fn token(&self) -> Result<String, ClientError> {
        self.tokens.token().await
    }

    pub(crate) async fn get<Body: DeserializeOwned>(
        &self,
        path: impl Into<String>,
    ) -> Result<Body, ClientError> {
        self.call(Request::get(path), Repeat::Whenever).await
    }

    async fn post_code<Body: DeserializeOwned>(
        &self,
        topic: &str,
        model: Option<Uuid>,
        body: &CodeBody<'_>,
    ) -> Result<Body, ClientError> {
        let path = model_path(topic, model) + "/code";
        let request = Request::post(path, serde_json::to_vec(body)?);
        self.call(request, Repeat::Whenever).await
    }

    /// Sends a request, again if need be, and reads the answer.
    pub(crate) async fn call<Body: DeserializeOwned>(
        &self,
        request: Request,
        repeat: Repeat,
    ) -> Result<Body, ClientError> {
        self.again(|| repeat, || self.call_once(&request)).await
    }

    /// Makes a call, again if need be and this client is patient.
    pub(crate) async fn again<T, F: Future<Output = Result<T, ClientError>>>(
        &self,
        repeat: impl Fn() -> Repeat,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ClientError> {
        if self.is_patient { retrying(repeat, call).await } else { call().await }
    }

    async fn call_once<Body: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<Body, ClientError> {
        let answer = self.send(request.clone()).await?;
        if answer.status != 200 {
            return Err(ClientError::Refused(Box::new(Problem::from(&answer))));
        }
        Ok(answer.json()?)
    }
}

/// The path of a topic's named model, or of the topic itself.
pub(crate) fn model_path(topic: &str, model: Option<Uuid>) -> String {
    match model {
        Some(model) => format!("{}/models/{model}", topic_path(topic)),
        None => topic_path(topic),
    }
}

pub(crate) fn topic_path(topic: &str) -> String {
    format!("/v1/topics/{}", utf8_percent_encode(topic, NON_ALPHANUMERIC))
}
