//! Makes clients and changes their limits and state: an operator's command.

use clap::{Args, Parser, Subcommand};
use domain::{ClientId, Overrides, Registration, RegistrationState, Tier};
use store::{Clients, Registrations};

/// Makes clients of the coding service and changes their limits and state.
///
/// Examples:
///   make-client create --tier public --name "Survey team"
///   make-client create --tier partner --name "Census" --per-second 20 --burst 50
///   make-client limits --tier public --per-hour 200
///   make-client limits --client 4k2j... --per-day 50 --operations 2
///   make-client state --client 4k2j... --to suspended
#[derive(Parser)]
#[command(name = "make-client", verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// The registrations table.
    #[arg(long, env = "REGISTRATIONS_TABLE", global = true, default_value = "")]
    registrations_table: String,
    /// The Cognito user pool.
    #[arg(long, env = "USER_POOL_ID", global = true, default_value = "")]
    user_pool_id: String,
    /// The resource server whose scopes clients get.
    #[arg(long, env = "RESOURCE_SERVER", global = true, default_value = "occupation-coding")]
    resource_server: String,
}

#[derive(Subcommand)]
enum Action {
    /// Creates a client and its registration and prints its credentials, once, as JSON.
    Create {
        /// public or partner
        #[arg(long)]
        tier: Tier,
        /// Who it is for.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        limits: LimitArguments,
    },
    /// Replaces the limits of a client or of a whole tier; without limits, removes them.
    Limits {
        /// The client.
        #[arg(long, required_unless_present = "tier", conflicts_with = "tier")]
        client: Option<String>,
        /// The tier: public or partner
        #[arg(long)]
        tier: Option<Tier>,
        #[command(flatten)]
        limits: LimitArguments,
    },
    /// Suspends, revokes or readmits a client.
    State {
        /// The client.
        #[arg(long)]
        client: String,
        /// active, suspended or revoked
        #[arg(long, value_parser = state)]
        to: RegistrationState,
    },
}

#[derive(Args, Clone, Copy)]
struct LimitArguments {
    /// Requests a second.
    #[arg(long)]
    per_second: Option<u32>,
    /// Requests that may come at once.
    #[arg(long)]
    burst: Option<u32>,
    /// Requests an hour.
    #[arg(long)]
    per_hour: Option<u32>,
    /// Requests a day.
    #[arg(long)]
    per_day: Option<u32>,
    /// Bulk operations that may await their upload or run at a time.
    #[arg(long)]
    operations: Option<u32>,
    /// Bulk records a day.
    #[arg(long)]
    records_per_day: Option<u32>,
}

impl From<LimitArguments> for Overrides {
    fn from(limits: LimitArguments) -> Self {
        Self {
            per_second: limits.per_second,
            burst: limits.burst,
            per_hour: limits.per_hour,
            per_day: limits.per_day,
            operations: limits.operations,
            records_per_day: limits.records_per_day,
        }
    }
}

fn state(text: &str) -> Result<RegistrationState, String> {
    match text {
        "active" => Ok(RegistrationState::Active),
        "suspended" => Ok(RegistrationState::Suspended),
        "revoked" => Ok(RegistrationState::Revoked),
        _ => Err("active, suspended or revoked is expected".to_owned()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    anyhow::ensure!(
        !arguments.registrations_table.is_empty(),
        "set REGISTRATIONS_TABLE, or run `. .local/env` first"
    );
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
    let registrations = Registrations::new(
        store::sdk::dynamodb::Client::new(&config),
        &arguments.registrations_table,
    );
    match arguments.action {
        Action::Create { tier, ref name, limits } => {
            let clients = Clients::new(
                store::sdk::cognito::Client::new(&config),
                &arguments.user_pool_id,
                &arguments.resource_server,
            );
            create(&clients, &registrations, tier, name, limits.into()).await?;
        }
        Action::Limits { client: Some(client), limits, .. } => {
            registrations.set_limits(&ClientId::new(client), limits.into()).await?;
        }
        Action::Limits { client: None, tier, limits } => {
            let tier = tier.ok_or_else(|| anyhow::anyhow!("give --client or --tier"))?;
            registrations.set_tier_limits(tier, limits.into()).await?;
        }
        Action::State { client, to } => {
            registrations.set_state(&ClientId::new(client), to).await?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the credentials are this command's output")]
async fn create(
    clients: &Clients,
    registrations: &Registrations,
    tier: Tier,
    name: &str,
    limits: Overrides,
) -> anyhow::Result<()> {
    let credentials = clients.create(name, tier).await?;
    let now = jiff::Timestamp::now();
    let registration = Registration {
        limits,
        ..Registration::new(credentials.client_id.clone(), name.to_owned(), tier, now)
    };
    if let Err(error) = registrations.add(&registration).await {
        // A client without a registration could get tokens that open nothing: leave none behind.
        clients.delete(&credentials.client_id).await?;
        return Err(error.into());
    }
    let printed = serde_json::json!({
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "tier": tier,
    });
    println!("{printed}");
    Ok(())
}
