//! Every route.

use domain::Kind;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
    PathsBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Paths, Required};

use super::answers::{answer, errors, found, found_content, naming_the_model, open_errors};
use super::schemas::{array_of, coded_batch, either, named, string};
use super::{BULK_SCOPE, CODE_SCOPE, TOKEN};

pub(super) const CODING: &str = "coding";
pub(super) const BULK: &str = "bulk";
pub(super) const TOPICS: &str = "topics";
pub(super) const SERVICE: &str = "service";

/// What every route behind the authoriser may answer.
const ALWAYS: [Kind; 4] =
    [Kind::InvalidBody, Kind::RateExceeded, Kind::CeilingExceeded, Kind::Internal];

pub(super) fn paths() -> Paths {
    let get = |operation: OperationBuilder| PathItem::new(HttpMethod::Get, operation);
    let post = |operation: OperationBuilder| PathItem::new(HttpMethod::Post, operation);
    let paths = PathsBuilder::new()
        .path("/v1/topics", get(list_topics()))
        .path("/v1/topics/{topic}", get(get_topic()))
        .path("/v1/topics/{topic}/models", get(list_models()))
        .path("/v1/topics/{topic}/models/latest", get(get_latest_model()))
        .path("/v1/topics/{topic}/code", post(code_records()))
        .path("/v1/topics/{topic}/models/{model}/code", post(code_records_with_model()))
        .path("/v1/topics/{topic}/batch-code", post(create_operation(None)))
        .path("/v1/topics/{topic}/models/{model}/batch-code", post(create_operation(MODEL)))
        .path("/v1/topics/{topic}/batch-code/operations/{operation_id}", operations(None))
        .path(
            "/v1/topics/{topic}/models/{model}/batch-code/operations/{operation_id}",
            operations(MODEL),
        )
        .path("/v1/security.txt", get(get_security_txt()));
    super::registrations::add(paths).build()
}

fn list_topics() -> OperationBuilder {
    let topics = found("The topics", array_of("TopicSummary"));
    operation("list_topics", TOPICS, "The topics that records can be coded to", topics, &[])
}

fn get_topic() -> OperationBuilder {
    let topic = found("The topic", named("TopicDetails"));
    operation("get_topic", TOPICS, "A topic and its input format", topic, &[Kind::TopicUnknown])
        .parameter(topic_parameter())
}

fn list_models() -> OperationBuilder {
    let models = found("The models", array_of("ModelDetails"));
    let summary = "A topic's models, newest first";
    operation("list_models", TOPICS, summary, models, &[Kind::TopicUnknown])
        .parameter(topic_parameter())
}

fn get_latest_model() -> OperationBuilder {
    let model = naming_the_model(found("The model", named("ModelDetails")));
    let kinds = [Kind::TopicUnknown, Kind::NoModel];
    operation("get_latest_model", TOPICS, "The model that codes by default", model, &kinds)
        .parameter(topic_parameter())
}

fn code_records() -> OperationBuilder {
    let kinds = [Kind::MalformedRecord, Kind::TopicUnknown, Kind::BodyTooLarge, Kind::NoModel];
    operation("code_records", CODING, "Codes one record or a small batch", coded(), &kinds)
        .parameter(topic_parameter())
        .request_body(Some(request()))
        .security(SecurityRequirement::new(TOKEN, [CODE_SCOPE]))
}

fn code_records_with_model() -> OperationBuilder {
    let kinds = [
        Kind::MalformedRecord,
        Kind::TopicUnknown,
        Kind::ModelUnknown,
        Kind::ModelOfOtherTopic,
        Kind::BodyTooLarge,
    ];
    let summary = "Codes one record or a small batch with a named model";
    operation("code_records_with_model", CODING, summary, coded(), &kinds)
        .parameter(topic_parameter())
        .parameter(model_parameter())
        .request_body(Some(request()))
        .security(SecurityRequirement::new(TOKEN, [CODE_SCOPE]))
}

/// What ends the identifiers of the routes on which a model is named.
const MODEL: Option<&str> = Some("_with_model");

fn create_operation(model: Option<&str>) -> OperationBuilder {
    let created = naming_the_model(found("Where to send the file", named("UploadTarget")));
    let summary = "Makes an operation that codes a file, and a URL to PUT the file to";
    let described = bulk("create_operation", model, summary, created, &[Kind::NoModel]);
    described.description(Some(UPLOADING))
}

const UPLOADING: &str = "\
PUT the file to `requestUploadUrl` within an hour, with the headers \
`x-amz-server-side-encryption: aws:kms` and `x-amz-server-side-encryption-aws-kms-key-id: \
<bucketKmsKeyArn>`. It is UTF-8, plain or gzip, at most 5 GB, with a JSON object on each line: \
`{\"recordId\": …, \"occp_text\": …, \"tasks_text\": …}`, both texts there, together at most 300 \
characters. Coding starts by itself. The result has a `ResultLine` for each line that is not blank, \
in the same order.";

fn operations(model: Option<&str>) -> PathItem {
    let kinds = [Kind::OperationUnknown];
    let operation = || found("The operation", named("Operation"));
    let get = bulk("get_operation", model, "Where an operation stands", operation(), &kinds);
    let summary = "Ends an operation and deletes its input and output at once";
    let delete = bulk("cancel_operation", model, summary, operation(), &kinds);
    let id = path_parameter(
        "operation_id",
        "The `operationId` of an operation",
        "5f0c2b1e-6f0b-4a55-9d4e-0f6d4c1f7a10",
    );
    let mut item = PathItem::new(HttpMethod::Get, get.parameter(id.clone()));
    item.delete = Some(delete.parameter(id).build());
    item
}

