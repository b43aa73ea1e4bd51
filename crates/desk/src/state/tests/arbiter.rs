//! Who wants idle or busy, and what the server has in the end.

mod days;

use uncall_client::Additions;
use uncall_contract::Operation;

use super::*;
use crate::input::Absence;
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

fn locked(on: bool) -> Input {
    Input::Away { why: Absence::Locked, on }
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
    let asked = asks(&bench.put(locked(true)));
    assert_eq!(asked[0].1, request_busy(AWAY_REASON));
    bench.answer(asked[0].0, done());
    assert!(!bench.shown().presence.back, "nobody is there to be asked");
    assert!(asks(&bench.put(locked(false))).is_empty());
    assert!(bench.shown().presence.back, "the page asks");
    assert_eq!(bench.asked(busy()).1, Request::Busy { exten: "801".into(), reason: None });
    assert!(!bench.shown().presence.back, "the answer was: still busy");
    // In a call, and on a break, nothing has to be done.
    let mut bench = on_stream();
    bench.push(event("A", CallState::Talking));
    assert!(asks(&bench.put(locked(true))).is_empty());
    bench.push(CallEvent { status: Direction::Callout, ..ended("A", EndReason::Hangup) });
    let mut bench = on_stream();
    bench.done(busy_for("lunch"));
    assert!(asks(&bench.put(locked(true))).is_empty());
    bench.put(locked(false));
    assert!(!bench.shown().presence.back, "lunch is over when the agent says so");
}

#[test]
fn a_wrap_up_that_ends_behind_a_locked_screen_does_not_end_in_idle() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    assert!(asks(&bench.put(locked(true))).is_empty(), "it is busy");
    let asked = asks(&bench.wait(60));
    assert_eq!(asked.iter().map(|(_, request)| request.clone()).collect::<Vec<_>>(), [request_busy(AWAY_REASON)]);
}

#[test]
fn a_call_that_ends_behind_a_locked_screen_leaves_nobody_to_take_the_next() {
    let mut bench = on_stream();
    let out = |event: CallEvent| CallEvent { status: Direction::Callout, ..event };
    bench.push(out(event("A", CallState::Talking)));
    bench.put(locked(true));
    assert_eq!(asks(&bench.push(out(ended("A", EndReason::Hangup))))[0].1, request_busy(AWAY_REASON));
}

#[test]
fn a_chair_is_empty_after_minutes_without_hands_and_without_calls() {
    let unattended = |on| Input::Away { why: Absence::Unattended, on };
    let minutes = |minutes| Options { busy_when_idle_minutes: minutes, ..Options::default() };
    let mut bench = on_stream();
    bench.desk.set_options(minutes(10));
    assert_eq!(asks(&bench.put(unattended(true)))[0].1, request_busy(AWAY_REASON));
    // Who was on the telephone for an hour has not touched the mouse.
    let mut bench = on_stream();
    bench.desk.set_options(minutes(10));
    bench.push(event("A", CallState::Talking));
    bench.wait(3600);
    assert!(asks(&bench.put(unattended(true))).is_empty());
    assert!(asks(&bench.push(ended("A", EndReason::Hangup))).is_empty());
    assert!(asks(&bench.wait(590)).is_empty());
    assert_eq!(asks(&bench.wait(10))[0].1, request_busy(AWAY_REASON));
    // Who presses Idle is there, and off is off.
    let mut bench = on_stream();
    bench.desk.set_options(minutes(10));
    bench.put(unattended(true));
    let mut bench = on_stream();
    bench.desk.set_options(minutes(0));
    assert!(asks(&bench.put(unattended(true))).is_empty());
}

#[test]
fn a_machine_that_slept_asks_whether_somebody_is_back_and_so_does_the_next_start() {
    let asleep = |on| Input::Away { why: Absence::Asleep, on };
    let mut bench = on_stream();
    let (ask, request) = asks(&bench.put(asleep(true))).remove(0);
    assert_eq!(request, request_busy(AWAY_REASON));
    bench.answer(ask, Err(Error::OutcomeUnknown("the machine slept".into())));
    bench.now += 3600;
    bench.lost();
    bench.put(asleep(false));
    assert_eq!(there_again(&mut bench, Presence::Busy, Some(AWAY_REASON)), []);
    assert!(bench.shown().presence.back);
    // It was not in time: the server has heard nothing, and whoever is back is idle as before.
    let mut bench = on_stream();
    bench.lost();
    bench.put(asleep(true));
    bench.put(asleep(false));
    assert_eq!(there_again(&mut bench, Presence::Idle, None), []);
    let mut bench = Bench::new(options());
    bench.see(Observation::Described(Additions { uid: true }));
    assert_eq!(there_again(&mut bench, Presence::Busy, Some(AWAY_REASON)), []);
    assert!(bench.shown().presence.back, "yesterday's session ended so");
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

fn away_from_server(bench: &mut Bench) {
    assert!(asks(&bench.lost()).is_empty());
}

fn there_again(bench: &mut Bench, presence: Presence, reason: Option<&str>) -> Vec<Request> {
    let mut effects = bench.see(Observation::Connected(Means::Push));
    let reason = reason.map(str::to_owned);
    let snapshot = event::Snapshot { reason, ..event::Snapshot::new("801", presence, Vec::new()) };
    effects.extend(bench.see(Observation::Pushed(Event::Snapshot(snapshot))));
    asks(&effects).into_iter().map(|(_, request)| request).collect()
}

#[test]
fn a_wrap_up_that_ends_while_the_server_is_away_is_over_when_it_is_back() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    away_from_server(&mut bench);
    assert!(asks(&bench.wait(60)).is_empty());
    let presence = bench.shown().presence;
    assert_eq!((presence.wrap_up, presence.pending, presence.owed), (None, None, Some(Presence::Idle)));
    assert_eq!(there_again(&mut bench, Presence::Busy, Some(WRAP_UP_REASON)), [request_idle()]);
    assert_eq!(bench.shown().presence.owed, None);
}

