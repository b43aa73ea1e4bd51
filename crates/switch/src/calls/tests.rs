//! Facts as a PBX reports them, one by one, and what extensions see of them.

use uncall_contract::event::EndReason;
use uncall_contract::{PhoneNumber, Reason};

use super::*;

struct Desk {
    table: Table,
    clock: i64,
    told: Vec<(String, String)>,
}

fn exten(text: &str) -> Extension {
    Extension::parse(text).unwrap()
}

fn channel(text: &str) -> Channel {
    Channel::parse(text).unwrap()
}

fn from(text: &str) -> Purpose {
    Purpose::CalledBy { from: text.into() }
}

fn to(text: &str) -> Purpose {
    Purpose::Calls { to: text.into() }
}

impl Desk {
    fn new() -> Desk {
        let mut desk = Desk { table: Table::default(), clock: 0, told: Vec::new() };
        for line in ["801", "802", "803"] {
            desk.fact(Fact::Line { exten: exten(line), registered: true });
        }
        desk
    }

    fn fact(&mut self, fact: Fact) {
        self.facts(&[fact]);
    }

    fn facts(&mut self, facts: &[Fact]) {
        self.clock += 1;
        let at = Timestamp::from_second(self.clock).unwrap();
        for (exten, event) in self.table.apply(facts, at) {
            let text = match event {
                Event::Call(call) => {
                    assert!(call.since == at || call.was.is_some());
                    let reason = call.reason.map_or(String::new(), |reason| format!(" {reason:?}"));
                    format!("{:?}{reason}", call.state)
                }
                Event::Presence(presence) => format!("{:?}", presence.presence),
                Event::Snapshot(_) | Event::Team(_) | Event::Member(_) | Event::Queues(_) => panic!("{event:?}"),
            };
            self.told.push((exten.into(), text));
        }
    }

    fn leg(&mut self, name: &str, uid: &str, party: &str, purpose: Purpose, rings: bool) {
        let party = match party.len() {
            3 => Party::Extension(exten(party)),
            _ => Party::Number(PhoneNumber::parse(party).unwrap()),
        };
        self.fact(Fact::LegBegan { channel: channel(name), uid: Uid::parse(uid).unwrap(), party, purpose, rings });
    }

    fn bridge(&mut self, bridge: u64, names: [&str; 2]) {
        for name in names {
            self.fact(Fact::Bridged { channel: channel(name), bridge });
        }
    }

    fn unbridge(&mut self, names: [&str; 2]) {
        for name in names {
            self.fact(Fact::Unbridged { channel: channel(name) });
        }
    }

    fn end(&mut self, name: &str, reason: EndReason) {
        self.fact(Fact::LegEnded { channel: channel(name), reason });
    }

    /// 801 talks with a customer: legs `cu` and `ag`.
    fn talking() -> Desk {
        let mut desk = Desk::new();
        desk.leg("cu", "1.1", "13800138000", to("801"), false);
        desk.leg("ag", "1.1", "801", from("13800138000"), true);
        desk.fact(Fact::LegAnswered { channel: channel("ag") });
        desk.bridge(1, ["ag", "cu"]);
        desk
    }

    fn hold(&mut self) {
        self.unbridge(["ag", "cu"]);
        self.fact(Fact::Held { channel: channel("cu"), by: exten("801"), own: channel("ag") });
    }

    fn told(&self, exten: &str) -> Vec<&str> {
        self.told.iter().filter(|(who, _)| who == exten).map(|(_, text)| text.as_str()).collect()
    }
}

#[test]
fn facts_that_come_one_by_one_do_not_flicker() {
    let mut desk = Desk::talking();
    desk.hold();
    desk.bridge(2, ["cu", "ag"]);
    desk.unbridge(["cu", "ag"]);
    desk.fact(Fact::Transferring { channel: channel("ag"), other: channel("cu") });
    desk.bridge(3, ["ag", "cu"]);
    desk.end("cu", EndReason::Hangup);
    desk.end("ag", EndReason::Hangup);
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Held", "Talking", "Transferring", "Talking", "Ended Hangup"]);
}

#[test]
fn a_ring_group_is_answered_by_one() {
    let mut desk = Desk::new();
    desk.leg("cu", "1.1", "13800138000", to("800"), false);
    for line in ["801", "802", "803"] {
        desk.leg(line, "1.1", line, from("13800138000"), true);
    }
    desk.fact(Fact::LegAnswered { channel: channel("802") });
    desk.end("801", EndReason::AnsweredElsewhere);
    desk.end("803", EndReason::AnsweredElsewhere);
    desk.bridge(1, ["cu", "802"]);
    assert_eq!(desk.told("801"), ["Ringing", "Ended AnsweredElsewhere"]);
    assert_eq!(desk.told("802"), ["Ringing", "Talking"]);
    assert_eq!(desk.table.current("802", |_| false).unwrap().uid, "1.1");
}

