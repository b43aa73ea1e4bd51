//! The verbs in progress.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Counts the verbs in progress, because a server that is busy with one may be late with everything else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verbs(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    under_way: usize,
    last_end: Option<Instant>,
}

/// One verb, until it is dropped.
pub(crate) struct UnderWay(Verbs);

impl Verbs {
    pub(crate) fn begin(&self) -> UnderWay {
        self.inner().under_way += 1;
        UnderWay(self.clone())
    }

    /// Whether a verb is in progress, or was at or after `instant`.
    pub(crate) fn since(&self, instant: Instant) -> bool {
        let inner = self.inner();
        inner.under_way > 0 || inner.last_end.is_some_and(|end| end >= instant)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut inner = self.0.inner();
        inner.under_way = inner.under_way.saturating_sub(1);
        inner.last_end = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_verb_counts_while_it_is_under_way_and_at_its_end() {
        let verbs = Verbs::default();
        let start = Instant::now();
        assert!(!verbs.since(start));
        let (first, second) = (verbs.begin(), verbs.begin());
        drop(first);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(verbs.since(Instant::now()));
        drop(second);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(verbs.since(start));
        assert!(!verbs.since(Instant::now()));
    }
}
