//! Everything that page, tray and notifications show: one value, sent whole on every change.

use serde::{Deserialize, Serialize};
use uncall_contract::{
    Direction,
    event::{Detail, MemberState, Presence},
};

use crate::line::Sound;
use crate::moment::Moment;
use crate::names::Who;
use crate::problem::Problem;

/// The current state of the desk. The JSON has the same field names, and the page shows nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The extension. Empty until the first setup is done.
    pub extension: String,
    /// The agent's name, if known.
    pub name: Option<String>,
    /// The server's connection.
    pub connection: Connection,
    /// The panel's own phone, where it is switched on.
    pub line: Option<LineView>,
    /// Idle or busy.
    pub presence: PresenceView,
    /// The calls of this extension: what is heard, then what is on hold, then what rings, each newest first; behind them
    /// what the server did not name last.
    pub calls: Vec<CallView>,
    /// The call that each verb means when none is named.
    pub targets: Targets,
    /// The other extensions, by number, if the server lets this one see them (for supervisors). Only the stream reports them, so
    /// without it (see [`Snapshot::connection`]) they are as old as the loss.
    pub team: Option<Vec<MemberView>>,
    /// Verbs under way that belong to no call: `dial`, `busy`, `idle`, `listen`, `whisper`.
    pub pending: Vec<Verb>,
    /// The last refusal or error of a verb. It goes with the next action, with its call, or after half a minute.
    pub notice: Option<Notice>,
    /// The calls in the pop-up, newest first.
    pub popups: Vec<String>,
    /// The countdown for a link's number.
    pub countdown: Option<Countdown>,
    /// The state that tray and accent colours show.
    pub mood: Mood,
}

impl Snapshot {
    /// The snapshot before the first setup is done: no server, no extension, no desk.
    pub fn unconfigured(now: Moment) -> Snapshot {
        Snapshot {
            extension: String::new(),
            name: None,
            connection: Connection {
                state: Link::Unconfigured,
                since: now,
                problem: None,
                poll_seconds: None,
                silent_since: None,
            },
            line: None,
            presence: PresenceView::default(),
            calls: Vec::new(),
            targets: Targets::default(),
            team: None,
            pending: Vec::new(),
            notice: None,
            popups: Vec::new(),
            countdown: None,
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
    pub since: Moment,
    /// The reason while offline.
    pub problem: Option<Problem>,
    /// With polling: seconds between two polls, which is how late a call may show up.
    pub poll_seconds: Option<u32>,
    /// Since when an answer from the server is overdue: it may be gone. `None` while answers take no longer than usual.
    pub silent_since: Option<Moment>,
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

/// The panel's own phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// Whether it can be called.
    pub state: LineState,
    /// Since when.
    pub since: Moment,
    /// While it cannot: why.
    pub problem: Option<Problem>,
    /// A device came or went within the last half minute: by which one it goes on.
    pub device: Option<DeviceView>,
}

/// Whether the panel's own phone can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// It registers.
    Registering,
    /// It can.
    Registered,
    /// It cannot.
    Lost,
}

/// A device that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// By which the phone goes on; empty where there is none.
    pub name: String,
    /// The chosen one is gone; else it is back.
    pub gone: bool,
    /// When.
    pub at: Moment,
}

/// What the panel's own phone knows of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneView {
    /// What the other side's phone calls itself; may be empty.
    pub name: String,
    /// The microphone is off.
    pub muted: bool,
    /// The other party has put this one on hold.
    pub held_by_other: bool,
    /// The keys that were pressed.
    pub digits: String,
    /// Of a colleague who is asked: the call that it is about.
    pub consults: Option<String>,
    /// What is spoken, once that is agreed.
    pub codec: Option<String>,
    /// Whether the sound is encrypted.
    pub encrypted: bool,
    /// How it sounds, once that is known.
    pub sound: Option<Sound>,
}

/// A number that will be dialled unless the agent stops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// What will be dialled.
    pub dialled: String,
    /// When.
    pub until: Moment,
}

