//! Plans of permitted verbs, in telephony's terms: the legs that an adapter has to act on.

use uncall_contract::{Channel, Extension, PhoneNumber, Uid};

/// Click to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Rung first.
    pub exten: Extension,
    /// Called when the extension has answered.
    pub number: PhoneNumber,
}

/// Two legs that talk with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The call.
    pub uid: Uid,
    /// The agent.
    pub agent: Extension,
    /// The agent's leg.
    pub own: Channel,
    /// The other party's leg.
    pub other: Channel,
}

/// Take a held call back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// The call.
    pub uid: Uid,
    /// The agent who takes it back.
    pub agent: Extension,
    /// The agent's own leg, while it is still there; else the phone has to be rung.
    pub own: Option<Channel>,
    /// The leg that hears music.
    pub held: Channel,
}

/// Hand the other party to a target, with a way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The two that talk now.
    pub pair: Pair,
    /// Whom to ring.
    pub target: Target,
}

/// The target of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One of ours, whose phone is registered and free.
    Extension(Extension),
    /// A queue, a group or somebody outside, as the agents' dialplan interprets the number.
    Number(PhoneNumber),
}

/// Arm the survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The call.
    pub uid: Uid,
    /// The agent whom the customer will rate.
    pub agent: Extension,
    /// The customer's leg.
    pub other: Channel,
}

/// Listen or whisper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spy {
    /// The call that is listened to.
    pub uid: Uid,
    /// Who listens; the phone is rung.
    pub agent: Extension,
    /// The leg that is listened to, and whispered to.
    pub target: Channel,
    /// Whether the target hears the listener.
    pub whisper: bool,
}

/// End a call, or decline it: own legs that ring, and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HangUp {
    /// The agent's legs. In a conversation these are enough: the PBX ends the other side, or sends it to the survey. The same
    /// goes for a call that rings at the agent's phone: the caller goes where the PBX sends him.
    pub own: Vec<Channel>,
    /// Legs that would otherwise stay: the held party (who goes to the survey if that is armed), a transfer's waiting party and
    /// its target, the called party of a call that the agent began.
    pub others: Vec<Channel>,
}
