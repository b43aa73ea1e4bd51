//! The PBX in memory: the [model](self::model) behind a lock, and a loop that lets time pass.

mod model;
mod options;
mod recording;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use uncall_contract::event::{Presence, QueueAct};
use uncall_contract::{BusyReason, Extension, PhoneNumber, Uid};

use uncall_switch::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use uncall_switch::calls::{Fact, Party};
use uncall_switch::{Failure, Fumble, Gesture, Hands, Pbx, Recording, Sink, Sound, Transferring, Verb, Vital};

pub use options::Options;

use model::{Effect, Model};

/// A running simulator. It ends when it is dropped.
pub struct Simulator {
    inner: Arc<Inner>,
    time: Vital,
}

struct Inner {
    state: Mutex<State>,
    /// Notified when there may be an earlier timer than the one that the loop waits for.
    changed: Arc<Notify>,
    clock: Clock,
    control: bool,
}

struct State {
    model: Model,
    sinks: Vec<Weak<dyn Sink>>,
    transfers: HashMap<u64, oneshot::Sender<Result<(), Failure>>>,
}

/// The wall clock at the start, advanced by the runtime's clock, which tests can pause.
struct Clock {
    started: Timestamp,
    origin: Instant,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.origin.elapsed()).unwrap_or(SignedDuration::MAX);
        self.started.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

impl Simulator {
    /// Starts a simulator. Call it within a tokio runtime.
    pub fn start(options: Options) -> Arc<Simulator> {
        let clock = Clock { started: Timestamp::now(), origin: Instant::now() };
        let control = options.control;
        let model = Model::new(options, clock.started, jiff::tz::TimeZone::system());
        let state = Mutex::new(State { model, sinks: Vec::new(), transfers: HashMap::new() });
        let inner = Arc::new(Inner { state, changed: Arc::new(Notify::new()), clock, control });
        let time = run(Arc::downgrade(&inner), Arc::clone(&inner.changed));
        let time = Vital::spawn("lets the simulator's time pass", time);
        Arc::new(Simulator { inner, time })
    }
}

