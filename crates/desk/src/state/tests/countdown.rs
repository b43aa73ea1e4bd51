//! The countdown for a link's number.

use super::*;
use crate::number::{Numbers, Part, Rules};

fn counting() -> Bench {
    let mut rules = Rules::default();
    for (part, text) in [(Part::Country, "86"), (Part::OutsidePrefix, "9"), (Part::Block, "00"), (Part::Ask, "400")] {
        rules.set(part, &[text.to_owned()]).unwrap();
    }
    let numbers = Numbers::new(rules, jiff::tz::TimeZone::UTC);
    let mut bench = Bench::new(Options { link_countdown: true, numbers, ..Options::default() });
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    bench
}

fn link(bench: &mut Bench, number: &str) {
    let effects = bench.put(Input::Linked(number.into()));
    assert!(asks(&effects).is_empty(), "{number}");
}

/// The number being counted down.
fn counted(bench: &Bench) -> Option<String> {
    bench.shown().countdown.map(|countdown| countdown.dialled)
}

#[test]
fn after_three_seconds_it_is_dialled_once() {
    let mut bench = counting();
    link(&mut bench, "13421829060");
    let countdown = bench.shown().countdown.unwrap();
    assert_eq!((countdown.dialled.as_str(), countdown.until), ("913421829060", moment(bench.now + 3)));
    assert!(asks(&bench.wait(2)).is_empty());
    let asked = asks(&bench.wait(10));
    assert!(matches!(&asked[..], [(_, Request::Dial { number, .. })] if number == "913421829060"), "{asked:?}");
    assert_eq!(counted(&bench), None);
}

#[test]
fn without_the_setting_nothing_counts() {
    let mut bench = Bench::pushing();
    link(&mut bench, "13421829060");
    assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0));
}

#[test]
fn never_an_emergency_number_nor_what_is_asked_first_blocked_or_no_number() {
    for number in [
        "110",
        "+86110",
        "0086120",
        "9110",
        "112",
        "911",
        "000",
        "+1911",
        "4001234567",
        "+442079460018",
        "802/803",
        "x",
    ] {
        let mut bench = counting();
        link(&mut bench, number);
        assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0), "{number}");
    }
}

#[test]
fn whatever_the_agent_does_stops_it() {
    for intent in [Intent::StopCountdown, busy(), dismiss("A")] {
        let mut bench = counting();
        link(&mut bench, "13421829060");
        bench.want(intent);
        assert_eq!(counted(&bench), None);
        let dialled = asks(&bench.wait(10)).into_iter().any(|(_, request)| matches!(request, Request::Dial { .. }));
        assert!(!dialled);
    }
}

#[test]
fn never_beside_a_call_a_lost_server_or_another_dial() {
    let mut bench = counting();
    bench.push(event("A", CallState::Ringing));
    link(&mut bench, "13421829060");
    assert_eq!(counted(&bench), None);

    let mut bench = counting();
    link(&mut bench, "13421829060");
    bench.push(event("A", CallState::Ringing));
    assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0), "a call has come");

    let mut bench = counting();
    link(&mut bench, "13421829060");
    bench.lost();
    assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0), "the server is away");

    let mut bench = counting();
    bench.asked(dial("802"));
    link(&mut bench, "13421829060");
    assert_eq!(counted(&bench), None, "the phone rings for another");
}

#[test]
fn of_several_links_none_is_dialled() {
    let mut bench = counting();
    link(&mut bench, "13421829060");
    link(&mut bench, "13421829061");
    assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0));
}

#[test]
fn a_machine_that_slept_dials_nothing() {
    let mut bench = counting();
    link(&mut bench, "13421829060");
    bench.now += 60;
    assert!(asks(&bench.put(Input::Due)).is_empty());
    assert_eq!((counted(&bench), asks(&bench.wait(10)).len()), (None, 0));
}
