//! How a command ends when it does not end well.

use std::fmt::Display;
use std::process::ExitCode;

use super::terminal::say;
use crate::{ClientError, Problem};

/// The exit codes other than 0. They are documented in `--help` and in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Failed = 1,
    Usage = 2,
    BadRows = 3,
    Refused = 4,
    OperationFailed = 5,
    Interrupted = 130,
}

/// A reason to stop that has an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Stop {
    exit: Exit,
    message: String,
}

pub(super) fn stop(exit: Exit, message: impl Display) -> anyhow::Error {
    Stop { exit, message: message.to_string() }.into()
}

/// Shows an error, and what can be done about it.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    say(format!("error: {error:#}"));
    if let Some(advice) = client_error(error).and_then(advice) {
        say(advice);
    }
    ExitCode::from(exit_of(error) as u8)
}

pub(super) fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(stop) = error.chain().find_map(|cause| cause.downcast_ref::<Stop>()) {
        return stop.exit;
    }
    match client_error(error) {
        Some(ClientError::Refused(problem)) if problem.status < 500 => Exit::Refused,
        Some(ClientError::NoToken { status, .. } | ClientError::Store { status, .. })
            if *status < 500 =>
        {
            Exit::Refused
        }
        _ => Exit::Failed,
    }
}

/// Whether an operation may still have its result.
pub(super) fn is_resumable(error: &anyhow::Error) -> bool {
    let is_gone =
        matches!(client_error(error), Some(ClientError::Refused(problem)) if problem.status == 404);
    exit_of(error) != Exit::OperationFailed && !is_gone
}

fn client_error(error: &anyhow::Error) -> Option<&ClientError> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

fn advice(error: &ClientError) -> Option<String> {
    Some(match error {
        ClientError::Refused(problem) => return refusal_advice(problem),
        ClientError::NoToken { status, .. } if *status < 500 => {
            "Check the client id, the secret and the token URL: occoder login".to_owned()
        }
        ClientError::NoToken { .. } | ClientError::Store { .. } | ClientError::Silent(_) => {
            "Try again in a few minutes.".to_owned()
        }
        ClientError::Unreachable(_) => {
            "Check the network, and the base URL and token URL: occoder login".to_owned()
        }
        _ => return None,
    })
}

fn refusal_advice(problem: &Problem) -> Option<String> {
    Some(match (problem.status, problem.retry_after) {
        (403, _) => "Check the client id and secret: occoder login. Files are for partners only; \
                     ask the operators if you are one."
            .to_owned(),
        (404, _) => "Check the names in the command. An operation belongs to one client and one \
                     topic (--topic), and is gone seven days after its end."
            .to_owned(),
        (429, Some(seconds)) => format!("Try again in {seconds} seconds."),
        (500.., _) => {
            let request = problem.request_id.as_deref().unwrap_or("unknown");
            format!("Try again in a few minutes. If it stays so, name request {request}.")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn refused(status: u16) -> anyhow::Error {
        let (message, detail, errors) = ("no".to_owned(), None, Vec::new());
        let (retry_after, request_id) = (Some(7), None);
        let problem = Problem { status, message, detail, errors, retry_after, request_id };
        ClientError::Refused(Box::new(problem)).into()
    }

    #[test]
    fn each_kind_of_end_has_its_code_whatever_was_being_done() {
        let context = |error: anyhow::Error| Err::<(), _>(error).context("doing it").unwrap_err();
        for (error, exit) in [
            (anyhow::anyhow!("anything"), Exit::Failed),
            (stop(Exit::BadRows, "rows"), Exit::BadRows),
            (refused(403), Exit::Refused),
            (refused(429), Exit::Refused),
            (refused(500), Exit::Failed),
            (ClientError::NoToken { status: 401, answer: String::new() }.into(), Exit::Refused),
            (ClientError::Store { status: 503, answer: String::new() }.into(), Exit::Failed),
            (ClientError::Truncated { received: 1, expected: 2 }.into(), Exit::Failed),
        ] {
            assert_eq!(exit_of(&context(error)), exit);
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let advice = |status| advice(client_error(&refused(status)).unwrap());
        assert_eq!(advice(429).unwrap(), "Try again in 7 seconds.");
        assert!(advice(403).unwrap().contains("occoder login"));
        assert!(advice(404).unwrap().contains("--topic"));
        assert_eq!(advice(400), None);
    }
}
