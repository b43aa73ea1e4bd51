//! A wish of the desk itself that could not reach the server: it waits until the server is there again, unless somebody chooses
//! something else meanwhile.

use uncall_client::{Error, Means};
use uncall_contract::event::Presence;

use crate::moment::Moment;
use crate::snapshot::Link;

use super::Desk;
use super::arbiter::Wish;

/// A new connection has had its say after this: what was set meanwhile is known, or the stream goes on where it stopped.
const SETTLED_MS: i64 = 2_000;
/// A server that fails while it is connected is asked again after this.
const AGAIN_MS: i64 = 10_000;

/// The wish, and when it may be asked for at the earliest.
#[derive(Debug)]
pub(super) struct Owed {
    pub(super) wish: Wish,
    not_before: i64,
}

impl Desk {
    /// Keeps a wish for later. The last one counts.
    pub(super) fn owe(&mut self, wish: Wish, now: Moment) {
        self.arbiter.owed = Some(Owed { wish, not_before: now.ms });
    }

    /// The answer to a wish of the desk itself was an error. True if it will be asked for again.
    pub(super) fn owe_again(&mut self, wish: &Wish, error: &Error, now: Moment) -> bool {
        let again = match error {
            Error::Unreachable(_) | Error::Certificate(_) | Error::Timeout(_) | Error::Io(_) | Error::Http(_) => true,
            Error::NotLoggedIn { .. } | Error::Forbidden(_) => true,
            // It may have been done. A server with a stream says so; without one, it is the agent's to repeat.
            Error::OutcomeUnknown(_) => self.means == Some(Means::Push),
            Error::Fault(_) | Error::NotUnderstood(_) | Error::Limit(_) => false,
        };
        if again {
            self.arbiter.owed = Some(Owed { wish: wish.clone(), not_before: now.later(AGAIN_MS).ms });
        }
        again
    }

    /// When the wish that is owed can be asked for, if nothing else comes before.
    pub(super) fn owed_due(&self) -> Option<i64> {
        let Owed { wish, not_before } = self.arbiter.owed.as_ref()?;
        let unsaid = self.arbiter.doubts_of(wish) && !self.says_presence();
        let waits = self.reachable().is_err() || self.arbiter.is_asking() || unsaid || !self.is_time_for(wish);
        let settled = if self.has_settled() { 0 } else { self.connection.since.later(SETTLED_MS).ms };
        (!waits).then(|| settled.max(*not_before))
    }

    /// After each input: asks for what is owed, if it is not the case anyway.
    pub(super) fn pay(&mut self, now: Moment) {
        if self.owed_due().is_none_or(|due| due > now.ms) {
            return;
        }
        let Some(Owed { wish, .. }) = self.arbiter.owed.take() else { return };
        if self.is_the_case(&wish) {
            self.arbiter.kept(wish);
        } else {
            self.wish(wish, now);
        }
    }

    /// Idle is for when no call is up.
    fn is_time_for(&self, wish: &Wish) -> bool {
        wish.presence == Presence::Busy || self.calls.iter().all(|call| call.has_faded(self.now))
    }

    /// Whether the connection has said how things stand, or has had the time to.
    pub(super) fn has_caught_up(&self, now: Moment) -> bool {
        self.has_settled() || now.since(self.connection.since) >= SETTLED_MS
    }

    /// It has, and says what changes.
    fn has_settled(&self) -> bool {
        self.says_presence() && !self.blind
    }

    /// Whether the server says idle and busy by itself.
    pub(super) fn says_presence(&self) -> bool {
        match self.connection.state {
            Link::Push => true,
            Link::Poll | Link::Connecting | Link::Offline | Link::Unconfigured => false,
        }
    }

    pub(super) fn is_the_case(&self, wish: &Wish) -> bool {
        let known = self.presence.map(|(known, _)| known) == Some(wish.presence);
        let certain = self.says_presence() || !self.arbiter.doubts();
        known && certain && wish.says(self.presence_more.0.as_deref(), self.additions.uid)
    }
}
