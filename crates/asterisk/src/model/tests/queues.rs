//! Queues, by app_queue's events and its list.

use uncall_contract::event::{Detail, Event, Presence};
use uncall_contract::{BusyReason, Extension};

use uncall_switch::calls::Membership;

use super::{Desk, message};
use crate::message::Message;

fn member(event: &str, queue: &str, interface: &str, paused: &str, reason: &str) -> Message {
    let of = if event == "QueueMember" { "Location" } else { "Interface" };
    message(&[
        ("Event", event),
        ("Queue", queue),
        (of, interface),
        ("StateInterface", interface),
        ("Paused", paused),
        ("PausedReason", reason),
    ])
}

fn caller(event: &str, queue: &str, unique: &str) -> Message {
    message(&[("Event", event), ("Queue", queue), ("Uniqueid", unique), ("Wait", "40"), ("Linkedid", unique)])
}

impl Desk {
    fn stands(&self, exten: &str) -> (Presence, Option<Detail>, Option<String>) {
        let now = self.table.snapshot(exten).unwrap();
        (now.presence, now.detail, now.reason)
    }

    fn listed(&mut self, items: &[Message], anew: bool) {
        let facts = self.model.queues_listed(items, anew);
        self.apply(&facts);
    }

    fn waiting(&self, exten: &str) -> Vec<(String, u32)> {
        let queues = self.table.queues(exten).unwrap().queues;
        queues.into_iter().map(|queue| (queue.name, queue.waiting)).collect()
    }
}

const WAY: &str = "Local/801@from-queue/n";

#[test]
fn busy_is_paused_in_every_queue_and_idle_in_some() {
    let mut desk = Desk::new();
    desk.take(&member("QueueMemberAdded", "a", "PJSIP/801", "0", ""));
    desk.take(&member("QueueMemberAdded", "b", WAY, "0", ""));
    assert_eq!(desk.stands("801"), (Presence::Idle, None, None));
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "1", "lunch"));
    assert_eq!(desk.stands("801"), (Presence::Idle, Some(Detail::PartlyPaused), Some("lunch".into())));
    desk.take(&member("QueueMemberPause", "b", WAY, "1", ""));
    assert_eq!(desk.stands("801"), (Presence::Busy, Some(Detail::Paused), Some("lunch".into())));
    // Two phones in one queue are both to be paused.
    desk.take(&member("QueueMemberAdded", "b", "PJSIP/801", "0", ""));
    assert_eq!(desk.stands("801").1, Some(Detail::PartlyPaused));
    for interface in ["PJSIP/801", WAY] {
        desk.take(&member("QueueMemberRemoved", "b", interface, "0", ""));
    }
    assert_eq!(desk.stands("801").1, Some(Detail::Paused));
    desk.take(&member("QueueMemberRemoved", "a", "PJSIP/801", "1", ""));
    assert_eq!(desk.stands("801"), (Presence::Idle, None, None));
    let told = desk.told.iter().filter(|(exten, event)| exten == "801" && matches!(event, Event::Presence(_)));
    assert_eq!(told.count(), 5, "{:?}", desk.told);
}

#[test]
fn a_list_heals_what_events_lost_and_is_older_than_what_they_say_meanwhile() {
    let mut desk = Desk::new();
    let items = [
        message(&[("Event", "QueueParams"), ("Queue", "a")]),
        member("QueueMember", "a", "PJSIP/801", "1", "meeting"),
        member("QueueMember", "a", "PJSIP/802", "0", ""),
        caller("QueueEntry", "a", "9.1"),
        caller("QueueEntry", "a", "9.2"),
    ];
    desk.model.queues_asked();
    desk.take(&caller("QueueCallerLeave", "a", "9.2"));
    desk.take(&member("QueueMemberPause", "a", "PJSIP/802", "1", ""));
    desk.listed(&items, false);
    assert_eq!(desk.stands("801").1, Some(Detail::Paused));
    assert_eq!(desk.stands("802").1, Some(Detail::Paused), "the event is newer");
    assert_eq!(desk.waiting("801"), [("a".into(), 1)]);
    let since = desk.table.queues("801").unwrap().queues[0].waiting_since.unwrap();
    desk.take(&caller("QueueCallerJoin", "a", "9.3"));
    assert_eq!(desk.waiting("802"), [("a".into(), 2)]);
    assert_eq!(desk.table.queues("801").unwrap().queues[0].waiting_since, Some(since), "the longest");
    desk.model.queues_asked();
    desk.listed(&items[..2], false);
    assert_eq!(desk.waiting("801"), [("a".into(), 0)]);
    assert_eq!((desk.stands("802"), desk.waiting("802")), ((Presence::Idle, None, None), Vec::new()));
}

