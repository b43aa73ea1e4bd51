//! Whether somebody is at the desk. Who has locked the screen, left it alone for long, or let the machine sleep, gets no calls.

use std::collections::BTreeSet;

use uncall_contract::event::Presence;

use crate::input::Absence;
use crate::moment::Moment;
use crate::snapshot::CallViewState;

use super::Desk;
use super::arbiter::Wish;

/// The reason that the server is told while nobody is at the desk; panels show it in the agent's words.
pub const AWAY_REASON: &str = "away";
/// The longest time without keyboard and mouse that can be set, in minutes: eight hours.
pub const BUSY_WHEN_IDLE_MINUTES_MAX: u32 = 480;

/// Why nobody is at the desk, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Away {
    absences: BTreeSet<Absence>,
    /// When the agent was last seen to do something here: in a conversation, or a press of a button.
    at_work: Option<Moment>,
}

impl Away {
    /// Somebody has chosen idle or busy: it stays until the next absence.
    pub(super) fn end(&mut self) {
        self.absences.clear();
    }
}

impl Desk {
    /// An absence begins or ends. Its beginning makes an idle extension busy. Its end changes nothing by itself: the page asks.
    pub(super) fn away(&mut self, why: Absence, on: bool) {
        let heeded = match why {
            Absence::Locked | Absence::Asleep | Absence::Leaving => self.options.busy_when_locked,
            Absence::Unattended => self.options.busy_when_idle_minutes > 0,
        };
        if on && heeded {
            self.arbiter.away.absences.insert(why);
        } else if self.arbiter.away.absences.remove(&why) && self.arbiter.away.absences.is_empty() {
            // Back before the server heard of it: it need not hear of it.
            self.arbiter.forget_away();
        }
    }

    /// The agent does something here.
    pub(super) fn is_at_work(&mut self, now: Moment) {
        self.arbiter.away.at_work = Some(now);
        self.away(Absence::Unattended, false);
    }

    /// Whether nobody is at the desk.
    pub(super) fn is_away(&self) -> bool {
        let absences = &self.arbiter.away.absences;
        let for_certain = absences.iter().any(|why| *why != Absence::Unattended);
        for_certain || (absences.contains(&Absence::Unattended) && self.unattended_from() <= self.now.ms)
    }

    /// Without keyboard and mouse, but not earlier than so long after the last call: who talks touches neither, and is there.
    fn unattended_from(&self) -> i64 {
        let minutes = i64::from(self.options.busy_when_idle_minutes);
        self.arbiter.away.at_work.map_or(i64::MIN, |at| at.ms.saturating_add(minutes * 60_000))
    }

    pub(super) fn unattended_due(&self) -> Option<i64> {
        let from = self.unattended_from();
        (self.arbiter.away.absences.contains(&Absence::Unattended) && from > self.now.ms).then_some(from)
    }

    /// The extension is busy because nobody was at the desk, and now somebody is.
    pub(super) fn is_back(&self) -> bool {
        let heeds = self.options.busy_when_locked || self.options.busy_when_idle_minutes > 0;
        heeds && self.arbiter.away.absences.is_empty() && self.is_busy_for(AWAY_REASON)
    }

    /// After each input: makes an idle extension busy while nobody is there. What is going on is not interrupted; the wrap-up and
    /// its end look here themselves.
    pub(super) fn settle_away(&mut self, now: Moment) {
        if self.calls.iter().any(|call| self.state_of(call) != CallViewState::Ringing && !call.has_faded(now)) {
            self.arbiter.away.at_work = Some(now);
        }
        let free = self.calls.is_empty() && !self.arbiter.wrap_up.is_running();
        if free && self.is_away() && self.expected_presence() == Some(Presence::Idle) {
            self.wish(Wish::busy(Some(AWAY_REASON)).by_itself(), now);
        }
    }
}
