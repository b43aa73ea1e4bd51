//! One call on the desk, with what has to be remembered about how it was seen.

use jiff::Timestamp;
use uncall_contract::Direction;
use uncall_contract::event::{CallState, EndReason};

use crate::journal::{Departure, Entry, Missed};
use crate::moment::Moment;
use crate::snapshot::CallViewState;

use super::parties::Parties;

/// With polling alone an incoming call counts as ringing for so long, unless a verb shows that it is up.
const RINGS_MS: i64 = 30_000;
/// A call that no answer names any more leaves pop-up, notification, tray and keys after so long.
const FADES_MS: i64 = 20_000;
/// An end that was noticed within this time of the last sighting counts as seen: three polls.
const NOTICED_MS: i64 = 10_000;

/// Whether the call is on hold, as far as polls and replies can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    No,
    Yes,
    /// The answer to hold or resume was lost, or a refusal disproved what was believed.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Call {
    /// The call's line in the journal.
    pub(super) entry: Entry,
    pub(super) began: Moment,
    pub(super) answered: Option<Moment>,
    /// Grows with every call that appears: newest is greatest.
    pub(super) order: u64,
    /// The channel that restore wants, where hold or the stream named one.
    pub(super) channel: Option<String>,
    pub(super) survey: bool,
    /// What the stream said last.
    streamed: Option<(CallViewState, Moment)>,
    /// The stream's word is in force; else polls and replies are all there is.
    on_stream: bool,
    pub(super) hold: Hold,
    hold_since: Moment,
    /// A verb succeeded that needs a connected call, or the stream said so.
    pub(super) connected: bool,
    /// With polling: taken for ringing until then.
    rings_until: i64,
    /// Two answers in a row have named it: of this call, "no call" is the end.
    pub(super) named_again: bool,
    /// How many polls have named it since it was held.
    pub(super) sightings_on_hold: u32,
    /// The last evidence that it is there.
    pub(super) seen: Moment,
    /// The first answer since then that did not name it.
    pub(super) unconfirmed: Option<Moment>,
    /// Its life has ended as far as polls tell, and yet it may be up.
    pub(super) over: bool,
    /// Disproved by a refusal: ends with the next poll that does not name it.
    pub(super) disproved: bool,
    /// It was up when the desk began: an earlier panel may have put it on hold.
    pub(super) from_before: bool,
    /// The server was out of sight while it was up.
    pub(super) out_of_sight: bool,
    /// The agent has asked for its end, and was not refused: what rang until then is not missed.
    pub(super) hung_up: bool,
    /// Answers have named another call since: its end was nobody's to see.
    hidden: bool,
    /// A notification is on the desktop.
    pub(super) notified: bool,
    /// Its card left the pop-up because nothing confirmed it, and comes back with it.
    pub(super) put_away: bool,
    /// Its long hold was called to attention.
    pub(super) alerted: bool,
    /// Why it had ended before a poll named it once more.
    reason_before: Option<EndReason>,
}

impl Call {
    /// A call that has just come into sight. `entry` still carries its end when this uid was here before.
    pub(super) fn new(mut entry: Entry, began: Moment, order: u64, now: Moment) -> Call {
        entry.ended = None;
        entry.departure = None;
        entry.talked_seconds = None;
        entry.missed = Missed::No;
        entry.end_seen = true;
        let reason_before = entry.reason.take();
        let answered = entry.answered.map(|answered| now.of_wall(answered));
        Call {
            entry,
            began,
            answered,
            order,
            channel: None,
            survey: false,
            streamed: None,
            on_stream: false,
            hold: Hold::No,
            hold_since: now,
            connected: false,
            rings_until: now.ms.saturating_add(RINGS_MS),
            named_again: false,
            sightings_on_hold: 0,
            seen: now,
            unconfirmed: None,
            over: false,
            disproved: false,
            from_before: false,
            out_of_sight: false,
            hung_up: false,
            hidden: false,
            notified: false,
            put_away: false,
            alerted: false,
            reason_before,
        }
    }

