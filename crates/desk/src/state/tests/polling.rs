//! With polling only: much has to be concluded from little.

use super::*;

/// Plays a scene to a fresh desk: `SECONDS:CALL`, how long popEvent names CALL (`-` is no call), asked every 3 s.
fn play(scene: &str) -> Bench {
    let mut bench = Bench::polling();
    bench.scene(scene);
    bench
}

impl Bench {
    fn scene(&mut self, scene: &str) {
        let mut shown_until = self.now;
        let mut next_poll = self.now;
        for part in scene.split_whitespace() {
            let (seconds, call) = part.split_once(':').unwrap();
            shown_until += seconds.parse::<i64>().unwrap();
            while next_poll < shown_until {
                self.wait(next_poll - self.now);
                // `put` moves the clock by a second.
                self.now -= 1;
                self.poll(Some(call).filter(|uid| *uid != "-"));
                next_poll += 3;
            }
        }
        self.wait(shown_until - self.now);
    }

    /// The calls in the window; `*` marks one that may be over.
    fn cards(&self) -> String {
        let calls = self.shown().calls;
        let card = |call: &CallView| format!("{}{}", call.uid, if call.unconfirmed { "*" } else { "" });
        calls.iter().map(card).collect::<Vec<_>>().join(" ")
    }

    /// Notifications on the desktop.
    fn notified(&self) -> Vec<&str> {
        let mut uids: Vec<&str> = Vec::new();
        for effect in &self.effects {
            if let Effect::Notify(notification) = effect {
                uids.push(&notification.uid);
            }
            if let Effect::CloseNotification { uid } = effect {
                uids.retain(|shown| shown != uid);
            }
        }
        uids
    }
}

/// A scene, how often `A` and `B` pop, and what is in the window, the pop-up, the notifications and the tray at its end.
#[test]
fn what_a_scene_shows() {
    use Mood::{Idle, Ringing, Talking};
    for (scene, pops, cards, popups, notified, mood) in [
        // A queue rings 801, goes on to 802, and comes back with the same uid.
        ("4:- 12:A 18:- 12:A", [2, 0], "A", "A", "A", Ringing),
        ("4:- 12:A 18:-", [1, 0], "", "", "", Idle),
        // A late answer, a flapping server.
        ("12:A 3:- 6:A", [1, 0], "A", "A", "A", Ringing),
        ("12:A 3:- 3:A 3:- 3:A", [1, 0], "A", "A", "A", Ringing),
        // popEvent names one call at a time: A was only hidden.
        ("12:A 15:B 6:A", [1, 1], "A B*", "B A", "B", Ringing),
        ("12:A 15:B 12:-", [1, 1], "", "", "", Idle),
        ("12:A 45:B", [1, 1], "B A*", "B", "", Talking),
        // A server that names each call once.
        ("3:A 9:-", [1, 0], "A*", "A", "A", Ringing),
        ("3:A 24:-", [1, 0], "A*", "", "", Idle),
        ("3:A 3600:-", [1, 0], "A*", "", "", Idle),
        ("3:A 3600:- 3:A", [2, 0], "A", "A", "A", Ringing),
        // The phone is answered, which nobody tells.
        ("29:A", [1, 0], "A", "A", "A", Ringing),
        ("34:A", [1, 0], "A", "A", "", Talking),
        // A server that does not forget.
        ("7200:A", [1, 0], "A", "A", "", Talking),
    ] {
        let bench = play(scene);
        assert_eq!(["A", "B"].map(|uid| bench.pops(uid)), pops, "{scene}");
        assert_eq!(bench.cards(), cards, "{scene}");
        assert_eq!(bench.shown().popups.join(" "), popups, "{scene}");
        assert_eq!(bench.notified().join(" "), notified, "{scene}");
        assert_eq!(bench.shown().mood, mood, "{scene}");
        assert_eq!(bench.shown().recent.len(), pops.iter().sum::<usize>(), "a line for each offer: {scene}");
    }
}

#[test]
fn what_was_transferred_away_pops_when_it_comes_back() {
    let mut bench = play("12:A");
    bench.done(transfer("A", "802"));
    assert_eq!(bench.cards(), "");
    bench.scene("3600:- 6:A");
    assert_eq!((bench.pops("A"), bench.cards().as_str(), bench.notified().len()), (2, "A", 1));
    assert_eq!(bench.shown().recent.len(), 2);
}

