//! Push events, by the shapes that are fixed for them.

use uncall_contract::{
    Direction,
    event::{
        CallEvent, CallState, Detail, EndReason, Event, Member, MemberState, Presence, PresenceEvent, Queue, Queues,
        Snapshot, Team,
    },
};

const CALL: &str = r#"{"uid":"1372123897.17","calla":"13421829060","callb":"801","status":"callin","state":"ringing","since":"2026-03-04T05:06:07Z"}"#;

fn call(state: CallState) -> CallEvent {
    CallEvent {
        uid: "1372123897.17".into(),
        calla: "13421829060".into(),
        callb: "801".into(),
        status: Direction::Callin,
        state,
        since: "2026-03-04T05:06:07Z".parse().expect("a time"),
        channel: None,
        reason: None,
        was: None,
        sip: None,
    }
}

fn is_written_and_read(event: &Event, name: &str, json: &str) {
    assert_eq!(event.name(), name);
    assert_eq!(event.to_json(), json);
    assert_eq!(Event::from_json(name, json).expect("read"), Some(event.clone()));
}

#[test]
fn a_call_in_each_state() {
    is_written_and_read(&Event::Call(call(CallState::Ringing)), "call", CALL);
    for (state, word) in [(CallState::Talking, "talking"), (CallState::Transferring, "transferring")] {
        is_written_and_read(&Event::Call(call(state)), "call", &CALL.replace("ringing", word));
    }
    let held = CallEvent { channel: Some("SIP/801-00000023".into()), ..call(CallState::Held) };
    let json = CALL.replace("ringing", "held").replace('}', r#","channel":"SIP/801-00000023"}"#);
    is_written_and_read(&Event::Call(held), "call", &json);
    for (reason, word) in [
        (EndReason::Hangup, "hangup"),
        (EndReason::Transferred, "transferred"),
        (EndReason::AnsweredElsewhere, "answered_elsewhere"),
        (EndReason::NoAnswer, "no_answer"),
    ] {
        let ended = CallEvent { reason: Some(reason), ..call(CallState::Ended) };
        let json = CALL.replace("ringing", "ended").replace('}', &format!(r#","reason":"{word}"}}"#));
        is_written_and_read(&Event::Call(ended), "call", &json);
    }
}

#[test]
fn snapshot_and_presence() {
    let idle = Snapshot::new("801", Presence::Idle, vec![call(CallState::Ringing)]);
    is_written_and_read(
        &Event::Snapshot(idle),
        "snapshot",
        &format!(r#"{{"exten":"801","presence":"idle","calls":[{CALL}]}}"#),
    );
    let busy = Snapshot::new("801", Presence::Busy, Vec::new());
    is_written_and_read(&Event::Snapshot(busy), "snapshot", r#"{"exten":"801","presence":"busy","calls":[]}"#);
    let presence = PresenceEvent::new("801", Presence::Busy);
    is_written_and_read(&Event::Presence(presence), "presence", r#"{"exten":"801","presence":"busy"}"#);
}

#[test]
fn more_about_presence_stands_in_fields_of_its_own() {
    let presence = PresenceEvent {
        reason: Some("午餐".into()),
        detail: Some(Detail::PartlyPaused),
        ..PresenceEvent::new("801", Presence::Idle)
    };
    let json = r#"{"exten":"801","presence":"idle","reason":"午餐","detail":"partly_paused"}"#;
    is_written_and_read(&Event::Presence(presence), "presence", json);
    for (detail, word) in [(Detail::DoNotDisturb, "do_not_disturb"), (Detail::Paused, "paused")] {
        let busy = Snapshot { detail: Some(detail), ..Snapshot::new("801", Presence::Busy, Vec::new()) };
        let json = format!(r#"{{"exten":"801","presence":"busy","detail":"{word}","calls":[]}}"#);
        is_written_and_read(&Event::Snapshot(busy), "snapshot", &json);
    }
    // A word of a later version is no reason to give the stream up.
    let later = r#"{"exten":"801","presence":"busy","detail":"wrap_up"}"#;
    let Ok(Some(Event::Presence(read))) = Event::from_json("presence", later) else { panic!("{later}") };
    assert_eq!((read.presence, read.detail), (Presence::Busy, Some(Detail::Unknown)));
}

#[test]
fn the_queues_of_an_extension() {
    let since = "2026-03-04T05:06:07Z".parse().expect("a time");
    let empty = Queue { name: "a".into(), paused: false, reason: None, waiting: 0, waiting_since: None };
    let full =
        Queue { name: "b".into(), paused: true, reason: Some("lunch".into()), waiting: 3, waiting_since: Some(since) };
    let event = Event::Queues(Queues { exten: "801".into(), queues: vec![empty, full] });
    let json = r#"{"exten":"801","queues":[{"name":"a","paused":false,"waiting":0},{"name":"b","paused":true,"reason":"lunch","waiting":3,"waiting_since":"2026-03-04T05:06:07Z"}]}"#;
    is_written_and_read(&event, "queues", json);
}

#[test]
fn a_supervisors_team() {
    let since = "2026-03-04T05:06:07Z".parse().expect("a time");
    let member = Member::new("802", Presence::Busy, MemberState::Free, since);
    let json = r#"{"exten":"802","presence":"busy","state":"free","since":"2026-03-04T05:06:07Z"}"#;
    is_written_and_read(&Event::Member(member.clone()), "member", json);
    is_written_and_read(&Event::Team(Team { members: vec![member] }), "team", &format!(r#"{{"members":[{json}]}}"#));
    is_written_and_read(&Event::Team(Team { members: Vec::new() }), "team", r#"{"members":[]}"#);
}

#[test]
fn events_and_fields_of_a_later_version_are_no_error() {
    assert_eq!(Event::from_json("weather", "{}").expect("no error"), None);
    let more = CALL.replace('}', r#","mood":"good"}"#);
    assert_eq!(Event::from_json("call", &more).expect("read"), Some(Event::Call(call(CallState::Ringing))));
    let offset = CALL.replace("05:06:07Z", "13:06:07+08:00");
    assert_eq!(Event::from_json("call", &offset).expect("read"), Some(Event::Call(call(CallState::Ringing))));
}

#[test]
fn what_is_no_event_is_an_error() {
    for data in ["", "{}", "[]", &CALL.replace("ringing", "dancing"), &CALL.replace("2026-03-04T05:06:07Z", "today")] {
        assert!(Event::from_json("call", data).is_err(), "{data}");
    }
}

#[test]
fn json_is_one_line_whatever_it_holds() {
    let event = Event::Call(CallEvent { calla: "a\r\ndata: x\n\n".into(), ..call(CallState::Ringing) });
    assert!(!event.to_json().contains(['\r', '\n']));
}
