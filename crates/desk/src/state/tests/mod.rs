//! The rules of `docs/api.md` and the desk's own, one test each.

mod arbiter;
mod countdown;
mod held_long;
mod line;
mod naming;
mod occasions;
mod outage;
mod polled_verbs;
mod polling;
mod pushing;
mod random;
mod results;
mod resuming;
mod shown;
mod team;
mod verbs;
mod world;

use jiff::Timestamp;
use uncall_client::{Error, Means, Observation};
use uncall_contract::event::{
    self, CallEvent, CallState, EndReason, Event, Member, MemberState, Presence, PresenceEvent, Team,
};
use uncall_contract::{Call, Direction, Extension, Outcome, Reason, Refusal, Reply, Request};

use super::{Desk, Options};
use crate::effect::Effect;
use crate::input::{Input, Intent};
use crate::journal::{Departure, Entry, Missed};
use crate::moment::Moment;
use crate::recording::Recording;
use crate::snapshot::{CallView, CallViewState, Mood, Snapshot, Verb};

/// A desk of extension 801 with a clock in whole seconds.
struct Bench {
    desk: Desk,
    now: i64,
    effects: Vec<Effect>,
    recording: Recording,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A moment with the same time on both clocks.
fn moment(second: i64) -> Moment {
    Moment { at: at(second), ms: 1000 * (second - START) }
}

/// The start time of every bench.
const START: i64 = 1_372_123_000;

impl Bench {
    fn new(options: Options) -> Bench {
        let extension = Extension::parse("801").unwrap();
        let recording = Recording::new(&extension, options.clone(), moment(START));
        let mut desk = Desk::new(extension, options, moment(START));
        let effects = desk.start(moment(START));
        Bench { desk, now: START, effects, recording }
    }

    fn polling() -> Bench {
        let mut bench = Bench::new(Options::default());
        bench.see(Observation::Connected(Means::Poll));
        bench
    }

    fn pushing() -> Bench {
        let mut bench = Bench::new(Options::default());
        bench.see(Observation::Connected(Means::Push));
        bench.snapshot(&[]);
        bench
    }

    /// Handles `input`, one second later.
    fn put(&mut self, input: Input) -> Vec<Effect> {
        self.now += 1;
        self.recording.input(&input, moment(self.now));
        let effects = self.desk.handle(input, moment(self.now));
        self.effects.extend(effects.iter().cloned());
        effects
    }

    fn see(&mut self, observation: Observation) -> Vec<Effect> {
        self.put(Input::Seen(observation))
    }

    fn want(&mut self, intent: Intent) -> Vec<Effect> {
        self.put(Input::Wanted(intent))
    }

    /// Handles `intent` and returns the only ask it leads to.
    fn asked(&mut self, intent: Intent) -> (u64, Request) {
        let asks = asks(&self.want(intent));
        assert_eq!(asks.len(), 1, "{asks:?}");
        asks.into_iter().next().unwrap()
    }

    fn answer(&mut self, ask: u64, result: Result<Outcome, Error>) -> Vec<Effect> {
        self.put(Input::Answered { ask, result })
    }

    /// Handles `intent` and answers that it is done.
    fn done(&mut self, intent: Intent) -> Vec<Effect> {
        let (ask, _) = self.asked(intent);
        self.answer(ask, done())
    }

    fn refused(&mut self, intent: Intent, reason: Reason) -> Vec<Effect> {
        let (ask, request) = self.asked(intent);
        self.answer(ask, Ok(Err(Refusal::new(request.operation(), reason))))
    }

    /// A poll that names an incoming call, or none.
    fn poll(&mut self, uid: Option<&str>) -> Vec<Effect> {
        self.see(Observation::Polled(uid.map(callin)))
    }

    fn push(&mut self, event: CallEvent) -> Vec<Effect> {
        self.see(Observation::Pushed(Event::Call(event)))
    }

    fn snapshot(&mut self, calls: &[CallEvent]) -> Vec<Effect> {
        let snapshot = event::Snapshot::new("801", Presence::Idle, calls.to_vec());
        self.see(Observation::Pushed(Event::Snapshot(snapshot)))
    }

    fn lost(&mut self) -> Vec<Effect> {
        self.see(Observation::Lost(Error::Unreachable("refused".into())))
    }

