//! The push events of the gateway: an extension of the old API, as JSON in server-sent events.
//!
//! `GET /uncall_services_api/events?exten=801`; the SSE event name is [`Event::name`], its data [`Event::to_json`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Direction;

/// Where the WSDL answer's `Link` header points: the relation that announces the stream.
pub const LINK_RELATION: &str = "uncall-events";
/// The relation by which the WSDL answer's `Link` header announces that verbs take [`crate::Request::uid`] and
/// [`crate::Request::reason`].
pub const ARGUMENTS_RELATION: &str = "uncall-arguments";
/// The relation by which the WSDL answer's `Link` header announces queues: the event [`Queues`] for streams that ask for it
/// (`with=queues`), and [`QUEUES_PATH`].
pub const QUEUES_RELATION: &str = "uncall-queues";
/// The stream's path on the server.
pub const EVENTS_PATH: &str = "/uncall_services_api/events";
/// Where an extension's queues are read (`GET`, the data of a [`Queues`] event) and changed (`POST`, a [`QueueChange`]).
pub const QUEUES_PATH: &str = "/uncall_services_api/queues";
/// Seconds between heartbeat comments; a client that hears nothing for two of them falls back to polling.
pub const HEARTBEAT_SECONDS: u64 = 15;

/// One event of an extension's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Everything about the extension: first on a new stream, and for an id that the server no longer knows.
    Snapshot(Snapshot),
    /// A call began, changed or ended.
    Call(CallEvent),
    /// The extension became idle or busy.
    Presence(PresenceEvent),
    /// Supervisors only, after each snapshot: everybody whom this extension may see.
    Team(Team),
    /// Supervisors only: one of them changed.
    Member(Member),
    /// Only on a stream that asked for it, after each snapshot and on every change: the queues whose calls this extension takes.
    Queues(Queues),
}

/// The whole state of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// Why, in the words that were given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means more exactly, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// The calls that ring or are up.
    pub calls: Vec<CallEvent>,
}

/// A call as one extension sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// The call's unique id.
    pub uid: String,
    /// The caller.
    pub calla: String,
    /// The called number.
    pub callb: String,
    /// Direction from this extension's view.
    pub status: Direction,
    /// What the call does now.
    pub state: CallState,
    /// When it began to do that, RFC 3339.
    pub since: Timestamp,
    /// Of a held call: the channel to restore, so that a restarted panel can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Of an ended call: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// The uid that this extension's call had before two calls became one; that one has just ended, and this is no new offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

/// The state of a call for one extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// A phone rings.
    Ringing,
    /// Both parties are connected.
    Talking,
    /// The other party hears music.
    Held,
    /// A transfer by this extension is under way.
    Transferring,
    /// Over for this extension.
    Ended,
}

/// Why a call ended for this extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Somebody hung up.
    Hangup,
    /// This extension handed it on.
    Transferred,
    /// Another phone took it.
    AnsweredElsewhere,
    /// Nobody answered.
    NoAnswer,
}

/// The presence of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceEvent {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// Why, in the words that were given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means more exactly, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// Idle or busy, as set by setIdle and setBuys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// Reachable.
    Idle,
    /// Callers hear that the extension is busy.
    Busy,
}

/// What idle or busy means more exactly. Clients pass over a word that they do not know; later versions may have more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Busy: nobody gets through, whatever he calls.
    DoNotDisturb,
    /// Busy: paused in every queue. A direct call rings.
    Paused,
    /// Idle: paused in some of the queues, and called by the others.
    PartlyPaused,
    /// A word of a later version.
    #[serde(other)]
    Unknown,
}

/// The queues whose calls an extension takes, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queues {
    /// The extension.
    pub exten: String,
    /// Sorted by name; empty for who is in no queue.
    pub queues: Vec<Queue>,
}

/// A queue as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whether the member is paused in it: it gives him no calls.
    pub paused: bool,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many callers wait.
    pub waiting: u32,
    /// Since when the one waits who has waited longest, RFC 3339; absent when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
}

/// What is asked of [`QUEUES_PATH`] by `POST`, as JSON. The answer is a [`QueueAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueChange {
    /// Whose membership.
    pub exten: String,
    /// The queue's name.
    pub queue: String,
    /// Take its calls, or no more.
    #[serde(rename = "do")]
    pub act: QueueAct,
}

/// Log in to a queue or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueAct {
    /// Take its calls. Who is busy is paused in it from the beginning.
    Login,
    /// Take its calls no more.
    Logout,
}

