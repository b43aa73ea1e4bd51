//! A PBX in memory: phones, legs, bridges, waiting places. Pure: the time is passed in, effects come out.
//!
//! The PBX's own rules are here (a party left alone is hung up, an unanswered transfer comes back, a held caller stays in music);
//! the call table, which this model feeds like any other PBX, decides what an agent may do.

mod ending;
mod legs;
mod phones;
mod queues;
mod state;
#[cfg(test)]
mod tests;
mod timers;
mod traffic;
mod verbs;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{BusyReason, Channel, Extension, PhoneNumber, Uid};

use legs::{Leg, LegId, Place, Ring};
use queues::Queue;
use timers::Timer;
use traffic::Traffic;
use uncall_switch::Failure;
use uncall_switch::calls::{Fact, Party, Purpose};

use super::Options;
use super::recording::Recordings;

/// Surveys remembered for `/sim/state`.
const SURVEYS: usize = 100;

pub(super) struct Model {
    pub(super) options: Options,
    phones: BTreeMap<Extension, Phone>,
    queues: Vec<Queue>,
    legs: BTreeMap<LegId, Leg>,
    timers: BTreeMap<(Timestamp, u64), Timer>,
    effects: Vec<Effect>,
    surveys: VecDeque<Survey>,
    pub(super) recordings: Recordings,
    traffic: Option<Traffic>,
    ratings: fastrand::Rng,
    now: Timestamp,
    /// Counts legs, bridges, transfers and timers.
    count: u64,
    /// Counts channels and unique ids, as a PBX does from its start.
    channels: u32,
}

#[derive(Debug)]
struct Phone {
    registered: bool,
    presence: Presence,
    reason: Option<BusyReason>,
}

/// What follows from an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// For the call table.
    Fact(Fact),
    /// A transfer is over, well or not.
    TransferOver { ticket: u64, result: Result<(), Failure> },
}

#[derive(Debug, Clone)]
struct Survey {
    uid: Uid,
    agent: Extension,
    score: Option<u8>,
}

impl Model {
    pub(super) fn new(options: Options, now: Timestamp, zone: jiff::tz::TimeZone) -> Model {
        let phones: BTreeMap<_, _> = options
            .extensions
            .iter()
            .filter_map(|exten| Extension::parse(exten).ok())
            .map(|exten| (exten, Phone { registered: true, presence: Presence::Idle, reason: None }))
            .collect();
        // An extension with the same number takes precedence.
        let is_phone = |name: &str| Extension::parse(name).is_ok_and(|exten| phones.contains_key(&exten));
        let queues = options.queues.iter().filter(|(name, _)| !is_phone(name));
        let queues = queues.map(|(name, members)| {
            // With other extensions configured, the default members may not exist.
            let there: Vec<String> = members.iter().filter(|member| is_phone(member)).cloned().collect();
            Queue::new(name, &there)
        });
        let queues = queues.collect();
        let traffic = options.traffic.map(Traffic::new);
        let mut model = Model {
            ratings: fastrand::Rng::with_seed(options.traffic.unwrap_or(1)),
            options,
            phones,
            queues,
            legs: BTreeMap::new(),
            timers: BTreeMap::new(),
            effects: Vec::new(),
            surveys: VecDeque::new(),
            recordings: Recordings::new(zone),
            traffic,
            now,
            count: 0,
            channels: 0,
        };
        model.begin_traffic();
        model
    }

