//! Queues: callers wait with music, and members are rung one after another, like Asterisk's strategy `linear`. Members who are
//! paused, busy, away or in a call are skipped.

use uncall_contract::event::{Presence, QueueAct};
use uncall_contract::{BusyReason, Channel, Extension};

use super::{Leg, LegId, Model, Place, Ring, Timer};
use crate::calls::{Fact, Membership, Party, Purpose};
use crate::pbx::{Failure, Fumble};

#[derive(Debug)]
pub(super) struct Queue {
    /// Its name, which is also its number.
    pub(super) name: String,
    pub(super) members: Vec<Member>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) exten: Extension,
    /// A member from the PBX's configuration, who cannot log out.
    configured: bool,
    pub(super) now: Membership,
}

impl Queue {
    pub(super) fn new(name: &str, members: &[String]) -> Queue {
        let members = members.iter().filter_map(|exten| Extension::parse(exten).ok());
        let member = |exten| Member { exten, configured: true, now: Membership::default() };
        Queue { name: name.to_owned(), members: members.map(member).collect() }
    }
}

impl Model {
    /// The state of all members and waiting callers, for a new sink.
    pub(super) fn queue_facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for queue in &self.queues {
            facts.extend(queue.members.iter().map(|member| Fact::Membership {
                exten: member.exten.clone(),
                queue: queue.name.clone(),
                now: Some(member.now.clone()),
            }));
        }
        for leg in self.legs.values() {
            if let Place::Queued { queue, since, .. } = &leg.place {
                let (queue, caller) = (queue.clone(), leg.channel.as_str().to_owned());
                facts.push(Fact::QueueJoined { queue, caller, waited: self.now.duration_since(*since) });
            }
        }
        facts
    }

    pub(super) fn has_queue(&self, name: &str) -> bool {
        self.queues.iter().any(|queue| queue.name == name)
    }

    /// Whether a queue rings this extension first.
    pub(super) fn is_first_in(&self, name: &str, exten: &str) -> bool {
        let queue = self.queues.iter().find(|queue| queue.name == name);
        queue.and_then(|queue| queue.members.first()).is_some_and(|member| member.exten.as_str() == exten)
    }

    /// A leg has called a queue.
    pub(super) fn join_queue(&mut self, caller: LegId, queue: &str) {
        let Some(leg) = self.legs.get_mut(&caller) else { return };
        let channel = leg.channel.clone();
        leg.answered = true;
        self.set_place(caller, Place::Queued { queue: queue.to_owned(), next: 0, since: self.now });
        self.fact(Fact::WithPbx { channel: channel.clone() });
        let waited = jiff::SignedDuration::ZERO;
        self.fact(Fact::QueueJoined { queue: queue.to_owned(), caller: channel.as_str().to_owned(), waited });
        self.offer(caller);
    }

    /// The leg leaves its queue, wherever it goes.
    pub(super) fn leave_queue(&mut self, queue: String, caller: &Channel) {
        self.fact(Fact::QueueLeft { queue, caller: caller.as_str().to_owned() });
    }

    /// Rings the next member for a caller. If nobody is free, or others have waited longer, tries again later.
    pub(super) fn offer(&mut self, caller: LegId) {
        let Some(Leg { place: Place::Queued { queue, next, .. }, uid, party, .. }) = self.legs.get(&caller) else {
            return;
        };
        let (queue, next, uid, party) = (queue.clone(), *next, uid.clone(), party.clone());
        if self.is_offered(caller) {
            return;
        }
        let Some(at) = self.next_free(&queue, next, &party).filter(|_| !self.is_behind(caller, &queue)) else {
            self.after(self.options.queue_retry, Timer::QueueTries { caller });
            return;
        };
        let Some(exten) = self.member_at(&queue, at) else { return };
        if let Some(Leg { place: Place::Queued { next, .. }, .. }) = self.legs.get_mut(&caller) {
            *next = at + 1;
        }
        let purpose = Purpose::CalledBy { from: party.as_str().to_owned() };
        self.begin(Some(uid), Party::Extension(exten), purpose, Place::Ringing(Ring::Queued { caller }));
    }

    /// The next member to ring, starting with this one.
    fn next_free(&self, queue: &str, next: usize, caller: &Party) -> Option<usize> {
        let queue = self.queues.iter().find(|known| known.name == queue)?;
        let free = |member: &Member| {
            let party = Party::Extension(member.exten.clone());
            let called = self.accepts_calls(&member.exten) && !member.now.paused && party != *caller;
            called && self.legs_of(&party).next().is_none()
        };
        let count = queue.members.len();
        let mut order = (0..count).filter_map(|step| (next + step).checked_rem(count));
        order.find(|at| queue.members.get(*at).is_some_and(free))
    }

    fn member_at(&self, queue: &str, at: usize) -> Option<Extension> {
        let queue = self.queues.iter().find(|known| known.name == queue)?;
        queue.members.get(at).map(|member| member.exten.clone())
    }

    /// Whether a member is already being rung for this caller.
    fn is_offered(&self, caller: LegId) -> bool {
        self.legs.values().any(|leg| leg.place == Place::Ringing(Ring::Queued { caller }))
    }

    /// Whether another caller in this queue has waited longer and nobody is being rung for them.
    fn is_behind(&self, caller: LegId, queue: &str) -> bool {
        let waits = |leg: &Leg| matches!(&leg.place, Place::Queued { queue: of, .. } if of == queue);
        self.legs.range(..caller).any(|(id, leg)| waits(leg) && !self.is_offered(*id))
    }

    /// Logs the extension in to a queue or out of it.
    pub(in crate::simulator) fn queue(&mut self, exten: &Extension, queue: &str, act: QueueAct) -> Result<(), Failure> {
        let phone = self.phones.get(exten).ok_or(Failure::Gone)?;
        let busy = phone.presence == Presence::Busy;
        let now = Membership { paused: busy, reason: phone.reason.clone().filter(|_| busy) };
        let known = self.queues.iter_mut().find(|known| known.name == queue).ok_or(Failure::Gone)?;
        let at = known.members.iter().position(|member| member.exten == *exten);
        let told = match (act, at) {
            (QueueAct::Login, Some(_)) | (QueueAct::Logout, None) => return Ok(()),
            (QueueAct::Login, None) => {
                known.members.push(Member { exten: exten.clone(), configured: false, now: now.clone() });
                Some(now)
            }
            (QueueAct::Logout, Some(at)) if known.members.get(at).is_some_and(|member| member.configured) => {
                return Err(Failure::Unavailable);
            }
            (QueueAct::Logout, Some(at)) => {
                known.members.remove(at);
                None
            }
        };
        self.fact(Fact::Membership { exten: exten.clone(), queue: queue.to_owned(), now: told });
        Ok(())
    }

    /// Pauses or unpauses the extension in all its queues.
    pub(super) fn pause_everywhere(&mut self, exten: &Extension, presence: Presence, reason: Option<&BusyReason>) {
        let paused = presence == Presence::Busy;
        let now = Membership { paused, reason: reason.filter(|_| paused).cloned() };
        let mut facts = Vec::new();
        for queue in &mut self.queues {
            for member in queue.members.iter_mut().filter(|member| member.exten == *exten && member.now != now) {
                member.now = now.clone();
                let (exten, queue) = (exten.clone(), queue.name.clone());
                facts.push(Fact::Membership { exten, queue, now: Some(now.clone()) });
            }
        }
        facts.into_iter().for_each(|fact| self.fact(fact));
    }

    /// A supervisor pauses or unpauses a member in one queue. A member unpaused everywhere is idle.
    pub(in crate::simulator) fn pause(&mut self, exten: &Extension, queue: &str, paused: bool) -> Result<(), Fumble> {
        let unknown = || Fumble::Unknown(format!("there is no queue {queue}"));
        let known = self.queues.iter_mut().find(|known| known.name == queue).ok_or_else(unknown)?;
        let member = known.members.iter_mut().find(|member| member.exten == *exten);
        let member = member.ok_or_else(|| Fumble::Conflict(format!("{exten} is no member of {queue}")))?;
        member.now = Membership { paused, reason: None };
        let now = member.now.clone();
        self.fact(Fact::Membership { exten: exten.clone(), queue: queue.to_owned(), now: Some(now) });
        let mut own = self.queues.iter().flat_map(|queue| &queue.members).filter(|member| member.exten == *exten);
        let nowhere = own.all(|member| !member.now.paused);
        if let Some(phone) = self.phones.get_mut(exten).filter(|phone| nowhere && phone.presence == Presence::Busy) {
            (phone.presence, phone.reason) = (Presence::Idle, None);
            self.fact(Fact::Presence { exten: exten.clone(), presence: Presence::Idle, reason: None });
        }
        Ok(())
    }
}
