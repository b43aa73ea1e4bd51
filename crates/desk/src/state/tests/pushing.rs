//! With the stream: every change is told, and what happens when it stops and comes back.

use super::*;

#[test]
fn the_stream_decides_about_states_with_the_time_of_this_side() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let began = bench.moment();
    let call = bench.view("A");
    assert_eq!((call.state, call.since, call.began, call.answered), (CallViewState::Ringing, began, began, None));
    assert_eq!((call.verbs, bench.shown().mood, bench.pops("A")), (vec![Verb::HangUp], Mood::Ringing, 1));
    bench.push(event("A", CallState::Talking));
    let answered = bench.moment();
    let call = bench.view("A");
    assert_eq!((call.since, call.began, call.answered), (answered, began, Some(answered)));
    assert_eq!(call.verbs, [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert!(bench.push(event("A", CallState::Talking)).is_empty(), "told twice is told once");
    bench.push(event("A", CallState::Held));
    let call = bench.view("A");
    assert_eq!((call.state, call.since, call.answered), (CallViewState::Held, bench.moment(), Some(answered)));
    bench.push(event("A", CallState::Transferring));
    assert_eq!((bench.view("A").state, bench.shown().mood), (CallViewState::Transferring, Mood::Talking));
    bench.push(ended("A", EndReason::Transferred));
    let entry = bench.entry("A");
    assert_eq!(
        (entry.ended, entry.reason, entry.answered),
        (Some(at(bench.now)), Some(EndReason::Transferred), Some(answered.at))
    );
    assert!(bench.uids().is_empty() && entry.missed == Missed::No);
    assert_eq!((entry.end_seen, entry.talked_seconds), (true, Some(3)));
    assert_eq!((bench.pops("A"), bench.shown().mood), (1, Mood::Idle));
}

#[test]
fn what_counts_as_missed() {
    use CallState::{Held, Ringing, Talking};
    use EndReason::{AnsweredElsewhere, Hangup, NoAnswer};
    for (states, reason, missed) in [
        (&[Ringing][..], Hangup, true),
        (&[Ringing], NoAnswer, true),
        (&[Ringing], AnsweredElsewhere, false),
        (&[Ringing, Talking], Hangup, false),
        (&[Talking], Hangup, false),
        (&[Held], Hangup, false),
        // Nothing but the end was told: missed only when it says so.
        (&[], NoAnswer, true),
        (&[], Hangup, false),
    ] {
        let mut bench = Bench::pushing();
        for state in states {
            bench.push(event("A", *state));
        }
        bench.push(ended("A", reason));
        assert_eq!(bench.entry("A").missed, if missed { Missed::Yes } else { Missed::No }, "{states:?} {reason:?}");
        assert!(bench.push(ended("A", reason)).is_empty());
    }
    let mut bench = Bench::pushing();
    bench.push(CallEvent { status: Direction::Callout, ..event("A", CallState::Ringing) });
    bench.push(CallEvent { status: Direction::Callout, ..ended("A", EndReason::NoAnswer) });
    assert_eq!(bench.entry("A").missed, Missed::No, "an outgoing call is not missed");
}

#[test]
fn a_transfer_that_comes_back_pops_again_and_is_a_line_of_its_own() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("A", CallState::Talking));
    bench.push(ended("A", EndReason::Transferred));
    bench.push(event("A", CallState::Ringing));
    assert_eq!((bench.pops("A"), bench.shown().recent.len()), (2, 2));
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.shown().recent.iter().map(|entry| entry.missed).collect::<Vec<_>>(), [Missed::Yes, Missed::No]);
}

#[test]
fn a_call_first_seen_talking_pops_once() {
    let mut bench = Bench::pushing();
    bench.snapshot(&[event("A", CallState::Talking)]);
    bench.push(event("A", CallState::Talking));
    bench.snapshot(&[event("A", CallState::Talking)]);
    assert_eq!(bench.pops("A"), 1);
    let call = bench.view("A");
    let since = moment(START - 3600);
    assert_eq!((call.since, call.began, call.answered), (since, since, Some(since)), "the server's times");
}

#[test]
fn a_server_whose_clock_is_ahead_does_not_count_from_the_future() {
    let mut bench = Bench::pushing();
    let ahead = CallEvent { since: at(START + 7200), ..event("A", CallState::Talking) };
    bench.snapshot(&[ahead]);
    assert_eq!((bench.view("A").since, bench.view("A").answered), (bench.moment(), Some(bench.moment())));
}

#[test]
fn a_snapshot_replaces_all() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("B", CallState::Talking));
    bench.lost();
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[event("B", CallState::Held), event("C", CallState::Ringing)]);
    assert_eq!(bench.uids(), ["C", "B"]);
    let entry = bench.entry("A");
    assert_eq!((entry.reason, entry.missed, entry.ended), (None, false, Some(at(bench.now))));
    assert_eq!(["A", "B", "C"].map(|uid| bench.pops(uid)), [1, 1, 1]);
    assert_eq!(bench.view("B").state, CallViewState::Held);
    assert_eq!(bench.shown().popups, ["C", "B"], "newest first");
}

#[test]
fn a_snapshot_of_another_extension_is_not_ours() {
    let mut bench = Bench::pushing();
    let calls = vec![event("A", CallState::Ringing)];
    let other = event::Snapshot { exten: "802".into(), presence: Presence::Busy, calls };
    assert!(bench.see(Observation::Pushed(Event::Snapshot(other))).is_empty());
    let other = PresenceEvent { exten: "802".into(), presence: Presence::Busy };
    assert!(bench.see(Observation::Pushed(Event::Presence(other))).is_empty());
}

