//! Extensions: whether a phone is there, and whether callers are let through.

use std::collections::BTreeSet;

use uncall_contract::Extension;
use uncall_contract::event::Presence;

use super::Model;
use crate::asterisk::message::Message;
use crate::calls::Fact;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) registered: bool,
    pub(super) presence: Presence,
    /// How often a verb has set the presence; see [`Model::settings`].
    settings: u64,
    /// An event has told of the phone since the last list was asked for, and is newer than the list.
    pub(super) fresh: bool,
}

impl Line {
    pub(super) fn facts(&self, exten: &Extension) -> [Fact; 2] {
        [
            Fact::Line { exten: exten.clone(), registered: self.registered },
            Fact::Presence { exten: exten.clone(), presence: self.presence },
        ]
    }
}

impl Model {
    /// A device's state, from an event.
    pub(super) fn device(&mut self, message: &Message) -> Option<Fact> {
        let (exten, registered) = self.state(message)?;
        let fact = self.register(exten.clone(), registered);
        if let Some(line) = self.lines.get_mut(&exten) {
            line.fresh = true;
        }
        fact
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
        news.into_iter().filter_map(|(exten, registered)| self.register(exten, registered)).collect()
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
                let line = Line { registered, presence: Presence::Idle, settings: 0, fresh: false };
                self.lines.insert(exten.clone(), line);
            }
        }
        Some(Fact::Line { exten, registered })
    }

    /// A verb has made the extension busy or idle.
    pub(in crate::asterisk) fn set_presence(&mut self, exten: &Extension, presence: Presence) -> Option<Fact> {
        let line = self.lines.get_mut(exten)?;
        line.settings += 1;
        if line.presence == presence {
            return None;
        }
        line.presence = presence;
        Some(Fact::Presence { exten: exten.clone(), presence })
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
        for (exten, line) in &mut self.lines {
            let presence = if busy.contains(exten.as_str()) { Presence::Busy } else { Presence::Idle };
            if line.presence != presence {
                line.presence = presence;
                facts.push(Fact::Presence { exten: exten.clone(), presence });
            }
        }
        facts
    }
}
