//! What the agent asks for, and what comes of it.

use uncall_contract::event::Detail;

use super::*;

fn talking() -> Bench {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Talking));
    bench
}

#[test]
fn each_intent_asks_its_operation_and_shows_as_pending() {
    let agent = || "801".to_owned();
    for (intent, verb, request) in [
        (hold("A"), Verb::Hold, Request::Hold { exten: agent(), uid: None }),
        (transfer("A", " 8 02"), Verb::Transfer, Request::Transfer { agent: agent(), target: "802".into(), uid: None }),
        (survey("A"), Verb::Survey, Request::Survey { agent: agent(), uid: None }),
        (hang_up("A"), Verb::HangUp, Request::HangUp { agent: agent(), uid: None }),
    ] {
        let mut bench = talking();
        let before = bench.view("A");
        assert_eq!(bench.asked(intent.clone()).1, request);
        let now = bench.view("A");
        assert_eq!((now.pending, now.state, now.since), (Some(verb), before.state, before.since));
        assert!(bench.want(intent).is_empty(), "not twice");
    }
    for (intent, verb, request) in [
        (Intent::Idle, Verb::Idle, Request::Idle { exten: agent() }),
        (busy(), Verb::Busy, Request::Busy { exten: agent(), reason: None }),
        (
            dial("010-6552 1234"),
            Verb::Dial,
            Request::Dial { exten: agent(), number: "01065521234".into(), action_id: None },
        ),
        (
            Intent::Listen { target: "802".into() },
            Verb::Listen,
            Request::Listen { agent: agent(), target: "802".into() },
        ),
        (
            Intent::Whisper { target: "802".into() },
            Verb::Whisper,
            Request::Whisper { agent: agent(), target: "802".into() },
        ),
    ] {
        let mut bench = talking();
        assert_eq!(bench.asked(intent.clone()).1, request);
        assert_eq!(bench.shown().pending, [verb]);
        assert!(bench.want(intent).is_empty(), "not twice");
    }
}

#[test]
fn idle_and_busy_wait_for_each_other_and_hold_up_nothing_else() {
    let mut bench = Bench::polling();
    let (asked, _) = bench.asked(busy());
    assert_eq!((bench.shown().presence.pending, bench.shown().presence.value), (Some(Presence::Busy), None));
    assert!(asks(&bench.want(Intent::Idle)).is_empty());
    assert_eq!(bench.shown().presence.pending, Some(Presence::Idle), "the last wish is what comes");
    assert!(asks(&bench.want(busy())).is_empty(), "and this is what is under way");
    let (dialled, _) = bench.asked(dial("802"));
    assert_eq!(bench.shown().pending, [Verb::Busy, Verb::Dial]);
    bench.answer(asked, done());
    let presence = bench.shown().presence;
    assert_eq!((presence.value, presence.since, presence.pending), (Some(Presence::Busy), Some(bench.moment()), None));
    assert_eq!(bench.shown().mood, Mood::Busy);
    let effects = bench.answer(dialled, done());
    assert_eq!(effects.last(), Some(&Effect::Hurry));
    let since = bench.shown().presence.since;
    bench.done(busy());
    assert_eq!(bench.shown().presence.since, since, "busy again is busy still");
    bench.refused(Intent::Idle, Reason::NotUpdated);
    assert_eq!(
        (bench.shown().presence.value, bench.notice()),
        (Some(Presence::Busy), Some((Verb::Idle, "not_updated".into())))
    );
}

#[test]
fn with_the_stream_a_confirmed_presence_counts_and_so_does_its_event() {
    let mut bench = Bench::pushing();
    assert_eq!(bench.shown().presence.value, Some(Presence::Idle));
    bench.done(busy());
    let since = Some(bench.moment());
    bench.see(Observation::Pushed(Event::Presence(PresenceEvent::new("801", Presence::Busy))));
    assert_eq!((bench.shown().presence.value, bench.shown().presence.since), (Some(Presence::Busy), since));
}

#[test]
fn what_the_stream_says_beyond_idle_and_busy_is_shown_until_it_says_otherwise() {
    let mut bench = Bench::pushing();
    let more = |bench: &Bench| (bench.shown().presence.reason, bench.shown().presence.detail);
    let pushed = |presence, detail, reason: &str| {
        let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
        Observation::Pushed(Event::Presence(PresenceEvent { reason, detail, ..PresenceEvent::new("801", presence) }))
    };
    bench.see(pushed(Presence::Idle, Some(Detail::PartlyPaused), "lunch"));
    assert_eq!(more(&bench), (Some("lunch".into()), Some(Detail::PartlyPaused)));
    assert_eq!(bench.shown().presence.value, Some(Presence::Idle));
    // Whatever a server sends stays short and one line, and its later words mean nothing yet.
    bench.see(pushed(Presence::Busy, Some(Detail::Unknown), &"a\r\nb".repeat(40)));
    let (reason, detail) = more(&bench);
    assert!(reason.is_some_and(|reason| reason.chars().count() <= 32 && !reason.contains(['\r', '\n'])));
    assert_eq!(detail, None);
    bench.done(Intent::Idle);
    assert_eq!(more(&bench), (None, None));
}

