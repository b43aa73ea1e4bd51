//! The desk's inputs.

use serde::{Deserialize, Serialize};
use uncall_client::{Error, Observation};
use uncall_contract::Outcome;

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The time given by [`crate::state::Desk::due`] has come.
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
        /// The result.
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
        /// Whether the agent has confirmed it, if the number rules want a confirmation.
        #[serde(default)]
        sure: bool,
    },
    /// Hold this call.
    Hold {
        /// The call.
        uid: String,
    },
    /// Resume this held call.
    Restore {
        /// The call.
        uid: String,
    },
    /// Transfer this call.
    Transfer {
        /// The call.
        uid: String,
        /// Where to, as typed.
        target: String,
        /// Whether the agent has confirmed it, if the number rules want a confirmation.
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
        /// The other extension, as typed.
        target: String,
    },
    /// Whisper to another extension.
    Whisper {
        /// The other extension, as typed.
        target: String,
    },
    /// Close this call as over, because the server does not notice its end. It leaves the screen until its uid is offered anew.
    /// Ignored while there is a stream.
    Over {
        /// The call.
        uid: String,
    },
    /// Stop the countdown that would dial a link's number.
    StopCountdown,
    /// "Not now": close the pop-up of this call. Nothing happens to the call itself.
    Dismiss {
        /// The call.
        uid: String,
    },
}
