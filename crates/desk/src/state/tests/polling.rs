//! Polling only, where much has to be concluded from little.

use super::*;

/// Plays a scene to a new desk: `SECONDS:CALL` is how long popEvent names CALL (`-` is no call), with polls every 3 s.
pub(super) fn play(scene: &str) -> Bench {
    let mut bench = Bench::polling();
    bench.scene(scene);
    bench
}

impl Bench {
    pub(super) fn scene(&mut self, scene: &str) {
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
    pub(super) fn cards(&self) -> String {
        let calls = self.shown().calls;
        let card = |call: &CallView| format!("{}{}", call.uid, if call.unconfirmed { "*" } else { "" });
        calls.iter().map(card).collect::<Vec<_>>().join(" ")
    }

    /// Notifications on the desktop.
    pub(super) fn notified(&self) -> Vec<&str> {
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

/// A scene, how often `A` and `B` pop, and what window, pop-up, notifications and tray show at its end.
#[test]
fn what_a_scene_shows() {
    use Mood::{Idle, Ringing, Talking};
    for (scene, pops, cards, popups, notified, mood) in [
        // A queue rings 801, goes on to 802, and comes back with the same uid.
        ("4:- 12:A 18:- 12:A", [2, 0], "A", "A", "A", Ringing),
        ("4:- 12:A 18:-", [1, 0], "", "", "", Idle),
        // A late answer or a flapping server.
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
        // The call is answered, but the server does not say so.
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
        assert_eq!(bench.recent().len(), pops.iter().sum::<usize>(), "a line for each offer: {scene}");
    }
}

#[test]
fn what_was_transferred_away_pops_when_it_comes_back() {
    let mut bench = play("12:A");
    bench.done(transfer("A", "802"));
    assert_eq!(bench.cards(), "");
    bench.scene("3600:- 6:A");
    assert_eq!((bench.pops("A"), bench.cards().as_str(), bench.notified().len()), (2, "A", 1));
    assert_eq!(bench.recent().len(), 2);
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
    assert_eq!((bench.shown().mood, bench.recent().len()), (Mood::Idle, 12));
    assert_eq!(bench.shown().targets, crate::snapshot::Targets::default(), "no key meets what may be over");
    assert!(bench.view("11").verbs.contains(&Verb::HangUp), "the window's buttons do");
    bench.want(over("10"));
    assert_eq!(bench.cards(), "11* 9*");
    let entry = bench.entry("10");
    assert_eq!((entry.end_seen, entry.ended, entry.missed), (false, Some(entry.began), Missed::No), "seen until");
}

/// A server that has named a call in two answers names every call for as long as it lasts, so "no call" is the end.
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
    // Its life ends like any other; after that it is a new offer.
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
    let mut effects = Vec::new();
    for _ in 0..7 {
        effects.extend(bench.wait(3));
        effects.extend(bench.poll(Some("A")));
    }
    effects.extend(bench.wait(1));
    assert!(effects.is_empty(), "{effects:?}");
    bench.wait(1);
    assert_eq!((bench.view("A").state, bench.view("A").since), (CallViewState::InCall, began));
    assert!(bench.notified().is_empty());
}

#[test]
fn the_journal_knows_a_call_before_the_screen_does() {
    let mut bench = Bench::polling();
    let kinds: Vec<&str> = bench.poll(Some("A")).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "popup", "notify", "told", "tray"]);
    bench.poll(Some("A"));
    bench.wait(3);
    bench.poll(None);
    let gone = at(bench.now);
    bench.wait(3);
    let kinds: Vec<&str> = bench.poll(None).iter().map(kind).collect();
    assert_eq!(kinds, ["journal", "publish", "close popup", "close notification", "told", "tray"]);
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
        Effect::Told(_) => "told",
        Effect::Phone { .. } => "phone",
        Effect::Renamed { .. } => "renamed",
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
fn a_uid_that_is_empty_is_no_call() {
    let mut bench = Bench::polling();
    assert!(bench.poll(Some(" ")).is_empty());
}

/// A server that names each call once, and never again: what is newest may be true, what is old is out of the way.
#[test]
fn of_calls_that_were_named_once_the_newest_comes_first_and_says_what_it_waits_for() {
    let mut bench = Bench::polling();
    bench.poll(Some("old"));
    bench.wait(20);
    bench.poll(Some("new"));
    bench.poll(None);
    bench.poll(None);
    bench.wait(9);
    assert_eq!(bench.uids(), ["new", "old"], "though the old one is taken for answered by now");
    let view = bench.view("new");
    assert!(view.unconfirmed && (view.verbs.contains(&Verb::HangUp) || view.behind.as_deref() == Some("old")));
    bench.want(over("old"));
    assert!(bench.view("new").verbs.contains(&Verb::HangUp));
}
