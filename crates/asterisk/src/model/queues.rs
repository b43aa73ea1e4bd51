//! Queues: which ones an extension belongs to, where it is paused, and who waits. From app_queue's events and its list.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::SignedDuration;
use uncall_contract::{BusyReason, Extension};
use uncall_switch::calls::{Fact, Membership};

use super::Model;
use super::own_changes::{Key, OwnChanges};
use super::served::Served;
use crate::message::Message;

#[derive(Debug, Default)]
pub(super) struct Queues {
    members: BTreeMap<Key, Member>,
    /// Each with the seconds waited when first seen.
    callers: BTreeMap<Key, i64>,
    /// What events have changed since the list was requested; they are newer than the list.
    fresh: HashSet<Key>,
    own: OwnChanges,
    /// Whether an event has ever come; without the right `agent` there are none.
    heard: bool,
}

#[derive(Debug)]
struct Member {
    exten: Extension,
    now: Membership,
}

impl Queues {
    fn keys<'a>(&'a self, exten: &'a Extension) -> impl Iterator<Item = &'a Key> {
        self.members.iter().filter(move |(_, member)| member.exten == *exten).map(|(key, _)| key)
    }

    /// An extension's membership of a queue. If several phones are in one queue, each would be rung, so it counts as paused only
    /// if all are.
    fn standing(&self, exten: &Extension, queue: &str) -> Option<Membership> {
        let from = (queue.to_owned(), String::new());
        let of_queue = self.members.range(from..).take_while(|((name, _), _)| name == queue);
        let mut phones = of_queue.filter(|(_, member)| member.exten == *exten).map(|(_, member)| &member.now);
        let first = phones.next()?.clone();
        Some(phones.fold(first, |all, phone| if all.paused { phone.clone() } else { all }))
    }

    /// Changes a member, and reports its extension's membership if that has changed.
    fn change(&mut self, key: Key, member: Option<Member>) -> Option<Fact> {
        let exten = member.as_ref().or_else(|| self.members.get(&key)).map(|member| member.exten.clone())?;
        let queue = key.0.clone();
        let before = self.standing(&exten, &queue);
        match member {
            Some(member) => drop(self.members.insert(key, member)),
            None => drop(self.members.remove(&key)),
        }
        let now = self.standing(&exten, &queue);
        (before != now).then_some(Fact::Membership { exten, queue, now })
    }

    fn joins(&mut self, key: Key, waited: i64) -> Option<Fact> {
        if self.callers.contains_key(&key) {
            return None;
        }
        let (queue, caller) = key.clone();
        self.callers.insert(key, waited);
        Some(Fact::QueueJoined { queue, caller, waited: SignedDuration::from_secs(waited) })
    }

    fn leaves(&mut self, key: Key) -> Option<Fact> {
        self.callers.remove(&key)?;
        let (queue, caller) = key;
        Some(Fact::QueueLeft { queue, caller })
    }
}

impl Model {
    /// Takes in an event of a queue.
    pub(super) fn queue_event(&mut self, message: &Message) -> Option<Fact> {
        let fact = self.queue_changed(message)?;
        (!self.is_settling(&fact)).then_some(fact)
    }

    fn queue_changed(&mut self, message: &Message) -> Option<Fact> {
        let part = match message.event() {
            "QueueMemberAdded" | "QueueMemberPause" | "QueueMemberRemoved" => message.get("Interface"),
            "QueueCallerJoin" | "QueueCallerLeave" => message.get("Uniqueid"),
            _ => return None,
        };
        self.queues.heard = true;
        let key = key(message, part)?;
        self.queues.fresh.insert(key.clone());
        if self.queues.own.overtakes(&key, message.event()) {
            return None;
        }
        match message.event() {
            "QueueCallerJoin" => self.queues.joins(key, 0),
            "QueueCallerLeave" => self.queues.leaves(key),
            "QueueMemberRemoved" => self.queues.change(key, None),
            _ => {
                let member = member(&self.served, message, &key.1)?;
                let follows = message.event() == "QueueMemberAdded" && !member.now.paused;
                self.misses_pause(&member.exten, follows);
                self.set_member(key, member)
            }
        }
    }

