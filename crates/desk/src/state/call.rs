//! One call on the desk, with what has to be remembered about how it was seen.

use jiff::Timestamp;
use uncall_contract::event::{CallState, EndReason};
use uncall_contract::{Direction, event};

use crate::snapshot::{CallViewState, Entry};

use super::lives::Gone;

/// Who calls whom, from this extension's view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) uid: String,
    pub(super) calla: String,
    pub(super) callb: String,
    pub(super) direction: Direction,
}

#[derive(Debug)]
pub(super) struct Call {
    /// The call's line in the journal: uid, parties, times.
    pub(super) entry: Entry,
    pub(super) state: CallViewState,
    pub(super) since: Timestamp,
    /// Grows with every call that appears: newest is greatest.
    pub(super) order: u64,
    /// The channel that restore wants, where hold or the stream named one.
    pub(super) channel: Option<String>,
    pub(super) survey: bool,
    /// How many polls have shown it.
    pub(super) sightings: u32,
    pub(super) last_seen: Timestamp,
    /// The last poll did not show it, and yet it cannot be said to have ended.
    pub(super) unconfirmed: bool,
    /// Ends with the next poll that does not show it.
    pub(super) leaving: bool,
    /// What the stream said last: true again when the stream goes on where it stopped, without a snapshot.
    pub(super) streamed: Option<(CallViewState, Timestamp)>,
    /// A notification stands on the desktop.
    pub(super) notified: bool,
    /// Why it had ended before a poll showed it once more.
    pub(super) reason_before: Option<EndReason>,
}

impl Parties {
    pub(super) fn of_event(event: &event::CallEvent) -> Parties {
        Parties {
            uid: event.uid.clone(),
            calla: plain(&event.calla),
            callb: plain(&event.callb),
            direction: event.status,
        }
    }

    pub(super) fn of_poll(call: uncall_contract::Call) -> Parties {
        Parties { uid: call.uid, calla: plain(&call.calla), callb: plain(&call.callb), direction: call.status }
    }

    fn other(&self) -> &str {
        match self.direction {
            Direction::Callin => &self.calla,
            Direction::Callout => &self.callb,
        }
    }

    /// A journal line for a call that begins with these parties.
    pub(super) fn entry(&self, began: Timestamp) -> Entry {
        Entry {
            uid: self.uid.clone(),
            calla: self.calla.clone(),
            callb: self.callb.clone(),
            other: self.other().to_owned(),
            direction: self.direction,
            began,
            answered: None,
            ended: None,
            reason: None,
            missed: false,
        }
    }
}

/// A party's text as it may be shown: characters that cannot be seen become a space. A NUL ends the program in some
/// toolkits, and those that turn the writing direction let a number show other digits than it has.
fn plain(text: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let words: Vec<&str> = text.split(unseen).map(str::trim).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

impl Call {
    /// A call that has just come into sight. `entry` still carries its end when this uid was here before.
    pub(super) fn new(mut entry: Entry, order: u64, now: Timestamp) -> Call {
        entry.ended = None;
        entry.missed = false;
        let reason_before = entry.reason.take();
        Call {
            since: entry.began,
            entry,
            state: CallViewState::InCall,
            order,
            channel: None,
            survey: false,
            sightings: 0,
            last_seen: now,
            unconfirmed: false,
            leaving: false,
            streamed: None,
            notified: false,
            reason_before,
        }
    }

    /// Takes the parties as reported now; true when something changed.
    pub(super) fn meet(&mut self, parties: &Parties) -> bool {
        let entry = &mut self.entry;
        if entry.calla == parties.calla && entry.callb == parties.callb && entry.direction == parties.direction {
            return false;
        }
        entry.calla.clone_from(&parties.calla);
        entry.callb.clone_from(&parties.callb);
        entry.direction = parties.direction;
        parties.other().clone_into(&mut entry.other);
        true
    }

    /// Takes the stream's word for the state, in force since `at`; true when the journal has to know.
    pub(super) fn stream(
        &mut self,
        state: CallViewState,
        at: Timestamp,
        channel: Option<&str>,
        now: Timestamp,
    ) -> bool {
        if self.state != state {
            self.state = state;
            self.since = at;
        }
        self.streamed = Some((self.state, self.since));
        self.unconfirmed = false;
        self.leaving = false;
        self.last_seen = now;
        if matches!(state, CallViewState::Ringing | CallViewState::Talking) {
            self.channel = None;
        }
        self.keep_channel(channel.unwrap_or_default());
        if state == CallViewState::Ringing || self.entry.answered.is_some() {
            return false;
        }
        self.entry.answered = Some(at);
        true
    }

    /// A poll showed it.
    pub(super) fn polled(&mut self, now: Timestamp) {
        self.sightings = self.sightings.saturating_add(1);
        self.unconfirmed = false;
        self.leaving = false;
        self.last_seen = now;
        // A poll cannot tell ringing from talking. A hold is ours to know.
        if self.state != CallViewState::Held {
            self.back_in_call();
        }
    }

    pub(super) fn back_in_call(&mut self) {
        self.state = CallViewState::InCall;
        self.since = self.entry.began;
    }

    pub(super) fn keep_channel(&mut self, channel: &str) {
        let channel = channel.trim();
        if !channel.is_empty() {
            self.channel = Some(channel.to_owned());
        }
    }

    /// The journal line of the call, now over.
    pub(super) fn finished(self, reason: Option<EndReason>, gone: Gone, now: Timestamp) -> Entry {
        let mut entry = self.entry;
        // Of a call that only aged on the screen, the last sighting says more than the moment it was put away.
        let ended = if self.unconfirmed && gone == Gone::Unseen { self.last_seen } else { now };
        entry.ended = Some(ended.max(entry.began));
        entry.reason = reason.or(self.reason_before);
        entry.missed = gone == Gone::Ended
            && entry.direction == Direction::Callin
            && entry.answered.is_none()
            && self.state == CallViewState::Ringing
            && entry.reason != Some(EndReason::AnsweredElsewhere);
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
