//! The thirteen operations: the table decides whether and how, the PBX acts, and the answer uses the API's words.

mod board;
mod claims;
mod team;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;

use uncall_contract::event::{Presence, QueueAct, QueueAnswer};
use uncall_contract::{BusyReason, Operation, Outcome, Reason, Refusal, Reply, Request, Uid};

#[cfg(test)]
pub(crate) use board::HISTORY;
pub(crate) use board::{Board, Item};
use claims::Claims;
use turns::{Turn, Turns};

use crate::calls::Table;
use crate::calls::plan::Target;
use crate::pbx::{Failure, Pbx, Recording, Sink};

/// The operations on one PBX.
pub(crate) struct Exchange {
    pbx: Arc<dyn Pbx>,
    pub(crate) board: Arc<Board>,
    turns: Turns,
    claims: Claims,
}

impl Exchange {
    /// Attaches to the PBX. With `once`, popEvent reports each call once.
    pub(crate) fn new(pbx: Arc<dyn Pbx>, epoch: String, once: bool) -> Exchange {
        let ledger = pbx.recordings().map(|recordings| Arc::clone(recordings.ledger()));
        let board = Arc::new(Board::new(epoch, once).keeping(ledger));
        let sink: Arc<dyn Sink> = board.clone();
        pbx.attach(Arc::downgrade(&sink));
        Exchange { pbx, board, turns: Turns::default(), claims: Claims::default() }
    }

    pub(crate) fn pbx(&self) -> &dyn Pbx {
        &*self.pbx
    }

    /// The answer, if it is available at once, as for the polls that every desk sends every few seconds.
    pub(crate) fn answer_now(&self, request: &Request) -> Option<Outcome> {
        if let Request::Current { exten } = request { Some(Ok(self.current(exten))) } else { None }
    }

    /// Carries out the request. Only a transfer takes longer than a moment. `beyond`: the caller may transfer to this target
    /// although it is not an extension.
    pub(crate) async fn answer(&self, request: &Request, beyond: bool) -> Outcome {
        let operation = request.operation();
        match request {
            Request::Ping { text } => Ok(Reply::Pong { text: text.clone() }),
            Request::Current { exten } => Ok(self.current(exten)),
            Request::Recording { uid } => self.recording(uid).await,
            Request::Dial { exten, number, action_id } => self.dial(exten, number, action_id.as_deref()).await,
            Request::Busy { exten, reason } => {
                let reason = reason.as_deref().and_then(BusyReason::of);
                self.set_presence(operation, exten, Presence::Busy, reason).await
            }
            Request::Idle { exten } => self.set_presence(operation, exten, Presence::Idle, None).await,
            Request::Hold { exten, uid } => self.hold(exten, uid.as_deref()).await,
            Request::Restore { agent, channel } => self.restore(agent, channel).await,
            Request::Transfer { agent, target, uid } => self.transfer(agent, target, uid.as_deref(), beyond).await,
            Request::Survey { agent, uid } => self.survey(agent, uid.as_deref()).await,
            Request::Listen { agent, target } => self.spy(operation, agent, target, false).await,
            Request::Whisper { agent, target } => self.spy(operation, agent, target, true).await,
            Request::HangUp { agent, uid } => self.hang_up(agent, uid.as_deref()).await,
        }
    }

    fn current(&self, exten: &str) -> Reply {
        Reply::Current { call: self.board.current(exten) }
    }

    async fn recording(&self, uid: &str) -> Outcome {
        let refuse = |reason| Refusal::new(Operation::Recording, reason);
        let uid = Uid::parse(uid).map_err(|_| refuse(Reason::NoRecording))?;
        match self.pbx.recording(uid).await {
            Ok(Recording::Ready(file)) => Ok(Reply::Recording { files: format!("audio:{file}") }),
            Ok(Recording::NotReady) => Err(refuse(Reason::RecordingNotReady)),
            Ok(Recording::Empty) => Err(refuse(Reason::RecordingEmpty)),
            Ok(Recording::Unknown) => Err(refuse(Reason::NoRecording)),
            Err(Failure::Unreachable) => Err(refuse(Reason::ConnectionFailed)),
            Err(Failure::Gone | Failure::Unavailable) => Err(refuse(Reason::NoRecording)),
        }
    }

