//! What a line tells.

use std::time::Duration;

use serde::Serialize;

/// A leg's number; ours, counted up for as long as the line lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct LegId(pub u64);

/// What a line tells. Whole values: each replaces what was told of the same before.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LineEvent {
    /// An attempt to register has begun.
    Registering,
    /// The line is registered: calls come in.
    Registered,
    /// The line is not registered. It tries again by itself.
    Lost {
        /// Why.
        why: Trouble,
        /// When it tries again, in seconds.
        again_in: u64,
    },
    /// A call, as it is now. After [`LegState::Ended`] nothing more is told of it.
    Leg(Leg),
    /// How a call sounds, about once a second.
    Quality(Quality),
    /// Sound runs over another device now, or one is gone.
    Device(DeviceChange),
}

/// Why a line is not registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What to do about it depends on this.
    pub kind: TroubleKind,
    /// What the system or the server said; no sentence for people.
    pub detail: String,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The server does not take this user with this secret.
    WrongSecret,
    /// The server knows no such user.
    UnknownUser,
    /// The server refuses for another reason: the code is in the detail.
    Refused,
    /// The registrar's name has no address.
    NoSuchHost,
    /// Nothing leads to the registrar: this machine has no network.
    NoNetwork,
    /// The registrar does not answer, or refuses connections.
    Unreachable,
    /// The registrar's certificate is not trusted.
    CertificateRefused,
    /// The registrar does not speak TLS there.
    NoTls,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The other side.
    Incoming,
    /// This one.
    Outgoing,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Dialled, and nothing is known yet.
    Calling,
    /// It rings: here for an incoming call, there for an outgoing one.
    Ringing,
    /// The other side lets something be heard before it answers.
    Early,
    /// Both can talk.
    Talking,
    /// This side has put it on hold.
    Held,
    /// Over.
    Ended,
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// This side hung up, declined or gave up.
    Here,
    /// The other side hung up.
    There,
    /// An incoming call ended before it was answered.
    GaveUp,
    /// Another phone took the call.
    AnsweredElsewhere,
    /// The other side is busy.
    Busy,
    /// The other side declined.
    Declined,
    /// Nobody answered.
    NoAnswer,
    /// There is no such number.
    NoSuchNumber,
    /// The number is elsewhere (3xx), which this line does not follow.
    Moved,
    /// The server refused: the code says how.
    Refused,
    /// Both sides have no sound in common: codec or encryption.
    NoCommonSound,
    /// Nothing came any more.
    Silence,
    /// The server cannot be reached, or no longer knows the call.
    Lost,
    /// The call was handed on.
    Transferred,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Why.
    pub why: Why,
    /// The SIP status, where there was one.
    pub code: Option<u16>,
    /// What the other side said; no sentence for people.
    pub detail: String,
}

/// A call of this line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leg {
    /// Ours.
    pub id: LegId,
    /// SIP's.
    pub call_id: String,
    /// The PBX's, from the header `X-Uncall-Uid`.
    pub uid: Option<String>,
    /// What this call answers to, from the header `X-Uncall-Action`.
    pub action: Option<String>,
    /// Who called.
    pub direction: Direction,
    /// The other side's number.
    pub number: String,
    /// The other side's name.
    pub name: Option<String>,
    /// Where it stands.
    pub state: LegState,
    /// The other side has put this one on hold.
    pub held_by_other: bool,
    /// The microphone is off in this call.
    pub muted: bool,
    /// Keys that were pressed.
    pub sent: String,
    /// The call for whose sake this one was made: this is a consultation.
    pub consults: Option<LegId>,
    /// What is spoken, once that is agreed.
    pub codec: Option<&'static str>,
    /// Whether the sound is encrypted.
    pub encrypted: bool,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// How a call sounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// The call.
    pub leg: LegId,
    /// Mean opinion by the E-model, 1 to 4.5.
    pub mos: f64,
    /// The part of the packets, 0 to 1, that did not come, of all so far.
    pub loss: f64,
    /// The part that the other side has lost.
    pub loss_there: Option<f64>,
    /// Mean deviation of the packets' spacing.
    pub jitter: Duration,
    /// Mouth to ear, as far as it can be known.
    pub delay: Duration,
    /// Nothing has come for five seconds.
    pub nothing_arrives: bool,
    /// The microphone gives nothing for five seconds, though it is on.
    pub microphone_silent: bool,
    /// The loudest of the last second, 0 to 1: microphone and headphones.
    pub levels: (f32, f32),
}

/// What became of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceChange {
    /// The microphone; else the headphones.
    pub microphone: bool,
    /// Its name; nothing: the system's choice.
    pub device: Option<String>,
    /// It is gone, and this is what the system says; nothing: sound runs over it now.
    pub lost: Option<String>,
    /// It is the one that was chosen.
    pub chosen: bool,
}