/// Idle or busy as observed, and a pending change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PresenceView {
    /// As the server reported or confirmed it. With polling, unknown until it is set.
    pub value: Option<Presence>,
    /// Since when.
    pub since: Option<Moment>,
    /// Requested but not yet answered.
    pub pending: Option<Presence>,
    /// What the desk will set by itself once the server can be reached again.
    #[serde(default)]
    pub owed: Option<Presence>,
    /// The reason for being busy, or paused in some queues, if one was given.
    pub reason: Option<String>,
    /// What idle or busy means in detail, if this version knows the server's word for it.
    pub detail: Option<Detail>,
    /// It was set by somebody else, against what this panel had set.
    #[serde(default)]
    pub elsewhere: bool,
    /// The extension will be busy when the last call is over.
    #[serde(default)]
    pub after_call: bool,
    /// The extension is busy because nobody was at the desk, and somebody is back: idle, or still busy?
    #[serde(default)]
    pub back: bool,
    /// The time after a call that is running.
    #[serde(default)]
    pub wrap_up: Option<WrapUpView>,
    /// The call whose result has to be chosen before the extension is idle again.
    #[serde(default)]
    pub missing: Option<MissingResult>,
    /// The reasons that are offered; none for the page's own.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// The time after a call, in which the agent writes down what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUpView {
    /// The call.
    pub uid: String,
    /// With whom it was.
    pub other: String,
    /// Since when.
    pub since: Moment,
    /// Until when, unless the agent wants more or is done before.
    pub until: Moment,
}

/// A call whose result is required before the extension is idle again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingResult {
    /// The call.
    pub uid: String,
    /// With whom it was.
    pub other: String,
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
    /// Who that may be, the best match first. Empty if unknown.
    pub who: Vec<Who>,
    /// Direction.
    pub direction: Direction,
    /// State as observed.
    pub state: CallViewState,
    /// When that state began.
    pub since: Moment,
    /// When it was first seen.
    pub began: Moment,
    /// When it was first seen connected. Its duration counts from here.
    pub answered: Option<Moment>,
    /// It may be over: the server's last answer did not name it, or the server does not answer.
    pub unconfirmed: bool,
    /// Whether the agent can close it as over, because without the stream nobody else may report its end.
    pub closable: bool,
    /// The call that the server may pick instead of this one. It may be over, but until that is certain, this call's verbs could
    /// hit it.
    pub behind: Option<String>,
    /// Whether the survey is armed for this call.
    pub survey: bool,
    /// The panel's own phone has it.
    pub phone: Option<PhoneView>,
    /// It has been on hold for longer than the settings have it.
    #[serde(default)]
    pub held_long: bool,
    /// The verb under way on this call.
    pub pending: Option<Verb>,
    /// The verbs that make sense now. The page disables the others.
    pub verbs: Vec<Verb>,
}

/// Another extension, from its supervisor's point of view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// The extension.
    pub exten: String,
    /// The name for this extension, if known.
    pub name: Option<String>,
    /// Idle or busy, as set.
    pub presence: Presence,
    /// What its phone is doing.
    pub state: MemberState,
    /// Since when.
    pub since: Moment,
    /// Listen or whisper, while under way.
    pub pending: Option<Verb>,
}

/// State of a call on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallViewState {
    /// Ringing. With polling: it came in within the last 30 s, and no verb has shown that it is connected.
    Ringing,
    /// Connected (push only).
    Talking,
    /// In a call (polling only).
    InCall,
    /// The other party hears music.
    Held,
    /// On hold or not, unknown: the answer to hold or resume was lost, or a refusal disproved the state (polling only).
    HoldUnknown,
    /// Being transferred.
    Transferring,
}

impl CallViewState {
    /// What tray and accent colours show for a call in this state.
    pub const fn mood(self) -> Mood {
        match self {
            CallViewState::Ringing => Mood::Ringing,
            CallViewState::Talking | CallViewState::InCall | CallViewState::Transferring => Mood::Talking,
            CallViewState::Held | CallViewState::HoldUnknown => Mood::Held,
        }
    }
}

/// The uid of the call that each verb means when none is named, for keys and tray.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Targets {
    /// Hold.
    pub hold: Option<String>,
    /// Resume.
    pub restore: Option<String>,
    /// Transfer.
    pub transfer: Option<String>,
    /// Survey.
    pub survey: Option<String>,
    /// Hang up.
    pub hang_up: Option<String>,
    /// Answer.
    pub answer: Option<String>,
    /// The microphone off or on.
    pub mute: Option<String>,
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
    /// Of the panel's own phone, as are those that follow.
    Answer,
    /// The microphone off or on.
    Mute,
    /// Press keys.
    Dtmf,
    /// Ask a colleague.
    Consult,
    /// Connect the caller with the colleague.
    Complete,
    /// Talk to the one on hold.
    Swap,
    /// Leave the colleague.
    Back,
}

/// A refusal or error, shown next to the button that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The verb.
    pub verb: Verb,
    /// The call it was for, if any.
    pub uid: Option<String>,
    /// For listen and whisper: the other extension.
    pub target: Option<String>,
    /// Why.
    pub problem: Problem,
    /// When.
    pub at: Moment,
}

/// The state that the tray icon and the accent colours show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Not connected.
    Offline,
    /// Connected, no call, not busy (or presence unknown).
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
