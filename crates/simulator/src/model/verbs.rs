//! The verbs, as the PBX carries them out. A plan whose legs are not where it says is out of date: nothing is done.

use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{BusyReason, Channel, Extension};
use uncall_switch::Failure;
use uncall_switch::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Target, Transfer};
use uncall_switch::calls::{Fact, Party, Purpose};

use super::legs::Unanswered;
use super::{Leg, LegId, Model, Place, Ring, is_busy};

impl Model {
    pub(crate) fn dial(&mut self, plan: Dial) -> Result<(), Failure> {
        let free = self.legs_of(&Party::Extension(plan.exten.clone())).all(|(_, leg)| leg.leaves_receiver());
        if !free || !self.is_registered(&plan.exten) {
            return Err(Failure::Unavailable);
        }
        let purpose = Purpose::Calls { to: plan.number.as_str().to_owned() };
        let ring = Place::Ringing(Ring::Click { number: plan.number });
        self.begin(None, Party::Extension(plan.exten), purpose, ring).map(|_| ()).ok_or(Failure::Unavailable)
    }

    pub(crate) fn hold(&mut self, plan: &Pair) -> Result<(), Failure> {
        let (own, other) = self.together(plan)?;
        self.put_on_hold(own, other);
        Ok(())
    }

    pub(crate) fn restore(&mut self, plan: &Restore) -> Result<(), Failure> {
        let held = self.find(&plan.held).ok_or(Failure::Gone)?;
        let Some(Leg { place: Place::Music { by, own, .. }, .. }) = self.legs.get(&held) else {
            return Err(Failure::Gone);
        };
        if *by != plan.agent {
            return Err(Failure::Gone);
        }
        match *own {
            Some(own) => {
                self.cancel_recall(held);
                self.bridge(own, held);
                Ok(())
            }
            None => self.recall(held),
        }
    }

    /// Begins a transfer; its end comes as an effect with the ticket returned.
    pub(crate) fn transfer(&mut self, plan: &Transfer) -> Result<u64, Failure> {
        let (own, other) = self.together(&plan.pair)?;
        let (target, is_free) = match &plan.target {
            Target::Extension(exten) => {
                let target = Party::Extension(exten.clone());
                let engaged = self.legs_of(&target).next().is_some() || self.holds(exten);
                (target, self.accepts_calls(exten) && !engaged)
            }
            Target::Number(number) => (Party::Number(number.clone()), !is_busy(number)),
        };
        if !is_free {
            return Err(Failure::Unavailable);
        }
        let Some(leg) = self.legs.get(&other) else { return Err(Failure::Gone) };
        let (uid, from) = (leg.uid.clone(), leg.party.as_str().to_owned());
        let ring = Place::Ringing(Ring::Target { other });
        let target =
            self.begin(Some(uid.clone()), target, Purpose::CalledBy { from }, ring).ok_or(Failure::Unavailable)?;
        let ticket = self.next();
        self.set_place(own, Place::Announcement { other });
        self.set_place(other, Place::Waiting { agent: Some(own), target, ticket });
        self.fact(Fact::Unbridged { channel: plan.pair.own.clone() });
        self.fact(Fact::Unbridged { channel: plan.pair.other.clone() });
        self.fact(Fact::Transferring { channel: plan.pair.own.clone(), other: plan.pair.other.clone() });
        self.recordings.music(&uid, self.now);
        Ok(ticket)
    }

    pub(crate) fn survey(&mut self, plan: Survey) -> Result<(), Failure> {
        let other = self.find(&plan.other).ok_or(Failure::Gone)?;
        let leg = self.legs.get_mut(&other).ok_or(Failure::Gone)?;
        if leg.is_ringing() {
            return Err(Failure::Gone);
        }
        leg.armed = Some(plan.agent);
        Ok(())
    }

