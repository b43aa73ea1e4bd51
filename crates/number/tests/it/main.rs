//! The crate's tests, as one program.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod explained;
mod hostile;
mod links;
mod matching;
mod rules;
mod table;
mod targets;
mod two;
