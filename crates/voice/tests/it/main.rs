//! Calls over seeded networks, strangers, and bytes that are no packets.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod hostile;
mod network;
mod networks;
mod strangers;
