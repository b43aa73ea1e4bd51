//! Who wants the extension idle or busy. The agent, the wrap-up, "busy after this call" and the empty chair all ask here, and
//! only this asks the server: one wish at a time, the last one next.

use uncall_client::Error;
use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Request};

use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::Verb;

use super::Desk;
use super::away::{AWAY_REASON, Away};
use super::owed::Owed;
use super::wrap_up::{WRAP_UP_REASON, WrapUp};

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

    /// Busy for this reason.
    fn is_for(&self, reason: &str) -> bool {
        self.presence == Presence::Busy && self.reason.as_ref().map(BusyReason::as_str) == Some(reason)
    }

    /// Whether this is what a server means that says busy for this reason.
    pub(super) fn says(&self, reason: Option<&str>, says_why: bool) -> bool {
        self.presence == Presence::Idle || !says_why || self.reason.as_ref().map(BusyReason::as_str) == reason
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
    pub(super) away: Away,
    /// Somebody else set what is the case now, against what was wanted here.
    pub(super) elsewhere: bool,
    /// What was wanted here last, and confirmed.
    held: Option<Wish>,
    /// What was asked for last without an answer: the server may have done it, or may do it yet.
    doubted: Option<Wish>,
    /// What the desk wanted by itself while the server could not be reached.
    pub(super) owed: Option<Owed>,
}

impl Arbiter {
    /// What will be the case when the server has done all that it was and will be asked for.
    pub(super) fn pending(&self) -> Option<Presence> {
        self.next.as_ref().or(self.asked.as_ref()).map(|wish| wish.presence)
    }

    /// What waits for the server to be there again.
    pub(super) fn owed(&self) -> Option<Presence> {
        self.owed.as_ref().map(|owed| owed.wish.presence)
    }

    pub(super) const fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) const fn doubts(&self) -> bool {
        self.doubted.is_some()
    }

    /// Whether the server may have done this one.
    pub(super) fn doubts_of(&self, wish: &Wish) -> bool {
        self.doubted.as_ref().is_some_and(|doubted| doubted.is_for_the_same(wish))
    }

    /// Whoever was away is back, before the server has been asked.
    pub(super) fn forget_away(&mut self) {
        self.next.take_if(|wish| wish.is_for(AWAY_REASON));
        self.owed.take_if(|owed| owed.wish.is_for(AWAY_REASON));
    }

    /// It is the case, and was wanted here.
    pub(super) fn kept(&mut self, wish: Wish) {
        self.held = Some(wish);
        self.doubted = None;
    }
}

impl Desk {
    /// The agent pressed Idle or Busy, which cancels the wrap-up and "busy after this call". Where the server cannot be reached, Idle
    /// is refused and changes nothing; Busy is refused, too, and the desk does not go idle by itself after it.
    pub(super) fn agent_wants(&mut self, wish: Wish, now: Moment) {
        if let Some(missing) = self.missing_result().filter(|_| wish.presence == Presence::Idle) {
            self.notice = None;
            return self.notify(Verb::Idle, None, Problem::new("result_missing", &missing.other), now);
        }
        if wish.presence == Presence::Busy || self.reachable().is_ok() {
            self.arbiter.after_call = None;
            self.arbiter.wrap_up.end();
        }
        if self.reachable().is_ok() {
            self.arbiter.away.end();
        }
        if wish.presence == Presence::Busy {
            // Nobody would take back the one, and nobody wants the other.
            self.arbiter.owed.take_if(|owed| owed.wish.is_for(WRAP_UP_REASON) || owed.wish.presence == Presence::Idle);
        }
        self.wish(wish, now);
    }

    /// Asks the server for it, now or after what it is being asked.
    pub(super) fn wish(&mut self, wish: Wish, now: Moment) {
        if self.reachable().is_ok() {
            self.arbiter.owed = None;
        }
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
            // What was set during an outage is heard first.
            Ok(()) if wish.by_itself && !self.has_caught_up(now) => self.owe(wish, now),
            Ok(()) => {
                let ask = self.asks.add(verb, None, None, now);
                self.out.asks.push((ask, request));
                self.arbiter.asked = Some(wish);
            }
            // Nobody has pressed for it: there is nobody to be told, and nobody who would press again.
            Err(_) if wish.by_itself => self.owe(wish, now),
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
        (self.arbiter.held, self.arbiter.doubted) = (wish, None);
        self.ask_next(now);
    }

    /// The server refused. What nobody pressed for is not asked for again.
    pub(super) fn presence_refused(&mut self, now: Moment) {
        if let Some(wish) = self.arbiter.asked.take().filter(|wish| wish.by_itself) {
            self.give_up(&wish);
        }
        self.ask_next(now);
    }

