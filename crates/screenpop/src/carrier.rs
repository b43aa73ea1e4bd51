//! The courier's port to HTTP.

use crate::post::Request;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most [`crate::LARGEST_ANSWER`] bytes.
    pub body: Vec<u8>,
}

/// Sends requests. Follows no redirects, because a signed body is for one receiver, and has a time limit.
pub trait Carrier: Clone + Send + Sync + 'static {
    /// Sends a request once. The error is a sentence for the log.
    fn post(&self, request: Request) -> impl Future<Output = Result<Response, String>> + Send;
}
