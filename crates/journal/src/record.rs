//! A call as the journal keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One life of a call's uid on one extension; `server`, `extension`, `uid` and `began` name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The server's address, as the settings have it, without a login.
    pub server: String,
    /// The extension that saw it.
    pub extension: String,
    /// The call's uid. It may come back: each time is another life.
    pub uid: String,
    /// When it was first seen.
    pub began: Timestamp,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The party that is not the extension.
    pub other: String,
    /// Who that was, as far as it was known then.
    pub name: Option<String>,
    /// Direction.
    pub direction: Direction,
    /// When its ringing began by the server's own clock, where the server said so: tells one ringing from the next.
    pub rings_since: Option<Timestamp>,
    /// When it was first seen connected.
    pub answered: Option<Timestamp>,
    /// Each time it was on hold.
    pub holds: Vec<Hold>,
    /// Where it was handed to.
    pub transfers: Vec<Transfer>,
    /// When it ended; `None` while it is up.
    pub ended: Option<Timestamp>,
    /// Whether the end was seen; else `ended` is when it was last there.
    pub end_seen: bool,
    /// How it left the desk: how sure the end is.
    pub departure: Option<Departure>,
    /// Why it ended, where known.
    pub reason: Option<Reason>,
    /// Seconds from answer to end, by a clock that nobody sets.
    pub talked_seconds: Option<u64>,
    /// Whether it is an incoming call that the extension did not answer.
    pub missed: Missed,
    /// How often it was offered.
    pub offers: u32,
    /// The survey was armed.
    pub survey: bool,
    /// The recording's name, where it was learnt; the uid finds it in any case.
    pub recording: Option<String>,
    /// It has popped up: it does not a second time.
    pub popped: bool,
}

/// A time on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A transfer that the server took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// When it was confirmed.
    pub at: Timestamp,
    /// To whom.
    pub target: String,
}

/// Makes an enum whose names in the file and in JSON are the same.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// As the file has it.
            pub(crate) const fn text(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// `None` for a word of a later version.
            pub(crate) fn read(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}

named! {
    /// Direction, from the extension's view.
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
        /// It was answered, here or elsewhere, or nobody knows.
        No = "no",
        /// The server said so.
        Yes = "yes",
        /// It rang, and was gone when the server was back in sight.
        Probably = "probably",
    }
}

named! {
    /// Why a call ended.
    Reason {
        /// Somebody hung up.
        Hangup = "hangup",
        /// It was handed on.
        Transferred = "transferred",
        /// Another extension took it.
        AnsweredElsewhere = "answered_elsewhere",
        /// Nobody took it.
        NoAnswer = "no_answer",
    }
}

named! {
    /// How a call left the desk, the surest first.
    Departure {
        /// The server said that it had ended, or did not name it any more for long enough.
        Ended = "ended",
        /// A verb that the server confirmed ended it.
        ByVerb = "by_verb",
        /// It was missing where the server lists its calls.
        Vanished = "vanished",
        /// A refused verb says that it was not there.
        Disproved = "disproved",
        /// The agent said that it was over.
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
