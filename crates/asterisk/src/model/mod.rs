//! The call model: turns AMI's messages into facts for the call table.
//!
//! Pure: messages go in, facts come out. The model keeps the PBX's channels and bridges, derives every leg's state from them
//! ([`Picture`]), and reports differences from what it has reported before. So a rebuild from the PBX's lists is not a special
//! case: the channels are replaced, and only differences are reported.

mod bridges;
mod call;
mod codes;
mod consulting;
mod doubt;
mod ending;
mod events;
mod gone;
pub(super) mod ids;
mod leg;
mod lines;
mod lists;
mod own_changes;
mod picture;
mod queues;
mod served;
mod shown;
mod sound;
#[cfg(test)]
pub(super) mod tests;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{Channel, Extension, PhoneNumber};

use bridges::Bridge;
use call::Calls;
use codes::Codes;
use gone::Gone;
use leg::{Id, Leg, Place, State};
use lines::Line;
pub(super) use lists::Lists;
use picture::Picture;
use queues::Queues;
pub(super) use served::Served;
pub(super) use views::Standing;

use uncall_switch::calls::Fact;

/// Legs whose state may have changed.
type Touched = BTreeSet<Id>;

pub(super) struct Model {
    served: Served,
    legs: BTreeMap<Id, Leg>,
    /// By unique id.
    ids: HashMap<String, Id>,
    /// By name.
    names: HashMap<String, Id>,
    calls: Calls,
    bridges: HashMap<String, Bridge>,
    /// What has been reported to the call table.
    told: BTreeMap<Id, Picture>,
    /// The reported legs by channel.
    channels: HashMap<Channel, Id>,
    lines: BTreeMap<Extension, Line>,
    queues: Queues,
    /// Agents whose queues do not match their being busy or idle; see [`Model::take_out_of_step`].
    out_of_step: Vec<(Extension, Presence)>,
    /// Busy agents whom somebody else has unpaused in all queues; see [`Model::take_unpaused`].
    unpaused: Vec<Extension>,
    /// Extensions that verbs are making busy or idle, and how many.
    settling: BTreeMap<Extension, usize>,
    gone: Gone,
    codes: Codes,
    /// Click-to-dial's numbers by the unique id of the first leg.
    dials: HashMap<String, PhoneNumber>,
    /// Originated legs that a verb waits for, by `ActionID`, and what `OriginateResponse` said.
    originated: HashMap<String, Option<bool>>,
    /// Counts legs and bridges.
    count: u64,
    /// Counts connections.
    era: u64,
}

impl Model {
    pub(super) fn new(served: Served) -> Model {
        Model {
            served,
            legs: BTreeMap::new(),
            ids: HashMap::new(),
            names: HashMap::new(),
            calls: Calls::default(),
            bridges: HashMap::new(),
            told: BTreeMap::new(),
            channels: HashMap::new(),
            lines: BTreeMap::new(),
            queues: Queues::default(),
            out_of_step: Vec::new(),
            unpaused: Vec::new(),
            settling: BTreeMap::new(),
            gone: Gone::default(),
            codes: Codes::default(),
            dials: HashMap::new(),
            originated: HashMap::new(),
            count: 0,
            era: 0,
        }
    }

