//! The push stream: server-sent events of one extension.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension as Passed;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use uncall_contract::Extension;
use uncall_contract::event::HEARTBEAT_SECONDS;
use uncall_switch::Item;
use uncall_switch::calls::Table;

use super::metrics::Open;
use super::streams::Ticket;
use super::{App, gate};
use crate::access::{Caller, Roster};

#[derive(Deserialize)]
pub(super) struct Asked {
    exten: Option<String>,
    /// What else to report on the stream, separated by commas: `queues`. Words of other versions are ignored.
    with: Option<String>,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Passed(caller): Passed<Caller>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(exten) = asked.exten else {
        return (StatusCode::BAD_REQUEST, "Say whose events: ?exten=801\n").into_response();
    };
    let exten = match Extension::parse(&exten) {
        Ok(exten) => exten,
        Err(invalid) => return (StatusCode::BAD_REQUEST, format!("The extension {invalid}.\n")).into_response(),
    };
    // Before revealing whether it exists.
    if let Err(denied) = caller.may_act_for(exten.as_str()) {
        return gate::forbidden(&denied);
    }
    let Some(bell) = app.site().board().bell(exten.as_str()) else {
        if !app.site().board().look(Table::reachable) {
            // The extensions are not known yet, and "not found" would send a client away for long.
            return (StatusCode::SERVICE_UNAVAILABLE, "The PBX cannot be reached.\n").into_response();
        }
        return (StatusCode::NOT_FOUND, format!("There is no extension {exten}.\n")).into_response();
    };
    let wants_queues = asked.with.is_some_and(|with| with.split(',').any(|word| word.trim() == "queues"));
    let last = headers.get(HeaderName::from_static("last-event-id")).and_then(|id| id.to_str().ok());
    let reader = Reader {
        place: last.and_then(|id| app.site().board().place_of(id)),
        _open: app.metrics.stream(),
        ticket: app.streams.join(exten.as_str(), app.settings.limits.streams_per_extension),
        access: app.access.changes(),
        pending: VecDeque::new(),
        team: None,
        queues: None,
        wants_queues,
        owes_team: true,
        caller,
        exten,
        bell,
        app,
    };
    let beat = KeepAlive::new().interval(Duration::from_secs(HEARTBEAT_SECONDS)).text("heartbeat");
    // Buffering proxies would hold the events back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no"), (header::CACHE_CONTROL, "no-cache")];
    (unbuffered, Sse::new(reader.events()).keep_alive(beat)).into_response()
}

/// A reader of an extension's events, at its own pace: events that it has not taken yet stay in the history.
struct Reader {
    app: Arc<App>,
    caller: Caller,
    exten: Extension,
    /// After the last event taken; `None` asks for a snapshot.
    place: Option<u64>,
    pending: VecDeque<Arc<Item>>,
    bell: watch::Receiver<u64>,
    /// Changes of a supervisor's team.
    team: Option<broadcast::Receiver<Arc<Item>>>,
    /// Changes of the extension's queues.
    queues: Option<watch::Receiver<Arc<Item>>>,
    wants_queues: bool,
    /// Whether the whole team, if there is one, and the queues have to be sent.
    owes_team: bool,
    access: watch::Receiver<Arc<Roster>>,
    ticket: Ticket,
    _open: Open,
}

/// Why a reader was woken.
enum Woken {
    /// There are new events of the extension.
    Bell,
    /// A member of the team has changed.
    Member(Result<Arc<Item>, RecvError>),
    /// Something in the extension's queues has changed.
    Queues(Option<Arc<Item>>),
    /// The list of agents and groups has changed.
    Access,
    /// The stream is over.
    Over,
}

impl Reader {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures::stream::unfold(self, |mut reader| async move {
            let item = reader.next().await?;
            let event = item.id.iter().fold(Event::default(), |event, id| event.id(id));
            Some((Ok(event.event(item.name).data(&item.json)), reader))
        })
    }

    async fn next(&mut self) -> Option<Arc<Item>> {
        loop {
            if self.app.stop.is_cancelled() || self.ticket.over.is_cancelled() {
                return None;
            }
            if self.access.has_changed().unwrap_or(true) {
                self.look_again()?;
            }
            if let Some(item) = self.pending.pop_front() {
                return Some(item);
            }
            let batch = self.app.site().board().since(self.exten.as_str(), self.place);
            self.place = Some(batch.place);
            self.pending.extend(batch.items);
            self.owes_team |= batch.anew;
            if std::mem::take(&mut self.owes_team) {
                self.join_team();
                self.follow_queues();
            }
            if !self.pending.is_empty() {
                continue;
            }
            match self.wake().await {
                Woken::Bell => {}
                Woken::Access => self.look_again()?,
                Woken::Member(Ok(item)) => return Some(item),
                // Too far behind, or the team has changed.
                Woken::Member(Err(RecvError::Lagged(_) | RecvError::Closed)) => self.owes_team = true,
                Woken::Queues(Some(item)) => return Some(item),
                Woken::Queues(None) => self.owes_team = true,
                Woken::Over => return None,
            }
        }
    }

    async fn wake(&mut self) -> Woken {
        let member = async {
            match &mut self.team {
                Some(team) => team.recv().await,
                None => std::future::pending().await,
            }
        };
        let queues = async {
            match &mut self.queues {
                Some(queues) => queues.changed().await.is_ok().then(|| Arc::clone(&queues.borrow_and_update())),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            rung = self.bell.changed() => if rung.is_ok() { Woken::Bell } else { Woken::Over },
            member = member => Woken::Member(member),
            queues = queues => Woken::Queues(queues),
            _ = self.access.changed() => Woken::Access,
            () = self.ticket.over.cancelled() => Woken::Over,
            () = self.app.stop.cancelled() => Woken::Over,
        }
    }

    /// Checks the reader against the new list. `None` if it may not read this any more.
    fn look_again(&mut self) -> Option<()> {
        self.access.mark_unchanged();
        self.caller = self.app.access.still(&self.caller)?;
        self.caller.may_act_for(self.exten.as_str()).ok()?;
        self.owes_team = true;
        Some(())
    }

    /// Sends the whole team, and from then on its changes.
    fn join_team(&mut self) {
        let members = self.caller.team(self.exten.as_str());
        // Tell a former supervisor that nobody is left to see.
        if members.is_none() && self.team.is_none() {
            return;
        }
        let supervises = members.is_some();
        let (team, changes) = self.app.site().board().team(self.exten.as_str(), members.unwrap_or_default());
        self.pending.extend(team);
        self.team = supervises.then_some(changes);
    }

    /// Sends the queues, if wanted, and from then on their changes.
    fn follow_queues(&mut self) {
        if self.wants_queues
            && let Some(mut queues) = self.app.site().board().queues(self.exten.as_str())
        {
            self.pending.push_back(Arc::clone(&queues.borrow_and_update()));
            self.queues = Some(queues);
        }
    }
}
