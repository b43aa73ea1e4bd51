//! Answers to asks. With the stream, events decide about states; without it, the replies are the only observation.

use uncall_client::Error;
use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{Operation, Outcome, Reason, Refusal, Reply};

use crate::journal::{Departure, HandedOn};
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::Verb;

use super::Desk;
use super::asks::Ask;
use super::call::{Call, Hold};

impl Desk {
    pub(super) fn answered(&mut self, ask: u64, result: Result<Outcome, Error>, now: Moment) {
        let Some(ask) = self.asks.take(ask) else { return };
        if ask.abandoned {
            return;
        }
        match result {
            Ok(Ok(reply)) => self.done(&ask, reply, now),
            Ok(Err(refusal)) => self.refused(&ask, &refusal, now),
            Err(error) => self.failed(&ask, &error, now),
        }
    }

    pub(super) fn complain(&mut self, ask: &Ask, problem: Problem, now: Moment) {
        if !ask.overtaken {
            match &ask.target {
                Some(target) => self.notify_aimed(ask.verb, Some(target.clone()), problem, now),
                None => self.notify(ask.verb, ask.uid.as_deref(), problem, now),
            }
        }
    }

    fn done(&mut self, ask: &Ask, reply: Reply, now: Moment) {
        match ask.verb {
            Verb::Dial => self.out.hurry = true,
            Verb::Busy => self.presence_done(Presence::Busy, now),
            Verb::Idle => self.presence_done(Presence::Idle, now),
            Verb::Listen | Verb::Whisper | Verb::Play => {}
            Verb::Answer | Verb::Mute | Verb::Dtmf | Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => {}
            Verb::Hold | Verb::Restore | Verb::Transfer | Verb::Survey | Verb::HangUp => {
                self.done_to_call(ask, &reply, now);
            }
        }
    }

    fn done_to_call(&mut self, ask: &Ask, reply: &Reply, now: Moment) {
        let streaming = self.streaming();
        let Some(uid) = ask.uid.as_deref() else { return };
        let Some(call) = self.call_mut(uid) else { return };
        if let Reply::Held { channel } = reply {
            call.keep_channel(channel);
        }
        if ask.verb == Verb::Survey {
            call.survey = true;
            call.entry.survey = true;
        }
        if let Some(target) = ask.handed_to.clone() {
            call.entry.transfers.push(HandedOn { at: now.at, target });
        }
        let entry = call.entry.clone();
        if matches!(ask.verb, Verb::Survey | Verb::Transfer) {
            self.write(&entry);
        }
        if streaming {
            return;
        }
        let Some(call) = self.call_mut(uid) else { return };
        match ask.verb {
            Verb::Hold => {
                call.proved(now);
                call.set_hold(Hold::Yes, now);
                let entry = call.entry.clone();
                self.write(&entry);
            }
            Verb::Restore => {
                call.proved(now);
                call.set_hold(Hold::No, now);
                let entry = call.entry.clone();
                self.write(&entry);
            }
            Verb::Survey => call.proved(now),
            Verb::Transfer => self.end_by_verb(uid, EndReason::Transferred, now),
            Verb::HangUp => self.end_by_verb(uid, EndReason::Hangup, now),
            Verb::Dial | Verb::Busy | Verb::Idle | Verb::Listen | Verb::Whisper | Verb::Play => {}
            Verb::Answer | Verb::Mute | Verb::Dtmf | Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => {}
        }
    }

    /// The server confirmed that the call is over.
    fn end_by_verb(&mut self, uid: &str, reason: EndReason, now: Moment) {
        let named_again = self.call(uid).is_some_and(|call| call.named_again);
        self.end_by_server(uid, Some(reason), Departure::ByVerb, None, now);
        self.polls.expect_echo(uid, named_again);
    }

