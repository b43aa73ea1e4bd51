//! What reaches the PBX from a plan.

use uncall_contract::{Channel, Extension, PhoneNumber, Uid};

use super::Found;
use super::holding::part;
use crate::listing::set;

/// In a dialplan, an application's argument or a channel's name, each of these begins something of its own.
const HOSTILE: [&str; 12] = ["&", ",", "${", "|", "\"", "'", "\r", "\n", "\0", "$[", "\\", "`"];

#[test]
fn no_value_of_a_plan_can_hold_what_a_dialplan_would_read() {
    for hostile in HOSTILE {
        for text in [format!("801{hostile}"), format!("{hostile}801"), format!("80{hostile}1")] {
            let inside = text.trim() == text;
            assert!(!inside || Extension::parse(&text).is_err(), "{text:?}");
            // What people type between digits is dropped, line breaks among it.
            let typed = PhoneNumber::from_typed(&text);
            assert!(typed.is_err() || typed.is_ok_and(|number| number.as_str() == "801"), "{text:?}");
            assert!(!inside || Uid::parse(&text).is_err(), "{text:?}");
            assert!(!inside || Channel::parse(&format!("PJSIP/{text}-0000000a")).is_err(), "{text:?}");
        }
    }
}

#[test]
fn both_legs_are_redirected_in_one_step() {
    let found = |name: &str| Found { unique: name.into(), name: name.into() };
    let action = part(&found("PJSIP/801-1"), &found("PJSIP/trunk-1"), "uncall-hold", "s", "uncall-hold-agent").unwrap();
    let get = |name: &str| action.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str());
    assert_eq!((get("Channel"), get("Context")), (Some("PJSIP/trunk-1"), Some("uncall-hold")));
    assert_eq!((get("ExtraChannel"), get("ExtraContext")), (Some("PJSIP/801-1"), Some("uncall-hold-agent")));
    assert!(set("PJSIP/801-1", "UNCALL_PEER", "x\r\nAction: DBPut").is_err());
}
