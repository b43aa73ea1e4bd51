//! Async client of an Uncall server: reads the WSDL to learn how the server wants to be called, calls it, and watches an
//! extension.
//!
//! [`Client::call`] performs one operation, [`Client::watch`] reports what happens to an extension, by push if the server
//! announces a stream and by polling otherwise, and [`Client::recording`] fetches a recording.

mod additions;
mod answer;
mod backoff;
mod certificate;
mod client;
mod credentials;
mod discovery;
mod error;
mod link;
mod poll;
mod queues;
pub mod recording;
mod retry;
mod settings;
mod told;
mod transport;
mod verbs;
mod watch;
mod web_service;
mod wire;

pub use additions::Additions;
pub use certificate::{Flaw, Untrusted};
pub use client::{Client, new_action_id};
pub use credentials::{Credentials, InvalidLogin, Secret};
pub use error::Error;
pub use settings::Settings;
pub use uncall_sound as sound;
pub use watch::{Means, Nudge, Observation, Watch};
pub use web_service::WebService;
pub use wire::Wire;
