//! A call of the line and its negotiation state.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use uncall_voice::{
    Codec, MasterKey,
    sdp::{Agreed, Description, Direction as Way, Side},
};

use super::attach::Attached;
use crate::{
    Direction, Evidence, Leg, LegId, LegState, Refused, Srtp, Transport,
    line::Reply,
    media::Ports,
    quality::Seconds,
    settings::LineSettings,
    sip::{Call, Failure, Timer},
};

/// Results of spawned tasks.
#[derive(Debug)]
pub(super) enum Work {
    Attached(Attached),
    /// The result of a re-INVITE.
    Offered {
        leg: LegId,
        offer: Box<Description>,
        result: Result<(Option<String>, Option<Timer>), Failure>,
    },
    /// The result of a REFER.
    Referred {
        leg: LegId,
        result: Result<(), Failure>,
    },
    /// The time limit of a transfer has passed.
    Unreferred {
        leg: LegId,
        turn: u64,
    },
    /// An echo test has lasted long enough.
    Echoed(LegId),
    /// A session timer is due for refresh.
    Due {
        leg: LegId,
        turn: u64,
    },
}

/// A transfer in progress.
#[derive(Debug)]
pub(super) struct Referring {
    /// None once its time has passed. A late success still ends the leg.
    pub(super) reply: Option<Reply>,
    /// The consultation that ends with it.
    pub(super) with: Option<LegId>,
    pub(super) turn: u64,
}

#[derive(Debug)]
pub(super) struct Dialogue {
    pub(super) leg: Leg,
    told: Option<Leg>,
    pub(super) call: Call,
    pub(super) side: Side,
    /// This side's SRTP key for the whole call.
    key: Option<MasterKey>,
    /// Open ports that the sound thread does not have yet.
    pub(super) ports: Option<Ports>,
    /// Whether the sound thread has the call.
    pub(super) sounds: bool,
    pub(super) agreed: Option<Agreed>,
    /// The pending offer of the other side, or of this side.
    pub(super) theirs: Option<Description>,
    pub(super) ours: Option<Description>,
    /// The direction that this side last offered or answered.
    pub(super) way: Way,
    /// The call is to be on hold.
    pub(super) holds: bool,
    /// A re-INVITE of this side is pending.
    pub(super) offering: bool,
    /// Send a re-INVITE even without a change.
    pub(super) doubts: bool,
    /// Replies that wait for hold or resume.
    pub(super) waiting: Vec<Reply>,
    pub(super) referring: Option<Referring>,
    /// The `Reason` header of a CANCEL or BYE.
    pub(super) said: Option<String>,
    pub(super) timer: Option<Timer>,
    pub(super) turn: u64,
    /// Nothing arrives, and the registration has been checked because of it.
    pub(super) quiet: bool,
    /// How it sounded so far.
    pub(super) seconds: Seconds,
    /// For an echo test, what it has shown.
    pub(super) evidence: Option<Evidence>,
}

impl Dialogue {
    pub(super) fn new(call: Call, direction: Direction, number: String, own: Own) -> Dialogue {
        let leg = Leg {
            id: call.id,
            call_id: call.call_id(),
            uid: None,
            action: None,
            direction,
            number,
            name: None,
            state: match direction {
                Direction::Incoming => LegState::Ringing,
                Direction::Outgoing => LegState::Calling,
            },
            held_by_other: false,
            muted: false,
            sent: String::new(),
            consults: None,
            codec: None,
            encrypted: false,
            ended: None,
            quality: None,
        };
        let Own { side, key } = own;
        Dialogue {
            leg,
            told: None,
            call,
            side,
            key,
            ports: None,
            sounds: false,
            agreed: None,
            theirs: None,
            ours: None,
            way: Way::SendRecv,
            holds: false,
            offering: false,
            doubts: false,
            waiting: Vec::new(),
            referring: None,
            said: None,
            timer: None,
            turn: 0,
            quiet: false,
            seconds: Seconds::default(),
            evidence: None,
        }
    }

    /// The leg, if it has changed since the last call.
    pub(super) fn changed(&mut self) -> Option<Leg> {
        if self.told.as_ref() == Some(&self.leg) {
            return None;
        }
        self.told = Some(self.leg.clone());
        self.told.clone()
    }

    /// The direction that this side wants.
    pub(super) fn wants(&self) -> Way {
        if self.holds { Way::SendOnly } else { Way::SendRecv }
    }

    /// Whether the call is answered and has not ended.
    pub(super) fn answered(&self) -> bool {
        matches!(self.leg.state, LegState::Talking | LegState::Held)
    }

    /// This side for a re-INVITE: with SRTP if it was agreed on.
    pub(super) fn offering_side(&self) -> Side {
        let encrypted = self.agreed.as_ref().is_some_and(|agreed| agreed.crypto.is_some());
        Side { key: self.key.clone().filter(|_| encrypted), ..self.side.clone() }
    }

    /// This side for an answer: with SRTP if the offer has it.
    pub(super) fn answering_side(&self) -> Side {
        Side { key: self.key.clone(), ..self.side.clone() }
    }

    /// Counts up the version of the session description.
    pub(super) fn next_version(&mut self) {
        self.side.version += 1;
    }

    /// Answers all waiting commands when the call ends.
    pub(super) fn answer_all(&mut self) {
        for reply in self.waiting.drain(..) {
            reply.send(Err(Refused::NoSuchLeg));
        }
        if let Some(reply) = self.referring.take().and_then(|referring| referring.reply) {
            reply.send(Ok(None));
        }
    }

    /// Declines, cancels or hangs up, depending on the state.
    pub(super) fn hang_up(&self) {
        match (self.leg.direction, self.leg.state) {
            (Direction::Incoming, LegState::Ringing) => self.call.refuse(603),
            (_, LegState::Ended) => {}
            _ => self.call.end(),
        }
    }

    /// Schedules the session refresh if it is this side's task.
    pub(super) fn set_timer(&mut self, timer: Option<Timer>, work: &UnboundedSender<Work>) {
        self.timer = timer;
        if let Some(after) = timer.and_then(Timer::refresh) {
            self.turn += 1;
            let (leg, turn, work) = (self.leg.id, self.turn, work.clone());
            later(after, move || work.send(Work::Due { leg, turn }).is_ok());
        }
    }
}

/// Runs something after a delay.
pub(super) fn later(after: Duration, what: impl FnOnce() -> bool + Send + 'static) {
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        what()
    });
}

/// This side's media parameters for a new call.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) side: Side,
    /// The SRTP key, also kept while unused.
    key: Option<MasterKey>,
}

impl Own {
    pub(super) fn new(settings: &LineSettings) -> Own {
        let key = (settings.srtp != Srtp::Off).then(random_key).flatten();
        let codecs = if settings.codecs.is_empty() { Codec::ALL.to_vec() } else { settings.codecs.clone() };
        let offered = match settings.srtp {
            Srtp::Off => false,
            Srtp::WithTls => settings.registrar.transport == Transport::Tls,
            Srtp::Always => true,
        };
        let side = Side {
            // Set when the ports are open.
            address: (std::net::Ipv4Addr::UNSPECIFIED, 9).into(),
            // Session ids are unique, not secret.
            session: fastrand::u64(1..1 << 62),
            version: 1,
            codecs,
            key: key.clone().filter(|_| offered),
            secure: settings.srtp == Srtp::Always,
        };
        Own { side, key }
    }
}

/// None if the system has no randomness.
fn random_key() -> Option<MasterKey> {
    let mut random = [0; 30];
    getrandom::fill(&mut random).ok()?;
    Some(MasterKey::new(random))
}
