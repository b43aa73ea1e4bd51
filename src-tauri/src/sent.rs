//! A snapshot on its way to a page, with what the desk's clock shows as it is sent: the page counts from there.

use std::sync::Arc;

use serde::Serialize;
use uncall_desk::{Moment, snapshot::Snapshot};

/// What a page gets.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sent {
    /// [`Moment::ms`] at this moment.
    clock: i64,
    #[serde(flatten)]
    snapshot: Arc<Snapshot>,
}

impl Sent {
    /// This snapshot, sent now.
    pub(crate) fn now(snapshot: Arc<Snapshot>) -> Sent {
        Sent { clock: Moment::now().ms, snapshot }
    }
}