#[test]
fn a_refusal_is_a_notice_and_changes_nothing_and_the_next_act_clears_it() {
    let mut bench = talking();
    let before = bench.view("A");
    bench.refused(transfer("A", "802"), Reason::TargetNotIdle);
    let notice = bench.shown().notice.unwrap();
    assert_eq!((notice.verb, notice.uid.as_deref(), notice.at), (Verb::Transfer, Some("A"), bench.moment()));
    assert_eq!(
        (notice.problem.code.as_str(), notice.problem.detail.as_str()),
        ("target_not_idle", "Exten is not idle")
    );
    assert_eq!(bench.view("A"), before);
    bench.want(dismiss("A"));
    assert!(bench.notice().is_some(), "to look away is no act");
    bench.asked(survey("A"));
    assert_eq!(bench.notice(), None);
}

#[test]
fn an_unknown_outcome_says_so_and_is_not_repeated() {
    let mut bench = talking();
    let (ask, _) = bench.asked(hold("A"));
    let effects = bench.answer(ask, Err(Error::OutcomeUnknown("closed".into())));
    assert!(asks(&effects).is_empty());
    assert_eq!(bench.notice(), Some((Verb::Hold, "outcome_unknown".into())));
    assert_eq!((bench.view("A").pending, bench.view("A").state), (None, CallViewState::Talking));
    let (ask, _) = bench.asked(dial("802"));
    let effects = bench.answer(ask, Err(Error::OutcomeUnknown("closed".into())));
    assert!(effects.contains(&Effect::Hurry), "it may ring all the same");
    let (ask, _) = bench.asked(dial("802"));
    let effects = bench.answer(ask, Err(Error::Unreachable("refused".into())));
    assert!(!effects.contains(&Effect::Hurry));
}

#[test]
fn one_verb_of_a_call_at_a_time_save_a_hang_up() {
    let mut bench = talking();
    let (transferring, _) = bench.asked(transfer("A", "802"));
    assert!(bench.want(hold("A")).is_empty());
    assert_eq!(bench.view("A").verbs, [Verb::HangUp]);
    bench.push(event("A", CallState::Transferring));
    let (hanging_up, _) = bench.asked(hang_up("A"));
    assert_eq!((bench.view("A").pending, bench.view("A").verbs), (Some(Verb::HangUp), vec![]));
    bench.answer(transferring, Ok(Err(Refusal::new(uncall_contract::Operation::Transfer, Reason::TargetNotIdle))));
    assert_eq!(bench.notice(), None, "the agent is past that");
    assert_eq!(bench.view("A").pending, Some(Verb::HangUp));
    bench.answer(hanging_up, done());
    assert_eq!((bench.uids(), bench.view("A").pending), (vec!["A".to_owned()], None), "the stream decides");
    bench.push(ended("A", EndReason::Hangup));
    assert!(bench.uids().is_empty());
}

#[test]
fn a_refused_hang_up_leaves_the_transfer_under_way() {
    let mut bench = talking();
    bench.asked(transfer("A", "802"));
    bench.refused(hang_up("A"), Reason::ConnectionFailed);
    assert_eq!(bench.view("A").pending, Some(Verb::Transfer));
    assert!(bench.want(transfer("A", "803")).is_empty());
}

#[test]
fn the_channel_is_kept_whichever_comes_first_the_reply_or_the_event() {
    for reply_first in [true, false] {
        let mut bench = talking();
        let (ask, _) = bench.asked(hold("A"));
        if reply_first {
            bench.answer(ask, held("SIP/801-7"));
            assert_eq!(bench.view("A").state, CallViewState::Talking, "the stream decides");
        }
        bench.push(event("A", CallState::Held));
        if !reply_first {
            bench.answer(ask, held("SIP/801-7"));
        }
        assert_eq!(bench.view("A").state, CallViewState::Held);
        let (ask, request) = bench.asked(restore("A"));
        assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-7".into() });
        bench.answer(ask, done());
        assert_eq!(bench.view("A").state, CallViewState::Held, "the stream decides");
        bench.push(event("A", CallState::Talking));
        assert_eq!(bench.view("A").state, CallViewState::Talking);
    }
}

#[test]
fn a_restarted_panel_restores_by_the_channel_of_the_stream() {
    let mut bench = Bench::pushing();
    bench.snapshot(&[CallEvent { channel: Some("SIP/801-9".into()), ..event("A", CallState::Held) }]);
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-9".into() });
}

