//! Events that happen by themselves after a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uncall_contract::event::EndReason;
use uncall_switch::calls::Party;

use super::legs::Unanswered;
use super::{Leg, LegId, Model, Place, Ring, Survey};

/// Legs are numbered once and for all, so a timer whose leg is gone, or elsewhere by now, does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A phone has rung long enough.
    RingOver {
        leg: LegId,
    },
    /// A phone answers by itself.
    Answers {
        leg: LegId,
    },
    BusyToneOver {
        leg: LegId,
    },
    SurveyOver {
        leg: LegId,
    },
    /// A held party has waited long enough for the agent to be reminded, if it is still the same hold.
    HoldReminder {
        held: LegId,
        hold: u64,
    },
    /// A queue tries to ring the next member for a caller.
    QueueTries {
        caller: LegId,
    },
    /// Somebody of the traffic has said all that was to be said.
    HadEnough {
        leg: LegId,
    },
    /// The traffic calls 801.
    CallsAgent,
    /// The traffic calls others.
    CallsOthers,
}

impl Model {
    /// When the next timer is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.keys().next().map(|(due, _)| *due)
    }

    /// Lets the next thing happen that is due at `now`, at its own time; that time is returned.
    pub(crate) fn fire_next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let entry = self.timers.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((due, _), timer) = entry.remove_entry();
        self.set_now(due);
        self.fire(&timer);
        Some(due)
    }

    pub(super) fn after(&mut self, wait: Duration, timer: Timer) {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        // A time beyond the calendar never comes.
        if let Ok(due) = self.now.checked_add(wait) {
            let order = self.next();
            self.timers.insert((due, order), timer);
        }
    }

    /// Sets the timers of a phone that begins to ring.
    pub(super) fn expect_answer(&mut self, id: LegId) {
        let Some(Leg { place: Place::Ringing(ring), party, .. }) = self.legs.get(&id) else { return };
        let rings = match (ring, party) {
            (Ring::Target { .. }, _) => self.options.transfer_rings,
            (Ring::Spy { .. }, _) => self.options.listener_rings,
            (Ring::Recall { .. }, _) => self.options.recall_rings,
            (Ring::Queued { .. }, _) => self.options.queue_rings,
            (Ring::Called { .. } | Ring::Click { .. }, Party::Extension(_)) => self.options.phone_rings,
            (Ring::Called { .. } | Ring::Click { .. }, Party::Number(_) | Party::Named(_)) => self.options.number_rings,
        };
        let answers = match party {
            Party::Extension(_) => Some(self.options.phone_answers),
            Party::Number(_) | Party::Named(_) => {
                (!party.as_str().ends_with("0002")).then_some(self.options.number_answers)
            }
        };
        self.after(rings, Timer::RingOver { leg: id });
        if let Some(answers) = answers.filter(|_| !self.options.control) {
            self.after(answers, Timer::Answers { leg: id });
        }
    }

    fn fire(&mut self, timer: &Timer) {
        match *timer {
            Timer::RingOver { leg } => self.unanswered(leg, Unanswered::TimeOver),
            Timer::Answers { leg } => self.answers_by_itself(leg),
            Timer::BusyToneOver { leg } => {
                if matches!(self.legs.get(&leg), Some(Leg { place: Place::BusyTone, .. })) {
                    self.end(leg, EndReason::NoAnswer);
                }
            }
            Timer::SurveyOver { leg } => self.survey_over(leg),
            Timer::HoldReminder { held, hold } => {
                let same = matches!(self.legs.get(&held), Some(Leg { place: Place::Music { hold: now, .. }, .. }) if *now == hold);
                if same {
                    // A phone that cannot be rung is not reminded later either: it is once.
                    let _rung = self.recall(held);
                }
            }
            Timer::QueueTries { caller } => self.offer(caller),
            Timer::HadEnough { leg } => self.had_enough(leg),
            Timer::CallsAgent => self.traffic_calls_agent(),
            Timer::CallsOthers => self.traffic_calls_others(),
        }
    }

    fn answers_by_itself(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.is_ringing()) else { return };
        let party = leg.party.clone();
        let engaged = party.extension().is_some() && self.legs_of(&party).any(|(_, leg)| leg.is_engaged());
        if engaged {
            self.after(Duration::from_secs(1), Timer::Answers { leg: id });
        } else {
            self.answer(id);
        }
    }

    fn survey_over(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Place::Survey { agent } = &leg.place else { return };
        let (uid, agent) = (leg.uid.clone(), agent.clone());
        // Under control nobody presses a key by himself.
        let score = (!self.options.control).then(|| self.ratings.u8(1..=5));
        leg.place = Place::BusyTone;
        self.remember_survey(Survey { uid, agent, score });
        self.end(id, EndReason::Hangup);
    }

    /// Ends a conversation of the traffic. A party that waits in music or for a transfer is patient and decides again later.
    fn had_enough(&mut self, id: LegId) {
        match self.legs.get(&id).map(|leg| &leg.place) {
            None | Some(Place::Survey { .. }) => {}
            Some(
                Place::Music { .. }
                | Place::Waiting { .. }
                | Place::Queued { .. }
                | Place::Silence
                | Place::Announcement { .. },
            ) => {
                self.after(Duration::from_secs(10), Timer::HadEnough { leg: id });
            }
            Some(Place::Ringing(_) | Place::Dialling | Place::BusyTone | Place::Bridge(_) | Place::Spying { .. }) => {
                self.end(id, EndReason::Hangup);
            }
        }
    }
}
