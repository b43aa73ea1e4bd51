//! Verbs that ring a phone: click-to-dial, listening, whispering.

use jiff::Timestamp;
use uncall_switch::Failure;
use uncall_switch::calls::plan::{Dial, Spy};

use super::ringing::Then;
use crate::model::ids;
use crate::state::Shared;

impl Shared {
    /// OnClickCall: rings the agent's phone; when it answers, the dialplan dials the number as if the agent had.
    pub(crate) async fn dial(&self, plan: Dial) -> Result<(), Failure> {
        let unique = ids::for_dial(Timestamp::now().as_second(), fastrand::u32(..));
        let number = plan.number.as_str().to_owned();
        let then = Then::Goes("uncall-click", number.clone(), vec![("UNCALL_EXTEN", plan.exten.to_string())]);
        self.lock().model.expect_dial(&unique, plan.number);
        self.ring(&plan.exten, &unique, &number, then).await
    }

    /// monitorExten, whisper: always names the leg in full, because `PJSIP/801` alone would match 8010 too, and every later call.
    pub(crate) async fn spy(&self, plan: Spy) -> Result<(), Failure> {
        let target = self.find(&plan.target)?;
        let unique = ids::for_spy(Timestamp::now().as_second(), fastrand::u32(..));
        let shown = self.lock().model.shown(&target.unique);
        let options = if plan.whisper { "qwES" } else { "qES" };
        self.ring(&plan.agent, &unique, &shown, Then::Spies(target.name, options)).await
    }
}
