//! Works out what the end of a leg means for its party.

use uncall_contract::event::EndReason;

use super::Model;
use super::ids::{Origin, origin};
use super::leg::{Dialled, Id, Leg, State};

/// Asterisk's causes of a hangup, by the numbers of Q.850.
const BUSY: &str = "17";
const REJECTED: &str = "21";
const ANSWERED_ELSEWHERE: &str = "26";

impl Model {
    /// `cause` is empty if it is unknown how the leg ended.
    pub(super) fn reason(&self, id: Id, cause: &str) -> EndReason {
        let Some(leg) = self.legs.get(&id) else { return EndReason::Hangup };
        if leg.transferred {
            return EndReason::Transferred;
        }
        if leg.picked_up {
            return EndReason::AnsweredElsewhere;
        }
        if leg.talked || leg.put_down {
            return EndReason::Hangup;
        }
        if called(leg) && leg.state != State::Up {
            return self.unanswered(id, leg, cause);
        }
        match leg.outcome.as_deref() {
            // The caller gave up, or nothing was dialled yet.
            None | Some("CANCEL" | "ANSWER") => EndReason::Hangup,
            Some(_) => EndReason::NoAnswer,
        }
    }

    fn unanswered(&self, id: Id, leg: &Leg, cause: &str) -> EndReason {
        // Another phone has answered since this one began to ring.
        let taken = || {
            let others = self.calls.answered_after(&leg.linked, id).filter(|other| *other != id);
            others.filter_map(|other| self.legs.get(&other)).any(|other| other.phone().is_some())
        };
        // Dial uses this cause when another phone answered; Queue does so only if configured to.
        if cause == ANSWERED_ELSEWHERE {
            EndReason::AnsweredElsewhere
        } else if cause == BUSY || cause == REJECTED || leg.dial_status.as_deref() == Some("BUSY") {
            EndReason::Hangup
        } else if taken() {
            EndReason::AnsweredElsewhere
        } else {
            EndReason::NoAnswer
        }
    }
}

/// Whether somebody else made it ring.
fn called(leg: &Leg) -> bool {
    match leg.dialled {
        Dialled::By(_) | Dialled::Originated => true,
        Dialled::No | Dialled::Found => !leg.is_first() || !matches!(origin(&leg.unique), Origin::Pbx),
    }
}
