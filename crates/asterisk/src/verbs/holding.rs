//! Hold and restore.

use uncall_switch::Failure;
use uncall_switch::calls::plan::{Pair, Restore};

use super::ringing::Then;
use super::{DONE, Found, Sent, back_id};
use crate::action::{Action, Unfit};
use crate::model::Standing;
use crate::state::Shared;

impl Shared {
    /// keepCalling: sends both legs to their waiting places in one step. Done when both have reported their arrival.
    pub(crate) async fn hold(&self, plan: Pair) -> Result<(), Failure> {
        let (own, other) = self.find_pair(&plan.own, &plan.other)?;
        let (agent, customer) = (own.unique.clone(), other.unique.clone());
        let told = self.when(move |model| match (model.standing(&customer), model.standing(&agent)) {
            (Standing::Gone, _) => Some(Err(Failure::Gone)),
            (Standing::Held, Standing::Silent | Standing::Gone) => Some(Ok(())),
            (_, _) => None,
        });
        let recall = self.options.hold_reminder.as_secs().to_string();
        let phones = self.dialled(&plan.agent);
        let marks = [
            ("UNCALL_PEER", own.name.as_str()),
            ("UNCALL_RECALL", &recall),
            ("UNCALL_AGENT", plan.agent.as_str()),
            ("UNCALL_DIAL", &phones),
        ];
        self.prepare(&other, &marks).await?;
        let sent = self.send(part(&own, &other, "uncall-hold", "s", "uncall-hold-agent")).await?;
        let customer = other.unique;
        self.outcome(told, DONE, move |model| match model.standing(&customer) {
            Standing::Held => Ok(()),
            Standing::Talks if sent == Sent::Unknown => Err(Failure::Unreachable),
            Standing::Gone
            | Standing::Talks
            | Standing::Silent
            | Standing::Waits
            | Standing::Announced
            | Standing::Aside
            | Standing::Elsewhere => Err(Failure::Gone),
        })
        .await
    }

    /// restoreCalling.
    pub(crate) async fn restore(&self, plan: Restore) -> Result<(), Failure> {
        let held = self.find(&plan.held)?;
        if self.lock().model.standing(&held.unique) != Standing::Held {
            return Err(Failure::Gone);
        }
        match &plan.own {
            Some(own) => {
                let own = self.find(own)?;
                self.bring_together(&own, &held).await
            }
            None => self.fetch(&plan, &held).await,
        }
    }

    async fn bring_together(&self, own: &Found, held: &Found) -> Result<(), Failure> {
        if own == held || self.lock().model.standing(&own.unique) != Standing::Silent {
            return Err(Failure::Gone);
        }
        let (agent, customer) = (own.unique.clone(), held.unique.clone());
        let told = self.when(move |model| {
            if model.together(&agent, &customer) {
                return Some(Ok(()));
            }
            (model.standing(&customer) == Standing::Gone).then_some(Err(Failure::Gone))
        });
        let bridge = Action::new("Bridge").with("Channel1", &own.name);
        let sent = self.send(bridge.and_then(|action| action.with("Channel2", &held.name))).await?;
        let customer = held.unique.clone();
        self.outcome(told, DONE, move |model| {
            let unchanged = model.standing(&customer) == Standing::Held;
            Err(if unchanged && sent == Sent::Unknown { Failure::Unreachable } else { Failure::Gone })
        })
        .await?;
        // Otherwise the end of this leg would still end the agent's. If this gets lost, the rebuild does it.
        let _seen_to_later = self.set(held, "UNCALL_PEER", "").await;
        Ok(())
    }

    /// The agent's leg has gone: rings the phone, and joins it with the held party when it answers.
    async fn fetch(&self, plan: &Restore, held: &Found) -> Result<(), Failure> {
        if self.lock().model.fetching(&plan.uid, &plan.agent) {
            return Ok(());
        }
        let unique = back_id(&plan.uid);
        let shown = self.lock().model.shown(&held.unique);
        // Not the application Bridge, because a leg without a dialplan of its own could not be held or transferred later.
        let then = Then::Goes("uncall-fetch", "s".to_owned(), vec![("UNCALL_FETCH", held.name.clone())]);
        self.ring(&plan.agent, &unique, &shown, then).await
    }

    /// Sets variables on a leg before it is redirected. If the connection breaks here, nothing has happened to the call.
    pub(super) async fn prepare(&self, leg: &Found, variables: &[(&str, &str)]) -> Result<(), Failure> {
        for (name, value) in variables {
            if self.set(leg, name, value).await? == Sent::Unknown {
                return Err(Failure::Unreachable);
            }
        }
        Ok(())
    }
}

/// Sends the other party's leg to `place` and the agent's to `agent_place`.
pub(super) fn part(own: &Found, other: &Found, place: &str, exten: &str, agent_place: &str) -> Result<Action, Unfit> {
    Action::new("Redirect")
        .with("Channel", &other.name)?
        .with("Context", place)?
        .with("Exten", exten)?
        .with("Priority", "1")?
        .with("ExtraChannel", &own.name)?
        .with("ExtraContext", agent_place)?
        .with("ExtraExten", "s")?
        .with("ExtraPriority", "1")
}
