//! Turns orders into intents: the desk decides which call an order is for, as it does for keys and tray.

use uncall_contract::Direction;

use crate::input::Intent;
use crate::order::Order;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, Verb};

use super::Desk;

impl Desk {
    /// The intent that the order amounts to now.
    ///
    /// # Errors
    /// `unreachable` and the like; `agent_not_in_use` without any call; `not_now` without one that the order fits.
    pub fn meant(&self, order: Order) -> Result<Intent, Problem> {
        let targets = self.targets();
        let call = |uid: Option<String>| {
            let none = || Problem::new(if self.calls.is_empty() { "agent_not_in_use" } else { "not_now" }, "");
            match uid {
                Some(uid) => Ok(uid),
                // A phone that is on knows its own calls, whether the server is there or not.
                None if self.line.is_on() => Err(none()),
                None => Err(self.reachable().err().unwrap_or_else(none)),
            }
        };
        let of_phone = |verb: Verb| match self.target(verb) {
            None if !self.line.is_on() => Err(Problem::new("no_phone", "")),
            target => call(target),
        };
        if matches!(order, Order::Idle | Order::Busy) || (matches!(order, Order::Dial(_)) && !self.line.is_registered())
        {
            self.reachable()?;
        }
        Ok(match order {
            Order::Idle => Intent::Idle,
            Order::Busy => Intent::Busy { reason: None },
            Order::Dial(number) => Intent::Dial { number, sure: false },
            Order::Hold => Intent::Hold { uid: call(targets.hold)? },
            Order::Restore => Intent::Restore { uid: call(targets.restore)? },
            Order::HangUp => Intent::HangUp { uid: call(targets.hang_up)? },
            Order::Survey => Intent::Survey { uid: call(targets.survey)? },
            Order::Transfer(target) => Intent::Transfer { uid: call(targets.transfer)?, target, sure: false },
            Order::Answer => Intent::Answer { uid: of_phone(Verb::Answer)? },
            Order::Mute(on) => Intent::Mute { uid: of_phone(Verb::Mute)?, on },
            Order::Dtmf(digits) => Intent::Dtmf { uid: of_phone(Verb::Dtmf)?, digits },
            Order::Consult(target) => Intent::Consult { uid: of_phone(Verb::Consult)?, target, sure: false },
            Order::Complete => Intent::Complete { uid: of_phone(Verb::Complete)? },
            Order::Swap => Intent::Swap { uid: of_phone(Verb::Swap)? },
            Order::Back => Intent::Back { uid: of_phone(Verb::Back)? },
            Order::ScreenPop => Intent::ScreenPop { uid: call(self.at_hand())? },
            Order::Decline => Intent::HangUp { uid: call(self.offered())? },
        })
    }

    /// The call that the agent is about: the first on the screen, or else the last one.
    fn at_hand(&self) -> Option<String> {
        let up = self.in_order().into_iter().map(|call| &call.entry).next();
        up.or_else(|| self.journal.entries().first()).map(|entry| entry.uid.clone())
    }

    /// The newest ringing call that can be declined.
    fn offered(&self) -> Option<String> {
        let rings = |call: &&super::Call| {
            call.entry.direction == Direction::Callin && self.state_of(call) == CallViewState::Ringing
        };
        let calls = self.in_order().into_iter().filter(|call| !call.has_faded(self.now)).filter(rings);
        let mut declinable = calls.filter(|call| self.verbs(call).contains(&Verb::HangUp));
        declinable.next().map(|call| call.entry.uid.clone())
    }
}