    /// The time of the last input.
    fn moment(&self) -> Moment {
        moment(self.now)
    }

    /// Lets `seconds` pass, and everything that becomes due in that time happen.
    fn wait(&mut self, seconds: i64) -> Vec<Effect> {
        let until = self.now + seconds;
        let mut effects = Vec::new();
        while let Some(due) = self.desk.due().map(|ms| START + (ms + 999) / 1000).filter(|due| *due <= until) {
            self.now = due.max(self.now);
            effects.extend(self.desk.handle(Input::Due, moment(self.now)));
        }
        self.now = until;
        self.effects.extend(effects.iter().cloned());
        effects
    }

    fn shown(&self) -> Snapshot {
        self.desk.snapshot()
    }

    fn uids(&self) -> Vec<String> {
        self.shown().calls.into_iter().map(|call| call.uid).collect()
    }

    fn view(&self, uid: &str) -> CallView {
        self.shown().calls.into_iter().find(|call| call.uid == uid).unwrap()
    }

    /// The last calls, newest first.
    fn recent(&self) -> Vec<Entry> {
        self.desk.journal.entries().to_vec()
    }

    fn entry(&self, uid: &str) -> Entry {
        self.recent().into_iter().find(|entry| entry.uid == uid).unwrap()
    }

    fn notice(&self) -> Option<(Verb, String)> {
        self.shown().notice.map(|notice| (notice.verb, notice.problem.code))
    }

    /// How often a uid has popped so far.
    fn pops(&self, uid: &str) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Popup { uid: popped } if popped == uid)).count()
    }
}

fn done() -> Result<Outcome, Error> {
    Ok(Ok(Reply::Done { message: "Channel Hungup success".into() }))
}

fn held(channel: &str) -> Result<Outcome, Error> {
    Ok(Ok(Reply::Held { channel: channel.into() }))
}

fn asks(effects: &[Effect]) -> Vec<(u64, Request)> {
    let ask = |effect: &Effect| match effect {
        Effect::Ask { ask, request } => Some((*ask, request.clone())),
        Effect::Journal(_) | Effect::Publish(_) | Effect::Popup { .. } | Effect::ClosePopup { .. } => None,
        Effect::Notify(_) | Effect::CloseNotification { .. } | Effect::Refused(_) => None,
        Effect::Tray(_) | Effect::Hurry | Effect::Phone { .. } | Effect::Renamed { .. } | Effect::Told(_) => None,
    };
    effects.iter().filter_map(ask).collect()
}

fn callin(uid: &str) -> Call {
    Call { calla: "13421829060".into(), callb: "801".into(), uid: uid.into(), status: Direction::Callin }
}

fn callout(uid: &str) -> Call {
    Call { calla: "801".into(), callb: "01065521234".into(), uid: uid.into(), status: Direction::Callout }
}

/// An event of an incoming call. Its `since` is far off, as from a server with a wrong clock.
fn event(uid: &str, state: CallState) -> CallEvent {
    let Call { calla, callb, uid, status } = callin(uid);
    CallEvent {
        uid,
        calla,
        callb,
        status,
        state,
        since: at(START - 3600),
        channel: None,
        reason: None,
        was: None,
        sip: None,
    }
}

fn ended(uid: &str, reason: EndReason) -> CallEvent {
    CallEvent { reason: Some(reason), ..event(uid, CallState::Ended) }
}

fn busy() -> Intent {
    Intent::Busy { reason: None }
}

fn hold(uid: &str) -> Intent {
    Intent::Hold { uid: uid.into() }
}

fn restore(uid: &str) -> Intent {
    Intent::Restore { uid: uid.into() }
}

fn transfer(uid: &str, target: &str) -> Intent {
    Intent::Transfer { uid: uid.into(), target: target.into(), sure: false }
}

fn survey(uid: &str) -> Intent {
    Intent::Survey { uid: uid.into() }
}

fn hang_up(uid: &str) -> Intent {
    Intent::HangUp { uid: uid.into() }
}

fn over(uid: &str) -> Intent {
    Intent::Over { uid: uid.into() }
}

fn dismiss(uid: &str) -> Intent {
    Intent::Dismiss { uid: uid.into() }
}

fn dial(number: &str) -> Intent {
    Intent::Dial { number: number.into(), sure: false }
}
