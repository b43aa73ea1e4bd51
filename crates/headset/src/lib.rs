//! The machine's ears and mouth: sound cards, and the rings between them and a call.
//!
//! A card's thread or callback owns one end of a ring ([`CaptureEnd`], [`PlaybackEnd`]) and does nothing but copy: it allocates
//! nothing, locks nothing and logs nothing. The call's thread owns the other end ([`Microphone`], [`Speaker`]).
//!
//! ```text
//! card --CaptureEnd--> ring --Microphone--> call --Speaker--> ring --PlaybackEnd--> card
//! ```
//!
//! Everything is mono, [`RATE`] samples a second, between -1 and 1; [`Converter`] leads to the rate of a codec and back, and makes
//! up for clocks that differ.

mod convert;
mod played;
#[cfg(target_os = "linux")]
mod pulse;
mod ring;

use std::sync::mpsc::Sender;

pub use convert::{Converter, Pace};
pub use played::Played;
#[cfg(target_os = "linux")]
pub use pulse::Pulse;
pub use ring::{CaptureEnd, Microphone, PlaybackEnd, Speaker, capture, playback};

/// Samples a second of every card.
pub const RATE: u32 = 48_000;

/// Samples of 10 ms.
pub const FRAME: usize = RATE as usize / 100;

/// Something that sound comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What it is opened by; stays the same when it is unplugged and comes back.
    pub name: String,
    /// What people call it.
    pub description: String,
    /// Whether sound comes from it; else sound goes to it.
    pub captures: bool,
    /// Whether the system takes it when nothing is chosen.
    pub default: bool,
}

/// What shall be used. Nothing chosen: the system's own choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A device's name.
    pub device: Option<String>,
}

/// What happened to a stream of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardEvent {
    /// Sound runs over this device, or over the system's choice.
    Runs {
        /// Whether it is the microphone's stream.
        captures: bool,
        /// Its name.
        device: Option<String>,
    },
    /// The device is gone or refuses; the next is looked for.
    Lost {
        /// Whether it is the microphone's stream.
        captures: bool,
        /// Its name.
        device: Option<String>,
        /// What the system says.
        why: String,
    },
}

/// Why a card cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The system's sound does not answer.
    #[error("the sound system does not answer: {0}")]
    NoSystem(String),
    /// A thread could not be started.
    #[error("sound cannot be started: {0}")]
    NoThread(String),
}

/// A kind of sound card. What it starts runs until the [`Running`] is dropped, over whatever device there is: the wanted one, in its
/// absence the system's choice, and the wanted one again as soon as it is back.
pub trait Card: Send {
    /// What there is.
    ///
    /// # Errors
    ///
    /// If the sound system does not answer.
    fn devices(&self) -> Result<Vec<Device>, CardError>;

    /// Records into a ring.
    ///
    /// # Errors
    ///
    /// If nothing could be started. That no device is there is no error: it may come.
    fn record(&self, wanted: Wanted, end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError>;

    /// Plays from a ring.
    ///
    /// # Errors
    ///
    /// As for [`Card::record`].
    fn play(&self, wanted: Wanted, end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError>;
}

/// A stream that runs. Dropped, it ends.
pub struct Running(#[allow(dead_code, reason = "dropping it is what it is for")] Box<dyn Send>);

impl Running {
    /// Ends when `until` is dropped.
    pub fn until(until: impl Send + 'static) -> Running {
        Running(Box::new(until))
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Running")
    }
}
