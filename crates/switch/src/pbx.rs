//! The port to a PBX: the verbs of the API in telephony's terms, and the facts that come back.
//!
//! An adapter does what a [plan](crate::calls::plan) says; the call table has already decided that the agent may do it. A plan
//! can be outdated when it arrives (the caller has just hung up), so an adapter checks that the legs still exist and answers
//! [`Failure::Gone`] if not.

use std::sync::Weak;

use futures::future::BoxFuture;
use jiff::Timestamp;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use uncall_contract::event::{Presence, QueueAct};
use uncall_contract::{BusyReason, Extension, Uid};

use crate::calls::Fact;
use crate::calls::plan::{Dial, HangUp, Pair, Restore, Spy, Survey, Transfer};
use crate::hands::Hands;
use crate::recording::{Recording, Sound};

/// A running verb.
pub type Verb<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// A transfer that rings its target: done when the target has answered, failed when the agent is back.
pub type Transferring = BoxFuture<'static, Result<(), Failure>>;

/// A PBX.
pub trait Pbx: Send + Sync + 'static {
    /// Reports the whole state to `sink`, and from then on, in order, everything that happens, until the sink is dropped.
    fn attach(&self, sink: Weak<dyn Sink>);

    /// Rings the extension and, when it answers, the number. Done when the ringing is under way.
    fn dial(&self, plan: Dial) -> Verb<'_, ()>;

    /// Parts the two: the other party hears music, the agent silence. Done when both are there.
    fn hold(&self, plan: Pair) -> Verb<'_, ()>;

    /// Brings the two together again. Without a leg of the agent's, rings the agent's phone, and is done when it rings.
    fn restore(&self, plan: Restore) -> Verb<'_, ()>;

    /// Begins a transfer. [`Failure::Unavailable`]: the target is not idle, and nothing was changed.
    fn transfer(&self, plan: Transfer) -> Verb<'_, Transferring>;

    /// Arranges that the customer is asked for a rating when the agent's leg ends.
    fn survey(&self, plan: Survey) -> Verb<'_, ()>;

    /// Rings the listener; done when the ringing is under way.
    fn spy(&self, plan: Spy) -> Verb<'_, ()>;

    /// Ends the legs. Done when they are gone.
    fn hang_up(&self, plan: HangUp) -> Verb<'_, ()>;

    /// Makes the extension busy, so that callers hear that and all its queues pause it, or idle again.
    fn set_presence(&self, exten: Extension, presence: Presence, reason: Option<BusyReason>) -> Verb<'_, ()>;

    /// Makes the extension a member of a queue, or removes it; it may be as wanted already. [`Failure::Gone`]: there is no such
    /// queue. [`Failure::Unavailable`]: the PBX's configuration makes it a member. By default there are no queues.
    fn queue(&self, _exten: Extension, _queue: String, _act: QueueAct) -> Verb<'_, ()> {
        Box::pin(std::future::ready(Err(Failure::Gone)))
    }

    /// What there is of a call's recording.
    fn recording(&self, uid: Uid) -> Verb<'_, Recording>;

    /// The sound of a recording by its file name (without `audio:`). `None` if there is no such file. The name comes from the
    /// network: compare it, never make a path of it.
    fn sound(&self, file: String) -> Verb<'_, Option<Box<dyn Sound>>>;

    /// Completes with a message when no more facts will come because a vital task has ended. The known calls become outdated
    /// then, so the gateway has to exit.
    fn ended(&self) -> BoxFuture<'static, String> {
        Box::pin(std::future::pending())
    }

    /// How well the gateway keeps up with the PBX's events, if the PBX is a separate program.
    fn pressure(&self) -> Option<&Pressure> {
        None
    }

    /// Control of the phones, if they are simulated and the settings permit it.
    fn hands(&self) -> Option<&dyn Hands> {
        None
    }
}

/// How well the gateway keeps up with a PBX.
#[derive(Debug, Clone)]
pub struct Pressure {
    /// Events waiting to be processed.
    pub waiting: Gauge,
    /// Seconds from an event's last byte to its processing.
    pub lag: Histogram,
}

impl Default for Pressure {
    fn default() -> Pressure {
        // From idle to a delay that agents will notice.
        let lag = Histogram::new([0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0]);
        Pressure { waiting: Gauge::default(), lag }
    }
}

/// Where facts go.
pub trait Sink: Send + Sync {
    /// These things happened together, at `at`.
    fn facts(&self, facts: &[Fact], at: Timestamp);
}

/// Why a verb was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The PBX cannot be reached, or does not answer.
    #[error("the PBX cannot be reached")]
    Unreachable,
    /// A leg of the plan no longer exists, or is elsewhere.
    #[error("the call has changed in between")]
    Gone,
    /// The phone to be rung is engaged, not registered, declined or did not answer in time.
    #[error("the phone is not available")]
    Unavailable,
}