#[test]
fn a_call_that_comes_back_begins_anew() {
    let mut desk = Desk::talking();
    desk.end("ag", EndReason::Transferred);
    desk.leg("ag2", "1.1", "801", from("13800138000"), true);
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Ended Transferred", "Ringing"]);
}

#[test]
fn facts_about_strangers_change_nothing() {
    let mut desk = Desk::new();
    for name in ["x", "y"] {
        desk.fact(Fact::LegAnswered { channel: channel(name) });
        desk.fact(Fact::Held { channel: channel(name), by: exten("801"), own: channel("z") });
        desk.fact(Fact::Transferring { channel: channel(name), other: channel("z") });
        desk.fact(Fact::Aside { channel: channel(name) });
        desk.end(name, EndReason::Hangup);
        desk.fact(Fact::Presence { exten: exten("899"), presence: Presence::Busy, reason: None });
        desk.leg("other", "9.9", "899", from("1"), true);
        desk.bridge(1, [name, "other"]);
    }
    assert!(desk.told.is_empty());
    assert!(desk.table.snapshot("899").is_none());
}

#[test]
fn a_bridge_alone_is_no_conversation() {
    let mut desk = Desk::new();
    desk.leg("ag", "1.1", "801", to("13800138000"), false);
    desk.fact(Fact::Bridged { channel: channel("ag"), bridge: 1 });
    assert_eq!(desk.table.hold("801", None), Err(Reason::AgentNotInUse));
    assert_eq!(desk.told("801"), ["Ringing"]);
}

#[test]
fn a_held_call_found_after_the_phone_dropped_is_shown() {
    let mut desk = Desk::new();
    desk.leg("cu", "1.1", "13800138000", to("801"), false);
    desk.fact(Fact::Held { channel: channel("cu"), by: exten("801"), own: channel("ag") });
    let call = desk.table.current("801", |_| false).unwrap();
    assert_eq!((call.calla.as_str(), call.callb.as_str(), call.uid.as_str()), ("13800138000", "801", "1.1"));
    let plan = desk.table.restore("801", "cu").unwrap();
    assert_eq!((plan.own, plan.held), (None, channel("cu")));
}

#[test]
fn a_phone_that_answers_for_a_held_call_is_not_on_hold_again() {
    let mut desk = Desk::talking();
    desk.hold();
    desk.end("ag", EndReason::Hangup);
    desk.leg("back", "1.1", "801", from("13800138000"), true);
    desk.fact(Fact::LegAnswered { channel: channel("back") });
    desk.bridge(2, ["back", "cu"]);
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Held", "Ringing", "Talking"]);
}

#[test]
fn a_name_that_is_used_again_ends_the_older_leg() {
    let mut desk = Desk::talking();
    desk.leg("ag", "2.2", "801", to("802"), false);
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Ended Hangup", "Ringing"]);
    desk.end("ag", EndReason::Hangup);
    assert!(desk.table.current("801", |_| false).is_none());
}

#[test]
fn hanging_up_a_conversation_touches_the_own_leg_alone() {
    let desk = Desk::talking();
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!(
        (plan.own, plan.others),
        (vec![channel("ag")], vec![]),
        "the PBX leads the other to the survey, or ends it"
    );
}

#[test]
fn hanging_up_one_phone_of_a_ring_group_leaves_the_caller_to_the_others() {
    let mut desk = Desk::new();
    desk.leg("cu", "1.1", "13800138000", to("800"), false);
    for line in ["801", "802"] {
        desk.leg(line, "1.1", line, from("13800138000"), true);
    }
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("801")], vec![]));
    desk.end("802", EndReason::NoAnswer);
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("801")], vec![]), "and to the PBX when no other phone rings");
}

#[test]
fn hanging_up_a_held_call_takes_the_other_along() {
    let mut desk = Desk::talking();
    desk.hold();
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("ag")], vec![channel("cu")]));
    desk.end("ag", EndReason::Hangup);
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![], vec![channel("cu")]));
}

