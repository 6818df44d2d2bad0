//! How much a client may call: exact, also when everything comes at once.

use std::time::{Duration, Instant};

use client::Answer;
use domain::{Overrides, Tier};
use futures::future::join_all;
use serde_json::json;

use crate::answers::{found, of_limit, refused};
use crate::callers::{Caller, partner, public};
use crate::schema::assert_conforms;
use crate::stack::stack;

fn per_day(requests: u32) -> Overrides {
    Overrides { per_day: Some(requests), ..Overrides::default() }
}

fn per_hour(requests: u32) -> Overrides {
    Overrides { per_hour: Some(requests), ..Overrides::default() }
}

/// So many records sent at once; gives the answers and how long they took together.
async fn at_once(caller: &Caller, count: usize) -> (Vec<Answer>, Duration) {
    let record = json!({"record": {"occp_text": "nurse"}});
    caller.client.token().await.unwrap();
    let started = Instant::now();
    let requests = (0..count).map(|_| caller.code(&record));
    let answers = join_all(requests).await;
    (answers, started.elapsed())
}

fn admitted(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[tokio::test]
async fn of_64_requests_at_once_exactly_the_50_of_the_ceiling_get_through() {
    for limits in [per_day(50), per_hour(50)] {
        let caller = partner().limited(limits).registered().await;
        let (answers, _) = at_once(&caller, 64).await;
        assert_eq!(admitted(&answers), 50, "{limits:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            refused(answer, 429, "Limit Exceeded");
            assert_conforms("post", "/v1/topics/{topic}/code", answer);
        }
        refused(&caller.get("/v1/topics").await, 429, "Limit Exceeded");
    }
}

#[tokio::test]
async fn the_headers_count_down_to_the_refusal() {
    let caller = public().limited(per_day(3)).registered().await;
    for left in [2, 1, 0] {
        let answer = caller.get("/v1/topics").await;
        found(&answer);
        assert_eq!(of_limit(&answer, "ratelimit", "day", "r"), Some(left));
        assert_eq!(of_limit(&answer, "ratelimit-policy", "day", "q"), Some(3));
        assert_eq!(of_limit(&answer, "ratelimit-policy", "day", "w"), Some(86_400));
    }
    let answer = caller.get("/v1/topics").await;
    refused(&answer, 429, "Limit Exceeded");
    assert_eq!(of_limit(&answer, "ratelimit", "day", "r"), Some(0));
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2 * 86_400).contains(&wait), "{wait}");
}

#[tokio::test]
async fn limits_changed_in_the_table_count_from_the_next_request() {
    let caller = public().limited(per_day(1)).registered().await;
    found(&caller.get("/v1/topics").await);
    for _ in 0..3 {
        refused(&caller.get("/v1/topics").await, 429, "Limit Exceeded");
    }
    // One more than was admitted: had the refusals counted, this would not be enough.
    let generous = Overrides { per_second: Some(1_000), burst: Some(1_000), ..per_day(2) };
    caller.set_limits(generous).await;
    found(&caller.get("/v1/topics").await);
    refused(&caller.get("/v1/topics").await, 429, "Limit Exceeded");
}

#[tokio::test]
async fn a_request_refused_for_its_body_or_path_counts() {
    let caller = public().limited(per_day(4)).registered().await;
    refused(&caller.code(&json!({})).await, 400, "Invalid request body");
    let malformed = json!({"record": {}});
    refused(&caller.code(&malformed).await, 400, "Malformed record found in request");
    refused(&caller.get("/v1/topics/isco").await, 404, "The specified topic does not exist");
    let answer = caller.code(&json!({"record": {"occp_text": "nurse"}})).await;
    found(&answer);
    assert_eq!(of_limit(&answer, "ratelimit", "day", "r"), Some(0));
    let answer = caller.code(&json!({"record": {"occp_text": "nurse"}})).await;
    refused(&answer, 429, "Limit Exceeded");
    assert_conforms("post", "/v1/topics/{topic}/code", &answer);
}

#[tokio::test]
async fn a_coding_client_that_is_refused_reads_when_to_come_back() {
    let caller = public().limited(per_day(1)).registered().await;
    let record = client::Record::new("nurse", "");
    caller.client.code("osca", None, &record, None).await.unwrap();
    let error = caller.client.code("osca", None, &record, None).await.unwrap_err();
    let client::ClientError::Refused(problem) = error else { panic!("{error}") };
    assert_eq!((problem.status, &*problem.message), (429, "Limit Exceeded"));
    assert!(problem.retry_after.is_some());
    assert!(problem.request_id.is_some());
}

/// The public's limits are the whole tier's, so all that depends on them is in this one test.
#[tokio::test]
async fn a_tiers_limits_hold_for_its_clients_and_can_be_changed() {
    let caller = public().with_the_tiers_limits().registered().await;
    let (answers, elapsed) = at_once(&caller, 6).await;
    let most = 1 + usize::try_from(elapsed.as_secs()).unwrap();
    assert!((1..=most).contains(&admitted(&answers)), "{} in {elapsed:?}", admitted(&answers));
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        refused(answer, 429, "Too Many Requests");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let quota = |limit| of_limit(&answers[0], "ratelimit-policy", limit, "q");
    assert_eq!([quota("second"), quota("hour"), quota("day")], [Some(1), Some(100), Some(1_000)]);

    let faster = Overrides { per_second: Some(50), burst: Some(50), ..per_hour(7) };
    stack().registrations().await.set_tier_limits(Tier::Public, faster).await.unwrap();
    let answer = caller.get("/v1/topics").await;
    stack()
        .registrations()
        .await
        .set_tier_limits(Tier::Public, Overrides::default())
        .await
        .unwrap();
    found(&answer);
    assert_eq!(of_limit(&answer, "ratelimit-policy", "hour", "q"), Some(7));
}

#[tokio::test]
async fn a_partner_may_come_five_times_at_once() {
    let caller = partner().with_the_tiers_limits().registered().await;
    let (answers, elapsed) = at_once(&caller, 12).await;
    let most = 5 + usize::try_from(elapsed.as_secs()).unwrap();
    assert!((5..=most).contains(&admitted(&answers)), "{} in {elapsed:?}", admitted(&answers));
    let quota = |limit| of_limit(&answers[0], "ratelimit-policy", limit, "q");
    assert_eq!([quota("hour"), quota("day")], [None, Some(10_000)]);
}
