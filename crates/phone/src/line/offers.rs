//! What is agreed on in a call: offers, answers, hold and resume.

use std::sync::Arc;

use uncall_voice::sdp::{Agreed, Description, Direction as Way, Side};

use super::{
    State,
    dialogue::{Dialogue, Work},
};
use crate::{
    LegId, LegState, Refused, Why,
    media::{Media, Order, Ports},
    sip::{Failure, Reply, Sip, Timer},
};

/// Nothing agreed on that both sides could do.
const NOT_ACCEPTABLE: u16 = 488;
/// An offer of this side is under way.
const PENDING: u16 = 491;

impl Dialogue {
    /// Opens the ports of this call's sound.
    pub(super) fn open_ports(&mut self, sip: &Sip) -> Result<(), Refused> {
        let ports = Ports::open(sip.local()).map_err(|error| Refused::System(error.to_string()))?;
        self.side.address = ports.address;
        self.ports = Some(ports);
        Ok(())
    }

    /// Sound runs as it is agreed on now.
    pub(super) fn agree(&mut self, agreed: Agreed, media: &Media) {
        self.leg.codec = Some(agreed.send.1.name());
        self.leg.encrypted = agreed.crypto.is_some();
        self.agreed = Some(agreed.clone());
        let leg = self.leg.id;
        if self.sounds {
            media.order(Order::Change { leg, agreed, ports: self.ports.take() });
        } else if let Some(ports) = self.ports.take() {
            self.sounds = true;
            media.order(Order::Begin { leg, ports, agreed });
        }
    }

    /// Answers the other side's offer.
    pub(super) fn answer_offer(&mut self, offer: &Description, media: &Media) -> Option<String> {
        let (answer, agreed) = self.answering_side().answer(offer, self.wants()).ok()?;
        self.way = self.wants();
        self.leg.held_by_other = offer.audio().is_some_and(|audio| !audio.direction.hears());
        self.agree(agreed, media);
        Some(answer.to_string())
    }

    /// Takes the other side's answer to an offer of this side.
    pub(super) fn take_answer(&mut self, side: &Side, offer: &Description, sdp: &str, media: &Media) -> bool {
        let read = Description::read(sdp).ok();
        let agreed = read.as_ref().and_then(|answer| side.conclude(offer, answer).ok());
        let (Some(answer), Some(agreed)) = (read, agreed) else { return false };
        let theirs = answer.audio().map(|audio| audio.direction);
        // Who is asked only to hear says so itself; who refuses to hear what could be sent, holds.
        self.leg.held_by_other = theirs.is_some_and(|theirs| !theirs.hears()) && self.wants().sends();
        self.agree(agreed, media);
        true
    }
}

impl State {
    /// Sees to it that the other side knows what this one wants of a call.
    pub(super) fn sync(&mut self, leg: LegId) {
        let work = self.work.clone();
        let Some(dialogue) = self.dialogue(leg) else { return };
        if dialogue.offering || !dialogue.answered() || dialogue.agreed.is_none() {
            return;
        }
        let wants = dialogue.wants();
        if dialogue.way == wants && !dialogue.doubts {
            for reply in dialogue.waiting.drain(..) {
                // Whoever asked may not wait.
                let _ = reply.send(Ok(None));
            }
            return;
        }
        (dialogue.offering, dialogue.doubts) = (true, false);
        dialogue.next_version();
        dialogue.way = wants;
        let offer = dialogue.offering_side().offer(wants);
        let (call, sdp) = (dialogue.call.clone(), offer.to_string());
        tokio::spawn(async move {
            let result = call.offer(sdp).await;
            // The line may have ended.
            let _ = work.send(Work::Offered { leg, offer: Box::new(offer), result });
        });
    }