    /// Takes a member's state from an event or a list.
    fn set_member(&mut self, key: Key, member: Member) -> Option<Fact> {
        let exten = member.exten.clone();
        let was_paused = self.queues.members.get(&key).is_some_and(|member| member.now.paused);
        let unpaused = was_paused && !member.now.paused;
        let fact = self.queues.change(key, Some(member));
        if unpaused {
            self.was_unpaused(&exten);
        }
        fact
    }

    /// Whether an extension is unpaused in all its queues.
    pub(super) fn paused_nowhere(&self, exten: &Extension) -> bool {
        self.queues.members.values().filter(|member| member.exten == *exten).all(|member| !member.now.paused)
    }

    /// Whether, according to this list, an extension is in a queue and unpaused in all of them.
    pub(crate) fn is_called_by_all(&self, exten: &Extension, items: &[Message]) -> bool {
        let members = items.iter().filter(|item| item.event() == "QueueMember");
        let members = members.filter_map(|item| member(&self.served, item, item.get("Location")));
        let mut own = members.filter(|member| member.exten == *exten).peekable();
        own.peek().is_some() && own.all(|member| !member.now.paused)
    }

    /// Notes that a list of the queues is about to be requested.
    pub(crate) fn queues_asked(&mut self) {
        self.queues.fresh.clear();
        self.queues.own.clear();
    }

