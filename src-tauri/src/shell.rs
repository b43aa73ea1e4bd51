//! Carries out what the desk wants, with windows, tray and notifications.

use std::sync::Arc;

use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::watch;
use uncall_desk::{
    effect::Notification,
    shell::Shell,
    snapshot::{Mood, Snapshot},
};

use crate::{notification::Notifications, panel::Panel, sent::Sent, tray, window::popup};

/// The real shell; the desk's tests have one that only records.
#[derive(Debug)]
pub(crate) struct TauriShell {
    app: AppHandle,
    popup: watch::Sender<usize>,
    notifications: Notifications,
}

impl TauriShell {
    /// A shell for one desk.
    pub(crate) fn new(app: AppHandle) -> TauriShell {
        let popup = popup::start(app.clone());
        TauriShell { app, popup, notifications: Notifications::default() }
    }
}

impl Shell for TauriShell {
    fn publish(&mut self, snapshot: &Arc<Snapshot>) {
        self.app.state::<Panel>().observed(Arc::clone(snapshot));
        // Windows get what they show before they are shown.
        if let Err(error) = self.app.emit("desk_changed", Sent::now(Arc::clone(snapshot))) {
            tracing::error!("the windows could not be told: {error}");
        }
        let calls = snapshot.popups.len();
        self.popup.send_if_modified(|shown| std::mem::replace(shown, calls) != calls);
        tray::show(&self.app, snapshot);
    }

    // The window follows the snapshot's list of pop-ups, so that it can never show another set of calls than the page.
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

    // The tray's menu changes with more than the mood: it is painted from the snapshot.
    fn tray(&mut self, _mood: Mood) {}
}
