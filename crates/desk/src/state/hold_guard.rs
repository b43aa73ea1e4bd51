//! A caller who waits on hold is not forgotten: after a set time the call asks for attention, and who has gone is told.

use uncall_contract::event::EndReason;

use crate::effect::Effect;
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, Verb};

use super::Desk;
use super::call::Call;

impl Desk {
    /// Longer on hold than the settings have it.
    pub(super) fn is_held_long(&self, call: &Call) -> bool {
        self.held_until(call).is_some_and(|until| until <= self.now.ms)
    }

    /// When it will be.
    pub(super) fn hold_alert_due(&self, call: &Call) -> Option<i64> {
        self.held_until(call).filter(|until| *until > self.now.ms)
    }

    fn held_until(&self, call: &Call) -> Option<i64> {
        let (state, since) = call.state(self.now);
        let length = i64::from(self.options.hold_alert_seconds) * 1000;
        (state == CallViewState::Held && length > 0).then(|| since.ms.saturating_add(length))
    }

    /// After each input: the card of a call that has waited too long comes back into the pop-up, once a hold.
    pub(super) fn guard_holds(&mut self) {
        let long: Vec<(usize, bool)> =
            self.calls.iter().enumerate().map(|(at, call)| (at, self.is_held_long(call))).collect();
        for (at, is_long) in long {
            let Some(call) = self.calls.get_mut(at) else { continue };
            let turned = is_long && !call.alerted && !call.has_faded(self.now);
            call.alerted = is_long;
            if turned && !self.popups.contains(&call.entry.uid) {
                self.popups.push(call.entry.uid.clone());
                self.out.shell.push(Effect::Popup { uid: call.entry.uid.clone() });
            }
        }
    }

    /// The call was on hold, and its caller has hung up.
    pub(super) fn tell_left(&mut self, other: &str, reason: Option<EndReason>, now: Moment) {
        if reason == Some(EndReason::Hangup) {
            self.notify(Verb::Hold, None, Problem::new("left_on_hold", other), now);
        }
    }
}
