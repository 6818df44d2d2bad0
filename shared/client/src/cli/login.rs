//! `occoder login`

use anyhow::Context;

use super::exit::{Exit, stop};
use super::settings::Settings;
use super::terminal::{ask, say};

/// Say which service to use, and as whom; it is tried and then kept
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is not given is asked for. The environment variables BASE_URL, TOKEN_URL, CLIENT_ID and
CLIENT_SECRET, where all of them are set, come before what is kept here. OCCODER_CONFIG names
another file to keep it in.

Examples:
  occoder login
  occoder login --base-url https://api.example/prod --token-url https://auth.example/oauth2/token \\
      --client-id 4k2j --secret-stdin < secret.txt")]
pub(super) struct Arguments {
    /// The service: what stands before /v1
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Where tokens come from
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// Your client id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from the standard input
    #[arg(long, requires_all = ["base_url", "token_url", "client_id"])]
    secret_stdin: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let settings = Settings {
        base_url: given("Base URL", arguments.base_url)?,
        token_url: given("Token URL", arguments.token_url)?,
        client_id: given("Client id", arguments.client_id)?,
        client_secret: secret(arguments.secret_stdin)?,
    };
    settings.client()?.token().await.context("the login was tried, and is not kept")?;
    let file = settings.save()?;
    say(format!("Logged in. This is kept in {}", file.display()));
    Ok(())
}

fn given(name: &str, value: Option<String>) -> anyhow::Result<String> {
    let value = match value {
        Some(value) => value,
        None => ask(name)?,
    };
    not_blank(name, value)
}

fn secret(from_stdin: bool) -> anyhow::Result<String> {
    let secret = if from_stdin {
        ask("")?
    } else {
        rpassword::prompt_password("Client secret (not shown): ")
            .context("cannot ask for the secret without a terminal; give it with --secret-stdin")?
    };
    not_blank("Client secret", secret)
}

fn not_blank(name: &str, value: String) -> anyhow::Result<String> {
    if value.trim().is_empty() {
        return Err(stop(Exit::Usage, format!("{name} is missing; see occoder login --help")));
    }
    Ok(value)
}
