//! Verbs with polling, where replies and refusals are the only observations.

use super::polling::play;
use super::*;

#[test]
fn a_refused_verb_ends_a_call_that_no_answer_names() {
    for (intent, reason, gone) in [
        (hold("A"), Reason::AgentNotInUse, true),
        (hang_up("A"), Reason::NoChannels, true),
        (transfer("A", "802"), Reason::TargetNotIdle, false),
        (hold("A"), Reason::ConnectionFailed, false),
    ] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        bench.poll(None);
        let effects = bench.refused(intent.clone(), reason);
        assert_eq!(bench.uids().is_empty(), gone, "{intent:?} {reason:?}");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Refused(_))));
        assert_eq!(bench.notice().is_some(), !gone, "it goes with its call");
    }
}

#[test]
fn a_refused_verb_does_not_end_a_call_that_polls_go_on_to_name() {
    // A ringing call cannot be held, and the agent cannot see that it rings.
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!(bench.uids(), ["A"]);
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!(bench.cards(), "A");
    // Seen once, refused, and not seen again: the call is over.
    for next in [None, Some("B")] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        bench.refused(hold("A"), Reason::AgentNotInUse);
        bench.poll(next);
        assert!(!bench.uids().contains(&"A".to_owned()));
    }
}

#[test]
fn a_refusal_corrects_what_was_believed() {
    // After half a minute it counts as "in a call", but the server says that it is not connected.
    for reason in [Reason::NotInBridge, Reason::AgentNotInUse] {
        let mut bench = play("40:A");
        assert_eq!(bench.view("A").state, CallViewState::InCall);
        bench.refused(transfer("A", "802"), reason);
        let expected = if reason == Reason::NotInBridge { CallViewState::Ringing } else { CallViewState::HoldUnknown };
        assert_eq!(bench.view("A").state, expected, "it was there when this panel began: it may be on hold");
    }
    let mut bench = play("3:- 40:A");
    bench.refused(transfer("A", "802"), Reason::AgentNotInUse);
    assert_eq!(bench.view("A").state, CallViewState::Ringing);
    // It was connected, and now it is not in use: perhaps held elsewhere.
    let mut bench = play("3:- 6:A");
    bench.done(survey("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!(bench.view("A").state, CallViewState::HoldUnknown);
    assert_eq!(bench.view("A").verbs, [Verb::Hold, Verb::Restore, Verb::Transfer, Verb::HangUp]);
}

#[test]
fn the_next_call_of_a_busy_minute_has_its_verbs_at_once_or_when_the_last_one_has_faded() {
    let all = [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp];
    // The customer hung up after 40 seconds, and the queue offers the next one before any answer said "no call". That cannot be
    // told from a phone with two calls, where a verb without a uid is for the first one.
    for hold in [false, true] {
        let mut bench = play("3:- 40:A");
        if hold {
            let (ask, _) = bench.asked(super::hold("A"));
            bench.answer(ask, held("SIP/801-7"));
        }
        bench.scene("18:B");
        assert!(!bench.view("B").verbs.contains(&Verb::HangUp), "on hold: {hold}");
        assert_eq!(bench.view("B").behind.as_deref(), Some("A"), "it is said why");
        bench.scene("5:B");
        assert_eq!((bench.view("B").verbs, bench.view("B").behind), (all.to_vec(), None), "on hold: {hold}");
        assert!(!bench.view("A").verbs.contains(&Verb::HangUp), "it would meet the other one");
    }
    // If the agent closes the first one, the second has its verbs at once.
    let mut bench = play("3:- 40:A 3:B");
    bench.want(Intent::Over { uid: "A".into() });
    assert_eq!((bench.view("B").verbs, bench.view("B").behind), (all.to_vec(), None));
}

#[test]
fn a_hang_up_that_finds_nothing_says_so_of_every_call() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.poll(Some("B"));
    bench.poll(None);
    bench.refused(hang_up("B"), Reason::NoChannels);
    assert!(bench.uids().is_empty());
}

#[test]
fn hold_and_resume_are_one_toggle_by_what_was_confirmed_last() {
    let mut bench = Bench::polling();
    bench.poll(None);
    bench.poll(Some("A"));
    let began = bench.moment();
    let (ask, request) = bench.asked(hold("A"));
    assert_eq!(request, Request::Hold { exten: "801".into(), uid: None });
    assert_eq!((bench.view("A").pending, bench.view("A").state), (Some(Verb::Hold), CallViewState::Ringing));
    bench.answer(ask, held("SIP/801-00000023"));
    assert_eq!((bench.view("A").pending, bench.view("A").state), (None, CallViewState::Held));
    assert_eq!((bench.view("A").since, bench.shown().mood), (bench.moment(), Mood::Held));
    assert_eq!(bench.view("A").verbs, [Verb::Restore, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    bench.poll(Some("A"));
    assert_eq!(bench.view("A").state, CallViewState::Held, "a poll cannot tell");
    let (ask, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-00000023".into() });
    bench.answer(ask, done());
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    assert_eq!(bench.view("A").verbs, [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    bench.want(restore("A"));
    assert_eq!(bench.notice(), Some((Verb::Restore, "not_now".into())), "nothing is held");
}

#[test]
fn a_hold_whose_answer_was_lost_is_unknown_and_offers_both() {
    for (intent, unknown) in [(hold("A"), true), (survey("A"), false)] {
        let mut bench = Bench::polling();
        bench.poll(None);
        bench.poll(Some("A"));
        let (ask, _) = bench.asked(intent);
        bench.answer(ask, Err(Error::OutcomeUnknown("closed".into())));
        let verbs = bench.view("A").verbs;
        assert_eq!((verbs.contains(&Verb::Hold), verbs.contains(&Verb::Restore)), (true, unknown));
        bench.wait(40);
        bench.poll(Some("A"));
        let state = if unknown { CallViewState::HoldUnknown } else { CallViewState::InCall };
        assert_eq!(bench.view("A").state, state);
    }
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-7"));
    let (ask, _) = bench.asked(restore("A"));
    bench.answer(ask, Err(Error::OutcomeUnknown("closed".into())));
    assert_eq!(bench.view("A").state, CallViewState::HoldUnknown);
    let (ask, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-7".into() }, "the channel is kept");
    bench.answer(ask, done());
    assert_eq!(bench.view("A").state, CallViewState::InCall);
}

#[test]
fn a_hold_that_ended_elsewhere_is_corrected_by_the_refusal_of_resume() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-7"));
    bench.poll(Some("A"));
    bench.refused(restore("A"), Reason::ChannelNotExist);
    assert_eq!(bench.view("A").state, CallViewState::InCall);
    assert_eq!(bench.view("A").verbs, [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    // Once no answer names it any more, it is gone.
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-8"));
    bench.poll(None);
    bench.refused(restore("A"), Reason::ChannelNotExist);
    assert_eq!(bench.cards(), "");
}

#[test]
fn without_a_channel_the_own_extension_brings_a_held_call_back() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held(" "));
    assert_eq!(bench.view("A").state, CallViewState::Held);
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "801".into() });
}

/// It is unknown whether this vendor's popEvent names calls on hold, so a caller who hears music must not be lost together with
/// the card.
#[test]
fn a_held_call_that_no_answer_names_can_be_taken_back() {
    let mut bench = play("3:- 9:A");
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-7"));
    bench.scene("600:-");
    assert_eq!((bench.cards().as_str(), bench.view("A").state), ("A*", CallViewState::Held));
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-7".into() });
    // If a server names calls on hold, its "no call" means that the call is gone.
    let mut bench = play("3:- 9:A");
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-7"));
    bench.scene("9:A 12:-");
    assert_eq!(bench.cards(), "");
}

#[test]
fn a_confirmed_hang_up_or_transfer_ends_the_call_and_a_late_poll_does_not_bring_it_back() {
    for (intent, reason) in [(hang_up("A"), EndReason::Hangup), (transfer("A", "802"), EndReason::Transferred)] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        bench.poll(Some("A"));
        bench.done(intent);
        assert!(bench.uids().is_empty() && bench.shown().popups.is_empty());
        assert_eq!(bench.entry("A").reason, Some(reason));
        // A poll that was under way.
        assert!(bench.poll(Some("A")).is_empty());
        // A later poll: the call exists, whatever the server had said. It does not pop.
        bench.poll(Some("A"));
        assert_eq!((bench.uids(), bench.pops("A"), bench.entry("A").ended), (vec!["A".to_owned()], 1, None));
        bench.done(hang_up("A"));
        // The first "no call" ends its life.
        bench.poll(None);
        bench.poll(Some("A"));
        assert_eq!((bench.pops("A"), bench.recent().len()), (2, 2));
    }
}

/// Without uids a verb is for the connected call; a call that hides behind another is not gone.
#[test]
fn with_two_calls_a_verb_is_offered_where_the_server_would_take_it() {
    let verbs = |bench: &Bench, uid: &str| bench.view(uid).verbs;
    let mut bench = play("3:- 40:A 6:B");
    assert_eq!((verbs(&bench, "B"), bench.shown().targets.hang_up.as_deref()), (vec![], Some("A")), "A is heard");
    assert_eq!(verbs(&bench, "A"), [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert_eq!(bench.shown().targets.hold.as_deref(), Some("A"));
    bench.want(hang_up("B"));
    assert_eq!(bench.notice(), Some((Verb::HangUp, "not_now".into())));
    // B was answered and is now the newest connected call.
    bench.scene("30:B");
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("B"));
    assert_eq!(verbs(&bench, "A"), []);
    // A server that takes uids is told which call.
    bench.see(Observation::Described(uncall_client::Additions { uid: true }));
    assert_eq!(verbs(&bench, "A"), [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    let (_, request) = bench.asked(hang_up("A"));
    assert_eq!(request, Request::HangUp { agent: "801".into(), uid: Some("A".into()) });
}

/// A, then B, then only A again: B may be over, and must not keep verbs from the call that the server names.
#[test]
fn a_call_that_may_be_over_takes_no_verb_from_the_one_that_is_named() {
    let bench = play("3:- 9:A 15:B 60:A");
    let all = [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp];
    assert_eq!((bench.view("A").verbs.as_slice(), bench.view("B").verbs.as_slice()), (&all[..], &[][..]));
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("A"));
    // The same with A on hold: resume is for A, and nothing else can be held.
    let mut bench = play("3:- 9:A");
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-1"));
    bench.scene("15:B 60:A");
    let targets = bench.shown().targets;
    assert_eq!((targets.restore.as_deref(), targets.hold, targets.hang_up.as_deref()), (Some("A"), None, Some("A")));
}

#[test]
fn a_call_on_hold_behind_one_that_was_hung_up_stays_with_its_channel() {
    let mut bench = play("3:- 9:A");
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-1"));
    bench.scene("9:B");
    assert_eq!(bench.view("A").verbs, [Verb::Restore, Verb::HangUp], "hang-up takes what is on hold before what rings");
    bench.scene("40:B");
    assert_eq!(bench.view("A").verbs, [Verb::Restore]);
    bench.done(hang_up("B"));
    bench.poll(Some("A"));
    assert_eq!(bench.cards(), "A");
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-1".into() });
}
