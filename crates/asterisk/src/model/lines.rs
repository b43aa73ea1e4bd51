//! Extensions: whether a phone is registered, and whether callers get through.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Extension};
use uncall_switch::calls::Fact;

use super::Model;
use crate::device::Device;
use crate::message::Message;

#[derive(Debug)]
pub(super) struct Line {
    /// By device.
    phones: BTreeMap<String, Phone>,
    /// Busy for all callers, by the PBX's database.
    pub(super) presence: Presence,
    /// Why, if a verb gave a reason.
    reason: Option<BusyReason>,
    /// Whether its queues were paused because it became busy, so that they have to be unpaused when it is idle.
    pauses: bool,
    /// How often a verb has set the presence; see [`Model::settings`].
    settings: u64,
}

#[derive(Debug)]
struct Phone {
    /// Whether it can be rung.
    there: bool,
    /// Whether an event has reported it since the last list was requested, and so is newer than the list.
    fresh: bool,
}

impl Line {
    const fn new() -> Line {
        Line { phones: BTreeMap::new(), presence: Presence::Idle, reason: None, pauses: false, settings: 0 }
    }

    /// Whether at least one phone can be rung.
    pub(super) fn registered(&self) -> bool {
        self.phones.values().any(|phone| phone.there)
    }

    /// Whether this phone can be rung.
    pub(super) fn has(&self, device: &str) -> bool {
        self.phones.get(device).is_some_and(|phone| phone.there)
    }

    pub(super) fn stale(&mut self) {
        for phone in self.phones.values_mut() {
            phone.fresh = false;
        }
    }

    pub(super) fn facts(&self, exten: &Extension) -> [Fact; 2] {
        [
            Fact::Line { exten: exten.clone(), registered: self.registered() },
            Fact::Presence { exten: exten.clone(), presence: self.presence, reason: self.reason.clone() },
        ]
    }
}

impl Model {
    /// Takes in a device's state from an event.
    pub(super) fn device(&mut self, message: &Message) -> Vec<Fact> {
        let Some((exten, device, there)) = self.state(message.get("Device"), message.get("State")) else {
            return Vec::new();
        };
        let fact = self.register(exten.clone(), device, there);
        if let Some(phone) = self.lines.get_mut(&exten).and_then(|line| line.phones.get_mut(device)) {
            phone.fresh = true;
        }
        self.with_memberships(&exten, fact)
    }

    fn with_memberships(&self, exten: &Extension, fact: Option<Fact>) -> Vec<Fact> {
        let memberships = if fact.is_some() { self.memberships(exten) } else { Vec::new() };
        fact.into_iter().chain(memberships).collect()
    }

    /// Takes in the list of all devices.
    pub(super) fn devices(&mut self, listed: &[Message], unheard: &[(String, String)]) -> Vec<Fact> {
        let listed = listed.iter().map(|item| (item.get("Device"), item.get("State")));
        let states = listed.chain(unheard.iter().map(|(device, state)| (device.as_str(), state.as_str())));
        let states: Vec<(Extension, &str, bool)> =
            states.filter_map(|(device, state)| self.state(device, state)).collect();
        let named: HashSet<&str> = states.iter().map(|(_, device, _)| *device).collect();
        let mut missing: Vec<(Extension, String)> = Vec::new();
        for (exten, line) in &self.lines {
            let gone = line.phones.keys().filter(|device| !named.contains(device.as_str()));
            missing.extend(gone.map(|device| (exten.clone(), device.clone())));
        }
        let missing = missing.iter().map(|(exten, device)| (exten.clone(), device.as_str(), false));
        let news: Vec<_> = missing.chain(states).collect();
        let older = |model: &Model, exten: &Extension, device: &str| {
            model.lines.get(exten).and_then(|line| line.phones.get(device)).is_none_or(|phone| !phone.fresh)
        };
        let mut facts = Vec::new();
        for (exten, device, there) in news {
            if older(self, &exten, device) {
                let fact = self.register(exten.clone(), device, there);
                facts.extend(self.with_memberships(&exten, fact));
            }
        }
        facts
    }

