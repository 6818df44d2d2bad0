//! `occoder admin`: what operators do, over routes that AWS IAM protects.

use std::time::SystemTime;

use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use clap::Subcommand;
use domain::RegistrationId;
use reqwest::Method;
use serde_json::{Map, Value};

use super::terminal::{answer, answer_json};
use crate::error::{ClientError, Problem};
use crate::exchange::Answer;

/// What the signature is for, as AWS names it.
const SERVICE: &str = "execute-api";

/// Keep the registrations: an operator's commands, signed with AWS credentials
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Credentials and region come from where the AWS command line has them: the environment or the profile
that AWS_PROFILE names. They need execute-api:Invoke on /v1/admin/. Every order is written down with
their name.

Examples:
  occoder admin list
  occoder admin list --state active --json
  occoder admin show 0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10
  occoder admin approve 0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10
  occoder admin suspend 0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10 --until 2027-01-31T00:00:00Z \\
      --reason 'the secret is in a public repository'
  occoder admin throttle 0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10 --per-day 100 \\
      --until 2027-01-31T00:00:00Z --reason 'ten times the nominated volume'")]
pub(super) struct Arguments {
    /// The service: what stands before /v1
    #[arg(long, env = "BASE_URL", value_name = "URL")]
    base_url: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List registrations
    List {
        /// Those that stand so: applied, confirmed, asked, rejected, approving, active, revoking or revoked
        #[arg(long, default_value = "confirmed")]
        state: String,
        /// Show the service's whole answers
        #[arg(long)]
        json: bool,
    },
    /// Show a registration and every act on it
    Show(Registration),
    #[command(flatten)]
    Order(OrderCommand),
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// Let a registration in, at the tier that its kind of organisation is offered or at another
    Approve {
        #[command(flatten)]
        registration: Registration,
        /// public or partner
        #[arg(long)]
        tier: Option<String>,
        /// Why; needed to make a partner of an organisation that is no government agency
        #[arg(long)]
        reason: Option<String>,
    },
    /// Refuse it
    Reject(Reasoned),
    /// Ask for more: the reason is the question
    Ask(Reasoned),
    /// Send another link to a secret that nobody has seen
    SendSecret(Reasoned),
    /// Make a second secret; the first stays good for the overlap
    Rotate {
        #[command(flatten)]
        order: Reasoned,
        /// Hours, at most 168
        #[arg(long)]
        overlap_hours: Option<u32>,
    },
    /// Set limits until a time
    Limits(Limited),
    /// Lower limits until a time
    Throttle(Limited),
    /// Close bulk coding
    RestrictBulk(Timed),
    /// Close all access until a time
    Suspend(Timed),
    /// Lift a measure
    Lift {
        #[command(flatten)]
        order: Reasoned,
        /// limits, throttle, bulk, terms, suspension or all
        #[arg(long)]
        measure: String,
    },
    /// Take the registration back; its clients are deleted
    Revoke(Reasoned),
    /// Show all that is kept of a user; that it was shown is written down
    Export(Registration),
    /// Delete what is kept of a user whose registration has ended
    Erase(Reasoned),
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct Registration {
    /// The registration
    #[arg(value_name = "REGISTRATION")]
    id: RegistrationId,
}

#[derive(Debug, clap::Args)]
struct Reasoned {
    #[command(flatten)]
    registration: Registration,
    /// Why; the user is told
    #[arg(long)]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Timed {
    #[command(flatten)]
    order: Reasoned,
    /// The end, for example 2027-01-31T00:00:00Z
    #[arg(long)]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Limited {
    #[command(flatten)]
    order: Timed,
    /// Requests a second
    #[arg(long)]
    per_second: Option<u32>,
    /// Requests at once
    #[arg(long)]
    burst: Option<u32>,
    /// Requests an hour
    #[arg(long)]
    per_hour: Option<u32>,
    /// Requests a day
    #[arg(long)]
    per_day: Option<u32>,
    /// Bulk operations at a time
    #[arg(long)]
    operations: Option<u32>,
    /// Bulk records a day
    #[arg(long)]
    records_per_day: Option<u32>,
}

/// An order: its name, its registration and its body.
struct Order(&'static str, RegistrationId, Map<String, Value>);

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let operator = Operator::new(arguments.base_url).await?;
    match arguments.command {
        Command::List { state, json } => operator.list(&state, json).await,
        Command::Show(registration) => {
            let path = format!("/v1/admin/registrations/{}", registration.id);
            answer_json(&operator.call(Method::GET, &path, Vec::new()).await?)
        }
        Command::Order(command) => {
            let Order(name, id, body) = order(command);
            let path = format!("/v1/admin/registrations/{id}/{name}");
            let body = if name == "export" { Vec::new() } else { serde_json::to_vec(&body)? };
            answer_json(&operator.call(Method::POST, &path, body).await?)
        }
    }
}

fn order(command: OrderCommand) -> Order {
    use OrderCommand as Command;
    match command {
        Command::Approve { registration, tier, reason } => {
            order_of("approve", registration, [("tier", tier.map(Value::from))])
                .with("reason", reason)
        }
        Command::Reject(order) => order.named("reject"),
        Command::Ask(order) => order.named("ask"),
        Command::SendSecret(order) => order.named("send-secret"),
        Command::Rotate { order, overlap_hours } => {
            order.named("rotate").with("overlapHours", overlap_hours)
        }
        Command::Limits(order) => order.named("limits"),
        Command::Throttle(order) => order.named("throttle"),
        Command::RestrictBulk(order) => order.named("restrict-bulk"),
        Command::Suspend(order) => order.named("suspend"),
        Command::Lift { order, measure } => order.named("lift").with("measure", Some(measure)),
        Command::Revoke(order) => order.named("revoke"),
        Command::Erase(order) => order.named("erase"),
        Command::Export(registration) => order_of("export", registration, []),
    }
}

fn order_of<const N: usize>(
    name: &'static str,
    registration: Registration,
    fields: [(&str, Option<Value>); N],
) -> Order {
    let order = Order(name, registration.id, Map::new());
    fields.into_iter().fold(order, |order, (field, value)| order.with(field, value))
}

impl Order {
    fn with(mut self, field: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.2.insert(field.to_owned(), value.into());
        }
        self
    }
}

