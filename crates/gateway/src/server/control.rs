//! The simulator's control interface, with which tests operate the phones. Loopback only, and only with its flag.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;
use uncall_switch::{Fumble, Gesture, Hands};

use super::{App, Ends, address};

#[derive(Deserialize)]
struct Call {
    from: String,
    to: String,
}

pub(super) async fn call(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Ignore the content type, because these requests are written by hand.
    act(&app, ends, &headers, |hands| {
        let asked = serde_json::from_slice::<Call>(&body);
        let Call { from, to } =
            asked.map_err(|error| Fumble::Senseless(format!("expected {{\"from\":…,\"to\":…}}: {error}")))?;
        hands.call(&from, &to).map(|uid| json!({ "uid": uid }))
    })
}

pub(super) async fn extension(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
    Path((exten, word)): Path<(String, String)>,
) -> Response {
    act(&app, ends, &headers, |hands| hands.extension(&exten, gesture(&word)?).map(|()| json!({})))
}

pub(super) async fn number(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
    Path((number, word)): Path<(String, String)>,
) -> Response {
    act(&app, ends, &headers, |hands| hands.number(&number, gesture(&word)?).map(|()| json!({})))
}

pub(super) async fn member(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
    Path((queue, exten, word)): Path<(String, String, String)>,
) -> Response {
    act(&app, ends, &headers, |hands| {
        let paused = match word.as_str() {
            "pause" => true,
            "unpause" => false,
            _ => return Err(Fumble::Unknown(format!("a member of a queue cannot {word}; it can pause, unpause"))),
        };
        hands.pause(&queue, &exten, paused).map(|()| json!({}))
    })
}

pub(super) async fn state(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Response {
    act(&app, ends, &headers, |hands| Ok(hands.state()))
}

fn act(
    app: &App,
    ends: Ends,
    headers: &HeaderMap,
    act: impl FnOnce(&dyn Hands) -> Result<serde_json::Value, Fumble>,
) -> Response {
    if address::is_of_another_site(headers, ends, &[]) {
        return (StatusCode::FORBIDDEN, "A page of another site cannot be the hands.\n").into_response();
    }
    if !app.access.is_this_machine(headers, ends.peer) {
        return (StatusCode::FORBIDDEN, "The control interface is for this machine only.\n").into_response();
    }
    let Some(hands) = app.site().pbx().hands() else { return StatusCode::NOT_FOUND.into_response() };
    match act(hands) {
        Ok(value) => Json(value).into_response(),
        Err(fumble) => {
            let status = match fumble {
                Fumble::Senseless(_) => StatusCode::BAD_REQUEST,
                Fumble::Unknown(_) => StatusCode::NOT_FOUND,
                Fumble::Conflict(_) => StatusCode::CONFLICT,
            };
            (status, Json(json!({ "error": fumble.to_string() }))).into_response()
        }
    }
}

fn gesture(word: &str) -> Result<Gesture, Fumble> {
    Ok(match word {
        "answer" => Gesture::Answer,
        "decline" => Gesture::Decline,
        "hangup" => Gesture::HangUp,
        "hold" => Gesture::Hold,
        "resume" => Gesture::Resume,
        "unregister" => Gesture::Unregister,
        "register" => Gesture::Register,
        _ => {
            return Err(Fumble::Unknown(format!(
                "a phone cannot {word}; it can answer, decline, hangup, hold, resume, unregister, register"
            )));
        }
    })
}
