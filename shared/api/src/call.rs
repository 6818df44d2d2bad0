//! A request to the API, taken out of API Gateway's event.

use std::collections::HashMap;

use domain::{Failure, Kind, OperationError, OperationId, Selection};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::Value;

use crate::caller::{Caller, CallerError};

/// The largest body that is taken, in bytes: 1 MB.
pub const BODY_LIMIT: usize = 1_000_000;

/// One request.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// API Gateway's identifier of the request.
    pub request_id: String,
    /// The route as it stands in the template, for example `/v1/topics/{topic}/code`.
    pub route: String,
    /// The HTTP method, in capitals.
    pub method: String,
    /// The body's bytes.
    pub body: Vec<u8>,
    path_parameters: HashMap<String, String>,
    query: HashMap<String, String>,
    authorizer: HashMap<String, Value>,
    peer: String,
    operator: Option<String>,
    base_url: Option<String>,
}

/// The request has query-string parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("query-string parameters were sent")]
pub struct QueryError;

impl Failure for QueryError {
    fn kind(&self) -> Kind {
        Kind::InvalidBody
    }

    fn detail(&self) -> Option<String> {
        Some("query-string parameters are not accepted on any route".to_owned())
    }
}

/// The request has a body where none is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a body was sent to a route that reads none")]
pub struct BodyError;

impl Failure for BodyError {
    fn kind(&self) -> Kind {
        Kind::InvalidBody
    }

    fn detail(&self) -> Option<String> {
        Some(
            "this route takes no body: PUT the file to the requestUploadUrl of its answer"
                .to_owned(),
        )
    }
}

/// The body is larger than the route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body has {length} bytes, {limit} are allowed")]
pub struct TooLargeError {
    length: usize,
    limit: usize,
}

impl Failure for TooLargeError {
    fn kind(&self) -> Kind {
        Kind::BodyTooLarge
    }

    fn detail(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// No operator signed the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no operator signed the request")]
pub struct OperatorError;

impl Failure for OperatorError {
    fn kind(&self) -> Kind {
        Kind::Denied
    }
}

impl Call {
    /// The operator who signed the request, by the name that AWS IAM knows.
    pub fn operator(&self) -> Result<&str, OperatorError> {
        self.operator.as_deref().ok_or(OperatorError)
    }

    /// The address of whoever sent the request, as the gateway saw it.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// What stands before `/v1` in the address that was called, if the gateway says so.
    #[must_use]
    pub fn base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// A part of the path by the name that the route gives it, or an empty text.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> &str {
        self.path_parameters.get(name).map_or("", String::as_str)
    }

    /// A query-string parameter, on the few routes for operators that have any.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Refuses a body over so many bytes.
    pub fn limit_body(&self, limit: usize) -> Result<(), TooLargeError> {
        let length = self.body.len();
        if length > limit { Err(TooLargeError { length, limit }) } else { Ok(()) }
    }

    /// Who is calling, on a route behind the authoriser.
    pub fn caller(&self) -> Result<Caller, CallerError> {
        Caller::from_context(&self.authorizer)
    }

    /// The topic in the path, or an empty text where the route has none.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.path_parameter("topic")
    }

    /// The model that the path asks for.
    #[must_use]
    pub fn selection(&self) -> Selection<'_> {
        self.path_parameters.get("model").map_or(Selection::Latest, |id| Selection::Named(id))
    }

    /// The operation that the path names.
    pub fn operation_id(&self) -> Result<OperationId, OperationError> {
        let id = self.path_parameters.get("operation_id");
        id.ok_or(OperationError::Unknown)?.parse()
    }

    /// Refuses a body on a route that reads none; an empty object is taken for none.
    pub fn refuse_body(&self) -> Result<(), BodyError> {
        let body = self.body.trim_ascii();
        if body.is_empty() || body == b"{}" { Ok(()) } else { Err(BodyError) }
    }

    /// Refuses query-string parameters, which no route has.
    pub fn refuse_query(&self) -> Result<(), QueryError> {
        if self.query.is_empty() { Ok(()) } else { Err(QueryError) }
    }
}

impl From<Request> for Call {
    fn from(request: Request) -> Self {
        let parameters = request.path_parameters();
        let path_parameters =
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = request.query_string_parameters_ref().map(|parameters| {
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        });
        let mut call = Self {
            method: request.method().as_str().to_owned(),
            path_parameters,
            query: query.unwrap_or_default(),
            ..Self::default()
        };
        if let Some(RequestContext::ApiGatewayV1(context)) = request.request_context_ref() {
            call.request_id = context.request_id.clone().unwrap_or_default();
            call.route = context.resource_path.clone().unwrap_or_default();
            call.authorizer.clone_from(&context.authorizer.fields);
            call.peer = context.identity.source_ip.clone().unwrap_or_default();
            // Only routes with IAM authorisation have it, and only the gateway can set it.
            call.operator = context.identity.user_arn.clone().filter(|arn| !arn.is_empty());
            let named = context.domain_name.as_deref().zip(context.stage.as_deref());
            call.base_url = named.map(|(domain, stage)| format!("https://{domain}/{stage}"));
        }
        call.body = request.into_body().to_vec();
        call
    }
}
