//! What the trainer tells the person who runs it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Prints a line to the terminal, beside any progress bar.
#[expect(clippy::print_stderr, reason = "a command-line tool talks to its terminal")]
pub fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints a line of the command's result.
#[expect(clippy::print_stdout, reason = "a command-line tool's result goes to standard output")]
pub fn print(line: &str) {
    println!("{line}");
}

/// A bar for so many steps. Where there is no terminal it stays silent: use [`ProgressBar::is_hidden`].
pub fn progress_bar(steps: u64, what: &str) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg} {eta}")?;
    bar.set_style(style);
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(500));
    Ok(bar)
}
