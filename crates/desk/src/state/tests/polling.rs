//! With polling only: much has to be concluded from little.

use super::*;

/// Polls, `-` for no call, and the calls shown after them: `*` marks one that only ages.
#[test]
fn what_polls_show() {
    for (polls, shown) in [
        ("A", "A"),
        ("A A A", "A"),
        ("-", ""),
        // Seen twice: "no call" is its end. Seen once: perhaps a server that tells of each call once.
        ("A A -", ""),
        ("A -", "A*"),
        ("A - - -", "A*"),
        ("A - A", "A"),
        ("A - A -", ""),
        // Displaced: it stays until the next call's end.
        ("A A B", "B A*"),
        ("A A B B", "B A*"),
        ("A A B A", "A B*"),
        ("A B", "B A*"),
        ("A B -", "B* A*"),
        ("A B B -", ""),
        ("A - B B -", ""),
        ("A A B -", "B*"),
        ("B B A B -", "A*"),
        // Back after its end: it is up, and a poll has now shown it three times.
        ("A A - A", "A"),
        ("A A - A -", ""),
    ] {
        let mut bench = Bench::polling();
        for poll in polls.split_whitespace() {
            bench.poll(Some(poll).filter(|uid| *uid != "-"));
        }
        let calls: Vec<String> = bench
            .shown()
            .calls
            .iter()
            .map(|call| format!("{}{}", call.uid, if call.stale { "*" } else { "" }))
            .collect();
        assert_eq!(calls.join(" "), shown, "after {polls}");
        for uid in ["A", "B"].into_iter().filter(|uid| polls.contains(uid)) {
            assert_eq!(bench.pops(uid), 1, "{uid} after {polls}");
        }
    }
}

#[test]
fn a_call_is_in_a_call_since_it_was_first_seen_with_all_verbs() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let began = at(bench.now);
    bench.poll(Some("A"));
    let call = bench.view("A");
    assert_eq!((call.state, call.since, call.began, call.answered), (CallViewState::InCall, began, began, None));
    assert_eq!(call.verbs, [Verb::Hold, Verb::Restore, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert_eq!((call.other.as_str(), call.stale), ("13421829060", false));
    assert_eq!(bench.shown().presence.value, None);
    assert_eq!(bench.shown().mood, Mood::Talking);
}

#[test]
fn the_journal_knows_a_call_before_the_screen_does() {
    let mut bench = Bench::polling();
    let kinds: Vec<&str> = bench.poll(Some("A")).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "popup", "notify", "tray"]);
    bench.poll(Some("A"));
    let kinds: Vec<&str> = bench.poll(None).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "close popup", "close notification", "tray"]);
    let entry = bench.entry("A");
    assert_eq!((entry.ended, entry.reason, entry.missed), (Some(at(bench.now)), None, false));
}

fn kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::Journal(_) => "journal",
        Effect::Publish(_) => "publish",
        Effect::Ask { .. } => "ask",
        Effect::Popup { .. } => "popup",
        Effect::ClosePopup { .. } => "close popup",
        Effect::Notify(_) => "notify",
        Effect::CloseNotification { .. } => "close notification",
        Effect::Tray(_) => "tray",
        Effect::Hurry => "hurry",
    }
}

#[test]
fn a_poll_that_changes_nothing_publishes_nothing() {
    let mut bench = Bench::polling();
    assert!(bench.poll(None).is_empty());
    bench.poll(Some("A"));
    assert!(bench.poll(Some("A")).is_empty());
}

#[test]
fn an_outgoing_call_is_shown_and_does_not_pop_unless_it_should() {
    for popup_callout in [false, true] {
        let mut bench = Bench::new(Options { popup_callout });
        bench.see(Observation::Connected(Means::Poll));
        bench.see(Observation::Polled(Some(callout("A"))));
        assert_eq!(bench.pops("A"), usize::from(popup_callout));
        assert_eq!((bench.view("A").other.as_str(), bench.shown().mood), ("01065521234", Mood::Talking));
    }
}

#[test]
fn an_outgoing_call_that_turns_out_to_come_in_pops() {
    let mut bench = Bench::polling();
    bench.see(Observation::Polled(Some(callout("A"))));
    bench.poll(Some("A"));
    assert_eq!((bench.pops("A"), bench.entry("A").direction), (1, Direction::Callin));
    bench.see(Observation::Polled(Some(callout("A"))));
    bench.poll(Some("A"));
    assert_eq!(bench.pops("A"), 1);
}

#[test]
fn a_dismissed_call_that_only_ages_goes_and_does_not_pop_again() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let seen = at(bench.now);
    bench.poll(None);
    bench.poll(None);
    bench.want(dismiss("A"));
    assert!(bench.uids().is_empty() && bench.shown().popups.is_empty());
    assert_eq!(bench.entry("A").ended, Some(seen), "it was last seen then");
    bench.poll(Some("A"));
    assert_eq!((bench.uids(), bench.pops("A")), (vec!["A".to_owned()], 1));
    assert_eq!(bench.shown().recent.len(), 1, "the same life is the same line");
}

