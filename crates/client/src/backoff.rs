//! Growing pauses with jitter, so that a hundred desks don't all come back at the same moment.

use std::time::Duration;

/// Pauses that double from `first` to `cap`, each varied by a quarter either way.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    cap: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, cap: Duration) -> Backoff {
        Backoff { first, cap, next: first }
    }

    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.cap);
        jitter(pause, 0.25)
    }

    /// Starts again with the shortest pause.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

/// `duration`, varied by up to `share` of it either way.
pub(crate) fn jitter(duration: Duration, share: f64) -> Duration {
    duration.mul_f64(1.0 + share * (2.0 * fastrand::f64() - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_start_again() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        for expected in [1.0, 2.0, 4.0, 5.0, 5.0] {
            let pause = backoff.pause().as_secs_f64();
            assert!((expected * 0.75..=expected * 1.25).contains(&pause), "{pause} for {expected}");
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(1250));
    }

    #[test]
    fn jitter_stays_in_its_share_and_varies() {
        let pauses: Vec<Duration> = (0..50).map(|_| jitter(Duration::from_secs(3), 0.1)).collect();
        assert!(pauses.iter().all(|pause| (2.7..=3.3).contains(&pause.as_secs_f64())));
        assert!(pauses.iter().any(|pause| pause != &pauses[0]));
    }
}
