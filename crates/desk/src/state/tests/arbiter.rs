//! Who wants idle or busy, and what the server has in the end.

use std::collections::VecDeque;

use proptest::prelude::*;
use uncall_client::Additions;
use uncall_contract::Operation;

use super::*;
use crate::state::{AWAY_REASON, WRAP_UP_REASON, WrapUpRule};

const SECONDS: u32 = 20;

fn options() -> Options {
    let wrap_up = WrapUpRule { seconds: SECONDS, after: Some(Direction::Callin) };
    Options { wrap_up, busy_when_locked: true, ..Options::default() }
}

fn on_stream() -> Bench {
    let mut bench = Bench::new(options());
    bench.see(Observation::Described(Additions { uid: true }));
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    bench
}

fn busy_for(reason: &str) -> Intent {
    Intent::Busy { reason: Some(reason.into()) }
}

fn talk(bench: &mut Bench, uid: &str) -> Vec<(u64, Request)> {
    bench.push(event(uid, CallState::Ringing));
    bench.push(event(uid, CallState::Talking));
    asks(&bench.push(ended(uid, EndReason::Hangup)))
}

fn request_busy(reason: &str) -> Request {
    Request::Busy { exten: "801".into(), reason: Some(reason.into()) }
}

fn request_idle() -> Request {
    Request::Idle { exten: "801".into() }
}

#[test]
fn after_a_call_the_extension_is_busy_for_the_wrap_up_and_idle_again() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    assert_eq!(asked.iter().map(|(_, request)| request.clone()).collect::<Vec<_>>(), [request_busy(WRAP_UP_REASON)]);
    bench.answer(asked[0].0, done());
    let view = bench.shown().presence.wrap_up.unwrap();
    assert_eq!((view.uid.as_str(), view.until.since(view.since)), ("A", 20_000));
    assert_eq!(bench.shown().presence.value, Some(Presence::Busy));
    bench.want(Intent::WrapUpMore);
    let asked = asks(&bench.wait(30));
    assert!(asked.is_empty(), "more time");
    let asked = asks(&bench.wait(10));
    assert_eq!(asked[0].1, request_idle());
    assert_eq!(bench.shown().presence.wrap_up, None);
    assert_eq!(bench.shown().presence.pending, Some(Presence::Idle));
}

#[test]
fn done_is_done_at_once_and_a_press_on_idle_or_busy_is_too() {
    for (intent, request) in [
        (Intent::WrapUpDone, request_idle()),
        (Intent::Idle, request_idle()),
        (busy_for("lunch"), request_busy("lunch")),
    ] {
        let mut bench = on_stream();
        let asked = talk(&mut bench, "A");
        bench.answer(asked[0].0, done());
        assert_eq!(bench.asked(intent.clone()).1, request, "{intent:?}");
        assert_eq!(bench.shown().presence.wrap_up, None);
        assert!(asks(&bench.wait(100)).is_empty(), "nothing is left of it");
    }
}

#[test]
fn what_nobody_answered_needs_no_wrap_up_and_who_was_busy_stays_busy() {
    let mut bench = on_stream();
    bench.push(event("A", CallState::Ringing));
    assert!(asks(&bench.push(ended("A", EndReason::NoAnswer))).is_empty());
    assert_eq!(bench.shown().presence.wrap_up, None);
    bench.done(busy_for("lunch"));
    assert!(talk(&mut bench, "B").is_empty());
    assert!(bench.shown().presence.wrap_up.is_some(), "the note and the result are wanted all the same");
    assert!(asks(&bench.wait(60)).is_empty());
    assert_eq!(bench.shown().presence.value, Some(Presence::Busy));
}

#[test]
fn a_call_in_the_wrap_up_goes_before_and_idle_comes_after_the_last() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    bench.push(event("B", CallState::Ringing));
    assert!(bench.shown().presence.wrap_up.is_some(), "it only rings");
    bench.push(event("B", CallState::Talking));
    assert_eq!(bench.shown().presence.wrap_up, None);
    assert!(asks(&bench.wait(300)).is_empty(), "busy all the while");
    assert!(asks(&bench.push(ended("B", EndReason::Hangup))).is_empty(), "it is busy already");
    assert_eq!(bench.shown().presence.wrap_up.map(|view| view.uid), Some("B".into()));
    assert_eq!(asks(&bench.wait(20))[0].1, request_idle());
}

