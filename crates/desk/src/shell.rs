//! Carries out what the desk wants shown: the panel's windows, or a [`Recorder`] in tests.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::effect::{Effect, Notification, Occasion};
use crate::journal::{Entry, Receipt};
use crate::line::Command;
use crate::snapshot::{Mood, Notice, Snapshot};

/// Carries out effects. Called in order from one task; no method may block.
pub trait Shell: Send + 'static {
    /// Starts to write a call to the journal. The receipt, if any, tells when it is on the disk; the screen waits for that, for
    /// at most 50 ms.
    fn journal(&mut self, _entry: &Entry) -> Option<Receipt> {
        None
    }
    /// Shows this state in every window.
    fn publish(&mut self, snapshot: &Arc<Snapshot>);
    /// Shows the pop-up window for this call.
    fn popup(&mut self, uid: &str);
    /// Takes this call out of the pop-up window.
    fn close_popup(&mut self, uid: &str);
    /// Announces a call with a native notification.
    fn notify(&mut self, notification: &Notification);
    /// Removes the call's notification.
    fn close_notification(&mut self, uid: &str);
    /// Asks the panel's own phone, where there is one; what comes of it is told by [`crate::Handle::said`].
    fn phone(&mut self, _ask: u64, _command: &Command) {}
    /// The server's uid of a call is known now: wherever the old one stands, the new one belongs.
    fn renamed(&mut self, _was: (&str, Timestamp), _uid: (&str, Timestamp)) {}
    /// A verb was refused or failed. The snapshot has it too; this is for when no window shows it.
    fn refused(&mut self, _notice: &Notice) {}
    /// Shows this state in the tray.
    fn tray(&mut self, mood: Mood);
    /// Tells other programs what has happened to a call.
    fn told(&mut self, _occasion: &Occasion) {}
}

/// Records what it is asked to show. Clones share one record.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    effects: Arc<Mutex<Vec<Effect>>>,
}

impl Recorder {
    /// All effects so far, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn record(&self, effect: Effect) {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).push(effect);
    }
}

impl Shell for Recorder {
    fn journal(&mut self, entry: &Entry) -> Option<Receipt> {
        self.record(Effect::Journal(entry.clone()));
        None
    }

    fn publish(&mut self, snapshot: &Arc<Snapshot>) {
        self.record(Effect::Publish(Arc::clone(snapshot)));
    }

    fn popup(&mut self, uid: &str) {
        self.record(Effect::Popup { uid: uid.to_owned() });
    }

    fn close_popup(&mut self, uid: &str) {
        self.record(Effect::ClosePopup { uid: uid.to_owned() });
    }

    fn notify(&mut self, notification: &Notification) {
        self.record(Effect::Notify(notification.clone()));
    }

    fn close_notification(&mut self, uid: &str) {
        self.record(Effect::CloseNotification { uid: uid.to_owned() });
    }

    fn phone(&mut self, ask: u64, command: &Command) {
        self.record(Effect::Phone { ask, command: command.clone() });
    }

    fn renamed(&mut self, (was, began): (&str, Timestamp), (uid, now_began): (&str, Timestamp)) {
        self.record(Effect::Renamed { was: was.to_owned(), began, uid: uid.to_owned(), now_began });
    }

    fn refused(&mut self, notice: &Notice) {
        self.record(Effect::Refused(notice.clone()));
    }

    fn tray(&mut self, mood: Mood) {
        self.record(Effect::Tray(mood));
    }

    fn told(&mut self, occasion: &Occasion) {
        self.record(Effect::Told(Box::new(occasion.clone())));
    }
}
