//! A leg: one party's end of a call, and where it is.

use jiff::Timestamp;
use uncall_contract::{Channel, Extension, Uid};

use uncall_switch::calls::{Fact, Party, Purpose};

/// Never used twice, so a timer of a leg that is gone finds nothing.
pub(crate) type LegId = u64;

#[derive(Debug)]
pub(crate) struct Leg {
    pub(super) channel: Channel,
    pub(super) uid: Uid,
    pub(super) party: Party,
    pub(super) purpose: Purpose,
    pub(super) place: Place,
    pub(super) answered: bool,
    /// Whether its own phone has put the call on hold.
    pub(super) on_hold: bool,
    /// The agent whom this leg will be asked to rate.
    pub(super) armed: Option<Extension>,
    /// Since when it has been in its place.
    pub(super) since: Timestamp,
}

/// Where a leg is; with it, what its party hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The party's phone rings.
    Ringing(Ring),
    /// Off the hook; the far end is rung: ringback tone.
    Dialling,
    /// Busy tone, then the end.
    BusyTone,
    /// In conversation.
    Bridge(u64),
    /// The agent's leg of a held call.
    Silence,
    /// Held, with the agent's leg as long as it is there.
    Music { by: Extension, own: Option<LegId>, own_name: Channel, hold: u64 },
    /// The agent's leg of a transfer: hears "transferring".
    Announcement { other: LegId },
    /// The other party's leg of a transfer: music.
    Waiting { agent: Option<LegId>, target: LegId, ticket: u64 },
    /// Waiting in a queue, with music, and which member is rung next.
    Queued { queue: String, next: usize, since: Timestamp },
    /// Asked for a rating.
    Survey { agent: Extension },
    /// Listens to a leg, and may speak to it.
    Spying { target: LegId, whisper: bool },
}

/// What happens when a ringing phone answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ring {
    /// It talks with its caller.
    Called { caller: LegId },
    /// Click to dial: the number is called.
    Click { number: uncall_contract::PhoneNumber },
    /// It takes a transferred party.
    Target { other: LegId },
    /// It talks with the held party again.
    Recall { held: LegId },
    /// The answer connects it to a caller waiting in a queue.
    Queued { caller: LegId },
    /// It listens.
    Spy { target: LegId, whisper: bool },
}

impl Place {
    pub(super) fn is_bridge(&self, bridge: u64) -> bool {
        *self == Place::Bridge(bridge)
    }
}

impl Leg {
    pub(super) const fn is_ringing(&self) -> bool {
        matches!(self.place, Place::Ringing(_))
    }

    /// Whether its party hears the others of its conversation.
    pub(super) const fn talks(&self) -> bool {
        matches!(self.place, Place::Bridge(_)) && !self.on_hold
    }

    /// Whether the receiver is free for another call: this one is held, by the PBX or by the phone.
    pub(super) const fn leaves_receiver(&self) -> bool {
        matches!(self.place, Place::Silence) || (matches!(self.place, Place::Bridge(_)) && self.on_hold)
    }

    /// Whether the phone is in use, so that it does not answer another call by itself.
    pub(super) const fn is_engaged(&self) -> bool {
        if self.leaves_receiver() {
            return false;
        }
        match self.place {
            Place::Ringing(_) | Place::Silence => false,
            Place::Dialling
            | Place::BusyTone
            | Place::Bridge(_)
            | Place::Music { .. }
            | Place::Announcement { .. }
            | Place::Waiting { .. }
            | Place::Queued { .. }
            | Place::Survey { .. }
            | Place::Spying { .. } => true,
        }
    }

    pub(super) fn began(&self) -> Fact {
        Fact::LegBegan {
            channel: self.channel.clone(),
            uid: self.uid.clone(),
            party: self.party.clone(),
            purpose: self.purpose.clone(),
            rings: self.is_ringing(),
        }
    }
}

/// Why a phone that rang was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The time was over.
    TimeOver,
    /// Refused, by hand or because the phone dropped off.
    Declined,
}
