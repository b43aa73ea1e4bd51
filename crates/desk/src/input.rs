//! What reaches the desk.

use serde::{Deserialize, Serialize};
use uncall_client::{Error, Observation};
use uncall_contract::Outcome;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The time that [`crate::state::Desk::due`] named has come.
    Due,
    /// From the server's event source.
    Seen(Observation),
    /// From the agent.
    Wanted(Intent),
    /// The screen was locked, or is open again.
    Locked(bool),
    /// A link has put this number into the dial box.
    Linked(String),
    /// The answer to [`crate::effect::Effect::Ask`] with this id.
    Answered {
        /// The ask's id.
        ask: u64,
        /// What came of it.
        result: Result<Outcome, Error>,
    },
}

/// What the agent wants; the JSON that the page sends to the `act` command, e.g. `{"do":"transfer","uid":"1.2","target":"802","sure":false}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Intent {
    /// Be reachable.
    Idle,
    /// Be busy, for a reason where one was chosen.
    Busy {
        /// In the agent's words.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Be busy as soon as the last call is over; or not, after all.
    BusyAfter {
        /// Be it.
        on: bool,
        /// In the agent's words.
        #[serde(default)]
        reason: Option<String>,
    },
    /// More time after the call.
    WrapUpMore,
    /// The time after the call is over.
    WrapUpDone,
    /// Call a number, as typed.
    Dial {
        /// As typed.
        number: String,
        /// The agent was asked, where the number rules want that.
        #[serde(default)]
        sure: bool,
    },
    /// Hold this call.
    Hold {
        /// The call.
        uid: String,
    },
    /// Take this held call back.
    Restore {
        /// The call.
        uid: String,
    },
    /// Hand this call on.
    Transfer {
        /// The call.
        uid: String,
        /// Where to, as typed.
        target: String,
        /// The agent was asked, where the number rules want that.
        #[serde(default)]
        sure: bool,
    },
    /// Arm the survey of this call.
    Survey {
        /// The call.
        uid: String,
    },
    /// End this call.
    HangUp {
        /// The call.
        uid: String,
    },
    /// Listen to another extension's call.
    Listen {
        /// Whose, as typed.
        target: String,
    },
    /// Whisper to another extension.
    Whisper {
        /// To whom, as typed.
        target: String,
    },
    /// This call is over, says the agent, and the server does not notice: it leaves the screen until its uid is offered
    /// anew. Heard only without the stream.
    Over {
        /// The call.
        uid: String,
    },
    /// Do not dial the link's number that is counted down.
    StopCountdown,
    /// Not now: close the pop-up of this call; nothing happens to the call.
    Dismiss {
        /// The call.
        uid: String,
    },
}
