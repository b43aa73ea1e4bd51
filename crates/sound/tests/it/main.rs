//! Sound files of other programs, whole and in pieces, and bytes that are no sound.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod codecs;
mod hostile;
mod named;
mod picture;
mod regressions;
mod seeking;
mod sox;
mod support;