    fn failed(&mut self, ask: &Ask, error: &Error, now: Moment) {
        let unknown = matches!(error, Error::OutcomeUnknown(_));
        // A dial whose answer was lost may still ring.
        self.out.hurry |= ask.verb == Verb::Dial && unknown;
        if unknown && matches!(ask.verb, Verb::Hold | Verb::Restore) && !self.streaming() {
            let call = ask.uid.as_deref().and_then(|uid| self.call_mut(uid));
            call.into_iter().for_each(|call| call.set_hold(Hold::Unknown, now));
        }
        let is_presence = matches!(ask.verb, Verb::Busy | Verb::Idle);
        let again = is_presence && self.presence_failed(error, now);
        if !again {
            self.complain(ask, Problem::failed(error), now);
        }
        if is_presence {
            self.ask_next(now);
        }
    }

    fn refused(&mut self, ask: &Ask, refusal: &Refusal, now: Moment) {
        if let Some(operation) = operation(ask.verb) {
            let in_a_call = ask.verb == Verb::Dial && refusal.reason == Reason::Unavailable && !self.calls.is_empty();
            let problem = if in_a_call { Problem::new("in_a_call", "") } else { Problem::refused(operation, refusal) };
            self.complain(ask, problem, now);
        }
        if matches!(ask.verb, Verb::Busy | Verb::Idle) {
            self.presence_refused(now);
        }
        let Some(uid) = ask.uid.as_deref() else { return };
        if let Some(call) = self.call_mut(uid).filter(|_| ask.verb == Verb::HangUp) {
            call.hung_up = false;
        }
        match (ask.verb, refusal.reason) {
            (Verb::Restore, Reason::ChannelNotExist) => self.not_held(uid, now),
            (Verb::HangUp, Reason::NoChannels | Reason::AgentNotInUse) => self.nothing_there(now),
            (Verb::Hold | Verb::Transfer | Verb::Survey | Verb::Restore, Reason::AgentNotInUse) => {
                self.not_in_use(uid, now);
            }
            (Verb::Hold | Verb::Transfer | Verb::Survey, Reason::NotInBridge) => self.correct(uid, |call| {
                if call.hold == Hold::No {
                    call.still_rings(now);
                }
            }),
            _ => {}
        }
    }

    /// Corrects what is believed about a call, unless the stream is there to report it.
    fn correct(&mut self, uid: &str, what: impl FnOnce(&mut Call)) {
        if !self.streaming()
            && let Some(call) = self.call_mut(uid)
        {
            what(call);
        }
    }

    /// The hold ended elsewhere: at the phone, by the PBX, or with the call.
    fn not_held(&mut self, uid: &str, now: Moment) {
        if self.streaming() {
            return;
        }
        match self.call_mut(uid) {
            Some(call) if call.unconfirmed.is_none() => call.set_hold(Hold::No, now),
            Some(_) => self.end(uid, None, Departure::Disproved, None, now),
            None => {}
        }
    }

    /// A hang-up that finds nothing disproves every call of the extension.
    fn nothing_there(&mut self, now: Moment) {
        if self.streaming() {
            return;
        }
        self.end_all(|call| call.unconfirmed.is_some(), Departure::Disproved, now);
        self.calls.iter_mut().for_each(|call| call.disproved = true);
    }

    /// "Not in use" ends a call that no answer names any more. A call that is still named is ringing or on hold, which is not in
    /// use either.
    fn not_in_use(&mut self, uid: &str, now: Moment) {
        if self.streaming() {
            return;
        }
        let Some(call) = self.call_mut(uid) else { return };
        if call.hold == Hold::Yes {
            return;
        }
        if call.unconfirmed.is_some() {
            return self.end(uid, None, Departure::Disproved, None, now);
        }
        call.disproved = !call.named_again;
        if call.connected || call.from_before {
            call.set_hold(Hold::Unknown, now);
        } else {
            call.still_rings(now);
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
        Verb::Play | Verb::Answer | Verb::Mute | Verb::Dtmf => return None,
        Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => return None,
    })
}
