//! Rings that allocate nothing, and a real sound server.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
mod pulse;
mod rings;