    async fn dial(&self, exten: &str, number: &str, action_id: Option<&str>) -> Outcome {
        let taken = || Refusal::new(Operation::Dial, Reason::Unavailable);
        let rule = |table: &Table| table.dial(exten, number);
        let _claim = self.claims.take(&self.board.look(rule)?.exten).ok_or_else(taken)?;
        let plan = self.board.look(rule)?;
        self.pbx
            .dial(plan)
            .await
            .map_err(|failure| refusal(Operation::Dial, failure, Reason::Unavailable, Reason::Unavailable))?;
        Ok(Reply::Dialled {
            response: "Success".to_owned(),
            action_id: action_id.unwrap_or_default().to_owned(),
            message: "Originate successfully queued".to_owned(),
        })
    }

    async fn set_presence(
        &self,
        operation: Operation,
        exten: &str,
        presence: Presence,
        reason: Option<BusyReason>,
    ) -> Outcome {
        let exten = self.plan(operation, |table| table.presence(exten))?;
        let failed = |failure| refusal(operation, failure, Reason::NotUpdated, Reason::NotUpdated);
        self.pbx.set_presence(exten, presence, reason).await.map_err(failed)?;
        done(match presence {
            Presence::Busy => "Updated database successfully",
            Presence::Idle => "Key deleted successfully",
        })
    }

    async fn hold(&self, exten: &str, uid: Option<&str>) -> Outcome {
        let hold = |table: &Table, uid: Option<&str>| table.hold(exten, uid);
        let (plan, _turn) = self.in_turn(uid, refused(Operation::Hold, hold), |plan| &plan.uid).await?;
        let channel = plan.other.clone();
        let failed = |failure| refusal(Operation::Hold, failure, Reason::AgentNotInUse, Reason::AgentNotInUse);
        self.pbx.hold(plan).await.map_err(failed)?;
        Ok(Reply::Held { channel: channel.into() })
    }

    async fn restore(&self, agent: &str, channel: &str) -> Outcome {
        let restore = |table: &Table, _: Option<&str>| table.restore(agent, channel);
        let (plan, _turn) = self.in_turn(None, restore, |plan| &plan.uid).await?;
        let failed = |failure| refusal(Operation::Restore, failure, Reason::ChannelNotExist, Reason::ConnectionFailed);
        self.pbx.restore(plan).await.map_err(failed)?;
        done("Restorepark successful")
    }

    async fn transfer(&self, agent: &str, target: &str, uid: Option<&str>, beyond: bool) -> Outcome {
        let transfer = |table: &Table, uid: Option<&str>| table.transfer(agent, target, uid, beyond);
        let failed = |failure| refusal(Operation::Transfer, failure, Reason::AgentNotInUse, Reason::TargetNotIdle);
        let (ringing, _claim) = {
            // Only the beginning is serialised: while the target rings, the table refuses verbs that do not fit.
            let rule = refused(Operation::Transfer, transfer);
            let (plan, _turn) = self.in_turn(uid, &rule, |plan| &plan.pair.uid).await?;
            let taken = || Refusal::new(Operation::Transfer, Reason::TargetNotIdle);
            let claim = match &plan.target {
                Target::Extension(exten) => Some(self.claims.take(exten).ok_or_else(taken)?),
                // Any number of calls may go there.
                Target::Number(_) => None,
            };
            let plan = self.board.look(|table| rule(table, Some(plan.pair.uid.as_str())))?;
            (self.pbx.transfer(plan).await.map_err(failed)?, claim)
        };
        ringing.await.map_err(failed)?;
        done("Transfer successful")
    }

    async fn survey(&self, agent: &str, uid: Option<&str>) -> Outcome {
        let survey = |table: &Table, uid: Option<&str>| table.survey(agent, uid);
        let (plan, _turn) = self.in_turn(uid, refused(Operation::Survey, survey), |plan| &plan.uid).await?;
        let failed = |failure| refusal(Operation::Survey, failure, Reason::AgentNotInUse, Reason::AgentNotInUse);
        self.pbx.survey(plan).await.map_err(failed)?;
        done("Feedback successful")
    }

