//! A transfer with a way back. The dialplan does the transfer and the way back; this code only starts it and watches.

use std::sync::Arc;

use futures::FutureExt;
use uncall_switch::calls::plan::{Target, Transfer};
use uncall_switch::{Failure, Transferring};

use super::holding::part;
use super::{DONE, Found, Sent};
use crate::model::{Model, Standing};
use crate::state::Shared;

impl Shared {
    pub(crate) async fn transfer(self: Arc<Self>, plan: Transfer) -> Result<Transferring, Failure> {
        let (own, other) = self.find_pair(&plan.pair.own, &plan.pair.other)?;
        let (context, target) = match &plan.target {
            Target::Extension(exten) if self.lock().model.is_registered(exten) => ("uncall-xfer", exten.as_str()),
            Target::Extension(_) => return Err(Failure::Unavailable),
            Target::Number(number) => ("uncall-xfer-out", number.as_str()),
        };
        // Both watch from now on, so nothing that happens while waiting for the beginning is missed.
        let over = self.over(&own, &other, &plan.target);
        let begun = self.begun(&own, &other);
        let rings = self.options.transfer_rings;
        let seconds = rings.as_secs().to_string();
        let phones = match &plan.target {
            Target::Extension(exten) => self.dialled(exten),
            Target::Number(_) => String::new(),
        };
        let marks = [("UNCALL_PEER", own.name.as_str()), ("UNCALL_TIMEOUT", &seconds), ("UNCALL_DIAL", &phones)];
        self.prepare(&other, &marks).await?;
        let sent = self.send(part(&own, &other, context, target, "uncall-xfer-agent")).await?;
        let (agent, customer) = (own.unique.clone(), other.unique.clone());
        let begun = self.outcome(begun, DONE, move |model| {
            // The PBX has parted them, so if they are together, it is again: the target was quick, and the events were lost.
            let back = model.together(&agent, &customer);
            Err(if back { Failure::Unavailable } else { Failure::Gone })
        });
        match begun.await {
            Err(Failure::Unavailable) if sent == Sent::Unknown && !self.came_back(&other).await? => {
                return Err(Failure::Unreachable);
            }
            begun => begun?,
        }
        let waits = async move {
            let customer = other.unique.clone();
            self.outcome(over, rings + DONE, |model| lost(model, &own.unique, &customer, &plan.target)).await
        };
        Ok(waits.boxed())
    }

    /// Whether a transfer that may not even have begun has come back: in that case the dialplan has cleared the mark that was set
    /// before.
    async fn came_back(&self, other: &Found) -> Result<bool, Failure> {
        Ok(self.value(other, "UNCALL_PEER").await?.is_empty())
    }

    /// Done when the customer's leg waits for the target, or is past that already.
    fn begun(&self, own: &Found, other: &Found) -> tokio::sync::oneshot::Receiver<Result<(), Failure>> {
        let (agent, customer) = (own.unique.clone(), other.unique.clone());
        let mut parted = false;
        self.when(move |model| {
            parted |= !model.together(&agent, &customer);
            match model.standing(&customer) {
                Standing::Gone => Some(Err(Failure::Gone)),
                // The agent's leg has to have arrived as well, or its way back would come too early.
                Standing::Waits if matches!(model.standing(&agent), Standing::Announced | Standing::Gone) => {
                    Some(Ok(()))
                }
                Standing::Talks if parted => Some(Ok(())),
                Standing::Talks
                | Standing::Waits
                | Standing::Held
                | Standing::Silent
                | Standing::Announced
                | Standing::Aside
                | Standing::Elsewhere => None,
            }
        })
    }

    fn over(&self, own: &Found, other: &Found, target: &Target) -> tokio::sync::oneshot::Receiver<Result<(), Failure>> {
        let (agent, customer, target) = (own.unique.clone(), other.unique.clone(), target.clone());
        let (mut parted, mut turned_back) = (false, false);
        self.when(move |model| {
            parted |= !model.together(&agent, &customer);
            turned_back |= model.turned_back(&customer);
            if !parted {
                return None;
            }
            if reached(model, &agent, &customer, &target) {
                return Some(Ok(()));
            }
            // Back with the agent; or the target did not answer and no agent was left.
            if model.together(&agent, &customer) {
                return Some(Err(Failure::Unavailable));
            }
            match model.standing(&customer) {
                Standing::Gone if turned_back => Some(Err(Failure::Unavailable)),
                Standing::Gone => Some(Err(Failure::Gone)),
                Standing::Talks
                | Standing::Waits
                | Standing::Held
                | Standing::Silent
                | Standing::Announced
                | Standing::Aside
                | Standing::Elsewhere => None,
            }
        })
    }
}

/// The result by where the customer's leg is, after time has run out and the PBX was asked.
fn lost(model: &Model, agent: &str, customer: &str, target: &Target) -> Result<(), Failure> {
    if reached(model, agent, customer, target) {
        Ok(())
    } else if model.together(agent, customer) || model.standing(customer) != Standing::Gone {
        Err(Failure::Unavailable)
    } else {
        Err(Failure::Gone)
    }
}

/// Whether the customer has got to the target. The model does not know a queue's music or an outside line as a party, so it is
/// enough that the dialplan says so, or that the customer talks with somebody other than the agent.
fn reached(model: &Model, agent: &str, customer: &str, target: &Target) -> bool {
    match target {
        Target::Extension(exten) => model.talks_with(customer, exten),
        Target::Number(_) => {
            let talks = model.standing(customer) == Standing::Talks && !model.together(agent, customer);
            talks || model.handed_on(customer)
        }
    }
}