    /// The whole state, for a new sink.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self.lines.iter().flat_map(|(exten, line)| line.facts(exten)).collect();
        facts.extend(self.queue_facts());
        facts.extend(self.told.values().map(Picture::began));
        facts.extend(self.told.iter().filter_map(|(id, told)| self.since(*id, told)));
        facts.extend(self.told.values().filter(|told| told.on_hold).map(Picture::phone_hold));
        facts.extend(self.told.values().filter_map(Picture::stands));
        facts
    }

    /// Notes that a new connection is up and the model matches the PBX.
    pub(super) const fn came_up(&mut self) {
        self.era += 1;
    }

    /// The number of the connection.
    pub(super) const fn era(&self) -> u64 {
        self.era
    }

    /// Notes that click-to-dial is about to be requested with this unique id.
    pub(super) fn expect_dial(&mut self, unique: &str, number: PhoneNumber) {
        self.dials.insert(unique.to_owned(), number);
    }

    /// Forgets a click-to-dial that did not happen.
    pub(super) fn forget_dial(&mut self, unique: &str) {
        self.dials.remove(unique);
    }

    /// Starts to remember `OriginateResponse` for this `ActionID`.
    pub(super) fn expect_originated(&mut self, id: &str) {
        self.originated.insert(id.to_owned(), None);
    }

    /// Forgets it, because nobody waits for it any more.
    pub(super) fn forget_originated(&mut self, id: &str) {
        self.originated.remove(id);
    }

    fn begin(&mut self, mut leg: Leg, touched: &mut Touched) -> Id {
        self.count += 1;
        let id = self.count;
        self.ids.insert(leg.unique.clone(), id);
        leg.filed.name.clone_from(&leg.name);
        self.names.insert(leg.name.clone(), id);
        leg.filed.linked.clone_from(&leg.linked);
        self.calls.join(&leg.linked, id);
        self.legs.insert(id, leg);
        touched.insert(id);
        id
    }

    /// Changes a leg and updates the indices.
    fn change(&mut self, id: Id, touched: &mut Touched, change: impl FnOnce(&Served, &mut Leg)) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        change(&self.served, leg);
        touched.insert(id);
        if leg.name != leg.filed.name {
            if self.names.get(&leg.filed.name) == Some(&id) {
                self.names.remove(&leg.filed.name);
            }
            leg.filed.name.clone_from(&leg.name);
            self.names.insert(leg.name.clone(), id);
        }
        if leg.linked != leg.filed.linked {
            // Legs that wait in the call that it leaves may have waited for it.
            touched.extend(self.calls.waiting(&leg.filed.linked));
            self.calls.leave(&leg.filed.linked, id);
            leg.filed.linked.clone_from(&leg.linked);
            self.calls.join(&leg.linked, id);
            if leg.place != Place::Nowhere {
                self.calls.waits(&leg.linked, id, true);
            }
            if let Some(answered) = leg.answered {
                self.calls.answered(&leg.linked, id, answered);
            }
        }
        if leg.state == State::Up && leg.answered.is_none() {
            self.count += 1;
            leg.answered = Some(self.count);
            self.calls.answered(&leg.linked, id, self.count);
        }
    }

    /// Puts the leg into a place, or out of one.
    fn put(&mut self, id: Id, place: Place, touched: &mut Touched) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        touched.insert(id);
        // The agent in whose transfer it waited.
        touched.extend(leg.mate.as_ref().and_then(|mate| self.names.get(mate)));
        self.calls.waits(&leg.filed.linked, id, place != Place::Nowhere);
        leg.place = place;
    }

    /// Removes a leg that is gone from the PBX.
    fn end(&mut self, id: Id, cause: &str, touched: &mut Touched) -> Option<Fact> {
        let reason = self.reason(id, cause);
        self.leave_bridge(id);
        let leg = self.legs.remove(&id)?;
        self.codes.forget(id);
        self.ids.remove(&leg.unique);
        self.dials.remove(&leg.unique);
        if self.names.get(&leg.name) == Some(&id) {
            self.names.remove(&leg.name);
        }
        touched.extend(self.calls.waiting(&leg.filed.linked));
        touched.extend(leg.mate.as_ref().and_then(|mate| self.names.get(mate)));
        self.calls.leave(&leg.filed.linked, id);
        self.gone.add(leg.unique);
        self.tell_ended(id, reason)
    }

    fn tell_ended(&mut self, id: Id, reason: EndReason) -> Option<Fact> {
        let picture = self.told.remove(&id)?;
        if self.channels.get(&picture.channel) == Some(&id) {
            self.channels.remove(&picture.channel);
        }
        Some(Fact::LegEnded { channel: picture.channel, reason })
    }
}
