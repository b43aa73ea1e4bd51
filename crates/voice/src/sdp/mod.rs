//! The audio section of a session description (RFC 8866), and what two of them agree on (RFC 3264).

mod agree;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::net::{IpAddr, SocketAddr};

pub use agree::{Agreed, Disagreement, Side};

use crate::{
    Codec,
    srtp::{MasterKey, Suite},
};

/// Who sends and who hears, from the side of whoever says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both sides are heard.
    SendRecv,
    /// The other side only hears: it is on hold.
    SendOnly,
    /// The other side only sends.
    RecvOnly,
    /// Nobody is heard.
    Inactive,
}

impl Direction {
    /// From who sends and who hears.
    pub fn of(sends: bool, hears: bool) -> Direction {
        match (sends, hears) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether this side sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether this side hears.
    pub fn hears(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }
}

/// What a payload type stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// 0 to 127.
    pub payload_type: u8,
    /// What it is.
    pub kind: Kind,
}

/// A kind of payload that is understood; others are left away when a description is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sound.
    Sound(Codec),
    /// Keys of the telephone (RFC 4733), counted with this clock.
    Keys(u32),
    /// Comfort noise (RFC 3389), with this clock.
    Noise(u32),
}

/// A key that is offered, with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crypto {
    /// Names the line in the answer.
    pub tag: u32,
    /// How.
    pub suite: Suite,
    /// The key of whoever writes the line.
    pub key: MasterKey,
}

/// A media section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// The first one with sound: this call's.
    Audio(Audio),
    /// Another one, which is refused: its kind, protocol and formats, as they came.
    Other {
        /// `video`, `image`, another `audio`, …
        media: String,
        /// `RTP/AVP` or the like.
        protocol: String,
        /// The rest of the line.
        formats: String,
    },
}

/// The section with the call's sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Where the sound is to be sent. Port 0: refused.
    pub address: SocketAddr,
    /// Where reports are to be sent.
    pub reports: SocketAddr,
    /// Whether sound and reports share a port (RFC 5761).
    pub shared: bool,
    /// `RTP/SAVP` or `RTP/SAVPF` instead of `RTP/AVP`.
    pub secure: bool,
    /// `RTP/AVPF` or `RTP/SAVPF`: with feedback, which the answer has to repeat.
    pub feedback: bool,
    /// The best first.
    pub formats: Vec<Format>,
    /// From the side of whoever wrote it.
    pub direction: Direction,
    /// How long a packet shall be, in ms.
    pub ptime: Option<u32>,
    /// Keys.
    pub crypto: Vec<Crypto>,
    /// Whether lines of `a=crypto` were there, even if none is usable.
    pub keyed: bool,
}

/// A session description, as far as a call needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Number of the session, and of this version of it.
    pub session: (u64, u64),
    /// The address of who wrote it.
    pub address: IpAddr,
    /// All sections in their order: the answer has to have as many.
    pub sections: Vec<Section>,
}

/// Why a text is no session description of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No description at all, or one larger than any call's.
    #[error("no session description")]
    Nothing,
    /// No section with sound.
    #[error("the session description has no sound")]
    NoAudio,
    /// A name instead of an address, or none: names are not looked up.
    #[error("the session description does not say where sound is to be sent")]
    NoAddress,
}

impl Description {
    /// The section with the call's sound.
    pub fn audio(&self) -> Option<&Audio> {
        self.sections.iter().find_map(|section| match section {
            Section::Audio(audio) => Some(audio),
            Section::Other { .. } => None,
        })
    }
}
