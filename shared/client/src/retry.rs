//! Trying again, where that can help and does no harm.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use crate::error::ClientError;

/// A longer wait than this is for the caller to decide on.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Together they take half a minute, a minute at most.
const MOST_REPEATS: usize = 5;

/// When a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Whenever that may help: making it twice is as good as making it once.
    Whenever,
    /// Only if the call that went wrong certainly did nothing.
    IfNothingWasDone,
}

impl Repeat {
    fn allows(self, error: &ClientError) -> bool {
        let did_nothing = match error {
            ClientError::Refused(problem) => problem.status == 429,
            ClientError::NoToken { .. } => true,
            ClientError::Store { status, .. } => *status == 503,
            ClientError::Unreachable(error) => error.is_connect(),
            _ => false,
        };
        error.is_transient() && (self == Self::Whenever || did_nothing)
    }
}

/// Makes a call again while that may help, up to five times, after longer and longer waits or
/// after those that the service asks for; `repeat` is asked after each failure.
pub(crate) async fn retrying<T, F: Future<Output = Result<T, ClientError>>>(
    repeat: impl Fn() -> Repeat,
    call: impl FnMut() -> F,
) -> Result<T, ClientError> {
    let waits = ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(MOST_REPEATS)
        .with_jitter();
    call.retry(waits).when(|error| repeat().allows(error)).adjust(next_wait).await
}

/// The service's own wish, if it has one, instead of the wait that would come next.
fn next_wait(error: &ClientError, wait: Option<Duration>) -> Option<Duration> {
    match error.retry_after().map(Duration::from_secs) {
        Some(asked) => wait.map(|_| asked).filter(|asked| *asked <= LONGEST_WAIT),
        None => wait,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::Problem;

    fn refused(status: u16, retry_after: Option<u64>) -> ClientError {
        let message = "no".to_owned();
        let (detail, errors, request_id) = (None, Vec::new(), None);
        let problem = Problem { status, message, detail, errors, retry_after, request_id };
        ClientError::Refused(Box::new(problem))
    }

    /// How often a call is made that is refused so at first and then succeeds.
    async fn calls(repeat: Repeat, status: u16, retry_after: Option<u64>) -> usize {
        let calls = Cell::new(0);
        let call = || async {
            calls.set(calls.get() + 1);
            if calls.get() == 1 { Err(refused(status, retry_after)) } else { Ok(()) }
        };
        let _ = retrying(|| repeat, call).await;
        calls.get()
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_help_is_tried_again() {
        for (status, expected) in [(400, 1), (403, 1), (404, 1), (429, 2), (500, 2), (503, 2)] {
            assert_eq!(calls(Repeat::Whenever, status, None).await, expected, "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_done_is_not_done_again() {
        assert_eq!(calls(Repeat::IfNothingWasDone, 500, None).await, 1);
        assert_eq!(calls(Repeat::IfNothingWasDone, 429, None).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_service_says_how_long_to_wait_unless_it_is_too_long() {
        let begin = tokio::time::Instant::now();
        assert_eq!(calls(Repeat::Whenever, 429, Some(20)).await, 2);
        assert_eq!(begin.elapsed().as_secs(), 20);
        assert_eq!(calls(Repeat::Whenever, 429, Some(60)).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let always = || async { Err::<(), _>(refused(503, None)) };
        assert!(retrying(|| Repeat::Whenever, always).await.is_err());
    }
}
