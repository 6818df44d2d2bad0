//! `code-records`' handler with the model warm and DynamoDB mocked at the SDK's edge.

#![expect(clippy::expect_used, reason = "a benchmark without its model has nothing to measure")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use api::{Answer, Call};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use classifier::Models;
use code_records::{Deps, handle};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use store::Quotas;
use store::sdk::dynamodb as aws_sdk_dynamodb;
use store::sdk::dynamodb::Client;
use store::sdk::dynamodb::operation::get_item::GetItemOutput;
use store::sdk::dynamodb::operation::update_item::UpdateItemOutput;
use store::sdk::dynamodb::types::AttributeValue;

/// A DynamoDB that admits every request.
fn quotas() -> Quotas {
    let get = mock!(Client::get_item).then_output(|| GetItemOutput::builder().build());
    let update = mock!(Client::update_item).then_output(|| {
        let names = [
            "busy_until_us",
            "hour_start",
            "hour_calls",
            "hour_before",
            "day_start",
            "day_calls",
            "day_before",
        ];
        let mut output = UpdateItemOutput::builder();
        for name in names {
            output = output.attributes(name, AttributeValue::N("0".to_owned()));
        }
        output.build()
    });
    Quotas::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get, &update]), "quotas")
}

fn call(body: &serde_json::Value) -> Call {
    let event = json!({
        "resource": "/v1/topics/{topic}/code", "path": "/v1/topics/osca/code", "httpMethod": "POST",
        "headers": {}, "multiValueHeaders": {}, "pathParameters": {"topic": "osca"},
        "requestContext": {
            "requestId": "bench", "resourcePath": "/v1/topics/{topic}/code", "httpMethod": "POST",
            "authorizer": {"clientId": "bench", "tier": "partner", "perSecond": "1000000",
                "burst": "1000000", "perDay": "1000000000", "operations": "0", "recordsPerDay": "0"},
        },
        "body": body.to_string(), "isBase64Encoded": false,
    });
    lambda_http::request::from_str(&event.to_string()).expect("a real event").into()
}

fn bench(criterion: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/layer");
    let models = Models::open(folder).expect("the shipped models");
    let deps = Arc::new(Deps { models, quotas: quotas() });

    let titles = ["brickie", "AIN nights", "registered nurse", "truck driver", "head chef"];
    let record = |number: usize| {
        json!({"occp_text": titles[number % titles.len()],
        "tasks_text": format!("task number {number}, cleaning and reporting")})
    };
    let single = call(&json!({"record": record(0)}));
    let batch = call(&json!({"records": (0..300).map(record).collect::<Vec<_>>()}));

    let mut group = criterion.benchmark_group("code-records");
    for (name, call, records) in [("1 record", single, 1), ("300 records", batch, 300)] {
        group.throughput(Throughput::Elements(records));
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| async {
                let answer = Answer::from(handle(Arc::clone(&deps), call.clone()).await);
                assert_eq!(answer.status(), 200);
                black_box(answer)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
