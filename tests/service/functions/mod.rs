//! The functions as libraries: what no stack can be brought to do, and what needs no stack.

mod authorise;
mod aws;
mod code;
mod describe;
mod events;
mod issuer;

use std::path::PathBuf;

use api::{Answer, Call};
use serde_json::Value;
use testkit::Event;

/// The models that ship.
pub(crate) fn model_dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/layer"))
}

/// An event as a function gets it, through the same reading as in Lambda.
pub(crate) fn call(event: &Event) -> Call {
    lambda_http::request::from_str(&event.json()).unwrap().into()
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}
