//! What the desk wants done.

use std::sync::Arc;

use jiff::Timestamp;
use uncall_contract::{Direction, Request};
use uncall_screenpop::Event;

use crate::journal::Entry;
use crate::line::Command;
use crate::names::Who;
use crate::snapshot::{Mood, Notice, Snapshot};

/// One thing to do. Effects are carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write the call to the journal, before the screen shows it.
    Journal(Entry),
    /// Show this state.
    Publish(Arc<Snapshot>),
    /// Ask the server; the answer comes back as [`crate::input::Input::Answered`].
    Ask {
        /// Ties the answer to the ask.
        ask: u64,
        /// What to ask.
        request: Request,
    },
    /// Ask the panel's own phone; it answers with [`crate::line::Said::Done`].
    Phone {
        /// Ties the answer to the ask.
        ask: u64,
        /// What to ask.
        command: Command,
    },
    /// The server's uid of a call is known now. Wherever the old one stands, the new one belongs: the call is the same,
    /// and so is what is on the screen of both.
    Renamed {
        /// The call's uid until now.
        was: String,
        /// When its line in the journal began.
        began: Timestamp,
        /// The server's.
        uid: String,
        /// When that line began, which is to be the only one.
        now_began: Timestamp,
    },
    /// A call came in: show its pop-up window (once for each offer).
    Popup {
        /// The call.
        uid: String,
    },
    /// Close the call's pop-up.
    ClosePopup {
        /// The call.
        uid: String,
    },
    /// Announce a call with a native notification.
    Notify(Notification),
    /// Remove the call's notification: the call was answered, has ended, or may have ended.
    CloseNotification {
        /// The call.
        uid: String,
    },
    /// A verb was refused or failed: report it if no window shows it.
    Refused(Notice),
    /// Show this state in the tray.
    Tray(Mood),
    /// Poll faster for half a minute: a call was just dialled.
    Hurry,
    /// Tell other programs what has happened to a call: once for each offer, also over a restart.
    Told(Box<Occasion>),
}

/// What has happened to a call, for programs beside the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// What.
    pub event: Event,
    /// The call, as the journal has it.
    pub entry: Entry,
    /// Who the other party may be.
    pub who: Vec<Who>,
}

/// A native notification's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The call.
    pub uid: String,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The other party's name, if known.
    pub name: Option<String>,
    /// Direction.
    pub direction: Direction,
}
