//! Calls as the network reports them.

use uncall_voice::sdp::Description;

use super::{Dialogue, MOST_LEGS, State, dialogue::Own};
use crate::{
    Direction, LegId, LegState, Srtp, Why,
    sip::{Change, Finish, Invited, Seen, Timer},
};

const BUSY: u16 = 486;
const NOT_ACCEPTABLE: u16 = 488;

impl State {
    pub(super) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Invited(invited) => self.invited(invited),
            Seen::Changed(leg, change) => self.change(leg, change),
            Seen::Said { call_id, reason } => {
                if let Some(dialogue) = self.dialogues.iter_mut().find(|one| one.leg.call_id == call_id) {
                    dialogue.said = Some(reason);
                }
            }
            Seen::Disconnected => self.nudge.notify_one(),
        }
    }

    fn invited(&mut self, invited: Invited) {
        let Invited { call, number, name, uid, action, sdp, timer } = invited;
        if self.dialogues.len() >= MOST_LEGS {
            return call.refuse(BUSY);
        }
        let offer = sdp.map(|sdp| Description::read(&sdp));
        let mut dialogue = Dialogue::new(call, Direction::Incoming, number, Own::new(&self.settings));
        if let Some(offer) = offer {
            // An offer that cannot be answered does not ring.
            let fits = offer.is_ok_and(|offer| {
                let fits = dialogue.answering_side().answer(&offer, dialogue.wants()).is_ok();
                dialogue.theirs = Some(offer);
                fits
            });
            if !fits {
                return dialogue.call.refuse(NOT_ACCEPTABLE);
            }
        }
        (dialogue.leg.name, dialogue.leg.uid, dialogue.leg.action) = (name, uid, action);
        dialogue.timer = timer;
        dialogue.call.ring();
        self.dialogues.push(dialogue);
    }

    fn change(&mut self, leg: LegId, change: Change) {
        match change {
            Change::Progress { status, sdp } => self.progressed(leg, status, sdp),
            Change::Answered { sdp, timer } => self.answered(leg, sdp, timer),
            Change::Acked { sdp } => self.acked(leg, sdp.as_deref()),
            Change::Offered { sdp, invite, timer, identity, reply } => {
                if let Some((number, name)) = identity
                    && let Some(dialogue) = self.dialogue(leg)
                {
                    (dialogue.leg.number, dialogue.leg.name) = (number, name);
                }
                self.offered(leg, (sdp, invite), timer, reply);
            }
            Change::Referred { status, last } => self.refer_went(leg, status, last),
            Change::Ended(finish) => self.finished(leg, &finish),
        }
    }

    fn progressed(&mut self, leg: LegId, status: u16, sdp: Option<String>) {
        let media = &self.media;
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg && !one.answered());
        let Some(dialogue) = found.filter(|one| one.leg.direction == Direction::Outgoing) else { return };
        if let (Some(sdp), Some(offer)) = (sdp, dialogue.ours.clone()) {
            let side = dialogue.side.clone();
            if dialogue.take_answer(&side, &offer, &sdp, media) {
                dialogue.leg.state = LegState::Early;
                return;
            }
        }
        if status != 100 && dialogue.leg.state == LegState::Calling {
            dialogue.leg.state = LegState::Ringing;
        }
    }

    fn answered(&mut self, leg: LegId, sdp: Option<String>, timer: Option<Timer>) {
        let (work, media) = (self.work.clone(), &self.media);
        let found = self.dialogues.iter_mut().find(|one| one.leg.id == leg && one.leg.state != LegState::Ended);
        let Some(dialogue) = found else { return };
        let offer = dialogue.ours.take();
        if let (Some(sdp), Some(offer)) = (sdp, offer) {
            let side = dialogue.side.clone();
            if !dialogue.take_answer(&side, &offer, &sdp, media) {
                // The agreement of early sound no longer holds.
                dialogue.agreed = None;
            }
        }
        if dialogue.agreed.is_none() {
            dialogue.call.end();
            return self.ended(leg, Why::NoCommonSound, None, "");
        }
        dialogue.leg.state = LegState::Talking;
        dialogue.set_timer(timer, &work);
        self.hold_others(leg);
        self.sync(leg);
    }

    fn finished(&mut self, leg: LegId, finish: &Finish) {
        let Some(dialogue) = self.dialogue(leg) else { return };
        let said = dialogue.said.clone().unwrap_or_default();
        if let Finish::Status { code: NOT_ACCEPTABLE | 606, .. } = finish
            && self.again_in_clear(leg)
        {
            return;
        }
        let Some(dialogue) = self.dialogue(leg) else { return };
        let transferred = dialogue.referring.as_ref().map(|referring| referring.with);
        // The server may end the consultation before it reports the transfer as done.
        let taken_over =
            self.dialogues.iter().filter_map(|one| one.referring.as_ref()).any(|one| one.with == Some(leg));
        let (why, code, detail) = match finish {
            _ if transferred.is_some() || taken_over => (Why::Transferred, None, said),
            Finish::Here => (Why::Here, None, said),
            Finish::There => (Why::There, None, said),
            Finish::Cancelled if elsewhere(&said) => (Why::AnsweredElsewhere, None, said),
            Finish::Cancelled => (Why::GaveUp, None, said),
            Finish::Timeout => (Why::Lost, None, said),
            Finish::Status { code, detail } => (why(*code), Some(*code), detail.clone()),
        };
        self.ended(leg, why, code, &detail);
        // The transfer has taken over the consultation as well.
        if let Some(Some(with)) = transferred {
            self.leave(with);
        }
    }

    /// Calls again without SRTP after a server refused it, if the settings allow.
    fn again_in_clear(&mut self, leg: LegId) -> bool {
        if self.settings.srtp != Srtp::WithTls {
            return false;
        }
        let Some(sip) = self.sip.clone() else { return false };
        let Some(dialogue) = self.dialogue(leg) else { return false };
        if dialogue.side.key.is_none() || dialogue.answered() || dialogue.leg.direction != Direction::Outgoing {
            return false;
        }
        dialogue.side.key = None;
        dialogue.next_version();
        let offer = dialogue.side.offer(dialogue.wants());
        match sip.invite(leg, &dialogue.leg.number, offer.to_string()) {
            Ok(call) => {
                dialogue.leg.call_id = call.call_id();
                dialogue.call = call;
                dialogue.ours = Some(offer);
                true
            }
            Err(_) => false,
        }
    }
}

