//! A caller who waits on hold.

use super::*;

fn guarded() -> Bench {
    let mut bench = Bench::new(Options { hold_alert_seconds: 60, ..Options::default() });
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    bench
}

fn held_at(uid: &str, since: i64) -> CallEvent {
    CallEvent { since: at(since), ..event(uid, CallState::Held) }
}

#[test]
fn who_waits_too_long_comes_back_into_the_pop_up_once_a_hold() {
    let mut bench = guarded();
    bench.push(event("A", CallState::Talking));
    bench.want(dismiss("A"));
    assert!(bench.shown().popups.is_empty());
    bench.push(event("A", CallState::Held));
    assert!(!bench.view("A").held_long);
    let pops = bench.pops("A");
    bench.wait(58);
    assert!(!bench.view("A").held_long);
    bench.wait(2);
    assert!(bench.view("A").held_long);
    assert_eq!((bench.shown().popups.len(), bench.pops("A")), (1, pops + 1));
    bench.want(dismiss("A"));
    bench.wait(600);
    assert!(bench.view("A").held_long && bench.shown().popups.is_empty(), "once");
    bench.push(event("A", CallState::Talking));
    assert!(!bench.view("A").held_long);
    bench.push(event("A", CallState::Held));
    bench.wait(61);
    assert_eq!(bench.pops("A"), pops + 2, "and once more for the next hold");
}

#[test]
fn who_hangs_up_on_hold_is_told_of() {
    let mut bench = guarded();
    bench.push(event("A", CallState::Talking));
    bench.push(held_at("A", START));
    bench.push(ended("A", EndReason::Hangup));
    assert_eq!(bench.notice(), Some((Verb::Hold, "left_on_hold".into())));
    assert_eq!(bench.shown().notice.map(|notice| notice.problem.detail), Some("13421829060".into()));
}

#[test]
fn who_was_hung_up_on_or_handed_on_has_not_left() {
    let mut bench = guarded();
    bench.push(event("A", CallState::Talking));
    bench.push(event("A", CallState::Held));
    bench.asked(hang_up("A"));
    bench.push(ended("A", EndReason::Hangup));
    assert_eq!(bench.notice(), None);
    bench.push(event("B", CallState::Held));
    bench.push(ended("B", EndReason::Transferred));
    assert_eq!(bench.notice(), None);
}
