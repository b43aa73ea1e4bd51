//! A call on the desk, and how it was observed.

use jiff::Timestamp;
use uncall_contract::Direction;
use uncall_contract::event::{CallState, EndReason};

use crate::journal::{Departure, Entry, Missed};
use crate::line::{LegEnd, LegState};
use crate::moment::Moment;
use crate::snapshot::CallViewState;

use super::line::OwnLeg;
use super::parties::Parties;

/// With polling only, an incoming call counts as ringing for this long, unless a verb shows that it is connected.
const RINGS_MS: i64 = 30_000;
/// A call that no answer names any more leaves pop-up, notification, tray and keys after this time.
const FADES_MS: i64 = 20_000;
/// An end noticed within this time after the last sighting, three polls, counts as seen.
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
    /// When it came onto the desk.
    pub(super) appeared: Moment,
    pub(super) answered: Option<Moment>,
    /// Counts the calls as they appear; the newest has the greatest number.
    pub(super) order: u64,
    /// The channel for restore, if hold or the stream named one.
    pub(super) channel: Option<String>,
    pub(super) survey: bool,
    /// The last state from the stream.
    streamed: Option<(CallViewState, Moment)>,
    /// Whether the stream's state is valid. Otherwise only polls and replies count.
    on_stream: bool,
    pub(super) hold: Hold,
    hold_since: Moment,
    /// A verb that needs a connected call succeeded, or the stream said so.
    pub(super) connected: bool,
    /// With polling: counts as ringing until then.
    rings_until: i64,
    /// Two answers in a row have named it, so the first "no call" ends it.
    pub(super) named_again: bool,
    /// How many polls have named it since it was put on hold.
    pub(super) sightings_on_hold: u32,
    /// When there was last evidence of it.
    pub(super) seen: Moment,
    /// When an answer first failed to name it since then.
    pub(super) unconfirmed: Option<Moment>,
    /// According to the polls its life has ended, but it may still be up.
    pub(super) over: bool,
    /// A refusal disproved it, so it ends with the next poll that does not name it.
    pub(super) disproved: bool,
    /// It was up when the desk started, so an earlier panel may have put it on hold.
    pub(super) from_before: bool,
    /// The server was unreachable at some time while it was up.
    pub(super) out_of_sight: bool,
    /// The agent hung it up and was not refused, so a call that was still ringing is not missed.
    pub(super) hung_up: bool,
    /// Answers have named another call since, so its end could not be seen.
    hidden: bool,
    /// Its notification is on the desktop.
    pub(super) notified: bool,
    /// The panel's own phone has a leg in it.
    pub(super) leg: Option<OwnLeg>,
    /// The leg is over, and the call goes on without it, or ends with this input.
    pub(super) dropped: Option<LegEnd>,
    /// It asks a colleague about another call.
    pub(super) consults: bool,
    /// The leg has rung here.
    rang_here: bool,
    /// The server has told of it, and not of its end.
    pub(super) served: bool,
    /// While its leg is up, the server has said that it is over, and perhaps why.
    pub(super) said_ended: Option<Option<EndReason>>,
    /// SIP's Call-ID, as the server has it.
    pub(super) sip: Option<String>,
    /// Its card left the pop-up because nothing confirmed the call. It returns if something does.
    pub(super) put_away: bool,
    /// Its long hold was called to attention.
    pub(super) alerted: bool,
    /// Why it had ended before a poll named it once more.
    reason_before: Option<EndReason>,
}