impl Reasoned {
    fn named(self, name: &'static str) -> Order {
        order_of(name, self.registration, []).with("reason", Some(self.reason))
    }
}

impl Timed {
    fn named(self, name: &'static str) -> Order {
        self.order.named(name).with("until", self.until)
    }
}

impl Limited {
    fn named(self, name: &'static str) -> Order {
        self.order
            .named(name)
            .with("perSecond", self.per_second)
            .with("burst", self.burst)
            .with("perHour", self.per_hour)
            .with("perDay", self.per_day)
            .with("operations", self.operations)
            .with("recordsPerDay", self.records_per_day)
    }
}

/// Whoever signs.
struct Operator {
    base_url: String,
    region: String,
    credentials: Credentials,
    http: reqwest::Client,
}

impl Operator {
    async fn new(base_url: String) -> anyhow::Result<Self> {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let region = config.region().context("no AWS region is set; set AWS_REGION")?.to_string();
        let provider = config.credentials_provider().context("there are no AWS credentials")?;
        let credentials =
            provider.provide_credentials().await.context("there are no AWS credentials")?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { base_url, region, credentials, http: reqwest::Client::new() })
    }

    async fn list(&self, state: &str, json: bool) -> anyhow::Result<()> {
        let mut after = String::new();
        loop {
            let path = format!("/v1/admin/registrations?state={state}{after}");
            let page = self.call(Method::GET, &path, Vec::new()).await?;
            if json {
                answer_json(&page)?;
            } else {
                for registration in page["registrations"].as_array().into_iter().flatten() {
                    answer(line(registration))?;
                }
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={}", next.replace(':', "%3A")),
                None => return Ok(()),
            }
        }
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.base_url);
        let mut request = self.http.request(method.clone(), &url);
        for (name, value) in self.signature(method.as_str(), &url, &body)? {
            request = request.header(name, value);
        }
        let request = request.header("content-type", "application/json").body(body);
        let came = request.send().await.map_err(ClientError::from)?;
        let (status, headers) = (came.status().as_u16(), came.headers().clone());
        let body = came.bytes().await.map_err(ClientError::from)?;
        let came = Answer { status, headers, body };
        if status != 200 {
            return Err(ClientError::Refused(Box::new(Problem::from(&came))).into());
        }
        Ok(came.json().map_err(ClientError::from)?)
    }

    /// The headers that say who sends this request.
    fn signature(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = std::iter::empty();
        let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(body))?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        let (headers, _) = instructions.into_parts();
        Ok(headers.iter().map(|header| (header.name(), header.value().to_owned())).collect())
    }
}