    /// The state as observed, and since when.
    pub(super) fn state(&self, now: Moment) -> (CallViewState, Moment) {
        if let (true, Some(streamed)) = (self.on_stream, self.streamed) {
            return streamed;
        }
        match self.hold {
            Hold::Yes => (CallViewState::Held, self.hold_since),
            Hold::Unknown => (CallViewState::HoldUnknown, self.hold_since),
            Hold::No if self.may_ring(now) => (CallViewState::Ringing, self.began),
            Hold::No => (CallViewState::InCall, self.began),
        }
    }

    fn may_ring(&self, now: Moment) -> bool {
        !self.connected && self.entry.direction == Direction::Callin && now.ms < self.rings_until
    }

    /// Whether the stream's word is in force for it.
    pub(super) const fn is_streamed(&self) -> bool {
        self.on_stream
    }

    /// Whether it is still being offered: what a notification about a new call may say.
    pub(super) fn is_offer(&self, now: Moment) -> bool {
        match (self.on_stream, self.streamed) {
            (true, Some((state, _))) => state == CallViewState::Ringing,
            (true | false, _) => self.hold == Hold::No && !self.connected && now.ms < self.rings_until,
        }
    }

    /// Nothing has confirmed it for so long that only the window shows it.
    pub(super) fn has_faded(&self, now: Moment) -> bool {
        self.unconfirmed.is_some_and(|from| now.since(from) >= FADES_MS)
    }

    /// When time alone changes something about it.
    pub(super) fn due(&self, now: Moment) -> impl Iterator<Item = i64> {
        let rings = (!self.on_stream && !self.connected).then_some(self.rings_until);
        let fades = self.unconfirmed.map(|from| from.ms.saturating_add(FADES_MS));
        [rings, fades].into_iter().flatten().filter(move |due| *due > now.ms)
    }

    /// Takes the parties as reported now; true when something changed.
    pub(super) fn take_parties(&mut self, parties: &Parties) -> bool {
        parties.write_into(&mut self.entry)
    }

    /// Takes the stream's word for the state, in force since `at`; true when the journal has to know.
    pub(super) fn stream(&mut self, state: CallViewState, at: Moment, channel: Option<&str>, now: Moment) -> bool {
        if self.streamed.is_none_or(|(known, _)| known != state) {
            self.streamed = Some((state, at));
        }
        self.on_stream = true;
        self.confirm(now);
        if matches!(state, CallViewState::Ringing | CallViewState::Talking) {
            self.channel = None;
        }
        self.keep_channel(channel.unwrap_or_default());
        self.connected = state != CallViewState::Ringing;
        self.hold = if state == CallViewState::Held { Hold::Yes } else { Hold::No };
        self.hold_since = at;
        let news = self.entry.holds(state == CallViewState::Held, at.at);
        if !self.connected || self.answered.is_some() {
            return news;
        }
        self.answered = Some(at);
        self.entry.answered = Some(at.at);
        true
    }

    /// It rings since then, by the server's clock; true when that is news.
    pub(super) fn ring_since(&mut self, since: Timestamp) -> bool {
        self.entry.rings_since.replace(since) != Some(since)
    }

    /// The stream goes on where it stopped: what it said last is true again, unless its snapshot says otherwise.
    pub(super) fn resume_stream(&mut self) {
        if self.streamed.is_some() {
            self.on_stream = true;
            self.unconfirmed = None;
            self.over = false;
        }
    }

    /// A poll named it, `again` if the one before did too.
    pub(super) fn polled(&mut self, again: bool, now: Moment) {
        self.named_again |= again;
        if self.hold == Hold::Yes {
            self.sightings_on_hold = self.sightings_on_hold.saturating_add(1);
        }
        self.on_stream = false;
        self.confirm(now);
    }

    /// There is evidence that it is there.
    pub(super) fn confirm(&mut self, now: Moment) {
        self.seen = now;
        self.unconfirmed = None;
        self.over = false;
        self.disproved = false;
        self.out_of_sight = false;
        self.hidden = false;
    }

