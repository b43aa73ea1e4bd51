//! Rings that never allocate, and a real sound server.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
mod pulse;
mod rings;
