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
        self.reachable()?;
        let targets = self.targets();
        let call = |uid: Option<String>| {
            uid.ok_or_else(|| Problem::new(if self.calls.is_empty() { "agent_not_in_use" } else { "not_now" }, ""))
        };
        Ok(match order {
            Order::Idle => Intent::Idle,
            Order::Busy => Intent::Busy { reason: None },
            Order::Dial(number) => Intent::Dial { number, sure: false },
            Order::Hold => Intent::Hold { uid: call(targets.hold)? },
            Order::Restore => Intent::Restore { uid: call(targets.restore)? },
            Order::HangUp => Intent::HangUp { uid: call(targets.hang_up)? },
            Order::Survey => Intent::Survey { uid: call(targets.survey)? },
            Order::Transfer(target) => Intent::Transfer { uid: call(targets.transfer)?, target, sure: false },
            Order::Decline => Intent::HangUp { uid: call(self.offered())? },
        })
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
