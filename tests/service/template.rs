//! The OpenAPI document and the SAM template name the same routes.

use std::collections::BTreeSet;

use yaml_serde::Value;

use crate::schema::DOCUMENT;

#[test]
fn every_documented_route_is_deployed_and_every_deployed_one_documented() {
    assert_eq!(documented(), deployed());
}

/// The emulator keeps no lifecycle rules, so they are read here.
#[test]
fn whatever_the_functions_leave_behind_the_bucket_deletes() {
    let template = template();
    let rules =
        &template["Resources"]["BulkBucket"]["Properties"]["LifecycleConfiguration"]["Rules"];
    let rules = rules.as_sequence().unwrap();
    assert!(rules.iter().all(|rule| rule["Status"] == "Enabled"));
    for prefix in ["uploads/", "inflated/", "pieces/", "results/"] {
        let of_prefix = |rule: &&Value| {
            rule.get("Prefix").is_none_or(|given| prefix.starts_with(given.as_str().unwrap()))
        };
        let days: Vec<_> = rules
            .iter()
            .filter(of_prefix)
            .filter_map(|rule| rule.get("ExpirationInDays")?.as_u64())
            .collect();
        assert_eq!(days, [7], "{prefix}");
    }
    let aborted = rules.iter().any(|rule| {
        let abort = rule.get("AbortIncompleteMultipartUpload");
        abort.is_some_and(|abort| abort["DaysAfterInitiation"] == 1) && rule.get("Prefix").is_none()
    });
    assert!(aborted, "incomplete multipart uploads stay");
}

fn template() -> Value {
    yaml_serde::from_str(include_str!("../../infra/template.yaml")).unwrap()
}

fn documented() -> BTreeSet<(String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    routes.collect()
}

fn deployed() -> BTreeSet<(String, String)> {
    let template = template();
    let mut routes = BTreeSet::new();
    for resource in template["Resources"].as_mapping().unwrap().values() {
        let events = resource.get("Properties").and_then(|properties| properties.get("Events"));
        for event in
            events.and_then(Value::as_mapping).into_iter().flatten().map(|(_, event)| event)
        {
            if event["Type"] == "Api" {
                let text = |name: &str| event["Properties"][name].as_str().unwrap().to_owned();
                routes.insert((text("Method").to_uppercase(), text("Path")));
            }
        }
    }
    routes
}
