//! Commands.

use std::time::Duration;

use uncall_voice::{Key, sdp::Direction as Way};

use super::{
    Dialogue, State, Work,
    dialogue::{Own, later},
};
use crate::{
    Direction, Evidence, LegId, LegState, Refused, Why,
    command::{Done, Want},
    line::Reply,
    media::{Order, Ports},
};

/// The longest accepted number or key sequence.
const MOST_SIGNS: usize = 64;
/// How long an echo test lasts.
const ECHO: Duration = Duration::from_secs(20);
const BUSY: u16 = 486;
const DECLINED: u16 = 603;

impl State {
    /// Carries out a command, or starts it and replies later.
    pub(super) fn want(&mut self, want: Want, reply: Reply) {
        let done = match want {
            Want::Hold(leg) => return self.hold(leg, reply),
            Want::Resume(leg) => return self.resume(leg, reply),
            Want::Swap(leg) => return self.swap(leg, reply),
            Want::Back(leg) => return self.back(leg, reply),
            Want::Transfer { leg, number } => return self.transfer(leg, &number, reply),
            Want::Complete(leg) => return self.complete(leg, reply),
            Want::Answer(leg) => self.answer(leg),
            Want::Decline { leg, busy } => self.decline(leg, busy),
            Want::HangUp(leg) => self.hang_up(leg),
            Want::Mute { leg, muted } => self.mute(leg, muted),
            Want::Press { leg, keys } => self.press(leg, &keys),
            Want::Dial(number) => self.dial(number, None),
            Want::Echo(number) => self.echo(number),
            Want::Consult { leg, number } => self.consult(leg, number),
            Want::Devices(devices) => {
                self.settings.devices = devices.clone();
                self.media.order(Order::Devices(devices));
                Ok(None)
            }
            Want::Refresh | Want::End => {
                self.nudge.notify_one();
                Ok(None)
            }
        };
        reply.send(done);
    }

    fn ringing(&mut self, leg: LegId) -> Result<&mut Dialogue, Refused> {
        let dialogue = self.dialogue(leg).ok_or(Refused::NoSuchLeg)?;
        let rings = dialogue.leg.direction == Direction::Incoming && dialogue.leg.state == LegState::Ringing;
        if rings { Ok(dialogue) } else { Err(Refused::WrongState) }
    }

