//! How legs end, and what the end of one means for the others.

use uncall_contract::event::EndReason;
use uncall_switch::Failure;
use uncall_switch::calls::Fact;

use super::legs::Unanswered;
use super::{Leg, LegId, Model, Place, Ring, Survey, Timer};

impl Model {
    /// Ends a leg, and those that this leaves alone.
    pub(super) fn end(&mut self, id: LegId, reason: EndReason) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.fact(Fact::LegEnded { channel: leg.channel.clone(), reason });
        self.end_spies_on(id);
        match leg.place {
            // The caller keeps the place, and the next member is rung.
            Place::Ringing(Ring::Queued { caller }) => {
                self.after(self.options.queue_retry, Timer::QueueTries { caller });
            }
            Place::Ringing(_) | Place::Spying { .. } => {}
            // The agent's phone has dropped: the held party stays in music.
            Place::Silence => {
                for other in self.legs.values_mut() {
                    if let Place::Music { own, .. } = &mut other.place
                        && *own == Some(id)
                    {
                        *own = None;
                    }
                }
            }
            Place::Queued { queue, .. } => {
                self.leave_queue(queue, &leg.channel);
                let called = self.ringing_for(|ring| *ring == Ring::Queued { caller: id });
                self.end_all(called, EndReason::NoAnswer);
            }
            // The caller has given up: nobody answered.
            Place::Dialling | Place::BusyTone => {
                let called = self.ringing_for(|ring| *ring == Ring::Called { caller: id });
                self.end_all(called, EndReason::NoAnswer);
            }
            Place::Bridge(bridge) => {
                let left = self.legs.iter().filter(|(_, other)| other.place.is_bridge(bridge)).map(|(other, _)| *other);
                for other in left.collect::<Vec<_>>() {
                    self.leave_conversation(other);
                }
            }
            Place::Music { own, .. } => {
                let recall = self.ringing_for(|ring| *ring == Ring::Recall { held: id });
                self.end_all(recall, EndReason::Hangup);
                self.end_all(own.into_iter().collect(), EndReason::Hangup);
            }
            Place::Announcement { other } => {
                if let Some(Leg { place: Place::Waiting { agent, .. }, .. }) = self.legs.get_mut(&other) {
                    *agent = None;
                }
            }
            Place::Waiting { agent, target, ticket } => {
                self.transfer_over(ticket, Err(Failure::Gone));
                self.end(target, EndReason::NoAnswer);
                self.end_all(agent.into_iter().collect(), EndReason::Hangup);
            }
            Place::Survey { agent } => self.remember_survey(Survey { uid: leg.uid.clone(), agent, score: None }),
        }
        self.close(&leg.uid);
    }

    /// The conversation is over for this leg because the other side has gone: to the survey if that is armed.
    pub(super) fn leave_conversation(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(agent) = leg.armed.take() else {
            self.end(id, EndReason::Hangup);
            return;
        };
        let (channel, uid) = (leg.channel.clone(), leg.uid.clone());
        self.end_spies_on(id);
        self.set_place(id, Place::Survey { agent });
        self.fact(Fact::Aside { channel });
        self.after(self.options.survey, Timer::SurveyOver { leg: id });
        self.close(&uid);
    }

    /// Handles a ringing phone that was not answered: it stops ringing, and those that wait for it continue without it.
    pub(super) fn unanswered(&mut self, id: LegId, why: Unanswered) {
        let Some(Leg { place: Place::Ringing(ring), .. }) = self.legs.get(&id) else { return };
        let ring = ring.clone();
        let reason = match why {
            Unanswered::TimeOver => EndReason::NoAnswer,
            Unanswered::Declined => EndReason::Hangup,
        };
        self.end(id, reason);
        match (ring, why) {
            (Ring::Called { caller }, Unanswered::TimeOver) => self.end(caller, EndReason::NoAnswer),
            (Ring::Called { caller }, Unanswered::Declined) => self.busy_tone(caller),
            (Ring::Target { other }, _) => self.bring_back(other),
            // Nobody waits for these: the call is over, the held party keeps hearing music, the conversation goes on without a
            // listener. For a queue, this attempt has ended.
            (Ring::Click { .. } | Ring::Recall { .. } | Ring::Spy { .. } | Ring::Queued { .. }, _) => {}
        }
    }

    /// A transfer's way back: the agent, if still there, talks with the other party again.
    fn bring_back(&mut self, other: LegId) {
        let Some(Leg { place: Place::Waiting { agent, ticket, .. }, .. }) = self.legs.get(&other) else { return };
        let (agent, ticket) = (*agent, *ticket);
        self.transfer_over(ticket, Err(Failure::Unavailable));
        self.set_place(other, Place::Dialling);
        match agent {
            Some(agent) => self.bridge(agent, other),
            None => self.end(other, EndReason::NoAnswer),
        }
    }

    fn end_spies_on(&mut self, id: LegId) {
        let spies = self.legs.iter().filter(|(_, leg)| match &leg.place {
            Place::Spying { target, .. } | Place::Ringing(Ring::Spy { target, .. }) => *target == id,
            Place::Ringing(_)
            | Place::Dialling
            | Place::BusyTone
            | Place::Bridge(_)
            | Place::Silence
            | Place::Music { .. }
            | Place::Announcement { .. }
            | Place::Waiting { .. }
            | Place::Queued { .. }
            | Place::Survey { .. } => false,
        });
        let spies: Vec<LegId> = spies.map(|(spy, _)| *spy).collect();
        self.end_all(spies, EndReason::Hangup);
    }

    fn ringing_for(&self, wanted: impl Fn(&Ring) -> bool) -> Vec<LegId> {
        let ringing = self.legs.iter().filter(|(_, leg)| matches!(&leg.place, Place::Ringing(ring) if wanted(ring)));
        ringing.map(|(id, _)| *id).collect()
    }

    /// Closes the recording when the last conversation of the call is over; the survey is not recorded.
    fn close(&mut self, uid: &uncall_contract::Uid) {
        if !self.is_up(uid) {
            self.recordings.finish(uid, self.now);
        }
    }

    /// Whether the call still has a conversation, or may get one.
    pub(crate) fn is_up(&self, uid: &uncall_contract::Uid) -> bool {
        self.legs.values().any(|leg| leg.uid == *uid && !matches!(leg.place, Place::Survey { .. } | Place::BusyTone))
    }
}
