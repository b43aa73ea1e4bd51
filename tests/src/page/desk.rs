//! Desks to be shown. They are written as the page gets them, and read by the desk's own types before they are sent: a name or
//! a value that the desk does not know fails the check.

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// What the panel's clock says when a page is told something, in ms.
pub const CLOCK: i64 = 1_000_000;

/// An instant this many seconds ago.
pub fn ago(seconds: i64) -> Value {
    json!({"at": wall(seconds), "ms": CLOCK - seconds * 1000})
}

/// The same on the wall.
pub fn wall(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

/// Lays one value over another: objects are merged, everything else is replaced.
pub fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// The value with this laid over it.
pub fn with(mut base: Value, over: Value) -> Value {
    merge(&mut base, over);
    base
}

/// A connected desk without a call, of extension 801 that is idle.
pub fn idle() -> Value {
    json!({
        "clock": CLOCK,
        "extension": "801",
        "name": null,
        "connection": {"state": "push", "since": ago(600), "problem": null, "poll_seconds": null, "silent_since": null},
        "presence": {"value": "idle", "since": ago(75), "pending": null, "reason": null, "detail": null,
            "owed": null, "elsewhere": false, "after_call": false, "back": false, "wrap_up": null, "missing": null, "reasons": []},
        "calls": [],
        "line": null,
        "targets": {"hold": null, "restore": null, "transfer": null, "survey": null, "hang_up": null, "answer": null, "mute": null},
        "team": null,
        "pending": [],
        "notice": null,
        "popups": [],
        "countdown": null,
        "mood": "idle",
    })
}

/// An incoming call from 13800138000 in this state, with the verbs that it has by push.
pub fn call(uid: &str, state: &str) -> Value {
    let verbs: &[&str] = match state {
        "ringing" => &["hang_up"],
        "talking" | "in_call" => &["hold", "transfer", "survey", "hang_up"],
        "held" => &["restore", "transfer", "survey", "hang_up"],
        "hold_unknown" => &["hold", "restore", "transfer", "survey", "hang_up"],
        _ => &["hang_up"],
    };
    json!({
        "uid": uid,
        "calla": "13800138000",
        "callb": "801",
        "other": "13800138000",
        "who": [],
        "direction": "callin",
        "state": state,
        "since": ago(12),
        "began": ago(95),
        "answered": if state == "ringing" { Value::Null } else { ago(83) },
        "unconfirmed": false,
        "closable": false,
        "behind": null,
        "held_long": false,
        "phone": null,
        "survey": false,
        "pending": null,
        "verbs": verbs,
    })
}

/// A desk with these calls; a verb means the first that has it.
pub fn on(calls: &[Value]) -> Value {
    let mut desk = idle();
    let meant = |verb: &str| {
        let has = |call: &&Value| call["verbs"].as_array().is_some_and(|verbs| verbs.contains(&json!(verb)));
        calls.iter().find(has).map_or(Value::Null, |call| call["uid"].clone())
    };
    let targets: Map<String, Value> = ["hold", "restore", "transfer", "survey", "hang_up", "answer", "mute"]
        .map(|verb| (verb.to_owned(), meant(verb)))
        .into_iter()
        .collect();
    let mood = match calls.first().and_then(|call| call["state"].as_str()) {
        Some("ringing") => "ringing",
        Some("held") => "held",
        Some(_) => "talking",
        None => "idle",
    };
    let popups: Vec<&Value> = calls.iter().map(|call| &call["uid"]).collect();
    merge(&mut desk, json!({"calls": calls, "targets": targets, "mood": mood, "popups": popups}));
    desk
}

/// The time after a call that ended a moment ago, of which 24 s are left; the call is the journal's last.
pub fn wrapping_up() -> Value {
    let until = json!({"at": wall(-24), "ms": CLOCK + 24_000});
    let wrap_up = json!({"uid": "1.1", "other": "13800138000", "since": ago(6), "until": until});
    let presence = json!({"value": "busy", "since": ago(6), "reason": "wrap-up", "wrap_up": wrap_up});
    with(idle(), json!({"presence": presence, "mood": "busy", "recent": [entry("1.1", 6)]}))
}

/// A call in the journal that was talked for 65 s and ended this many seconds ago. A desk's `recent` are such lines; the host has them
/// apart from the snapshot.
pub fn entry(uid: &str, ended: i64) -> Value {
    let id = uid.bytes().fold(7_u64, |sum, byte| (31 * sum + u64::from(byte)) % 1_000_003);
    json!({
        "id": id,
        "life": 1,
        "server": "http://192.168.160.211/",
        "extension": "801",
        "uid": uid,
        "name": null,
        "rings_since": null,
        "holds": [],
        "transfers": [],
        "departure": "ended",
        "survey": false,
        "recording": null,
        "popped": true,
        "note": "",
        "disposition": null,
        "second": null,
        "seen": true,
        "owed": false,
        "calla": "13800138000",
        "callb": "801",
        "other": "13800138000",
        "direction": "callin",
        "began": wall(ended + 80),
        "answered": wall(ended + 65),
        "ended": wall(ended),
        "talked_seconds": 65,
        "reason": "hangup",
        "missed": "no",
        "end_seen": true,
        "offers": 1,
    })
}

/// A refusal of this verb.
pub fn notice(verb: &str, uid: Option<&str>, code: &str) -> Value {
    json!({"verb": verb, "uid": uid, "target": null, "problem": {"code": code, "detail": ""}, "at": ago(1)})
}

/// The settings of a panel that is in use.
pub fn settings(language: &str) -> Value {
    json!({
        "server": "http://192.168.160.211/",
        "extension": "801",
        "login": "none",
        "user": "",
        "secret_set": false,
        "in_keyring": false,
        "language": language,
        "language_choice": language,
        "popup_callout": true,
        "follow_wsdl_host": false,
        "letter_keys": false,
        "mask_numbers": false,
        "popup_private": false,
        "phone": {
            "available": false, "enabled": false, "registrar": "", "user": "", "secret_set": false, "input": "", "output": "",
            "ring_on": [],
        },
        "busy_reasons": [],
        "busy_when_locked": false,
        "busy_when_idle_minutes": 0,
        "wrap_up_seconds": 0,
        "wrap_up_after": "all",
        "hold_alert_seconds": 120,
        "dispositions": [],
        "dispositions_required": "never",
        "link_countdown": false,
        "journal_days": 0,
        "can_hide_popup": true,
        "poll_seconds": 3,
        "notify": "hidden",
        "popup_place": "pointer",
        "sources": {}, "policy": "/etc/uncall-panel/policy.toml",
        "kept_as": null,
        "configured": true,
        "demo": false,
        "problem": null,
        "version": "0.1.0",
    })
}

/// The journal's answers for the lines that a desk has: how it stands, and the list.
pub fn journal(snapshot: &Value) -> Result<(Value, Value)> {
    let rows = snapshot.get("recent").cloned().unwrap_or_else(|| json!([]));
    let read: Vec<uncall_journal::Row> = serde_json::from_value(rows.clone())?;
    let said = serde_json::to_value(&read)?;
    ensure!(said == rows, "the journal says {said}, not {rows}");
    let missed = read.iter().filter(|row| row.call.missed != uncall_journal::Missed::No).count();
    let last = read.iter().find(|row| row.call.ended.is_some());
    let dispositions =
        json!([{"name": "Resolved", "seconds": []}, {"name": "Complaint", "seconds": ["Quality", "Service"]}]);
    let view = json!({"unseen": missed, "last": last, "problem": null, "dispositions": dispositions});
    Ok((view, json!({"rows": rows, "more": false})))
}

/// The snapshot, after the desk's types have read it and said it again. The shell adds its clock, and has the journal apart.
pub fn checked(snapshot: &Value) -> Result<Value> {
    let mut snapshot = snapshot.clone();
    snapshot.as_object_mut().map(|desk| desk.remove("recent"));
    let desk: uncall_desk::snapshot::Snapshot = serde_json::from_value(snapshot.clone())?;
    let said = with(serde_json::to_value(desk)?, json!({"clock": snapshot.get("clock")}));
    ensure!(said == snapshot, "the desk says {said}, not {snapshot}");
    Ok(said)
}
