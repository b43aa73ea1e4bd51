//! `GET /metrics`, for Prometheus.

mod plain;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use uncall_switch::Pressure;

use super::{App, gate};
use crate::access::{Caller, Refused};
use crate::operations::{Name, Requests};

pub(super) struct Metrics {
    registry: Registry,
    faults: Counter,
    streams: Gauge,
    calls: Gauge,
    presence: Family<PresenceLabel, Gauge>,
    reachable: Gauge,
    connections: Gauge,
    turned_away: Counter,
    /// Indexed like [`WHY_REFUSED`].
    refused_logins: [Counter; WHY_REFUSED.len()],
    recordings: Recordings,
}

/// Metrics of the recordings' files, which stay zero without recordings. Their counters are copies of counts kept there.
#[derive(Default)]
struct Recordings {
    indexed: Gauge,
    unreadable: Gauge,
    age: Gauge,
    errors: Counter,
    cut_off: Gauge,
    ledger_waiting: Gauge,
    ledger_lost: Counter,
    ledger_errors: Counter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WhyLabel {
    why: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PresenceLabel {
    presence: Name,
}

/// The reasons for refused logins.
const WHY_REFUSED: [&str; 6] = ["login_needed", "wrong", "too_many", "busy", "not_open", "unknown_user"];

impl Metrics {
    /// The metrics of a gateway, with those of its PBX; those of its operations separately.
    pub(super) fn of(pressure: Option<&Pressure>) -> (Metrics, Requests) {
        let mut registry = Registry::with_prefix("uncall");
        let requests = Requests::registered(&mut registry);
        let faults = Counter::default();
        let (streams, calls, reachable) = (Gauge::default(), Gauge::default(), Gauge::default());
        let presence = Family::default();
        registry.register("faults", "Requests that were not understood", faults.clone());
        registry.register("event_streams", "Push streams open", streams.clone());
        registry.register("calls", "Calls up", calls.clone());
        registry.register("extensions", "Extensions by presence", presence.clone());
        registry.register("pbx_reachable", "Whether the PBX can be reached", reachable.clone());
        let recordings = Recordings::default();
        registry.register("recordings_indexed", "Recordings found", recordings.indexed.clone());
        registry.register("recordings_unreadable", "Whether recordings cannot be read", recordings.unreadable.clone());
        registry.register("recordings_age_seconds", "Since they were looked through", recordings.age.clone());
        registry.register("recordings_errors", "Times they could not be read", recordings.errors.clone());
        registry.register("recordings_cut_off", "Folders not listed to their end", recordings.cut_off.clone());
        registry.register(
            "ledger_waiting",
            "Notes of whose recordings are, not written",
            recordings.ledger_waiting.clone(),
        );
        registry.register("ledger_lost", "Notes never written: no disk for too long", recordings.ledger_lost.clone());
        registry.register("ledger_errors", "Times the disk took none", recordings.ledger_errors.clone());
        let (connections, turned_away) = (Gauge::default(), Counter::default());
        registry.register("connections", "Connections open", connections.clone());
        registry.register("connections_turned_away", "Connections beyond a limit", turned_away.clone());
        let refused = Family::<WhyLabel, Counter>::default();
        registry.register("logins_refused", "Requests that were not let in", refused.clone());
        let refused_logins = WHY_REFUSED.map(|why| refused.get_or_create_owned(&WhyLabel { why: Name(why) }));
        let Pressure { waiting, lag } = pressure.cloned().unwrap_or_default();
        registry.register("pbx_events_waiting", "Events of the PBX that wait to be taken in", waiting);
        registry.register("pbx_event_lag_seconds", "From an event's last byte to its being taken in", lag);
        registry.register("build", "The gateway", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let metrics = Metrics {
            registry,
            faults,
            streams,
            calls,
            presence,
            reachable,
            connections,
            turned_away,
            refused_logins,
            recordings,
        };
        (metrics, requests)
    }

    pub(super) fn fault(&self) {
        self.faults.inc();
    }

    /// Counts a stream as open until it is dropped.
    pub(super) fn stream(&self) -> Open {
        Open::of(&self.streams)
    }

    /// Counts a connection as open until the result is dropped.
    pub(super) fn connection(&self) -> Open {
        Open::of(&self.connections)
    }

    /// Counts a rejected connection, and returns the total.
    pub(super) fn turn_away(&self) -> u64 {
        self.turned_away.inc() + 1
    }

    pub(super) fn refused_login(&self, refused: &Refused) {
        let why = match refused {
            Refused::LoginNeeded => "login_needed",
            Refused::WrongLogin => "wrong",
            Refused::TooMany(_) => "too_many",
            Refused::Busy(_) => "busy",
            Refused::NotOpen => "not_open",
            Refused::UnknownUser => "unknown_user",
        };
        let known = WHY_REFUSED.iter().zip(&self.refused_logins).find(|(known, _)| **known == why);
        if let Some((_, count)) = known {
            count.inc();
        }
    }
}

/// Counts something as open until it is dropped.
pub(super) struct Open(Gauge);

impl Open {
    fn of(gauge: &Gauge) -> Open {
        gauge.inc();
        Open(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = caller.may_measure() {
        return gate::forbidden(&denied);
    }
    let metrics = &app.metrics;
    let (calls, (idle, busy), reachable) =
        app.site().board().look(|table| (table.calls_up(), table.presences(), table.reachable()));
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    metrics.calls.set(count(calls));
    metrics.presence.get_or_create(&PresenceLabel { presence: Name("idle") }).set(count(idle));
    metrics.presence.get_or_create(&PresenceLabel { presence: Name("busy") }).set(count(busy));
    metrics.reachable.set(i64::from(reachable));
    if let Some(recordings) = app.operations.recordings() {
        let status = recordings.status();
        metrics.recordings.indexed.set(count(status.indexed));
        metrics.recordings.unreadable.set(i64::from(status.unavailable.is_some()));
        metrics.recordings.age.set(i64::try_from(status.age.unwrap_or_default().as_secs()).unwrap_or(i64::MAX));
        metrics.recordings.errors.inner().store(status.errors, Ordering::Relaxed);
        metrics.recordings.cut_off.set(count(status.cut_off));
        metrics.recordings.ledger_waiting.set(count(status.ledger.waiting));
        metrics.recordings.ledger_lost.inner().store(status.ledger.lost, Ordering::Relaxed);
        metrics.recordings.ledger_errors.inner().store(status.ledger.errors, Ordering::Relaxed);
    }
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let (kind, text) = if asks_for_openmetrics(&headers) {
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", text)
    } else {
        ("text/plain; version=0.0.4; charset=utf-8", plain::of(&text))
    };
    ([(header::CONTENT_TYPE, kind), (header::VARY, "accept")], text).into_response()
}

/// Prometheus itself asks for it; others take the older text by default.
fn asks_for_openmetrics(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let never = |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        kind.eq_ignore_ascii_case("application/openmetrics-text") && !parts.any(never)
    })
}
