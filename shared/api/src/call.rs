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
    /// The body's bytes.
    pub body: Vec<u8>,
    path_parameters: HashMap<String, String>,
    authorizer: HashMap<String, Value>,
    has_query: bool,
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

impl Call {
    /// Who is calling, on a route behind the authoriser.
    pub fn caller(&self) -> Result<Caller, CallerError> {
        Caller::from_context(&self.authorizer)
    }

    /// The topic in the path, or an empty text where the route has none.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.path_parameters.get("topic").map_or("", String::as_str)
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
        if self.has_query { Err(QueryError) } else { Ok(()) }
    }
}

impl From<Request> for Call {
    fn from(request: Request) -> Self {
        let parameters = request.path_parameters();
        let path_parameters =
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let has_query = request.query_string_parameters_ref().is_some_and(|map| !map.is_empty());
        let (request_id, route, authorizer) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV1(context)) => (
                context.request_id.clone().unwrap_or_default(),
                context.resource_path.clone().unwrap_or_default(),
                context.authorizer.fields.clone(),
            ),
            _ => Default::default(),
        };
        let body = request.into_body().to_vec();
        Self { request_id, route, body, path_parameters, authorizer, has_query }
    }
}
