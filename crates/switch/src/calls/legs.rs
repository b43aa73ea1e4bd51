//! The legs, indexed by channel, call, extension and bridge, so that an event costs the same however many legs there are and
//! however many phones ring for one call.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use jiff::Timestamp;
use uncall_contract::{Channel, Extension, Uid};

use super::{Leg, Place, Purpose};

#[derive(Debug, Default)]
pub(super) struct Legs {
    up: HashMap<Channel, Leg>,
    calls: HashMap<Uid, HashSet<Channel>>,
    bridges: HashMap<u64, HashSet<Channel>>,
    extens: HashMap<Extension, HashSet<Channel>>,
}

impl Legs {
    pub(super) fn get(&self, channel: &Channel) -> Option<&Leg> {
        self.up.get(channel)
    }

    pub(super) fn contains_key(&self, channel: &Channel) -> bool {
        self.up.contains_key(channel)
    }

    /// All legs of an extension, of whatever call and purpose.
    pub(super) fn of_exten(&self, exten: &Extension) -> impl Iterator<Item = (&Channel, &Leg)> {
        self.extens.get(exten).into_iter().flatten().filter_map(|channel| self.up.get_key_value(channel))
    }

    /// The legs of an extension that it sees as this call.
    pub(super) fn seen(&self, exten: &Extension, uid: &Uid) -> impl Iterator<Item = (&Channel, &Leg)> {
        self.of_exten(exten).filter(|(_, leg)| leg.uid == *uid && leg.reported())
    }

    pub(super) fn of_call(&self, uid: &Uid) -> impl Iterator<Item = (&Channel, &Leg)> {
        self.calls.get(uid).into_iter().flatten().filter_map(|channel| self.up.get_key_value(channel))
    }

    pub(super) fn in_bridge(&self, bridge: u64) -> impl Iterator<Item = (&Channel, &Leg)> {
        self.bridges.get(&bridge).into_iter().flatten().filter_map(|channel| self.up.get_key_value(channel))
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Adds a leg. Returns the older leg of that name, if there was one.
    pub(super) fn insert(&mut self, channel: Channel, leg: Leg) -> Option<Leg> {
        let older = self.remove(&channel);
        join(&mut self.calls, &leg.uid, &channel);
        if let Some(exten) = leg.party.extension() {
            join(&mut self.extens, exten, &channel);
        }
        self.enter(&channel, &leg.place);
        self.up.insert(channel, leg);
        older
    }

    pub(super) fn remove(&mut self, channel: &Channel) -> Option<Leg> {
        let leg = self.up.remove(channel)?;
        leave(&mut self.calls, &leg.uid, channel);
        if let Some(exten) = leg.party.extension() {
            leave(&mut self.extens, exten, channel);
        }
        if let Place::Bridge(bridge) = leg.place {
            leave(&mut self.bridges, &bridge, channel);
        }
        Some(leg)
    }

    /// Moves the leg to a place.
    pub(super) fn place(&mut self, channel: &Channel, place: Place) {
        let Some(leg) = self.up.get_mut(channel) else { return };
        if let Place::Bridge(bridge) = std::mem::replace(&mut leg.place, place.clone()) {
            leave(&mut self.bridges, &bridge, channel);
        }
        self.enter(channel, &place);
    }

    /// Notes that the leg's phone has stopped ringing.
    pub(super) fn answered(&mut self, channel: &Channel) {
        if let Some(leg) = self.up.get_mut(channel) {
            leg.rings = false;
        }
    }

    /// Changes the leg's purpose.
    pub(super) fn means(&mut self, channel: &Channel, purpose: &Purpose) -> Option<&Leg> {
        let leg = self.up.get_mut(channel)?;
        purpose.clone_into(&mut leg.purpose);
        Some(leg)
    }

    /// Sets since when the leg has been in its state.
    pub(super) fn since(&mut self, channel: &Channel, at: Timestamp) {
        if let Some(leg) = self.up.get_mut(channel) {
            leg.since = Some(at);
        }
    }

    /// Notes that the leg's own phone holds it, or no longer does.
    pub(super) fn phone_hold(&mut self, channel: &Channel, on: bool) {
        if let Some(leg) = self.up.get_mut(channel) {
            leg.on_hold = on;
        }
    }

    fn enter(&mut self, channel: &Channel, place: &Place) {
        if let Place::Bridge(bridge) = place {
            self.bridges.entry(*bridge).or_default().insert(channel.clone());
        }
    }
}

fn join<K: Eq + Hash + Clone>(sets: &mut HashMap<K, HashSet<Channel>>, key: &K, channel: &Channel) {
    match sets.get_mut(key) {
        Some(set) => set.insert(channel.clone()),
        None => sets.entry(key.clone()).or_default().insert(channel.clone()),
    };
}

fn leave<K: Eq + Hash>(sets: &mut HashMap<K, HashSet<Channel>>, key: &K, channel: &Channel) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(channel);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use uncall_contract::Extension;

    use super::super::Party;
    use super::*;

    fn channel(name: &str) -> Channel {
        Channel::parse(name).unwrap()
    }

    fn leg(uid: &str) -> Leg {
        Leg {
            uid: Uid::parse(uid).unwrap(),
            party: Party::Extension(Extension::parse("801").unwrap()),
            purpose: Purpose::Spies,
            rings: true,
            on_hold: false,
            place: Place::Free,
            order: 0,
            since: None,
        }
    }

    #[test]
    fn a_leg_is_found_where_it_is_and_nowhere_else() {
        let mut legs = Legs::default();
        let (a, b) = (channel("SIP/801-1"), channel("SIP/801-2"));
        legs.insert(a.clone(), leg("1.1"));
        legs.insert(b.clone(), leg("1.1"));
        legs.place(&a, Place::Bridge(7));
        legs.place(&b, Place::Bridge(7));
        assert_eq!((legs.of_call(&leg("1.1").uid).count(), legs.in_bridge(7).count()), (2, 2));
        legs.place(&b, Place::Bridge(8));
        assert_eq!((legs.in_bridge(7).count(), legs.in_bridge(8).count()), (1, 1));
        assert_eq!(legs.insert(a.clone(), leg("1.2")).unwrap().uid, leg("1.1").uid);
        assert_eq!((legs.calls(), legs.in_bridge(7).count()), (2, 0));
        legs.answered(&a);
        assert!(!legs.get(&a).unwrap().rings);
        let exten = Extension::parse("801").unwrap();
        assert_eq!((legs.of_exten(&exten).count(), legs.seen(&exten, &leg("1.2").uid).count()), (2, 0));
        legs.remove(&a);
        legs.remove(&b);
        legs.place(&a, Place::Aside);
        assert!(legs.calls.is_empty() && legs.bridges.is_empty() && legs.extens.is_empty());
    }
}