/// Whether the reason of a CANCEL says that another phone answered (RFC 3326; cause 26 in Q.850).
fn elsewhere(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase().replace(' ', "");
    let causes = |protocol: &str, cause: &str| {
        reason.split(',').any(|one| one.starts_with(protocol) && one.split(';').any(|part| part == cause))
    };
    causes("sip", "cause=200") || causes("q.850", "cause=26")
}

fn why(code: u16) -> Why {
    match code {
        300..=399 => Why::Moved,
        404 | 410 | 484 | 485 | 604 => Why::NoSuchNumber,
        408 | 480 | 487 => Why::NoAnswer,
        486 | 600 => Why::Busy,
        488 | 606 | 415 => Why::NoCommonSound,
        603 => Why::Declined,
        503 | 504 => Why::Lost,
        _ => Why::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms that Asterisk 22 and FreeSWITCH send.
    #[test]
    fn a_call_that_another_phone_took_is_told_from_one_that_was_given_up() {
        for reason in [
            r#"SIP;cause=200;text="Call completed elsewhere""#,
            r#"SIP ;cause=200 ;text="Call completed elsewhere""#,
            "Q.850;cause=26",
            r#"Q.850;cause=26,SIP;cause=200"#,
        ] {
            assert!(elsewhere(reason), "{reason}");
        }
        for reason in ["", "Q.850;cause=16", "SIP;cause=487", r#"Q.850;cause=127;text="cause=200""#] {
            assert!(!elsewhere(reason), "{reason}");
        }
    }
}