#[test]
fn who_is_busy_has_to_be_paused_where_he_is_new() {
    let exten = Extension::parse("801").unwrap();
    let mut desk = Desk::new();
    let out_of_step = |desk: &mut Desk| desk.model.take_out_of_step();
    desk.listed(&[member("QueueMember", "a", "PJSIP/801", "0", "")], true);
    assert_eq!(out_of_step(&mut desk), []);
    // Elsewhere: the key has appeared.
    let asked = desk.model.settings();
    let facts = desk.model.presences(&["801".to_owned()].into(), asked);
    desk.apply(&facts);
    assert_eq!(out_of_step(&mut desk), [(exten.clone(), Presence::Busy)]);
    assert_eq!(desk.model.unpaused(&exten), [("a".into(), "PJSIP/801".into())]);
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "1", ""));
    assert_eq!(out_of_step(&mut desk), []);
    // A supervisor unpauses the agent anyway. The latest change wins, and the agent becomes idle if the PBX confirms it.
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "0", ""));
    desk.listed(&[member("QueueMember", "a", "PJSIP/801", "0", "")], false);
    assert_eq!(out_of_step(&mut desk), []);
    assert_eq!(desk.model.take_unpaused(), std::slice::from_ref(&exten));
    desk.model.queues_asked();
    desk.listed(&[member("QueueMember", "a", "PJSIP/801", "0", "")], true);
    assert_eq!(out_of_step(&mut desk), [(exten.clone(), Presence::Busy)]);
    desk.take(&member("QueueMemberAdded", "b", WAY, "0", ""));
    assert_eq!(out_of_step(&mut desk), [(exten.clone(), Presence::Busy)]);
    // And the key has gone again.
    let facts = desk.model.presences(&Default::default(), asked);
    desk.apply(&facts);
    assert_eq!(out_of_step(&mut desk), [(exten, Presence::Idle)]);
}

#[test]
fn who_is_busy_and_unpaused_in_all_queues_by_somebody_else_is_to_be_idle() {
    let exten = Extension::parse("801").unwrap();
    let mut desk = Desk::new();
    let unpaused = |desk: &mut Desk| desk.model.take_unpaused();
    for (queue, interface) in [("a", "PJSIP/801"), ("b", WAY)] {
        desk.take(&member("QueueMemberAdded", queue, interface, "1", ""));
    }
    // An agent who is not busy was only paused.
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "0", ""));
    desk.take(&member("QueueMemberPause", "b", WAY, "0", ""));
    assert_eq!(unpaused(&mut desk), []);

    let facts: Vec<_> = desk.model.set_presence(&exten, Presence::Busy, None).into_iter().collect();
    desk.apply(&facts);
    for (queue, interface) in [("a", "PJSIP/801"), ("b", WAY)] {
        desk.take(&member("QueueMemberPause", queue, interface, "1", ""));
    }
    // Unpaused in one of two queues: the other one still keeps its calls away.
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "0", ""));
    assert_eq!(unpaused(&mut desk), []);
    desk.take(&member("QueueMemberPause", "b", WAY, "0", ""));
    assert_eq!(unpaused(&mut desk), std::slice::from_ref(&exten));
    // Without events, a list shows it.
    desk.model.queues_asked();
    let listed =
        |paused| [member("QueueMember", "a", "PJSIP/801", paused, ""), member("QueueMember", "b", WAY, paused, "")];
    desk.listed(&listed("1"), false);
    desk.listed(&listed("0"), false);
    assert_eq!(unpaused(&mut desk), std::slice::from_ref(&exten));
    assert!(desk.model.is_called_by_all(&exten, &listed("0")) && !desk.model.is_called_by_all(&exten, &listed("1")));
    assert!(!desk.model.is_called_by_all(&exten, &[]));

    // The steps of our own verb do not count as somebody else's.
    desk.listed(&listed("1"), false);
    desk.model.settles(&exten);
    desk.listed(&listed("0"), false);
    assert_eq!(unpaused(&mut desk), []);
}