    fn state<'a>(&self, device: &'a str, state: &str) -> Option<(Extension, &'a str, bool)> {
        let exten = self.served.device(device)?;
        Some((exten, device, !matches!(state, "UNAVAILABLE" | "INVALID" | "")))
    }

    pub(super) fn register(&mut self, exten: Extension, device: &str, there: bool) -> Option<Fact> {
        let before = self.lines.get(&exten).map(Line::registered);
        let line = self.lines.entry(exten.clone()).or_insert_with(Line::new);
        match line.phones.get_mut(device) {
            Some(phone) => phone.there = there,
            None => {
                line.phones.insert(device.to_owned(), Phone { there, fresh: false });
            }
        }
        let registered = line.registered();
        (before != Some(registered)).then_some(Fact::Line { exten, registered })
    }

    /// The agent's phones that can be rung, as the PBX dials them.
    pub(crate) fn phones(&self, exten: &Extension) -> Vec<Device> {
        let line = self.lines.get(exten);
        let there = |device: &Device| line.is_some_and(|line| line.has(device.key()));
        self.served.phones(exten).into_iter().filter(there).collect()
    }

    /// All of the agent's phones, whether they can be rung or not.
    pub(crate) fn all_phones(&self, exten: &Extension) -> Vec<Device> {
        self.served.phones(exten)
    }

    /// Phones that the settings name but whose state is unknown, because nothing has happened to them since the PBX was started.
    pub(crate) fn unheard(&self, devices: &[Message]) -> Vec<Device> {
        let heard: HashSet<&str> = devices.iter().map(|item| item.get("Device")).collect();
        self.served.listed().map(|(_, device)| device).filter(|device| !heard.contains(device.key())).cloned().collect()
    }

    /// Notes that a verb has made the extension busy or idle.
    pub(crate) fn set_presence(
        &mut self,
        exten: &Extension,
        presence: Presence,
        reason: Option<BusyReason>,
    ) -> Option<Fact> {
        let line = self.lines.get_mut(exten)?;
        line.settings += 1;
        line.pauses = presence == Presence::Busy;
        if line.presence == presence && line.reason == reason {
            return None;
        }
        line.presence = presence;
        line.reason.clone_from(&reason);
        Some(Fact::Presence { exten: exten.clone(), presence, reason })
    }

    /// Why the extension is busy, if a verb gave a reason.
    pub(crate) fn busy_reason(&self, exten: &Extension) -> Option<BusyReason> {
        self.lines.get(exten).and_then(|line| line.reason.clone())
    }

    /// Whether the extension is busy for all callers.
    pub(crate) fn is_busy(&self, exten: &Extension) -> bool {
        self.lines.get(exten).is_some_and(|line| line.presence == Presence::Busy)
    }

    /// Takes the agents who became busy or idle elsewhere (a feature code, another program), or became members of a queue while
    /// busy: their pauses have to follow.
    pub(crate) fn take_out_of_step(&mut self) -> Vec<(Extension, Presence)> {
        std::mem::take(&mut self.out_of_step)
    }

    /// Notes that a queue has taken in an extension. If it is busy and unpaused, it has to be paused there as well.
    pub(super) fn misses_pause(&mut self, exten: &Extension, is_unpaused: bool) {
        if is_unpaused && self.is_busy(exten) {
            self.out_of_step.push((exten.clone(), Presence::Busy));
        }
    }

    /// Takes the busy agents whom somebody else has unpaused in the last of their queues, which means that a supervisor wants
    /// them rung. The PBX has to confirm it, since a late event may be from one of our own verbs.
    pub(crate) fn take_unpaused(&mut self) -> Vec<Extension> {
        std::mem::take(&mut self.unpaused)
    }

    /// Notes that a queue has unpaused an extension.
    pub(super) fn was_unpaused(&mut self, exten: &Extension) {
        if self.is_busy(exten) && !self.is_settling_for(exten) && self.paused_nowhere(exten) {
            self.unpaused.push(exten.clone());
        }
    }

    /// How often verbs have set a presence. Data from the PBX's database before the latest of them is outdated.
    pub(crate) fn settings(&self) -> u64 {
        self.lines.values().map(|line| line.settings).sum()
    }

    /// Takes in who is busy by the PBX's database. `asked` is [`Model::settings`] at the time of the query.
    pub(crate) fn presences(&mut self, busy: &BTreeSet<String>, asked: u64) -> Vec<Fact> {
        if self.settings() != asked {
            return Vec::new();
        }
        let mut facts = Vec::new();
        for (exten, line) in self.lines.iter_mut().filter(|(exten, _)| !self.settling.contains_key(*exten)) {
            let presence = if busy.contains(exten.as_str()) { Presence::Busy } else { Presence::Idle };
            if line.presence != presence {
                line.presence = presence;
                line.reason = None;
                // A pause that somebody set independently stays.
                if presence == Presence::Busy || std::mem::take(&mut line.pauses) {
                    self.out_of_step.push((exten.clone(), presence));
                    line.pauses = presence == Presence::Busy;
                }
                facts.push(Fact::Presence { exten: exten.clone(), presence, reason: None });
            }
        }
        facts
    }
}
