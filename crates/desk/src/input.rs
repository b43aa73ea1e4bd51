//! The desk's inputs.

use serde::{Deserialize, Serialize};
use uncall_client::{Error, Observation};
use uncall_contract::Outcome;

use crate::line::Said;

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The time given by [`crate::state::Desk::due`] has come.
    Due,
    /// From the server's event source.
    Seen(Observation),
    /// From the panel's own phone.
    Line(Said),
    /// From the agent.
    Wanted(Intent),
    /// Nobody is at the desk, or this reason for that is over.
    Away {
        /// Why.
        why: Absence,
        /// It begins; else it ends.
        on: bool,
    },
    /// The agent has chosen a result for a call, or has taken it back.
    Disposed {
        /// The call.
        uid: String,
        /// Chosen.
        has_result: bool,
    },
    /// A link has put this number into the dial box.
    Linked(String),
    /// Names of numbers have changed or become known.
    Renamed,
    /// The answer to [`crate::effect::Effect::Ask`] with this id.
    Answered {
        /// The ask's id.
        ask: u64,
        /// The result.
        result: Result<Outcome, Error>,
    },
}

/// Why nobody is at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// The screen is locked.
    Locked,
    /// The machine sleeps, or is about to.
    Asleep,
    /// Neither keyboard nor mouse has been touched for as long as [`crate::Options::busy_when_idle_minutes`].
    Unattended,
    /// The session ends: logged off, shut down.
    Leaving,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Be busy as soon as the last call is over; or not, after all.
    BusyAfter {
        /// Be it.
        on: bool,
        /// In the agent's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// Answer this call that rings.
    Answer {
        /// The call.
        uid: String,
    },
    /// The microphone off or on.
    Mute {
        /// The call.
        uid: String,
        /// Off.
        on: bool,
    },
    /// Press keys.
    Dtmf {
        /// The call.
        uid: String,
        /// `0`–`9`, `*`, `#`, `A`–`D`. A recording has stars in their place.
        digits: String,
    },
    /// Put this call on hold and ask a colleague about it.
    Consult {
        /// The call.
        uid: String,
        /// Whom, as typed.
        target: String,
        /// The agent was asked, where the number rules want that.
        #[serde(default)]
        sure: bool,
    },
    /// Connect the caller with the colleague who was asked.
    Complete {
        /// Either of the two calls.
        uid: String,
    },
    /// Talk to the one on hold, and hold the other.
    Swap {
        /// Either of the two calls.
        uid: String,
    },
    /// Leave the colleague who was asked, and talk to the caller again.
    Back {
        /// Either of the two calls.
        uid: String,
    },
    /// Stop the countdown that would dial a link's number.
    StopCountdown,
    /// Open what the screen pop's rules have for this call by hand.
    ScreenPop {
        /// The call.
        uid: String,
    },
    /// "Not now": close the pop-up of this call. Nothing happens to the call itself.
    Dismiss {
        /// The call.
        uid: String,
    },
}

impl Intent {
    /// The same of the call as it is named now.
    pub(crate) fn about(mut self, now_called: impl Fn(&str) -> String) -> Intent {
        match &mut self {
            Intent::Hold { uid } | Intent::Restore { uid } | Intent::Survey { uid } | Intent::HangUp { uid } => {
                *uid = now_called(uid);
            }
            Intent::Transfer { uid, .. } | Intent::Consult { uid, .. } => *uid = now_called(uid),
            Intent::Over { uid } | Intent::Dismiss { uid } | Intent::Answer { uid } | Intent::ScreenPop { uid } => {
                *uid = now_called(uid);
            }
            Intent::Mute { uid, .. } | Intent::Dtmf { uid, .. } => *uid = now_called(uid),
            Intent::Complete { uid } | Intent::Swap { uid } | Intent::Back { uid } => *uid = now_called(uid),
            Intent::Idle | Intent::Busy { .. } | Intent::BusyAfter { .. } | Intent::StopCountdown => {}
            Intent::WrapUpMore | Intent::WrapUpDone | Intent::Dial { .. } => {}
            Intent::Listen { .. } | Intent::Whisper { .. } => {}
        }
        self
    }
}
