//! All that the page, the tray and the notifications show: one value, sent whole on every change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uncall_contract::{
    Direction,
    event::{EndReason, MemberState, Presence},
};

use crate::problem::Problem;

/// What is known about the desk now. JSON field names are these; the page renders nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The extension, empty before the first start was finished.
    pub extension: String,
    /// The server's connection.
    pub connection: Connection,
    /// Idle or busy.
    pub presence: PresenceView,
    /// The calls of this extension, the one that the verbs act on first (newest ringing, else talking, else held).
    pub calls: Vec<CallView>,
    /// The other extensions, by number, where the server lets this one see them: a supervisor's view. Told by the stream
    /// alone, so without it (see [`Snapshot::connection`]) it is as old as the loss.
    pub team: Option<Vec<MemberView>>,
    /// Verbs under way that belong to no call: `dial`, `busy`, `idle`, `listen`, `whisper`.
    pub pending: Vec<Verb>,
    /// The last refusal or error of a verb, until the next act.
    pub notice: Option<Notice>,
    /// Finished and running calls, newest first, at most 50.
    pub recent: Vec<Entry>,
    /// Which calls stand in the pop-up, newest first.
    pub popups: Vec<String>,
    /// The one state that tray and accents show.
    pub mood: Mood,
}

impl Snapshot {
    /// What is shown before the first start was finished: no server, no extension, no desk.
    pub fn unconfigured(now: Timestamp) -> Snapshot {
        Snapshot {
            extension: String::new(),
            connection: Connection { state: Link::Unconfigured, since: now, problem: None },
            presence: PresenceView { value: None, since: None, pending: None },
            calls: Vec::new(),
            team: None,
            pending: Vec::new(),
            notice: None,
            recent: Vec::new(),
            popups: Vec::new(),
            mood: Mood::Offline,
        }
    }
}

/// The connection to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Connected or not.
    pub state: Link,
    /// Since when.
    pub since: Timestamp,
    /// While offline: why.
    pub problem: Option<Problem>,
}

/// State of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// No server is set yet.
    Unconfigured,
    /// First attempt.
    Connecting,
    /// Events arrive by push.
    Push,
    /// popEvent is polled.
    Poll,
    /// The server does not answer.
    Offline,
}

/// Idle or busy as observed, and the wish that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceView {
    /// As the server reported or confirmed it; unknown with polling until it was set.
    pub value: Option<Presence>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Asked for, not yet answered.
    pub pending: Option<Presence>,
}

/// A call on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// The call's uid.
    pub uid: String,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The party that is not this extension.
    pub other: String,
    /// Direction.
    pub direction: Direction,
    /// State as observed.
    pub state: CallViewState,
    /// Since when it has this state.
    pub since: Timestamp,
    /// When it was first seen.
    pub began: Timestamp,
    /// When it was first seen connected; its running time counts from here.
    pub answered: Option<Timestamp>,
    /// With polling only: not confirmed by the last poll; shown with its age.
    pub stale: bool,
    /// The survey was armed for this call.
    pub survey: bool,
    /// The verb that is under way on this call.
    pub pending: Option<Verb>,
    /// The verbs that make sense now; the page disables the others.
    pub verbs: Vec<Verb>,
}

/// Another extension, as its supervisor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// The extension.
    pub exten: String,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// What its phone does.
    pub state: MemberState,
    /// Since when.
    pub since: Timestamp,
    /// Listen or whisper, while it is under way.
    pub pending: Option<Verb>,
}

/// State of a call on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallViewState {
    /// Rings (push only).
    Ringing,
    /// Connected (push only).
    Talking,
    /// In a call, ringing or talking unknown (polling only).
    InCall,
    /// The other party hears music.
    Held,
    /// Being transferred.
    Transferring,
}

/// What an agent can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// OnClickCall
    Dial,
    /// setBuys
    Busy,
    /// setIdle
    Idle,
    /// keepCalling
    Hold,
    /// restoreCalling
    Restore,
    /// transferCall
    Transfer,
    /// feedBack
    Survey,
    /// monitorExten
    Listen,
    /// whisper
    Whisper,
    /// hangUp
    HangUp,
    /// getRecording and its bytes
    Play,
}

/// A refusal or error, beside the button that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The verb.
    pub verb: Verb,
    /// The call it was for, where there is one.
    pub uid: Option<String>,
    /// Of listen and whisper: the other extension.
    pub target: Option<String>,
    /// Why.
    pub problem: Problem,
    /// When.
    pub at: Timestamp,
}

/// A call in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The call's uid.
    pub uid: String,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The party that is not this extension.
    pub other: String,
    /// Direction.
    pub direction: Direction,
    /// When it was first seen.
    pub began: Timestamp,
    /// When it was first seen connected (unknown with polling only).
    pub answered: Option<Timestamp>,
    /// When it ended; `None` while it is up.
    pub ended: Option<Timestamp>,
    /// Why it ended, where known.
    pub reason: Option<EndReason>,
    /// An incoming call that this extension did not answer (push only).
    pub missed: bool,
}

/// The state that the tray's picture and the accents show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Not connected.
    Offline,
    /// Connected, nothing to do (also presence unknown).
    Idle,
    /// A call rings.
    Ringing,
    /// In a call.
    Talking,
    /// The call is held.
    Held,
    /// Busy, no call.
    Busy,
}
