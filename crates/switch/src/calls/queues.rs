//! Queues as their members see them: who is paused, how many wait, and since when.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use uncall_contract::BusyReason;
use uncall_contract::event::{Detail, Presence, PresenceEvent, Queue, Queues};

use super::Table;
use super::line::Line;

/// The callers of each queue, and since when each has been waiting.
#[derive(Debug, Default)]
pub(super) struct Waiting(HashMap<String, BTreeMap<String, Timestamp>>);

impl Waiting {
    pub(super) fn joined(&mut self, queue: &str, caller: &str, waited: SignedDuration, at: Timestamp) {
        let since = at.checked_sub(waited).unwrap_or(at);
        self.0.entry(queue.to_owned()).or_default().insert(caller.to_owned(), since);
    }

    pub(super) fn left(&mut self, queue: &str, caller: &str) {
        if let Some(callers) = self.0.get_mut(queue) {
            callers.remove(caller);
            if callers.is_empty() {
                self.0.remove(queue);
            }
        }
    }

    fn in_queue(&self, queue: &str) -> (u32, Option<Timestamp>) {
        let Some(callers) = self.0.get(queue) else { return (0, None) };
        (u32::try_from(callers.len()).unwrap_or(u32::MAX), callers.values().min().copied())
    }
}

impl Line {
    /// Busy if it is so for all callers, or paused in every queue.
    pub(super) fn presence(&self) -> Presence {
        match self.detail() {
            Some(Detail::DoNotDisturb | Detail::Paused) => Presence::Busy,
            Some(Detail::PartlyPaused | Detail::Unknown) | None => Presence::Idle,
        }
    }

    /// What idle or busy means in detail.
    pub(super) fn detail(&self) -> Option<Detail> {
        if self.do_not_disturb {
            return Some(Detail::DoNotDisturb);
        }
        let paused = self.queues.values().filter(|membership| membership.paused).count();
        match paused {
            0 => None,
            all if all == self.queues.len() => Some(Detail::Paused),
            _ => Some(Detail::PartlyPaused),
        }
    }

    /// The reason given with setBuys, else the one given to a queue.
    pub(super) fn reason(&self) -> Option<&BusyReason> {
        let said = self.reason.as_ref().filter(|_| self.do_not_disturb);
        let told = self.queues.values().filter(|membership| membership.paused);
        said.or_else(|| told.filter_map(|membership| membership.reason.as_ref()).next())
    }

    /// Idle or busy, with everything known about it.
    pub(super) fn presence_event(&self) -> PresenceEvent {
        PresenceEvent {
            exten: self.exten.as_str().to_owned(),
            presence: self.presence(),
            reason: self.reason().map(ToString::to_string),
            detail: self.detail(),
        }
    }
}

impl Table {
    /// The queues whose calls an extension takes. `None` if it does not exist.
    pub fn queues(&self, exten: &str) -> Option<Queues> {
        let line = self.lines.get(exten)?;
        let queues = line.queues.iter().map(|(name, membership)| {
            let (waiting, waiting_since) = self.waiting.in_queue(name);
            Queue {
                name: name.clone(),
                paused: membership.paused,
                reason: membership.reason.as_ref().map(ToString::to_string),
                waiting,
                waiting_since,
            }
        });
        Some(Queues { exten: line.exten.as_str().to_owned(), queues: queues.collect() })
    }

    /// Whether the extension takes calls of this queue, paused or not.
    pub(crate) fn is_member(&self, exten: &str, queue: &str) -> bool {
        self.lines.get(exten).is_some_and(|line| line.queues.contains_key(queue))
    }
}
