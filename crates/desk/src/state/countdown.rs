//! Dials a link's number after three seconds, if the agent has chosen that, unless it is stopped or anything else is going on.

use crate::input::Intent;
use crate::moment::Moment;
use crate::snapshot::{Countdown, Verb};

use super::Desk;

/// How long the agent has to stop it.
const COUNTED_MS: i64 = 3000;
/// Shorter numbers are never dialled: they may be emergency numbers, perhaps after an outside line's prefix that the panel does
/// not know.
const SHORTEST: usize = 7;
/// If the countdown ends later than this, the machine has slept and the agent had no chance to stop it.
const LATE_MS: i64 = 2000;

/// A countdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counting {
    /// The number as it would be typed.
    typed: String,
    shown: Countdown,
}

impl Desk {
    /// A link has put this number into the dial box: starts a countdown. A second link during one stops it and starts none.
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

    /// Dials when the countdown is over, or cancels it if something else has begun.
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

    /// The countdown for the screen.
    pub(super) fn countdown(&self) -> Option<Countdown> {
        self.counting.as_ref().map(|counting| counting.shown.clone())
    }

    /// Whether a countdown may run: never during a call or while something else needs the phone.
    fn may_count(&self) -> bool {
        let phone = [Verb::Dial, Verb::Listen, Verb::Whisper];
        self.options.link_countdown
            && (self.online() || self.line.is_registered())
            && self.calls.is_empty()
            && !phone.iter().any(|verb| self.asks.under_way(*verb, None))
    }
}
