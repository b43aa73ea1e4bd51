//! Counts failed logins, so that guessing is slow but nobody is locked out for long.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// The allowance for one user name from one address: a burst, then one in each interval.
const OF_USER: Allowance = Allowance { burst: 5, interval: Duration::from_secs(10) };
/// The allowance for one address, whatever the names. Many agents may share it, and each may have forgotten a password.
const OF_ADDRESS: Allowance = Allowance { burst: 60, interval: Duration::from_secs(1) };
/// The most counters to keep. Filling them takes so many failures that the hashing itself slows an attacker down.
const KEPT: usize = 20_000;

struct Allowance {
    burst: u32,
    interval: Duration,
}

/// An address (for IPv6 the network, which a single machine can have to itself) and a user name.
type Key = (IpAddr, Option<String>);

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// When the whole allowance will be available again.
    whole: HashMap<Key, Instant>,
}

impl Attempts {
    /// Counts an attempt as wrong. The error is how long to wait before it is checked.
    pub(super) fn take(&mut self, address: IpAddr, user: &str, now: Instant) -> Result<(), Duration> {
        if self.whole.len() >= KEPT {
            self.whole.retain(|_, whole| *whole > now);
            if self.whole.len() >= KEPT {
                self.whole.clear();
            }
        }
        self.ready(address, user, now)?;
        let (of_address, of_user) = keys(address, user);
        for (key, allowance) in [(of_user, OF_USER), (of_address, OF_ADDRESS)] {
            let whole = self.whole.entry(key).or_insert(now);
            *whole = (*whole).max(now) + allowance.interval;
        }
        Ok(())
    }

    /// Takes back an attempt that turned out to be right.
    pub(super) fn give_back(&mut self, address: IpAddr, user: &str) {
        let (of_address, of_user) = keys(address, user);
        self.whole.remove(&of_user);
        if let Some(whole) = self.whole.get_mut(&of_address)
            && let Some(less) = whole.checked_sub(OF_ADDRESS.interval)
        {
            *whole = less;
        }
    }

    /// Whether one more may be checked. The error is how long to wait.
    pub(super) fn ready(&self, address: IpAddr, user: &str, now: Instant) -> Result<(), Duration> {
        let (of_address, of_user) = keys(address, user);
        self.left(&of_user, &OF_USER, now)?;
        self.left(&of_address, &OF_ADDRESS, now)
    }

    fn left(&self, key: &Key, allowance: &Allowance, now: Instant) -> Result<(), Duration> {
        let spent = self.whole.get(key).map_or(Duration::ZERO, |whole| whole.saturating_duration_since(now));
        let most = allowance.interval * (allowance.burst - 1);
        if spent > most { Err(spent - most) } else { Ok(()) }
    }
}

fn keys(address: IpAddr, user: &str) -> (Key, Key) {
    let address = match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(whole) => {
            let [a, b, c, d, ..] = whole.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    };
    ((address, None), (address, Some(user.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 2, 0, 1));

    fn tried(attempts: &mut Attempts, address: IpAddr, user: &str, times: usize, now: Instant) -> usize {
        (0..times).filter(|_| attempts.take(address, user, now).is_ok()).count()
    }

    #[test]
    fn guessing_at_one_agent_is_slow_and_the_neighbour_is_not_disturbed() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        assert_eq!(tried(&mut attempts, HERE, "li.na", 100, now), 5);
        let wait = attempts.take(HERE, "li.na", now).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(10), "{wait:?}");
        assert_eq!(tried(&mut attempts, HERE, "wang", 1, now), 1, "behind the same address");
        let hour = (0..3600).filter(|s| attempts.take(HERE, "li.na", now + Duration::from_secs(*s)).is_ok()).count();
        assert!((350..=365).contains(&hour), "{hour}");
    }

    #[test]
    fn many_names_from_one_address_are_bounded_too() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        let taken = (0..1000).filter(|at| attempts.take(HERE, &format!("user{at}"), now).is_ok()).count();
        assert_eq!(taken, 60);
        assert!(attempts.take("10.2.0.2".parse().unwrap(), "li.na", now).is_ok(), "another address");
        assert!(attempts.take(HERE, "li.na", now + Duration::from_secs(2)).is_ok(), "soon again");
    }

    #[test]
    fn a_right_login_takes_nothing() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..1000 {
            attempts.take(HERE, "li.na", now).unwrap();
            attempts.give_back(HERE, "li.na");
        }
    }

    #[test]
    fn one_machine_is_not_many_for_its_many_addresses() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        let of = |at: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, at));
        assert_eq!((0..100).filter(|at| attempts.take(of(*at), "li.na", now).is_ok()).count(), 5);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for at in 0..30_000_u32 {
            let _full_or_not = attempts.take(IpAddr::V4(at.into()), "x", now);
        }
        assert!(attempts.whole.len() <= KEPT + 2);
    }
}
