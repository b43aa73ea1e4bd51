//! Queues: pauses a busy agent in all queues, and logs agents in to a queue and out of it.
//!
//! This needs the right `agent`. Without it only the dialplan knows who is busy, and queues do not ask it unless their members go
//! through it.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::Timestamp;
use uncall_contract::event::{Presence, QueueAct};
use uncall_contract::{BusyReason, Extension};
use uncall_switch::Failure;
use uncall_switch::calls::Membership;

use crate::action::{Action, Unfit};
use crate::device::Device;
use crate::link::LinkError;
use crate::listing;
use crate::state::Shared;

/// Contexts that have hints where the agents' own has none: the package's, and FreePBX's.
const HINTS: [&str; 2] = ["uncall-hints", "ext-local"];

/// The events that tell of a member's changes.
const ADDED: &str = "QueueMemberAdded";
const PAUSED: &str = "QueueMemberPause";
const REMOVED: &str = "QueueMemberRemoved";

impl Shared {
    /// Pauses the extension in every queue, or unpauses it. The PBX refuses this for an extension in no queue, which is fine.
    pub(super) async fn pause(
        &self,
        exten: &Extension,
        presence: Presence,
        reason: Option<&BusyReason>,
    ) -> Result<(), Failure> {
        let (known, phones) = {
            let model = &self.lock().model;
            (model.interfaces(exten), model.all_phones(exten))
        };
        // The usual interface, in case its queue is not known yet.
        let usual = phones.iter().map(Device::key);
        let interfaces: BTreeSet<&str> = known.iter().map(String::as_str).chain(usual).collect();
        let now = standing(presence, reason);
        let asks = interfaces.into_iter().map(|interface| self.pause_in(None, interface, &now, !known.is_empty()));
        join_all(asks).await.into_iter().collect()
    }

    /// Makes lamp and pauses follow an agent who became busy or idle elsewhere.
    pub(crate) async fn follow(&self, exten: &Extension, presence: Presence) {
        self.light(exten, presence).await;
        let done = match presence {
            Presence::Busy => {
                let (rung, reason) = {
                    let model = &self.lock().model;
                    (model.unpaused(exten), model.busy_reason(exten))
                };
                let now = standing(presence, reason.as_ref());
                let asks = rung.iter().map(|(queue, interface)| self.pause_in(Some(queue), interface, &now, true));
                join_all(asks).await.into_iter().collect()
            }
            Presence::Idle => self.pause(exten, presence, None).await,
        };
        if done.is_err() {
            tracing::warn!(%exten, "queues could not be told that the extension became {presence:?}");
        }
    }

    /// Somebody else has unpaused a busy agent in all queues. The latest change wins, so the agent becomes idle. Asks the PBX to
    /// confirm it, because an event may be late.
    pub(crate) async fn unpaused(&self, exten: Extension) {
        let Ok(answer) = self.link.ask(Action::new("QueueStatus")).await else { return };
        {
            let model = &self.lock().model;
            if !model.is_busy(&exten) || model.is_settling_for(&exten) || !model.is_called_by_all(&exten, &answer.items)
            {
                return;
            }
        }
        if self.set_presence(exten.clone(), Presence::Idle, None).await.is_err() {
            tracing::warn!(%exten, "somebody has unpaused the extension in all queues, and it could not be made idle");
        }
    }

    async fn pause_in(
        &self,
        queue: Option<&String>,
        interface: &str,
        now: &Membership,
        is_member: bool,
    ) -> Result<(), Failure> {
        let action = pausing(queue, interface, now).map_err(|_| Failure::Gone)?;
        let of = queue.map(String::as_str);
        let era = {
            let model = &mut self.lock().model;
            model.queue_change_begins(of, interface, PAUSED);
            model.era()
        };
        let mut asked = self.link.ask(action.clone()).await;
        if matches!(asked, Err(LinkError::Lost | LinkError::NotConnected)) {
            // The connection may have ended after the step before. Pausing twice does no harm.
            self.again(era).await?;
            asked = self.link.ask(action).await;
        }
        if asked.is_err() {
            self.lock().model.queue_change_fails(of, interface, PAUSED);
        }
        match asked {
            Ok(_) => {
                let mut state = self.lock();
                let facts = state.model.paused(of, interface, now);
                state.tell(&facts, Timestamp::now());
                Ok(())
            }
            Err(LinkError::Refused(words)) => {
                if is_member && words == "Permission denied" {
                    tracing::warn!(
                        "queues call {interface} although its agent is busy: give the manager's user the right `agent`"
                    );
                }
                Ok(())
            }
            Err(LinkError::NotConnected | LinkError::Lost) => Err(Failure::Unreachable),
        }
    }

