//! Every recorded trace, and what the extensions see of it: `fixtures/views` holds one readable file for each.
//!
//! `UNCALL_WRITE_VIEWS=1` writes them anew; read the difference before it is committed.

use std::collections::HashMap;
use std::fmt::Write as _;

use uncall_contract::event::Event;

use super::trace::{Item, fixtures, is_event};
use super::{Desk, EXTENS, Trace, word};
use crate::model::ids;

/// The trace's story: remarks, what the streams are told, and at the end what popEvent says.
fn views(trace: &Trace) -> String {
    let mut desk = Desk::new();
    let mut story = String::new();
    let mut uids: HashMap<String, usize> = HashMap::new();
    for item in &trace.items {
        match item {
            Item::Remark(remark) => writeln!(story, "# {remark}").unwrap(),
            Item::Sent(_) => {}
            Item::Received(message) if is_event(message) => desk.take(message),
            Item::Received(_) => {}
        }
        for (exten, event) in desk.told.drain(..) {
            let Event::Call(call) = event else { continue };
            let next = uids.len() + 1;
            let uid = *uids.entry(call.uid.clone()).or_insert(next);
            write!(story, "{exten}: call {uid} {}", word(call.state)).unwrap();
            match call.reason {
                Some(reason) => writeln!(story, ", {}", word(reason)).unwrap(),
                None => writeln!(story, " ({} from {} to {})", call.status.as_str(), call.calla, call.callb).unwrap(),
            }
        }
    }
    for exten in EXTENS {
        if let Some(call) = desk.current(exten) {
            writeln!(story, "still: {exten} {} from {} to {}", call.status.as_str(), call.calla, call.callb).unwrap();
        }
    }
    story
}

#[test]
fn every_trace_is_seen_as_written_down() {
    let folder = fixtures().join("views");
    let write = std::env::var_os("UNCALL_WRITE_VIEWS").is_some();
    let mut wrong = Vec::new();
    for trace in Trace::all().into_iter().chain(Trace::moved()) {
        let story = views(&trace);
        let file = folder.join(format!("{}.txt", trace.name));
        if write {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &story).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != story {
            wrong.push(format!("{}:\n{story}", trace.name));
        }
    }
    assert!(wrong.is_empty(), "seen otherwise than written down:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_stays_when_everybody_has_hung_up() {
    for trace in Trace::all().into_iter().chain(Trace::moved()) {
        let mut desk = Desk::new();
        let mut up = 0_i32;
        for message in trace.events() {
            desk.take(message);
            up += match message.event() {
                "Newchannel" => 1,
                "Hangup" => -1,
                _ => 0,
            };
        }
        if up == 0 {
            assert_eq!(desk.table.calls_up(), 0, "{}", trace.name);
            assert!(desk.calls().is_empty(), "{}", trace.name);
            assert_eq!(desk.model.parties(), 0, "{}", trace.name);
        }
    }
}

#[test]
fn what_asterisk_says_is_whole() {
    for trace in Trace::all() {
        for item in &trace.items {
            if let Item::Received(message) = item {
                assert!(message.is_whole(), "{}: {message:?}", trace.name);
            }
        }
    }
}

#[test]
fn a_leg_is_known_by_its_unique_id() {
    let trace = Trace::named("inbound-answered");
    let mut desk = Desk::new();
    let uid = trace.events().iter().map(|message| message.get("Linkedid")).find(|uid| !uid.is_empty()).unwrap();
    for message in trace.events() {
        desk.take(message);
        if let Some(call) = desk.current("801") {
            assert_eq!(call.uid, uid);
            assert_eq!(ids::origin(uid), ids::Origin::Pbx);
        }
    }
}
