//! The verbs of one call run one after another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;
use uncall_contract::Uid;

#[derive(Debug, Default)]
pub(crate) struct Turns {
    calls: Mutex<HashMap<Uid, Weak<tokio::sync::Mutex<()>>>>,
}

/// Held while a verb acts on its call.
pub type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Waits for the call's other verbs.
    pub(crate) async fn take(&self, uid: &Uid) -> Turn {
        let turn = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let known = calls.get(uid).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                calls.retain(|_, turn| turn.strong_count() > 0);
                let turn = Arc::new(tokio::sync::Mutex::new(()));
                calls.insert(uid.clone(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