#[test]
fn busy_after_this_call_holds_through_the_wrap_up() {
    let mut bench = on_stream();
    bench.push(event("A", CallState::Talking));
    assert!(asks(&bench.want(Intent::BusyAfter { on: true, reason: Some("lunch".into()) })).is_empty());
    assert!(bench.shown().presence.after_call);
    let asked = asks(&bench.push(ended("A", EndReason::Hangup)));
    assert_eq!(asked[0].1, request_busy("lunch"));
    bench.answer(asked[0].0, done());
    assert!(bench.shown().presence.wrap_up.is_some() && !bench.shown().presence.after_call);
    assert!(asks(&bench.wait(60)).is_empty(), "and stays busy");
    // Taken back before the end, and asked without a call.
    let mut bench = on_stream();
    bench.push(CallEvent { status: Direction::Callout, ..event("A", CallState::Talking) });
    bench.want(Intent::BusyAfter { on: true, reason: None });
    bench.want(Intent::BusyAfter { on: false, reason: None });
    let end = CallEvent { status: Direction::Callout, ..ended("A", EndReason::Hangup) };
    assert!(asks(&bench.push(end)).is_empty());
    assert_eq!(bench.asked(Intent::BusyAfter { on: true, reason: None }).1.operation(), Operation::Busy);
}

#[test]
fn a_locked_screen_is_busy_and_coming_back_is_not_idle() {
    let mut bench = on_stream();
    let asked = asks(&bench.put(Input::Locked(true)));
    assert_eq!(asked[0].1, request_busy(AWAY_REASON));
    bench.answer(asked[0].0, done());
    assert!(asks(&bench.put(Input::Locked(false))).is_empty());
    // In a call, and on a break, nothing has to be done.
    let mut bench = on_stream();
    bench.push(event("A", CallState::Talking));
    assert!(asks(&bench.put(Input::Locked(true))).is_empty());
}

#[test]
fn what_somebody_else_sets_wins_and_is_said() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    assert!(!bench.shown().presence.elsewhere);
    bench.see(Observation::Pushed(Event::Presence(PresenceEvent::new("801", Presence::Idle))));
    let presence = bench.shown().presence;
    assert_eq!((presence.value, presence.wrap_up, presence.elsewhere), (Some(Presence::Idle), None, true));
    assert!(asks(&bench.wait(60)).is_empty());
    bench.done(busy());
    assert!(!bench.shown().presence.elsewhere);
}

#[test]
fn a_wrap_up_that_the_server_refuses_takes_nothing_back() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, Ok(Err(Refusal::new(Operation::Busy, Reason::NotUpdated))));
    assert!(bench.shown().presence.wrap_up.is_some());
    assert!(asks(&bench.wait(60)).is_empty());
    assert_eq!(bench.shown().presence.value, Some(Presence::Idle));
}

#[test]
fn a_reason_is_shown_where_the_server_takes_none() {
    let mut bench = Bench::polling();
    let (ask, request) = bench.asked(busy_for("lunch"));
    assert_eq!(request, Request::Busy { exten: "801".into(), reason: None });
    bench.answer(ask, done());
    assert_eq!(bench.shown().presence.reason.as_deref(), Some("lunch"));
}

/// The server, as an administrator would see it.
struct Server {
    presence: Presence,
    reason: Option<String>,
    /// What has reached it and is not yet answered.
    open: VecDeque<(u64, Presence, Option<String>)>,
}

#[derive(Debug, Clone)]
enum Step {
    Press(Intent),
    /// The oldest question is answered; `true` is a refusal.
    Answer(bool),
    Administrator(Presence),
    Call(bool),
    Locked(bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let press = prop_oneof![
        Just(Intent::Idle),
        Just(busy()),
        Just(busy_for("lunch")),
        any::<bool>().prop_map(|on| Intent::BusyAfter { on, reason: None }),
        Just(Intent::WrapUpMore),
        Just(Intent::WrapUpDone),
    ];
    let presence = prop_oneof![Just(Presence::Idle), Just(Presence::Busy)];
    prop_oneof![
        3 => press.prop_map(Step::Press),
        6 => prop::bool::weighted(0.1).prop_map(Step::Answer),
        1 => presence.prop_map(Step::Administrator),
        3 => any::<bool>().prop_map(Step::Call),
        1 => any::<bool>().prop_map(Step::Locked),
        3 => (1..40_i64).prop_map(Step::Wait),
    ]
}

struct Play {
    bench: Bench,
    server: Server,
    calls: u32,
    /// What a person who saw everything would expect once all is quiet, where that is certain.
    expected: Option<Presence>,
}

impl Play {
    fn took(&mut self, effects: &[Effect]) {
        for (ask, request) in asks(effects) {
            let reason = if let Request::Busy { reason, .. } = &request { reason.clone() } else { None };
            let operation = request.operation();
            let presence = if operation == Operation::Busy { Presence::Busy } else { Presence::Idle };
            assert!(matches!(operation, Operation::Busy | Operation::Idle), "{operation:?}");
            self.server.open.push_back((ask, presence, reason));
        }
    }

