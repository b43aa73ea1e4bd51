//! Events that no lab phone sends: odd callers, odd names, channels that change places.

use uncall_contract::event::Event;

use super::{Desk, message, word};

fn new(desk: &mut Desk, name: &str, state: &str, number: &str, exten: &str, unique: &str, linked: &str) {
    desk.take(&message(&[
        ("Event", "Newchannel"),
        ("Channel", name),
        ("ChannelState", state),
        ("CallerIDNum", number),
        ("CallerIDName", "<unknown>"),
        ("ConnectedLineNum", "<unknown>"),
        ("Exten", exten),
        ("Uniqueid", unique),
        ("Linkedid", linked),
    ]));
}

fn state(desk: &mut Desk, unique: &str, state: &str) {
    desk.take(&message(&[("Event", "Newstate"), ("Uniqueid", unique), ("ChannelState", state)]));
}

fn dials(desk: &mut Desk, by: &str, dest: &str) {
    let name = desk.model.legs.values().find(|leg| leg.unique == by).map_or("PJSIP/x-1", |leg| &leg.name).to_owned();
    let event = [("Event", "DialBegin"), ("Channel", &name), ("Uniqueid", by), ("DestUniqueid", dest)];
    desk.take(&message(&event));
}

fn bridge(desk: &mut Desk, event: &str, unique: &str, linked: &str, bridge: &str) {
    let headers = [("Event", event), ("Uniqueid", unique), ("Linkedid", linked), ("BridgeUniqueid", bridge)];
    desk.take(&message(&headers));
}

fn hangup(desk: &mut Desk, unique: &str) {
    desk.take(&message(&[("Event", "Hangup"), ("Uniqueid", unique), ("Cause", "16")]));
}

fn told(desk: &Desk, exten: &str) -> Vec<String> {
    let calls = desk.told.iter().filter(|(who, _)| who == exten).filter_map(|(_, event)| match event {
        Event::Call(call) => Some(format!("{} {}", call.uid, word(call.state))),
        Event::Snapshot(_) | Event::Presence(_) | Event::Team(_) | Event::Member(_) | Event::Queues(_) => None,
    });
    calls.collect()
}

fn talking(desk: &mut Desk, number: &str) {
    new(desk, "PJSIP/trunk-00000000", "4", number, "801", "1.0", "1.0");
    new(desk, "PJSIP/801-00000001", "0", "801", "", "1.1", "1.0");
    dials(desk, "1.0", "1.1");
    state(desk, "1.1", "5");
    state(desk, "1.1", "6");
    bridge(desk, "BridgeEnter", "1.1", "1.0", "b");
    bridge(desk, "BridgeEnter", "1.0", "1.0", "b");
}

#[test]
fn a_caller_may_be_called_anything() {
    for (number, shown) in [
        ("13800138000", "13800138000"),
        ("<unknown>", "anonymous"),
        ("anonymous", "anonymous"),
        ("", "anonymous"),
        ("Bobby\u{7} \"; DROP", "Bobby \"; DROP"),
        ("+49 (30) 1234", "+49301234"),
    ] {
        let mut desk = Desk::new();
        talking(&mut desk, number);
        let call = desk.current("801").unwrap();
        assert_eq!((call.calla.as_str(), call.callb.as_str()), (shown, "801"));
        assert!(desk.table.hold("801", None).is_ok());
    }
}

#[test]
fn a_busy_phone_does_not_ring() {
    let mut desk = Desk::new();
    new(&mut desk, "PJSIP/trunk-00000000", "4", "1", "801", "1.0", "1.0");
    new(&mut desk, "PJSIP/801-00000001", "0", "801", "", "1.1", "1.0");
    dials(&mut desk, "1.0", "1.1");
    hangup(&mut desk, "1.1");
    assert!(told(&desk, "801").is_empty());
}

