//! Detects that the machine has slept.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// How far the wall clock has to run ahead between two checks.
const AHEAD: Duration = Duration::from_secs(3);
/// A check that comes this long after the one before is late: they are due every second.
const LATE: Duration = Duration::from_secs(10);

/// While a machine sleeps, the wall clock goes on and no checks happen. The monotonic clock stops on Linux and macOS; on Windows
/// (`QueryPerformanceCounter`) it goes on, and only the late check shows the sleep.
#[derive(Debug)]
pub(super) struct SleepSense {
    wall: SystemTime,
    now: Instant,
}

impl SleepSense {
    pub(super) const fn new(wall: SystemTime, now: Instant) -> SleepSense {
        SleepSense { wall, now }
    }

    /// Whether the machine slept since the last check. A wall clock that is set forward or a process that was held up look the
    /// same; both do no harm. A clock that is set back is not sleep.
    pub(super) fn slept(&mut self, wall: SystemTime, now: Instant) -> bool {
        let by_wall = wall.duration_since(self.wall).unwrap_or_default();
        let by_clock = now.saturating_duration_since(self.now);
        *self = SleepSense { wall, now };
        by_wall > by_clock + AHEAD || by_clock > LATE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_ran_ahead_or_a_late_look_is_sleep() {
        let (wall, now) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000), Instant::now());
        let mut sense = SleepSense::new(wall, now);
        let second = Duration::from_secs(1);
        assert!(!sense.slept(wall + second, now + second));
        assert!(!sense.slept(wall + 3 * second, now + 2 * second));
        assert!(sense.slept(wall + 600 * second, now + 3 * second));
        assert!(!sense.slept(wall + 601 * second, now + 4 * second));
        assert!(!sense.slept(wall - 5 * second, now + 5 * second));
        assert!(!sense.slept(wall + 4 * second, now + 15 * second));
        // Windows: both clocks went on.
        assert!(sense.slept(wall + 604 * second, now + 615 * second));
        assert!(!sense.slept(wall + 605 * second, now + 616 * second));
        assert!(sense.slept(wall, now + 700 * second), "asleep while the wall clock was set back");
    }
}