    pub(crate) fn spy(&mut self, plan: Spy) -> Result<(), Failure> {
        let target = self.find(&plan.target).ok_or(Failure::Gone)?;
        let party = Party::Extension(plan.agent.clone());
        if !self.is_registered(&plan.agent) || self.legs_of(&party).next().is_some() {
            return Err(Failure::Unavailable);
        }
        let ring = Place::Ringing(Ring::Spy { target, whisper: plan.whisper });
        self.begin(None, party, Purpose::Spies, ring).map(|_| ()).ok_or(Failure::Unavailable)
    }

    pub(crate) fn hang_up(&mut self, plan: &HangUp) -> Result<(), Failure> {
        let own = self.present(&plan.own);
        let others = self.present(&plan.others);
        if own.is_empty() && others.is_empty() {
            return Err(Failure::Gone);
        }
        for id in own {
            if self.legs.get(&id).is_some_and(Leg::is_ringing) {
                self.unanswered(id, Unanswered::Declined);
            } else {
                self.end(id, EndReason::Hangup);
            }
        }
        for id in others {
            match self.legs.get(&id).map(|leg| &leg.place) {
                // The agent's call has ended while the customer was held: that is the survey's moment too.
                Some(Place::Music { .. }) => self.leave_conversation(id),
                Some(Place::Survey { .. }) | None => {}
                Some(
                    Place::Ringing(_)
                    | Place::Dialling
                    | Place::BusyTone
                    | Place::Bridge(_)
                    | Place::Silence
                    | Place::Announcement { .. }
                    | Place::Waiting { .. }
                    | Place::Queued { .. }
                    | Place::Spying { .. },
                ) => self.end(id, EndReason::Hangup),
            }
        }
        Ok(())
    }

    pub(crate) fn set_presence(
        &mut self,
        exten: Extension,
        presence: Presence,
        reason: Option<BusyReason>,
    ) -> Result<(), Failure> {
        let phone = self.phones.get_mut(&exten).ok_or(Failure::Gone)?;
        phone.presence = presence;
        phone.reason = reason.clone();
        self.pause_everywhere(&exten, presence, reason.as_ref());
        self.fact(Fact::Presence { exten, presence, reason });
        Ok(())
    }

    /// Rings the agent's phone for a held call. When it rings already, that is it.
    pub(super) fn recall(&mut self, held: LegId) -> Result<(), Failure> {
        let Some(Leg { place: Place::Music { by, .. }, uid, party, .. }) = self.legs.get(&held) else {
            return Err(Failure::Gone);
        };
        let (by, uid, from) = (by.clone(), uid.clone(), party.as_str().to_owned());
        let ring = Place::Ringing(Ring::Recall { held });
        if self.legs.values().any(|leg| leg.place == ring) {
            return Ok(());
        }
        if !self.is_registered(&by) {
            return Err(Failure::Unavailable);
        }
        let purpose = Purpose::CalledBy { from };
        self.begin(Some(uid), Party::Extension(by), purpose, ring).map(|_| ()).ok_or(Failure::Unavailable)
    }

    fn cancel_recall(&mut self, held: LegId) {
        let ring = Place::Ringing(Ring::Recall { held });
        let recall: Vec<LegId> = self.legs.iter().filter(|(_, leg)| leg.place == ring).map(|(id, _)| *id).collect();
        self.end_all(recall, EndReason::Hangup);
    }

    /// The plan's two legs, if they still talk with each other.
    fn together(&self, plan: &Pair) -> Result<(LegId, LegId), Failure> {
        let own = self.find(&plan.own).ok_or(Failure::Gone)?;
        let other = self.find(&plan.other).ok_or(Failure::Gone)?;
        if self.peer(own) == Some(other) { Ok((own, other)) } else { Err(Failure::Gone) }
    }

    fn holds(&self, exten: &Extension) -> bool {
        self.legs.values().any(|leg| matches!(&leg.place, Place::Music { by, .. } if by == exten))
    }

    fn present(&self, channels: &[Channel]) -> Vec<LegId> {
        channels.iter().filter_map(|channel| self.find(channel)).collect()
    }

    pub(super) fn is_registered(&self, exten: &Extension) -> bool {
        self.phones.get(exten).is_some_and(|phone| phone.registered)
    }
}