/// What an operator sees of one registration in a list.
fn line(registration: &Value) -> String {
    let field = |name: &str| registration[name].as_str().unwrap_or_default();
    let tier = registration["tier"].as_str().unwrap_or(field("service"));
    format!(
        "{}  {:9}  {:7}  {:17}  {}, {} <{}>",
        field("registrationId"),
        field("state"),
        tier,
        field("organisationKind"),
        field("organisation"),
        field("contactName"),
        field("email"),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    const ID: &str = "0b1e7d56-0f5e-4b0c-9a3e-1f0f1c5f7d10";

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn body(words: &[&str]) -> (String, Value) {
        let given = ["occoder", "--base-url", "https://api.example/prod"];
        let line = Line::parse_from(given.iter().chain(words));
        let Command::Order(command) = line.arguments.command else { panic!("no order") };
        let Order(name, id, body) = order(command);
        assert_eq!(id.to_string(), ID);
        (name.to_owned(), body.into())
    }

    #[test]
    fn words_become_the_bodies_of_orders() {
        let until = "2027-01-31T00:00:00Z";
        for (words, expected) in [
            (vec!["approve", ID], json!({})),
            (
                vec!["approve", ID, "--tier", "partner", "--reason", "r"],
                json!({"tier": "partner", "reason": "r"}),
            ),
            (vec!["revoke", ID, "--reason", "r"], json!({"reason": "r"})),
            (
                vec!["rotate", ID, "--reason", "r", "--overlap-hours", "4"],
                json!({"reason": "r", "overlapHours": 4}),
            ),
            (
                vec!["throttle", ID, "--reason", "r", "--until", until, "--per-day", "5"],
                json!({"reason": "r", "until": until, "perDay": 5}),
            ),
            (
                vec!["lift", ID, "--reason", "r", "--measure", "all"],
                json!({"reason": "r", "measure": "all"}),
            ),
            (vec!["export", ID], json!({})),
        ] {
            assert_eq!(body(&words), (words[0].to_owned(), expected));
        }
    }

    #[test]
    fn a_request_is_signed_for_its_method_address_and_body() {
        let operator = Operator {
            base_url: "https://api.example/prod".to_owned(),
            region: "ap-southeast-2".to_owned(),
            credentials: Credentials::new("AKID", "a secret", None, None, "a test"),
            http: reqwest::Client::new(),
        };
        let headers = |body: &[u8]| {
            let url = "https://api.example/prod/v1/admin/registrations?state=active";
            operator.signature("POST", url, body).unwrap()
        };
        let signed = headers(b"{}");
        let authorization = |headers: &[(&str, String)]| {
            headers.iter().find(|(name, _)| *name == "authorization").unwrap().1.clone()
        };
        assert!(authorization(&signed).contains("/ap-southeast-2/execute-api/aws4_request"));
        assert!(authorization(&signed).contains("SignedHeaders=host;x-amz-date"));
        let signature = |headers: &[(&str, String)]| {
            authorization(headers).split_once("Signature=").unwrap().1.to_owned()
        };
        assert_ne!(signature(&signed), signature(&headers(b"{ }")));
    }
}
