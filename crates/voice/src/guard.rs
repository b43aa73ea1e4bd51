//! Codecs of others, kept from taking the call with them.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!("uncall-voice has to catch the panics of a codec");

/// Runs a codec. Nothing if it panics; it is not to be used again then.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
