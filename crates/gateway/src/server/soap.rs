//! `POST` of the endpoint: a SOAP request in, its answer out.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uncall_contract::inner;
use uncall_contract::soap::{self, Fault, FaultCode, Incoming, Message, Version};

use super::request_id::named;
use super::{App, Ends, body, gate};
use crate::access::Caller;
use crate::operations::{RequestId, Unanswered};

/// Turns away what is clearly no XML, before anybody is asked who he is.
pub(super) async fn takes_xml(request: HttpRequest, next: Next) -> Response {
    if content_type_of(request.headers()).is_some_and(|content_type| !may_be_xml(&content_type)) {
        let text = "This address takes SOAP: XML with the content type text/xml or application/soap+xml.\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    next.run(request).await
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    Extension(caller): Extension<Caller>,
    request: HttpRequest,
) -> Response {
    let (head, mut body) = request.into_parts();
    let headers = &head.headers;
    let content_type = content_type_of(headers);
    let content_type = content_type.as_deref();
    let whole = match app.room.read(headers, &mut body).await {
        Ok(whole) => whole,
        Err(unread) if unread.leaves_more() => return body::drained(headers, body, unread.into_response()).await,
        Err(unread) => return unread.into_response(),
    };
    let body = &whole.bytes;
    if let Some(poll) = app.polls.find(body, content_type) {
        return match app.operations.poll(&caller, &poll.incoming.request).await {
            Ok(outcome) => poll.response(outcome),
            Err(unanswered) => refused(&unanswered, poll.incoming.dialect.version),
        };
    }
    let incoming = match soap::read_request(body, content_type) {
        Ok(incoming) => incoming,
        Err((version, fault)) => {
            app.metrics.fault();
            tracing::info!(peer = %ends.peer, reason = %fault.reason, "a request was not understood");
            return fault_response(version, &fault);
        }
    };
    app.polls.keep(body, content_type, &incoming);
    drop(whole);
    let Incoming { request, dialect } = incoming;
    let id = RequestId::next();
    named(
        id,
        match app.operations.perform(id, &caller, &request).await {
            Ok(outcome) => {
                let inner = inner::answer(&request, &outcome);
                response(StatusCode::OK, soap::write_answer(&dialect, request.operation(), &inner))
            }
            Err(unanswered) => refused(&unanswered, dialect.version),
        },
    )
}

fn refused(unanswered: &Unanswered, version: Version) -> Response {
    match unanswered {
        Unanswered::Denied(denied) => gate::forbidden(denied),
        Unanswered::BrokenOff => {
            let fault = Fault { code: FaultCode::Server, reason: "The operation was broken off".to_owned() };
            fault_response(version, &fault)
        }
    }
}

fn content_type_of(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).map(String::from_utf8_lossy)
}

/// Whether the content type allows XML. Old clients say `text/plain` or nothing at all.
fn may_be_xml(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty()
        || essence.ends_with("xml")
        || matches!(essence.as_str(), "text/plain" | "application/octet-stream")
}

fn fault_response(version: Version, fault: &Fault) -> Response {
    let status = match (version, fault.code) {
        (Version::V12, FaultCode::Client) => StatusCode::BAD_REQUEST,
        (Version::V11, FaultCode::Client)
        | (_, FaultCode::Server | FaultCode::VersionMismatch | FaultCode::MustUnderstand) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    response(status, soap::write_fault(version, fault))
}

fn response(status: StatusCode, message: Message) -> Response {
    (status, [(header::CONTENT_TYPE, content_type(&message))], message.body).into_response()
}

pub(super) fn content_type(message: &Message) -> HeaderValue {
    HeaderValue::from_str(&message.content_type).unwrap_or(HeaderValue::from_static("text/xml; charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use super::may_be_xml;

    #[test]
    fn what_may_be_xml_is_read() {
        for good in [
            "text/xml; charset=utf-8",
            "TEXT/XML",
            "application/soap+xml; action=\"x\"",
            "application/xml",
            "text/plain",
            "",
        ] {
            assert!(may_be_xml(good), "{good}");
        }
        for bad in
            ["application/json", "multipart/form-data; boundary=xml", "application/x-www-form-urlencoded", "image/png"]
        {
            assert!(!may_be_xml(bad), "{bad}");
        }
    }
}
