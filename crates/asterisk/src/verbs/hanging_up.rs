//! Hanging up.

use futures::future::join_all;
use uncall_switch::Failure;
use uncall_switch::calls::plan::HangUp;

use super::{DONE, Found, Sent};
use crate::action::{Action, Unfit};
use crate::model::Standing;
use crate::state::Shared;

/// Q.850.
const USER_BUSY: &str = "17";

impl Shared {
    /// hangUp. Ends the others' legs first: a customer who waits for a transfer's target takes target and agent along, and the
    /// end of the agent's leg must not connect anybody.
    pub(crate) async fn hang_up(&self, plan: HangUp) -> Result<(), Failure> {
        if !self.is_up() {
            return Err(Failure::Unreachable);
        }
        let declines = plan.others.is_empty();
        let legs = plan.others.iter().chain(&plan.own).filter_map(|channel| self.find(channel).ok());
        let legs: Vec<Found> = legs.collect();
        if legs.is_empty() {
            return Err(Failure::Gone);
        }
        for channel in &plan.own {
            self.lock().model.puts_down(channel);
        }
        let uniques: Vec<String> = legs.iter().map(|leg| leg.unique.clone()).collect();
        let told = self.when(move |model| {
            let over = |unique: &String| matches!(model.standing(unique), Standing::Gone | Standing::Aside);
            uniques.iter().all(over).then_some(Ok(()))
        });
        let actions = legs.iter().map(|leg| self.send(self.ending(leg, declines)));
        let mut sent = Vec::new();
        for result in join_all(actions).await {
            match result {
                Ok(done) => sent.push(done),
                // It has ended by itself.
                Err(Failure::Gone | Failure::Unavailable) => {}
                Err(Failure::Unreachable) => return Err(Failure::Unreachable),
            }
        }
        self.outcome(told, DONE, move |_| {
            Err(if sent.contains(&Sent::Unknown) { Failure::Unreachable } else { Failure::Gone })
        })
        .await
    }

    /// The action that ends a leg. The dialplan sends a held party to the survey if that is armed. A phone that only rings
    /// reports "busy", as its own decline key does, so that the dialplan knows where the caller goes.
    fn ending(&self, leg: &Found, declines: bool) -> Result<Action, Unfit> {
        let (standing, called) = {
            let state = self.lock();
            (state.model.standing(&leg.unique), state.model.is_called(&leg.unique))
        };
        if standing == Standing::Held {
            return Action::new("Redirect")
                .with("Channel", &leg.name)?
                .with("Context", "uncall-after")?
                .with("Exten", "s")?
                .with("Priority", "1");
        }
        let hangup = Action::new("Hangup").with("Channel", &leg.name)?;
        if declines && called { hangup.with("Cause", USER_BUSY) } else { Ok(hangup) }
    }
}