#[test]
fn while_the_server_is_away_calls_stay_and_can_do_nothing() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Talking));
    let since = bench.view("A").since;
    bench.lost();
    let call = bench.view("A");
    assert!(call.unconfirmed && call.verbs.is_empty());
    let shown = bench.shown();
    assert_eq!((shown.mood, shown.connection.problem.unwrap().code.as_str()), (Mood::Offline, "unreachable"));
    bench.want(hang_up("A"));
    assert_eq!(bench.notice(), Some((Verb::HangUp, "unreachable".into())));
    bench.want(dismiss("A"));
    assert_eq!((bench.uids(), bench.shown().popups.len()), (vec!["A".to_owned()], 0), "an outage is no age");
    // The stream goes on where it stopped: no snapshot, and nothing has changed.
    bench.see(Observation::Connected(Means::Push));
    let call = bench.view("A");
    assert_eq!((call.unconfirmed, call.state, call.since, bench.pops("A")), (false, CallViewState::Talking, since, 1));
}

#[test]
fn polls_in_between_know_less_and_the_stream_takes_over_again() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let began = bench.moment();
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(Some("A"));
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    bench.poll(Some("B"));
    bench.see(Observation::Connected(Means::Push));
    assert_eq!((bench.view("A").state, bench.view("A").unconfirmed), (CallViewState::Ringing, false));
    bench.push(event("A", CallState::Talking));
    bench.snapshot(&[event("A", CallState::Talking), event("B", CallState::Ringing)]);
    assert_eq!((bench.uids(), bench.pops("A"), bench.pops("B")), (vec!["B".to_owned(), "A".to_owned()], 1, 1));
}

#[test]
fn the_stream_knows_why_a_call_ended_that_polls_saw_end() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(Some("A"));
    bench.poll(Some("A"));
    bench.poll(None);
    assert!(bench.uids().is_empty());
    bench.see(Observation::Connected(Means::Push));
    bench.push(ended("A", EndReason::AnsweredElsewhere));
    assert_eq!((bench.shown().recent.len(), bench.entry("A").reason), (1, Some(EndReason::AnsweredElsewhere)));
    // And with that it may come back.
    bench.push(event("A", CallState::Ringing));
    assert_eq!(bench.pops("A"), 2);
}

type ComesBack<'a> = &'a dyn Fn(&mut Bench) -> Vec<Effect>;

/// `end`: how the first life ended; `back`: how it comes back; whether it pops again.
#[test]
fn only_the_streams_word_for_an_end_makes_a_uid_pop_again() {
    let rings = |bench: &mut Bench| bench.push(event("A", CallState::Ringing));
    let talks = |bench: &mut Bench| bench.push(event("A", CallState::Talking));
    let polled = |bench: &mut Bench| {
        bench.see(Observation::Connected(Means::Poll));
        bench.poll(Some("A"))
    };
    let backs: [(&str, ComesBack); 3] = [("rings", &rings), ("talks", &talks), ("polled", &polled)];
    for (end, pops) in
        [("ended", [2, 2, 2]), ("vanished", [2, 1, 1]), ("polls", [1, 1, 1]), ("polls and snapshot", [2, 1, 1])]
    {
        for ((back, come_back), pops) in backs.iter().zip(pops) {
            let mut bench = Bench::pushing();
            bench.push(event("A", CallState::Talking));
            match end {
                "ended" => drop(bench.push(ended("A", EndReason::Transferred))),
                "vanished" => drop(bench.snapshot(&[])),
                _ => {
                    bench.see(Observation::Connected(Means::Poll));
                    bench.poll(Some("A"));
                    bench.poll(Some("A"));
                    bench.poll(None);
                    bench.see(Observation::Connected(Means::Push));
                    if end == "polls and snapshot" {
                        bench.snapshot(&[]);
                    }
                }
            }
            assert!(bench.uids().is_empty(), "{end}");
            come_back(&mut bench);
            assert_eq!((bench.pops("A"), bench.uids().len()), (pops, 1), "{end}, {back}");
        }
    }
}

#[test]
fn a_late_poll_beside_the_stream_brings_nothing_back() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    assert!(bench.poll(None).is_empty());
    bench.push(ended("A", EndReason::Hangup));
    assert!(bench.poll(Some("A")).is_empty());
    bench.poll(Some("B"));
    assert_eq!((bench.pops("A"), bench.pops("B")), (1, 1), "a call that nobody told of is not lost");
}

#[test]
fn several_calls_stand_in_the_order_in_which_verbs_meet_them() {
    let mut bench = Bench::pushing();
    bench.push(event("held", CallState::Held));
    bench.push(event("ring1", CallState::Ringing));
    bench.push(event("talk", CallState::Talking));
    bench.push(event("ring2", CallState::Ringing));
    assert_eq!(bench.uids(), ["ring2", "ring1", "talk", "held"]);
    assert_eq!(bench.shown().popups, ["ring2", "talk", "ring1", "held"]);
    // A hang-up would end the first, so it stands on no other.
    let can_hang_up = |uid: &str| bench.view(uid).verbs.contains(&Verb::HangUp);
    assert_eq!(["ring2", "ring1", "talk", "held"].map(can_hang_up), [true, false, false, false]);
}