    fn give_up(&mut self, wish: &Wish) {
        self.arbiter.wrap_up.owes_nothing();
        if wish.is_for(AWAY_REASON) {
            self.arbiter.away.end();
        }
    }

    /// There was no answer: nothing was done, or perhaps it was. [`Desk::ask_next`] has to follow. True if nobody need be told, because
    /// the desk asks again.
    pub(super) fn presence_failed(&mut self, error: &Error, now: Moment) -> bool {
        let unknown = matches!(error, Error::OutcomeUnknown(_));
        let asked = self.arbiter.asked.take();
        if unknown && asked.as_ref().is_some_and(|wish| self.says_presence() && self.is_the_case(wish)) {
            // The stream has said it before.
            (self.arbiter.held, self.arbiter.doubted) = (asked, None);
            return true;
        }
        if unknown {
            self.arbiter.doubted.clone_from(&asked);
        }
        let superseded = self.arbiter.next.is_some();
        let mine = asked.filter(|wish| wish.by_itself);
        let again = mine.as_ref().is_some_and(|wish| !superseded && self.owe_again(wish, error, now));
        if !unknown && !again && !superseded {
            mine.into_iter().for_each(|wish| self.give_up(&wish));
        }
        again && !unknown
    }

    pub(super) fn ask_next(&mut self, now: Moment) {
        let Some(wish) = self.arbiter.next.take() else { return };
        self.ask_for(wish, now);
    }

    /// The server says so by itself. What is not as this desk had set it was set by somebody else: it wins, and nothing of what
    /// was planned here is done. What was not set just now may be older than an absence, which goes on.
    pub(super) fn presence_told(&mut self, presence: Presence, reason: Option<&str>, just_now: bool, now: Moment) {
        let changed = self.presence.is_some_and(|(known, _)| known != presence);
        // A wish whose answer was lost has been done after all.
        let says_so = |wish: &Wish| wish.presence == presence && wish.says(reason, self.additions.uid);
        if self.arbiter.asked.is_none() && self.arbiter.doubted.as_ref().is_some_and(says_so) {
            self.arbiter.held = self.arbiter.doubted.take();
            self.arbiter.elsewhere = false;
            return self.set_presence(presence, now);
        }
        let held = self.arbiter.held.as_ref();
        let says_why = self.additions.uid && presence == Presence::Busy;
        let another_reason =
            says_why && held.is_some_and(|held| held.reason.as_ref().map(BusyReason::as_str) != reason);
        if (changed || another_reason) && self.arbiter.asked.is_none() {
            self.arbiter.elsewhere = held.is_some_and(|held| held.presence != presence);
            (self.arbiter.held, self.arbiter.owed) = (None, None);
            self.arbiter.wrap_up.end();
            if just_now {
                self.arbiter.away.end();
            }
        }
        self.set_presence(presence, now);
    }

    /// Without a call there is nothing to wait for.
    pub(super) fn busy_after(&mut self, on: bool, reason: Option<&str>, now: Moment) {
        if on && self.calls.is_empty() {
            return self.agent_wants(Wish::busy(reason), now);
        }
        let reason = reason.and_then(BusyReason::of).or_else(|| self.own_busy_reason());
        self.arbiter.after_call = on.then_some(reason);
    }

    /// Why the agent is busy already, by choice.
    fn own_busy_reason(&self) -> Option<BusyReason> {
        let chosen =
            self.presence.is_some_and(|(known, _)| known == Presence::Busy) && !self.arbiter.wrap_up.is_owing();
        let said = self.presence_more.0.as_deref().and_then(BusyReason::of);
        // Polls do not say why; then it is what was asked for last.
        let asked = self.arbiter.held.as_ref().and_then(|held| held.reason.clone());
        said.or(asked).filter(|_| chosen)
    }

    /// What will be the case once the server has answered.
    pub(super) fn expected_presence(&self) -> Option<Presence> {
        self.arbiter.pending().or(self.arbiter.owed()).or(self.presence.map(|(known, _)| known))
    }

    /// The same of busy for this reason.
    pub(super) fn is_busy_for(&self, reason: &str) -> bool {
        match self.arbiter.next.as_ref().or(self.arbiter.asked.as_ref()) {
            Some(wish) => wish.is_for(reason),
            None => {
                let said = self.presence_more.0.as_deref();
                let held = self.arbiter.held.as_ref().filter(|_| said.is_none());
                self.presence.is_some_and(|(known, _)| known == Presence::Busy)
                    && (said == Some(reason) || held.is_some_and(|held| held.is_for(reason)))
            }
        }
    }
}