#[test]
fn a_verb_stands_on_the_call_that_it_would_meet() {
    let mut bench = Bench::pushing();
    bench.push(event("held", CallState::Held));
    assert_eq!(bench.view("held").verbs, [Verb::Restore, Verb::Survey, Verb::HangUp]);
    bench.push(event("talks", CallState::Talking));
    assert_eq!(bench.view("held").verbs, [Verb::Restore]);
    bench.push(event("rings", CallState::Ringing));
    assert_eq!(bench.view("talks").verbs, [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert_eq!(bench.view("rings").verbs, []);
    bench.want(hang_up("rings"));
    assert_eq!(bench.notice(), Some((Verb::HangUp, "not_now".into())));
}

#[test]
fn a_survey_is_armed_once() {
    let mut bench = talking();
    bench.done(survey("A"));
    assert!(bench.view("A").survey);
    assert_eq!(bench.view("A").verbs, [Verb::Hold, Verb::Transfer, Verb::HangUp]);
}

#[test]
fn a_late_answer_for_a_call_that_has_ended_changes_nothing() {
    for result in [held("SIP/801-7"), done(), Err(Error::OutcomeUnknown("closed".into()))] {
        let mut bench = talking();
        let (ask, _) = bench.asked(hold("A"));
        bench.push(ended("A", EndReason::Hangup));
        // It has even come back in the meantime.
        bench.push(event("A", CallState::Talking));
        assert_eq!(bench.view("A").pending, None);
        assert!(!bench.view("A").verbs.contains(&Verb::Hold), "the same is still under way");
        bench.answer(ask, result);
        assert_eq!((bench.view("A").state, bench.notice()), (CallViewState::Talking, None));
        assert!(bench.view("A").verbs.contains(&Verb::Hold));
    }
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let mut bench = talking();
    assert!(bench.answer(4711, done()).is_empty());
}

#[test]
fn what_cannot_be_asked_is_a_notice() {
    for (intent, verb, code) in [
        (dial("12ab"), Verb::Dial, "number_invalid"),
        (dial(""), Verb::Dial, "number_empty"),
        (transfer("A", "801"), Verb::Transfer, "target_is_self"),
        (transfer("A", "8;02"), Verb::Transfer, "target_invalid"),
        (Intent::Listen { target: "801".into() }, Verb::Listen, "target_is_self"),
        (Intent::Whisper { target: String::new() }, Verb::Whisper, "number_empty"),
        (hold("gone"), Verb::Hold, "no_such_call"),
        (restore("A"), Verb::Restore, "not_now"),
    ] {
        let mut bench = talking();
        let effects = bench.want(intent.clone());
        assert!(asks(&effects).is_empty(), "{intent:?}");
        assert_eq!(bench.notice(), Some((verb, code.into())), "{intent:?}");
    }
}

#[test]
fn a_first_dial_may_go_out_while_the_connection_is_being_made() {
    let mut bench = Bench::new(Options::default());
    bench.asked(dial("802"));
    bench.lost();
    bench.want(busy());
    assert_eq!(bench.notice(), Some((Verb::Busy, "unreachable".into())));
    // A server that is there, and whose password is another one: the words lead to the login.
    bench.see(Observation::Lost(Error::NotLoggedIn { tried: true, said: String::new() }));
    assert_eq!(bench.shown().connection.problem.map(|problem| problem.code), Some("login_wrong".into()));
    bench.want(busy());
    assert_eq!(bench.notice(), Some((Verb::Busy, "login_wrong".into())));
}

#[test]
fn a_refusal_goes_with_its_call_or_after_half_a_minute() {
    let mut bench = talking();
    bench.refused(transfer("A", "802"), Reason::TargetNotIdle);
    bench.wait(29);
    assert!(bench.notice().is_some());
    bench.wait(1);
    assert_eq!(bench.notice(), None);
    bench.refused(transfer("A", "802"), Reason::TargetNotIdle);
    bench.push(ended("A", EndReason::Hangup));
    assert_eq!(bench.notice(), None);
    bench.refused(busy(), Reason::ConnectionFailed);
    bench.wait(30);
    assert_eq!(bench.notice(), None, "one of no call, too");
}

/// Who holds a customer and dials a colleague hears the colleague's phone ring: hang-up cancels that, not the customer.
#[test]
fn hang_up_means_the_call_that_the_agent_is_making_before_the_one_on_hold() {
    let mut bench = Bench::pushing();
    bench.push(event("customer", CallState::Held));
    let colleague = CallEvent { status: Direction::Callout, ..event("colleague", CallState::Ringing) };
    bench.push(colleague);
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("colleague"));
    assert!(!bench.view("customer").verbs.contains(&Verb::HangUp));
    bench.push(event("another", CallState::Ringing));
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("colleague"), "an incoming call is only declined");
}