#[test]
fn presence_is_told_when_it_changes() {
    let mut desk = Desk::new();
    for presence in [Presence::Idle, Presence::Busy, Presence::Busy, Presence::Idle] {
        desk.fact(Fact::Presence { exten: exten("801"), presence, reason: None });
    }
    assert_eq!(desk.told("801"), ["Busy", "Idle"]);
    assert_eq!(desk.table.presences(), (3, 0));
}

#[test]
fn a_step_reported_whole_is_seen_whole() {
    let mut desk = Desk::talking();
    let began = desk.told("801").len();
    desk.facts(&[
        Fact::Unbridged { channel: channel("ag") },
        Fact::Unbridged { channel: channel("cu") },
        Fact::Held { channel: channel("cu"), by: exten("801"), own: channel("ag") },
        Fact::LegEnded { channel: channel("cu"), reason: EndReason::Hangup },
        Fact::LegEnded { channel: channel("ag"), reason: EndReason::Hangup },
    ]);
    assert_eq!(desk.told("801")[began..], ["Ended Hangup"]);
    assert_eq!(desk.table.calls_up(), 0);
}

/// 801 talks with a customer, has put that on hold by the phone's own key, and talks with a second one.
fn two_calls() -> Desk {
    let mut desk = Desk::talking();
    desk.fact(Fact::PhoneHold { channel: channel("ag"), on: true });
    desk.leg("cu2", "2.2", "13800138001", to("801"), false);
    desk.leg("ag2", "2.2", "801", from("13800138001"), true);
    desk.bridge(2, ["ag2", "cu2"]);
    desk
}

/// The leg on which a verb would act.
fn other(plan: Result<plan::Pair, Reason>) -> Result<String, Reason> {
    plan.map(|plan| plan.other.to_string())
}

#[test]
fn a_verb_means_the_call_that_is_heard_whatever_the_maps_say() {
    // Each table hashes by other keys.
    for _ in 0..40 {
        let mut desk = two_calls();
        assert_eq!(desk.told("801"), ["Ringing", "Talking", "Held", "Ringing", "Talking"]);
        assert_eq!(other(desk.table.hold("801", None)), Ok("cu2".into()));
        assert_eq!(desk.table.transfer("801", "802", None, false).unwrap().pair.other, channel("cu2"));
        assert_eq!(desk.table.survey("801", None).unwrap().other, channel("cu2"));
        assert_eq!(desk.table.spy("803", "801", false).unwrap().target, channel("ag2"));
        assert_eq!(desk.table.hang_up("801", None).unwrap().own, [channel("ag2")]);
        // Without a word of who is heard, as after a restart, the newest is.
        desk.fact(Fact::PhoneHold { channel: channel("ag"), on: false });
        assert_eq!(other(desk.table.hold("801", None)), Ok("cu2".into()));
        assert_eq!(other(desk.table.hold("801", Some("1.1"))), Ok("cu".into()));
        // Swapped at the phone.
        desk.fact(Fact::PhoneHold { channel: channel("ag2"), on: true });
        assert_eq!(other(desk.table.hold("801", None)), Ok("cu".into()));
        assert_eq!(other(desk.table.hold("801", Some("2.2"))), Err(Reason::AgentNotInUse));
    }
}

#[test]
fn a_uid_that_is_not_this_extensions_call_is_refused() {
    let mut desk = two_calls();
    desk.leg("cu3", "3.3", "13800138002", to("802"), false);
    desk.leg("ag3", "3.3", "802", from("13800138002"), true);
    desk.bridge(3, ["ag3", "cu3"]);
    for uid in ["3.3", "9.9", "", "x y"] {
        assert_eq!(desk.table.hold("801", Some(uid)), Err(Reason::AgentNotInUse));
        assert_eq!(desk.table.transfer("801", "803", Some(uid), false), Err(Reason::AgentNotInUse));
        assert_eq!(desk.table.survey("801", Some(uid)), Err(Reason::AgentNotInUse));
        assert_eq!(desk.table.hang_up("801", Some(uid)).unwrap_err().message, "No Channels");
    }
    assert_eq!(desk.table.hang_up("801", Some("1.1")).unwrap().own, [channel("ag")]);
    assert_eq!(
        desk.table.transfer("801", "803", Some("1.1"), false),
        Err(Reason::NotInBridge),
        "its own phone holds it"
    );
    assert_eq!(desk.table.survey("801", Some("1.1")).unwrap().other, channel("cu"));
}

