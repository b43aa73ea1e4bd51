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
                    assert_eq!(call.since, at);
                    let reason = call.reason.map_or(String::new(), |reason| format!(" {reason:?}"));
                    format!("{:?}{reason}", call.state)
                }
                Event::Presence(presence) => format!("{:?}", presence.presence),
                Event::Snapshot(_) | Event::Team(_) | Event::Member(_) => panic!("{event:?}"),
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
        desk.fact(Fact::Presence { exten: exten("899"), presence: Presence::Busy });
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
    assert_eq!(desk.table.hold("801"), Err(Reason::AgentNotInUse));
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
    let plan = desk.table.hang_up("801").unwrap();
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
    let plan = desk.table.hang_up("801").unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("801")], vec![]));
    desk.end("802", EndReason::NoAnswer);
    let plan = desk.table.hang_up("801").unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("801")], vec![channel("cu")]));
}

#[test]
fn hanging_up_a_held_call_takes_the_other_along() {
    let mut desk = Desk::talking();
    desk.hold();
    let plan = desk.table.hang_up("801").unwrap();
    assert_eq!((plan.own, plan.others), (vec![channel("ag")], vec![channel("cu")]));
    desk.end("ag", EndReason::Hangup);
    let plan = desk.table.hang_up("801").unwrap();
    assert_eq!((plan.own, plan.others), (vec![], vec![channel("cu")]));
}

#[test]
fn presence_is_told_when_it_changes() {
    let mut desk = Desk::new();
    for presence in [Presence::Idle, Presence::Busy, Presence::Busy, Presence::Idle] {
        desk.fact(Fact::Presence { exten: exten("801"), presence });
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
