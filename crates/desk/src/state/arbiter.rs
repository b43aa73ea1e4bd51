//! Who wants the extension idle or busy. The agent, the wrap-up, "busy after this call" and the locked screen all ask here, and
//! only this asks the server: one wish at a time, the last one next.

use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Request};

use crate::moment::Moment;
use crate::snapshot::Verb;

use super::Desk;
use super::wrap_up::WrapUp;

/// The reason that the server is told while the screen is locked; panels show it in the agent's words.
pub const AWAY_REASON: &str = "away";

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) presence: Presence,
    pub(super) reason: Option<BusyReason>,
    /// Nobody pressed a button for it.
    pub(super) by_itself: bool,
}

impl Wish {
    pub(super) const fn idle() -> Wish {
        Wish { presence: Presence::Idle, reason: None, by_itself: false }
    }

    pub(super) fn busy(reason: Option<&str>) -> Wish {
        Wish { presence: Presence::Busy, reason: reason.and_then(BusyReason::of), by_itself: false }
    }

    pub(super) fn by_itself(self) -> Wish {
        Wish { by_itself: true, ..self }
    }

    fn is_for_the_same(&self, other: &Wish) -> bool {
        self.presence == other.presence && self.reason == other.reason
    }

    const fn verb(&self) -> Verb {
        match self.presence {
            Presence::Idle => Verb::Idle,
            Presence::Busy => Verb::Busy,
        }
    }
}

/// The wishes of one desk.
#[derive(Debug, Default)]
pub(super) struct Arbiter {
    /// What the server was asked for and has not answered.
    asked: Option<Wish>,
    /// What is asked for after that.
    next: Option<Wish>,
    /// Busy when the last call is over, with this reason.
    pub(super) after_call: Option<Option<BusyReason>>,
    pub(super) wrap_up: WrapUp,
    /// Somebody else set what is the case now, against what was wanted here.
    pub(super) elsewhere: bool,
    /// What was wanted here last, and confirmed.
    held: Option<Wish>,
}

impl Arbiter {
    /// What will be the case when the server has done all that it was and will be asked for.
    pub(super) fn pending(&self) -> Option<Presence> {
        self.next.as_ref().or(self.asked.as_ref()).map(|wish| wish.presence)
    }
}

impl Desk {
    /// The agent pressed Idle or Busy, which cancels the wrap-up and "busy after this call".
    pub(super) fn agent_wants(&mut self, wish: Wish, now: Moment) {
        self.arbiter.after_call = None;
        self.arbiter.wrap_up.end();
        self.wish(wish, now);
    }

    /// Asks the server for it, now or after what it is being asked.
    pub(super) fn wish(&mut self, wish: Wish, now: Moment) {
        match &self.arbiter.asked {
            Some(asked) if asked.is_for_the_same(&wish) => self.arbiter.next = None,
            Some(_) => self.arbiter.next = Some(wish),
            None => self.ask_for(wish, now),
        }
    }

    fn ask_for(&mut self, wish: Wish, now: Moment) {
        let exten = self.extension.as_str().to_owned();
        // A server without the argument takes none: the reason is shown here alone.
        let reason = wish.reason.as_ref().filter(|_| self.additions.uid).map(|reason| reason.as_str().to_owned());
        let request = match wish.presence {
            Presence::Idle => Request::Idle { exten },
            Presence::Busy => Request::Busy { exten, reason },
        };
        let verb = wish.verb();
        if !wish.by_itself {
            self.notice = None;
        }
        match self.reachable() {
            Ok(()) => {
                let ask = self.asks.add(verb, None, None, now);
                self.out.asks.push((ask, request));
                self.arbiter.asked = Some(wish);
            }
            // Nobody has pressed for it: there is nobody to be told.
            Err(_) if wish.by_itself => self.arbiter.wrap_up.owes_nothing(),
            Err(problem) => self.notify(verb, None, problem, now),
        }
    }

    /// The server has done what it was asked for.
    pub(super) fn presence_done(&mut self, presence: Presence, now: Moment) {
        let wish = self.arbiter.asked.take();
        self.set_presence(presence, now);
        self.arbiter.elsewhere = false;
        // The stream tells the reason itself.
        if let Some(wish) = wish.as_ref().filter(|_| !(self.streaming() && self.additions.uid)) {
            self.presence_more = (wish.reason.as_ref().map(|reason| reason.as_str().to_owned()), None);
        }
        self.arbiter.held = wish;
        self.ask_next(now);
    }

    /// It has not, or (`unknown`) perhaps it has.
    pub(super) fn presence_failed(&mut self, unknown: bool, now: Moment) {
        if self.arbiter.asked.take().is_some_and(|wish| wish.by_itself) && !unknown {
            self.arbiter.wrap_up.owes_nothing();
        }
        self.ask_next(now);
    }

    fn ask_next(&mut self, now: Moment) {
        let Some(wish) = self.arbiter.next.take() else { return };
        self.ask_for(wish, now);
    }

    /// The server says so by itself. What is not as this desk had set it was set by somebody else: it wins, and nothing of what
    /// was planned here is done.
    pub(super) fn presence_told(&mut self, presence: Presence, reason: Option<&str>, now: Moment) {
        let changed = self.presence.is_some_and(|(known, _)| known != presence);
        let held = self.arbiter.held.as_ref();
        let says_why = self.additions.uid && presence == Presence::Busy;
        let another_reason =
            says_why && held.is_some_and(|held| held.reason.as_ref().map(BusyReason::as_str) != reason);
        if (changed || another_reason) && self.arbiter.asked.is_none() {
            self.arbiter.elsewhere = held.is_some_and(|held| held.presence != presence);
            self.arbiter.held = None;
            self.arbiter.wrap_up.end();
        }
        self.set_presence(presence, now);
    }

    /// The screen was locked or unlocked. Locking makes an idle extension busy. Unlocking changes nothing: the page says "away", and
    /// the agent presses Idle.
    pub(super) fn locked(&mut self, locked: bool, now: Moment) {
        let reachable = self.expected_presence() == Some(Presence::Idle)
            && self.calls.is_empty()
            && !self.arbiter.wrap_up.is_running();
        if locked && self.options.busy_when_locked && reachable {
            self.wish(Wish::busy(Some(AWAY_REASON)).by_itself(), now);
        }
    }

    /// Without a call there is nothing to wait for.
    pub(super) fn busy_after(&mut self, on: bool, reason: Option<&str>, now: Moment) {
        if on && self.calls.is_empty() {
            return self.agent_wants(Wish::busy(reason), now);
        }
        self.arbiter.after_call = on.then(|| reason.and_then(BusyReason::of));
    }

    /// What will be the case once the server has answered.
    pub(super) fn expected_presence(&self) -> Option<Presence> {
        self.arbiter.pending().or(self.presence.map(|(known, _)| known))
    }
}