#[test]
fn what_the_phone_holds_only_the_phone_takes_back() {
    let mut desk = Desk::talking();
    desk.fact(Fact::PhoneHold { channel: channel("ag"), on: true });
    for named in ["801", "ag", "cu"] {
        assert_eq!(desk.table.restore("801", named).unwrap_err().message, "Held by the phone", "{named}");
    }
    assert_eq!(desk.table.restore("801", "other").unwrap_err().message, "Channel not exist");
    assert_eq!(desk.table.hold("801", None), Err(Reason::AgentNotInUse));
    desk.fact(Fact::PhoneHold { channel: channel("ag"), on: false });
    assert_eq!(desk.table.restore("801", "801").unwrap_err().message, "Channel not exist");
    assert!(desk.table.hold("801", None).is_ok());
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Held", "Talking"]);
}

#[test]
fn hanging_up_means_what_is_heard_then_what_is_held_then_what_rings() {
    let mut desk = Desk::talking();
    desk.hold();
    desk.leg("cu2", "2.2", "13800138001", to("801"), false);
    desk.leg("ag2", "2.2", "801", from("13800138001"), true);
    assert_eq!(desk.table.current("801", |_| false).unwrap().uid, "2.2", "popEvent names what rings");
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("ag")], vec![channel("cu")]), "the held one");
    let plan = desk.table.hang_up("801", Some("2.2")).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("ag2")], vec![]), "declined");
    desk.end("cu2", EndReason::Hangup);
    desk.end("ag2", EndReason::NoAnswer);
    // A consultation that the agent begins while the customer waits.
    desk.leg("ag3", "3.3", "801", to("802"), false);
    desk.leg("co", "3.3", "802", from("801"), true);
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("ag3")], vec![channel("co")]), "what the agent is making");
}

#[test]
fn a_held_caller_whom_the_pbx_brings_back_is_not_thrown_out_by_declining() {
    let mut desk = Desk::talking();
    desk.hold();
    desk.end("ag", EndReason::Hangup);
    desk.leg("back", "1.1", "801", from("13800138000"), true);
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("back")], vec![]));
    desk.end("back", EndReason::Hangup);
    assert_eq!(desk.table.hang_up("801", None).unwrap().others, [channel("cu")], "it is held again");
}

#[test]
fn in_a_conference_there_is_no_other_party() {
    let mut desk = Desk::talking();
    desk.leg("third", "3.3", "802", to("850"), false);
    desk.fact(Fact::Bridged { channel: channel("third"), bridge: 1 });
    for uid in [None, Some("1.1")] {
        assert_eq!(desk.table.hold("801", uid), Err(Reason::NotInBridge));
        assert_eq!(desk.table.transfer("801", "803", uid, false), Err(Reason::NotInBridge));
        assert_eq!(desk.table.survey("801", uid), Err(Reason::NotInBridge));
    }
    assert_eq!(desk.table.hang_up("801", None).unwrap().others, [], "the others go on");
    desk.end("third", EndReason::Hangup);
    // Who only listens is no party.
    desk.leg("spy", "4.4", "803", Purpose::Spies, false);
    desk.fact(Fact::Bridged { channel: channel("spy"), bridge: 1 });
    assert_eq!(other(desk.table.hold("801", None)), Ok("cu".into()));
}

/// A conference: each has come by a call of his own, which become one when the PBX puts the two together again.
#[test]
fn a_call_held_out_of_a_conference_stays_one_call() {
    for drops in [false, true] {
        let mut desk = Desk::new();
        desk.leg("cu", "1.1", "13800138000", to("893"), false);
        desk.leg("ag", "2.2", "801", to("893"), false);
        desk.bridge(1, ["cu", "ag"]);
        desk.hold();
        let calls = |desk: &Desk| {
            let calls = desk.table.snapshot("801").unwrap().calls;
            calls.into_iter().map(|call| (call.uid, call.state, call.was)).collect::<Vec<_>>()
        };
        assert_eq!(calls(&desk), [("2.2".to_owned(), CallState::Held, None)]);
        assert!(desk.table.check().is_ok());
        if drops {
            desk.end("ag", EndReason::Hangup);
            assert_eq!(calls(&desk), [("1.1".to_owned(), CallState::Held, Some("2.2".to_owned()))]);
            assert!(desk.table.restore("801", "cu").is_ok_and(|plan| plan.own.is_none() && plan.uid.as_str() == "1.1"));
            desk.end("cu", EndReason::Hangup);
            assert_eq!(desk.told("801")[2..], ["Held", "Ended Transferred", "Held", "Ended Hangup"]);
            continue;
        }
        assert!(desk.table.restore("801", "cu").is_ok_and(|plan| plan.own == Some(channel("ag"))));
        desk.fact(Fact::Bridged { channel: channel("cu"), bridge: 2 });
        let began = Fact::LegBegan {
            channel: channel("ag"),
            uid: Uid::parse("1.1").unwrap(),
            party: Party::Extension(exten("801")),
            purpose: to("893"),
            rings: false,
        };
        desk.facts(&[
            Fact::LegEnded { channel: channel("ag"), reason: EndReason::Hangup },
            began,
            Fact::Bridged { channel: channel("ag"), bridge: 2 },
        ]);
        assert_eq!(calls(&desk), [("1.1".to_owned(), CallState::Talking, Some("2.2".to_owned()))]);
        assert_eq!(desk.told("801")[2..], ["Held", "Ended Transferred", "Talking"]);
    }
}

