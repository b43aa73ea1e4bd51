//! Verbs that ring a phone: click-to-dial, listening, whispering.

use std::time::Duration;

use jiff::Timestamp;

use super::Sent;
use crate::asterisk::action::{Action, Unfit};
use crate::asterisk::model::{Standing, ids};
use crate::asterisk::state::Shared;
use crate::calls::plan::{Dial, Spy};
use crate::pbx::Failure;

/// Until a phone that is there says that it rings.
const RINGS: Duration = Duration::from_secs(4);

impl Shared {
    /// OnClickCall: rings the agent's phone; when it answers, the dialplan dials the number as if the agent had.
    pub(in crate::asterisk) async fn dial(&self, plan: Dial) -> Result<(), Failure> {
        let unique = ids::for_dial(Timestamp::now().as_second(), fastrand::u32(..));
        let action = self.ring(&plan.exten, &unique, plan.number.as_str()).and_then(|action| {
            action
                .with("Context", "uncall-click")?
                .with("Exten", plan.number.as_str())?
                .with("Priority", "1")?
                .with("Variable", format!("__UNCALL_EXTEN={}", plan.exten))
        });
        self.lock().model.expect_dial(&unique, plan.number);
        self.ringing(&unique, action).await
    }

    /// monitorExten, whisper: always a leg by its whole name. `PJSIP/801` alone would match 8010 too, and every later call.
    pub(in crate::asterisk) async fn spy(&self, plan: Spy) -> Result<(), Failure> {
        let target = self.find(&plan.target)?;
        let unique = ids::for_spy(Timestamp::now().as_second(), fastrand::u32(..));
        let shown = self.lock().model.shown(&target.unique);
        let options = if plan.whisper { "qwES" } else { "qES" };
        let action = self.ring(&plan.agent, &unique, &shown).and_then(|action| {
            action.with("Application", "ChanSpy")?.with("Data", format!("{},{options}", target.name))
        });
        self.ringing(&unique, action).await
    }

    /// Sends an Originate and waits until its phone rings.
    pub(super) async fn ringing(&self, unique: &str, action: Result<Action, Unfit>) -> Result<(), Failure> {
        if !self.is_up() {
            return Err(Failure::Unreachable);
        }
        self.lock().model.expect_originated(unique);
        let result = self.rings(unique, action).await;
        self.lock().model.forget_originated(unique);
        if result.is_err() {
            self.lock().model.forget_dial(unique);
        }
        result
    }

    async fn rings(&self, unique: &str, action: Result<Action, Unfit>) -> Result<(), Failure> {
        let id = unique.to_owned();
        let told = self.when(move |model| {
            if model.has_rung(&id) {
                return Some(Ok(()));
            }
            model.originated(&id).map(|done| if done { Ok(()) } else { Err(Failure::Unavailable) })
        });
        // A refusal here is about a context or an application that is not there: "not available" is what the agent can be told.
        let sent = self.settle(unique, action).await.map_err(|failure| match failure {
            Failure::Gone => Failure::Unavailable,
            Failure::Unreachable | Failure::Unavailable => failure,
        })?;
        self.outcome(told, RINGS, |model| match (model.standing(unique), sent) {
            (Standing::Gone, Sent::Unknown) => Err(Failure::Unreachable),
            (Standing::Gone, Sent::Accepted) => Err(Failure::Unavailable),
            // It was sent to the phone, which has not said that it rings.
            (_, _) => Ok(()),
        })
        .await
    }
}
