//! A result that is required: no idle before it, by press or by countdown.

use super::*;
use crate::state::{Required, WRAP_UP_REASON, WrapUpRule};

fn options(required: Required, seconds: u32) -> Options {
    let wrap_up = WrapUpRule { seconds, after: None };
    Options { dispositions_required: required, wrap_up, ..Options::default() }
}

fn on_stream(options: Options) -> Bench {
    let mut bench = Bench::new(options);
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    bench
}

/// A conversation that ends, and what the server is asked for then; it does it.
fn talk(bench: &mut Bench, uid: &str, direction: Direction) -> Vec<Request> {
    let of = |event: CallEvent| CallEvent { status: direction, ..event };
    bench.push(of(event(uid, CallState::Talking)));
    let asked = asks(&bench.push(of(ended(uid, EndReason::Hangup))));
    asked.iter().for_each(|(ask, _)| drop(bench.answer(*ask, done())));
    asked.into_iter().map(|(_, request)| request).collect()
}

fn chosen(uid: &str, has_result: bool) -> Input {
    Input::Disposed { uid: uid.into(), has_result }
}

fn wrapping_up() -> Request {
    Request::Busy { exten: "801".into(), reason: None }
}

fn idle() -> Request {
    Request::Idle { exten: "801".into() }
}

fn requests(effects: &[Effect]) -> Vec<Request> {
    asks(effects).into_iter().map(|(_, request)| request).collect()
}

#[test]
fn the_countdown_ends_in_idle_only_with_a_result() {
    let mut bench = on_stream(options(Required::In, 20));
    assert_eq!(talk(&mut bench, "A", Direction::Callin), [wrapping_up()]);
    assert!(asks(&bench.wait(600)).is_empty(), "it stays busy");
    let presence = bench.shown().presence;
    assert_eq!(presence.reason.as_deref(), Some(WRAP_UP_REASON));
    assert!(presence.wrap_up.is_some());
    assert_eq!(presence.missing.map(|missing| missing.uid), Some("A".into()), "and says why");
    for intent in [Intent::WrapUpDone, Intent::Idle] {
        assert!(asks(&bench.want(intent)).is_empty());
        assert_eq!(bench.notice(), Some((Verb::Idle, "result_missing".into())));
    }
    assert_eq!(bench.shown().notice.unwrap().problem.detail, "13421829060", "whose");
    assert_eq!(requests(&bench.put(chosen("A", true))), [idle()], "the countdown is over long since");
    assert_eq!((bench.shown().presence.wrap_up, bench.shown().presence.missing), (None, None));
}

#[test]
fn a_result_in_time_shortens_nothing_and_may_be_chosen_while_they_talk() {
    let mut bench = on_stream(options(Required::Both, 20));
    talk(&mut bench, "A", Direction::Callout);
    assert!(asks(&bench.put(chosen("A", true))).is_empty());
    assert!(bench.shown().presence.wrap_up.is_some());
    bench.put(chosen("A", false));
    assert!(asks(&bench.wait(60)).is_empty(), "it was taken back");
    assert_eq!(requests(&bench.put(chosen("A", true))), [idle()]);
    let mut bench = on_stream(options(Required::Both, 20));
    bench.push(event("A", CallState::Talking));
    bench.put(chosen("A", true));
    let asked = asks(&bench.push(ended("A", EndReason::Hangup)));
    bench.answer(asked[0].0, done());
    assert_eq!(requests(&bench.wait(20)), [idle()]);
}

#[test]
fn without_a_wrap_up_the_call_has_one_until_its_result_is_chosen() {
    let mut bench = on_stream(options(Required::Out, 0));
    assert_eq!(talk(&mut bench, "A", Direction::Callin), [], "none is required");
    assert_eq!(talk(&mut bench, "B", Direction::Callout), [wrapping_up()]);
    assert!(asks(&bench.wait(600)).is_empty());
    assert_eq!(requests(&bench.put(chosen("B", true))), [idle()]);
    // What rang and was not answered needs none.
    bench.push(CallEvent { status: Direction::Callout, ..event("C", CallState::Ringing) });
    let end = CallEvent { status: Direction::Callout, ..ended("C", EndReason::NoAnswer) };
    assert!(asks(&bench.push(end)).is_empty());
}

#[test]
fn a_break_may_begin_without_a_result_and_may_not_end_without_it() {
    let mut bench = on_stream(options(Required::In, 20));
    talk(&mut bench, "A", Direction::Callin);
    bench.done(busy());
    bench.wait(600);
    assert!(asks(&bench.want(Intent::Idle)).is_empty());
    bench.put(chosen("A", true));
    assert_eq!(bench.asked(Intent::Idle).1, idle());
}

#[test]
fn a_call_in_between_hides_no_missing_result() {
    let mut bench = on_stream(options(Required::In, 20));
    talk(&mut bench, "A", Direction::Callin);
    assert_eq!(talk(&mut bench, "B", Direction::Callin), [], "it is busy");
    bench.put(chosen("B", true));
    assert!(asks(&bench.wait(60)).is_empty());
    assert_eq!(bench.shown().presence.missing.map(|missing| missing.uid), Some("A".into()));
    assert_eq!(requests(&bench.put(chosen("A", true))), [idle()]);
}

#[test]
fn a_restart_is_no_way_around_it_and_yesterday_is_over() {
    let mut bench = on_stream(options(Required::In, 20));
    talk(&mut bench, "A", Direction::Callin);
    let past = bench.recent();
    let started = |past: Vec<Entry>, later: i64| {
        let at = moment(bench.now + later);
        let mut desk = Desk::new(Extension::parse("801").unwrap(), options(Required::In, 20), at);
        desk.resume(past);
        desk.snapshot().presence.missing.map(|missing| missing.uid)
    };
    assert_eq!(started(past.clone(), 60), Some("A".into()));
    assert_eq!(started(past.clone(), 24 * 3600), None);
    let disposed = past.into_iter().map(|entry| Entry { disposed: true, ..entry }).collect();
    assert_eq!(started(disposed, 60), None);
}
