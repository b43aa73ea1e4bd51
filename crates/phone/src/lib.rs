//! The panel's SIP line: it registers, rings, calls, holds and transfers, and carries the sound between a call and a card.
//!
//! [`Line::start`] gives a [`LineHandle`] to ask by and [`LineEvent`]s that tell. One tokio task owns all that is known; one thread
//! of its own carries sound. Of SIP's own affairs nothing comes out: only `sip.rs` and what is below it know the stack.

mod command;
mod event;
mod line;
mod media;
mod settings;
mod sip;

pub use command::{Answer, LineHandle, Refused};
pub use event::{DeviceChange, Direction, Ended, Leg, LegId, LegState, LineEvent, Quality, Trouble, TroubleKind, Why};
pub use line::Line;
pub use settings::{Devices, LineSettings, NoRegistrar, Registrar, Secret, Srtp, Transport};
