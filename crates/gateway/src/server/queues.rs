//! An extension's queues: read by `GET`, logged in to and out of by `POST`.

use std::sync::Arc;

use axum::Extension as ConnectionEnds;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tracing::Instrument;
use uncall_contract::Extension;
use uncall_contract::event::{Event, QueueAct, QueueAnswer, QueueChange};

use super::request_id::RequestId;
use super::{App, Ends, address, gate};
use crate::access::Caller;

/// The largest change in bytes; a real one has some 60.
const LONGEST: usize = 4096;
/// The longest queue's name in characters; Asterisk keeps 79.
const LONGEST_NAME: usize = 79;

#[derive(Deserialize)]
pub(super) struct Asked {
    exten: Option<String>,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    ConnectionEnds(ends): ConnectionEnds<Ends>,
    caller: Caller,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if address::is_of_another_site(&headers, ends, &app.settings.trusted_proxies) {
        return (StatusCode::FORBIDDEN, "A page of another site cannot follow an agent.\n").into_response();
    }
    if let Some(response) = gate::strangers_name(&app, &caller, &headers) {
        return response;
    }
    let Some(exten) = asked.exten.as_deref().and_then(|exten| Extension::parse(exten).ok()) else {
        return (StatusCode::BAD_REQUEST, "Say whose queues: ?exten=801\n").into_response();
    };
    if let Err(denied) = caller.may_act_for(exten.as_str()) {
        return gate::forbidden(&denied);
    }
    match app.exchange.board.look(|table| table.queues(exten.as_str())) {
        Some(queues) => json(&Event::Queues(queues).to_json()),
        None => (StatusCode::NOT_FOUND, format!("There is no extension {exten}.\n")).into_response(),
    }
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    ConnectionEnds(ends): ConnectionEnds<Ends>,
    caller: Caller,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    if address::is_of_another_site(&head.headers, ends, &app.settings.trusted_proxies) {
        return (StatusCode::FORBIDDEN, "A page of another site cannot act for an agent.\n").into_response();
    }
    if let Some(response) = gate::strangers_name(&app, &caller, &head.headers) {
        return response;
    }
    let body = axum::body::to_bytes(body, LONGEST).await.ok();
    let Some(change) = body.and_then(|body| serde_json::from_slice::<QueueChange>(&body).ok()) else {
        let form = "This takes JSON: {\"exten\":\"801\",\"queue\":\"support\",\"do\":\"login\"} or \"logout\".\n";
        return (StatusCode::BAD_REQUEST, form).into_response();
    };
    let QueueChange { exten, queue, act } = change;
    let operation = match act {
        QueueAct::Login => "queueLogin",
        QueueAct::Logout => "queueLogout",
    };
    let arguments = vec![Some(exten.as_str()), Some(queue.as_str())];
    if let Err(denied) = caller.may_act_for(&exten) {
        super::soap::write_audit(&app, &caller, (operation, arguments), "403", std::time::Duration::ZERO);
        return gate::forbidden(&denied);
    }
    let (id, begun) = (RequestId::next(), std::time::Instant::now());
    let answer = if is_name(&queue) {
        // It is carried out even if the client goes away meanwhile.
        let (board, exten, queue) = (Arc::clone(&app), exten.clone(), queue.clone());
        let change = async move { board.exchange.queue(exten.trim(), &queue, act).await };
        let span = tracing::info_span!("request", %id, operation);
        let done = app.verbs.spawn(change.instrument(span)).await;
        done.unwrap_or(QueueAnswer { ok: false, message: Some("Connection Failed".to_owned()) })
    } else {
        QueueAnswer { ok: false, message: Some("No such queue".to_owned()) }
    };
    let outcome = if answer.ok { "done" } else { answer.message.as_deref().unwrap_or_default() };
    super::soap::write_audit(&app, &caller, (operation, arguments), outcome, begun.elapsed());
    id.on(Json(answer).into_response())
}

/// Whether the name is safe in a line for the PBX, which itself knows which queues exist.
fn is_name(queue: &str) -> bool {
    !queue.trim().is_empty() && queue.chars().count() <= LONGEST_NAME && !queue.chars().any(char::is_control)
}

fn json(text: &str) -> Response {
    let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
    (kind, text.to_owned()).into_response()
}
