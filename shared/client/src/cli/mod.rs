//! The command line `occoder`. What it can do is in its `--help` and in this crate's README.

mod admin;
mod bulk;
mod code;
mod exit;
mod interrupt;
mod login;
mod operation;
mod settings;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const AFTER_HELP: &str = "\
Exit codes:
    0  everything went well
    1  something failed; what to do is in the message
    2  the command line is wrong
    3  some rows are bad, and nothing was sent
    4  the service refused, or a limit is reached
    5  the operation failed, expired or was cancelled
  130  interrupted with Ctrl-C

Begin with: occoder login";

/// Codes occupations with the Occupation Coding Service.
#[derive(Debug, Parser)]
#[command(name = "occoder", version, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Login(login::Arguments),
    Code(code::Arguments),
    Bulk(bulk::Arguments),
    Operation(operation::Arguments),
    /// End an operation and delete its input and result at once
    Cancel(operation::Arguments),
    Admin(Box<admin::Arguments>),
}

/// Does what the command line says, and says how it went.
pub async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Login(arguments) => login::run(arguments).await,
        Command::Code(arguments) => code::run(arguments).await,
        Command::Bulk(arguments) => Box::pin(bulk::run(arguments)).await,
        Command::Operation(arguments) => operation::show(arguments).await,
        Command::Cancel(arguments) => operation::cancel(arguments).await,
        Command::Admin(arguments) => Box::pin(admin::run(*arguments)).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
