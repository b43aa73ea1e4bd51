//! A line and a server that is played: what other servers do, and what no server does.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod basics;
mod check;
mod hostile;
mod logs;
#[cfg(target_os = "linux")]
mod moved;
#[cfg(target_os = "linux")]
mod ring;
mod secure;
mod server;
mod transfer;
mod within;
