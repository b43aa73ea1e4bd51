//! Keeps a panic inside a third-party codec from ending the call.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!("uncall-voice has to catch the panics of a codec");

/// Runs a codec. Returns `None` if it panics; discard the codec's state then.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
