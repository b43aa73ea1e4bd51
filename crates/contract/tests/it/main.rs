//! The contract as bytes: what is written, what is read, what is refused.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod asked;
mod charsets;
mod descriptions;
mod events;
mod golden;
mod hostile;
mod limits;
mod parts;
mod readings;
mod repairs;
mod support;
mod texts;
mod wire;
mod writings;