    /// The other side has answered an offer within a call.
    pub(super) fn concluded(
        &mut self,
        leg: LegId,
        offer: &Description,
        result: Result<(Option<String>, Option<Timer>), Failure>,
    ) {
        let (work, media) = (self.work.clone(), &self.media);
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg && one.answered());
        let Some(dialogue) = found else { return };
        dialogue.offering = false;
        let offered = offer.audio().map(|audio| audio.direction);
        match result {
            Ok((sdp, timer)) => {
                let side = dialogue.offering_side();
                if let Some(sdp) = sdp {
                    dialogue.take_answer(&side, offer, &sdp, media);
                }
                dialogue.set_timer(timer.or(dialogue.timer), &work);
                dialogue.leg.state = if offered == Some(Way::SendOnly) { LegState::Held } else { LegState::Talking };
                self.sync(leg);
            }
            // The call is not known there any more, or nobody is there.
            Err(Failure { code: 481 | 408, detail }) => {
                dialogue.call.end();
                self.ended(leg, Why::Lost, None, &detail);
            }
            Err(Failure { code, detail }) => {
                // As it was before.
                dialogue.holds = dialogue.leg.state == LegState::Held;
                dialogue.way = dialogue.wants();
                for reply in dialogue.waiting.drain(..) {
                    let _ = reply.send(Err(Refused::ByOther { code, detail: detail.clone() }));
                }
            }
        }
    }

    /// The other side offers something within a call, or asks for an offer.
    pub(super) fn offered(
        &mut self,
        leg: LegId,
        (sdp, invite): (Option<String>, bool),
        timer: Option<Timer>,
        reply: Reply,
    ) {
        let (work, media) = (self.work.clone(), &self.media);
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg);
        let Some(dialogue) = found else { return reply.refuse(481) };
        if dialogue.offering && (sdp.is_some() || invite) {
            return reply.refuse(PENDING);
        }
        match sdp {
            Some(sdp) => {
                dialogue.next_version();
                let offer = Description::read(&sdp).ok();
                match offer.and_then(|offer| dialogue.answer_offer(&offer, media)) {
                    Some(answer) => reply.agree(Some(answer)),
                    None => return reply.refuse(NOT_ACCEPTABLE),
                }
            }
            None if invite => {
                dialogue.next_version();
                let offer = dialogue.offering_side().offer(dialogue.wants());
                dialogue.way = dialogue.wants();
                reply.agree(Some(offer.to_string()));
                dialogue.ours = Some(offer);
            }
            // An UPDATE without an offer only says that the call is still there.
            None => reply.agree(None),
        }
        dialogue.set_timer(timer.or(dialogue.timer), &work);
    }

    /// The other side has acknowledged; where it was made an offer in an answer, with its own answer.
    pub(super) fn acked(&mut self, leg: LegId, sdp: Option<&str>) {
        let media = &self.media;
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg && one.answered());
        let Some(dialogue) = found else { return };
        let Some(offer) = dialogue.ours.take() else { return };
        let side = if dialogue.agreed.is_some() { dialogue.offering_side() } else { dialogue.side.clone() };
        let taken = sdp.is_some_and(|sdp| dialogue.take_answer(&side, &offer, sdp, media));
        if !taken && dialogue.agreed.is_none() {
            dialogue.call.end();
            self.ended(leg, Why::NoCommonSound, None, "");
        }
    }

    /// It is time to say that a call is still there.
    pub(super) fn due(&mut self, leg: LegId, turn: u64) {
        if let Some(dialogue) = self.dialogue(leg)
            && dialogue.turn == turn
        {
            dialogue.doubts = true;
            self.sync(leg);
        }
    }

    /// The server was away: are the calls still there?
    pub(super) fn check_all(&mut self) {
        let legs: Vec<LegId> = self.dialogues.iter().filter(|one| one.answered()).map(|one| one.leg.id).collect();
        for leg in legs {
            if let Some(dialogue) = self.dialogue(leg) {
                dialogue.doubts = true;
            }
            self.sync(leg);
        }
    }

    /// This machine has another address: the calls go on there.
    pub(super) fn move_to(&mut self, sip: Arc<Sip>) {
        let mut lost = Vec::new();
        for dialogue in &mut self.dialogues {
            let adopted = if dialogue.answered() { sip.adopt(&dialogue.call) } else { None };
            let moved = adopted.is_some() && dialogue.open_ports(&sip).is_ok();
            dialogue.call.forget();
            match adopted {
                Some(call) if moved => dialogue.call = call,
                _ => {
                    lost.push(dialogue.leg.id);
                    continue;
                }
            }
            dialogue.offering = false;
            if let Some(agreed) = dialogue.agreed.clone() {
                let (leg, ports) = (dialogue.leg.id, dialogue.ports.take());
                self.media.order(Order::Change { leg, agreed, ports });
            }
        }
        for leg in lost {
            self.ended(leg, Why::Lost, None, "the network has changed");
        }
        self.sip = Some(sip);
    }
}
