//! The id of a request in its answer, for the caller.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use crate::operations::RequestId;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The answer with it.
pub(super) fn named(id: RequestId, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
