#![doc = include_str!("../README.md")]
#![expect(unreachable_pub, reason = "a program has no outside: `pub` marks what other modules use")]

mod augment;
mod calibrate;
mod cli;
mod corpus;
mod data;
mod evaluate;
mod examples;
mod folds;
mod gate;
mod golden;
mod labels;
mod make_model;
mod measure;
mod net;
mod parts;
mod plot;
mod pool;
mod records;
mod release;
mod report;
mod say;
mod shipped;
mod speed;
mod split;
mod teacher;
mod titles;
mod topic;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    cli::Command::parse().run()
}