#[test]
fn who_chose_something_else_while_the_server_was_away_has_it() {
    for (presence, reason) in [(Presence::Busy, Some("meeting")), (Presence::Busy, None), (Presence::Idle, None)] {
        let mut bench = on_stream();
        let asked = talk(&mut bench, "A");
        bench.answer(asked[0].0, done());
        away_from_server(&mut bench);
        bench.wait(60);
        assert_eq!(there_again(&mut bench, presence, reason), [], "an administrator: {presence:?} {reason:?}");
        assert!(asks(&bench.wait(60)).is_empty());
    }
    // The agent: what was pressed is refused and said, and nothing goes idle behind it.
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    away_from_server(&mut bench);
    bench.wait(60);
    bench.want(busy_for("lunch"));
    assert_eq!(bench.notice(), Some((Verb::Busy, "unreachable".into())));
    assert_eq!(there_again(&mut bench, Presence::Busy, Some(WRAP_UP_REASON)), []);
}

#[test]
fn a_break_and_a_locked_screen_wait_for_the_server_too() {
    let mut bench = on_stream();
    away_from_server(&mut bench);
    assert!(asks(&bench.put(locked(true))).is_empty());
    assert_eq!(there_again(&mut bench, Presence::Idle, None), [request_busy(AWAY_REASON)]);
    let mut bench = on_stream();
    bench.push(event("A", CallState::Talking));
    bench.want(Intent::BusyAfter { on: true, reason: Some("lunch".into()) });
    away_from_server(&mut bench);
    assert_eq!(there_again(&mut bench, Presence::Idle, None), [request_busy("lunch")]);
}

#[test]
fn a_stream_that_goes_on_where_it_stopped_is_waited_for_a_moment() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    away_from_server(&mut bench);
    bench.wait(60);
    assert!(asks(&bench.see(Observation::Connected(Means::Push))).is_empty(), "it may yet say what was set meanwhile");
    assert_eq!(asks(&bench.wait(2))[0].1, request_idle());
}

#[test]
fn an_idle_whose_answer_was_lost_is_asked_for_again_where_the_server_says_that_it_is_busy() {
    let mut bench = on_stream();
    let asked = talk(&mut bench, "A");
    bench.answer(asked[0].0, done());
    let (ask, _) = asks(&bench.wait(20)).remove(0);
    bench.answer(ask, Err(Error::OutcomeUnknown("reset".into())));
    assert_eq!(bench.notice(), Some((Verb::Idle, "outcome_unknown".into())));
    assert_eq!(asks(&bench.wait(10))[0].1, request_idle());
    // Where polls do not say it, it is the agent's.
    let mut bench = Bench::new(options());
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(Some("A"));
    bench.wait(31);
    bench.poll(Some("A"));
    bench.done(hang_up("A"));
    let presence = bench.shown().presence;
    assert!(presence.wrap_up.is_some(), "{presence:?}");
    let ask = bench.effects.iter().rev().find_map(|effect| asks(std::slice::from_ref(effect)).pop()).unwrap();
    bench.answer(ask.0, done());
    let (ask, _) = asks(&bench.wait(20)).remove(0);
    bench.answer(ask, Err(Error::OutcomeUnknown("reset".into())));
    assert!(asks(&bench.wait(100)).is_empty());
}

#[test]
fn busy_after_this_call_keeps_the_reason_of_who_is_busy_already() {
    let mut bench = on_stream();
    let effects = bench.want(busy_for("training"));
    bench.answer(asks(&effects)[0].0, done());
    bench.push(event("A", CallState::Talking));
    bench.want(Intent::BusyAfter { on: true, reason: None });
    let asked = asks(&bench.push(ended("A", EndReason::Hangup)));
    assert!(asked.iter().all(|(_, request)| *request == request_busy("training")), "{asked:?}");
}
