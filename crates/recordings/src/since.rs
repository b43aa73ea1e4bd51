//! Remembers since when calls' recordings have been asked for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uncall_contract::Uid;

/// How many calls to remember.
pub(super) const MOST: usize = 1024;
/// How long to remember a call.
const LONG: Duration = Duration::from_secs(3600);

/// When each call was asked for first. Whoever asks for more than [`MOST`] is answered as if it were the first time.
#[derive(Default)]
pub(super) struct Since(Mutex<HashMap<Uid, Instant>>);

impl Since {
    /// How long ago the call was first asked for. Zero if that is now.
    pub(super) fn since(&self, uid: &Uid, now: Instant) -> Duration {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= MOST && !calls.contains_key(uid) {
            calls.retain(|_, since| now.duration_since(*since) < LONG);
            if calls.len() >= MOST {
                calls.clear();
            }
        }
        now.duration_since(*calls.entry(uid.clone()).or_insert(now))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