#[test]
fn a_dismiss_of_a_call_that_is_up_only_closes_the_pop_up() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let effects = bench.want(dismiss("A"));
    assert!(effects.contains(&Effect::ClosePopup { uid: "A".into() }));
    assert!(bench.shown().popups.is_empty() && bench.uids() == ["A"]);
    bench.poll(Some("A"));
    assert_eq!(bench.pops("A"), 1);
    assert!(bench.want(dismiss("gone")).is_empty());
}

#[test]
fn a_refused_verb_ends_a_call_that_only_ages() {
    for (intent, reason, gone) in [
        (hold("A"), Reason::AgentNotInUse, true),
        (hang_up("A"), Reason::NoChannels, true),
        (transfer("A", "802"), Reason::TargetNotIdle, false),
        (hold("A"), Reason::ConnectionFailed, false),
    ] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        bench.poll(None);
        bench.refused(intent.clone(), reason);
        assert_eq!(bench.uids().is_empty(), gone, "{intent:?} {reason:?}");
        assert!(bench.notice().is_some());
    }
}

#[test]
fn a_refused_verb_does_not_end_a_call_that_polls_go_on_to_show() {
    // A ringing call cannot be held, and the agent cannot see that it rings.
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!(bench.uids(), ["A"]);
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!((bench.uids(), bench.view("A").stale), (vec!["A".to_owned()], false));
    // What was refused before the last sighting says nothing of what comes after it.
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    bench.poll(Some("A"));
    bench.poll(Some("B"));
    assert_eq!(bench.uids(), ["B", "A"]);
    bench.poll(Some("C"));
    assert_eq!(bench.uids(), ["C", "B", "A"]);
    // Seen once, refused, and not seen again: that was it.
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    bench.poll(None);
    assert!(bench.uids().is_empty());
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
fn a_held_call_comes_back_by_the_channel_that_hold_returned() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let began = at(bench.now);
    let (ask, request) = bench.asked(hold("A"));
    assert_eq!(request, Request::Hold { exten: "801".into(), uid: None });
    assert_eq!((bench.view("A").pending, bench.view("A").state), (Some(Verb::Hold), CallViewState::InCall));
    bench.answer(ask, held("SIP/801-00000023"));
    assert_eq!((bench.view("A").pending, bench.view("A").state), (None, CallViewState::Held));
    assert_eq!((bench.view("A").since, bench.shown().mood), (at(bench.now), Mood::Held));
    assert_eq!(bench.view("A").verbs, [Verb::Restore, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    bench.poll(Some("A"));
    assert_eq!(bench.view("A").state, CallViewState::Held, "a poll cannot tell");
    let (ask, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-00000023".into() });
    bench.answer(ask, done());
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    // The channel was good for once.
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "801".into() });
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

#[test]
fn a_confirmed_hang_up_or_transfer_ends_the_call_and_a_late_poll_does_not_bring_it_back() {
    for (intent, reason) in [(hang_up("A"), EndReason::Hangup), (transfer("A", "802"), EndReason::Transferred)] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        bench.poll(Some("A"));
        bench.done(intent);
        assert!(bench.uids().is_empty() && bench.shown().popups.is_empty());
        assert_eq!(bench.entry("A").reason, Some(reason));
        // The poll that was under way.
        assert!(bench.poll(Some("A")).is_empty());
        // One that was not: the call is there, whatever the server had said. It does not pop.
        bench.poll(Some("A"));
        assert_eq!((bench.uids(), bench.pops("A"), bench.entry("A").ended), (vec!["A".to_owned()], 1, None));
        bench.poll(None);
        assert_eq!((bench.uids().len(), bench.entry("A").reason), (0, Some(reason)));
    }
}

#[test]
fn a_call_on_hold_behind_one_that_was_hung_up_stays_with_its_channel() {
    for (next, uids) in [(Some("A"), vec!["A"]), (None, vec![])] {
        let mut bench = Bench::polling();
        bench.poll(Some("A"));
        let (ask, _) = bench.asked(hold("A"));
        bench.answer(ask, held("SIP/801-1"));
        bench.poll(Some("B"));
        // A verb names no call: on one that was displaced it would meet the other. A channel names its own.
        assert_eq!(bench.view("A").verbs, [Verb::Restore]);
        bench.done(hang_up("B"));
        bench.poll(next);
        assert_eq!(bench.uids(), uids);
        if next.is_some() {
            let (_, request) = bench.asked(restore("A"));
            assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-1".into() });
        }
    }
}

#[test]
fn a_server_that_shows_each_call_once_does_not_fill_the_screen() {
    let mut bench = Bench::polling();
    for n in 0..40 {
        let uid = n.to_string();
        bench.poll(Some(&uid));
        bench.poll(None);
        assert_eq!(bench.pops(&uid), 1);
    }
    assert_eq!(bench.uids().len(), 11);
    assert_eq!(bench.uids().first().map(String::as_str), Some("39"), "the newest first");
    assert_eq!(bench.shown().recent.len(), 40);
}

#[test]
fn a_uid_that_is_empty_is_no_call() {
    let mut bench = Bench::polling();
    assert!(bench.poll(Some(" ")).is_empty());
}
