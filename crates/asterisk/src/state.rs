//! The state shared by the task that feeds the model and by the verbs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use uncall_switch::calls::Fact;
use uncall_switch::{Pressure, Sink};

use super::link::Link;
use super::model::{Model, Served};
use super::options::Options;

pub(super) struct Shared {
    pub(super) link: Link,
    pub(super) options: Options,
    pub(super) pressure: Pressure,
    state: Mutex<State>,
    /// Requests a comparison with the PBX's own list of channels.
    looks: mpsc::UnboundedSender<Look>,
}

/// Notified when the model has been compared with the PBX's list.
pub(super) type Look = oneshot::Sender<()>;

pub(super) struct State {
    pub(super) model: Model,
    /// Whether it is connected and the model matches the PBX.
    pub(super) up: bool,
    sinks: Vec<Weak<dyn Sink>>,
    waiting: Vec<Waiting>,
}

/// Checks the model after each event. True if there is nothing more to wait for.
type Waiting = Box<dyn FnMut(&Model) -> bool + Send>;

impl Shared {
    pub(super) fn new(link: Link, options: Options) -> (Arc<Shared>, mpsc::UnboundedReceiver<Look>) {
        let (looks, looked) = mpsc::unbounded_channel();
        let model = Model::new(Served::new(&options));
        let state = Mutex::new(State { model, up: false, sinks: Vec::new(), waiting: Vec::new() });
        (Arc::new(Shared { link, options, pressure: Pressure::default(), state, looks }), looked)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attach(&self, sink: Weak<dyn Sink>, now: Timestamp) {
        let mut state = self.lock();
        let mut facts = state.model.facts();
        facts.push(Fact::Reachable(state.up));
        if let Some(sink) = sink.upgrade() {
            sink.facts(&facts, now);
        }
        state.sinks.push(sink);
    }

    /// Waits until the model shows an outcome. Watches from now on, so call this before sending the action.
    pub(super) fn when<R: Send + 'static>(
        &self,
        mut outcome: impl FnMut(&Model) -> Option<R> + Send + 'static,
    ) -> oneshot::Receiver<R> {
        let (tell, told) = oneshot::channel();
        let mut tell = Some(tell);
        let mut waiting: Waiting = Box::new(move |model| {
            let Some(open) = tell.take_if(|tell| !tell.is_closed()) else { return true };
            match outcome(model) {
                Some(outcome) => {
                    let _nobody_waits_any_more = open.send(outcome);
                    true
                }
                None => {
                    tell = Some(open);
                    false
                }
            }
        });
        let mut state = self.lock();
        if !(state.up && waiting(&state.model)) {
            state.waiting.push(waiting);
        }
        told
    }

    /// Compares the model with the PBX's list. Returns at once if there is no connection.
    pub(super) async fn look(&self) {
        let (look, looked) = oneshot::channel();
        if self.looks.send(look).is_ok() {
            let _dropped_when_not_connected = looked.await;
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.lock().up
    }
}

impl State {
    /// Reports to the sinks first and then to the waiters, so that these find the call table up to date.
    pub(super) fn tell(&mut self, facts: &[Fact], at: Timestamp) {
        if !facts.is_empty() {
            self.sinks.retain(|sink| sink.upgrade().inspect(|sink| sink.facts(facts, at)).is_some());
        }
        if self.up {
            let model = &self.model;
            self.waiting.retain_mut(|waiting| !waiting(model));
        }
    }
}
