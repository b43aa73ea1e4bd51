//! Offers and answers: media, hold and resume.

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

/// Not Acceptable Here.
const NOT_ACCEPTABLE: u16 = 488;
/// A re-INVITE of this side is pending.
const PENDING: u16 = 491;

impl Dialogue {
    /// Opens ports for the call's sound.
    pub(super) fn open_ports(&mut self, sip: &Sip) -> Result<(), Refused> {
        let ports = Ports::open(sip.local()).map_err(|error| Refused::System(error.to_string()))?;
        self.side.address = ports.address;
        self.ports = Some(ports);
        Ok(())
    }

    /// Applies an agreement to the sound thread.
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

    /// Applies the other side's answer. False if it is unusable.
    pub(super) fn take_answer(&mut self, side: &Side, offer: &Description, sdp: &str, media: &Media) -> bool {
        let read = Description::read(sdp).ok();
        let agreed = read.as_ref().and_then(|answer| side.conclude(offer, answer).ok());
        let (Some(answer), Some(agreed)) = (read, agreed) else { return false };
        let theirs = answer.audio().map(|audio| audio.direction);
        // The other side holds if it does not want to hear although this side sends.
        self.leg.held_by_other = theirs.is_some_and(|theirs| !theirs.hears()) && self.wants().sends();
        self.agree(agreed, media);
        true
    }
}

impl State {
    /// Sends a re-INVITE if this side wants another direction than it last said.
    pub(super) fn sync(&mut self, leg: LegId) {
        let work = self.work.clone();
        let Some(dialogue) = self.dialogue(leg) else { return };
        if dialogue.offering || !dialogue.answered() || dialogue.agreed.is_none() {
            return;
        }
        let wants = dialogue.wants();
        if dialogue.way == wants && !dialogue.doubts {
            for reply in dialogue.waiting.drain(..) {
                reply.send(Ok(None));
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

    /// The result of a re-INVITE.
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
            // The call no longer exists there, or nobody answers.
            Err(Failure { code: 481 | 408, detail }) => {
                dialogue.call.end();
                self.ended(leg, Why::Lost, None, &detail);
            }
            Err(Failure { code, detail }) => {
                // The call stays as it was.
                dialogue.holds = dialogue.leg.state == LegState::Held;
                dialogue.way = dialogue.wants();
                for reply in dialogue.waiting.drain(..) {
                    reply.send(Err(Refused::ByOther { code, detail: detail.clone() }));
                }
            }
        }
    }

    /// A re-INVITE or UPDATE of the other side.
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
            // An UPDATE without an offer is a session refresh.
            None => reply.agree(None),
        }
        dialogue.set_timer(timer.or(dialogue.timer), &work);
    }

    /// An ACK, with the answer if the 200 carried an offer.
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

    /// Refreshes a session.
    pub(super) fn due(&mut self, leg: LegId, turn: u64) {
        if let Some(dialogue) = self.dialogue(leg)
            && dialogue.turn == turn
        {
            dialogue.doubts = true;
            self.sync(leg);
        }
    }

    /// Checks all calls with a re-INVITE after the server was away.
    pub(super) fn check_all(&mut self) {
        let legs: Vec<LegId> = self.dialogues.iter().filter(|one| one.answered()).map(|one| one.leg.id).collect();
        for leg in legs {
            if let Some(dialogue) = self.dialogue(leg) {
                dialogue.doubts = true;
            }
            self.sync(leg);
        }
    }

    /// Moves all calls to a new stack after the address changed.
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
