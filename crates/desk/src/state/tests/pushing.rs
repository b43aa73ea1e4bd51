//! The stream reports every change, and may stop and come back.

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
    assert_eq!((entry.end_seen, entry.talked_seconds), (true, Some(4)));
    assert_eq!((bench.pops("A"), bench.shown().mood), (1, Mood::Idle));
}

#[test]
fn a_caller_who_is_offered_in_rounds_is_one_missed_call_and_pops_each_time() {
    let mut bench = Bench::pushing();
    for round in 1..=3 {
        bench.push(event("A", CallState::Ringing));
        assert_eq!(bench.pops("A"), round);
        bench.push(ended("A", EndReason::NoAnswer));
        bench.push(event(&format!("another {round}"), CallState::Ringing));
        bench.push(ended(&format!("another {round}"), EndReason::Hangup));
    }
    let lines: Vec<u32> = bench.recent().iter().filter(|entry| entry.uid == "A").map(|entry| entry.offers).collect();
    assert_eq!(lines, [3]);
    bench.push(event("A", CallState::Ringing));
    bench.push(event("A", CallState::Talking));
    bench.push(ended("A", EndReason::Hangup));
    let entry = bench.entry("A");
    assert_eq!((entry.offers, entry.missed), (4, Missed::No), "answered in the end");
    assert_eq!(bench.recent().iter().filter(|entry| entry.uid == "A").count(), 1);
}

#[test]
fn a_call_that_goes_on_under_another_uid_does_not_pop_again() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("A", CallState::Talking));
    bench.push(ended("A", EndReason::Hangup));
    bench.push(CallEvent { was: Some("A".into()), ..event("B", CallState::Talking) });
    assert_eq!((bench.pops("A"), bench.pops("B"), bench.uids()), (1, 0, vec!["B".to_owned()]));
    bench.push(CallEvent { was: Some("never seen".into()), ..event("C", CallState::Ringing) });
    assert_eq!(bench.pops("C"), 1);
}

#[test]
fn who_declines_has_not_missed_it_whichever_is_heard_first() {
    for answer_first in [true, false] {
        let mut bench = Bench::pushing();
        bench.push(event("A", CallState::Ringing));
        let (ask, _) = bench.asked(hang_up("A"));
        if answer_first {
            bench.answer(ask, done());
        }
        bench.push(ended("A", EndReason::Hangup));
        assert_eq!(bench.entry("A").missed, Missed::No);
        // If the call is offered once more and the caller gives up, it is missed.
        bench.push(event("A", CallState::Ringing));
        bench.push(ended("A", EndReason::NoAnswer));
        assert_eq!(bench.entry("A").missed, Missed::Yes);
    }
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.refused(hang_up("A"), Reason::NoChannels);
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.entry("A").missed, Missed::Yes, "he could not decline it");
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
        // Only the end was reported, so the call is missed only if that says so.
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
    assert_eq!((bench.pops("A"), bench.recent().len()), (2, 2));
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.recent().iter().map(|entry| entry.missed).collect::<Vec<_>>(), [Missed::Yes, Missed::No]);
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
    let lost_at = at(bench.now);
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[event("B", CallState::Held), event("C", CallState::Ringing)]);
    assert_eq!(bench.uids(), ["B", "C"]);
    let entry = bench.entry("A");
    assert_eq!((entry.reason, entry.missed, entry.end_seen), (None, Missed::Probably, false));
    assert_eq!(entry.ended, Some(lost_at), "seen until the server was lost");
    assert_eq!(["A", "B", "C"].map(|uid| bench.pops(uid)), [1, 1, 1]);
    assert_eq!(bench.view("B").state, CallViewState::Held);
    assert_eq!(bench.shown().popups, ["C", "B"], "newest first");
}

#[test]
fn a_snapshot_of_another_extension_is_not_ours() {
    let mut bench = Bench::pushing();
    let calls = vec![event("A", CallState::Ringing)];
    let other = event::Snapshot::new("802", Presence::Busy, calls);
    assert!(bench.see(Observation::Pushed(Event::Snapshot(other))).is_empty());
    let other = PresenceEvent::new("802", Presence::Busy);
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
    // The stream continues where it stopped: no snapshot, and nothing has changed.
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
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::Ringing, began), "as far as one knows");
    bench.wait(30);
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    bench.poll(Some("B"));
    bench.see(Observation::Connected(Means::Push));
    assert_eq!((bench.view("A").state, bench.view("A").unconfirmed), (CallViewState::Ringing, false));
    bench.push(event("A", CallState::Talking));
    bench.snapshot(&[event("A", CallState::Talking), event("B", CallState::Ringing)]);
    assert_eq!((bench.uids(), bench.pops("A"), bench.pops("B")), (vec!["A".to_owned(), "B".to_owned()], 1, 1));
}

#[test]
fn the_stream_knows_why_a_call_ended_that_polls_saw_end() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(Some("A"));
    bench.poll(Some("A"));
    bench.poll(None);
    bench.wait(6);
    bench.poll(None);
    assert!(bench.uids().is_empty());
    bench.see(Observation::Connected(Means::Push));
    bench.push(ended("A", EndReason::AnsweredElsewhere));
    assert_eq!((bench.recent().len(), bench.entry("A").reason), (1, Some(EndReason::AnsweredElsewhere)));
    // It may come back.
    bench.push(event("A", CallState::Ringing));
    assert_eq!(bench.pops("A"), 2);
}

