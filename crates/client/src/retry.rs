//! Retries of a read.

use std::{future::Future, ops::ControlFlow, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use crate::{Error, backoff::Backoff};

/// Tries of a read; the pauses between them are about 0.25, 0.5 and 1 s.
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A try that failed, and whether the next one may follow without a pause.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) at_once: bool,
    /// There was an answer; only the document inside is not understood.
    pub(crate) inside: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, at_once: false, inside: false }
    }
}

/// The tries of one call, up to its deadline.
pub(crate) struct Tries {
    deadline: Instant,
    pauses: Backoff,
    made: u32,
    last: Option<Error>,
}

impl Tries {
    pub(crate) const fn until(deadline: Instant) -> Tries {
        Tries { deadline, pauses: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE), made: 0, last: None }
    }

    /// Makes one try. Breaks with the final result: success, a failure that a retry would not fix, or the last failure if time or
    /// tries are used up. A try cut short by the deadline does not count if an earlier one was completed.
    pub(crate) async fn make<T>(
        &mut self,
        attempt: impl Future<Output = Result<T, Failure>>,
    ) -> ControlFlow<Result<T, Error>> {
        let failure = match timeout_at(self.deadline, attempt).await {
            Err(_) => {
                let last = self.last.take();
                return ControlFlow::Break(Err(last.unwrap_or_else(|| Error::Timeout("the time was up".into()))));
            }
            Ok(Ok(value)) => return ControlFlow::Break(Ok(value)),
            Ok(Err(failure)) => failure,
        };
        self.made += 1;
        let pause = if failure.at_once { Duration::ZERO } else { self.pauses.pause() };
        let again = self.made < TRIES && (failure.at_once || may_get_better(&failure.error));
        if !again || Instant::now() + pause >= self.deadline {
            return ControlFlow::Break(Err(failure.error));
        }
        tracing::debug!(error = %failure.error, ?pause, "trying again");
        self.last = Some(failure.error);
        sleep(pause).await;
        ControlFlow::Continue(())
    }
}

const fn may_get_better(error: &Error) -> bool {
    match error {
        Error::Unreachable(_) | Error::Timeout(_) | Error::Io(_) => true,
        Error::Http(status) => *status >= 500,
        // Sending a wrong password again and again would lock the account.
        Error::NotLoggedIn { .. } | Error::Forbidden(_) => false,
        // Fixing a certificate takes longer than four tries.
        Error::Certificate(_) => false,
        Error::Fault(_) | Error::NotUnderstood(_) | Error::Limit(_) | Error::OutcomeUnknown(_) => false,
    }
}
