//! The gate before everything that is not public: identifies the caller or rejects the request.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body::drained;
use super::places::Place;
use super::{App, Ends, address};
use crate::access::{Caller, Denied, Refused};

/// For a foreign page that would act.
pub(super) const ACTS: &str = "A page of another site cannot act for an agent.\n";
/// For one that would read.
pub(super) const FOLLOWS: &str = "A page of another site cannot follow an agent.\n";

/// Turns pages of other sites away, with this sentence.
pub(super) async fn of_this_site(
    State((app, sentence)): State<(Arc<App>, &'static str)>,
    Extension(ends): Extension<Ends>,
    request: Request,
    next: Next,
) -> Response {
    if address::is_of_another_site(request.headers(), ends, &app.settings.trusted_proxies) {
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    next.run(request).await
}

/// Lets whoever may come in pass, as a [`Caller`] among the request's extensions.
pub(super) async fn known(
    State(app): State<Arc<App>>,
    Extension(ends): Extension<Ends>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let client = app.access.client(headers, ends.peer);
    match app.access.identify(headers, client, Instant::now()).await {
        Ok(caller) => {
            if let Some(place) = request.extensions().get::<Arc<Place>>() {
                place.is_known();
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => {
            app.metrics.refused_login(&refused);
            let response = turned_away(refused, client.address);
            let (head, body) = request.into_parts();
            drained(&head.headers, body, response).await
        }
    }
}

/// Turns away what a stranger's page may have sent under a name that it gave to this server's address. It stands behind [`known`].
pub(super) async fn named(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let host = address::asked_host(request.headers(), caller.client.via.is_some());
    if !app.access.may_be_strangers_page(&caller, request.headers(), host) {
        return next.run(request).await;
    }
    let text = "A browser asks by a name that may be a stranger's. If it is this server's, add it to `names` in the \
                gateway's configuration.\n";
    let (head, body) = request.into_parts();
    drained(&head.headers, body, (StatusCode::FORBIDDEN, text).into_response()).await
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
