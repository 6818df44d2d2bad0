//! The OpenAPI document and the SAM template name the same routes.

use std::collections::BTreeSet;

use yaml_serde::Value;

use crate::schema::DOCUMENT;

#[test]
fn every_documented_route_is_deployed_and_every_deployed_one_documented() {
    assert_eq!(documented(), deployed());
}

fn documented() -> BTreeSet<(String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    routes.collect()
}

fn deployed() -> BTreeSet<(String, String)> {
    let template: Value = yaml_serde::from_str(include_str!("../../infra/template.yaml")).unwrap();
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
