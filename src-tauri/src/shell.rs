//! Carries out what the desk wants, with windows, tray and notifications.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use tauri::{AppHandle, Emitter, Manager};
use uncall_desk::{
    effect::{Notification, Occasion},
    journal::{Entry, Receipt},
    line::Command,
    shell::Shell,
    snapshot::{Mood, Notice, Snapshot},
};

use crate::{
    day::Day,
    journal::Pen,
    notification::Notifications,
    panel::Panel,
    phone::Phone,
    screenpop::ScreenPop,
    sent::Sent,
    tray,
    window::popup::{Event, Popup},
};

/// The real shell. The desk's tests use one that only records.
#[derive(Debug)]
pub(crate) struct TauriShell {
    app: AppHandle,
    number: u64,
    pen: Pen,
    notifications: Notifications,
}

impl TauriShell {
    /// A shell for one desk, with the pen for its journal entries.
    pub(crate) fn new(app: AppHandle, pen: Pen) -> TauriShell {
        static SHELLS: AtomicU64 = AtomicU64::new(1);
        let number = SHELLS.fetch_add(1, Ordering::Relaxed);
        TauriShell { app, number, pen, notifications: Notifications::default() }
    }
}

/// Sends the desk's last snapshot to every window.
pub(crate) fn show(app: &AppHandle) {
    if let Err(error) = app.emit("desk_changed", Sent::now(app.state::<Panel>().shown())) {
        tracing::error!("the windows could not be told: {error}");
    }
}

impl Drop for TauriShell {
    fn drop(&mut self) {
        self.app.state::<Day>().end(&self.pen);
        self.app.state::<Popup>().tell(Event::DeskEnded(self.number));
    }
}

impl Shell for TauriShell {
    fn journal(&mut self, entry: &Entry) -> Option<Receipt> {
        Some(self.pen.write(entry))
    }

    fn publish(&mut self, snapshot: &Arc<Snapshot>) {
        self.app.state::<Panel>().observed(Arc::clone(snapshot));
        self.app.state::<Day>().see(&self.pen, &snapshot.presence);
        // Windows get their contents before they are shown.
        show(&self.app);
        let calls = Event::Calls { desk: self.number, uids: snapshot.popups.clone() };
        self.app.state::<Popup>().tell(calls);
        tray::show(&self.app);
    }

    // The window follows the snapshot's list of pop-ups, so it can never show other calls than the page.
    fn popup(&mut self, uid: &str) {
        tracing::info!(uid, "pops up");
    }

    fn close_popup(&mut self, uid: &str) {
        tracing::debug!(uid, "its pop-up closes");
    }

    fn notify(&mut self, notification: &Notification) {
        self.notifications.show(&self.app, notification);
    }

    fn close_notification(&mut self, uid: &str) {
        self.notifications.close(uid);
    }

    fn phone(&mut self, ask: u64, command: &Command) {
        self.app.state::<Phone>().ask(ask, command.clone());
    }

    fn renamed(&mut self, was: (&str, Timestamp), uid: (&str, Timestamp)) {
        self.pen.rename(was, uid);
        self.notifications.rename(was.0, uid.0);
    }

    fn refused(&mut self, notice: &Notice) {
        self.notifications.refuse(&self.app, notice);
    }

    // The tray is painted from the snapshot, because its menu depends on more than the mood.
    fn tray(&mut self, _mood: Mood) {}

    fn told(&mut self, occasion: &Occasion) {
        self.app.state::<ScreenPop>().heed(occasion);
    }
}
