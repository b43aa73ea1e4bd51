//! What a permitted verb comes to, in telephony's terms: the legs that an adapter has to act on.

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
    /// Who takes it.
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
    /// Who is to be rung.
    pub target: Target,
}

/// To whom a call is handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One of ours, whose phone is there and free.
    Extension(Extension),
    /// A queue, a group, somebody outside: what the agents' dialplan makes of the number.
    Number(PhoneNumber),
}

/// Arm the survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The call.
    pub uid: Uid,
    /// For whom the customer will be asked.
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
    /// The agent's legs. In a conversation these alone: the PBX ends the other side, or leads it to the survey. Of a call that rings
    /// at the agent's phone these alone, too: whoever called goes where the PBX sends him.
    pub own: Vec<Channel>,
    /// Legs that would stay otherwise: the held party (who goes to the survey if that is armed), a transfer's waiting party and its
    /// target, whoever is called in a call that the agent began.
    pub others: Vec<Channel>,
}
