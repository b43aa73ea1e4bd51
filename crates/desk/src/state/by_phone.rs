//! What the panel's own phone does of what the agent wants: everything that only a phone can, and hold, resume, transfer and hang-up
//! where the server has no such call or is away.

use uncall_contract::Direction;

use crate::journal::HandedOn;
use crate::line::{Command, LegState, are_keys};
use crate::moment::Moment;
use crate::number::Numbers;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, Verb};

use super::Desk;
use super::call::Call;
use super::line::OwnLeg;

/// Who carries a verb out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Server,
    Phone,
}

impl Desk {
    /// What the phone can do for this call now.
    pub(super) fn phone_verbs(&self, call: &Call) -> &'static [Verb] {
        let Some(leg) = &call.leg else { return &[] };
        let colleague = self.colleague(call).is_some_and(is_up);
        match (leg.told.state, self.state_of(call), self.colleague(call).is_some()) {
            (LegState::Ringing | LegState::Early, ..) if leg.told.consults.is_some() => &[Verb::Back, Verb::HangUp],
            (LegState::Ringing, ..) if leg.told.direction == Direction::Callin => &[Verb::Answer, Verb::HangUp],
            (LegState::Ringing | LegState::Early, ..) => &[Verb::HangUp],
            (LegState::Talking, _, true) if colleague => {
                &[Verb::Complete, Verb::Swap, Verb::Back, Verb::Mute, Verb::Dtmf, Verb::HangUp]
            }
            (LegState::Held, _, true) if colleague => &[Verb::Complete, Verb::Swap, Verb::Back, Verb::HangUp],
            (LegState::Talking | LegState::Held, _, true) => &[Verb::Back, Verb::HangUp],
            (LegState::Talking, CallViewState::Talking, false) => {
                &[Verb::Hold, Verb::Transfer, Verb::Consult, Verb::Mute, Verb::Dtmf, Verb::HangUp]
            }
            (LegState::Talking, ..) => &[Verb::Mute, Verb::HangUp],
            (LegState::Held, ..) if self.talks() => &[Verb::Restore, Verb::Swap, Verb::Transfer, Verb::HangUp],
            (LegState::Held, ..) => &[Verb::Restore, Verb::Transfer, Verb::Consult, Verb::HangUp],
            (LegState::Ended(_), ..) => &[],
        }
    }

    /// Who carries a verb of this call out, if it makes sense now. `by_server`: the server would.
    pub(super) fn way(&self, call: &Call, verb: Verb, by_server: bool) -> Option<Way> {
        let Some(leg) = &call.leg else { return by_server.then_some(Way::Server) };
        let by_phone = self.phone_verbs(call).contains(&verb);
        let with_colleague = self.colleague(call).is_some();
        // What the server has on hold, the server takes back, and ends.
        let held_there = leg.told.state == LegState::Talking && self.state_of(call) != CallViewState::Talking;
        match verb {
            Verb::Hold | Verb::Restore | Verb::Transfer | Verb::Survey => {
                let by_server = by_server && call.served && !with_colleague && leg.told.state == LegState::Talking;
                by_server.then_some(Way::Server).or(by_phone.then_some(Way::Phone))
            }
            Verb::HangUp if held_there && by_server && call.served => Some(Way::Server),
            Verb::HangUp | Verb::Answer | Verb::Mute | Verb::Dtmf => by_phone.then_some(Way::Phone),
            Verb::Consult | Verb::Complete | Verb::Swap | Verb::Back => by_phone.then_some(Way::Phone),
            Verb::Dial | Verb::Busy | Verb::Idle | Verb::Listen | Verb::Whisper | Verb::Play => None,
        }
    }

    /// Of caller and colleague, the other one.
    pub(super) fn colleague(&self, call: &Call) -> Option<&Call> {
        let leg = call.leg.as_ref()?;
        let with = |other: &&Call| {
            let theirs = other.leg.as_ref();
            theirs.is_some_and(|other| {
                other.told.consults == Some(leg.told.id) || leg.told.consults == Some(other.told.id)
            })
        };
        self.calls.iter().find(with)
    }

    /// The leg of the colleague, of the two.
    fn consultation(&self, call: &Call) -> Option<u64> {
        let asked = |call: &Call| call.leg.as_ref().filter(|leg| leg.told.consults.is_some()).map(|leg| leg.told.id);
        asked(call).or_else(|| self.colleague(call).and_then(asked))
    }

    /// The leg that talks.
    fn talking(&self) -> Option<u64> {
        let legs = self.calls.iter().filter_map(|call| call.leg.as_ref());
        legs.filter(|leg| leg.told.state == LegState::Talking).map(|leg| leg.told.id).next()
    }

    fn talks(&self) -> bool {
        self.talking().is_some()
    }

    /// Whether the phone would carry this verb out.
    pub(super) fn is_by_phone(&self, verb: Verb, uid: &str) -> bool {
        self.call(uid).is_some_and(|call| self.way(call, verb, self.server_would(call, verb)) == Some(Way::Phone))
    }

    /// Calls a number by the phone.
    pub(super) fn dial_by_phone(&mut self, typed: &str, sure: bool, now: Moment) {
        if self.asks.under_way(Verb::Dial, None) {
            return;
        }
        self.notice = None;
        match self.options.numbers.dialled(typed, sure, now.at) {
            Ok(number) => {
                let command = Command::Dial { number: number.as_str().to_owned(), hold: self.talking() };
                let ask = self.asks.add(Verb::Dial, None, None, now);
                self.asks.by_phone(false);
                self.out.phone.push((ask, command));
            }
            Err(problem) => self.notify_aimed(Verb::Dial, None, problem, now),
        }
    }

    /// A verb of a call, carried out by the phone: one at a time, save that a hang-up overtakes; keys and the microphone wait for nobody.
    pub(super) fn want_of_phone(
        &mut self,
        verb: Verb,
        uid: &str,
        now: Moment,
        command: impl FnOnce(&Desk, &OwnLeg) -> Result<Command, Problem>,
    ) {
        let quiet = matches!(verb, Verb::Mute | Verb::Dtmf);
        // A call that the server hands back rings here.
        let at_once = quiet || matches!(verb, Verb::HangUp | Verb::Answer);
        let Some(call) = self.call(uid) else {
            self.notice = None;
            return self.notify(verb, Some(uid), Problem::new("no_such_call", uid), now);
        };
        let another = self.asks.pending(uid).is_some() && !at_once;
        if another || self.asks.under_way(verb, Some(uid)) {
            return;
        }
        let leg = call.leg.clone().filter(|_| self.phone_verbs(call).contains(&verb));
        let held = matches!(self.state_of(call), CallViewState::Held | CallViewState::HoldUnknown);
        let why = if verb == Verb::Dtmf && held {
            "keys_on_hold"
        } else if matches!(verb, Verb::Complete | Verb::Swap) && self.colleague(call).is_some() {
            "colleague_rings"
        } else {
            "not_now"
        };
        self.notice = None;
        let command = leg.ok_or_else(|| Problem::new(why, "")).and_then(|leg| command(self, &leg));
        match command {
            Ok(command) => {
                let handed = if let Command::Transfer { target, .. } = &command {
                    Some(target.clone())
                } else if let Command::Complete { .. } = &command {
                    self.call(uid).and_then(|call| self.asked_number(call))
                } else {
                    None
                };
                let ask = self.asks.add(verb, Some(uid), None, now);
                self.asks.by_phone(quiet);
                handed.iter().for_each(|target| self.asks.hands_to(target));
                if let Some(call) = self.call_mut(uid).filter(|_| verb == Verb::HangUp) {
                    call.hung_up = true;
                }
                self.out.phone.push((ask, command));
            }
            Err(problem) => self.notify(verb, Some(uid), problem, now),
        }
    }

    fn asked_number(&self, call: &Call) -> Option<String> {
        let asked = [Some(call), self.colleague(call)].into_iter().flatten();
        let asked = asked.filter(|call| call.leg.as_ref().is_some_and(|leg| leg.told.consults.is_some()));
        asked.map(|call| call.entry.other.clone()).next()
    }

    /// The command for a verb that needs nothing more.
    pub(super) fn command(&self, verb: Verb, uid: &str, leg: &OwnLeg) -> Result<Command, Problem> {
        let own = leg.told.id;
        let consultation = self.call(uid).and_then(|call| self.consultation(call));
        Ok(match (verb, consultation) {
            (Verb::Answer, _) => Command::Answer { leg: own },
            (Verb::HangUp, _) => Command::HangUp { leg: own },
            (Verb::Hold, _) => Command::Hold { leg: own },
            // Whoever talks goes on hold.
            (Verb::Restore, _) | (Verb::Swap, None) => Command::Resume { leg: own },
            (Verb::Complete, Some(leg)) => Command::Complete { leg },
            (Verb::Swap, Some(leg)) => Command::Swap { leg },
            (Verb::Back, Some(leg)) => Command::Back { leg },
            _ => return Err(Problem::new("not_now", "")),
        })
    }

    pub(super) fn phone_verb(&mut self, verb: Verb, uid: &str, now: Moment) {
        self.want_of_phone(verb, uid, now, |desk, leg| desk.command(verb, uid, leg));
    }

    pub(super) fn press(&mut self, uid: &str, digits: String, now: Moment) {
        self.want_of_phone(Verb::Dtmf, uid, now, |_, leg| {
            let (leg, digits) = (leg.told.id, digits.to_ascii_uppercase());
            if are_keys(&digits) { Ok(Command::Dtmf { leg, digits }) } else { Err(Problem::new("keys_invalid", "")) }
        });
    }

    /// Hands a call on by the phone, or asks a colleague about it.
    pub(super) fn aim(&mut self, verb: Verb, uid: &str, typed: &str, sure: bool, now: Moment) {
        self.want_of_phone(verb, uid, now, |desk, leg| {
            let numbers: &Numbers = &desk.options.numbers;
            let target = numbers.target(typed, &desk.extension, sure, now.at)?;
            let leg = leg.told.id;
            Ok(if verb == Verb::Consult { Command::Consult { leg, target } } else { Command::Transfer { leg, target } })
        });
    }

    /// The agent asked for this call a moment ago.
    pub(super) fn answer_by_itself(&mut self, uid: &str, now: Moment) {
        self.phone_verb(Verb::Answer, uid, now);
    }

    pub(super) fn phone_answered(&mut self, ask: u64, result: Result<(), Problem>, now: Moment) {
        let Some(ask) = self.asks.take(ask) else { return };
        if ask.abandoned {
            return;
        }
        match result {
            Ok(()) => {
                let (Some(uid), Some(target)) = (ask.uid.as_deref(), ask.handed_to.clone()) else { return };
                let Some(call) = self.call_mut(uid) else { return };
                call.entry.transfers.push(HandedOn { at: now.at, target });
                let entry = call.entry.clone();
                self.write(&entry);
            }
            Err(problem) => {
                if let Some(call) =
                    ask.uid.as_deref().and_then(|uid| self.call_mut(uid)).filter(|_| ask.verb == Verb::HangUp)
                {
                    call.hung_up = false;
                }
                self.complain(&ask, problem, now);
            }
        }
    }
}

fn is_up(call: &Call) -> bool {
    call.leg.as_ref().is_some_and(|leg| leg.told.state.is_up())
}