    fn answer(&mut self, refused: bool) {
        let Some((ask, presence, reason)) = self.server.open.pop_front() else { return };
        let effects = if refused {
            self.expected = None;
            let operation = Operation::Busy;
            self.bench.answer(ask, Ok(Err(Refusal::new(operation, Reason::NotUpdated))))
        } else {
            let mut effects = Vec::new();
            if (self.server.presence, &self.server.reason) != (presence, &reason) {
                (self.server.presence, self.server.reason) = (presence, reason);
                effects = self.tell();
            }
            effects.extend(self.bench.answer(ask, done()));
            effects
        };
        self.took(&effects);
    }

    fn tell(&mut self) -> Vec<Effect> {
        let reason = self.server.reason.clone();
        let event = PresenceEvent { reason, ..PresenceEvent::new("801", self.server.presence) };
        self.bench.see(Observation::Pushed(Event::Presence(event)))
    }
}

/// What is to be in the end after this press.
fn expected(intent: &Intent, before: Option<Presence>) -> Option<Presence> {
    if *intent == Intent::Idle {
        return Some(Presence::Idle);
    }
    let (busy, undone) = match intent {
        Intent::Busy { .. } => (true, false),
        Intent::BusyAfter { on, .. } => (*on, !*on),
        Intent::Idle | Intent::WrapUpMore | Intent::WrapUpDone | Intent::Dial { .. } | Intent::Hold { .. } => {
            (false, false)
        }
        Intent::Restore { .. } | Intent::Transfer { .. } | Intent::Survey { .. } | Intent::HangUp { .. } => {
            (false, false)
        }
        Intent::Listen { .. } | Intent::Whisper { .. } | Intent::Over { .. } => (false, false),
        Intent::Answer { .. } | Intent::Mute { .. } | Intent::Dtmf { .. } | Intent::Consult { .. } => (false, false),
        Intent::Complete { .. } | Intent::Swap { .. } | Intent::Back { .. } => (false, false),
        Intent::StopCountdown | Intent::Dismiss { .. } | Intent::ScreenPop { .. } => (false, false),
    };
    if busy { Some(Presence::Busy) } else { before.filter(|_| !undone) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_the_end_the_screen_says_what_the_server_has_and_the_last_wish_counts(steps in prop::collection::vec(step(), 1..60)) {
        let mut play = Play {
            bench: on_stream(),
            server: Server { presence: Presence::Idle, reason: None, open: VecDeque::new() },
            calls: 0,
            expected: Some(Presence::Idle),
        };
        let mut up: Option<String> = None;
        for step in steps {
            let effects = match step {
                Step::Press(intent) => {
                    play.expected = expected(&intent, play.expected);
                    play.bench.want(intent)
                }
                Step::Answer(refused) => {
                    play.answer(refused);
                    Vec::new()
                }
                Step::Administrator(presence) => {
                    // What somebody else sets while a question is open may be seen in either order.
                    play.expected = play.server.open.is_empty().then_some(presence).filter(|_| up.is_none());
                    (play.server.presence, play.server.reason) = (presence, None);
                    play.tell()
                }
                Step::Call(true) if up.is_none() => {
                    play.calls += 1;
                    let uid = format!("{}", play.calls);
                    up = Some(uid.clone());
                    play.bench.push(event(&uid, CallState::Talking))
                }
                Step::Call(_) => match up.take() {
                    Some(uid) => play.bench.push(ended(&uid, EndReason::Hangup)),
                    None => Vec::new(),
                },
                Step::Locked(locked) => {
                    if locked {
                        play.expected = None;
                    }
                    play.bench.put(Input::Locked(locked))
                }
                Step::Wait(seconds) => play.bench.wait(seconds),
            };
            play.took(&effects);
            prop_assert!(play.server.open.len() <= 1, "one wish at a time");
        }
        if let Some(uid) = up {
            let effects = play.bench.push(ended(&uid, EndReason::Hangup));
            play.took(&effects);
        }
        for _ in 0..40 {
            play.answer(false);
            let effects = play.bench.wait(60);
            play.took(&effects);
        }
        let presence = play.bench.shown().presence;
        prop_assert!(play.server.open.is_empty());
        prop_assert_eq!(presence.value, Some(play.server.presence), "the screen says what is the case");
        prop_assert_eq!((presence.pending, presence.wrap_up, presence.after_call), (None, None, false));
        if let Some(expected) = play.expected {
            prop_assert_eq!(play.server.presence, expected, "the last wish counts");
        }
    }
}
