//! The desk: everything that is known about one extension. Only [`Desk::handle`] changes it.
//!
//! Pure: no I/O, no clock. It takes [`Input`], returns [`Effect`]s, and shows a [`Snapshot`]. Its rules are those of
//! `docs/api.md`. Its parts: `seen` and `polled` (the server's reports), `wanted` (the agent's wishes), `answered` (replies),
//! `passing` (time) and `view`.

mod answered;
mod arbiter;
mod asks;
mod away;
mod by_phone;
mod call;
mod countdown;
mod hold_guard;
mod journal;
mod legs;
mod line;
mod lives;
mod naming;
mod occasions;
mod ordered;
mod owed;
mod parties;
mod passing;
mod polled;
mod results;
mod resumed;
mod seen;
mod team;
mod verbs;
mod view;
mod wanted;
mod wrap_up;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uncall_client::{Additions, Means};
use uncall_contract::event::{Detail, EndReason, Presence};
use uncall_contract::{Direction, Extension, Request};

use crate::effect::{Effect, Notification};
use crate::input::Input;
use crate::journal::{Departure, Entry};
use crate::line::Command;
use crate::moment::Moment;
use crate::names::Names;
use crate::number::Numbers;
use crate::problem::Problem;
use crate::snapshot::{CallViewState, Connection, Link, Mood, Notice, Snapshot, Verb};

use arbiter::Arbiter;
use asks::Asks;
use call::Call;
use countdown::Counting;
use journal::Journal;
use line::Line;
use lives::Lives;
use naming::Naming;
use occasions::Occasions;
use polled::Polls;
use results::Results;
use team::TeamBoard;

pub use away::{AWAY_REASON, BUSY_WHEN_IDLE_MINUTES_MAX};
pub use results::Required;
pub use wrap_up::{WRAP_UP_REASON, WRAP_UP_SECONDS_MAX, WrapUpRule};

/// A call that was last seen longer ago has not ended just now.
const JUST_NOW_MS: i64 = 30_000;

/// The agent's choices for the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Whether outgoing calls pop up. Off by default: an agent who dials knows the number, and window and tray show the call
    /// anyway.
    pub popup_callout: bool,
    /// Seconds between two polls, 1 to 30, which is how late a call may show up without a stream. The desk only reports it; the
    /// client does the polling.
    pub poll_seconds: u32,
    /// Whether a link's number is dialled after three seconds unless stopped. Off by default, because links come from strangers.
    pub link_countdown: bool,
    /// The number rules of this place. Recordings leave them out, because they may contain numbers.
    #[serde(skip)]
    pub numbers: Numbers,
    /// Where names come from. Recordings contain none.
    #[serde(skip)]
    pub names: Names,
    /// The time after a call.
    #[serde(default)]
    pub wrap_up: WrapUpRule,
    /// The reasons for being busy that are offered; none for the page's own list.
    #[serde(default)]
    pub busy_reasons: Vec<String>,
    /// A call that is on hold for longer, in seconds, calls for attention; 0 for never.
    #[serde(default)]
    pub hold_alert_seconds: u32,
    /// While the screen is locked or the machine sleeps, the extension is busy.
    #[serde(default)]
    pub busy_when_locked: bool,
    /// Minutes without keyboard, mouse and calls after which the extension is busy; 0 is never.
    #[serde(default)]
    pub busy_when_idle_minutes: u32,
    /// After which calls a result has to be chosen before the extension is idle again.
    #[serde(default)]
    pub dispositions_required: Required,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            popup_callout: false,
            poll_seconds: 3,
            link_countdown: false,
            numbers: Numbers::default(),
            names: Names::default(),
            wrap_up: WrapUpRule::default(),
            busy_reasons: Vec::new(),
            hold_alert_seconds: 0,
            busy_when_locked: false,
            busy_when_idle_minutes: 0,
            dispositions_required: Required::Never,
        }
    }
}

/// The state of one extension's desk.
#[derive(Debug)]
pub struct Desk {
    extension: Extension,
    options: Options,
    connection: Connection,
    /// How the server was last watched. Kept while it does not answer.
    means: Option<Means>,
    /// What the server supports beyond the vendor's API.
    additions: Additions,
    presence: Option<(Presence, Moment)>,
    /// Reason and detail of the presence, from the stream.
    presence_more: (Option<String>, Option<Detail>),
    arbiter: Arbiter,
    results: Results,
    calls: Vec<Call>,
    team: TeamBoard,
    lives: Lives,
    line: Line,
    naming: Naming,
    occasions: Occasions,
    asks: Asks,
    journal: Journal,
    /// Calls that were up when the last program ended and have not been reported since.
    recalled: Vec<Entry>,
    notice: Option<Notice>,
    popups: Vec<String>,
    counting: Option<Counting>,
    polls: Polls,
    /// The time of the last input.
    now: Moment,
    /// Whether the stream proves nothing until its next event, because it was just opened or the machine slept.
    blind: bool,
    next_order: u64,
    published: Option<Arc<Snapshot>>,
    tray: Option<Mood>,
    out: Out,
}

