//! The panel's own phone, in types of the desk's: what its line says, and what it is asked for. Who speaks SIP is not the desk's
//! business.

use serde::{Deserialize, Serialize, Serializer};
use uncall_contract::Direction;

use crate::problem::Problem;

/// What the line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The phone is switched off, and its legs are gone with it.
    Off,
    /// It registers. A phone that goes on under a new desk tells of its legs first.
    Registering,
    /// It can be called.
    Registered,
    /// It cannot, and this is why. Legs that are up may go on.
    Lost(Problem),
    /// A leg began, changed or ended.
    Leg(Leg),
    /// How a leg sounds.
    Sound {
        /// The leg.
        leg: u64,
        /// How it sounds.
        sound: Sound,
    },
    /// A device came or went.
    Device(Device),
    /// What came of [`crate::effect::Effect::Phone`] with this id.
    Done {
        /// The ask's id.
        ask: u64,
        /// Done, or why not.
        result: Result<(), Problem>,
    },
}

/// The phone's part of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The phone's own number of it; never used twice.
    pub id: u64,
    /// SIP's Call-ID.
    pub call_id: String,
    /// The server's uid of the call, where the INVITE carries it (`X-Uncall-Uid`).
    pub uid: Option<String>,
    /// The action id of a click-to-dial (`X-Uncall-Action`).
    pub action: Option<String>,
    /// Who called whom, as the phone has it: a click-to-dial comes in.
    pub direction: Direction,
    /// The other party's number; may be empty.
    pub number: String,
    /// The other party's name; may be empty.
    pub name: String,
    /// What it does.
    pub state: LegState,
    /// The leg for which this one asks a colleague.
    pub consults: Option<u64>,
    /// The other party has put this one on hold.
    pub held_by_other: bool,
    /// The microphone is off.
    pub muted: bool,
    /// What is spoken, once that is agreed.
    pub codec: Option<String>,
    /// Whether the sound is encrypted.
    pub encrypted: bool,
    /// The keys that were pressed, the last ones. Nobody's to write down: they may be a secret.
    #[serde(serialize_with = "as_stars")]
    pub digits: String,
}

/// What a leg does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// It rings, here or there.
    Ringing,
    /// It rings there, and the other side is heard already.
    Early,
    /// Both hear each other.
    Talking,
    /// This phone holds it.
    Held,
    /// It is over.
    Ended(LegEnd),
}

/// Why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegEnd {
    /// Somebody hung up, or declined it here.
    HungUp,
    /// The caller gave up.
    GaveUp,
    /// Nobody answered there.
    NoAnswer,
    /// Another phone took it.
    AnsweredElsewhere,
    /// It was handed on.
    Transferred,
    /// The called party is busy.
    Busy,
    /// The called party does not want it.
    Declined,
    /// There is no such number.
    NoSuchNumber,
    /// The server does not want it.
    Refused,
    /// Both sides have no sound in common.
    NoCommonSound,
    /// Nothing came from the other side any more.
    Silence,
    /// The server cannot be reached, or knows nothing of it any more.
    Lost,
}

/// How a leg sounds, over the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    /// Mean opinion score, in tenths: 10 to 45.
    pub mos: u8,
    /// Packets that did not come, in per cent.
    pub loss: u8,
    /// How unevenly they come, in milliseconds.
    pub jitter: u32,
    /// From mouth to ear, in milliseconds, as far as it can be known.
    pub delay: u32,
    /// Nothing arrives.
    pub nothing_arrives: bool,
    /// Nothing comes from the microphone.
    pub microphone_silent: bool,
    /// The loudest that the microphone gave in the last second, in per cent.
    pub level: u8,
}

/// A device came or went, and the phone goes on by this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// By which it goes on; empty where there is none.
    pub name: String,
    /// The chosen one is gone.
    pub gone: bool,
}

/// What the phone is asked for; it answers with [`Said::Done`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Answer the leg that rings. The one that talks goes on hold.
    Answer {
        /// The leg.
        leg: u64,
    },
    /// End the leg: decline it, give it up or hang up.
    HangUp {
        /// The leg.
        leg: u64,
    },
    /// Put it on hold.
    Hold {
        /// The leg.
        leg: u64,
    },
    /// Take it back. The one that talks goes on hold.
    Resume {
        /// The leg.
        leg: u64,
    },
    /// The microphone off or on.
    Mute {
        /// The leg.
        leg: u64,
        /// Off.
        on: bool,
    },
    /// Press keys.
    Dtmf {
        /// The leg.
        leg: u64,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digits: String,
    },
    /// Call a number.
    Dial {
        /// As it is dialled.
        number: String,
        /// The leg that talks, and goes on hold first.
        hold: Option<u64>,
    },
    /// Hand the leg on without asking.
    Transfer {
        /// The leg.
        leg: u64,
        /// To whom.
        target: String,
    },
    /// Put the leg on hold and ask a colleague; the new leg names this one in [`Leg::consults`].
    Consult {
        /// The leg.
        leg: u64,
        /// Whom.
        target: String,
    },
    /// Connect the caller with the colleague, and leave both.
    Complete {
        /// The colleague's leg.
        leg: u64,
    },
    /// Talk to the other of caller and colleague.
    Swap {
        /// The colleague's leg.
        leg: u64,
    },
    /// Leave the colleague, and talk to the caller again.
    Back {
        /// The colleague's leg.
        leg: u64,
    },
}

impl LegState {
    /// Over.
    pub const fn is_over(self) -> bool {
        matches!(self, LegState::Ended(_))
    }

    /// It has been answered.
    pub const fn is_up(self) -> bool {
        matches!(self, LegState::Talking | LegState::Held)
    }
}

/// As many stars as there are keys.
pub(crate) fn as_stars<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&"*".repeat(digits.chars().count()))
}

/// Whether these are keys of a telephone: one to 64 of them.
pub fn are_keys(digits: &str) -> bool {
    (1..=64).contains(&digits.len()) && digits.bytes().all(|key| matches!(key, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D'))
}
