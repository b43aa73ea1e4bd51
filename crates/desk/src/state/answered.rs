//! What came of an ask. With the stream, events decide about states; without it, the replies are what was observed.

use jiff::Timestamp;
use uncall_client::{Error, Means};
use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{Operation, Outcome, Reason, Refusal, Reply};

use crate::problem::Problem;
use crate::snapshot::{CallViewState, Verb};

use super::Desk;
use super::asks::Ask;
use super::lives::Gone;

impl Desk {
    pub(super) fn answered(&mut self, ask: u64, result: Result<Outcome, Error>, now: Timestamp) {
        let Some(ask) = self.asks.take(ask) else { return };
        if ask.abandoned {
            return;
        }
        match result {
            Ok(Ok(reply)) => self.done(&ask, reply, now),
            Ok(Err(refusal)) => self.refused(&ask, &refusal, now),
            Err(error) => {
                // A dial whose answer was lost may ring all the same.
                self.out.hurry |= ask.verb == Verb::Dial && matches!(error, Error::OutcomeUnknown(_));
                self.complain(&ask, Problem::failed(&error), now);
            }
        }
    }

    fn complain(&mut self, ask: &Ask, problem: Problem, now: Timestamp) {
        if !ask.overtaken {
            match &ask.target {
                Some(target) => self.notify_aimed(ask.verb, Some(target.clone()), problem, now),
                None => self.notify(ask.verb, ask.uid.as_deref(), problem, now),
            }
        }
    }

    fn done(&mut self, ask: &Ask, reply: Reply, now: Timestamp) {
        match ask.verb {
            Verb::Dial => self.out.hurry = true,
            Verb::Busy => self.set_presence(Presence::Busy, now),
            Verb::Idle => self.set_presence(Presence::Idle, now),
            Verb::Listen | Verb::Whisper | Verb::Play => {}
            Verb::Hold | Verb::Restore | Verb::Transfer | Verb::Survey | Verb::HangUp => {
                self.done_to_call(ask, &reply, now);
            }
        }
    }

    fn done_to_call(&mut self, ask: &Ask, reply: &Reply, now: Timestamp) {
        let streaming = self.streaming();
        let Some(uid) = ask.uid.as_deref() else { return };
        let Some(call) = self.call_mut(uid) else { return };
        match ask.verb {
            Verb::Hold => {
                if let Reply::Held { channel } = reply {
                    call.keep_channel(channel);
                }
                if !streaming {
                    call.state = CallViewState::Held;
                    call.since = now;
                }
            }
            Verb::Restore if !streaming => {
                call.channel = None;
                call.back_in_call();
            }
            Verb::Survey => call.survey = true,
            Verb::Transfer if !streaming => self.end_by_verb(uid, EndReason::Transferred, now),
            Verb::HangUp if !streaming => self.end_by_verb(uid, EndReason::Hangup, now),
            Verb::Restore | Verb::Transfer | Verb::HangUp | Verb::Dial | Verb::Busy | Verb::Idle => {}
            Verb::Listen | Verb::Whisper | Verb::Play => {}
        }
    }

    /// The server confirmed that the call is over. What it had displaced goes too, unless the next poll shows it: it
    /// may be on hold.
    fn end_by_verb(&mut self, uid: &str, reason: EndReason, now: Timestamp) {
        let Some(order) = self.call(uid).map(|call| call.order) else { return };
        self.end(uid, Some(reason), Gone::Unseen, now);
        self.echo = Some(uid.to_owned());
        for call in self.calls.iter_mut().filter(|call| call.unconfirmed && call.order < order) {
            call.leaving = true;
        }
    }

    fn refused(&mut self, ask: &Ask, refusal: &Refusal, now: Timestamp) {
        if let Some(operation) = operation(ask.verb) {
            self.complain(ask, Problem::refused(operation, refusal), now);
        }
        let Some(uid) = ask.uid.as_deref() else { return };
        if self.means != Some(Means::Poll) || !matches!(refusal.reason, Reason::AgentNotInUse | Reason::NoChannels) {
            return;
        }
        // A hang-up that finds nothing says it of every call of the extension, the other verbs of theirs alone: a
        // ringing call cannot be held, and one on hold is not in use either.
        let all = ask.verb == Verb::HangUp;
        self.put_away(|call| call.unconfirmed && (all || call.entry.uid == uid), now);
        for call in self.calls.iter_mut().filter(|call| call.sightings < 2 && (all || call.entry.uid == uid)) {
            call.leaving = true;
        }
    }
}

const fn operation(verb: Verb) -> Option<Operation> {
    Some(match verb {
        Verb::Dial => Operation::Dial,
        Verb::Busy => Operation::Busy,
        Verb::Idle => Operation::Idle,
        Verb::Hold => Operation::Hold,
        Verb::Restore => Operation::Restore,
        Verb::Transfer => Operation::Transfer,
        Verb::Survey => Operation::Survey,
        Verb::Listen => Operation::Listen,
        Verb::Whisper => Operation::Whisper,
        Verb::HangUp => Operation::HangUp,
        Verb::Play => return None,
    })
}
