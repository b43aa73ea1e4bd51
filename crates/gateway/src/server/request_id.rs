//! The id of a request, which is in the log span around everything done for it, in each line about a request to the PBX, and, for
//! the client, in the answer.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Tells this process from others that write to the same log.
static PROCESS: LazyLock<u16> = LazyLock::new(|| fastrand::u16(..));
static LAST: AtomicU64 = AtomicU64::new(0);

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestId(u64);

impl RequestId {
    pub(super) fn next() -> RequestId {
        RequestId(1 + LAST.fetch_add(1, Ordering::Relaxed))
    }

    /// Adds it to an answer.
    pub(super) fn on(self, mut response: Response) -> Response {
        if let Ok(value) = HeaderValue::from_str(&self.to_string()) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}-{}", *PROCESS, self.0)
    }
}
