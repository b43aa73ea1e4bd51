//! Calls over simulated networks, strangers, and bytes that are not packets.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod hostile;
mod keys;
mod network;
mod networks;
mod strangers;
