//! The id of a request: in the log span around everything done for it, in each line about a request to the PBX, and in the
//! answer, for the caller.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells this process from others that write to the same log.
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