/// Lets time pass: sleeps until something is due, or until something changes that. Ends when the simulator is gone.
async fn run(inner: Weak<Inner>, changed: Arc<Notify>) {
    loop {
        // Not kept while sleeping.
        let wait = {
            let Some(inner) = inner.upgrade() else { return };
            let due = inner.with(|model| model.next_due());
            // A timer of tokio has steps of a millisecond: never wake just before.
            due.map(|due| {
                Duration::try_from(due.duration_since(inner.clock.now())).unwrap_or_default() + Duration::from_millis(1)
            })
        };
        match wait {
            Some(wait) => {
                tokio::select! {
                    () = changed.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            None => changed.notified().await,
        }
    }
}

impl Inner {
    /// Lets everything happen that is due, then acts, and reports to the sinks in that order.
    fn with<T>(&self, act: impl FnOnce(&mut Model) -> T) -> T {
        self.with_state(|state, _| act(&mut state.model))
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let now = self.clock.now();
        while let Some(due) = state.model.fire_next(now) {
            state.tell(due);
        }
        state.model.set_now(now);
        let due = state.model.next_due();
        let result = act(state, now);
        state.tell(now);
        if state.model.next_due() != due {
            self.changed.notify_one();
        }
        result
    }
}

impl State {
    fn tell(&mut self, at: Timestamp) {
        let mut facts: Vec<Fact> = Vec::new();
        let mut over = Vec::new();
        for effect in self.model.take_effects() {
            match effect {
                Effect::Fact(fact) => facts.push(fact),
                Effect::TransferOver { ticket, result } => over.push((ticket, result)),
            }
        }
        if !facts.is_empty() {
            self.sinks.retain(|sink| sink.upgrade().inspect(|sink| sink.facts(&facts, at)).is_some());
        }
        // After the facts, so that waiters for the transfer find the table up to date.
        for (ticket, result) in over {
            if let Some(waiting) = self.transfers.remove(&ticket) {
                let _nobody_waits_any_more = waiting.send(result);
            }
        }
    }
}

impl Pbx for Simulator {
    fn attach(&self, sink: Weak<dyn Sink>) {
        self.inner.with_state(|state, now| {
            let facts = state.model.facts();
            if let Some(sink) = sink.upgrade() {
                sink.facts(&facts, now);
            }
            state.sinks.push(sink);
        });
    }

    fn dial(&self, plan: Dial) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.dial(plan))).boxed()
    }

    fn hold(&self, plan: Pair) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.hold(&plan))).boxed()
    }

    fn restore(&self, plan: Restore) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.restore(&plan))).boxed()
    }

    fn transfer(&self, plan: Transfer) -> Verb<'_, Transferring> {
        let begun = self.inner.with_state(|state, _| {
            let ticket = state.model.transfer(&plan)?;
            let (over, waiting) = oneshot::channel();
            state.transfers.insert(ticket, over);
            Ok(async move { waiting.await.unwrap_or(Err(Failure::Unreachable)) }.boxed())
        });
        ready(begun).boxed()
    }

    fn survey(&self, plan: Survey) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.survey(plan))).boxed()
    }

    fn spy(&self, plan: Spy) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.spy(plan))).boxed()
    }

    fn hang_up(&self, plan: HangUp) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.hang_up(&plan))).boxed()
    }

    fn set_presence(&self, exten: Extension, presence: Presence, reason: Option<BusyReason>) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.set_presence(exten, presence, reason))).boxed()
    }

    fn queue(&self, exten: Extension, queue: String, act: QueueAct) -> Verb<'_, ()> {
        ready(self.inner.with(|model| model.queue(&exten, &queue, act))).boxed()
    }

    fn recording(&self, uid: Uid) -> Verb<'_, Recording> {
        let recording = self.inner.with(|model| match model.recordings.file(&uid) {
            _ if model.is_up(&uid) => Recording::NotReady,
            Some(file) => Recording::Ready(file),
            None => Recording::Unknown,
        });
        ready(Ok(recording)).boxed()
    }

    fn sound(&self, file: String) -> Verb<'_, Option<Box<dyn Sound>>> {
        let tape = self.inner.with(|model| model.recordings.tape(&file));
        ready(Ok(tape.map(|tape| Box::new(tape) as Box<dyn Sound>))).boxed()
    }

    fn ended(&self) -> BoxFuture<'static, String> {
        self.time.ended()
    }

    fn hands(&self) -> Option<&dyn Hands> {
        self.inner.control.then_some(self as &dyn Hands)
    }
}

impl Hands for Simulator {
    fn call(&self, from: &str, to: &str) -> Result<Uid, Fumble> {
        self.inner.with(|model| model.call(from, to))
    }

    fn extension(&self, exten: &str, gesture: Gesture) -> Result<(), Fumble> {
        let exten = Extension::parse(exten).map_err(|invalid| Fumble::Senseless(format!("the extension {invalid}")))?;
        self.inner.with(|model| model.gesture(&Party::Extension(exten), gesture))
    }

    fn number(&self, number: &str, gesture: Gesture) -> Result<(), Fumble> {
        let number =
            PhoneNumber::from_typed(number).map_err(|invalid| Fumble::Senseless(format!("the number {invalid}")))?;
        self.inner.with(|model| model.gesture(&Party::Number(number), gesture))
    }

    fn pause(&self, queue: &str, exten: &str, paused: bool) -> Result<(), Fumble> {
        let exten = Extension::parse(exten).map_err(|invalid| Fumble::Senseless(format!("the extension {invalid}")))?;
        self.inner.with(|model| model.pause(&exten, queue, paused))
    }

    fn state(&self) -> serde_json::Value {
        self.inner.with(|model| model.state())
    }
}
