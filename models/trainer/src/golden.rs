//! Golden answers: what a released model says of some texts, for the tests to compare with.

use std::path::Path;

use classifier::Input;
use domain::Level;
use serde::Serialize;
use uuid::Uuid;

use crate::release::write_json;
use crate::say::say;
use crate::shipped::Shipped;
use crate::topic::Topic;

const TEXTS: [(&str, &str); 24] = [
    ("brickie", ""),
    ("Brick-layer", "laying bricks and blocks on house sites"),
    ("registered nurse", ""),
    ("RN", "aged care, medications and wound care"),
    ("sparky", ""),
    ("chippy", "framing and fix out on new homes"),
    ("truck driver", "interstate freight, B-double"),
    ("Primary School Teacher", "year 3 class"),
    ("teacher", "maths and science to years 7 to 10"),
    ("Software Engineer", ""),
    ("software dev", "write backend code in Java for a bank"),
    ("checkout chick", ""),
    ("barista", "make coffee"),
    ("accountant", "tax returns for small business"),
    ("CFO", ""),
    ("dairy farmer", "milk 300 cows"),
    ("station hand", "mustering and fencing"),
    ("police officer", "general duties"),
    ("manager", ""),
    ("", "drive a forklift in a warehouse"),
    ("R & D manager", "lead product development"),
    ("childcare wrkr", "looking after babies"),
    ("zqxv", ""),
    ("", ""),
];

/// The content of a golden file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Golden {
    model_id: Uuid,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    title: &'static str,
    tasks: &'static str,
    /// The five likeliest occupations with their probabilities.
    best: Vec<(String, f32)>,
}

/// Writes the golden answers of a topic's model into a folder.
pub fn write(topic: Topic, layer: &Path, folder: &Path) -> anyhow::Result<()> {
    let shipped = Shipped::load(topic, layer)?;
    let inputs = TEXTS.map(|(title, tasks)| Input { title, tasks });
    let scores = shipped.classifier.classify(&inputs)?;
    let occupations = shipped.classification.occupations();
    let answers = inputs.iter().zip(&scores).map(|(input, scores)| {
        let best = scores.best(Level::Occupation, 5, &shipped.classification);
        let best = best.into_iter();
        let best = best.map(|(place, share)| (occupations[place].code.to_string(), share));
        Answer { title: input.title, tasks: input.tasks, best: best.collect() }
    });
    let golden = Golden { model_id: shipped.model.model_id, answers: answers.collect() };
    std::fs::create_dir_all(folder)?;
    let version = shipped.model.model_version;
    let path = folder.join(format!("{}-{version}.json", topic.name()));
    write_json(&path, &golden)?;
    say(&format!("{} answers in `{}`", golden.answers.len(), path.display()));
    Ok(())
}
