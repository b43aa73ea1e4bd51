//! What `/sim/state` shows: calls, legs, who hears whom.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uncall_switch::calls::{Party, Purpose};

use super::{Leg, LegId, Model, Place};

impl Model {
    pub(crate) fn state(&self) -> Value {
        let mut calls: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (id, leg) in &self.legs {
            calls.entry(leg.uid.as_str()).or_default().push(self.leg_state(*id, leg));
        }
        let calls: Vec<Value> = calls.into_iter().map(|(uid, legs)| json!({ "uid": uid, "legs": legs })).collect();
        let extensions = self.phones.iter().map(
            |(exten, phone)| json!({ "exten": exten, "registered": phone.registered, "presence": phone.presence }),
        );
        let armed = self.legs.values().filter_map(|leg| {
            leg.armed.as_ref().map(|agent| json!({ "uid": leg.uid, "agent": agent, "party": leg.party.as_str() }))
        });
        let done = self
            .surveys
            .iter()
            .map(|survey| json!({ "uid": survey.uid, "agent": survey.agent, "score": survey.score }));
        let queues = self.queues.iter().map(|queue| {
            let member = |member: &super::queues::Member| json!({ "exten": member.exten, "paused": member.now.paused });
            json!({ "name": queue.name, "members": queue.members.iter().map(member).collect::<Vec<_>>() })
        });
        json!({
            "now": self.now,
            "queues": queues.collect::<Vec<_>>(),
            "extensions": extensions.collect::<Vec<_>>(),
            "calls": calls,
            "surveys": { "armed": armed.collect::<Vec<_>>(), "done": done.collect::<Vec<_>>() },
            "recordings": self.recordings.files(),
        })
    }

    fn leg_state(&self, id: LegId, leg: &Leg) -> Value {
        let kind = match leg.party {
            Party::Extension(_) => "extension",
            Party::Number(_) | Party::Named(_) => "number",
        };
        json!({
            "channel": leg.channel,
            "party": leg.party.as_str(),
            "kind": kind,
            "spies": leg.purpose == Purpose::Spies,
            "place": place_name(&leg.place),
            "since": leg.since,
            "hears": self.hears(id),
        })
    }

    /// Whom this leg's party hears: parties by their numbers, and tones and recordings by name.
    pub(crate) fn hears(&self, id: LegId) -> Vec<String> {
        let Some(leg) = self.legs.get(&id) else { return Vec::new() };
        let word = |word: &str| vec![word.to_owned()];
        let mut heard = match &leg.place {
            Place::Ringing(_) | Place::Silence => Vec::new(),
            Place::Dialling => word("ringback"),
            Place::BusyTone => word("busy"),
            Place::Bridge(_) if leg.on_hold => Vec::new(),
            &Place::Bridge(bridge) => {
                let held =
                    self.legs.iter().any(|(other, leg)| *other != id && leg.on_hold && leg.place.is_bridge(bridge));
                if held { word("music") } else { self.partners(id, leg) }
            }
            Place::Music { .. } | Place::Waiting { .. } | Place::Queued { .. } => word("music"),
            Place::Announcement { .. } => word("transferring"),
            Place::Survey { .. } => word("survey"),
            Place::Spying { target, .. } => self.overheard(*target),
        };
        let whisperers = self.legs.values().filter(|spy| spy.place == Place::Spying { target: id, whisper: true });
        heard.extend(whisperers.map(|spy| spy.party.as_str().to_owned()));
        heard
    }

    /// The target itself, and those who talk with it.
    fn overheard(&self, target: LegId) -> Vec<String> {
        let Some(leg) = self.legs.get(&target) else { return Vec::new() };
        let mut heard = vec![leg.party.as_str().to_owned()];
        heard.extend(self.partners(target, leg));
        heard
    }

    fn partners(&self, id: LegId, leg: &Leg) -> Vec<String> {
        let Place::Bridge(bridge) = leg.place else { return Vec::new() };
        let partners = self.legs.iter().filter(|(other, leg)| **other != id && leg.place.is_bridge(bridge));
        partners.map(|(_, leg)| leg.party.as_str().to_owned()).collect()
    }
}

const fn place_name(place: &Place) -> &'static str {
    match place {
        Place::Ringing(_) => "ringing",
        Place::Dialling => "dialling",
        Place::BusyTone => "busy",
        Place::Bridge(_) => "talking",
        Place::Silence => "silence",
        Place::Music { .. } => "music",
        Place::Announcement { .. } => "transferring",
        Place::Waiting { .. } => "waiting",
        Place::Queued { .. } => "queued",
        Place::Survey { .. } => "survey",
        Place::Spying { whisper: false, .. } => "listening",
        Place::Spying { whisper: true, .. } => "whispering",
    }
}