#[test]
fn a_morning_on_a_server_that_names_each_call_once() {
    let mut bench = Bench::polling();
    for n in 0..12 {
        bench.scene(&format!("3:{n} 600:-"));
        assert_eq!(bench.pops(&n.to_string()), 1);
        assert!(bench.shown().popups.is_empty() && bench.notified().is_empty());
    }
    assert_eq!(bench.cards(), "11* 10* 9*");
    assert_eq!((bench.shown().mood, bench.shown().recent.len()), (Mood::Idle, 12));
    assert_eq!(bench.shown().targets, crate::snapshot::Targets::default(), "no key meets what may be over");
    assert!(bench.view("11").verbs.contains(&Verb::HangUp), "the window's buttons do");
    bench.want(over("10"));
    assert_eq!(bench.cards(), "11* 9*");
    let entry = bench.entry("10");
    assert_eq!((entry.end_seen, entry.ended, entry.missed), (false, Some(entry.began), Missed::No), "seen until");
}

/// A server that has named one call in two answers names every call as long as it lasts: "no call" is the end.
#[test]
fn a_short_call_leaves_nothing_behind_on_a_server_that_repeats() {
    let bench = play("12:A 12:- 3:B 12:-");
    assert_eq!((bench.cards().as_str(), bench.pops("B")), ("", 1));
    assert!(bench.entry("B").end_seen);
}

#[test]
fn this_call_is_over_says_the_agent_and_a_server_that_does_not_forget_is_not_believed() {
    let mut bench = play("3600:A");
    assert!(bench.view("A").closable);
    bench.want(over("A"));
    bench.scene("3600:A 6:B 600:A");
    assert_eq!((bench.cards().as_str(), bench.pops("A"), bench.shown().mood), ("B*", 1, Mood::Idle));
    // Its life ends as every other's does; then it is a new offer.
    bench.scene("9:- 6:A");
    assert_eq!((bench.cards().as_str(), bench.pops("A")), ("A", 2));
}

#[test]
fn other_parties_under_the_same_uid_are_the_same_call() {
    let mut bench = play("12:A");
    let moved = Call { calla: "802".into(), ..callin("A") };
    bench.see(Observation::Polled(Some(moved)));
    assert_eq!((bench.pops("A"), bench.view("A").calla.as_str(), bench.entry("A").other.as_str()), (1, "802", "802"));
}

#[test]
fn an_incoming_call_rings_until_a_verb_or_half_a_minute_says_more() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let began = bench.moment();
    let call = bench.view("A");
    assert_eq!((call.state, call.since, call.began, call.answered), (CallViewState::Ringing, began, began, None));
    assert_eq!(call.verbs, [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert_eq!((call.other.as_str(), call.unconfirmed), ("13421829060", false));
    assert_eq!((bench.shown().presence.value, bench.shown().mood), (None, Mood::Ringing));
    bench.done(survey("A"));
    assert_eq!((bench.view("A").state, bench.shown().mood), (CallViewState::InCall, Mood::Talking));
    assert!(bench.notified().is_empty() && bench.shown().popups == ["A"], "it was answered");

    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let mut effects = bench.wait(28);
    effects.extend(bench.poll(Some("A")));
    assert!(effects.is_empty(), "{effects:?}");
    bench.wait(1);
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    assert!(bench.notified().is_empty());
}

#[test]
fn the_journal_knows_a_call_before_the_screen_does() {
    let mut bench = Bench::polling();
    let kinds: Vec<&str> = bench.poll(Some("A")).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "popup", "notify", "tray"]);
    bench.poll(Some("A"));
    bench.wait(3);
    bench.poll(None);
    let gone = at(bench.now);
    bench.wait(3);
    let kinds: Vec<&str> = bench.poll(None).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "close popup", "close notification", "tray"]);
    let entry = bench.entry("A");
    assert_eq!((entry.ended, entry.end_seen), (Some(gone), true), "when the first answer did not name it");
    assert_eq!((entry.reason, entry.missed), (None, Missed::No));
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
        Effect::Refused(_) => "refused",
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
        let mut bench = Bench::new(Options { popup_callout, ..Options::default() });
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
fn not_now_closes_the_pop_up_and_nothing_else() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let effects = bench.want(dismiss("A"));
    assert!(effects.contains(&Effect::ClosePopup { uid: "A".into() }));
    assert!(bench.shown().popups.is_empty() && bench.uids() == ["A"]);
    bench.poll(Some("A"));
    assert_eq!(bench.pops("A"), 1);
    assert!(bench.want(dismiss("gone")).is_empty());
    assert!(bench.want(over("gone")).is_empty());
}

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
    // Seen once, refused, and not seen again: that was it.
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
    // Half a minute says "in a call"; the server says that it is not connected.
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
    // It was up, and now it is not in use: held elsewhere, or not.
    let mut bench = play("3:- 6:A");
    bench.done(survey("A"));
    bench.refused(hold("A"), Reason::AgentNotInUse);
    assert_eq!(bench.view("A").state, CallViewState::HoldUnknown);
    assert_eq!(bench.view("A").verbs, [Verb::Hold, Verb::Restore, Verb::Transfer, Verb::HangUp]);
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
    // And when no answer names it any more, it is gone.
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

