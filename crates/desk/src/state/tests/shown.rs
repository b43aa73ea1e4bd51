//! What is published, and how it looks as JSON.

use super::*;
use crate::snapshot::Link;

fn trays(effects: &[Effect]) -> Vec<Mood> {
    let mood = |effect: &Effect| if let Effect::Tray(mood) = effect { Some(*mood) } else { None };
    effects.iter().filter_map(mood).collect()
}

#[test]
fn the_first_picture_is_connecting() {
    let bench = Bench::new(Options::default());
    assert_eq!((bench.shown().extension.as_str(), bench.shown().connection.state), ("801", Link::Connecting));
    assert!(matches!(&bench.effects[..], [Effect::Publish(_), Effect::Tray(Mood::Offline)]));
}

#[test]
fn the_tray_changes_with_the_mood_only() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("B", CallState::Ringing));
    bench.push(event("A", CallState::Talking));
    bench.push(ended("B", EndReason::AnsweredElsewhere));
    bench.push(event("A", CallState::Held));
    bench.push(ended("A", EndReason::Hangup));
    bench.done(busy());
    bench.lost();
    use Mood::{Busy, Held, Idle, Offline, Ringing, Talking};
    assert_eq!(trays(&bench.effects), [Offline, Idle, Ringing, Talking, Held, Idle, Busy, Offline]);
}

#[test]
fn a_connection_says_since_when_and_why_not() {
    let mut bench = Bench::polling();
    let since = bench.moment();
    assert!(bench.see(Observation::Connected(Means::Poll)).is_empty());
    assert_eq!((bench.shown().connection.state, bench.shown().connection.since), (Link::Poll, since));
    bench.lost();
    let lost = bench.moment();
    bench.see(Observation::Lost(Error::Http(502)));
    let connection = bench.shown().connection;
    assert_eq!((connection.since, connection.problem.map(|problem| problem.code)), (lost, Some("http".into())));
    bench.see(Observation::Connected(Means::Push));
    assert_eq!((bench.shown().connection.state, bench.shown().connection.problem), (Link::Push, None));
}

#[test]
fn recent_keeps_fifty_newest_first() {
    let mut bench = Bench::pushing();
    for n in 0..60 {
        bench.push(event(&n.to_string(), CallState::Ringing));
        bench.push(ended(&n.to_string(), EndReason::Hangup));
    }
    let recent = bench.recent();
    assert_eq!((recent.len(), recent[0].uid.as_str(), recent[49].uid.as_str()), (50, "59", "10"));
}

#[test]
fn the_snapshot_as_the_page_reads_it() {
    let mut bench = Bench::pushing();
    bench.push(event("1372123897.17", CallState::Ringing));
    bench.push(event("1372123897.17", CallState::Talking));
    let (presence, state) = (Presence::Busy, MemberState::Talking);
    let member = Member::new("802", presence, state, at(START));
    bench.see(Observation::Pushed(Event::Team(Team { members: vec![member] })));
    bench.asked(hold("1372123897.17"));
    bench.asked(Intent::Listen { target: "802".into() });
    bench.now -= 1;
    bench.want(dial("x"));
    let json = serde_json::to_value(bench.shown()).unwrap();
    let expected = serde_json::json!({
        "extension": "801",
        "name": null,
        "connection": {"state": "push", "since": {"at": "2013-06-25T01:16:41Z", "ms": 1000}, "problem": null, "poll_seconds": null, "silent_since": null},
        "presence": {"value": "idle", "since": {"at": "2013-06-25T01:16:42Z", "ms": 2000}, "pending": null, "owed": null, "reason": null, "detail": null, "elsewhere": false, "after_call": false, "back": false, "wrap_up": null, "missing": null, "reasons": []},
        "calls": [{
            "uid": "1372123897.17", "calla": "13421829060", "callb": "801", "other": "13421829060", "who": [],
            "direction": "callin", "state": "talking", "since": {"at": "2013-06-25T01:16:44Z", "ms": 4000},
            "began": {"at": "2013-06-25T01:16:43Z", "ms": 3000}, "answered": {"at": "2013-06-25T01:16:44Z", "ms": 4000}, "unconfirmed": false, "closable": false, "behind": null, "survey": false, "held_long": false,
            "phone": null, "pending": "hold", "verbs": ["hang_up"],
        }],
        "line": null,
        "targets": {
            "hold": null, "restore": null, "transfer": null, "survey": null, "hang_up": "1372123897.17", "answer": null, "mute": null,
        },
        "team": [{
            "exten": "802", "name": null, "presence": "busy", "state": "talking", "since": {"at": "2013-06-25T01:16:40Z", "ms": 0}, "pending": "listen",
        }],
        "pending": ["listen"],
        "notice": {
            "verb": "dial", "uid": null, "target": null,
            "problem": {"code": "number_invalid", "detail": "“x”"},
            "at": {"at": "2013-06-25T01:16:47Z", "ms": 7000},
        },
        "popups": ["1372123897.17"],
            "countdown": null,
        "mood": "talking",
    });
    assert_eq!(json, expected);
}

#[test]
fn what_cannot_be_seen_of_a_party_is_not_passed_on() {
    let hostile = "138\0 \u{202e}0008\u{1b}[31m\r\n \u{feff}";
    let mut bench = Bench::pushing();
    bench.push(CallEvent { calla: hostile.into(), callb: "\u{200b}801\u{0}".into(), ..event("A", CallState::Ringing) });
    let call = bench.view("A");
    assert_eq!(
        (call.calla.as_str(), call.other.as_str(), call.callb.as_str()),
        ("138 0008 [31m", "138 0008 [31m", "801")
    );
    let mut bench = Bench::polling();
    bench.see(Observation::Polled(Some(Call { calla: hostile.into(), ..callin("A") })));
    assert_eq!(bench.entry("A").calla, "138 0008 [31m");
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Notify(told) if told.calla == "138 0008 [31m")));
}

#[test]
fn intents_as_the_page_sends_them() {
    for (json, intent) in [
        (r#"{"do":"idle"}"#, Intent::Idle),
        (r#"{"do":"dial","number":"802"}"#, dial("802")),
        (r#"{"do":"transfer","uid":"1.2","target":"802"}"#, transfer("1.2", "802")),
        (r#"{"do":"hang_up","uid":"1.2"}"#, hang_up("1.2")),
        (r#"{"do":"dismiss","uid":"1.2"}"#, dismiss("1.2")),
    ] {
        assert_eq!(serde_json::from_str::<Intent>(json).unwrap(), intent);
    }
}
