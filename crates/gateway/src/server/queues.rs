//! An extension's queues: read by `GET`, logged in to and out of by `POST`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension as Passed, Json};
use serde::Deserialize;
use uncall_contract::Extension;
use uncall_contract::event::{Event, QueueChange};

use super::request_id::named;
use super::{App, gate};
use crate::access::Caller;
use crate::operations::RequestId;

/// The largest change in bytes; a real one has some 60.
const LONGEST: usize = 4096;

#[derive(Deserialize)]
pub(super) struct Asked {
    exten: Option<String>,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Passed(caller): Passed<Caller>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(exten) = asked.exten.as_deref().and_then(|exten| Extension::parse(exten).ok()) else {
        return (StatusCode::BAD_REQUEST, "Say whose queues: ?exten=801\n").into_response();
    };
    if let Err(denied) = caller.may_act_for(exten.as_str()) {
        return gate::forbidden(&denied);
    }
    match app.site().board().look(|table| table.queues(exten.as_str())) {
        Some(queues) => json(&Event::Queues(queues).to_json()),
        None => (StatusCode::NOT_FOUND, format!("There is no extension {exten}.\n")).into_response(),
    }
}

pub(super) async fn post(State(app): State<Arc<App>>, Passed(caller): Passed<Caller>, body: Body) -> Response {
    let body = axum::body::to_bytes(body, LONGEST).await.ok();
    let Some(change) = body.and_then(|body| serde_json::from_slice::<QueueChange>(&body).ok()) else {
        let form = "This takes JSON: {\"exten\":\"801\",\"queue\":\"support\",\"do\":\"login\"} or \"logout\".\n";
        return (StatusCode::BAD_REQUEST, form).into_response();
    };
    let id = RequestId::next();
    let response = match app.operations.change_queue(id, &caller, &change).await {
        Ok(answer) => Json(answer).into_response(),
        Err(denied) => gate::forbidden(&denied),
    };
    named(id, response)
}

fn json(text: &str) -> Response {
    let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
    (kind, text.to_owned()).into_response()
}
