//! The rule by which all verbs choose one of an extension's calls, with a uid and without.

use uncall_contract::event::CallState;
use uncall_contract::{Channel, Uid};

use super::line::{Line, View};
use super::{Leg, Place, Purpose, Table};

/// Whom an agent talks with in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Company {
    /// Nobody: the call rings, is held, or is being transferred by somebody else.
    Nobody,
    /// Exactly one other party.
    One {
        /// The agent's leg.
        own: Channel,
        /// The other party's.
        other: Channel,
    },
    /// Several, in a conference: it is unclear which of them a verb would be about.
    Several,
}

impl Table {
    /// The call with this uid. Without a uid it is the call that is heard, else a held one, else one that rings; of several, the
    /// newest. If it is in the wrong state for the verb, the verb is refused and never falls back to another call.
    pub(super) fn meant<'a>(&self, line: &'a Line, uid: Option<&str>) -> Option<&'a View> {
        if let Some(uid) = uid {
            return line.views.iter().find(|view| view.uid.as_str() == uid.trim());
        }
        let rank = |view: &&View| match view.state {
            _ if self.is_heard(line, view) => (3, view.order),
            CallState::Held | CallState::Talking | CallState::Transferring => (2, view.order),
            CallState::Ringing => (1, view.order),
            CallState::Ended => (0, view.order),
        };
        line.views.iter().max_by_key(rank)
    }

    /// Whether the agent hears this call. A call that the agent is making counts from its beginning, because an agent who holds a
    /// customer and dials a colleague wants to hang up on the colleague.
    fn is_heard(&self, line: &Line, view: &View) -> bool {
        let mut own = self.legs.seen(&line.exten, &view.uid);
        match view.state {
            CallState::Talking => true,
            CallState::Transferring => own.any(|(_, leg)| !leg.on_hold),
            CallState::Ringing => self.began(line, view),
            CallState::Held | CallState::Ended => false,
        }
    }

    /// Whether the agent is making this call. A call that the PBX brings back from hold does not count, whoever began it.
    pub(super) fn began(&self, line: &Line, view: &View) -> bool {
        let first = self.legs.seen(&line.exten, &view.uid).min_by_key(|(_, leg)| leg.order);
        let calls = first.is_some_and(|(_, leg)| matches!(leg.purpose, Purpose::Calls { .. }));
        calls && !self.holds.iter().any(|hold| hold.uid == view.uid && hold.by == line.exten)
    }

    /// Whom the agent talks with in this call, whether the agent's own phone holds it or not.
    pub(super) fn company(&self, line: &Line, view: &View) -> Company {
        let mut own: Vec<(&Channel, &Leg)> = self.legs.seen(&line.exten, &view.uid).collect();
        // An agent may have several phones in a call, and talks on the one that does not hold.
        own.sort_by_key(|(_, leg)| (leg.on_hold, leg.order));
        for (channel, leg) in own {
            let mut others = self.others(channel, leg);
            if let Some(other) = others.next() {
                let alone = others.next().is_none();
                return if alone {
                    Company::One { own: channel.clone(), other: other.clone() }
                } else {
                    Company::Several
                };
            }
        }
        Company::Nobody
    }

    /// With whom the agent's phone holds this call. A hold key leaves the party in the agent's bridge; the PBX's own transfer (`*2`)
    /// takes the agent out of it, to a colleague, and leaves the party behind.
    pub(super) fn held_company(&self, line: &Line, view: &View) -> Company {
        let company = self.company(line, view);
        let own = match &company {
            Company::One { own, .. } => Some(own.clone()),
            Company::Nobody => self.legs.seen(&line.exten, &view.uid).map(|(own, _)| own.clone()).next(),
            Company::Several => None,
        };
        let Some((own, leg)) = own.and_then(|own| self.legs.get(&own).map(|leg| (own, leg))) else { return company };
        let apart = |other: &Leg| matches!(other.place, Place::Bridge(_)) && other.place != leg.place;
        let mut behind = self.legs.of_call(&view.uid).filter(|(_, other)| apart(other) && !other.is_of(&line.exten));
        match (behind.next(), behind.next()) {
            (None, _) => company,
            (Some((other, _)), None) => Company::One { own, other: other.clone() },
            (Some(_), Some(_)) => Company::Several,
        }
    }

    /// Whether somebody of this call was left alone in a bridge, while the PBX's own transfer goes on (`*2`): whoever takes a leg out
    /// of that transfer costs the one who waits the call.
    pub(super) fn somebody_waits(&self, uid: &Uid) -> bool {
        self.legs.of_call(uid).any(|(name, leg)| {
            matches!(leg.place, Place::Bridge(_)) && leg.reported() && self.others(name, leg).next().is_none()
        })
    }

    /// The others in the leg's conversation, without mere listeners.
    pub(super) fn others<'a>(&'a self, channel: &'a Channel, leg: &Leg) -> impl Iterator<Item = &'a Channel> {
        let bridge = if let Place::Bridge(bridge) = leg.place { Some(bridge) } else { None };
        let together = bridge.into_iter().flat_map(|bridge| self.legs.in_bridge(bridge));
        let others = together.filter(move |(name, other)| *name != channel && other.purpose != Purpose::Spies);
        others.map(|(name, _)| name)
    }
}
