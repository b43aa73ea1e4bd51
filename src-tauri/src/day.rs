//! The day: idle and busy as they were, for the journal, and what it was made of.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tauri::{AppHandle, Manager};
use uncall_contract::event::Presence;
use uncall_desk::snapshot::PresenceView;
use uncall_journal::{Change, Journal, Totals};

use crate::journal::{self, Pen};

/// How often the journal hears that nothing has changed: what a kill can cost.
const STILL: Duration = Duration::from_secs(60);

/// What was written last, and for whom.
#[derive(Debug, Default)]
pub(crate) struct Day(Mutex<Option<(Pen, Change)>>);

impl Day {
    fn last(&self) -> MutexGuard<'_, Option<(Pen, Change)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The desk shows this presence.
    pub(crate) fn see(&self, pen: &Pen, presence: &PresenceView) {
        let change = match presence.value {
            Some(value) => Change::Is { busy: value == Presence::Busy, reason: presence.reason.clone() },
            None => Change::Unknown,
        };
        let mut day = self.last();
        let before = day.take().filter(|(before, _)| before.is_for_the_same_as(pen));
        if before.is_none() {
            pen.presence(Change::Started, Timestamp::now());
        }
        if before.is_none_or(|(_, before)| before != change) {
            pen.presence(change.clone(), Timestamp::now());
        }
        *day = Some((pen.clone(), change));
    }

    /// The desk has ended.
    pub(crate) fn end(&self, pen: &Pen) {
        if self.last().take_if(|(before, _)| before.is_for_the_same_as(pen)).is_some() {
            pen.presence(Change::Unknown, Timestamp::now());
        }
    }

    fn still(&self) {
        if let Some((pen, Change::Is { .. })) = &*self.last() {
            pen.presence(Change::Lasts, Timestamp::now());
        }
    }
}

/// Says for as long as the program runs that what lasts lasts.
pub(crate) fn watch(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(STILL).await;
            app.state::<Day>().still();
        }
    });
}

/// What today was made of until now.
pub(crate) async fn totals(app: &AppHandle) -> Totals {
    let Some((pen, _)) = app.state::<Day>().last().clone() else { return Totals::default() };
    let journal = app.state::<Journal>().inner().clone();
    journal::beside(move || journal.totals(pen.place(), journal::midnight(), Timestamp::now())).await
}
