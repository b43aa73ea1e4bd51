//! Hands on the phones: pick up, refuse, put down, plug out; and calls that begin at a phone.

use uncall_contract::event::EndReason;
use uncall_contract::{Extension, PhoneNumber, Uid};
use uncall_switch::calls::{Fact, Party, Purpose};
use uncall_switch::{Fumble, Gesture};

use super::legs::Unanswered;
use super::{Leg, LegId, Model, Place, Ring};

impl Model {
    /// `from` picks up and calls `to`.
    pub(crate) fn call(&mut self, from: &str, to: &str) -> Result<Uid, Fumble> {
        let number = |name: &str, text: &str| {
            PhoneNumber::from_typed(text).map_err(|invalid| Fumble::Senseless(format!("\"{name}\" {invalid}")))
        };
        let (caller, callee) = (number("from", from)?, number("to", to)?);
        let from = Extension::parse(caller.as_str()).ok().filter(|exten| self.phones.contains_key(exten));
        let to_exten = Extension::parse(callee.as_str()).is_ok_and(|exten| self.phones.contains_key(&exten));
        let (party, place) = match from {
            None if !to_exten && !self.has_queue(callee.as_str()) => {
                return Err(Fumble::Unknown(format!("there is no extension {callee}")));
            }
            None => (Party::Number(caller), Place::Dialling),
            Some(exten) => {
                if !self.is_registered(&exten) {
                    return Err(Fumble::Conflict(format!("the phone of {exten} is not registered")));
                }
                let party = Party::Extension(exten);
                if self.legs_of(&party).any(|(_, leg)| !leg.leaves_receiver()) {
                    return Err(Fumble::Conflict(format!("{} is in a call", party.as_str())));
                }
                (party, Place::Dialling)
            }
        };
        let purpose = Purpose::Calls { to: callee.as_str().to_owned() };
        let full = || Fumble::Conflict("no channel is left".to_owned());
        let leg = self.begin(None, party, purpose, place).ok_or_else(full)?;
        self.dial_out(leg, &callee);
        self.legs.get(&leg).map(|leg| leg.uid.clone()).ok_or_else(full)
    }

    pub(crate) fn gesture(&mut self, party: &Party, gesture: Gesture) -> Result<(), Fumble> {
        if let Party::Extension(exten) = party
            && !self.phones.contains_key(exten)
        {
            return Err(Fumble::Unknown(format!("there is no extension {exten}")));
        }
        let name = party.as_str();
        match gesture {
            Gesture::Answer => {
                let leg = self.ringing(party)?;
                self.answer(leg);
            }
            Gesture::Decline => {
                let leg = self.ringing(party)?;
                self.unanswered(leg, Unanswered::Declined);
            }
            Gesture::HangUp => {
                let rank = |leg: &Leg| match leg.place {
                    Place::Bridge(_) if leg.on_hold => 1,
                    Place::Bridge(_) => 3,
                    Place::Dialling
                    | Place::BusyTone
                    | Place::Announcement { .. }
                    | Place::Queued { .. }
                    | Place::Spying { .. }
                    | Place::Survey { .. } => 2,
                    Place::Silence | Place::Music { .. } | Place::Waiting { .. } => 1,
                    Place::Ringing(_) => 0,
                };
                let newest = self.legs_of(party).max_by_key(|(id, leg)| (rank(leg), *id));
                let (id, rings) = newest
                    .map(|(id, leg)| (id, leg.is_ringing()))
                    .ok_or_else(|| Fumble::Conflict(format!("{name} is in no call")))?;
                if rings {
                    self.unanswered(id, Unanswered::Declined);
                } else {
                    self.end(id, EndReason::Hangup);
                }
            }
            Gesture::Hold => {
                let talking = self.legs_of(party).find(|(_, leg)| leg.talks()).map(|(id, _)| id);
                let id = talking.ok_or_else(|| Fumble::Conflict(format!("{name} does not talk")))?;
                self.phone_hold(id, true);
            }
            Gesture::Resume => {
                let held = self.legs_of(party).rfind(|(_, leg)| leg.on_hold).map(|(id, _)| id);
                let id = held.ok_or_else(|| Fumble::Conflict(format!("{name} holds no call by its key")))?;
                self.hold_others(id);
                self.phone_hold(id, false);
            }
            Gesture::Unregister | Gesture::Register => {
                let Party::Extension(exten) = party else {
                    return Err(Fumble::Senseless(format!("{name} is an outside number")));
                };
                self.register(exten, gesture == Gesture::Register);
            }
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, id: LegId) {
        let Some(Leg { place: Place::Ringing(ring), .. }) = self.legs.get(&id) else { return };
        match ring.clone() {
            Ring::Called { caller } => self.bridge(caller, id),
            Ring::Queued { caller } => {
                let Some(Leg { place: Place::Queued { queue, .. }, channel, .. }) = self.legs.get(&caller) else {
                    return;
                };
                let (queue, channel) = (queue.clone(), channel.clone());
                self.leave_queue(queue, &channel);
                self.bridge(caller, id);
            }
            Ring::Click { number } => {
                self.hold_others(id);
                self.pick_up(id);
                self.dial_out(id, &number);
            }
            Ring::Target { other } => {
                let Some(Leg { place: Place::Waiting { agent, ticket, .. }, .. }) = self.legs.get(&other) else {
                    return;
                };
                let (agent, ticket) = (*agent, *ticket);
                self.bridge(other, id);
                if let Some(agent) = agent {
                    // Out of its place first: the other party does not wait any more.
                    self.set_place(agent, Place::Silence);
                    self.end(agent, EndReason::Transferred);
                }
                self.transfer_over(ticket, Ok(()));
            }
            Ring::Recall { held } => {
                let Some(Leg { place: Place::Music { own, .. }, .. }) = self.legs.get(&held) else { return };
                let old = *own;
                self.bridge(id, held);
                self.end_all(old.into_iter().collect(), EndReason::Hangup);
            }
            Ring::Spy { target, whisper } => {
                self.hold_others(id);
                self.pick_up(id);
                self.set_place(id, Place::Spying { target, whisper });
            }
        }
    }

    fn pick_up(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.answered = true;
        let channel = leg.channel.clone();
        self.fact(Fact::LegAnswered { channel });
    }

    fn phone_hold(&mut self, id: LegId, on: bool) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.on_hold = on;
        let channel = leg.channel.clone();
        self.fact(Fact::PhoneHold { channel, on });
    }

    fn register(&mut self, exten: &Extension, registered: bool) {
        if let Some(phone) = self.phones.get_mut(exten) {
            phone.registered = registered;
        }
        self.fact(Fact::Line { exten: exten.clone(), registered });
        if registered {
            return;
        }
        let party = Party::Extension(exten.clone());
        let legs: Vec<LegId> = self.legs_of(&party).map(|(id, _)| id).collect();
        for id in legs {
            if self.legs.get(&id).is_some_and(Leg::is_ringing) {
                self.unanswered(id, Unanswered::Declined);
            } else {
                self.end(id, EndReason::Hangup);
            }
        }
    }

    fn ringing(&self, party: &Party) -> Result<LegId, Fumble> {
        let newest = self.legs_of(party).rfind(|(_, leg)| leg.is_ringing());
        newest.map(|(id, _)| id).ok_or_else(|| Fumble::Conflict(format!("{} does not ring", party.as_str())))
    }
}
