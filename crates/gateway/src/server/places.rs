//! Limits connections: in total, per address, and those on which nobody has been let in yet. Among the latter the oldest makes
//! room for the newest: an agent's connection sends its request and is let in before it is the oldest, while one that only stays
//! becomes the oldest in time.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::access::{Network, holds};
use crate::settings::Limits;

/// All places.
pub(super) struct Places {
    limits: Limits,
    /// Proxies, whose clients all come from one address.
    trusted: Vec<Network>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    count: usize,
    last: u64,
    by_address: HashMap<IpAddr, usize>,
    /// Connections on which nobody has been let in and no request is running, oldest first.
    strangers: BTreeMap<u64, CancellationToken>,
}

/// A connection's place, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
    number: u64,
    known: AtomicBool,
    /// Cancelled when the place has to be given up.
    pub(super) over: CancellationToken,
}

/// A request on a connection, until it is answered.
pub(super) struct Asking(Arc<Place>);

impl Places {
    pub(super) fn new(limits: Limits, trusted: Vec<Network>) -> Arc<Places> {
        Arc::new(Places { limits, trusted, taken: Mutex::default() })
    }

    /// A place for a connection from `address`. `None` if there is none left.
    pub(super) fn take(self: &Arc<Places>, address: IpAddr) -> Option<Arc<Place>> {
        let address = address.to_canonical();
        let mut taken = self.taken();
        if taken.count >= self.limits.connections {
            return None;
        }
        let uncounted = address.is_loopback() || holds(&self.trusted, address);
        let of_address = taken.by_address.entry(address).or_default();
        if !uncounted && *of_address >= self.limits.connections_per_address {
            return None;
        }
        *of_address += 1;
        taken.count += 1;
        taken.last += 1;
        let (number, over) = (taken.last, CancellationToken::new());
        taken.strangers.insert(number, over.clone());
        if taken.strangers.len() > self.limits.strangers
            && let Some((_, oldest)) = taken.strangers.pop_first()
        {
            oldest.cancel();
        }
        Some(Arc::new(Place { places: Arc::clone(self), address, number, known: AtomicBool::new(false), over }))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes a request, so that the connection is not closed before its answer.
    pub(super) fn asks(self: &Arc<Place>) -> Asking {
        if !self.known.load(Ordering::Relaxed) {
            self.places.taken().strangers.remove(&self.number);
        }
        Asking(Arc::clone(self))
    }

    /// Notes that somebody was let in.
    pub(super) fn is_known(&self) {
        self.known.store(true, Ordering::Relaxed);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let Asking(place) = self;
        if !place.known.load(Ordering::Relaxed) {
            place.places.taken().strangers.insert(place.number, place.over.clone());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.count -= 1;
        taken.strangers.remove(&self.number);
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(limits: Limits) -> Arc<Places> {
        Places::new(limits, vec!["10.0.0.0/24".parse().unwrap()])
    }

    fn take(places: &Arc<Places>, address: &str) -> Option<Arc<Place>> {
        places.take(address.parse().unwrap())
    }

    #[test]
    fn places_are_counted_by_address_and_in_all() {
        let places = places(Limits { connections: 5, connections_per_address: 2, ..Limits::default() });
        let first = take(&places, "10.2.0.1").unwrap();
        let second = take(&places, "::ffff:10.2.0.1").unwrap();
        assert!(take(&places, "10.2.0.1").is_none());
        let other = take(&places, "10.2.0.2").unwrap();
        drop(first);
        let again = take(&places, "10.2.0.1").unwrap();
        drop((second, other, again));
        for address in ["127.0.0.1", "10.0.0.1"] {
            let many: Vec<_> = (0..5).map(|_| take(&places, address).unwrap()).collect();
            assert_eq!(many.len(), 5, "not counted");
            assert!(take(&places, address).is_none(), "but in all");
        }
        let taken = places.taken();
        assert!(
            taken.count == 0 && taken.by_address.is_empty() && taken.strangers.is_empty(),
            "what is over is forgotten"
        );
    }

    #[test]
    fn the_oldest_stranger_makes_room_and_nobody_who_was_let_in_or_asks() {
        let places = places(Limits { strangers: 2, ..Limits::default() });
        let agent = take(&places, "10.2.0.1").unwrap();
        let asking = agent.asks();
        agent.is_known();
        drop(asking);
        let (slow, first) = (take(&places, "10.2.0.2").unwrap(), take(&places, "10.2.0.3").unwrap());
        let asks = slow.asks();
        let (second, third) = (take(&places, "10.2.0.4").unwrap(), take(&places, "10.2.0.5").unwrap());
        let over = |place: &Arc<Place>| place.over.is_cancelled();
        assert_eq!([&agent, &slow, &first, &second, &third].map(over), [false, false, true, false, false]);
        // Refused, so it is still a stranger, and the oldest.
        drop(asks);
        let fourth = take(&places, "10.2.0.6").unwrap();
        assert!(over(&slow));
        drop((second, third));
        assert!([&agent, &fourth].map(over) == [false, false]);
    }
}