    fn answer(&mut self, leg: LegId) -> Done {
        let sip = self.sip.clone().ok_or(Refused::NotRegistered)?;
        self.ringing(leg)?.open_ports(&sip)?;
        let media = &self.media;
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg);
        let dialogue = found.ok_or(Refused::NoSuchLeg)?;
        let sdp = match dialogue.theirs.take() {
            Some(offer) => {
                let answer = dialogue.answer_offer(&offer, media);
                answer.ok_or(Refused::ByOther { code: 488, detail: String::new() })?
            }
            None => {
                let offer = dialogue.side.offer(dialogue.wants());
                dialogue.ours = Some(offer.clone());
                offer.to_string()
            }
        };
        let timer = dialogue.timer;
        if let Err(failure) = dialogue.call.answer(sdp, timer) {
            // The caller has just given up.
            tracing::debug!(?failure, "a call was not answered");
            return Err(Refused::NoSuchLeg);
        }
        dialogue.leg.state = LegState::Talking;
        let work = self.work.clone();
        if let Some(dialogue) = self.dialogue(leg) {
            dialogue.set_timer(timer, &work);
        }
        self.hold_others(leg);
        Ok(None)
    }

    fn decline(&mut self, leg: LegId, busy: bool) -> Done {
        let code = if busy { BUSY } else { DECLINED };
        self.ringing(leg)?.call.refuse(code);
        self.ended(leg, Why::Here, Some(code), "");
        Ok(None)
    }

    pub(super) fn hang_up(&mut self, leg: LegId) -> Done {
        self.dialogue(leg).ok_or(Refused::NoSuchLeg)?.hang_up();
        self.ended(leg, Why::Here, None, "");
        Ok(None)
    }

    fn mute(&mut self, leg: LegId, muted: bool) -> Done {
        self.dialogue(leg).ok_or(Refused::NoSuchLeg)?.leg.muted = muted;
        self.media.order(Order::Mute { leg, muted });
        Ok(None)
    }

    fn press(&mut self, leg: LegId, keys: &str) -> Done {
        let dialogue = self.dialogue(leg).ok_or(Refused::NoSuchLeg)?;
        if !matches!(dialogue.leg.state, LegState::Talking | LegState::Early | LegState::Held) {
            return Err(Refused::WrongState);
        }
        let sends = dialogue.agreed.as_ref().is_some_and(|agreed| agreed.direction.sends());
        if dialogue.holds || dialogue.leg.state == LegState::Held || !sends {
            return Err(Refused::OnHold);
        }
        let understood = dialogue.agreed.as_ref().is_some_and(|agreed| agreed.keys.is_some());
        let good = !keys.is_empty() && keys.len() <= MOST_SIGNS && keys.chars().all(|sign| Key::new(sign).is_some());
        if !good || !understood {
            return Err(Refused::NoKeys);
        }
        dialogue.leg.sent.push_str(keys);
        self.media.order(Order::Press { leg, keys: keys.to_owned() });
        Ok(None)
    }

    pub(super) fn dial(&mut self, number: String, consults: Option<LegId>) -> Done {
        let number = number_of(&number)?;
        let sip = self.sip.clone().filter(|_| self.registered).ok_or(Refused::NotRegistered)?;
        if self.dialogues.len() >= super::MOST_LEGS {
            return Err(Refused::TooMany);
        }
        let free = |one: &Dialogue| {
            one.leg.direction == Direction::Incoming && one.leg.state == LegState::Ringing
                || one.holds
                || Some(one.leg.id) == consults
        };
        if !self.dialogues.iter().all(free) {
            return Err(Refused::WrongState);
        }
        let id = self.next_id();
        let ports = Ports::open(sip.local()).map_err(|error| Refused::System(error.to_string()))?;
        let mut own = Own::new(&self.settings);
        own.side.address = ports.address;
        let offer = own.side.offer(Way::SendRecv);
        let call = sip.invite(id, &number, offer.to_string());
        let call = call.map_err(|failure| Refused::System(failure.detail))?;
        let mut dialogue = Dialogue::new(call, Direction::Outgoing, number, own);
        dialogue.leg.consults = consults;
        (dialogue.ports, dialogue.ours) = (Some(ports), Some(offer));
        self.dialogues.push(dialogue);
        Ok(Some(id))
    }

    fn echo(&mut self, number: String) -> Done {
        let done = self.dial(number, None)?;
        let work = self.work.clone();
        if let Some(dialogue) = done.and_then(|leg| self.dialogue(leg)) {
            dialogue.evidence = Some(Evidence::default());
            let leg = dialogue.leg.id;
            later(ECHO, move || work.send(Work::Echoed(leg)).is_ok());
        }
        Ok(done)
    }

    /// Puts all other calls on hold.
    pub(super) fn hold_others(&mut self, leg: LegId) {
        let others: Vec<LegId> = self
            .dialogues
            .iter()
            .filter(|one| one.leg.id != leg && one.answered() && !one.holds)
            .map(|one| one.leg.id)
            .collect();
        for other in others {
            if let Some(dialogue) = self.dialogue(other) {
                dialogue.holds = true;
            }
            self.sync(other);
        }
    }

    fn wait(&mut self, leg: LegId, holds: bool, reply: Reply) {
        match self.dialogue(leg) {
            Some(dialogue) if dialogue.answered() => {
                dialogue.holds = holds;
                dialogue.waiting.push(reply);
                self.sync(leg);
            }
            Some(_) => reply.send(Err(Refused::WrongState)),
            None => reply.send(Err(Refused::NoSuchLeg)),
        }
    }

    fn hold(&mut self, leg: LegId, reply: Reply) {
        self.wait(leg, true, reply);
    }

    pub(super) fn resume(&mut self, leg: LegId, reply: Reply) {
        if self.dialogue(leg).is_some_and(|dialogue| dialogue.answered()) {
            self.hold_others(leg);
        }
        self.wait(leg, false, reply);
    }
}

/// Checks a number and strips separators.
pub(super) fn number_of(text: &str) -> Result<String, Refused> {
    let number: String = text.chars().filter(|sign| !" \u{a0}()".contains(*sign)).collect();
    let fit = |sign: char| sign.is_ascii_alphanumeric() || "+*#-._".contains(sign);
    let good = !number.is_empty() && number.len() <= MOST_SIGNS && number.chars().all(fit);
    if good { Ok(number) } else { Err(Refused::NoNumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dialled_is_a_number_and_nothing_else() {
        for (text, number) in
            [("801", "801"), ("+86 (134) 2182-9060", "+861342182-9060"), ("*97", "*97"), ("a.b_c", "a.b_c")]
        {
            assert_eq!(number_of(text).as_deref(), Ok(number));
        }
        for text in ["", " ", "801@evil", "801;x=y", "801?Replaces=1", "sip:801", "８０１", "8\r\n01", &"1".repeat(65)]
        {
            assert_eq!(number_of(text), Err(Refused::NoNumber), "{text}");
        }
    }
}