    /// An answer did not name it, or there are no answers.
    pub(super) fn miss(&mut self, now: Moment) {
        self.unconfirmed.get_or_insert(now);
    }

    /// An answer named another call: popEvent names one at a time.
    pub(super) fn hide(&mut self, now: Moment) {
        self.hidden = true;
        self.miss(now);
    }

    /// A verb succeeded that only a connected call can do.
    pub(super) fn proved(&mut self, now: Moment) {
        self.connected = true;
        self.on_stream = false;
        self.confirm(now);
    }

    /// What is known of the hold from now on, without the stream.
    pub(super) fn set_hold(&mut self, hold: Hold, now: Moment) {
        if hold != Hold::Yes {
            self.sightings_on_hold = 0;
        }
        if self.hold != hold {
            (self.hold, self.hold_since) = (hold, now);
        }
        if hold == Hold::No {
            self.channel = None;
        }
        if hold != Hold::Unknown {
            self.entry.holds(hold == Hold::Yes, now.at);
        }
    }

    /// A refusal says that it is not connected: it still rings, for all that is known.
    pub(super) fn still_rings(&mut self, now: Moment) {
        self.rings_until = self.rings_until.max(now.ms.saturating_add(RINGS_MS));
        self.connected = false;
    }

    pub(super) fn keep_channel(&mut self, channel: &str) {
        let channel = channel.trim();
        if !channel.is_empty() {
            self.channel = Some(channel.to_owned());
        }
    }

    /// The journal line of the call, now over. `told` is when the server says that it ended, where it said so.
    pub(super) fn finished(
        self,
        reason: Option<EndReason>,
        departure: Departure,
        told: Option<Moment>,
        now: Moment,
    ) -> Entry {
        let (state, _) = self.state(self.seen);
        let in_sight = !self.over && !self.out_of_sight && !self.hidden;
        let noticed = self.unconfirmed.filter(|from| in_sight && from.since(self.seen) <= NOTICED_MS);
        let (ended, end_seen) = match departure {
            Departure::Ended => match told.or(noticed) {
                Some(at) => (at, true),
                None => (self.seen, false),
            },
            Departure::ByVerb => (now, true),
            Departure::Vanished | Departure::Closed | Departure::Disproved => (self.seen, false),
        };
        let mut entry = self.entry;
        let ended = if ended.ms < self.began.ms { self.began } else { ended };
        entry.ended = Some(ended.at.max(entry.began));
        entry.end_seen = end_seen;
        entry.departure = Some(departure);
        entry.holds(false, ended.at);
        entry.talked_seconds = self.answered.map(|answered| ended.since(answered).unsigned_abs() / 1000);
        entry.reason = reason.or(self.reason_before);
        let rang = state == CallViewState::Ringing && entry.answered.is_none();
        let wanted = self.hung_up || entry.reason == Some(EndReason::AnsweredElsewhere);
        let ours = entry.direction == Direction::Callin && !wanted;
        entry.missed = match (rang && ours, departure) {
            (true, Departure::Ended) if told.is_some() => Missed::Yes,
            (true, Departure::Ended) if self.out_of_sight => Missed::Probably,
            (true, Departure::Vanished) => Missed::Probably,
            (true | false, Departure::Ended | Departure::Vanished | Departure::ByVerb) => Missed::No,
            (true | false, Departure::Closed | Departure::Disproved) => Missed::No,
        };
        entry
    }
}

/// The state as the page knows it; `None` for a call that is over.
pub(super) const fn view_state(state: CallState) -> Option<CallViewState> {
    match state {
        CallState::Ringing => Some(CallViewState::Ringing),
        CallState::Talking => Some(CallViewState::Talking),
        CallState::Held => Some(CallViewState::Held),
        CallState::Transferring => Some(CallViewState::Transferring),
        CallState::Ended => None,
    }
}