/// The effects of one input, in the order in which they have to be carried out.
#[derive(Debug, Default)]
struct Out {
    renamed: Vec<Effect>,
    journal: Vec<Entry>,
    asks: Vec<(u64, Request)>,
    phone: Vec<(u64, Command)>,
    shell: Vec<Effect>,
    hurry: bool,
}

impl Desk {
    /// Creates a desk that waits for its first connection.
    pub fn new(extension: Extension, options: Options, now: Moment) -> Desk {
        Desk {
            extension,
            options,
            connection: Connection {
                state: Link::Connecting,
                since: now,
                problem: None,
                poll_seconds: None,
                silent_since: None,
            },
            means: None,
            additions: Additions::default(),
            presence: None,
            presence_more: (None, None),
            arbiter: Arbiter::default(),
            results: Results::default(),
            calls: Vec::new(),
            team: TeamBoard::default(),
            lives: Lives::default(),
            line: Line::default(),
            naming: Naming::default(),
            occasions: Occasions::default(),
            asks: Asks::default(),
            journal: Journal::default(),
            recalled: Vec::new(),
            notice: None,
            popups: Vec::new(),
            counting: None,
            polls: Polls::default(),
            now,
            blind: false,
            next_order: 0,
            published: None,
            tray: None,
            out: Out::default(),
        }
    }

    /// A desk without a server: its phone is all that it has.
    pub fn alone(extension: Extension, options: Options, now: Moment) -> Desk {
        let mut desk = Desk::new(extension, options, now);
        desk.connection.state = Link::Unconfigured;
        desk
    }

    /// Changes the options, for calls that come from now on.
    pub fn set_options(&mut self, options: Options) {
        if self.options.names != options.names {
            self.renamed();
        }
        self.options = options;
    }

    /// The effects that show the first state in window and tray.
    pub fn start(&mut self, now: Moment) -> Vec<Effect> {
        self.now = now;
        if self.connection.state == Link::Connecting {
            self.connection.since = now;
        }
        self.flush()
    }

    /// Takes an input and returns what to do, in order: journal, asks, the new snapshot, pop-ups and notifications, tray.
    pub fn handle(&mut self, input: Input, now: Moment) -> Vec<Effect> {
        self.pass(now);
        match input {
            Input::Due => {}
            Input::Seen(observation) => self.seen(observation, now),
            Input::Line(said) => self.said(said, now),
            Input::Wanted(intent) => {
                // Any action of the agent stops the countdown.
                self.counting = None;
                self.is_at_work(now);
                self.wanted(intent, now);
            }
            Input::Away { why, on } => self.away(why, on),
            Input::Disposed { uid, has_result } => self.disposed(&uid, has_result),
            Input::Linked(number) => self.linked(number, now),
            Input::Renamed => self.renamed(),
            Input::Answered { ask, result } => self.answered(ask, result, now),
        }
        self.count_down(now);
        self.settle(now);
        self.guard_holds();
        self.settle_wrap_up(now);
        self.settle_away(now);
        self.pay(now);
        self.settle_occasions();
        self.flush()
    }

    /// Closes this desk's pop-ups and notifications. The calls go on; another desk may show them.
    pub fn stop(&mut self) -> Vec<Effect> {
        for uid in std::mem::take(&mut self.popups) {
            self.out.shell.push(Effect::ClosePopup { uid });
        }
        for call in self.calls.iter_mut().filter(|call| call.notified) {
            call.notified = false;
            self.out.shell.push(Effect::CloseNotification { uid: call.entry.uid.clone() });
        }
        self.flush()
    }

    fn online(&self) -> bool {
        matches!(self.connection.state, Link::Push | Link::Poll)
    }

    /// Whether the stream currently decides about states. Otherwise polls and replies do.
    fn streaming(&self) -> bool {
        self.connection.state == Link::Push
    }