#[test]
fn the_steps_of_one_change_are_one_event() {
    let exten = Extension::parse("801").unwrap();
    let mut desk = Desk::new();
    desk.take(&member("QueueMemberAdded", "a", "PJSIP/801", "0", ""));
    let told = desk.told.len();
    desk.model.settles(&exten);
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "1", "lunch"));
    let mut facts: Vec<_> = desk.model.set_presence(&exten, Presence::Busy, None).into_iter().collect();
    assert_eq!(desk.told.len(), told);
    facts.extend(desk.model.settled(&exten));
    desk.apply(&facts);
    assert_eq!(desk.told.len(), told + 1, "{:?}", desk.told);
    assert_eq!(desk.stands("801").1, Some(Detail::DoNotDisturb));
    assert!(desk.table.queues("801").unwrap().queues[0].paused);
}

#[test]
fn a_phone_that_appears_later_has_its_queues() {
    let mut desk = Desk::new();
    desk.take(&member("QueueMemberAdded", "a", "PJSIP/809", "1", "late"));
    desk.take(&message(&[("Event", "DeviceStateChange"), ("Device", "PJSIP/809"), ("State", "NOT_INUSE")]));
    assert_eq!(desk.stands("809"), (Presence::Busy, Some(Detail::Paused), Some("late".into())));
}

#[test]
fn what_lacks_something_is_no_event() {
    let mut desk = Desk::new();
    for event in [
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberRemoved",
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueCallerAbandon",
        "Queue",
    ] {
        desk.take(&message(&[("Event", event)]));
        desk.take(&message(&[("Event", event), ("Queue", "a")]));
        desk.take(&message(&[("Event", event), ("Interface", "PJSIP/801"), ("Uniqueid", "1.1")]));
    }
    desk.listed(&[message(&[("Event", "QueueMember")]), message(&[("Event", "QueueEntry"), ("Queue", "a")])], true);
    assert!(desk.told.is_empty() && desk.waiting("801").is_empty(), "{:?}", desk.told);
}

/// Asterisk answers QueueAdd and QueuePause before their events come, as seen with a busy agent who logs in.
#[test]
fn an_event_that_a_later_change_of_ours_has_overtaken_undoes_nothing() {
    let mut desk = Desk::new();
    let exten = Extension::parse("801").unwrap();
    let lunch = || Membership { paused: true, reason: BusyReason::of("lunch") };
    desk.model.queue_change_begins(Some("a"), "PJSIP/801", "QueueMemberAdded");
    let fact = desk.model.is_member("a", "PJSIP/801", Some((exten, lunch())));
    desk.apply(fact.as_slice());
    desk.model.queue_change_begins(Some("a"), "PJSIP/801", "QueueMemberPause");
    let facts = desk.model.paused(Some("a"), "PJSIP/801", &lunch());
    desk.apply(&facts);
    let paused = (Presence::Busy, Some(Detail::Paused), Some("lunch".into()));
    for event in ["QueueMemberAdded", "QueueMemberPause"] {
        let reason = if event == "QueueMemberAdded" { "" } else { "lunch" };
        desk.take(&member(event, "a", "PJSIP/801", "1", reason));
        assert_eq!(desk.stands("801"), paused, "{event}");
    }
    // Whatever comes now is somebody else's change.
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "0", ""));
    assert_eq!(desk.stands("801").0, Presence::Idle);

    // Busy and idle in one breath: the first pause is told last.
    for paused in [true, false] {
        desk.model.queue_change_begins(None, "PJSIP/801", "QueueMemberPause");
        let facts = desk.model.paused(None, "PJSIP/801", &Membership { paused, reason: None });
        desk.apply(&facts);
    }
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "1", ""));
    assert_eq!(desk.stands("801").0, Presence::Idle);
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "0", ""));
    assert_eq!(desk.stands("801").0, Presence::Idle);

    // A refused change is told by nothing, and hides nothing.
    desk.model.queue_change_begins(Some("a"), "PJSIP/801", "QueueMemberRemoved");
    desk.model.queue_change_fails(Some("a"), "PJSIP/801", "QueueMemberRemoved");
    desk.take(&member("QueueMemberPause", "a", "PJSIP/801", "1", ""));
    assert_eq!(desk.stands("801").0, Presence::Busy);
}