type ComesBack<'a> = &'a dyn Fn(&mut Bench) -> Vec<Effect>;

/// `end` is how the first life ended, `back` how the uid comes back; then whether it pops again.
#[test]
fn a_uid_pops_again_when_its_life_has_ended() {
    let rings = |bench: &mut Bench| bench.push(event("A", CallState::Ringing));
    let talks = |bench: &mut Bench| bench.push(event("A", CallState::Talking));
    let polled = |bench: &mut Bench| {
        bench.see(Observation::Connected(Means::Poll));
        bench.poll(Some("A"))
    };
    let backs: [(&str, ComesBack); 3] = [("rings", &rings), ("talks", &talks), ("polled", &polled)];
    for (end, pops) in
        [("ended", [2, 2, 2]), ("vanished", [2, 1, 1]), ("polls", [2, 2, 2]), ("a poll and a snapshot", [2, 1, 1])]
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
                    bench.wait(6);
                    if end == "polls" {
                        bench.poll(None);
                    }
                    bench.see(Observation::Connected(Means::Push));
                    if end != "polls" {
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
fn what_is_heard_comes_first_and_hang_up_is_offered_where_the_server_would_take_it() {
    let mut bench = Bench::pushing();
    bench.push(event("held", CallState::Held));
    bench.push(event("ring1", CallState::Ringing));
    bench.push(event("talk", CallState::Talking));
    bench.push(event("ring2", CallState::Ringing));
    assert_eq!(bench.uids(), ["talk", "held", "ring2", "ring1"], "the first is what a key ends");
    assert_eq!(bench.shown().popups, ["ring2", "talk", "ring1", "held"]);
    // A hang-up without a uid ends the connected call, so it is offered on no other.
    let can_hang_up = |uid: &str| bench.view(uid).verbs.contains(&Verb::HangUp);
    assert_eq!(["ring2", "ring1", "talk", "held"].map(can_hang_up), [false, false, true, false]);
    bench.push(ended("talk", EndReason::Hangup));
    assert_eq!(
        ["ring2", "ring1", "held"].map(|uid| bench.view(uid).verbs.contains(&Verb::HangUp)),
        [false, false, true]
    );
    bench.push(ended("held", EndReason::Hangup));
    assert_eq!(["ring2", "ring1"].map(|uid| bench.view(uid).verbs.contains(&Verb::HangUp)), [true, false]);
    // A server that takes uids is told which call.
    bench.see(Observation::Described(uncall_client::Additions { uid: true }));
    assert_eq!(["ring2", "ring1"].map(|uid| bench.view(uid).verbs.contains(&Verb::HangUp)), [true, true]);
}

/// The lid closes during a call and opens 15 hours later. Nobody talked for 15 hours.
#[test]
fn a_call_that_was_up_when_the_machine_fell_asleep_was_seen_until_then() {
    for resumed in [false, true] {
        let mut bench = Bench::pushing();
        bench.push(event("A", CallState::Ringing));
        bench.push(event("A", CallState::Talking));
        bench.wait(60);
        let lid = bench.now;
        bench.now += 15 * 3600;
        bench.put(Input::Due);
        if resumed {
            // The stream still knows the end and when it was.
            bench.push(CallEvent { since: at(lid + 5), ..ended("A", EndReason::Hangup) });
        } else {
            bench.snapshot(&[]);
        }
        let entry = bench.entry("A");
        let talked = entry.talked_seconds.unwrap();
        assert!((45..=65).contains(&talked), "{talked}");
        assert_eq!((entry.end_seen, entry.missed), (resumed, Missed::No));
        assert!(entry.ended.unwrap().as_second() <= lid + 5);
    }
}

/// Somebody sets the wall clock in the middle of a call.
#[test]
fn a_clock_that_jumps_changes_no_running_time() {
    for jump in [-7200, 7200] {
        let mut bench = Bench::pushing();
        bench.push(event("A", CallState::Talking));
        let answered = bench.view("A").answered.unwrap();
        let later = Moment { at: at(bench.now + 30 + jump), ms: bench.moment().ms + 30_000 };
        let told = ended("A", EndReason::Hangup);
        bench.desk.handle(Input::Seen(Observation::Pushed(Event::Call(told))), later);
        let entry = bench.entry("A");
        assert_eq!((entry.talked_seconds, later.since(answered)), (Some(30), 30_000));
        assert!(entry.ended >= Some(entry.began));
    }
}

#[test]
fn a_notification_leaves_when_the_call_is_answered() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let effects = bench.push(event("A", CallState::Talking));
    assert!(effects.contains(&Effect::CloseNotification { uid: "A".into() }) && bench.shown().popups == ["A"]);
    let effects = bench.push(ended("A", EndReason::Hangup));
    assert!(!effects.contains(&Effect::CloseNotification { uid: "A".into() }), "once");
    // A call that is already connected is not announced.
    let effects = bench.push(event("B", CallState::Talking));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Notify(_))), "{effects:?}");
}