impl Call {
    /// A call that has just appeared. If the uid was here before, `entry` still has the earlier end.
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
            appeared: now,
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
            leg: None,
            dropped: None,
            consults: false,
            rang_here: false,
            served: false,
            said_ended: None,
            sip: None,
            put_away: false,
            alerted: false,
            reason_before,
        }
    }

    /// The state as observed, and since when.
    pub(super) fn state(&self, now: Moment) -> (CallViewState, Moment) {
        let served = self.served_state(now);
        let Some(leg) = &self.leg else { return served };
        let since = leg.since;
        match (leg.told.state, served.0) {
            (LegState::Held, _) => (CallViewState::Held, since),
            // The server has the other party on hold, or hands the call on: no leg can tell.
            (LegState::Talking, CallViewState::Held | CallViewState::HoldUnknown | CallViewState::Transferring) => {
                served
            }
            (LegState::Talking, CallViewState::Ringing | CallViewState::Talking | CallViewState::InCall) => {
                (CallViewState::Talking, since)
            }
            (LegState::Ringing | LegState::Early | LegState::Ended(_), _) => (CallViewState::Ringing, since),
        }
    }

    /// The state as the server has it, or as its silence lets believe.
    fn served_state(&self, now: Moment) -> (CallViewState, Moment) {
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

    /// Whether its state comes from the stream.
    pub(super) const fn is_streamed(&self) -> bool {
        self.on_stream
    }

    /// Whether it is still being offered, which is when a notification of a new call is true.
    pub(super) fn is_offer(&self, now: Moment) -> bool {
        if let Some(leg) = &self.leg {
            return leg.told.state == LegState::Ringing;
        }
        match (self.on_stream, self.streamed) {
            (true, Some((state, _))) => state == CallViewState::Ringing,
            (true | false, _) => self.hold == Hold::No && !self.connected && now.ms < self.rings_until,
        }
    }

    /// Whether it has gone unconfirmed for so long that only the window shows it.
    pub(super) fn has_faded(&self, now: Moment) -> bool {
        self.unconfirmed.is_some_and(|from| now.since(from) >= FADES_MS)
    }

    /// The times at which something about it changes by itself.
    pub(super) fn due(&self, now: Moment) -> impl Iterator<Item = i64> {
        let rings = (!self.on_stream && !self.connected).then_some(self.rings_until);
        let fades = self.unconfirmed.map(|from| from.ms.saturating_add(FADES_MS));
        [rings, fades].into_iter().flatten().filter(move |due| *due > now.ms)
    }

    /// Takes the parties as now reported. True if something changed.
    pub(super) fn take_parties(&mut self, parties: &Parties) -> bool {
        parties.write_into(&mut self.entry)
    }

    /// Takes the state from the stream, valid since `at`. True if the journal needs an update.
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
        // Of its own leg the phone knows better, and the server may be late.
        if !self.connected || self.answered.is_some() || self.leg.is_some() {
            return news;
        }
        self.answered = Some(at);
        self.entry.answered = Some(at.at);
        true
    }

    /// Takes the time when it began to ring, by the server's clock. True if that is new.
    pub(super) fn ring_since(&mut self, since: Timestamp) -> bool {
        self.entry.rings_since.replace(since) != Some(since)
    }

    /// A leg of the panel's own phone, as it is now.
    pub(super) fn take_leg(&mut self, leg: OwnLeg, now: Moment) {
        self.rang_here |= leg.told.state == LegState::Ringing;
        self.consults |= leg.told.consults.is_some();
        self.leg = Some(leg);
        self.confirm(now);
    }

    /// The server tells of it.
    pub(super) fn serve(&mut self, sip: Option<&str>) {
        (self.served, self.said_ended) = (true, None);
        if let Some(sip) = sip {
            self.sip = Some(sip.to_owned());
        }
    }

    /// What the server said last counts no more.
    pub(super) fn forget_server(&mut self) {
        (self.streamed, self.on_stream, self.served) = (None, false, false);
    }

    /// The stream continues where it stopped, so its last state is valid again until a snapshot says otherwise.
    pub(super) fn resume_stream(&mut self) {
        if self.streamed.is_some() {
            self.on_stream = true;
            self.unconfirmed = None;
            self.over = false;
        }
    }

    /// A poll named it. `again`: so did the one before.
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

    /// An answer did not name it, or no answers come.
    pub(super) fn miss(&mut self, now: Moment) {
        self.unconfirmed.get_or_insert(now);
    }

    /// An answer named another call: popEvent names one at a time.
    pub(super) fn hide(&mut self, now: Moment) {
        self.hidden = true;
        self.miss(now);
    }

    /// A verb succeeded that needs a connected call.
    pub(super) fn proved(&mut self, now: Moment) {
        self.connected = true;
        self.on_stream = false;
        self.confirm(now);
    }

    /// Sets what is known about the hold, without the stream.
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

    /// A refusal says that it is not connected, so it is presumably still ringing.
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

    /// The journal entry of the call that has ended. `told` is the time of the end according to the server, if it said so.
    pub(super) fn finished(
        self,
        reason: Option<EndReason>,
        departure: Departure,
        told: Option<Moment>,
        now: Moment,
    ) -> Entry {
        let (state, _) = self.state(self.seen);
        let rang_here = self.rang_here;
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
        let rang = (rang_here || state == CallViewState::Ringing) && entry.answered.is_none();
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

/// The state for the page. `None` for a call that has ended.
pub(super) const fn view_state(state: CallState) -> Option<CallViewState> {
    match state {
        CallState::Ringing => Some(CallViewState::Ringing),
        CallState::Talking => Some(CallViewState::Talking),
        CallState::Held => Some(CallViewState::Held),
        CallState::Transferring => Some(CallViewState::Transferring),
        CallState::Ended => None,
    }
}
