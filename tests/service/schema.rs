//! The published OpenAPI document as a judge of answers.

use std::sync::LazyLock;

use client::Answer;
use serde_json::{Value, json};

use crate::answers;

pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../infra/openapi.json")).unwrap());

/// An answer has a status, the headers and a body as the document has them for that route.
#[track_caller]
pub(crate) fn assert_conforms(method: &str, route: &str, answer: &Answer) {
    let status = answer.status.to_string();
    let response = &DOCUMENT["paths"][route][method]["responses"][&status];
    assert!(response.is_object(), "{method} {route} answers {status}, which is not documented");
    for header in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        assert!(answer.header(header).is_some(), "{method} {route}, {status}: no header {header}");
    }
    let pointer = format!(
        "#/paths/{}/{method}/responses/{status}/content/application~1json/schema",
        route.replace('/', "~1")
    );
    assert_valid(&pointer, &answers::json(answer));
}

/// A value is what the schema at a place in the document describes.
#[track_caller]
pub(crate) fn assert_valid(pointer: &str, value: &Value) {
    let errors = errors(pointer, value);
    assert!(errors.is_empty(), "{value} is not what {pointer} describes: {errors:?}");
}

pub(crate) fn errors(pointer: &str, value: &Value) -> Vec<String> {
    // The whole document beside the reference, so that references within it are found.
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": percent_encoded(pointer),
    });
    for part in ["paths", "components"] {
        schema[part] = DOCUMENT[part].clone();
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

/// A pointer in a reference is part of a URI, where braces must not stand.
fn percent_encoded(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}
