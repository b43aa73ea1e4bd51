//! A call as the journal stores it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One life of a call's uid on one extension, identified by `server`, `extension`, `uid` and `began`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The server's address as in the settings, without login.
    pub server: String,
    /// The extension that saw it.
    pub extension: String,
    /// The call's uid. A uid may come back; each time is a life of its own.
    pub uid: String,
    /// When it was first seen.
    pub began: Timestamp,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The party that is not the extension.
    pub other: String,
    /// That party's name, if it was known at the time.
    pub name: Option<String>,
    /// Incoming or outgoing.
    pub direction: Direction,
    /// When it began to ring by the server's clock, if the server says so. Tells one ringing from the next.
    pub rings_since: Option<Timestamp>,
    /// When it was first seen connected.
    pub answered: Option<Timestamp>,
    /// The periods on hold.
    pub holds: Vec<Hold>,
    /// The confirmed transfers.
    pub transfers: Vec<Transfer>,
    /// When it ended; `None` while it is up.
    pub ended: Option<Timestamp>,
    /// Whether the end was seen. Otherwise `ended` is when the call was last seen.
    pub end_seen: bool,
    /// How it left the desk, which says how certain the end is.
    pub departure: Option<Departure>,
    /// Why it ended, if known.
    pub reason: Option<Reason>,
    /// Seconds from answer to end, by a monotonic clock.
    pub talked_seconds: Option<u64>,
    /// Whether it is an incoming call that the extension did not answer.
    pub missed: Missed,
    /// How often it was offered.
    pub offers: u32,
    /// Whether the survey was armed.
    pub survey: bool,
    /// The name of the recording, if the desk learnt it. The recording can always be found by uid.
    pub recording: Option<String>,
    /// Whether it has popped up, so that it does not pop up twice.
    pub popped: bool,
}

/// A call's new uid: the panel's own phone knew the call before the server's uid was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// See [`Call::server`].
    pub server: String,
    /// See [`Call::extension`].
    pub extension: String,
    /// The uid so far.
    pub was: String,
    /// When that row began.
    pub began: Timestamp,
    /// The uid from now on.
    pub uid: String,
    /// When the row with that uid begins.
    pub now_began: Timestamp,
}

/// A period on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its start.
    pub from: Timestamp,
    /// Its end. `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A transfer that the server accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// When it was confirmed.
    pub at: Timestamp,
    /// The number it went to.
    pub target: String,
}

/// Defines an enum with the same names in the file and in JSON.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// The name in the file.
            pub(crate) const fn text(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The value of a name. `None` for names of later versions.
            pub(crate) fn read(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}

named! {
    /// The direction of a call, from the extension's point of view.
    Direction {
        /// Incoming.
        In = "callin",
        /// Outgoing.
        Out = "callout",
    }
}

named! {
    /// Whether a call was missed.
    Missed {
        /// Not missed: answered here or elsewhere, or unknown.
        No = "no",
        /// Missed, as reported by the server.
        Yes = "yes",
        /// Probably missed: it rang, and was gone when the server could be reached again.
        Probably = "probably",
    }
}

named! {
    /// Why a call ended.
    Reason {
        /// Somebody hung up.
        Hangup = "hangup",
        /// It was transferred.
        Transferred = "transferred",
        /// Another extension answered it.
        AnsweredElsewhere = "answered_elsewhere",
        /// Nobody answered it.
        NoAnswer = "no_answer",
    }
}

named! {
    /// How a call left the desk, most certain first.
    Departure {
        /// The server reported the end, or stopped naming the call for long enough.
        Ended = "ended",
        /// A verb ended it, and the server confirmed the verb.
        ByVerb = "by_verb",
        /// It was missing from the server's list of calls.
        Vanished = "vanished",
        /// The server refused a verb because the call did not exist.
        Disproved = "disproved",
        /// The agent closed it as over.
        Closed = "closed",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A call that has just come in.
    pub(crate) fn call(uid: &str) -> Call {
        Call {
            server: "http://pbx/".into(),
            extension: "801".into(),
            uid: uid.into(),
            began: Timestamp::UNIX_EPOCH,
            calla: "13800138000".into(),
            callb: "801".into(),
            other: "13800138000".into(),
            name: None,
            direction: Direction::In,
            rings_since: None,
            answered: None,
            holds: Vec::new(),
            transfers: Vec::new(),
            ended: None,
            end_seen: true,
            departure: None,
            reason: None,
            talked_seconds: None,
            missed: Missed::No,
            offers: 1,
            survey: false,
            recording: None,
            popped: false,
        }
    }
}
