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
    /// A device's state, from an event or from a list.
    pub(super) fn device(&mut self, message: &Message) -> Option<Fact> {
        let exten = self.served.device(message.get("Device"))?;
        let registered = !matches!(message.get("State"), "UNAVAILABLE" | "INVALID" | "");
        self.register(exten, registered)
    }

    pub(super) fn register(&mut self, exten: Extension, registered: bool) -> Option<Fact> {
        let known = self.lines.get_mut(&exten);
        match known {
            Some(line) if line.registered == registered => return None,
            Some(line) => line.registered = registered,
            None => {
                let line = Line { registered, presence: Presence::Idle, settings: 0 };
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
