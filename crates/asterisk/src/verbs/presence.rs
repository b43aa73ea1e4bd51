//! Busy and idle: a key in the PBX's database that its dialplan reads, a lamp, and a pause in every queue.

use jiff::Timestamp;
use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Extension};
use uncall_switch::Failure;

use super::DONE;
use crate::action::{Action, Unfit};
use crate::link::LinkError;
use crate::state::Shared;

impl Shared {
    pub(crate) async fn set_presence(
        &self,
        exten: Extension,
        presence: Presence,
        reason: Option<BusyReason>,
    ) -> Result<(), Failure> {
        if !self.is_up() {
            return Err(Failure::Unreachable);
        }
        // Report the steps of one change as one.
        self.lock().model.settles(&exten);
        let stored = if self.options.without_system {
            self.through_dialplan(&exten, presence).await
        } else {
            self.in_database(&exten, presence).await
        };
        let done = match stored {
            Ok(()) => {
                // The pause first, because it may have to wait for the next connection, over which the lamp is then lit.
                let paused = self.pause(&exten, presence, reason.as_ref()).await;
                self.light(&exten, presence).await;
                paused
            }
            Err(failure) => Err(failure),
        };
        let mut state = self.lock();
        let set = stored.is_ok().then(|| state.model.set_presence(&exten, presence, reason)).flatten();
        let facts: Vec<_> = set.into_iter().chain(state.model.settled(&exten)).collect();
        state.tell(&facts, Timestamp::now());
        done
    }

    /// Switches the lamp that hints and feature codes use for "do not disturb". It does no harm if the PBX cannot.
    pub(super) async fn light(&self, exten: &Extension, presence: Presence) {
        let state = if presence == Presence::Busy { "BUSY" } else { "NOT_INUSE" };
        let action = Action::new("Setvar")
            .with("Variable", format!("DEVICE_STATE(Custom:DND{exten})"))
            .and_then(|action| action.with("Value", state));
        if let Ok(action) = action
            && let Err(error) = self.link.ask(action).await
        {
            tracing::debug!(%exten, %error, "the lamp of do not disturb was not set");
        }
    }

    async fn in_database(&self, exten: &Extension, presence: Presence) -> Result<(), Failure> {
        let action = key(if presence == Presence::Busy { "DBPut" } else { "DBDel" }, exten);
        let action = match presence {
            Presence::Busy => action.and_then(|action| action.with("Val", "YES")),
            Presence::Idle => action,
        };
        let era = self.lock().model.era();
        match self.link.ask(action.map_err(|_| Failure::Gone)?).await {
            Ok(_) => Ok(()),
            Err(LinkError::NotConnected) => Err(Failure::Unreachable),
            Err(LinkError::Lost) => {
                self.again(era).await?;
                self.stored(exten, presence, Failure::Unreachable).await
            }
            Err(LinkError::Refused(words)) if words == "Permission denied" => {
                self.through_dialplan(exten, presence).await
            }
            // Deleting a missing key is refused, but the result is as wanted.
            Err(LinkError::Refused(_)) => self.stored(exten, presence, Failure::Gone).await,
        }
    }

    /// Without the right `system`: sets the key by a call within the PBX.
    async fn through_dialplan(&self, exten: &Extension, presence: Presence) -> Result<(), Failure> {
        let context = if presence == Presence::Busy { "uncall-dnd-on" } else { "uncall-dnd-off" };
        let id = format!("uncall-dnd-{:08x}", fastrand::u32(..));
        let waited_for = id.clone();
        self.lock().model.expect_originated(&id);
        let told = self.when(move |model| {
            model.originated(&waited_for).map(|done| if done { Ok(()) } else { Err(Failure::Gone) })
        });
        let sent = self.settle(&id, originate(exten, context)).await;
        let result = match sent {
            // The key decides, whatever the answer would have been.
            Ok(_) => match self.outcome(told, DONE, |_| Err(Failure::Gone)).await {
                Ok(()) => Ok(()),
                Err(failure) => {
                    self.back().await?;
                    self.stored(exten, presence, failure).await
                }
            },
            Err(failure) => Err(failure),
        };
        self.lock().model.forget_originated(&id);
        result
    }

    /// Looks the key up; `otherwise` if it is not as wanted.
    async fn stored(&self, exten: &Extension, presence: Presence, otherwise: Failure) -> Result<(), Failure> {
        let stored = match self.link.ask(key("DBGet", exten).map_err(|_| Failure::Gone)?).await {
            Ok(_) => Presence::Busy,
            Err(LinkError::Refused(_)) => Presence::Idle,
            Err(LinkError::NotConnected | LinkError::Lost) => return Err(Failure::Unreachable),
        };
        if stored == presence { Ok(()) } else { Err(otherwise) }
    }
}

fn key(name: &'static str, exten: &Extension) -> Result<Action, Unfit> {
    Action::new(name).with("Family", "DND")?.with("Key", exten.as_str())
}

fn originate(exten: &Extension, context: &str) -> Result<Action, Unfit> {
    Action::new("Originate")
        .with("Channel", format!("Local/{exten}@{context}/n"))?
        .with("Application", "NoOp")?
        .with("Timeout", "3000")?
        .with("Async", "true")
}
