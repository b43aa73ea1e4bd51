//! The gateway over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where it fails"
)]

mod archive;
mod endpoint;
mod recordings;
mod simulator;
mod support;
