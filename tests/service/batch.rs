//! Up to 300 records in, an array out, each coded at the deepest level that is sure enough.

use client::{CodeStatus, Record};
use serde_json::{Value, json};

use crate::answers::found;
use crate::callers::public;
use crate::schema::assert_conforms;

/// From clear to hopeless.
const TITLES: [&str; 8] =
    ["barista", "brickie", "accountant", "teacher", "labourer", "factory hand", "manager", "zqxv"];

#[tokio::test]
async fn records_are_answered_in_their_order() {
    let caller = public().registered().await;
    let records: Vec<Record> =
        TITLES.iter().enumerate().map(|(id, title)| Record::new(*title, "").with_id(id)).collect();
    let coded = caller.client.code_batch("osca", None, &records, None).await.unwrap();
    let inputs: Vec<_> = coded.iter().map(|coded| &coded.input).collect();
    assert_eq!(inputs, records.iter().collect::<Vec<_>>());
    let ids: Vec<_> = coded.iter().map(|coded| coded.record_id.clone().unwrap()).collect();
    assert_eq!(ids, (0..TITLES.len()).map(Value::from).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_successful_record_has_one_unpadded_code_and_an_unsuccessful_one_three_suggestions() {
    let caller = public().registered().await;
    let records: Vec<_> = TITLES.iter().map(|title| json!({"occp_text": title})).collect();
    let answer = caller.code(&json!({"records": records})).await;
    assert_conforms("post", "/v1/topics/{topic}/code", &answer);

    let records = TITLES.map(|title| Record::new(title, ""));
    let coded = caller.client.code_batch("osca", None, &records, None).await.unwrap();
    for coded in &coded {
        let digits: Vec<_> =
            coded.result.iter().map(|candidate| candidate.code_category.as_str().len()).collect();
        match coded.code_status {
            CodeStatus::Successful => assert!(matches!(digits[..], [1 | 2 | 3 | 4 | 6])),
            CodeStatus::Unsuccessful => assert_eq!(digits, [6, 6, 6]),
        }
    }
    let count = |status| coded.iter().filter(|coded| coded.code_status == status).count();
    assert!(count(CodeStatus::Successful) > 0 && count(CodeStatus::Unsuccessful) > 0);
    let is_group = |coded: &&client::CodedRecord| {
        coded.code_status == CodeStatus::Successful
            && coded.result[0].code_category.as_str().len() < 6
    };
    assert!(coded.iter().any(|coded| is_group(&coded)), "nothing fell back to a group");
}

#[tokio::test]
async fn a_batch_and_a_single_record_agree_on_occupations() {
    let caller = public().registered().await;
    let records = TITLES.map(|title| Record::new(title, ""));
    let coded = caller.client.code_batch("anzsco", None, &records, Some(4)).await.unwrap();
    for (record, in_batch) in records.iter().zip(&coded) {
        let single = caller.client.code("anzsco", None, record, Some(4)).await.unwrap();
        let is_occupation = in_batch.result[0].code_category.as_str().len() == 6
            && in_batch.code_status == CodeStatus::Successful;
        assert_eq!(single.code_status == CodeStatus::Successful, is_occupation, "{record:?}");
        if is_occupation {
            assert_eq!(single.result, in_batch.result);
        }
    }
}

#[tokio::test]
async fn more_suggestions_are_of_the_level_of_the_first() {
    let caller = public().registered().await;
    let records = TITLES.map(|title| Record::new(title, ""));
    let coded = caller.client.code_batch("osca", None, &records, Some(4)).await.unwrap();
    for coded in coded {
        let expected = if coded.code_status == CodeStatus::Successful { 4 } else { 3 };
        assert_eq!(coded.result.len(), expected);
        let digits = coded.result[0].code_category.as_str().len();
        assert!(coded.result.iter().all(|other| other.code_category.as_str().len() == digits));
        assert!(coded.result.is_sorted_by(|a, b| a.code_confidence >= b.code_confidence));
    }
}

#[tokio::test]
async fn three_hundred_records_are_taken() {
    let caller = public().registered().await;
    let records = vec![Record::new("n".repeat(100), ""); 300];
    let coded = caller.client.code_batch("osca", None, &records, Some(16)).await.unwrap();
    assert_eq!(coded.len(), 300);
}

#[tokio::test]
async fn a_batch_of_one_is_still_an_array() {
    let caller = public().registered().await;
    let coded = found(&caller.code(&json!({"records": [{"occp_text": "brickie"}]})).await);
    assert_eq!(coded.as_array().map(Vec::len), Some(1));
}
