//! A line and a server that is played: what other servers do, and what no server does.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod basics;
mod hostile;
#[cfg(target_os = "linux")]
mod moved;
mod secure;
mod server;
mod transfer;
mod within;
