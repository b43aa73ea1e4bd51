//! Rebuilds the model from the PBX's lists while events go on. Events since the request are newer than the list.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use uncall_contract::Extension;
use uncall_switch::calls::Fact;

use super::leg::{Dialled, Fresh, Id, Leg, Place, State};
use super::{Model, Touched};
use crate::message::Message;

/// The PBX's lists.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// `CoreShowChannels`.
    pub(crate) channels: Vec<Message>,
    /// The agent's leg, from the variable `UNCALL_PEER`, by unique id of a leg in a waiting place.
    pub(crate) peers: HashMap<String, String>,
    /// The holding extension, from the variable `UNCALL_HOLDER`, by unique id of a held leg.
    pub(crate) holders: HashMap<String, String>,
    /// A bridge's technology, from `BridgeList`, by its unique id.
    pub(crate) bridges: HashMap<String, String>,
    /// `DeviceStateList`, if it was requested.
    pub(crate) devices: Option<Vec<Message>>,
    /// Whether an agent's leg is held by its own phone, by unique id, if that was queried and the PBX knows.
    pub(crate) phone_holds: HashMap<String, bool>,
    /// When the channels were listed.
    pub(crate) at: Option<Timestamp>,
    /// Devices that are not in that list, and their states.
    pub(crate) unheard: Vec<(String, String)>,
}

impl Model {
    /// Notes that the lists are about to be requested.
    pub(crate) fn lists_asked(&mut self) {
        for leg in self.legs.values_mut() {
            leg.fresh = Fresh::default();
        }
        for line in self.lines.values_mut() {
            line.stale();
        }
        self.gone.list_asked();
    }

    /// After a lost connection, during which a phone may have resumed a call: if the PBX does not report a hold
    /// ([`Lists::phone_holds`]), the call counts as talking until its phone says otherwise, because a call wrongly shown as held
    /// could not be controlled any more.
    pub(crate) fn doubt_phone_holds(&mut self) {
        for leg in self.legs.values_mut().filter(|leg| !leg.fresh.phone_hold) {
            leg.on_hold = false;
        }
    }

    /// Takes in the lists and returns the changes.
    pub(crate) fn rebuild(&mut self, lists: &Lists) -> Vec<Fact> {
        let mut touched = Touched::new();
        let mut facts = self.compare(lists, &mut touched);
        facts.extend(self.changes(&touched));
        facts
    }

    /// Takes in the lists. The touched legs' changes are reported later.
    pub(super) fn compare(&mut self, lists: &Lists, touched: &mut Touched) -> Vec<Fact> {
        let mut facts = Vec::new();
        if let Some(devices) = &lists.devices {
            facts.extend(self.devices(devices, &lists.unheard));
        }
        let listed: BTreeSet<&str> = lists.channels.iter().map(|item| item.get("Uniqueid")).collect();
        let lost = self.legs.iter().filter(|(_, leg)| !leg.fresh.began && !listed.contains(leg.unique.as_str()));
        for id in lost.map(|(id, _)| *id).collect::<Vec<Id>>() {
            self.touch_conversation(id, touched);
            facts.extend(self.end(id, "", touched));
        }
        for item in &lists.channels {
            self.listed(item, lists, touched);
        }
        self.consulting(touched);
        facts
    }

    /// The extensions among the listed devices.
    pub(crate) fn extensions(&self, devices: &[Message]) -> BTreeSet<Extension> {
        devices.iter().filter_map(|item| self.served.device(item.get("Device"))).collect()
    }

    fn listed(&mut self, item: &Message, lists: &Lists, touched: &mut Touched) {
        let unique = item.get("Uniqueid");
        if unique.is_empty() || self.gone.since_asked(unique) {
            return;
        }
        let id = match self.ids.get(unique).copied() {
            Some(id) => {
                self.change(id, touched, |served, leg| leg.note(served, item, ""));
                id
            }
            None => {
                let mut leg = Leg::new(unique, &self.served, item, "");
                leg.dialled = match item.get("Application") {
                    "AppDial2" => Dialled::Originated,
                    "AppDial" | "AppQueue" => Dialled::Found,
                    _ if leg.is_first() => Dialled::No,
                    _ => Dialled::Found,
                };
                leg.since = lists.at.and_then(|at| at.checked_sub(SignedDuration::from_secs(seconds(item))).ok());
                self.begin(leg, touched)
            }
        };
        let Some(fresh) = self.legs.get(&id).map(|leg| leg.fresh) else { return };
        if !fresh.began {
            self.codes.forget(id);
        }
        self.touch_conversation(id, touched);
        if !fresh.bridge {
            match item.get("BridgeId") {
                "" => self.leave_bridge(id),
                bridge => self.enter_bridge(id, bridge, lists.bridges.get(bridge).map_or("", String::as_str)),
            }
            self.touch_conversation(id, touched);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Some(on_hold) = lists.phone_holds.get(unique).filter(|_| !fresh.phone_hold) {
            leg.on_hold = *on_hold;
        }
        leg.spies |= matches!(item.get("Application"), "ChanSpy" | "ExtenSpy");
        let alone = item.get("BridgeId").is_empty() && !fresh.bridge;
        leg.dials = alone && matches!(item.get("Application"), "Dial" | "Queue");
        leg.hears_dialplan = alone && !fresh.began && TALKS.contains(&item.get("Application"));
        if leg.phone().is_some() && seconds(item) > 0 && item.get("Application") == "AppDial" {
            // It has been called for a second and neither rings nor is busy, so its caller hears something of it (183).
            leg.alerts |= leg.state == State::Down;
        }
        if !fresh.place {
            let held = matches!(leg.place, Place::Hold(_) | Place::LeftHold);
            let seen = place(item, lists.holders.get(unique));
            let left = held && matches!(seen, Place::Nowhere) && item.get("BridgeId").is_empty();
            self.put(id, if left { Place::LeftHold } else { seen }, touched);
            if let Some(peer) = lists.peers.get(unique).filter(|peer| !peer.is_empty())
                && let Some(leg) = self.legs.get_mut(&id)
            {
                leg.mate = Some(peer.clone());
            }
        }
    }
}

/// Applications by which a dialplan talks with a caller.
const TALKS: [&str; 12] = [
    "BackGround",
    "ConfBridge",
    "Directory",
    "Echo",
    "Milliwatt",
    "Playback",
    "Read",
    "Record",
    "VoiceMail",
    "VoiceMailMain",
    "WaitExten",
    "WaitForSilence",
];

/// A listed channel's age in seconds; the PBX writes `00:01:23`.
fn seconds(item: &Message) -> i64 {
    item.get("Duration").split(':').try_fold(0_i64, |sum, part| Some(sum * 60 + part.parse::<i64>().ok()?)).unwrap_or(0)
}

/// Where a listed channel waits. A leg in a bridge does not wait anywhere, whatever context it came from.
fn place(item: &Message, holder: Option<&String>) -> Place {
    if !item.get("BridgeId").is_empty() {
        return Place::Nowhere;
    }
    match item.get("Context") {
        "uncall-hold" => Place::Hold(holder.and_then(|holder| Extension::parse(holder).ok())),
        "uncall-hold-agent" => Place::HoldAgent,
        "uncall-xfer" | "uncall-xfer-out" => Place::Transfer,
        "uncall-xfer-agent" => Place::TransferAgent,
        "uncall-survey" => Place::Survey,
        _ => Place::Nowhere,
    }
}
