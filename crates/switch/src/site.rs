//! One PBX: its adapter, its call table, and the verbs in turn. The table says whether and how, and the PBX does it.

use std::sync::Arc;

use uncall_contract::event::{Presence, QueueAct, QueueAnswer, QueueRefusal};
use uncall_contract::{BusyReason, Channel, Operation, Reason, Refusal, Uid};

use crate::board::{Board, Talks};
use crate::calls::Table;
use crate::calls::plan::Target;
use crate::claims::Claims;
use crate::pbx::{Failure, Pbx, Sink};
use crate::recording::Recording;
use crate::turns::{Turn, Turns};

/// A PBX with its call table. Each verb is checked against the table, waits for its turn, and is carried out; a refusal is the
/// API's own.
pub struct Site {
    pbx: Arc<dyn Pbx>,
    board: Arc<Board>,
    turns: Turns,
    claims: Claims,
}

impl Site {
    /// Attaches to the PBX. `epoch` tells this run's events from those of others; with `once`, popEvent reports each call once;
    /// `talks` is told who talks in which call.
    pub fn new(pbx: Arc<dyn Pbx>, epoch: String, once: bool, talks: Option<Arc<dyn Talks>>) -> Site {
        let board = Arc::new(Board::new(epoch, once).telling(talks));
        let sink: Arc<dyn Sink> = board.clone();
        pbx.attach(Arc::downgrade(&sink));
        Site { pbx, board, turns: Turns::default(), claims: Claims::default() }
    }

    /// The adapter.
    pub fn pbx(&self) -> &dyn Pbx {
        &*self.pbx
    }

    /// The call table, and the events that come of it.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Waits for the verbs of a call that are under way, and keeps its others waiting until the result is dropped.
    pub async fn turn(&self, uid: &Uid) -> Turn {
        self.turns.take(uid).await
    }

    /// The file name of a call's recording.
    ///
    /// # Errors
    /// The reason why there is none, or none yet.
    pub async fn recording(&self, uid: &str) -> Result<String, Refusal> {
        let refuse = |reason| Refusal::new(Operation::Recording, reason);
        let uid = Uid::parse(uid).map_err(|_| refuse(Reason::NoRecording))?;
        match self.pbx.recording(uid).await {
            Ok(Recording::Ready(file)) => Ok(file),
            Ok(Recording::NotReady) => Err(refuse(Reason::RecordingNotReady)),
            Ok(Recording::Empty) => Err(refuse(Reason::RecordingEmpty)),
            Ok(Recording::Unknown) => Err(refuse(Reason::NoRecording)),
            Err(Failure::Unreachable) => Err(refuse(Reason::ConnectionFailed)),
            Err(Failure::Gone | Failure::Unavailable) => Err(refuse(Reason::NoRecording)),
        }
    }

