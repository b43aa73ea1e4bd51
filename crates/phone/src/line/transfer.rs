//! Consultations and transfers.

use std::time::Duration;

use super::{
    State,
    dialogue::{Referring, Work, later},
    wants::number_of,
};
use crate::{
    LegId, Refused, Why,
    command::Done,
    line::Reply,
    sip::{Failure, Target},
};

/// After that long without news of a transfer, its outcome is unknown.
const REFER: Duration = Duration::from_secs(30);

impl State {
    pub(super) fn consult(&mut self, leg: LegId, number: String) -> Done {
        let dialogue = self.dialogue(leg).ok_or(Refused::NoSuchLeg)?;
        if !dialogue.answered() {
            return Err(Refused::WrongState);
        }
        let consultation = self.dial(number, Some(leg))?;
        if let Some(dialogue) = self.dialogue(leg) {
            dialogue.holds = true;
        }
        self.sync(leg);
        Ok(consultation)
    }

    /// The call that a consultation belongs to.
    fn consulted(&mut self, consultation: LegId) -> Result<LegId, Refused> {
        let dialogue = self.dialogue(consultation).ok_or(Refused::NoSuchLeg)?;
        let original = dialogue.leg.consults.ok_or(Refused::WrongState)?;
        self.dialogue(original).map(|dialogue| dialogue.leg.id).ok_or(Refused::NoSuchLeg)
    }

    pub(super) fn swap(&mut self, consultation: LegId, reply: Reply) {
        let original = match self.consulted(consultation) {
            Ok(original) => original,
            Err(refused) => return reply.send(Err(refused)),
        };
        let held = self.dialogue(consultation).is_some_and(|dialogue| dialogue.holds);
        let answered = self.dialogue(consultation).is_some_and(|dialogue| dialogue.answered());
        if !answered {
            return reply.send(Err(Refused::WrongState));
        }
        self.resume(if held { consultation } else { original }, reply);
    }

    pub(super) fn back(&mut self, consultation: LegId, reply: Reply) {
        match self.consulted(consultation) {
            Ok(original) => {
                // It exists: `consulted` has found it.
                let _ = self.hang_up(consultation);
                self.resume(original, reply);
            }
            Err(refused) => reply.send(Err(refused)),
        }
    }

    pub(super) fn transfer(&mut self, leg: LegId, number: &str, reply: Reply) {
        let number = match number_of(number) {
            Ok(number) => number,
            Err(refused) => return reply.send(Err(refused)),
        };
        self.refer(leg, None, &number, reply);
    }

    pub(super) fn complete(&mut self, consultation: LegId, reply: Reply) {
        match self.consulted(consultation) {
            Ok(original) => self.refer(original, Some(consultation), "", reply),
            Err(refused) => reply.send(Err(refused)),
        }
    }

    fn refer(&mut self, leg: LegId, with: Option<LegId>, number: &str, reply: Reply) {
        let work = self.work.clone();
        let other = with.and_then(|with| self.dialogue(with)).filter(|one| one.answered()).map(|one| one.call.clone());
        let missing = with.is_some() && other.is_none();
        let Some(dialogue) = self.dialogue(leg) else { return reply.send(Err(Refused::NoSuchLeg)) };
        let waits = dialogue.referring.as_ref().is_some_and(|referring| referring.reply.is_some());
        if missing || !dialogue.answered() || waits {
            return reply.send(Err(Refused::WrongState));
        }
        dialogue.turn += 1;
        let turn = dialogue.turn;
        dialogue.referring = Some(Referring { reply: Some(reply), with, turn });
        let (call, number, told) = (dialogue.call.clone(), number.to_owned(), work.clone());
        tokio::spawn(async move {
            let result = match &other {
                Some(other) => call.refer(Target::Call(other)).await,
                None => call.refer(Target::Number(&number)).await,
            };
            // The line may have ended.
            let _ = told.send(Work::Referred { leg, result });
        });
        later(REFER, move || work.send(Work::Unreferred { leg, turn }).is_ok());
    }

    /// Ends a leg after its transfer.
    pub(super) fn leave(&mut self, leg: LegId) {
        if let Some(dialogue) = self.dialogue(leg) {
            dialogue.call.end();
            self.ended(leg, Why::Transferred, None, "");
        }
    }

    /// A NOTIFY about a transfer.
    pub(super) fn refer_went(&mut self, leg: LegId, status: u16, last: bool) {
        let Some(dialogue) = self.dialogue(leg) else { return };
        if dialogue.referring.is_none() || (status < 200 && !last) {
            return;
        }
        let Some(Referring { reply, with, .. }) = dialogue.referring.take() else { return };
        let answer = |result| {
            if let Some(reply) = reply {
                reply.send(result);
            }
        };
        if (200..300).contains(&status) {
            answer(Ok(None));
            self.leave(leg);
            if let Some(with) = with {
                self.leave(with);
            }
            return;
        }
        let refused =
            if status < 200 { Refused::Unknown } else { Refused::ByOther { code: status, detail: String::new() } };
        answer(Err(refused));
    }

    /// The result of a REFER.
    pub(super) fn referred(&mut self, leg: LegId, result: Result<(), Failure>) {
        let Some(dialogue) = self.dialogue(leg) else { return };
        if let Err(Failure { code, detail }) = result
            && let Some(reply) = dialogue.referring.take().and_then(|referring| referring.reply)
        {
            reply.send(Err(Refused::ByOther { code, detail }));
        }
    }

    /// The time limit of a transfer has passed.
    pub(super) fn unreferred(&mut self, leg: LegId, turn: u64) {
        let Some(dialogue) = self.dialogue(leg) else { return };
        let referring = dialogue.referring.as_mut().filter(|referring| referring.turn == turn);
        if let Some(reply) = referring.and_then(|referring| referring.reply.take()) {
            reply.send(Err(Refused::Unknown));
        }
    }
}
