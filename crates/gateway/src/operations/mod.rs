//! What callers have done, whatever the protocol by which they ask: whether each may, the site that does it, and the time, the count
//! and the line in the audit log of it. A protocol is a skin over this: it reads a request and writes an outcome.

mod answer;
mod hearing;
mod queue;
mod request_id;
mod requests;
#[cfg(test)]
mod tests;
mod verbs;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::Instrument;
use uncall_contract::{Outcome, Reply, Request, masked};
use uncall_recordings::Recordings;
use uncall_switch::Site;

pub(crate) use request_id::RequestId;
pub(crate) use requests::{Name, Requests};
pub(crate) use verbs::Verbs;

use crate::access::{Audit, Caller, Denied, Record};
use answer::{answer, answer_now};

/// Characters of an argument that the log shows.
const LOGGED: usize = 64;

/// The operations of a gateway.
pub(crate) struct Operations {
    site: Site,
    /// The files of its recordings, where they are known.
    recordings: Option<Arc<Recordings>>,
    audit: Arc<Audit>,
    requests: Requests,
    /// Those under way: they are carried through even when whoever asked has gone.
    verbs: Verbs,
}

/// Why there is no outcome.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The caller may not.
    Denied(Denied),
    /// Its task has ended before it was done.
    BrokenOff,
}

impl Operations {
    pub(crate) fn new(
        site: Site,
        recordings: Option<Arc<Recordings>>,
        audit: Arc<Audit>,
        requests: Requests,
    ) -> Operations {
        Operations { site, recordings, audit, requests, verbs: Verbs::default() }
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    pub(crate) fn recordings(&self) -> Option<&Recordings> {
        self.recordings.as_deref()
    }

    pub(crate) fn verbs(&self) -> &Verbs {
        &self.verbs
    }

    /// Does what is asked, if the caller may. A verb is carried through even when he goes away meanwhile.
    pub(crate) async fn perform(
        self: &Arc<Self>,
        id: RequestId,
        caller: &Caller,
        request: &Request,
    ) -> Result<Outcome, Unanswered> {
        self.permit(caller, request)?;
        let span = tracing::info_span!("request", %id, operation = request.operation().name());
        let outcome = if request.operation().is_read() {
            self.timed(caller, request).instrument(span).await
        } else {
            let (operations, caller, request) = (Arc::clone(self), caller.clone(), request.clone());
            let timed = async move { operations.timed(&caller, &request).await };
            self.verbs.spawn(timed.instrument(span)).await.map_err(|_| Unanswered::BrokenOff)?
        };
        if let Ok(Reply::Recording { files }) = &outcome {
            self.may_hear(caller, files).await.map_err(|denied| self.deny(caller, request, denied))?;
        }
        Ok(outcome)
    }

    /// popEvent, which every desk asks every few seconds: nobody looks for it by its id.
    pub(crate) async fn poll(&self, caller: &Caller, request: &Request) -> Result<Outcome, Unanswered> {
        self.permit(caller, request)?;
        Ok(self.timed(caller, request).await)
    }

    fn permit(&self, caller: &Caller, request: &Request) -> Result<(), Unanswered> {
        caller.may(request).map_err(|denied| self.deny(caller, request, denied))
    }

    /// Of a verb that is denied there is a line in the audit log.
    fn deny(&self, caller: &Caller, request: &Request, denied: Denied) -> Unanswered {
        if request.operation().is_read() {
            let denied = denied.to_string();
            tracing::debug!(user = ?caller.user(), from = %caller.client.address, denied = %masked(&denied), "not allowed");
        } else {
            self.write(caller, (request.operation().name(), request.arguments()), "403", Duration::ZERO);
        }
        Unanswered::Denied(denied)
    }

    /// A line in the audit log: operation and arguments, what became of it, and how long that took.
    fn write(&self, caller: &Caller, what: (&'static str, Vec<Option<&str>>), outcome: &str, took: Duration) {
        self.audit.write(Record::of(caller, what, outcome, Timestamp::now(), took));
    }

    async fn timed(&self, caller: &Caller, request: &Request) -> Outcome {
        let began = Instant::now();
        let operation = request.operation();
        let outcome = match answer_now(&self.site, request) {
            Some(outcome) => outcome,
            // In a box, so that the many polls do not carry the room for a transfer around.
            None => Box::pin(answer(&self.site, request, caller.may_transfer_beyond(request))).await,
        };
        let took = began.elapsed();
        self.requests.count(operation, outcome.is_ok(), took);
        // Reads come every few seconds from every desk: their lines are for those who look for them.
        if operation.is_read() {
            if tracing::enabled!(tracing::Level::DEBUG) {
                let said = said(&outcome);
                tracing::debug!(operation = operation.name(), exten = ?masked(&subject(request)), user = ?caller.user(), from = %caller.client.address, outcome = said, ms = millis(took));
            }
        } else {
            self.write(caller, (operation.name(), request.arguments()), said(&outcome), took);
        }
        outcome
    }
}

fn said(outcome: &Outcome) -> &str {
    match outcome {
        Ok(_) => "done",
        Err(refusal) if refusal.message.is_empty() => "refused",
        Err(refusal) => &refusal.message,
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The first argument, which says whose request it is.
fn subject(request: &Request) -> String {
    request.arguments().into_iter().next().flatten().unwrap_or_default().chars().take(LOGGED).collect()
}
