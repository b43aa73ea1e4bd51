//! Keeps panics of other people's decoders from ending the program.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!(
    "uncall-sound has to catch the panics of a decoder: nanomp3-core 0.2 has one that a damaged file reaches"
);

/// Runs a decoder. `None` if it panics; it must not be used again then.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
