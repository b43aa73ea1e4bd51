//! Requests from outside to a running watch.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

/// Hurries or wakes a watch from elsewhere. Clones reach the same watch; without one it does nothing.
#[derive(Debug, Clone, Default)]
pub struct Nudge(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    hurry: AtomicBool,
    wake: AtomicBool,
    notify: Notify,
}

/// What has been requested since the last time.
pub(super) struct Nudged {
    pub(super) hurry: bool,
    pub(super) wake: bool,
}

impl Nudge {
    /// See [`Watch::hurry`](crate::Watch::hurry).
    pub fn hurry(&self) {
        self.0.hurry.store(true, Ordering::Release);
        self.0.notify.notify_one();
    }

    /// See [`Watch::wake`](crate::Watch::wake).
    pub fn wake(&self) {
        self.0.wake.store(true, Ordering::Release);
        self.0.notify.notify_one();
    }

    /// Waits until something is requested.
    pub(super) async fn nudged(&self) -> Nudged {
        self.0.notify.notified().await;
        Nudged { hurry: self.0.hurry.swap(false, Ordering::AcqRel), wake: self.0.wake.swap(false, Ordering::AcqRel) }
    }
}
