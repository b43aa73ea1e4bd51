//! How long to wait before the next attempt.

use std::time::Duration;

/// Pauses after a lost connection: they double from the first to the longest, each varied by a quarter either way, so that a
/// site's gateways don't all come back at the same moment.
#[derive(Debug)]
pub(super) struct Pauses {
    next: Duration,
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

impl Pauses {
    pub(super) const fn new() -> Pauses {
        Pauses { next: FIRST }
    }

    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(LONGEST);
        pause.mul_f64(0.75 + 0.5 * fastrand::f64())
    }

    /// Notes that a connection lasted for `time`. A long one resets the pauses; one that broke at once does not.
    pub(super) fn lasted(&mut self, time: Duration) {
        if time > LONGEST {
            self.next = FIRST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_start_again_after_a_good_connection() {
        let mut pauses = Pauses::new();
        let grown: Vec<f64> = (0..9).map(|_| pauses.pause().as_secs_f64()).collect();
        for (pause, expected) in grown.iter().zip([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]) {
            assert!((expected * 0.75..=expected * 1.25).contains(pause), "{pause} for {expected}");
        }
        pauses.lasted(Duration::from_secs(1));
        assert!(pauses.pause() > Duration::from_secs(3));
        pauses.lasted(Duration::from_secs(60));
        assert!(pauses.pause() < Duration::from_millis(200));
    }
}
