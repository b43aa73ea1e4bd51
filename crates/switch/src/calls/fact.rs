//! What an adapter reports to the call table, in telephony's terms: legs, bridges, waiting places.

use jiff::{SignedDuration, Timestamp};
use uncall_contract::event::{EndReason, Presence};
use uncall_contract::{BusyReason, Channel, Extension, PhoneNumber, Uid};

/// Something that happened on the PBX. Adapters report facts in order; facts that belong to one step are reported together, so
/// that nobody sees half of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The PBX can be reached, or not. A new table assumes that it can.
    Reachable(bool),
    /// An extension exists; `registered` says whether its phone can be rung.
    Line {
        /// The extension.
        exten: Extension,
        /// Whether a phone is registered.
        registered: bool,
    },
    /// An extension was made busy for all callers, or idle again. An extension that is paused in every queue is busy as well: see
    /// `Membership`.
    Presence {
        /// The extension.
        exten: Extension,
        /// What it is now.
        presence: Presence,
        /// Why it is busy, if a reason was given.
        reason: Option<BusyReason>,
    },
    /// An extension takes a queue's calls, or is paused in it, or is no longer a member (`None`).
    Membership {
        /// The extension.
        exten: Extension,
        /// The queue's name.
        queue: String,
        /// Its membership now.
        now: Option<Membership>,
    },
    /// A caller waits in a queue.
    QueueJoined {
        /// The queue's name.
        queue: String,
        /// An id of the caller.
        caller: String,
        /// How long he has waited already.
        waited: SignedDuration,
    },
    /// A caller no longer waits in a queue.
    QueueLeft {
        /// The queue's name.
        queue: String,
        /// The caller.
        caller: String,
    },
    /// A leg began: a phone rings, or somebody calls.
    LegBegan {
        /// The leg's channel, unique while it lasts.
        channel: Channel,
        /// The call that the leg belongs to: the unique id of the call's first leg.
        uid: Uid,
        /// Whose leg it is.
        party: Party,
        /// How the leg came to be.
        purpose: Purpose,
        /// The party's own phone rings (a called leg, or click-to-dial's first leg).
        rings: bool,
    },
    /// The leg has been in its state since this time, which an adapter that has just connected knows.
    LegSince {
        /// The leg.
        channel: Channel,
        /// The time by the PBX.
        at: Timestamp,
    },
    /// The other party of the leg has become known, or has changed by a transfer.
    LegMeans {
        /// The leg.
        channel: Channel,
        /// What its extension sees from now on.
        purpose: Purpose,
    },
    /// The party of a leg has answered.
    LegAnswered {
        /// The leg.
        channel: Channel,
    },
    /// The party's own phone has put the leg on hold, or taken it back. The leg stays where it is; the party does not hear it.
    PhoneHold {
        /// The leg.
        channel: Channel,
        /// On hold, or taken back.
        on: bool,
    },
    /// The leg talks with the other legs of this bridge; it has left any place it was in.
    Bridged {
        /// The leg.
        channel: Channel,
        /// The bridge, unique while it lasts.
        bridge: u64,
    },
    /// The PBX itself has answered the leg and talks with it: a voicemail, a menu, a queue's music.
    WithPbx {
        /// The leg.
        channel: Channel,
    },
    /// The leg has left its bridge, or the hold in which it waited. Another fact tells where it went.
    Unbridged {
        /// The leg.
        channel: Channel,
    },
    /// The leg hears hold music until `by` takes it back. Ends when the leg is bridged, unbridged, aside, or ends.
    Held {
        /// The other party's leg.
        channel: Channel,
        /// Who holds it.
        by: Extension,
        /// The agent's own leg at that moment.
        own: Channel,
    },
    /// The agent's leg hears "transferring" while the other party waits for the target. Ends when a leg is bridged or ends.
    Transferring {
        /// The agent's leg.
        channel: Channel,
        /// The leg that waits.
        other: Channel,
    },
    /// The leg is no longer part of the conversation (it hears the survey); agents do not see it.
    Aside {
        /// The leg.
        channel: Channel,
    },
    /// The leg is gone.
    LegEnded {
        /// The leg.
        channel: Channel,
        /// The reason, for its party.
        reason: EndReason,
    },
}

/// An extension's membership of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// Whether the queue gives it no calls.
    pub paused: bool,
    /// Why it is paused, if a reason was given.
    pub reason: Option<BusyReason>,
}

/// Whose leg it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// One of ours.
    Extension(Extension),
    /// Somebody outside.
    Number(PhoneNumber),
    /// Somebody outside without a number that could be dialled (withheld, or a SIP name), as the PBX shows them.
    Named(String),
}

impl Party {
    /// The number as it is shown to the others.
    pub fn as_str(&self) -> &str {
        match self {
            Party::Extension(exten) => exten.as_str(),
            Party::Number(number) => number.as_str(),
            Party::Named(name) => name,
        }
    }

    /// The extension, if it is one of ours.
    pub const fn extension(&self) -> Option<&Extension> {
        match self {
            Party::Extension(exten) => Some(exten),
            Party::Number(_) | Party::Named(_) => None,
        }
    }
}

/// How a leg came to be, which decides what its extension sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// It calls `to`: callout. Click-to-dial counts as this from the first ring of the agent's phone.
    Calls {
        /// The number called.
        to: String,
    },
    /// It is called by `from`: callin. A transfer's target is called by the other party.
    CalledBy {
        /// The caller.
        from: String,
    },
    /// It listens or whispers, and is not reported as a call.
    Spies,
}

impl Purpose {
    /// The other side, as it is shown.
    pub fn other(&self) -> Option<&str> {
        match self {
            Purpose::Calls { to } => Some(to),
            Purpose::CalledBy { from } => Some(from),
            Purpose::Spies => None,
        }
    }
}
