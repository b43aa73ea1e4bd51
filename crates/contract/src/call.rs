//! A call as popEvent reports it (vendor's document, section 3.3).

use serde::{Deserialize, Serialize};

/// The current call of an extension. All values are the server's text: data, never markup.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// The caller.
    pub calla: String,
    /// The called number.
    pub callb: String,
    /// The call's unique id, the same for every party and after a transfer.
    pub uid: String,
    /// The direction, seen from the extension that was asked for.
    pub status: Direction,
}

/// `status` of popEvent: whose call it is, from the asked extension's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// `callin`
    Callin,
    /// `callout`
    Callout,
}

impl Direction {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Callin => "callin",
            Direction::Callout => "callout",
        }
    }

    /// Reads the wire word without regard to case and surrounding white space.
    pub fn from_wire(word: &str) -> Option<Direction> {
        let word = word.trim();
        [Direction::Callin, Direction::Callout].into_iter().find(|d| d.as_str().eq_ignore_ascii_case(word))
    }
}

impl Call {
    /// The party that is not this extension: the caller of a callin, the callee of a callout.
    pub fn other_party(&self) -> &str {
        match self.status {
            Direction::Callin => &self.calla,
            Direction::Callout => &self.callb,
        }
    }
}
