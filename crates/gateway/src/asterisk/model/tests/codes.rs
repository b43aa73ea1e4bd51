//! Codes: a pick-up is not a call to `*8`, but voicemail is one to `*97`.

use super::{Desk, message};
use crate::asterisk::message::Message;

fn code(event: &str, number: &str, state: &str) -> Message {
    message(&[
        ("Event", event),
        ("Channel", "PJSIP/801-00000001"),
        ("ChannelState", state),
        ("CallerIDNum", "801"),
        ("ConnectedLineNum", "<unknown>"),
        ("Context", "from-internal"),
        ("Exten", number),
        ("Uniqueid", "1.1"),
        ("Linkedid", "1.1"),
    ])
}

impl Desk {
    fn waits(&mut self) {
        let facts = self.model.codes_wait();
        self.apply(&facts);
    }
}

#[test]
fn what_nobody_explains_is_told_after_a_while() {
    for number in ["*97", "**801", "#1"] {
        let mut desk = Desk::new();
        desk.take(&code("Newchannel", number, "4"));
        desk.take(&code("Newstate", number, "6"));
        assert!(desk.current("801").is_none() && desk.model.has_codes(), "{number}");
        desk.waits();
        assert!(desk.current("801").is_none(), "{number}: it may have begun just now");
        desk.waits();
        assert_eq!(desk.current("801").unwrap().callb, number);
        assert!(!desk.model.has_codes());
        desk.take(&code("Hangup", number, "6"));
        assert!(desk.current("801").is_none());
    }
}

#[test]
fn what_something_is_said_of_is_told_at_once() {
    let mut desk = Desk::new();
    desk.take(&code("Newchannel", "*97", "4"));
    desk.take(&code("MusicOnHoldStart", "*97", "6"));
    assert_eq!(desk.current("801").unwrap().callb, "*97");
    // A number with a star inside is not a code.
    let mut desk = Desk::new();
    desk.take(&code("Newchannel", "13800138000*1", "4"));
    assert!(desk.current("801").is_some() && !desk.model.has_codes());
}

#[test]
fn what_is_over_before_anything_was_said_was_no_call() {
    let mut desk = Desk::new();
    desk.take(&code("Newchannel", "*78", "4"));
    desk.take(&code("Newstate", "*78", "6"));
    desk.take(&code("Hangup", "*78", "6"));
    desk.waits();
    desk.waits();
    assert!(desk.told.is_empty() && !desk.model.has_codes(), "{:?}", desk.told);
}
