//! A running desk, as others hold it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use crate::input::{Absence, Intent};
use crate::line::Said;
use crate::order::{Ended, Order};
use crate::problem::Problem;
use crate::recording::Recording;
use crate::snapshot::Snapshot;
use crate::state::Options;

/// A running desk. Cheap to clone; the desk ends when it is stopped or the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) shown: watch::Receiver<Arc<Snapshot>>,
    pub(super) recording: Arc<Mutex<Recording>>,
}

/// What a handle tells the loop.
#[derive(Debug)]
pub(super) enum Command {
    Want(Intent),
    Order(Order, oneshot::Sender<Ended>),
    Link(String),
    Said(Said),
    Renamed,
    Away(Absence, bool),
    Disposed(String, bool),
    Wake,
    Options(Options),
    Stop,
}

impl Handle {
    /// Passes on a wish of the agent. The snapshot shows what becomes of it.
    pub fn want(&self, intent: Intent) {
        self.send(Command::Want(intent));
    }

    /// A link has put this number into the dial box.
    pub fn linked(&self, number: String) {
        self.send(Command::Link(number));
    }

    /// Nobody is at the desk for this reason, or it is over.
    pub fn away(&self, why: Absence, on: bool) {
        self.send(Command::Away(why, on));
    }

    /// The agent has chosen a result for a call, or has taken it back.
    pub fn disposed(&self, uid: String, has_result: bool) {
        self.send(Command::Disposed(uid, has_result));
    }

    /// The panel's own phone says something.
    pub fn said(&self, said: Said) {
        self.send(Command::Said(said));
    }

    /// Passes on an order and waits for its end. If the desk stops first, the order may still have been carried out.
    pub async fn order(&self, order: Order) -> Ended {
        let (tell, ended) = oneshot::channel();
        self.send(Command::Order(order, tell));
        ended.await.unwrap_or_else(|_| Ended::Unknown(Problem::new("outcome_unknown", "the desk was stopped")))
    }

    /// Looks all names up again, because some have changed or become known.
    pub fn renamed(&self) {
        self.send(Command::Renamed);
    }

    /// Tries the server again at once, because the machine slept or the network changed.
    pub fn wake(&self) {
        self.send(Command::Wake);
    }

    /// Changes the options, for calls that come from now on.
    pub fn set_options(&self, options: Options) {
        self.send(Command::Options(options));
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.shown.borrow())
    }

    /// The desk's recent inputs and the quality of its connection, for problem reports.
    pub fn recording(&self) -> MutexGuard<'_, Recording> {
        locked(&self.recording)
    }

    /// Stops the desk and waits for its end: its pop-ups and notifications close, and verbs under way get two seconds.
    pub async fn stop(&self) {
        self.send(Command::Stop);
        self.commands.closed().await;
    }

    fn send(&self, command: Command) {
        // Fails only if the desk has ended.
        let _ = self.commands.send(command);
    }
}

/// Locks a recording. Nothing panics while holding the lock, and if it did, the recording would still be usable.
pub(super) fn locked(recording: &Mutex<Recording>) -> MutexGuard<'_, Recording> {
    recording.lock().unwrap_or_else(PoisonError::into_inner)
}
