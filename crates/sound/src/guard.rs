//! Decoders of others, kept from taking the program with them.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!(
    "uncall-sound has to catch the panics of a decoder: nanomp3-core 0.2 has one that a damaged file reaches"
);

/// Runs a decoder. Nothing if it panics; it is not to be used again then.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
