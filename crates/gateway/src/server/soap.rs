//! `POST` of the endpoint: a SOAP request in, its answer out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::task::JoinError;
use tracing::Instrument;
use uncall_contract::soap::{self, Fault, FaultCode, Incoming, Message, Version};
use uncall_contract::{Outcome, Reply, Request, inner, masked};

use super::metrics::Ended;
use super::request_id::RequestId;
use super::{App, Ends, address, body, gate, hearing};
use crate::access::{Caller, Denied, Record};

/// Characters of an argument that the log shows.
const LOGGED: usize = 64;

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    request: HttpRequest,
) -> Response {
    let (head, mut body) = request.into_parts();
    let headers = &head.headers;
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).map(String::from_utf8_lossy);
    if content_type.as_deref().is_some_and(|content_type| !may_be_xml(content_type)) {
        let text = "This address takes SOAP: XML with the content type text/xml or application/soap+xml.\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    if address::is_of_another_site(headers, ends, &app.settings.trusted_proxies) {
        return (StatusCode::FORBIDDEN, "A page of another site cannot act for an agent.\n").into_response();
    }
    let caller = match gate::pass(&app, &head).await {
        Ok(caller) => caller,
        Err(response) => return body::drained(headers, body, response).await,
    };
    if let Some(response) = gate::strangers_name(&app, &caller, headers) {
        return body::drained(headers, body, response).await;
    }
    let whole = match app.room.read(headers, &mut body).await {
        Ok(whole) => whole,
        Err(unread) if unread.leaves_more() => return body::drained(headers, body, unread.into_response()).await,
        Err(unread) => return unread.into_response(),
    };
    let body = &whole.bytes;
    if let Some(poll) = app.polls.find(body, content_type.as_deref()) {
        let request = &poll.incoming.request;
        if let Err(denied) = caller.may(request) {
            return deny(&app, &caller, request, &denied);
        }
        return poll.response(timed(&app, &caller, request).await);
    }
    let incoming = match soap::read_request(body, content_type.as_deref()) {
        Ok(incoming) => incoming,
        Err((version, fault)) => {
            app.metrics.fault();
            tracing::info!(peer = %ends.peer, reason = %fault.reason, "a request was not understood");
            return fault_response(version, &fault);
        }
    };
    app.polls.keep(body, content_type.as_deref(), &incoming);
    drop(whole);
    let Incoming { request, dialect } = incoming;
    if let Err(denied) = caller.may(&request) {
        return deny(&app, &caller, &request, &denied);
    }
    let id = RequestId::next();
    let span = tracing::info_span!("request", %id, operation = request.operation().name());
    let Ok(outcome) = answer(&app, &caller, &request).instrument(span).await else {
        let fault = Fault { code: FaultCode::Server, reason: "The operation was broken off".to_owned() };
        return id.on(fault_response(dialect.version, &fault));
    };
    if let Ok(Reply::Recording { files }) = &outcome
        && let Err(denied) = hearing::may_hear(&app, &caller, files).await
    {
        return deny(&app, &caller, &request, &denied);
    }
    let inner = inner::answer(&request, &outcome);
    id.on(response(StatusCode::OK, soap::write_answer(&dialect, request.operation(), &inner)))
}

/// Carries out the request and logs it. A verb is completed even if the client goes away meanwhile.
async fn answer(app: &Arc<App>, caller: &Caller, request: &Request) -> Result<Outcome, JoinError> {
    if request.operation().is_read() {
        return Ok(timed(app, caller, request).await);
    }
    let (app, caller, request) = (Arc::clone(app), caller.clone(), request.clone());
    let timed = {
        let app = Arc::clone(&app);
        async move { timed(&app, &caller, &request).await }
    };
    app.verbs.spawn(timed.in_current_span()).await
}

/// Answers 403, and for a verb writes a line to the audit log.
fn deny(app: &App, caller: &Caller, request: &Request, denied: &Denied) -> Response {
    if request.operation().is_read() {
        let denied = denied.to_string();
        tracing::debug!(user = ?caller.user(), from = %caller.client.address, denied = %masked(&denied), "not allowed");
    } else {
        audit(app, caller, request, "403", Duration::ZERO);
    }
    gate::forbidden(denied)
}

fn audit(app: &App, caller: &Caller, request: &Request, outcome: &str, took: Duration) {
    write_audit(app, caller, (request.operation().name(), request.arguments()), outcome, took);
}

/// Writes a line to the audit log: operation, arguments, outcome and duration.
pub(super) fn write_audit(
    app: &App,
    caller: &Caller,
    what: (&'static str, Vec<Option<&str>>),
    outcome: &str,
    took: Duration,
) {
    app.access.audit.write(Record::of(caller, what, outcome, Timestamp::now(), took));
}

async fn timed(app: &App, caller: &Caller, request: &Request) -> Outcome {
    let began = Instant::now();
    let operation = request.operation();
    let outcome = match app.exchange.answer_now(request) {
        Some(outcome) => outcome,
        // Boxed, so that the many polls do not carry a transfer's state around.
        None => Box::pin(app.exchange.answer(request, caller.may_transfer_beyond(request))).await,
    };
    let took = began.elapsed();
    app.metrics.request(operation, if outcome.is_ok() { Ended::Done } else { Ended::Refused }, took);
    // Every desk sends reads every few seconds, so log them at a lower level.
    if operation.is_read() {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let said = said(&outcome);
            tracing::debug!(operation = operation.name(), exten = ?masked(&subject(request)), user = ?caller.user(), from = %caller.client.address, outcome = said, ms = millis(took));
        }
    } else {
        audit(app, caller, request, said(&outcome), took);
    }
    outcome
}

fn said(outcome: &Outcome) -> &str {
    match outcome {
        Ok(_) => "done",
        Err(refusal) if refusal.message.is_empty() => "refused",
        Err(refusal) => &refusal.message,
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The first argument, which is the acting extension.
fn subject(request: &Request) -> String {
    request.arguments().into_iter().next().flatten().unwrap_or_default().chars().take(LOGGED).collect()
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