/// The answer to a [`QueueChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueAnswer {
    /// Whether it is as wanted now; it may have been so before.
    pub ok: bool,
    /// If not, why: `No such queue`, `Configured member` (a member by the PBX's configuration cannot leave), `No such extension`,
    /// `Not permitted`, `Connection Failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why a [`QueueChange`] was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueRefusal {
    /// There is no such queue.
    NoSuchQueue,
    /// A member by the PBX's configuration cannot leave.
    ConfiguredMember,
    /// There is no such extension.
    NoSuchExtension,
    /// Whoever asks may not.
    NotPermitted,
    /// The PBX cannot be reached.
    ConnectionFailed,
}

impl QueueAnswer {
    /// It is as wanted.
    pub const DONE: QueueAnswer = QueueAnswer { ok: true, message: None };

    /// It is not, and why.
    pub fn refused(why: QueueRefusal) -> QueueAnswer {
        let message = match why {
            QueueRefusal::NoSuchQueue => "No such queue",
            QueueRefusal::ConfiguredMember => "Configured member",
            QueueRefusal::NoSuchExtension => "No such extension",
            QueueRefusal::NotPermitted => "Not permitted",
            QueueRefusal::ConnectionFailed => "Connection Failed",
        };
        QueueAnswer { ok: false, message: Some(message.to_owned()) }
    }
}

/// Whom a supervisor may see, by the gateway's configuration. Sorted by extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The extensions; the supervisor's own is not among them.
    pub members: Vec<Member>,
}

/// One extension as its supervisor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// What its phone does.
    pub state: MemberState,
    /// Since when presence and state are what they are, RFC 3339.
    pub since: Timestamp,
    /// Why, in the words that were given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means more exactly, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// What the phone of a supervised extension does: of several calls, the one that popEvent would report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// No phone is registered.
    Unavailable,
    /// No call.
    Free,
    /// It rings.
    Ringing,
    /// It is in a call.
    Talking,
    /// It holds a call.
    Held,
    /// It transfers a call.
    Transferring,
}

impl Snapshot {
    /// An extension that is this and has these calls, and nothing more to say.
    pub fn new(exten: &str, presence: Presence, calls: Vec<CallEvent>) -> Snapshot {
        Snapshot { exten: exten.to_owned(), presence, reason: None, detail: None, calls }
    }
}

impl PresenceEvent {
    /// The extension is this, and nothing more is to say.
    pub fn new(exten: &str, presence: Presence) -> PresenceEvent {
        PresenceEvent { exten: exten.to_owned(), presence, reason: None, detail: None }
    }
}

impl Member {
    /// The member is this, and nothing more is to say.
    pub fn new(exten: &str, presence: Presence, state: MemberState, since: Timestamp) -> Member {
        Member { exten: exten.to_owned(), presence, state, since, reason: None, detail: None }
    }
}

impl Event {
    /// The SSE event name: `snapshot`, `call`, `presence`, `team`, `member` or `queues`.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::Snapshot(_) => "snapshot",
            Event::Call(_) => "call",
            Event::Presence(_) => "presence",
            Event::Team(_) => "team",
            Event::Member(_) => "member",
            Event::Queues(_) => "queues",
        }
    }

    /// The SSE data: one line of JSON.
    pub fn to_json(&self) -> String {
        let json = match self {
            Event::Snapshot(snapshot) => serde_json::to_string(snapshot),
            Event::Call(call) => serde_json::to_string(call),
            Event::Presence(presence) => serde_json::to_string(presence),
            Event::Team(team) => serde_json::to_string(team),
            Event::Member(member) => serde_json::to_string(member),
            Event::Queues(queues) => serde_json::to_string(queues),
        };
        // Structs of strings and enums cannot fail to serialise.
        json.unwrap_or_default()
    }

    /// Reads an event; `None` for a name that this version does not know, which is no error.
    pub fn from_json(name: &str, data: &str) -> Result<Option<Event>, serde_json::Error> {
        Ok(match name {
            "snapshot" => Some(Event::Snapshot(serde_json::from_str(data)?)),
            "call" => Some(Event::Call(serde_json::from_str(data)?)),
            "presence" => Some(Event::Presence(serde_json::from_str(data)?)),
            "team" => Some(Event::Team(serde_json::from_str(data)?)),
            "member" => Some(Event::Member(serde_json::from_str(data)?)),
            "queues" => Some(Event::Queues(serde_json::from_str(data)?)),
            _ => None,
        })
    }
}
