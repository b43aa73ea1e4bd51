//! Carries out the call table's plans as actions for the PBX, each to its observed end.
//!
//! `Success` of an action means "accepted", not "done". So every verb first registers the change of the model that it waits for,
//! then sends, then waits. If time runs out or the connection was lost meanwhile, the PBX's own list decides what happened.

mod calling;
mod hanging_up;
mod holding;
mod presence;
mod queues;
mod ringing;
#[cfg(test)]
mod tests;
mod transfer;

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use uncall_contract::{Channel, Uid};
use uncall_switch::Failure;
use uncall_switch::calls::plan::Survey;

use super::action::{Action, Unfit};
use super::link::LinkError;
use super::listing;
use super::model::Model;
use super::state::Shared;

/// The time limit for legs to reach a place or a bridge, or to end. A healthy PBX takes some milliseconds.
const DONE: Duration = Duration::from_secs(3);
/// The time limit for the connection to come back if it was lost in the middle of a verb.
const BACK: Duration = Duration::from_secs(7);

/// A leg of a plan that still exists.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    unique: String,
    /// The name for actions.
    name: String,
}

/// The result of sending an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Accepted,
    /// The connection broke before the answer.
    Unknown,
}

impl Shared {
    /// feedBack: sets a mark on the customer's leg, which the dialplan reads when the conversation is over.
    pub(super) async fn survey(&self, plan: Survey) -> Result<(), Failure> {
        let other = self.find(&plan.other)?;
        let era = self.lock().model.era();
        if self.set(&other, "UNCALL_FEEDBACK", plan.agent.as_str()).await? == Sent::Unknown {
            self.again(era).await?;
            if self.value(&other, "UNCALL_FEEDBACK").await? != plan.agent.as_str() {
                return Err(Failure::Unreachable);
            }
        }
        // The PBX's own dialplan may hang up after the conversation. The package's dialplan gets there by itself, so it does not
        // matter much if this is refused.
        if let Err(failure) = self.set(&other, "CHANNEL(after_bridge_goto)", "uncall-after,s,1").await {
            tracing::info!(?failure, "a survey may not come: the customer's leg goes where the dialplan says");
        }
        Ok(())
    }

    fn find(&self, channel: &Channel) -> Result<Found, Failure> {
        let state = self.lock();
        if !state.up {
            return Err(Failure::Unreachable);
        }
        let (unique, name) = state.model.leg(channel).ok_or(Failure::Gone)?;
        Ok(Found { unique, name })
    }

    /// Two different legs that talk with each other.
    fn find_pair(&self, own: &Channel, other: &Channel) -> Result<(Found, Found), Failure> {
        let (own, other) = (self.find(own)?, self.find(other)?);
        let together = self.lock().model.together(&own.unique, &other.unique);
        // Bridging or redirecting a leg with itself destroys the call.
        if together && own != other { Ok((own, other)) } else { Err(Failure::Gone) }
    }

    async fn send(&self, action: Result<Action, Unfit>) -> Result<Sent, Failure> {
        self.settle("", action).await
    }

    /// Sends an action, with this `ActionID` if it is not empty.
    async fn settle(&self, id: &str, action: Result<Action, Unfit>) -> Result<Sent, Failure> {
        let action = action.map_err(|unfit| {
            tracing::error!("not sent to the PBX: {unfit}");
            Failure::Gone
        })?;
        let name = action.name;
        let asked = if id.is_empty() { self.link.ask(action).await } else { self.link.ask_as(id, action).await };
        match asked {
            Ok(_) => Ok(Sent::Accepted),
            Err(LinkError::NotConnected) => Err(Failure::Unreachable),
            Err(LinkError::Lost) => Ok(Sent::Unknown),
            Err(LinkError::Refused(words)) if words == "Permission denied" => {
                tracing::error!(
                    "the PBX does not permit {name}: give the manager's user the rights that the guide names"
                );
                Err(Failure::Unreachable)
            }
            Err(LinkError::Refused(words)) => {
                tracing::info!("the PBX refused {name}: {words}");
                Err(Failure::Gone)
            }
        }
    }

    async fn set(&self, leg: &Found, variable: &str, value: &str) -> Result<Sent, Failure> {
        self.send(listing::set(&leg.name, variable, value)).await
    }

    async fn value(&self, leg: &Found, variable: &str) -> Result<String, Failure> {
        let action = listing::get(&leg.name, variable).map_err(|_| Failure::Gone)?;
        match self.link.ask(action).await {
            Ok(answer) => Ok(answer.response.get("Value").to_owned()),
            Err(LinkError::Refused(_)) => Err(Failure::Gone),
            Err(LinkError::NotConnected | LinkError::Lost) => Err(Failure::Unreachable),
        }
    }

    /// Waits for an outcome that [`Shared::when`] watches for. If it does not come `within` this time, asks the PBX for its list;
    /// then `last` says what that means.
    async fn outcome<R>(
        &self,
        mut told: oneshot::Receiver<Result<R, Failure>>,
        within: Duration,
        last: impl FnOnce(&Model) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        if let Ok(Ok(outcome)) = timeout(within, &mut told).await {
            return outcome;
        }
        self.back().await?;
        self.look().await;
        if let Ok(outcome) = told.try_recv() {
            return outcome;
        }
        let state = self.lock();
        if state.up { last(&state.model) } else { Err(Failure::Unreachable) }
    }

    /// After an answer was lost, waits for the next connection, so that the PBX can be asked what it did. The connection may also
    /// still be up with the PBX being slow.
    async fn again(&self, era: u64) -> Result<(), Failure> {
        let next = self.when(move |model| (model.era() != era).then_some(()));
        let _is_it_up = timeout(BACK, next).await;
        if self.is_up() { Ok(()) } else { Err(Failure::Unreachable) }
    }

    /// Waits for the connection, if it was lost.
    async fn back(&self) -> Result<(), Failure> {
        if self.is_up() {
            return Ok(());
        }
        let up = self.when(|_| Some(()));
        match timeout(BACK, up).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Failure::Unreachable),
        }
    }
}

/// A unique id for a leg of this call to originate.
fn back_id(uid: &Uid) -> String {
    super::model::ids::for_back(uid, fastrand::u32(..))
}