    /// Makes the extension a member of a queue, or removes it.
    pub(crate) async fn queue(&self, exten: Extension, queue: String, act: QueueAct) -> Result<(), Failure> {
        let (mut interfaces, phones, busy, reason) = {
            let model = &self.lock().model;
            let interfaces = model.interfaces_in(&exten, &queue);
            (interfaces, model.all_phones(&exten), model.is_busy(&exten), model.busy_reason(&exten))
        };
        let usual = self.options.queue_member(&exten, &phones);
        match act {
            QueueAct::Login if !interfaces.is_empty() => Ok(()),
            QueueAct::Login => {
                let now = Membership { paused: busy, reason: reason.filter(|_| busy) };
                let state = self.state_interface(&exten, &phones).await;
                self.change(&queue, &usual, ADDED, add(&state, &exten, &queue, &usual, busy)).await?;
                self.tell_member(&queue, &usual, Some((exten, now.clone())));
                // QueueAdd takes no reason.
                if now.reason.is_some() { self.pause_in(Some(&queue), &usual, &now, true).await } else { Ok(()) }
            }
            QueueAct::Logout => {
                if interfaces.is_empty() {
                    interfaces.push(usual);
                }
                for interface in interfaces {
                    self.change(&queue, &interface, REMOVED, remove(&queue, &interface)).await?;
                    self.tell_member(&queue, &interface, None);
                }
                Ok(())
            }
        }
    }

    /// Where a queue is to see whether the agent is free. Of several phones a hint tells of all; by the state of one of them the queue
    /// would ring the agent while he talks on another.
    async fn state_interface(&self, exten: &Extension, phones: &[Device]) -> String {
        let one = phones.first().map(Device::key).unwrap_or_default().to_owned();
        if phones.len() < 2 {
            return one;
        }
        let internal = match listing::global("UNCALL_INTERNAL") {
            Ok(action) => self.link.ask(action).await.ok().map(|answer| answer.response.get("Value").to_owned()),
            Err(_) => None,
        };
        let internal = internal.filter(|context| !context.is_empty());
        for context in internal.as_deref().into_iter().chain(HINTS) {
            let asked = Action::new("ExtensionState").with("Exten", exten.as_str());
            let Ok(action) = asked.and_then(|action| action.with("Context", context)) else { continue };
            let Ok(answer) = self.link.ask(action).await else { continue };
            let hint = answer.response.get("Hint");
            let told = |phone: &Device| hint.split(['&', ',']).any(|device| device == phone.key());
            if phones.iter().all(told) {
                return format!("hint:{exten}@{context}");
            }
        }
        tracing::warn!(%exten, "no hint names all phones of the extension: a queue may ring it while one of them is in use");
        one
    }

    fn tell_member(&self, queue: &str, interface: &str, now: Option<(Extension, Membership)>) {
        let mut state = self.lock();
        let fact = state.model.is_member(queue, interface, now);
        state.tell(fact.as_slice(), Timestamp::now());
    }

    /// Sends a change of a queue's members. It is not a failure if nothing had to change.
    async fn change(
        &self,
        queue: &str,
        interface: &str,
        kind: &'static str,
        action: Result<Action, Unfit>,
    ) -> Result<(), Failure> {
        let action = action.map_err(|_| Failure::Gone)?;
        self.lock().model.queue_change_begins(Some(queue), interface, kind);
        let asked = self.link.ask(action).await;
        if asked.is_err() {
            self.lock().model.queue_change_fails(Some(queue), interface, kind);
        }
        match asked {
            Ok(_) => Ok(()),
            Err(LinkError::NotConnected | LinkError::Lost) => Err(Failure::Unreachable),
            Err(LinkError::Refused(words)) if words.ends_with("Already there") || words.ends_with("Not there") => {
                Ok(())
            }
            Err(LinkError::Refused(words)) if words.contains("not dynamic") => Err(Failure::Unavailable),
            Err(LinkError::Refused(words)) if words == "Permission denied" => {
                tracing::error!("the PBX does not permit to change queues: give the manager's user the right `agent`");
                Err(Failure::Unreachable)
            }
            Err(LinkError::Refused(words)) => {
                tracing::info!("the PBX refused to change a queue: {words}");
                Err(Failure::Gone)
            }
        }
    }
}

fn standing(presence: Presence, reason: Option<&BusyReason>) -> Membership {
    let paused = presence == Presence::Busy;
    Membership { paused, reason: reason.filter(|_| paused).cloned() }
}

fn pausing(queue: Option<&String>, interface: &str, now: &Membership) -> Result<Action, Unfit> {
    let mut action = Action::new("QueuePause")
        .with("Interface", interface)?
        .with("Paused", if now.paused { "true" } else { "false" })?;
    if let Some(queue) = queue {
        action = action.with("Queue", queue.as_str())?;
    }
    match &now.reason {
        Some(reason) => action.with("Reason", reason.as_str()),
        None => Ok(action),
    }
}

fn add(device: &str, exten: &Extension, queue: &str, interface: &str, paused: bool) -> Result<Action, Unfit> {
    Action::new("QueueAdd")
        .with("Queue", queue)?
        .with("Interface", interface)?
        .with("MemberName", exten.as_str())?
        .with("StateInterface", device)?
        .with("Paused", if paused { "true" } else { "false" })
}

fn remove(queue: &str, interface: &str) -> Result<Action, Unfit> {
    Action::new("QueueRemove").with("Queue", queue)?.with("Interface", interface)
}