    /// Takes in `QueueStatus`, the state as of the request. `anew`: the connection is new, and the PBX may have forgotten pauses.
    pub(crate) fn queues_listed(&mut self, items: &[Message], anew: bool) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut listed = BTreeSet::new();
        for item in items {
            let is_member = item.event() == "QueueMember";
            let part = match item.event() {
                // Here the interface is called `Location`.
                "QueueMember" => item.get("Location"),
                "QueueEntry" => item.get("Uniqueid"),
                _ => continue,
            };
            let Some(key) = key(item, part) else { continue };
            listed.insert(key.clone());
            if self.queues.fresh.contains(&key) {
                continue;
            }
            if is_member {
                let Some(member) = member(&self.served, item, &key.1) else { continue };
                let is_new = anew || !self.queues.members.contains_key(&key);
                self.misses_pause(&member.exten, is_new && !member.now.paused);
                let fact = if is_new { self.queues.change(key, Some(member)) } else { self.set_member(key, member) };
                facts.extend(fact);
            } else {
                facts.extend(self.queues.joins(key, item.get("Wait").parse().unwrap_or(0)));
            }
        }
        let older = |key: &&Key| !listed.contains(*key) && !self.queues.fresh.contains(*key);
        let gone: Vec<Key> = self.queues.members.keys().filter(older).cloned().collect();
        let left: Vec<Key> = self.queues.callers.keys().filter(older).cloned().collect();
        facts.extend(gone.into_iter().filter_map(|key| self.queues.change(key, None)));
        facts.extend(left.into_iter().filter_map(|key| self.queues.leaves(key)));
        facts.retain(|fact| !self.is_settling(fact));
        facts
    }

    /// Whether the PBX sends events of queues.
    pub(crate) const fn hears_of_queues(&self) -> bool {
        self.queues.heard
    }

    /// Everything known about queues.
    pub(super) fn queue_facts(&self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self.lines.keys().flat_map(|exten| self.memberships(exten)).collect();
        facts.extend(self.queues.callers.iter().map(|((queue, caller), waited)| Fact::QueueJoined {
            queue: queue.clone(),
            caller: caller.clone(),
            waited: SignedDuration::from_secs(*waited),
        }));
        facts
    }

    /// An extension's memberships. The call table ignores those of an extension that it does not know, so they are reported again
    /// when the extension appears.
    pub(super) fn memberships(&self, exten: &Extension) -> Vec<Fact> {
        let queues: BTreeSet<&str> = self.queues.keys(exten).map(|(queue, _)| queue.as_str()).collect();
        let fact = |queue: &str| {
            let now = self.queues.standing(exten, queue);
            Fact::Membership { exten: exten.clone(), queue: queue.to_owned(), now }
        };
        queues.into_iter().map(fact).collect()
    }

    /// The queues that would ring an extension now, and by which interface.
    pub(crate) fn unpaused(&self, exten: &Extension) -> Vec<(String, String)> {
        let members = self.queues.members.iter().filter(|(_, member)| member.exten == *exten && !member.now.paused);
        members.map(|(key, _)| key.clone()).collect()
    }

    /// The interfaces by which queues ring an extension, each once. They can be paused in all their queues at once.
    pub(crate) fn interfaces(&self, exten: &Extension) -> BTreeSet<String> {
        self.queues.keys(exten).map(|(_, interface)| interface.clone()).collect()
    }

    /// The interfaces by which this queue rings an extension.
    pub(crate) fn interfaces_in(&self, exten: &Extension, queue: &str) -> Vec<String> {
        self.queues.keys(exten).filter(|(name, _)| name == queue).map(|(_, interface)| interface.clone()).collect()
    }

    /// Notes that the PBX is about to be asked for this change, in this queue or in all.
    pub(crate) fn queue_change_begins(&mut self, queue: Option<&str>, interface: &str, kind: &'static str) {
        for key in self.change_keys(queue, interface) {
            self.queues.own.begins(key, kind);
        }
    }

    /// Notes that it came to nothing.
    pub(crate) fn queue_change_fails(&mut self, queue: Option<&str>, interface: &str, kind: &'static str) {
        for key in self.change_keys(queue, interface) {
            self.queues.own.fails(&key, kind);
        }
    }

    fn change_keys(&self, queue: Option<&str>, interface: &str) -> Vec<Key> {
        match queue {
            Some(queue) => vec![(queue.to_owned(), interface.to_owned())],
            None => self.queues.members.keys().filter(|(_, name)| name == interface).cloned().collect(),
        }
    }

    /// Notes that the PBX has paused or unpaused this interface, in this queue or in all.
    pub(crate) fn paused(&mut self, queue: Option<&str>, interface: &str, now: &Membership) -> Vec<Fact> {
        let keys = self
            .queues
            .members
            .iter()
            .filter(|((of, name), _)| name == interface && queue.is_none_or(|queue| queue == of));
        let keys: Vec<(Key, Extension)> = keys.map(|(key, member)| (key.clone(), member.exten.clone())).collect();
        let change = |(key, exten): (Key, Extension)| {
            self.queues.fresh.insert(key.clone());
            self.queues.change(key, Some(Member { exten, now: now.clone() }))
        };
        let facts: Vec<Fact> = keys.into_iter().filter_map(change).collect();
        facts.into_iter().filter(|fact| !self.is_settling(fact)).collect()
    }

    /// Notes that the PBX has added this interface to a queue (with its extension and membership), or removed it.
    pub(crate) fn is_member(
        &mut self,
        queue: &str,
        interface: &str,
        now: Option<(Extension, Membership)>,
    ) -> Option<Fact> {
        let key = (queue.to_owned(), interface.to_owned());
        self.queues.fresh.insert(key.clone());
        self.queues.change(key, now.map(|(exten, now)| Member { exten, now }))
    }

    /// Notes that a verb begins to change busy or idle, which takes several steps. Changes of queues are reported when it is
    /// over.
    pub(crate) fn settles(&mut self, exten: &Extension) {
        *self.settling.entry(exten.clone()).or_default() += 1;
    }

    /// Ends that, and returns the changes.
    pub(crate) fn settled(&mut self, exten: &Extension) -> Vec<Fact> {
        if let Some(verbs) = self.settling.get_mut(exten) {
            *verbs -= 1;
            if *verbs == 0 {
                self.settling.remove(exten);
            }
        }
        if self.settling.contains_key(exten) { Vec::new() } else { self.memberships(exten) }
    }

    /// Whether a verb is currently changing busy or idle.
    pub(crate) fn is_settling_for(&self, exten: &Extension) -> bool {
        self.settling.contains_key(exten)
    }

    fn is_settling(&self, fact: &Fact) -> bool {
        matches!(fact, Fact::Membership { exten, now: Some(_), .. } if self.settling.contains_key(exten))
    }
}

fn key(message: &Message, part: &str) -> Option<Key> {
    let queue = message.get("Queue");
    (!queue.is_empty() && !part.is_empty()).then(|| (queue.to_owned(), part.to_owned()))
}

/// The member that a message shows, if it is an agent's phone.
fn member(served: &Served, message: &Message, interface: &str) -> Option<Member> {
    let exten = served.member(interface, message.get("StateInterface"))?;
    let paused = message.get("Paused") == "1";
    // Older versions call it `Reason`.
    let reason = [message.get("PausedReason"), message.get("Reason")].into_iter().find_map(BusyReason::of);
    Some(Member { exten, now: Membership { paused, reason: reason.filter(|_| paused) } })
}