    async fn spy(&self, operation: Operation, agent: &str, target: &str, whisper: bool) -> Outcome {
        let rule = |table: &Table| table.spy(agent, target, whisper);
        let taken = || Refusal::new(operation, Reason::AgentNotInUse);
        let _claim = self.claims.take(&self.plan(operation, rule)?.agent).ok_or_else(taken)?;
        let plan = self.plan(operation, rule)?;
        let failed = |failure| refusal(operation, failure, Reason::SpyFailed, Reason::AgentNotInUse);
        self.pbx.spy(plan).await.map_err(failed)?;
        done("Spy or whisper success")
    }

    async fn hang_up(&self, agent: &str, uid: Option<&str>) -> Outcome {
        // Never serialised, because it ends a running transfer.
        let plan = self.board.look(|table| table.hang_up(agent, uid))?;
        let failed = |failure| refusal(Operation::HangUp, failure, Reason::NoChannels, Reason::NoChannels);
        self.pbx.hang_up(plan).await.map_err(failed)?;
        done("Channel Hungup success")
    }

    /// Logs an extension in to a queue, or out of it.
    pub(crate) async fn queue(&self, exten: &str, queue: &str, act: QueueAct) -> QueueAnswer {
        let no = |message: &str| QueueAnswer { ok: false, message: Some(message.to_owned()) };
        let exten = match self.board.look(|table| table.presence(exten)) {
            Ok(exten) => exten,
            Err(Reason::ConnectionFailed) => return no("Connection Failed"),
            Err(_) => return no("No such extension"),
        };
        match self.pbx.queue(exten, queue.to_owned(), act).await {
            Ok(()) => QueueAnswer { ok: true, message: None },
            Err(Failure::Unreachable) => no("Connection Failed"),
            Err(Failure::Gone) => no("No such queue"),
            Err(Failure::Unavailable) => no("Configured member"),
        }
    }

    fn plan<P>(&self, operation: Operation, plan: impl Fn(&Table) -> Result<P, Reason>) -> Result<P, Refusal> {
        self.board.look(plan).map_err(|reason| Refusal::new(operation, reason))
    }

    /// A plan made after the call's other verbs were done, and the turn that keeps others waiting. The call is the one that was
    /// meant when the verb came, since the agent may be in another one after the wait.
    async fn in_turn<P>(
        &self,
        uid: Option<&str>,
        plan: impl Fn(&Table, Option<&str>) -> Result<P, Refusal>,
        call: impl Fn(&P) -> &Uid,
    ) -> Result<(P, Turn), Refusal> {
        let mut meant = self.board.look(|table| plan(table, uid)).map(|planned| call(&planned).clone())?;
        loop {
            let turn = self.turns.take(&meant).await;
            let planned = self.board.look(|table| plan(table, Some(meant.as_str())))?;
            // A channel to restore may have moved to another call.
            if *call(&planned) == meant {
                return Ok((planned, turn));
            }
            meant = call(&planned).clone();
        }
    }
}

/// Turns a table rule's reasons into refusals of this operation.
fn refused<P>(
    operation: Operation,
    rule: impl Fn(&Table, Option<&str>) -> Result<P, Reason>,
) -> impl Fn(&Table, Option<&str>) -> Result<P, Refusal> {
    move |table, uid| rule(table, uid).map_err(|reason| Refusal::new(operation, reason))
}

fn done(message: &str) -> Outcome {
    Ok(Reply::Done { message: message.to_owned() })
}

/// The documented reason for an adapter's failure.
fn refusal(operation: Operation, failure: Failure, gone: Reason, unavailable: Reason) -> Refusal {
    let reason = match failure {
        Failure::Unreachable => Reason::ConnectionFailed,
        Failure::Gone => gone,
        Failure::Unavailable => unavailable,
    };
    Refusal::new(operation, reason)
}
