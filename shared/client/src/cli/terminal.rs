//! What is shown and asked. Answers go to the standard output; progress and all else, which no
//! program reads, to the standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdin, stdout};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Tells the person something.
#[expect(clippy::print_stderr, reason = "this is where all messages go")]
pub(super) fn say(message: impl Display) {
    eprintln!("{message}");
}

/// Tells what a bar shows where there is a terminal, which shows it itself.
pub(super) fn say_without_terminal(message: impl Display) {
    if !stderr().is_terminal() {
        say(message);
    }
}

/// Gives the answer that was asked for.
pub(super) fn answer(text: impl Display) -> std::io::Result<()> {
    writeln!(stdout().lock(), "{text}")
}

/// Gives an answer as JSON.
pub(super) fn answer_json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(answer(serde_json::to_string_pretty(value)?)?)
}

/// Asks for a line; nothing is asked of a program, whose next line is read all the same.
pub(super) fn ask(question: &str) -> std::io::Result<String> {
    if stdin().is_terminal() {
        write!(stderr(), "{question}: ")?;
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// A bar of something whose end is known, shown on a terminal only.
pub(super) fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
