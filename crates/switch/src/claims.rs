//! Reserves an extension for a verb that is about to ring its phone, until it rings.
//!
//! The call table shows a phone as taken once its leg exists. Between the check of the table and that moment, another verb would
//! find it free, too, and both would ring it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use uncall_contract::Extension;

#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<HashSet<Extension>>>);

/// Held by the verb that rings the extension.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Claims,
    exten: Extension,
}

impl Claims {
    /// Claims the extension, if no other verb has it. Check the table again afterwards, because it now has what the previous
    /// owner did.
    pub(crate) fn take(&self, exten: &Extension) -> Option<Claim> {
        let is_free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(exten.clone());
        is_free.then(|| Claim { claims: self.clone(), exten: exten.clone() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.exten);
    }
}
