//! What the desk writes down of each call, in types of its own: who keeps it is not the desk's business.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uncall_contract::{Direction, event::EndReason};

/// Told once whether what was written is on the disk; dropped, it is not.
pub type Receipt = oneshot::Receiver<bool>;

/// Two times of one ringing by a server's clock are not further apart.
const SAME_RINGING: SignedDuration = SignedDuration::from_secs(2);

/// A call's line. `uid` and `began` name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The call's uid.
    pub uid: String,
    /// Caller.
    pub calla: String,
    /// Callee.
    pub callb: String,
    /// The party that is not this extension.
    pub other: String,
    /// Who that is, where it is known.
    pub name: Option<String>,
    /// Direction.
    pub direction: Direction,
    /// When it was first seen.
    pub began: Timestamp,
    /// Since when it rings, by the server's clock, where the server said so: tells one ringing from the next.
    pub rings_since: Option<Timestamp>,
    /// When it was first seen connected (unknown with polling only).
    pub answered: Option<Timestamp>,
    /// Each time it was on hold.
    pub holds: Vec<OnHold>,
    /// To whom it was handed, as the server confirmed.
    pub transfers: Vec<HandedOn>,
    /// The survey was armed.
    pub survey: bool,
    /// When it ended; `None` while it is up.
    pub ended: Option<Timestamp>,
    /// Whether the end was seen; else `ended` is when it was last there ("seen until").
    pub end_seen: bool,
    /// How it left the desk: how sure its end is.
    pub departure: Option<Departure>,
    /// Seconds from answer to end, measured by a clock that nobody sets; `None` where the answer was not seen.
    pub talked_seconds: Option<u64>,
    /// Why it ended, where known.
    pub reason: Option<EndReason>,
    /// Whether it is an incoming call that this extension did not answer.
    pub missed: Missed,
    /// How often it was offered: a queue offers its caller in rounds, each of which rings and pops up.
    pub offers: u32,
    /// It has popped up, and does not a second time.
    pub popped: bool,
}

impl Entry {
    /// When it was last known to be up, as far as the line tells.
    pub(crate) fn last_known(&self) -> Timestamp {
        let holds = self.holds.iter().map(|hold| hold.to.unwrap_or(hold.from));
        let handed = self.transfers.iter().map(|transfer| transfer.at);
        let times = holds.chain(handed).chain(self.answered).chain(self.ended);
        times.fold(self.began, Timestamp::max)
    }

    /// Whether a ringing that began then, by the server's clock, may be the one that the line is of.
    pub(crate) fn may_ring_since(&self, since: Timestamp) -> bool {
        self.answered.is_none()
            && self.rings_since.is_none_or(|known| known.duration_since(since).abs() <= SAME_RINGING)
    }

    /// It goes on hold, or comes back; true when that is news.
    pub(crate) fn holds(&mut self, held: bool, at: Timestamp) -> bool {
        match (self.holds.last_mut().filter(|hold| hold.to.is_none()), held) {
            (None, true) => self.holds.push(OnHold { from: at, to: None }),
            (Some(open), false) => open.to = Some(at.max(open.from)),
            (Some(_), true) | (None, false) => return false,
        }
        true
    }
}

/// A time on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnHold {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A transfer that the server took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOn {
    /// When it was confirmed.
    pub at: Timestamp,
    /// To whom.
    pub target: String,
}

/// Whether a call was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// It was answered, here or elsewhere, or nobody knows.
    No,
    /// The stream said so.
    Yes,
    /// It rang, and was gone when the server was back in sight.
    Probably,
}

/// How a call left the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// The stream reported its end, or polls said "no call" for long enough: the uid's next offer is a new one.
    Ended,
    /// It was missing from the stream's snapshot.
    Vanished,
    /// A confirmed verb ended it: the next "no call" ends its life.
    ByVerb,
    /// A refused verb says that it is not there; likewise.
    Disproved,
    /// The agent says that it is over: polls that go on naming the uid are not believed until its life has ended.
    Closed,
}
