//! The panel's SIP line: registration, calls, hold, transfer, ringing, and the sound between a call and a sound card.
//!
//! [`Line::start`] returns a [`LineHandle`] for commands and a stream of [`LineEvent`]s. One tokio task owns the state, and one
//! thread carries the sound. Only `sip.rs` and the modules below it use the SIP stack.

mod check;
mod command;
mod event;
mod line;
mod media;
mod quality;
mod settings;
mod sip;

pub use check::{DeviceTest, Evidence, Tested, Verdict};
pub use command::{Answer, LineHandle, Refused};
pub use event::{DeviceChange, Direction, Ended, Leg, LegId, LegState, LineEvent, Trouble, TroubleKind, Why};
pub use line::Line;
pub use quality::{CallQuality, Quality};
pub use settings::{Devices, LineSettings, NoRegistrar, Registrar, Secret, Srtp, Transport};