    /// Click to dial: rings the extension, and then the number.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn dial(&self, exten: &str, number: &str) -> Result<(), Refusal> {
        let taken = || Refusal::new(Operation::Dial, Reason::Unavailable);
        let rule = |table: &Table| table.dial(exten, number);
        let _claim = self.claims.take(&self.board.look(rule)?.exten).ok_or_else(taken)?;
        let plan = self.board.look(rule)?;
        self.pbx
            .dial(plan)
            .await
            .map_err(|failure| refusal(Operation::Dial, failure, Reason::Unavailable, Reason::Unavailable))
    }

    /// Makes an extension busy, for a reason, or idle.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn set_presence(
        &self,
        exten: &str,
        presence: Presence,
        reason: Option<BusyReason>,
    ) -> Result<(), Refusal> {
        let operation = match presence {
            Presence::Busy => Operation::Busy,
            Presence::Idle => Operation::Idle,
        };
        let exten = self.plan(operation, |table| table.presence(exten))?;
        let failed = |failure| refusal(operation, failure, Reason::NotUpdated, Reason::NotUpdated);
        self.pbx.set_presence(exten, presence, reason).await.map_err(failed)
    }

    /// Holds the extension's call, or the one with this uid; the channel by which it is restored.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn hold(&self, exten: &str, uid: Option<&str>) -> Result<Channel, Refusal> {
        let hold = |table: &Table, uid: Option<&str>| table.hold(exten, uid);
        let (plan, _turn) = self.in_turn(uid, refused(Operation::Hold, hold), |plan| &plan.uid).await?;
        let channel = plan.other.clone();
        let failed = |failure| refusal(Operation::Hold, failure, Reason::AgentNotInUse, Reason::AgentNotInUse);
        self.pbx.hold(plan).await.map_err(failed)?;
        Ok(channel)
    }

    /// Takes a held call back, by the channel that [`Site::hold`] gave.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn restore(&self, agent: &str, channel: &str) -> Result<(), Refusal> {
        let restore = |table: &Table, _: Option<&str>| table.restore(agent, channel);
        let (plan, _turn) = self.in_turn(None, restore, |plan| &plan.uid).await?;
        let failed = |failure| refusal(Operation::Restore, failure, Reason::ChannelNotExist, Reason::ConnectionFailed);
        self.pbx.restore(plan).await.map_err(failed)
    }

    /// Hands the other party to the target; done when that has answered. `beyond`: also to one that is no extension.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn transfer(&self, agent: &str, target: &str, uid: Option<&str>, beyond: bool) -> Result<(), Refusal> {
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
        ringing.await.map_err(failed)
    }

    /// Has the customer asked for a rating at the end.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn survey(&self, agent: &str, uid: Option<&str>) -> Result<(), Refusal> {
        let survey = |table: &Table, uid: Option<&str>| table.survey(agent, uid);
        let (plan, _turn) = self.in_turn(uid, refused(Operation::Survey, survey), |plan| &plan.uid).await?;
        let failed = |failure| refusal(Operation::Survey, failure, Reason::AgentNotInUse, Reason::AgentNotInUse);
        self.pbx.survey(plan).await.map_err(failed)
    }

    /// Lets an agent listen to another's call, or whisper to the other.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn spy(&self, agent: &str, target: &str, whisper: bool) -> Result<(), Refusal> {
        let operation = if whisper { Operation::Whisper } else { Operation::Listen };
        let rule = |table: &Table| table.spy(agent, target, whisper);
        let taken = || Refusal::new(operation, Reason::AgentNotInUse);
        let _claim = self.claims.take(&self.plan(operation, rule)?.agent).ok_or_else(taken)?;
        let plan = self.plan(operation, rule)?;
        let failed = |failure| refusal(operation, failure, Reason::SpyFailed, Reason::AgentNotInUse);
        self.pbx.spy(plan).await.map_err(failed)
    }

    /// Ends the extension's call, or the one with this uid.
    ///
    /// # Errors
    /// The documented refusal.
    pub async fn hang_up(&self, agent: &str, uid: Option<&str>) -> Result<(), Refusal> {
        // Never serialised, because it ends a running transfer.
        let plan = self.board.look(|table| table.hang_up(agent, uid))?;
        let failed = |failure| refusal(Operation::HangUp, failure, Reason::NoChannels, Reason::NoChannels);
        self.pbx.hang_up(plan).await.map_err(failed)
    }

    /// Logs an extension in to a queue, or out of it.
    pub async fn queue(&self, exten: &str, queue: &str, act: QueueAct) -> QueueAnswer {
        let no = QueueAnswer::refused;
        let exten = match self.board.look(|table| table.presence(exten)) {
            Ok(exten) => exten,
            Err(Reason::ConnectionFailed) => return no(QueueRefusal::ConnectionFailed),
            Err(_) => return no(QueueRefusal::NoSuchExtension),
        };
        match self.pbx.queue(exten, queue.to_owned(), act).await {
            Ok(()) => QueueAnswer::DONE,
            Err(Failure::Unreachable) => no(QueueRefusal::ConnectionFailed),
            Err(Failure::Gone) => no(QueueRefusal::NoSuchQueue),
            Err(Failure::Unavailable) => no(QueueRefusal::ConfiguredMember),
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

/// The documented reason for an adapter's failure.
fn refusal(operation: Operation, failure: Failure, gone: Reason, unavailable: Reason) -> Refusal {
    let reason = match failure {
        Failure::Unreachable => Reason::ConnectionFailed,
        Failure::Gone => gone,
        Failure::Unavailable => unavailable,
    };
    Refusal::new(operation, reason)
}
