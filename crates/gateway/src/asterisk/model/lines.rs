//! Extensions: whether a phone is there, and whether callers are let through.

use std::collections::BTreeSet;

use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Extension};

use super::Model;
use crate::asterisk::message::Message;
use crate::calls::Fact;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) registered: bool,
    /// Busy to everybody, by the PBX's database.
    pub(super) presence: Presence,
    /// Why, if a verb said so.
    reason: Option<BusyReason>,
    /// Its queues were paused because it became busy, and are to be taken back when it is idle.
    pauses: bool,
    /// How often a verb has set the presence; see [`Model::settings`].
    settings: u64,
    /// An event has told of the phone since the last list was asked for, and is newer than the list.
    pub(super) fresh: bool,
}

impl Line {
    pub(super) fn facts(&self, exten: &Extension) -> [Fact; 2] {
        [
            Fact::Line { exten: exten.clone(), registered: self.registered },
            Fact::Presence { exten: exten.clone(), presence: self.presence, reason: self.reason.clone() },
        ]
    }
}

impl Model {
    /// A device's state, from an event.
    pub(super) fn device(&mut self, message: &Message) -> Vec<Fact> {
        let Some((exten, registered)) = self.state(message) else { return Vec::new() };
        let fact = self.register(exten.clone(), registered);
        if let Some(line) = self.lines.get_mut(&exten) {
            line.fresh = true;
        }
        self.with_memberships(&exten, fact)
    }

    fn with_memberships(&self, exten: &Extension, fact: Option<Fact>) -> Vec<Fact> {
        let memberships = if fact.is_some() { self.memberships(exten) } else { Vec::new() };
        fact.into_iter().chain(memberships).collect()
    }

    /// What a list says of all devices.
    pub(super) fn devices(&mut self, listed: &[Message]) -> Vec<Fact> {
        let named = self.extensions(listed);
        let older = |line: &Line| !line.fresh;
        let missing = self.lines.iter().filter(|(exten, line)| older(line) && !named.contains(*exten));
        let missing: Vec<(Extension, bool)> = missing.map(|(exten, _)| (exten.clone(), false)).collect();
        let states: Vec<(Extension, bool)> = listed.iter().filter_map(|item| self.state(item)).collect();
        let news = missing.into_iter().chain(states);
        let news: Vec<_> = news.filter(|(exten, _)| self.lines.get(exten).is_none_or(older)).collect();
        let mut facts = Vec::new();
        for (exten, registered) in news {
            let fact = self.register(exten.clone(), registered);
            facts.extend(self.with_memberships(&exten, fact));
        }
        facts
    }

    fn state(&self, message: &Message) -> Option<(Extension, bool)> {
        let exten = self.served.device(message.get("Device"))?;
        Some((exten, !matches!(message.get("State"), "UNAVAILABLE" | "INVALID" | "")))
    }

    pub(super) fn register(&mut self, exten: Extension, registered: bool) -> Option<Fact> {
        let known = self.lines.get_mut(&exten);
        match known {
            Some(line) if line.registered == registered => return None,
            Some(line) => line.registered = registered,
            None => {
                let line = Line {
                    registered,
                    presence: Presence::Idle,
                    reason: None,
                    pauses: false,
                    settings: 0,
                    fresh: false,
                };
                self.lines.insert(exten.clone(), line);
            }
        }
        Some(Fact::Line { exten, registered })
    }

    /// A verb has made the extension busy or idle.
    pub(in crate::asterisk) fn set_presence(
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

    /// Why the extension is busy, as far as a verb has said so.
    pub(in crate::asterisk) fn busy_reason(&self, exten: &Extension) -> Option<BusyReason> {
        self.lines.get(exten).and_then(|line| line.reason.clone())
    }

    /// Whether the extension is busy to everybody.
    pub(in crate::asterisk) fn is_busy(&self, exten: &Extension) -> bool {
        self.lines.get(exten).is_some_and(|line| line.presence == Presence::Busy)
    }

    /// Who became busy or idle elsewhere than through this gateway (a feature code, another program), or was made a member of a
    /// queue while busy: his pauses have to follow.
    pub(in crate::asterisk) fn take_out_of_step(&mut self) -> Vec<(Extension, Presence)> {
        std::mem::take(&mut self.out_of_step)
    }

    /// A queue has taken an extension in without a pause: who is busy has to be paused there as well.
    pub(super) fn misses_pause(&mut self, exten: &Extension, is_unpaused: bool) {
        if is_unpaused && self.is_busy(exten) {
            self.out_of_step.push((exten.clone(), Presence::Busy));
        }
    }

    /// How often verbs have set a presence. What the PBX's database said before the newest of them is out of date.
    pub(in crate::asterisk) fn settings(&self) -> u64 {
        self.lines.values().map(|line| line.settings).sum()
    }

    /// Who is busy, by the PBX's database. `asked` is [`Model::settings`] at the time of the question.
    pub(in crate::asterisk) fn presences(&mut self, busy: &BTreeSet<String>, asked: u64) -> Vec<Fact> {
        if self.settings() != asked {
            return Vec::new();
        }
        let mut facts = Vec::new();
        for (exten, line) in self.lines.iter_mut().filter(|(exten, _)| !self.settling.contains_key(*exten)) {
            let presence = if busy.contains(exten.as_str()) { Presence::Busy } else { Presence::Idle };
            if line.presence != presence {
                line.presence = presence;
                line.reason = None;
                // A pause that somebody made for its own sake is not taken back.
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
