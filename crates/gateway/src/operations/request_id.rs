//! The name of a request in the logs: in the span around all that is done for it, in each line about what the PBX is asked for it,
//! and in the answer, where whoever asked can read it.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells this process from others in a log that several write to.
static PROCESS: LazyLock<u16> = LazyLock::new(|| fastrand::u16(..));
static LAST: AtomicU64 = AtomicU64::new(0);

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

impl RequestId {
    pub(crate) fn next() -> RequestId {
        RequestId(1 + LAST.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}-{}", *PROCESS, self.0)
    }
}
