//! A result says of every record what a small batch would say.

use serde_json::{Value, json};

use super::{coded, lines, result_of};
use crate::answers::found;
use crate::callers::{Caller, partner};

/// What a file's line is answered with, made of a batch's answer.
fn as_line(batch: &Value) -> Value {
    let candidates = batch["result"].as_array().unwrap();
    let (result, suggestions) = match batch["codeStatus"].as_str().unwrap() {
        "successful" => (candidates[0].clone(), Value::Null),
        _ => (Value::Null, json!(candidates)),
    };
    json!({
        "recordId": batch["recordId"], "codeStatus": batch["codeStatus"], "input": batch["input"],
        "result": result, "suggestions": suggestions,
    })
}

async fn in_batches(caller: &Caller, lines: &[String]) -> Vec<Value> {
    let mut coded = Vec::new();
    for lines in lines.chunks(300) {
        let records: Vec<Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let answer = found(&caller.code(&json!({"records": records})).await);
        coded.extend(answer.as_array().unwrap().iter().map(as_line));
    }
    coded
}

#[tokio::test]
async fn one_two_and_299_lines_come_out_as_a_batch_would() {
    let caller = partner().registered().await;
    for count in [1, 2, 299] {
        let lines = lines(count);
        let operation = coded(&caller, lines.join("\n") + "\n").await;
        assert_eq!(result_of(&operation).await, in_batches(&caller, &lines).await);
        let number = |name: &str| operation[name].as_u64().unwrap();
        let count = count as u64;
        assert_eq!(number("recordsTotal"), count);
        assert_eq!(number("recordsSuccessful") + number("recordsUnsuccessful"), count);
    }
}

/// More than one chunk of the local stack.
#[tokio::test]
async fn ten_thousand_lines_come_out_in_order() {
    let caller = partner().registered().await;
    let lines = lines(10_000);
    let result = result_of(&coded(&caller, lines.join("\n")).await).await;
    assert_eq!(result.len(), lines.len());
    assert!((0..).zip(&result).all(|(number, line)| line["recordId"] == json!(number)));
    // The texts repeat after 24 lines.
    let expected = in_batches(&caller, &lines[..300]).await;
    for (line, number) in result.iter().zip(0..) {
        let expected = &expected[number % 24];
        for name in ["codeStatus", "result", "suggestions"] {
            assert_eq!(line[name], expected[name], "line {number}");
        }
    }
}
