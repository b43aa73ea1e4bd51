//! The push stream: server-sent events of one extension.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Deserialize;
use tokio::sync::watch;
use uncall_contract::Extension;
use uncall_contract::event::HEARTBEAT_SECONDS;

use super::App;
use super::metrics::OpenStream;
use crate::exchange::Item;

#[derive(Deserialize)]
pub(super) struct Asked {
    exten: Option<String>,
}

pub(super) async fn get(State(app): State<Arc<App>>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let Some(exten) = asked.exten else {
        return (StatusCode::BAD_REQUEST, "Say whose events: ?exten=801\n").into_response();
    };
    let exten = match Extension::parse(&exten) {
        Ok(exten) => exten,
        Err(invalid) => return (StatusCode::BAD_REQUEST, format!("The extension {invalid}.\n")).into_response(),
    };
    let Some(bell) = app.exchange.board.bell(exten.as_str()) else {
        return (StatusCode::NOT_FOUND, format!("There is no extension {exten}.\n")).into_response();
    };
    let last = headers.get(HeaderName::from_static("last-event-id")).and_then(|id| id.to_str().ok());
    let reader = Reader {
        place: last.and_then(|id| app.exchange.board.place_of(id)),
        _open: app.metrics.stream(),
        pending: VecDeque::new(),
        exten,
        bell,
        app,
    };
    let beat = KeepAlive::new().interval(Duration::from_secs(HEARTBEAT_SECONDS)).text("heartbeat");
    // Proxies that collect answers would hold the events back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no"), (header::CACHE_CONTROL, "no-cache")];
    (unbuffered, Sse::new(reader.events()).keep_alive(beat)).into_response()
}

/// Somebody who reads an extension's events, at his own pace: what he has not taken yet stays in the history.
struct Reader {
    app: Arc<App>,
    exten: Extension,
    /// After the last event taken; `None` asks for a snapshot.
    place: Option<u64>,
    pending: VecDeque<Arc<Item>>,
    bell: watch::Receiver<u64>,
    _open: OpenStream,
}

impl Reader {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures::stream::unfold(self, |mut reader| async move {
            let item = reader.next().await?;
            Some((Ok(Event::default().id(&item.id).event(item.name).data(&item.json)), reader))
        })
    }

    async fn next(&mut self) -> Option<Arc<Item>> {
        loop {
            if self.app.stop.is_cancelled() {
                return None;
            }
            if let Some(item) = self.pending.pop_front() {
                return Some(item);
            }
            let batch = self.app.exchange.board.since(self.exten.as_str(), self.place);
            self.place = Some(batch.place);
            self.pending.extend(batch.items);
            if self.pending.is_empty() {
                tokio::select! {
                    rung = self.bell.changed() => rung.ok()?,
                    () = self.app.stop.cancelled() => return None,
                }
            }
        }
    }
}
