//! Ctrl-C.

use tokio::signal::ctrl_c;
use tokio::sync::watch;

use super::exit::{Exit, stop};

/// Whether the person wants to stop. From the first Ctrl-C on work is ended in good order; a second
/// one ends the process.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    pub(super) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            while ctrl_c().await.is_ok() {
                if sender.send_replace(true) {
                    std::process::exit(Exit::Interrupted as i32);
                }
            }
        });
        Self(receiver)
    }

    /// For work that looks now and then.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if *self.0.borrow() { Err(interrupted()) } else { Ok(()) }
    }

    /// Work that may be broken off at any moment.
    pub(super) async fn or<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut receiver = self.0.clone();
        tokio::select! {
            result = work => result,
            Ok(_) = receiver.wait_for(|is_wanted| *is_wanted) => Err(interrupted()),
        }
    }
}

fn interrupted() -> anyhow::Error {
    stop(Exit::Interrupted, "interrupted")
}
