//! Sound cards, and the ring buffers between them and a call.
//!
//! A card's thread or callback owns one end of a ring ([`CaptureEnd`], [`PlaybackEnd`]) and only copies: it never allocates,
//! locks or logs. The call's thread owns the other end ([`Microphone`], [`Speaker`]).
//!
//! ```text
//! card --CaptureEnd--> ring --Microphone--> call --Speaker--> ring --PlaybackEnd--> card
//! ```
//!
//! Everything is mono, [`RATE`] samples per second, between -1 and 1. [`Converter`] converts to a codec's rate and back and makes
//! up for clock drift.

mod convert;
mod meter;
mod played;
#[cfg(target_os = "linux")]
mod pulse;
mod ring;

use std::sync::mpsc::Sender;

pub use convert::{Converter, Pace};
pub use meter::{Levels, Meter};
pub use played::Played;
#[cfg(target_os = "linux")]
pub use pulse::Pulse;
pub use ring::{CaptureEnd, Microphone, PlaybackEnd, Speaker, capture, playback};

/// Samples per second on every card.
pub const RATE: u32 = 48_000;

/// Samples in 10 ms.
pub const FRAME: usize = RATE as usize / 100;

/// A source or destination of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The name to open it by. Stays the same when the device is unplugged and comes back.
    pub name: String,
    /// The name to show to people.
    pub description: String,
    /// True for a microphone, false for a loudspeaker.
    pub captures: bool,
    /// Whether it is the system's default.
    pub default: bool,
}

/// The device to use. Without a choice, the system's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The name of the device, see [`Device::name`].
    pub device: Option<String>,
    /// A stream that must not hear this one, such as a call while something rings. Then no other device takes the place of
    /// `device`, and nothing is played where that stream plays.
    pub apart_from: Option<Box<Wanted>>,
}

impl Wanted {
    /// This device, or the system's default in its place.
    pub fn device(device: Option<String>) -> Wanted {
        Wanted { device, apart_from: None }
    }
}

/// News about a card's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardEvent {
    /// Sound runs over this device.
    Runs {
        /// Whether this is the microphone's stream.
        captures: bool,
        /// The device's name. `None` for the system's default.
        device: Option<String>,
    },
    /// The device is gone or refuses. Another one is looked for.
    Lost {
        /// Whether this is the microphone's stream.
        captures: bool,
        /// The device's name. `None` for the system's default.
        device: Option<String>,
        /// The system's error message, or why the device counts as gone.
        why: String,
    },
}

/// Why a card cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The sound system does not answer.
    #[error("the sound system does not answer: {0}")]
    NoSystem(String),
    /// The thread could not be started.
    #[error("sound cannot be started: {0}")]
    NoThread(String),
}

/// A sound system. A stream runs until its [`Running`] is dropped, over whichever device is available: the wanted one, the system's
/// default while that is absent, and the wanted one again once it is back.
pub trait Card: Send {
    /// Lists the devices.
    ///
    /// # Errors
    ///
    /// If the sound system does not answer.
    fn devices(&self) -> Result<Vec<Device>, CardError>;

    /// Records into a ring.
    ///
    /// # Errors
    ///
    /// If the thread could not be started. A missing device is not an error: it may appear later.
    fn record(&self, wanted: Wanted, end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError>;

    /// Plays from a ring.
    ///
    /// # Errors
    ///
    /// As for [`Card::record`].
    fn play(&self, wanted: Wanted, end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError>;
}

/// A running stream. Dropping it ends the stream.
pub struct Running(#[allow(dead_code, reason = "held only to be dropped")] Box<dyn Send>);

impl Running {
    /// A stream that ends when `until` is dropped.
    pub fn until(until: impl Send + 'static) -> Running {
        Running(Box::new(until))
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Running")
    }
}
