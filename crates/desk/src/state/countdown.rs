//! A link's number that dials itself, where the agent has set it so: after three seconds in which it can be stopped, and only while
//! nothing else goes on.

use crate::input::Intent;
use crate::moment::Moment;
use crate::snapshot::{Countdown, Verb};

use super::Desk;

/// How long the agent has to stop it.
const COUNTED_MS: i64 = 3000;
/// Shorter numbers may be for emergencies, perhaps behind a prefix for an outside line that nobody has told the panel.
const SHORTEST: usize = 7;
/// A clock that is later than this has slept, and nobody was there to stop it.
const LATE_MS: i64 = 2000;

/// What is counted down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counting {
    /// As it would be typed.
    typed: String,
    shown: Countdown,
}

impl Desk {
    /// A link has put this number into the dial box. A second link is no reason to dial either of the two.
    pub(super) fn linked(&mut self, typed: String, now: Moment) {
        if self.counting.take().is_some() || !self.may_count() {
            return;
        }
        let explained = self.options.numbers.explain(&typed, now.at);
        let emergency = uncall_number::rules::is_emergency_anywhere(&typed) || explained.is_emergency();
        let short = typed.bytes().filter(u8::is_ascii_digit).count() < SHORTEST;
        let until = now.later(COUNTED_MS);
        self.counting = explained
            .dialled
            .filter(|_| !emergency && !short && explained.ask.is_none())
            .map(|dialled| Counting { typed, shown: Countdown { dialled, until } });
    }

    /// Dials what is counted down, or lets it be where something else has begun.
    pub(super) fn count_down(&mut self, now: Moment) {
        let Some(counting) = &self.counting else { return };
        let over = now.ms.saturating_sub(counting.shown.until.ms);
        if over < 0 && self.may_count() {
            return;
        }
        let Some(Counting { typed, .. }) = self.counting.take() else { return };
        if self.may_count() && over <= LATE_MS {
            self.wanted(Intent::Dial { number: typed, sure: false }, now);
        }
    }

    /// What is counted down, for the screen.
    pub(super) fn countdown(&self) -> Option<Countdown> {
        self.counting.as_ref().map(|counting| counting.shown.clone())
    }

    /// Never beside a call, or something else that needs the phone.
    fn may_count(&self) -> bool {
        let phone = [Verb::Dial, Verb::Listen, Verb::Whisper];
        self.options.link_countdown
            && (self.online() || self.line.is_registered())
            && self.calls.is_empty()
            && !phone.iter().any(|verb| self.asks.under_way(*verb, None))
    }
}
