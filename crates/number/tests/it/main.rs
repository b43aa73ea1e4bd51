//! The crate's tests, as one program.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod links;
mod matching;
mod table;
