//! Events of a line.

use serde::Serialize;

use crate::{CallQuality, Quality, Verdict};

/// Identifies a leg for the lifetime of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct LegId(pub u64);

/// An event. Each is a complete value that replaces the previous one of the same subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LineEvent {
    /// A registration attempt has started.
    Registering,
    /// The line is registered and takes calls.
    Registered,
    /// The line is not registered. It retries by itself.
    Lost {
        /// Why.
        why: Trouble,
        /// Seconds until the next attempt.
        again_in: u64,
    },
    /// The current state of a call. [`LegState::Ended`] is its last.
    Leg(Box<Leg>),
    /// The quality of a call, about once per second.
    Quality(Quality),
    /// What a test call has shown.
    Echo {
        /// The call.
        leg: LegId,
        /// What is wrong.
        verdict: Verdict,
    },
    /// A sound device came into use or was lost.
    Device(DeviceChange),
}

/// Why a line is not registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The kind, which decides what to do.
    pub kind: TroubleKind,
    /// Details from the system or the server, for the log.
    pub detail: String,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The server rejects the user with this secret.
    WrongSecret,
    /// The server does not know the user.
    UnknownUser,
    /// The server refuses for another reason. The detail has the status.
    Refused,
    /// The registrar's name has no address.
    NoSuchHost,
    /// This machine has no route to the registrar.
    NoNetwork,
    /// The registrar does not answer, or refuses connections.
    Unreachable,
    /// The registrar's certificate is not trusted.
    CertificateRefused,
    /// The registrar's port does not speak TLS.
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

/// The state of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Dialled; the other side is not ringing yet.
    Calling,
    /// Ringing: here for an incoming call, at the other side for an outgoing one.
    Ringing,
    /// The other side sends sound before it answers, such as an announcement.
    Early,
    /// Answered.
    Talking,
    /// On hold by this side.
    Held,
    /// Ended.
    Ended,
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// This side hung up, declined or gave up.
    Here,
    /// The other side hung up.
    There,
    /// The caller gave up.
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
    /// The number has moved (3xx). The line does not follow.
    Moved,
    /// The server refused with another status.
    Refused,
    /// Codecs or encryption of the two sides do not match.
    NoCommonSound,
    /// No packet arrived for 30 seconds.
    Silence,
    /// The server is unreachable or no longer knows the call.
    Lost,
    /// This side transferred the call.
    Transferred,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Why.
    pub why: Why,
    /// The SIP status, if there was one.
    pub code: Option<u16>,
    /// The other side's reason, for the log.
    pub detail: String,
}

/// A call of this line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leg {
    /// Its number on this line.
    pub id: LegId,
    /// The SIP Call-ID.
    pub call_id: String,
    /// The PBX's uid of the call, from the header `X-Uncall-Uid`.
    pub uid: Option<String>,
    /// The action that caused the call, from the header `X-Uncall-Action`.
    pub action: Option<String>,
    /// Who called.
    pub direction: Direction,
    /// The other side's number.
    pub number: String,
    /// The other side's name.
    pub name: Option<String>,
    /// Its state.
    pub state: LegState,
    /// The other side has put the call on hold.
    pub held_by_other: bool,
    /// The microphone is muted in this call.
    pub muted: bool,
    /// The keys that were sent.
    pub sent: String,
    /// For a consultation, the call that it belongs to.
    pub consults: Option<LegId>,
    /// The codec, once negotiated.
    pub codec: Option<&'static str>,
    /// Whether the sound is encrypted.
    pub encrypted: bool,
    /// How it ended.
    pub ended: Option<Ended>,
    /// How it sounded, once it has ended. None for a call without a second of sound.
    pub quality: Option<CallQuality>,
}

/// A change of a sound device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceChange {
    /// True for the microphone, false for the headphones.
    pub microphone: bool,
    /// The device's name. None for the system's default.
    pub device: Option<String>,
    /// Why the device was lost. None if it came into use.
    pub lost: Option<String>,
    /// Whether it is the device from the settings.
    pub chosen: bool,
}
