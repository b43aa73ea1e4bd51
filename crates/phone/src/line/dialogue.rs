//! A call of the line, with all that belongs to it.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use uncall_voice::{
    Codec, MasterKey,
    sdp::{Agreed, Description, Direction as Way, Side},
};

use super::attach::Attached;
use crate::{
    Direction, Leg, LegId, LegState, Refused, Srtp, Transport,
    command::Reply,
    media::Ports,
    settings::LineSettings,
    sip::{Call, Failure, Timer},
};

/// What tasks beside the line's have done.
#[derive(Debug)]
pub(super) enum Work {
    Attached(Attached),
    /// The other side has answered an offer within a call.
    Offered {
        leg: LegId,
        offer: Box<Description>,
        result: Result<(Option<String>, Option<Timer>), Failure>,
    },
    /// The other side has taken a transfer on, or not.
    Referred {
        leg: LegId,
        result: Result<(), Failure>,
    },
    /// Nothing more was heard of a transfer.
    Unreferred {
        leg: LegId,
        turn: u64,
    },
    /// It is time to say that the call is still there.
    Due {
        leg: LegId,
        turn: u64,
    },
}

/// A transfer that is under way.
#[derive(Debug)]
pub(super) struct Referring {
    pub(super) reply: Reply,
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
    /// The key of this side, for as long as the call lasts.
    key: Option<MasterKey>,
    /// Ports that no sound runs over yet.
    pub(super) ports: Option<Ports>,
    /// Whether sound runs.
    pub(super) sounds: bool,
    pub(super) agreed: Option<Agreed>,
    /// The other side's offer that waits for an answer, or this side's.
    pub(super) theirs: Option<Description>,
    pub(super) ours: Option<Description>,
    /// What this side has said last that it wants.
    pub(super) way: Way,
    /// This side wants the call on hold.
    pub(super) holds: bool,
    /// An offer of this side is under way.
    pub(super) offering: bool,
    /// The other side has to be asked, though nothing has changed.
    pub(super) doubts: bool,
    /// Who waits for hold or resume to be done.
    pub(super) waiting: Vec<Reply>,
    pub(super) referring: Option<Referring>,
    /// What the other side gave as its reason to end.
    pub(super) said: Option<String>,
    pub(super) timer: Option<Timer>,
    pub(super) turn: u64,
    /// Nothing arrives, and the register has been asked about it.
    pub(super) quiet: bool,
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
        }
    }

    /// The leg, if it is another one than was told last.
    pub(super) fn changed(&mut self) -> Option<Leg> {
        if self.told.as_ref() == Some(&self.leg) {
            return None;
        }
        self.told = Some(self.leg.clone());
        self.told.clone()
    }

    /// What this side wants.
    pub(super) fn wants(&self) -> Way {
        if self.holds { Way::SendOnly } else { Way::SendRecv }
    }

    /// Whether it is answered and not over.
    pub(super) fn answered(&self) -> bool {
        matches!(self.leg.state, LegState::Talking | LegState::Held)
    }

    /// This side as it offers within the call: as encrypted as was agreed on.
    pub(super) fn offering_side(&self) -> Side {
        let encrypted = self.agreed.as_ref().is_some_and(|agreed| agreed.crypto.is_some());
        Side { key: self.key.clone().filter(|_| encrypted), ..self.side.clone() }
    }

    /// This side as it answers: encrypted, if that is asked for.
    pub(super) fn answering_side(&self) -> Side {
        Side { key: self.key.clone(), ..self.side.clone() }
    }

    /// Another version of the description.
    pub(super) fn next_version(&mut self) {
        self.side.version += 1;
    }

    /// Tells whoever waits that the call is over.
    pub(super) fn answer_all(&mut self) {
        for reply in self.waiting.drain(..) {
            // Whoever asked may not wait.
            let _ = reply.send(Err(Refused::NoSuchLeg));
        }
        if let Some(referring) = self.referring.take() {
            let _ = referring.reply.send(Ok(None));
        }
    }

    /// Ends the dialogue in the way that its state asks for.
    pub(super) fn hang_up(&self) {
        match (self.leg.direction, self.leg.state) {
            (Direction::Incoming, LegState::Ringing) => self.call.refuse(603),
            (_, LegState::Ended) => {}
            _ => self.call.end(),
        }
    }

    /// Sees to it that this side says its word in time, where it is the one that has to.
    pub(super) fn set_timer(&mut self, timer: Option<Timer>, work: &UnboundedSender<Work>) {
        self.timer = timer;
        if let Some(after) = timer.and_then(Timer::refresh) {
            self.turn += 1;
            let (leg, turn, work) = (self.leg.id, self.turn, work.clone());
            later(after, move || work.send(Work::Due { leg, turn }).is_ok());
        }
    }
}

/// Does something later.
pub(super) fn later(after: Duration, what: impl FnOnce() -> bool + Send + 'static) {
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        what()
    });
}

/// This side of a call, before there is one.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) side: Side,
    /// The key for as long as the call lasts, whether it is used or not.
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
            // Known when the ports are.
            address: (std::net::Ipv4Addr::UNSPECIFIED, 9).into(),
            // Numbers of a session are to be unique, not secret.
            session: fastrand::u64(1..1 << 62),
            version: 1,
            codecs,
            key: key.clone().filter(|_| offered),
            secure: settings.srtp == Srtp::Always,
        };
        Own { side, key }
    }
}

/// Without chance there is no key, and nothing is encrypted that would not be.
fn random_key() -> Option<MasterKey> {
    let mut random = [0; 30];
    getrandom::fill(&mut random).ok()?;
    Some(MasterKey::new(random))
}
