//! Points in time on two clocks: the wall clock for display, and a monotonic clock for measuring.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The wall clock. People and time servers set it, so it is only for showing the time of day.
    pub at: Timestamp,
    /// Milliseconds on a clock that only moves forward, also while the machine sleeps. Its zero is arbitrary.
    pub ms: i64,
}

impl Moment {
    /// This instant, on the clock of this process.
    pub fn now() -> Moment {
        static START: OnceLock<boot_time::Instant> = OnceLock::new();
        let running = START.get_or_init(boot_time::Instant::now).elapsed();
        Moment { at: Timestamp::now(), ms: i64::try_from(running.as_millis()).unwrap_or(i64::MAX) }
    }

    /// Milliseconds since `earlier`, or zero if that is later.
    pub fn since(self, earlier: Moment) -> i64 {
        self.ms.saturating_sub(earlier.ms).max(0)
    }

    /// This many milliseconds later.
    #[must_use]
    pub fn later(self, ms: i64) -> Moment {
        let at = self.at.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap_or(self.at);
        Moment { at, ms: self.ms.saturating_add(ms) }
    }

    /// The moment at which a server's clock showed `wall`. Never later than this moment, since that clock may be ahead.
    #[must_use]
    pub fn of_wall(self, wall: Timestamp) -> Moment {
        let at = wall.min(self.at);
        let ago = self.at.as_millisecond().saturating_sub(at.as_millisecond());
        Moment { at, ms: self.ms.saturating_sub(ago) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_time_counts_back_and_never_from_the_future() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let now = Moment { at: at(1000), ms: 50_000 };
        assert_eq!(now.of_wall(at(990)), Moment { at: at(990), ms: 40_000 });
        assert_eq!(now.of_wall(at(1001)), now);
        assert_eq!(now.of_wall(at(0)).ms, -950_000, "before this program began");
        assert_eq!((now.since(now.of_wall(at(990))), now.of_wall(at(990)).since(now)), (10_000, 0));
    }
}