/// Whether this vendor's popEvent names a call on hold is not known: a caller in music must not be lost with its card.
#[test]
fn a_held_call_that_no_answer_names_can_be_taken_back() {
    let mut bench = play("3:- 9:A");
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-7"));
    bench.scene("600:-");
    assert_eq!((bench.cards().as_str(), bench.view("A").state), ("A*", CallViewState::Held));
    let (_, request) = bench.asked(restore("A"));
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/801-7".into() });
    // A server that names it while it is held says with "no call" that it is gone.
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
        // The poll that was under way.
        assert!(bench.poll(Some("A")).is_empty());
        // One that was not: the call is there, whatever the server had said. It does not pop.
        bench.poll(Some("A"));
        assert_eq!((bench.uids(), bench.pops("A"), bench.entry("A").ended), (vec!["A".to_owned()], 1, None));
        bench.done(hang_up("A"));
        // The first "no call" ends its life.
        bench.poll(None);
        bench.poll(Some("A"));
        assert_eq!((bench.pops("A"), bench.shown().recent.len()), (2, 2));
    }
}

/// Without uids a verb means the call that is heard; one that hides behind another is not gone.
#[test]
fn with_two_calls_a_verb_is_offered_where_the_server_would_take_it() {
    let verbs = |bench: &Bench, uid: &str| bench.view(uid).verbs;
    let mut bench = play("3:- 40:A 6:B");
    assert_eq!((verbs(&bench, "B"), bench.shown().targets.hang_up.as_deref()), (vec![], Some("A")), "A is heard");
    assert_eq!(verbs(&bench, "A"), [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    assert_eq!(bench.shown().targets.hold.as_deref(), Some("A"));
    bench.want(hang_up("B"));
    assert_eq!(bench.notice(), Some((Verb::HangUp, "not_now".into())));
    // B was answered: now it is the newest that is heard.
    bench.scene("30:B");
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("B"));
    assert_eq!(verbs(&bench, "A"), []);
    // A server that takes uids is told which one.
    bench.see(Observation::Described(uncall_client::Additions { uid: true }));
    assert_eq!(verbs(&bench, "A"), [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp]);
    let (_, request) = bench.asked(hang_up("A"));
    assert_eq!(request, Request::HangUp { agent: "801".into(), uid: Some("A".into()) });
}

/// A, then B, then A again, named alone: B may be over, and takes no verb from the call that the server names.
#[test]
fn a_call_that_may_be_over_takes_no_verb_from_the_one_that_is_named() {
    let bench = play("3:- 9:A 15:B 60:A");
    let all = [Verb::Hold, Verb::Transfer, Verb::Survey, Verb::HangUp];
    assert_eq!((bench.view("A").verbs.as_slice(), bench.view("B").verbs.as_slice()), (&all[..], &[][..]));
    assert_eq!(bench.shown().targets.hang_up.as_deref(), Some("A"));
    // The same with A on hold: H resumes A, and holds nobody else.
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

#[test]
fn a_call_that_rang_and_was_gone_after_an_outage_was_probably_missed() {
    let mut bench = play("3:- 6:A");
    bench.lost();
    bench.wait(30);
    assert!(bench.shown().popups.is_empty(), "nobody can say that it still rings");
    bench.wait(900);
    assert_eq!(bench.cards(), "A*");
    bench.see(Observation::Connected(Means::Poll));
    bench.scene("9:-");
    let entry = bench.entry("A");
    assert_eq!((entry.missed, entry.end_seen, entry.ended), (Missed::Probably, false, Some(at(START + 7))));
    // One that was answered was not.
    let mut bench = play("3:- 40:A");
    bench.lost();
    bench.wait(900);
    bench.see(Observation::Connected(Means::Poll));
    bench.scene("9:-");
    assert_eq!(bench.entry("A").missed, Missed::No);
}

#[test]
fn a_uid_that_is_empty_is_no_call() {
    let mut bench = Bench::polling();
    assert!(bench.poll(Some(" ")).is_empty());
}
