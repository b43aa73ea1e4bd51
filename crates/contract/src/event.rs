//! The gateway's push events, an extension of the old API: JSON in server-sent events.
//!
//! `GET /uncall_services_api/events?exten=801`; the SSE event name is [`Event::name`], its data [`Event::to_json`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Direction;

/// The relation in the WSDL answer's `Link` header that announces the stream.
pub const LINK_RELATION: &str = "uncall-events";
/// The relation in the WSDL answer's `Link` header that announces that verbs take [`crate::Request::uid`] and
/// [`crate::Request::reason`].
pub const ARGUMENTS_RELATION: &str = "uncall-arguments";
/// The relation in the WSDL answer's `Link` header that announces queues: the event [`Queues`] on streams that ask for it
/// (`with=queues`), and [`QUEUES_PATH`].
pub const QUEUES_RELATION: &str = "uncall-queues";
/// The stream's path on the server.
pub const EVENTS_PATH: &str = "/uncall_services_api/events";
/// The path for reading (`GET`, the data of a [`Queues`] event) and changing (`POST`, a [`QueueChange`]) an extension's queues.
pub const QUEUES_PATH: &str = "/uncall_services_api/queues";
/// Seconds between heartbeat comments. A client that hears nothing for two of them falls back to polling.
pub const HEARTBEAT_SECONDS: u64 = 15;

/// One event of an extension's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The whole state. Comes first on a new stream, and when the server no longer knows the last event id.
    Snapshot(Snapshot),
    /// A call began, changed or ended.
    Call(CallEvent),
    /// The extension became idle or busy.
    Presence(PresenceEvent),
    /// For supervisors only, after each snapshot: everybody this extension may see.
    Team(Team),
    /// For supervisors only: a member of the team changed.
    Member(Member),
    /// Only on streams that asked for it, after each snapshot and on every change: the queues the extension is logged in to.
    Queues(Queues),
}

/// The whole state of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// The reason, as given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means in detail, if there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// The calls that are ringing or connected.
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
    /// The direction, from this extension's point of view.
    pub status: Direction,
    /// The state of the call.
    pub state: CallState,
    /// When that state began, RFC 3339.
    pub since: Timestamp,
    /// For a held call: the channel to restore, which a restarted panel needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// For an ended call: the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// The uid that this extension's call had before two calls were merged. That call has just ended, and this one is not a new
    /// offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// SIP's Call-ID of the leg to this extension's phone, so that a phone knows which of its own calls it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<String>,
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
    /// It has ended for this extension.
    Ended,
}

/// Why a call ended for this extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Somebody hung up.
    Hangup,
    /// This extension transferred it.
    Transferred,
    /// Another phone answered it.
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
    /// The reason, as given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means in detail, if there is more to say.
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

/// What idle or busy means in detail. Clients ignore words they do not know, since later versions may add some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Busy: no call gets through, direct or from a queue.
    DoNotDisturb,
    /// Busy: paused in every queue. Direct calls ring.
    Paused,
    /// Idle: paused in some queues, and called by the others.
    PartlyPaused,
    /// A word from a later version.
    #[serde(other)]
    Unknown,
}

/// The queues that an extension is logged in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queues {
    /// The extension.
    pub exten: String,
    /// Sorted by name. Empty if it is in no queue.
    pub queues: Vec<Queue>,
}

/// A queue, from a member's point of view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whether the member is paused in it and gets no calls from it.
    pub paused: bool,
    /// The reason for the pause, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of waiting callers.
    pub waiting: u32,
    /// Since when the longest-waiting caller has waited, RFC 3339. Absent if nobody waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
}

/// The JSON body of a `POST` to [`QUEUES_PATH`]. The answer is a [`QueueAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueChange {
    /// The extension to log in or out.
    pub exten: String,
    /// The queue's name.
    pub queue: String,
    /// Whether to log in or out.
    #[serde(rename = "do")]
    pub act: QueueAct,
}

/// Logging in to a queue or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueAct {
    /// Log in. A busy extension starts out paused.
    Login,
    /// Log out.
    Logout,
}

/// The answer to a [`QueueChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueAnswer {
    /// Whether the membership is now as wanted. It may have been so before.
    pub ok: bool,
    /// If not, the reason: `No such queue`, `Configured member` (a member from the PBX's configuration cannot log out), `No such
    /// extension`, `Not permitted`, `Connection Failed`.
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

/// The extensions that a supervisor may see, according to the gateway's configuration. Sorted by extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The extensions, without the supervisor's own.
    pub members: Vec<Member>,
}

/// An extension, from its supervisor's point of view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// What its phone is doing.
    pub state: MemberState,
    /// When presence or state last changed, RFC 3339.
    pub since: Timestamp,
    /// The reason, as given with setBuys or to the queue: at most [`crate::BusyReason`]'s 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What idle or busy means in detail, if there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// What the phone of a supervised extension is doing. With several calls, the one that popEvent would report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// No phone is registered.
    Unavailable,
    /// No call.
    Free,
    /// It is ringing.
    Ringing,
    /// It is in a call.
    Talking,
    /// It has a call on hold.
    Held,
    /// It is transferring a call.
    Transferring,
}

impl Snapshot {
    /// A snapshot without reason and detail.
    pub fn new(exten: &str, presence: Presence, calls: Vec<CallEvent>) -> Snapshot {
        Snapshot { exten: exten.to_owned(), presence, reason: None, detail: None, calls }
    }
}

impl PresenceEvent {
    /// An event without reason and detail.
    pub fn new(exten: &str, presence: Presence) -> PresenceEvent {
        PresenceEvent { exten: exten.to_owned(), presence, reason: None, detail: None }
    }
}

impl Member {
    /// A member without reason and detail.
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
        // Serialising structs of strings and enums cannot fail.
        json.unwrap_or_default()
    }

    /// Reads an event. `None` for a name that this version does not know, which is not an error.
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