/// A route of bulk coding.
fn bulk(
    id: &str,
    model: Option<&str>,
    summary: &str,
    found: ResponseBuilder,
    kinds: &[Kind],
) -> OperationBuilder {
    let mut kinds: Vec<Kind> = kinds.iter().copied().chain([Kind::TopicUnknown]).collect();
    if model.is_some() {
        kinds.retain(|&kind| kind != Kind::NoModel);
        kinds.extend([Kind::ModelUnknown, Kind::ModelOfOtherTopic]);
    }
    let id = format!("{id}{}", model.unwrap_or_default());
    let operation = operation(&id, BULK, summary, found, &kinds)
        .parameter(topic_parameter())
        .security(SecurityRequirement::new(TOKEN, [BULK_SCOPE]));
    match model {
        Some(_) => operation.parameter(model_parameter()),
        None => operation,
    }
}

fn get_security_txt() -> OperationBuilder {
    let text = ContentBuilder::new().schema(Some(string("Plain text"))).build();
    let found = answer("Where to report a weakness").content("text/plain", text);
    let kinds = [Kind::InvalidBody, Kind::RateExceeded, Kind::Internal];
    described("get_security_txt", SERVICE, "Security contact (RFC 9116)", found)
        .responses_of(open_errors(&kinds))
        .securities(Some([]))
}

pub(super) fn operation(
    id: &str,
    tag: &str,
    summary: &str,
    found: ResponseBuilder,
    kinds: &[Kind],
) -> OperationBuilder {
    let kinds: Vec<Kind> = ALWAYS.iter().chain(kinds).copied().collect();
    described(id, tag, summary, found).responses_of(errors(&kinds))
}

pub(super) fn described(
    id: &str,
    tag: &str,
    summary: &str,
    found: ResponseBuilder,
) -> OperationBuilder {
    named_operation(id, tag, summary).response("200", found)
}

pub(super) fn named_operation(id: &str, tag: &str, summary: &str) -> OperationBuilder {
    Operation::builder().operation_id(Some(id)).tag(tag).summary(Some(summary))
}

pub(super) trait Responding {
    /// Adds an answer for each status.
    fn responses_of(self, answers: Vec<(String, Response)>) -> Self;
}

impl Responding for OperationBuilder {
    fn responses_of(self, answers: Vec<(String, Response)>) -> Self {
        let add = |operation: Self, (status, answer)| operation.response(status, answer);
        answers.into_iter().fold(self, add)
    }
}

fn topic_parameter() -> Parameter {
    path_parameter("topic", "The `uriName` of a topic", "osca")
}

fn model_parameter() -> Parameter {
    let example = "0196f2c0-0000-7000-8000-000000000001";
    path_parameter("model", "The `modelId` of a model", example)
}

pub(super) fn path_parameter(name: &str, description: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(string(description)))
        .example(Some(json!(example)))
        .build()
}

fn request() -> RequestBody {
    let content = ContentBuilder::new()
        .schema(Some(either(named("SingleRequest"), named("BatchRequest"))))
        .examples_from_iter([
            (
                "One record",
                example(json!({
                    "record": {"occp_text": "brickie", "tasks_text": "lay bricks"},
                    "numberOfSuggestions": 3,
                })),
            ),
            (
                "A batch",
                example(json!({"records": [
                    {"recordId": "a1", "occp_text": "brickie", "tasks_text": ""},
                    {"recordId": "a2", "occp_text": "AIN nights", "tasks_text": "aged care"},
                ]})),
            ),
            (
                "One record with reasons",
                example(json!({
                    "record": {"occp_text": "brickie", "tasks_text": "lay bricks"},
                    "explain": true,
                    "followUp": true,
                    "alsoCode": ["anzsco"],
                })),
            ),
            (
                "An answered question",
                example(json!({"record": {"occp_text": "nurse", "followUpAnswer": "265432"}})),
            ),
        ])
        .build();
    RequestBodyBuilder::new()
        .description(Some("One record, or 1 to 300 records; at most 1 MB"))
        .required(Some(Required::True))
        .content("application/json", content)
        .build()
}

fn coded() -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(either(named("CodedRecord"), coded_batch())))
        .examples_from_iter([
            ("One record", example(coded_example(&json!(null), "371131", "Bricklayer", 0.98))),
            (
                "A batch",
                example(json!([coded_example(
                    &json!("a1"),
                    "3711",
                    "Bricklayers and Stonemasons",
                    0.81
                )])),
            ),
        ])
        .build();
    let described = "An object for one record; for a batch an array in the same order";
    naming_the_model(found_content(described, content))
}

fn coded_example(id: &Value, code: &str, label: &str, confidence: f64) -> Value {
    let mut input = json!({"occp_text": "brickie", "tasks_text": "lay bricks"});
    if !id.is_null() {
        input["recordId"] = id.clone();
    }
    json!({
        "recordId": id,
        "codeStatus": "successful",
        "input": input,
        "result": [{"codeCategory": code, "codeLabel": label, "codeConfidence": confidence}],
    })
}

fn example(value: Value) -> Example {
    ExampleBuilder::new().value(Some(value)).build()
}
