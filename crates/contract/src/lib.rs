//! What both sides of the Uncall Webservices API agree on: bytes in, bytes out, no I/O.
//!
//! - [`operation`], [`request`], [`reply`]: the thirteen operations, their arguments and answers;
//! - [`inner`]: the XML document inside every answer, by the table of readings in `docs/api.md`;
//! - [`soap`]: the envelope around it, in every style and version a server of this family speaks;
//! - [`wsdl`]: reading a server's description, in one document or several, and writing our own;
//! - [`event`]: the push events of the gateway, an extension of the old API;
//! - [`charset`], [`limit`]: decoding and limits, since every byte from the network is hostile until checked.

pub mod call;
pub mod charset;
pub mod error;
pub mod event;
pub mod inner;
pub mod limit;
mod mask;
pub mod operation;
pub mod reply;
pub mod request;
pub mod soap;
pub mod text;
pub mod wsdl;
mod xml;

pub use call::{Call, Direction};
pub use error::DecodeError;
pub use mask::{masked, masked_on_screen, replaced};
pub use operation::Operation;
pub use reply::{Outcome, Reason, Refusal, Reply};
pub use request::Request;
pub use text::{BusyReason, Channel, Extension, Invalid, PhoneNumber, Uid};