    fn call(&self, uid: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.entry.uid == uid)
    }

    fn call_mut(&mut self, uid: &str) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.entry.uid == uid)
    }

    fn notify(&mut self, verb: Verb, uid: Option<&str>, problem: Problem, at: Moment) {
        self.refuse(Notice { verb, uid: uid.map(str::to_owned), target: None, problem, at });
    }

    /// The same for a verb that is for another extension.
    fn notify_aimed(&mut self, verb: Verb, target: Option<String>, problem: Problem, at: Moment) {
        self.refuse(Notice { verb, uid: None, target, problem, at });
    }

    fn refuse(&mut self, notice: Notice) {
        self.notice = Some(notice.clone());
        self.out.shell.push(Effect::Refused(notice));
    }

    fn set_presence(&mut self, value: Presence, now: Moment) {
        if self.presence.is_none_or(|(known, _)| known != value) {
            self.presence = Some((value, now));
            self.presence_more = (None, None);
        }
    }

    /// Queues an entry for the journal. Several changes by one input are written once.
    fn write(&mut self, entry: &Entry) {
        let entry = &self.with_name(entry.clone());
        let before = self.journal.line(&entry.uid, entry.began);
        self.occasions.written(before, entry);
        self.journal.put(entry);
        match self.out.journal.iter_mut().find(|e| e.uid == entry.uid && e.began == entry.began) {
            Some(earlier) => *earlier = entry.clone(),
            None => self.out.journal.push(entry.clone()),
        }
    }

    /// Pops up a call that should pop and has not yet popped in this life of its uid.
    fn pop(&mut self, uid: &str, now: Moment) {
        let popup_callout = self.options.popup_callout;
        let Some(call) = self.calls.iter_mut().find(|call| call.entry.uid == uid) else { return };
        if (call.entry.direction == Direction::Callout && !popup_callout) || !self.lives.pop(uid) {
            return;
        }
        // A call first seen while connected needs no announcement.
        call.notified = call.is_offer(now);
        let notifies = call.notified;
        call.entry.popped = true;
        let entry = call.entry.clone();
        self.write(&entry);
        let notification = Notification {
            uid: uid.to_owned(),
            name: self.naming.line(&entry.other),
            calla: entry.calla,
            callb: entry.callb,
            direction: entry.direction,
        };
        let notify = notifies.then_some(Effect::Notify(notification));
        self.popups.insert(0, uid.to_owned());
        self.out.shell.push(Effect::Popup { uid: uid.to_owned() });
        self.out.shell.extend(notify);
    }

    /// Takes the call out of the pop-up. True if it was there.
    fn close_popup(&mut self, uid: &str) -> bool {
        let at = self.popups.iter().position(|popup| popup == uid);
        if let Some(at) = at {
            self.popups.remove(at);
            self.out.shell.push(Effect::ClosePopup { uid: uid.to_owned() });
        }
        at.is_some()
    }

    /// Ends a call that is over for this extension or no longer believed to exist. `told` is the time according to the server, if
    /// it said so.
    fn end(&mut self, uid: &str, reason: Option<EndReason>, departure: Departure, told: Option<Moment>, now: Moment) {
        let Some(at) = self.calls.iter().position(|call| call.entry.uid == uid) else { return };
        let call = self.calls.remove(at);
        self.close_popup(uid);
        if call.notified {
            self.out.shell.push(Effect::CloseNotification { uid: uid.to_owned() });
        }
        self.asks.abandon(uid);
        self.lives.leave(uid, departure, now);
        if self.notice.as_ref().is_some_and(|notice| notice.uid.as_deref() == Some(uid)) {
            self.notice = None;
        }
        let (seen, (state, _), hung_up, consults) = (call.seen, call.state(call.seen), call.hung_up, call.consults);
        // Without a server only the leg, which has gone, knew that it was answered.
        let talked = state != CallViewState::Ringing || (call.dropped.is_some() && call.answered.is_some());
        let entry = call.finished(reason, departure, told, now);
        self.write(&entry);
        if talked && (departure != Departure::Vanished || now.since(seen) < JUST_NOW_MS) {
            // Note and result are the customer's; a question to a colleague has none.
            if !consults {
                self.result_after(&entry);
                self.wrap_up_after(&entry);
            }
            if state == CallViewState::Held && !hung_up {
                self.tell_left(&entry.other, reason, now);
            }
        }
    }

    fn flush(&mut self) -> Vec<Effect> {
        self.name();
        let out = std::mem::take(&mut self.out);
        let mut effects = out.renamed;
        effects.extend(out.journal.into_iter().map(Effect::Journal));
        effects.extend(out.asks.into_iter().map(|(ask, request)| Effect::Ask { ask, request }));
        effects.extend(out.phone.into_iter().map(|(ask, command)| Effect::Phone { ask, command }));
        let snapshot = self.snapshot();
        let mood = snapshot.mood;
        if self.published.as_deref() != Some(&snapshot) {
            let snapshot = Arc::new(snapshot);
            self.published = Some(Arc::clone(&snapshot));
            effects.push(Effect::Publish(snapshot));
        }
        effects.extend(out.shell);
        effects.extend(self.occasions());
        if self.tray != Some(mood) {
            self.tray = Some(mood);
            effects.push(Effect::Tray(mood));
        }
        if out.hurry {
            effects.push(Effect::Hurry);
        }
        effects
    }
}