/// 801 asks 802 about a customer in a call of its own, and puts the two together.
#[test]
fn a_call_that_becomes_part_of_another_says_what_it_was_and_keeps_its_age() {
    let mut table = Desk::talking().table;
    let uid = |text: &str| Uid::parse(text).unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    let leg = |name: &str, who: &str, call: &str, purpose: Purpose| Fact::LegBegan {
        channel: channel(name),
        uid: uid(call),
        party: Party::Extension(exten(who)),
        purpose,
        rings: false,
    };
    table.apply(&[leg("ask", "801", "2.2", to("802")), leg("b", "802", "2.2", from("801"))], at(20));
    table.apply(&["ask", "b"].map(|name| Fact::Bridged { channel: channel(name), bridge: 2 }), at(21));
    let before = table.snapshot("802").unwrap().calls[0].clone();
    let joined = [
        Fact::LegEnded { channel: channel("ask"), reason: EndReason::Transferred },
        Fact::LegEnded { channel: channel("ag"), reason: EndReason::Transferred },
        Fact::LegEnded { channel: channel("b"), reason: EndReason::Hangup },
        leg("b", "802", "1.1", from("13800138000")),
        Fact::Bridged { channel: channel("b"), bridge: 1 },
    ];
    let changes = table.apply(&joined, at(60));
    let of_802: Vec<CallEvent> = changes
        .into_iter()
        .filter_map(
            |(who, event)| if let Event::Call(call) = event { (who == exten("802")).then_some(call) } else { None },
        )
        .collect();
    let [over, on] = of_802.as_slice() else { panic!("{of_802:#?}") };
    assert_eq!((over.uid.as_str(), over.state, over.was.as_deref()), ("2.2", CallState::Ended, None));
    assert_eq!(over.reason, Some(EndReason::Transferred), "nobody has hung up");
    assert_eq!((on.uid.as_str(), on.state, on.was.as_deref()), ("1.1", CallState::Talking, Some("2.2")));
    assert_eq!((on.calla.as_str(), on.since), ("13800138000", before.since), "it goes on");
    assert_eq!(table.snapshot("802").unwrap().calls[0].was.as_deref(), Some("2.2"));
    assert!(table.snapshot("801").unwrap().calls.is_empty());
}

#[test]
fn whom_a_call_is_with_may_become_known_late() {
    let mut table = Desk::new().table;
    let at = |second| Timestamp::from_second(second).unwrap();
    let began = Fact::LegBegan {
        channel: channel("ag"),
        uid: Uid::parse("1.1").unwrap(),
        party: Party::Extension(exten("801")),
        purpose: to("CRM"),
        rings: true,
    };
    table.apply(&[began, Fact::LegSince { channel: channel("ag"), at: at(5) }], at(10));
    let changes = table.apply(&[Fact::LegMeans { channel: channel("ag"), purpose: to("13800138000") }], at(11));
    let [(_, Event::Call(call))] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((call.calla.as_str(), call.callb.as_str(), call.since), ("801", "13800138000", at(5)));
    let again = table.apply(&[Fact::LegMeans { channel: channel("ag"), purpose: to("13800138000") }], at(12));
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn what_the_pbx_answers_itself_is_talking() {
    let mut desk = Desk::new();
    desk.leg("ag", "1.1", "801", to("896"), false);
    desk.fact(Fact::WithPbx { channel: channel("ag") });
    assert_eq!(desk.told("801"), ["Ringing", "Talking"]);
    assert_eq!(desk.table.hold("801", None).unwrap_err(), Reason::AgentNotInUse);
    let plan = desk.table.hang_up("801", None).unwrap();
    assert_eq!((plan.own.len(), plan.others.len()), (1, 0));
    desk.end("ag", EndReason::Hangup);
    assert_eq!(desk.told("801"), ["Ringing", "Talking", "Ended Hangup"]);
}
