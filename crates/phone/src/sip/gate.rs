//! Accepts messages from the registrar and from the peers of calls only.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use rsipstack::{
    sip::{HeadersExt, Method, SipMessage},
    transaction::endpoint::TransportEventInspector,
    transport::TransportEvent,
};
use tokio::sync::mpsc::UnboundedSender;

use super::Seen;
use crate::LegId;

/// Requests outside of calls per second, and in a burst. Further ones are dropped, which bounds floods with a forged source.
const PER_SECOND: f64 = 50.0;
const AT_ONCE: f64 = 100.0;

#[derive(Debug)]
pub(super) struct Gate {
    registrar: Vec<IpAddr>,
    inner: Mutex<Inner>,
    seen: UnboundedSender<Seen>,
}

#[derive(Debug)]
struct Inner {
    calls: HashMap<LegId, IpAddr>,
    room: f64,
    at: Instant,
}

impl Gate {
    pub(super) fn new(registrar: Vec<IpAddr>, seen: UnboundedSender<Seen>) -> Arc<Gate> {
        let inner = Mutex::new(Inner { calls: HashMap::new(), room: AT_ONCE, at: Instant::now() });
        Arc::new(Gate { registrar, inner, seen })
    }

    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.registrar.contains(&address) || self.inner().calls.values().any(|known| *known == address)
    }

    /// Trusts a peer for the duration of a call.
    pub(super) fn trust(&self, leg: LegId, address: IpAddr) {
        self.inner().calls.insert(leg, address);
    }

    pub(super) fn forget(&self, leg: LegId) {
        self.inner().calls.remove(&leg);
    }

    fn has_room(&self, now: Instant) -> bool {
        let mut inner = self.inner();
        let passed = now.saturating_duration_since(inner.at).as_secs_f64();
        inner.at = now;
        inner.room = (inner.room + passed * PER_SECOND).min(AT_ONCE);
        let room = inner.room >= 1.0;
        if room {
            inner.room -= 1.0;
        }
        room
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Inspects messages before the stack sees them.
pub(super) struct Inspector(pub(super) Arc<Gate>);

#[async_trait]
impl TransportEventInspector for Inspector {
    async fn handle(&self, event: TransportEvent) -> Option<TransportEvent> {
        match &event {
            TransportEvent::Incoming(SipMessage::Request(request), ..) => {
                let tagged = request.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
                if matches!(request.method, Method::Cancel | Method::Bye)
                    && let (Ok(call_id), Some(reason)) = (request.call_id_header(), request.reason_header())
                {
                    let (call_id, reason) = (call_id.value().to_owned(), reason.value().to_owned());
                    let _ = self.0.seen.send(Seen::Said { call_id, reason });
                }
                let begins = !tagged && !matches!(request.method, Method::Cancel | Method::Ack);
                if begins && !self.0.has_room(Instant::now()) {
                    return None;
                }
            }
            TransportEvent::Incoming(SipMessage::Response(_), ..) | TransportEvent::New(_) => {}
            TransportEvent::Closed(_) => {
                let _ = self.0.seen.send(Seen::Disconnected);
            }
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flood_gets_little_and_a_server_what_it_needs() {
        let (seen, _) = tokio::sync::mpsc::unbounded_channel();
        let gate = Gate::new(vec![IpAddr::from([10, 0, 0, 1])], seen);
        let begin = Instant::now();
        let flood = (0..10_000).filter(|n| gate.has_room(begin + Duration::from_millis(*n))).count();
        assert!((550..=650).contains(&flood), "{flood}");
        let later = begin + Duration::from_secs(60);
        assert!((0..50).all(|_| gate.has_room(later)));
    }

    #[test]
    fn who_is_in_a_call_is_trusted_as_long_as_it_lasts() {
        let (seen, _) = tokio::sync::mpsc::unbounded_channel();
        let [registrar, other, stranger] = [1, 2, 3].map(|last| IpAddr::from([10, 0, 0, last]));
        let gate = Gate::new(vec![registrar], seen);
        gate.trust(LegId(1), other);
        assert!(gate.trusts(registrar) && gate.trusts(other) && !gate.trusts(stranger));
        gate.forget(LegId(1));
        assert!(!gate.trusts(other));
    }
}
