//! The gate before everything that is not public: identifies the caller or rejects the request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::places::Place;
use super::{App, Ends, address};
use crate::access::{Caller, Denied, Refused};

/// A handler that takes a [`Caller`] is behind the gate.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Response> {
        pass(app, parts).await
    }
}

/// Lets the sender of a request with this head in.
pub(super) async fn pass(app: &App, head: &Parts) -> Result<Caller, Response> {
    let Some(ends) = head.extensions.get::<Ends>() else {
        return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let client = app.access.client(&head.headers, ends.peer);
    let caller = app.access.identify(&head.headers, client, Instant::now()).await;
    let caller = caller.map_err(|refused| {
        app.metrics.refused_login(&refused);
        turned_away(refused, client.address)
    })?;
    if let Some(place) = head.extensions.get::<Arc<Place>>() {
        place.is_known();
    }
    Ok(caller)
}

/// Rejects requests that another site's page may have sent by giving this server's address a name of its own. Not used for
/// recordings, which people open in browsers by any name they know, and whose addresses no page can guess.
pub(super) fn strangers_name(app: &App, caller: &Caller, headers: &HeaderMap) -> Option<Response> {
    let host = address::asked_host(headers, caller.client.via.is_some());
    if !app.access.may_be_strangers_page(caller, headers, host) {
        return None;
    }
    let text = "A browser asks by a name that may be a stranger's. If it is this server's, add it to `names` in the \
                gateway's configuration.\n";
    Some((StatusCode::FORBIDDEN, text).into_response())
}

fn turned_away(refused: Refused, from: std::net::IpAddr) -> Response {
    tracing::debug!(%from, %refused, "turned away");
    let status = match refused {
        Refused::LoginNeeded | Refused::WrongLogin => StatusCode::UNAUTHORIZED,
        Refused::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Refused::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refused::NotOpen | Refused::UnknownUser => StatusCode::FORBIDDEN,
    };
    let mut response = (status, format!("{refused}\n")).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        // Basic first, because old clients look only at the first.
        for challenge in ["Basic realm=\"Uncall\", charset=\"UTF-8\"", "Bearer realm=\"Uncall\""] {
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
    }
    let wait = match refused {
        Refused::TooMany(wait) | Refused::Busy(wait) => Some(wait.as_secs() + 1),
        Refused::LoginNeeded | Refused::WrongLogin | Refused::NotOpen | Refused::UnknownUser => None,
    };
    if let Some(wait) = wait {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// 403 with the sentence.
pub(super) fn forbidden(denied: &Denied) -> Response {
    (StatusCode::FORBIDDEN, format!("{denied}\n")).into_response()
}