    /// Sets the clock. Fire the timers that are due before ([`Model::fire_next`]).
    pub(super) fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The whole state as facts, for a new sink.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (exten, phone) in &self.phones {
            facts.push(Fact::Line { exten: exten.clone(), registered: phone.registered });
            facts.push(Fact::Presence { exten: exten.clone(), presence: phone.presence, reason: phone.reason.clone() });
        }
        facts.extend(self.queue_facts());
        facts.extend(self.legs.values().map(Leg::began));
        let on_hold = self.legs.values().filter(|leg| leg.on_hold);
        facts.extend(on_hold.map(|leg| Fact::PhoneHold { channel: leg.channel.clone(), on: true }));
        for leg in self.legs.values() {
            let channel = leg.channel.clone();
            match &leg.place {
                Place::Ringing(_) | Place::Dialling | Place::BusyTone | Place::Silence | Place::Spying { .. } => {}
                Place::Announcement { other } => {
                    facts.extend(self.channel(*other).map(|other| Fact::Transferring { channel, other }));
                }
                // Without its agent the leg waits for the target alone.
                Place::Waiting { .. } => {}
                Place::Bridge(bridge) => facts.push(Fact::Bridged { channel, bridge: *bridge }),
                Place::Music { by, own_name, .. } => {
                    facts.push(Fact::Held { channel, by: by.clone(), own: own_name.clone() });
                }
                Place::Queued { .. } => facts.push(Fact::WithPbx { channel }),
                Place::Survey { .. } => facts.push(Fact::Aside { channel }),
            }
        }
        facts
    }

    fn fact(&mut self, fact: Fact) {
        self.effects.push(Effect::Fact(fact));
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn channel(&self, leg: LegId) -> Option<Channel> {
        self.legs.get(&leg).map(|leg| leg.channel.clone())
    }

    fn find(&self, channel: &Channel) -> Option<LegId> {
        self.legs.iter().find(|(_, leg)| leg.channel == *channel).map(|(id, _)| *id)
    }

    /// Begins a leg; without a `uid` it is the first of a new call.
    fn begin(&mut self, uid: Option<Uid>, party: Party, purpose: Purpose, place: Place) -> Option<LegId> {
        let peer = match &party {
            Party::Extension(exten) => exten.as_str(),
            Party::Number(_) | Party::Named(_) => "trunk",
        };
        let channel = Channel::parse(&format!("SIP/{peer}-{:08x}", self.channels)).ok()?;
        let own = Uid::parse(&format!("{}.{}", self.now.as_second(), self.channels)).ok()?;
        self.channels = self.channels.wrapping_add(1);
        let id = self.next();
        let leg = Leg {
            channel,
            uid: uid.unwrap_or(own),
            party,
            purpose,
            place,
            answered: false,
            on_hold: false,
            armed: None,
            since: self.now,
        };
        self.fact(leg.began());
        let rings = leg.is_ringing();
        self.legs.insert(id, leg);
        if rings {
            self.expect_answer(id);
        }
        Some(id)
    }

    fn set_place(&mut self, leg: LegId, place: Place) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.place = place;
            leg.since = self.now;
        }
    }

    /// Lets two legs talk. A phone has one receiver, so its extension's other conversation goes on hold.
    fn bridge(&mut self, first: LegId, second: LegId) {
        if !self.legs.contains_key(&first) || !self.legs.contains_key(&second) {
            return;
        }
        for id in [first, second] {
            if self.legs.get(&id).is_some_and(|leg| !leg.on_hold) {
                self.hold_others(id);
            }
        }
        let bridge = self.next();
        for id in [first, second] {
            self.set_place(id, Place::Bridge(bridge));
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            let channel = leg.channel.clone();
            if !std::mem::replace(&mut leg.answered, true) {
                self.fact(Fact::LegAnswered { channel: channel.clone() });
            }
            self.fact(Fact::Bridged { channel, bridge });
        }
        if let (Some(one), Some(other)) = (self.legs.get(&first), self.legs.get(&second)) {
            self.recordings.talk(&one.uid, &one.party, &other.party, self.now);
        }
    }

    fn hold_others(&mut self, id: LegId) {
        let Some(exten) = self.legs.get(&id).and_then(|leg| leg.party.extension().cloned()) else { return };
        let talking = self
            .legs
            .iter()
            .filter(|(other, leg)| **other != id && leg.party.extension() == Some(&exten) && leg.talks());
        let talking: Vec<LegId> = talking.map(|(other, _)| *other).collect();
        for own in talking {
            if let Some(other) = self.peer(own) {
                self.put_on_hold(own, other);
            }
        }
    }

    fn put_on_hold(&mut self, own: LegId, other: LegId) {
        let (Some(own_leg), Some(other_leg)) = (self.legs.get(&own), self.legs.get(&other)) else { return };
        let Some(by) = own_leg.party.extension().cloned() else { return };
        let own_name = own_leg.channel.clone();
        let channel = other_leg.channel.clone();
        let uid = other_leg.uid.clone();
        self.set_place(own, Place::Silence);
        let hold = self.next();
        self.set_place(other, Place::Music { by: by.clone(), own: Some(own), own_name: own_name.clone(), hold });
        self.fact(Fact::Unbridged { channel: own_name.clone() });
        self.fact(Fact::Unbridged { channel: channel.clone() });
        self.fact(Fact::Held { channel, by, own: own_name });
        self.recordings.music(&uid, self.now);
        self.after(self.options.hold_reminder, Timer::HoldReminder { held: other, hold });
    }

    /// The other leg in the same bridge.
    fn peer(&self, id: LegId) -> Option<LegId> {
        let Some(Leg { place: Place::Bridge(bridge), .. }) = self.legs.get(&id) else { return None };
        self.legs.iter().find(|(other, leg)| **other != id && leg.place.is_bridge(*bridge)).map(|(other, _)| *other)
    }

    /// Calls `to` from a leg that is off the hook.
    fn dial_out(&mut self, caller: LegId, to: &PhoneNumber) {
        let Some(leg) = self.legs.get(&caller) else { return };
        let (uid, from) = (leg.uid.clone(), leg.party.clone());
        if self.has_queue(to.as_str()) {
            self.join_queue(caller, to.as_str());
            return;
        }
        self.set_place(caller, Place::Dialling);
        let exten = Extension::parse(to.as_str()).ok().filter(|exten| self.phones.contains_key(exten));
        let reachable = match &exten {
            Some(exten) => self.accepts_calls(exten) && from.extension() != Some(exten),
            None => !is_busy(to),
        };
        if !reachable {
            self.busy_tone(caller);
            return;
        }
        let party = exten.map_or_else(|| Party::Number(to.clone()), Party::Extension);
        let purpose = Purpose::CalledBy { from: from.as_str().to_owned() };
        self.begin(Some(uid), party, purpose, Place::Ringing(Ring::Called { caller }));
    }

    /// Whether the phone is registered and not busy. In a call it still rings, as a second line.
    fn accepts_calls(&self, exten: &Extension) -> bool {
        self.phones.get(exten).is_some_and(|phone| phone.registered && phone.presence == Presence::Idle)
    }

    fn busy_tone(&mut self, leg: LegId) {
        self.set_place(leg, Place::BusyTone);
        self.after(self.options.busy_tone, Timer::BusyToneOver { leg });
    }

    fn transfer_over(&mut self, ticket: u64, result: Result<(), Failure>) {
        self.effects.push(Effect::TransferOver { ticket, result });
    }

    fn remember_survey(&mut self, survey: Survey) {
        if self.surveys.len() == SURVEYS {
            self.surveys.pop_front();
        }
        self.surveys.push_back(survey);
    }

    fn legs_of<'a>(&'a self, party: &'a Party) -> impl DoubleEndedIterator<Item = (LegId, &'a Leg)> + 'a {
        self.legs.iter().filter(move |(_, leg)| leg.party == *party).map(|(id, leg)| (*id, leg))
    }

    /// Ends legs by a list that may have changed meanwhile.
    fn end_all(&mut self, legs: Vec<LegId>, reason: EndReason) {
        for leg in legs {
            self.end(leg, reason);
        }
    }
}

/// Outside numbers that are always busy.
fn is_busy(number: &PhoneNumber) -> bool {
    number.as_str().ends_with("0001")
}
