//! The audio section of session descriptions (RFC 8866), and offer and answer (RFC 3264).

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

/// Who sends and who hears, as seen by the side that states it.
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
    /// The direction in which this side sends and hears.
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

/// A payload type and its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// 0 to 127.
    pub payload_type: u8,
    /// The meaning.
    pub kind: Kind,
}

/// The kinds of payload this side understands. Others are dropped when a description is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sound.
    Sound(Codec),
    /// Keypad events (RFC 4733); durations count in this clock.
    Keys(u32),
    /// Comfort noise (RFC 3389), with this clock.
    Noise(u32),
}

/// An `a=crypto` line: one key on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crypto {
    /// Identifies the line; the answer repeats it.
    pub tag: u32,
    /// The cipher and tag length.
    pub suite: Suite,
    /// The key of the side that writes the line.
    pub key: MasterKey,
}

/// A media section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// The first section with sound, which this call uses.
    Audio(Audio),
    /// Any other section. It is refused; its kind, protocol and formats are kept for the answer.
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
    /// Where to send sound. Port 0 means refused.
    pub address: SocketAddr,
    /// Where to send reports.
    pub reports: SocketAddr,
    /// Whether sound and reports share a port (RFC 5761).
    pub shared: bool,
    /// `RTP/SAVP` or `RTP/SAVPF` instead of `RTP/AVP`.
    pub secure: bool,
    /// `RTP/AVPF` or `RTP/SAVPF`: with feedback. The answer has to repeat it.
    pub feedback: bool,
    /// Best first.
    pub formats: Vec<Format>,
    /// As seen by the side that wrote the section.
    pub direction: Direction,
    /// Wanted length of a packet, in ms.
    pub ptime: Option<u32>,
    /// The usable keys.
    pub crypto: Vec<Crypto>,
    /// Whether there were any `a=crypto` lines, usable or not.
    pub keyed: bool,
}

/// A session description, as far as a call needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The session's number and its version.
    pub session: (u64, u64),
    /// The address of the side that wrote it.
    pub address: IpAddr,
    /// All sections in order: the answer has to have the same number.
    pub sections: Vec<Section>,
}

/// Why a text cannot be read as the description of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not a session description, or larger than any real one.
    #[error("no session description")]
    Nothing,
    /// No section with sound.
    #[error("the session description has no sound")]
    NoAudio,
    /// No address, or a host name, which is not looked up.
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
