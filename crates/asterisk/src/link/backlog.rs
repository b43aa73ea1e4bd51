//! Warns if news are not read as fast as they come.

/// Logs for the reader of the news that they pile up. The queue has no bound, because a lost event would leave a call on the
/// agents' screens for ever, so somebody has to say when it grows.
#[derive(Debug)]
pub(crate) struct Backlog {
    warn_at: usize,
}

/// About five seconds of the events of 20 call set-ups a second.
const FIRST: usize = 4096;

impl Backlog {
    pub(crate) const fn new() -> Backlog {
        Backlog { warn_at: FIRST }
    }

    /// Notes how many wait now. Warns once for each doubling, and returns true if it did.
    pub(crate) fn note(&mut self, waiting: usize) -> bool {
        if waiting >= self.warn_at {
            tracing::warn!(waiting, "the PBX's events come faster than they are worked off; calls are shown late");
            self.warn_at = waiting.saturating_mul(2);
            return true;
        }
        if waiting == 0 {
            self.warn_at = FIRST;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_warns_once_for_each_doubling() {
        let mut backlog = Backlog::new();
        let told: Vec<usize> = (0..10_000).filter(|&waiting| backlog.note(waiting)).collect();
        assert_eq!(told, [4096, 8192]);
        assert!(!backlog.note(0));
        assert!(backlog.note(5000));
    }
}
