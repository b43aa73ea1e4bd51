//! The time after a call, in which the agent writes down what came of it and gets no other.

use serde::{Deserialize, Serialize};
use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Direction};

use crate::journal::Entry;
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, MissingResult, Verb, WrapUpView};

use super::Desk;
use super::arbiter::Wish;
use super::away::AWAY_REASON;

/// The reason that the server is told; panels show it in the agent's words.
pub const WRAP_UP_REASON: &str = "wrap-up";
/// The longest wrap-up without an extension: an hour.
pub const WRAP_UP_SECONDS_MAX: u32 = 3600;

/// After which calls, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WrapUpRule {
    /// Seconds; 0 is none.
    pub seconds: u32,
    /// After which calls; all where none is given.
    pub after: Option<Direction>,
}

impl WrapUpRule {
    const fn length_ms(self) -> i64 {
        self.seconds as i64 * 1000
    }

    fn is_for(self, direction: Direction) -> bool {
        self.seconds > 0 && self.after.is_none_or(|only| only == direction)
    }
}

/// What is going on after the last call.
#[derive(Debug, Default)]
pub(super) struct WrapUp {
    /// The call that ended, while another is still up.
    due: Option<Ended>,
    running: Option<Running>,
    /// The desk has set busy for a wrap-up, and owes idle.
    owes_idle: bool,
}

#[derive(Debug, Clone)]
struct Ended {
    uid: String,
    other: String,
}

#[derive(Debug)]
struct Running {
    call: Ended,
    since: Moment,
    until: Moment,
}

impl WrapUp {
    /// The agent or somebody else has set the presence: nothing is owed.
    pub(super) fn end(&mut self) {
        *self = WrapUp::default();
    }

    /// The server would not be busy: there is nothing to take back.
    pub(super) const fn owes_nothing(&mut self) {
        self.owes_idle = false;
    }

    /// Whether busy is the wrap-up's own, and idle follows.
    pub(super) const fn is_owing(&self) -> bool {
        self.owes_idle
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn due(&self) -> Option<i64> {
        self.running.as_ref().map(|running| running.until.ms)
    }

    pub(super) fn view(&self) -> Option<WrapUpView> {
        let Running { call, since, until } = self.running.as_ref()?;
        Some(WrapUpView { uid: call.uid.clone(), other: call.other.clone(), since: *since, until: *until })
    }
}

impl Desk {
    /// A conversation has just ended.
    pub(super) fn wrap_up_after(&mut self, entry: &Entry) {
        let missing = self.missing_result().is_some_and(|missing| missing.uid == entry.uid);
        if missing || self.options.wrap_up.is_for(entry.direction) {
            self.arbiter.wrap_up.due = Some(Ended { uid: entry.uid.clone(), other: entry.other.clone() });
        }
    }

    /// Extends the running wrap-up by its full length.
    pub(super) fn wrap_up_longer(&mut self) {
        let more = self.options.wrap_up.length_ms();
        if let Some(running) = &mut self.arbiter.wrap_up.running {
            running.until = running.until.later(more);
        }
    }

    /// The agent is done, unless a result is missing.
    pub(super) fn wrap_up_done(&mut self, now: Moment) {
        if let Some(missing) = self.missing_result().filter(|_| self.arbiter.wrap_up.is_running()) {
            self.notice = None;
            return self.notify(Verb::Idle, None, Problem::new("result_missing", &missing.other), now);
        }
        if self.arbiter.wrap_up.running.take().is_some() {
            self.give_back(now);
        }
    }

    /// After each input: a wrap-up begins when nothing is up any more, and ends in time or with the next conversation.
    pub(super) fn settle_wrap_up(&mut self, now: Moment) {
        let mut up = self.calls.iter().filter(|call| !call.has_faded(now)).peekable();
        if up.peek().is_some() {
            if up.any(|call| self.state_of(call) != CallViewState::Ringing) {
                self.arbiter.wrap_up.running = None;
            }
            return;
        }
        if let Some(call) = self.arbiter.wrap_up.due.take() {
            return self.begin_wrap_up(call, now);
        }
        match &self.arbiter.wrap_up.running {
            Some(running) if running.until.ms <= now.ms && self.missing_result().is_none() => {
                self.arbiter.wrap_up.running = None;
                self.give_back(now);
            }
            Some(_) => {}
            None => match self.missing_result().filter(|_| self.arbiter.wrap_up.owes_idle) {
                // A call came in between.
                Some(MissingResult { uid, other }) => {
                    let call = Ended { uid, other };
                    self.arbiter.wrap_up.running = Some(Running { call, since: now, until: now });
                }
                None => self.give_back(now),
            },
        }
    }

    fn begin_wrap_up(&mut self, call: Ended, now: Moment) {
        let until = now.later(self.options.wrap_up.length_ms());
        self.arbiter.wrap_up.running = Some(Running { call, since: now, until });
        if self.arbiter.after_call.is_some() {
            return self.give_back(now);
        }
        // Who was busy before, or wanted to be, is busy afterwards.
        if self.arbiter.wrap_up.owes_idle || self.expected_presence() == Some(Presence::Busy) {
            return;
        }
        self.arbiter.wrap_up.owes_idle = true;
        self.wish(Wish::busy(Some(WRAP_UP_REASON)).by_itself(), now);
    }

    /// What was put off until the calls and their wrap-up are over.
    fn give_back(&mut self, now: Moment) {
        let busy_after = self.arbiter.after_call.take();
        if busy_after.is_none() && self.missing_result().is_some() {
            return;
        }
        let owes_idle = std::mem::take(&mut self.arbiter.wrap_up.owes_idle);
        if let Some(reason) = busy_after {
            self.wish(Wish::busy(reason.as_ref().map(BusyReason::as_str)).by_itself(), now);
        } else if owes_idle && self.is_away() {
            self.wish(Wish::busy(Some(AWAY_REASON)).by_itself(), now);
        } else if owes_idle {
            self.wish(Wish::idle().by_itself(), now);
        }
    }
}