#[test]
fn a_channel_with_an_odd_name_is_known_by_its_unique_id() {
    let mut desk = Desk::new();
    new(&mut desk, "PJSIP/my trunk, \"2\"-00000000", "4", "1", "801", "1.0", "1.0");
    new(&mut desk, "PJSIP/801-00000001", "0", "801", "", "1.1", "1.0");
    dials(&mut desk, "1.0", "1.1");
    state(&mut desk, "1.1", "6");
    bridge(&mut desk, "BridgeEnter", "1.1", "1.0", "b");
    bridge(&mut desk, "BridgeEnter", "1.0", "1.0", "b");
    let pair = desk.table.hold("801", None).unwrap();
    assert_eq!(pair.other.as_str(), "1.0");
    assert_eq!(desk.model.leg(&pair.other), Some(("1.0".into(), "1.0".into())));
    assert_eq!(desk.model.leg(&pair.own), Some(("1.1".into(), "PJSIP/801-00000001".into())));
}

#[test]
fn a_name_that_comes_again_after_a_restart_is_another_leg() {
    let mut desk = Desk::new();
    talking(&mut desk, "1");
    desk.model.lists_asked();
    new(&mut desk, "PJSIP/801-00000001", "4", "801", "802", "2.0", "2.0");
    desk.rebuild(&super::Lists::default());
    assert_eq!(told(&desk, "801"), ["1.0 ringing", "1.0 talking", "1.0 ended", "2.0 ringing"]);
    assert_eq!(desk.current("801").unwrap().uid, "2.0");
    hangup(&mut desk, "2.0");
    assert_eq!(desk.table.calls_up(), 0);
}

/// 801 talks with a customer, asks 802 with a call of its own, and joins the two by the phone's own key.
#[test]
fn a_transfer_by_the_phone_itself_leaves_no_ghost() {
    let mut desk = Desk::new();
    talking(&mut desk, "13800138000");
    new(&mut desk, "PJSIP/801-00000002", "4", "801", "802", "2.2", "2.2");
    new(&mut desk, "PJSIP/802-00000003", "0", "802", "", "2.3", "2.2");
    dials(&mut desk, "2.2", "2.3");
    state(&mut desk, "2.3", "5");
    assert_eq!(desk.current("802").unwrap().calla, "801");
    state(&mut desk, "2.3", "6");
    bridge(&mut desk, "BridgeEnter", "2.2", "2.2", "c");
    bridge(&mut desk, "BridgeEnter", "2.3", "2.2", "c");
    bridge(&mut desk, "BridgeLeave", "2.2", "2.2", "c");
    bridge(&mut desk, "BridgeLeave", "1.1", "1.0", "b");
    bridge(&mut desk, "BridgeLeave", "1.0", "1.0", "b");
    bridge(&mut desk, "BridgeEnter", "1.0", "1.0", "c");
    hangup(&mut desk, "1.1");
    hangup(&mut desk, "2.2");
    // The PBX joins the calls: the older one's id is everybody's.
    desk.take(&message(&[("Event", "NewConnectedLine"), ("Uniqueid", "2.3"), ("Linkedid", "1.0")]));
    let call = desk.current("802").unwrap();
    assert_eq!((call.uid.as_str(), call.calla.as_str(), call.callb.as_str()), ("1.0", "13800138000", "802"));
    assert_eq!(desk.current("801"), None);
    assert!(desk.table.hold("802", None).is_ok());
    hangup(&mut desk, "1.0");
    hangup(&mut desk, "2.3");
    assert_eq!(desk.table.calls_up(), 0);
    assert!(desk.calls().is_empty());
}

/// Channels change places: the one that is left over under another's name is nobody's leg.
#[test]
fn a_zombie_is_no_leg() {
    let mut desk = Desk::new();
    talking(&mut desk, "1");
    desk.take(&message(&[
        ("Event", "Rename"),
        ("Channel", "PJSIP/801-00000001"),
        ("Newname", "PJSIP/801-00000001<ZOMBIE>"),
        ("Uniqueid", "1.1"),
    ]));
    assert_eq!(desk.current("801"), None);
    assert_eq!(desk.table.calls_up(), 1);
}

#[test]
fn late_events_bring_nothing_back() {
    let mut desk = Desk::new();
    talking(&mut desk, "1");
    hangup(&mut desk, "1.1");
    hangup(&mut desk, "1.0");
    let before = desk.told.len();
    new(&mut desk, "PJSIP/801-00000001", "6", "801", "", "1.1", "1.0");
    bridge(&mut desk, "BridgeEnter", "1.1", "1.0", "b");
    dials(&mut desk, "1.0", "1.1");
    assert_eq!(desk.told.len(), before);
    assert_eq!(desk.table.calls_up(), 0);
}
