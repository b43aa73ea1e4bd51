//! What the desk records about each call, in types of its own: storage is somebody else's business.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uncall_contract::{Direction, event::EndReason};

/// Receives once whether the write is on the disk. A dropped sender means that it is not.
pub type Receipt = oneshot::Receiver<bool>;

/// The greatest difference between two reports of when the same ringing began, by the server's clock.
const SAME_RINGING: SignedDuration = SignedDuration::from_secs(2);

/// The record of a call, identified by `uid` and `began`.
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
    /// The other party's name, if known.
    pub name: Option<String>,
    /// Incoming or outgoing.
    pub direction: Direction,
    /// When it was first seen.
    pub began: Timestamp,
    /// When it began to ring by the server's clock, if the server says so. Tells one ringing from the next.
    pub rings_since: Option<Timestamp>,
    /// When it was first seen connected. Unknown with polling only.
    pub answered: Option<Timestamp>,
    /// The periods on hold.
    pub holds: Vec<OnHold>,
    /// The confirmed transfers.
    pub transfers: Vec<HandedOn>,
    /// Whether the survey was armed.
    pub survey: bool,
    /// When it ended; `None` while it is up.
    pub ended: Option<Timestamp>,
    /// Whether the end was seen. Otherwise `ended` is when the call was last seen ("seen until").
    pub end_seen: bool,
    /// How it left the desk, which says how certain the end is.
    pub departure: Option<Departure>,
    /// Seconds from answer to end, by a monotonic clock. `None` if the answer was not seen.
    pub talked_seconds: Option<u64>,
    /// Why it ended, if known.
    pub reason: Option<EndReason>,
    /// Whether it is an incoming call that this extension did not answer.
    pub missed: Missed,
    /// How often it was offered: a queue offers a caller in rounds, each of which rings and pops up.
    pub offers: u32,
    /// Whether it has popped up, so that it does not pop up twice.
    pub popped: bool,
    /// Whether the agent has chosen a result. The desk never sets it in the journal; it only reads it.
    #[serde(default)]
    pub disposed: bool,
}

impl Entry {
    /// When it was last known to be up, according to the record.
    pub(crate) fn last_known(&self) -> Timestamp {
        let holds = self.holds.iter().map(|hold| hold.to.unwrap_or(hold.from));
        let handed = self.transfers.iter().map(|transfer| transfer.at);
        let times = holds.chain(handed).chain(self.answered).chain(self.ended);
        times.fold(self.began, Timestamp::max)
    }

    /// Whether a ringing that began at this time, by the server's clock, may be the recorded one.
    pub(crate) fn may_ring_since(&self, since: Timestamp) -> bool {
        self.answered.is_none()
            && self.rings_since.is_none_or(|known| known.duration_since(since).abs() <= SAME_RINGING)
    }

    /// Starts or ends a period on hold. True if that is a change.
    pub(crate) fn holds(&mut self, held: bool, at: Timestamp) -> bool {
        match (self.holds.last_mut().filter(|hold| hold.to.is_none()), held) {
            (None, true) => self.holds.push(OnHold { from: at, to: None }),
            (Some(open), false) => open.to = Some(at.max(open.from)),
            (Some(_), true) | (None, false) => return false,
        }
        true
    }
}

/// A period on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnHold {
    /// Its start.
    pub from: Timestamp,
    /// Its end. `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A transfer that the server accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOn {
    /// When it was confirmed.
    pub at: Timestamp,
    /// The number it went to.
    pub target: String,
}

/// Whether a call was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Not missed: answered here or elsewhere, or unknown.
    No,
    /// Missed, as reported by the stream.
    Yes,
    /// Probably missed: it rang, and was gone when the server could be reached again.
    Probably,
}

/// How a call left the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// The stream reported its end, or polls said "no call" for long enough. The uid's next appearance is a new offer.
    Ended,
    /// It was missing from the stream's snapshot.
    Vanished,
    /// A confirmed verb ended it. The next "no call" ends its life.
    ByVerb,
    /// A refused verb showed that it is gone. The next "no call" ends its life.
    Disproved,
    /// The agent closed it as over. Polls that go on naming the uid are ignored until its life has ended.
    Closed,
}
