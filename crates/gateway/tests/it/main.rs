//! The gateway over real HTTP, and its program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where it fails"
)]

mod access;
mod archive;
mod audit;
mod binary;
mod changes;
mod ending;
mod endpoint;
#[cfg(target_os = "linux")]
mod fronts;
#[cfg(unix)]
mod guide;
#[cfg(target_os = "linux")]
mod lasting;
mod limits;
mod measures;
mod old_pbx;
mod panel_0_1;
mod presence;
mod recordings;
mod simulator;
mod support;
mod team;
mod tls;
mod whose;
