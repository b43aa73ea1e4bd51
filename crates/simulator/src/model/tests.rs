//! Whatever is done in whatever order, the PBX stays whole and the call table agrees with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use uncall_contract::event::{CallEvent, CallState, Event, QueueAct};
use uncall_switch::Gesture;
use uncall_switch::calls::Table;

use super::*;

/// Extensions, numbers, and a queue whose members are the first three.
const PARTIES: [&str; 8] = ["801", "802", "803", "804", "13800138000", "13800138001", "13800130001", "600"];

#[derive(Debug, Clone)]
enum Act {
    Call(usize, usize),
    Gesture(usize, Gesture),
    Dial(usize, usize),
    Hold(usize, Which),
    Restore(usize, usize),
    Transfer(usize, usize, Which),
    Survey(usize, Which),
    Spy(usize, usize, bool),
    HangUp(usize, Which),
    Presence(usize, bool),
    Queue(usize, bool),
    Pause(usize, bool),
    Pass(u16),
}

/// Which of the calls that the stream has told of, or none named.
type Which = Option<usize>;

fn act() -> impl Strategy<Value = Act> {
    let party = || 0..PARTIES.len();
    let exten = || 0..4usize;
    let which = || prop::option::of(0..4usize);
    let gesture = prop_oneof![
        6 => Just(Gesture::Answer),
        1 => Just(Gesture::Decline),
        2 => Just(Gesture::HangUp),
        1 => Just(Gesture::Hold),
        1 => Just(Gesture::Resume),
        1 => Just(Gesture::Unregister),
        2 => Just(Gesture::Register),
    ];
    prop_oneof![
        5 => (party(), party()).prop_map(|(from, to)| Act::Call(from, to)),
        10 => (party(), gesture).prop_map(|(who, gesture)| Act::Gesture(who, gesture)),
        2 => (exten(), party()).prop_map(|(who, to)| Act::Dial(who, to)),
        3 => (exten(), which()).prop_map(|(who, which)| Act::Hold(who, which)),
        3 => (exten(), 0..4usize).prop_map(|(who, which)| Act::Restore(who, which)),
        4 => (exten(), exten(), which()).prop_map(|(who, to, which)| Act::Transfer(who, to, which)),
        1 => (exten(), which()).prop_map(|(who, which)| Act::Survey(who, which)),
        2 => (exten(), exten(), any::<bool>()).prop_map(|(who, target, whisper)| Act::Spy(who, target, whisper)),
        2 => (exten(), which()).prop_map(|(who, which)| Act::HangUp(who, which)),
        1 => (exten(), any::<bool>()).prop_map(|(who, busy)| Act::Presence(who, busy)),
        1 => (exten(), any::<bool>()).prop_map(|(who, login)| Act::Queue(who, login)),
        1 => (exten(), any::<bool>()).prop_map(|(who, paused)| Act::Pause(who, paused)),
        3 => (0..700u16).prop_map(Act::Pass),
    ]
}

/// A model, the table that it feeds, and what a client of the stream would know.
struct Rig {
    model: Model,
    table: Table,
    now: Timestamp,
    seen: BTreeMap<(String, String), CallEvent>,
    transfers: BTreeSet<u64>,
}

impl Rig {
    fn new(control: bool) -> Rig {
        let now = Timestamp::from_second(1_372_123_897).unwrap();
        let model = Model::new(Options { control, ..Options::default() }, now, TimeZone::UTC);
        let mut table = Table::default();
        table.apply(&model.facts(), now);
        Rig { model, table, now, seen: BTreeMap::new(), transfers: BTreeSet::new() }
    }

    fn act(&mut self, act: &Act) {
        let party = |at: usize| PARTIES[at];
        match *act {
            Act::Call(from, to) => drop(self.model.call(party(from), party(to))),
            Act::Gesture(who, gesture) => self.gesture(party(who), gesture),
            Act::Dial(who, to) => {
                if let Ok(plan) = self.table.dial(party(who), party(to)) {
                    self.model.dial(plan).unwrap();
                }
            }
            Act::Hold(who, which) => {
                if let Ok(plan) = self.table.hold(party(who), self.uid(which).as_deref()) {
                    self.is_about(plan.uid.as_str(), which);
                    self.model.hold(&plan).unwrap();
                }
            }
            Act::Restore(who, which) => {
                let held: Vec<String> = self.seen.values().filter_map(|call| call.channel.clone()).collect();
                if let Some(channel) = held.get(which)
                    && let Ok(plan) = self.table.restore(party(who), channel)
                {
                    self.model.restore(&plan).unwrap();
                }
            }
            Act::Transfer(who, to, which) => {
                if let Ok(plan) = self.table.transfer(party(who), party(to), self.uid(which).as_deref(), true) {
                    self.is_about(plan.pair.uid.as_str(), which);
                    let ticket = self.model.transfer(&plan).unwrap();
                    assert!(self.transfers.insert(ticket));
                }
            }
            Act::Survey(who, which) => {
                if let Ok(plan) = self.table.survey(party(who), self.uid(which).as_deref()) {
                    self.is_about(plan.uid.as_str(), which);
                    self.model.survey(plan).unwrap();
                }
            }
            Act::Spy(who, target, whisper) => {
                if let Ok(plan) = self.table.spy(party(who), party(target), whisper) {
                    self.model.spy(plan).unwrap();
                }
            }
            Act::HangUp(who, which) => self.hang_up(party(who), which),
            Act::Presence(who, busy) => {
                let exten = self.table.presence(party(who)).unwrap();
                let presence = if busy { Presence::Busy } else { Presence::Idle };
                self.model.set_presence(exten, presence, None).unwrap();
            }
            Act::Queue(who, login) => {
                let exten = self.table.presence(party(who)).unwrap();
                let act = if login { QueueAct::Login } else { QueueAct::Logout };
                let _configured = self.model.queue(&exten, "600", act);
            }
            Act::Pause(who, paused) => {
                let exten = self.table.presence(party(who)).unwrap();
                let _no_member = self.model.pause(&exten, "600", paused);
            }
            Act::Pass(seconds) => self.pass(i64::from(seconds)),
        }
        self.settle(self.now);
    }

    fn uid(&self, which: Which) -> Option<String> {
        which.map(|at| self.seen.keys().nth(at).map_or("none".to_owned(), |(_, uid)| uid.clone()))
    }

    fn is_about(&self, uid: &str, which: Which) {
        assert!(self.uid(which).is_none_or(|wanted| wanted == uid), "another call than the one that was named");
    }

    /// Whoever calls an agent is never ended by the agent's declining, and nobody but the agent loses another call.
    fn hang_up(&mut self, who: &str, which: Which) {
        let uid = self.uid(which);
        let Ok(plan) = self.table.hang_up(who, uid.as_deref()) else { return };
        let of = |rig: &Rig, mine: bool| -> BTreeMap<String, CallState> {
            let calls = rig.seen.iter().filter(|((exten, _), _)| (exten == who) == mine);
            calls.map(|((exten, uid), call)| (format!("{exten} {uid}"), call.state)).collect()
        };
        let (mine, legs) = (of(self, true), self.model.legs.keys().copied().collect::<Vec<_>>());
        let declined = plan.others.is_empty()
            && plan.own.iter().all(|own| {
                let leg = self.model.find(own).and_then(|id| self.model.legs.get(&id));
                leg.is_some_and(|leg| leg.is_ringing() && leg.purpose != Purpose::Spies)
            });
        // Who was handed on by an agent that has gone since has nobody left to go back to.
        let own: Vec<LegId> = plan.own.iter().filter_map(|own| self.model.find(own)).collect();
        let stranded =
            |leg: &&Leg| matches!(&leg.place, Place::Waiting { agent: None, target, .. } if own.contains(target));
        let stranded = self.model.legs.values().filter(stranded).count();
        self.model.hang_up(&plan).unwrap();
        self.settle(self.now);
        let ended = mine.len() - of(self, true).len();
        assert!(ended <= 1, "hangUp ended several calls of one agent");
        if declined {
            let gone = legs.iter().filter(|leg| !self.model.legs.contains_key(leg)).count();
            assert_eq!(gone, plan.own.len() + stranded, "to decline ends nobody else");
        } else {
            assert_eq!(ended, usize::from(!mine.is_empty()), "hangUp left the call");
        }
    }

    fn gesture(&mut self, party: &str, gesture: Gesture) {
        let party = match Extension::parse(party).ok().filter(|_| party.starts_with("80")) {
            Some(exten) => Party::Extension(exten),
            None => Party::Number(PhoneNumber::parse(party).unwrap()),
        };
        drop(self.model.gesture(&party, gesture));
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        while let Some(due) = self.model.fire_next(self.now) {
            assert!(due <= self.now);
            self.settle(due);
        }
        self.model.set_now(self.now);
    }

    /// Feeds the table and checks everything.
    fn settle(&mut self, at: Timestamp) {
        let mut facts = Vec::new();
        for effect in self.model.take_effects() {
            match effect {
                Effect::Fact(fact) => facts.push(fact),
                Effect::TransferOver { ticket, .. } => assert!(self.transfers.remove(&ticket), "over twice"),
            }
        }
        for (exten, event) in self.table.apply(&facts, at) {
            let Event::Call(call) = event else { continue };
            let key = (exten.as_str().to_owned(), call.uid.clone());
            if call.state == CallState::Ended {
                assert!(call.reason.is_some());
                assert!(self.seen.remove(&key).is_some(), "{key:?} ended without being there");
            } else {
                self.seen.insert(key, call);
            }
        }
        self.check_legs();
        self.check_views();
    }

    fn check_legs(&self) {
        let legs = &self.model.legs;
        let place = |id: &LegId| legs.get(id).map(|leg| &leg.place);
        for (id, leg) in legs {
            match &leg.place {
                Place::Bridge(bridge) => {
                    let partners = legs.values().filter(|other| other.place.is_bridge(*bridge)).count();
                    assert_eq!(partners, 2, "a bridge joins two");
                }
                Place::Dialling => {
                    let ring = Place::Ringing(Ring::Called { caller: *id });
                    assert_eq!(
                        legs.values().filter(|other| other.place == ring).count(),
                        1,
                        "who dials waits for somebody"
                    );
                }
                Place::Silence => {
                    let mut held = legs
                        .values()
                        .filter(|other| matches!(other.place, Place::Music { own: Some(own), .. } if own == *id));
                    assert!(held.next().is_some() && held.next().is_none(), "who holds holds one");
                }
                Place::Music { own: Some(own), .. } => assert_eq!(place(own), Some(&Place::Silence)),
                Place::Announcement { other } => {
                    assert!(matches!(place(other), Some(Place::Waiting { agent: Some(agent), .. }) if agent == id));
                }
                Place::Waiting { agent, target, ticket } => {
                    assert!(self.transfers.contains(ticket));
                    assert_eq!(place(target), Some(&Place::Ringing(Ring::Target { other: *id })));
                    assert!(agent.is_none_or(|agent| place(&agent) == Some(&Place::Announcement { other: *id })));
                }
                Place::Ringing(Ring::Called { caller }) => assert_eq!(place(caller), Some(&Place::Dialling)),
                Place::Ringing(Ring::Queued { caller }) => {
                    assert!(matches!(place(caller), Some(Place::Queued { .. })), "a queue rings for who waits");
                }
                Place::Queued { .. } => {
                    let rung =
                        legs.values().filter(|leg| leg.place == Place::Ringing(Ring::Queued { caller: *id })).count();
                    let tries = Timer::QueueTries { caller: *id };
                    let waits = self.model.timers.values().filter(|timer| **timer == tries).count();
                    assert!(rung + waits == 1, "who waits is offered to one, or will be: {rung}, {waits}");
                }
                Place::Ringing(Ring::Recall { held }) => assert!(matches!(place(held), Some(Place::Music { .. }))),
                Place::Ringing(Ring::Target { other }) => assert!(matches!(place(other), Some(Place::Waiting { .. }))),
                Place::Ringing(Ring::Spy { target, .. }) | Place::Spying { target, .. } => {
                    assert!(legs.contains_key(target))
                }
                Place::Ringing(Ring::Click { .. })
                | Place::BusyTone
                | Place::Music { own: None, .. }
                | Place::Survey { .. } => {}
            }
            if let Party::Extension(_) = leg.party {
                let talks = |other: &&Leg| other.party == leg.party && other.talks();
                assert!(legs.values().filter(talks).count() <= 1, "a phone has one receiver");
            }
        }
        let uids: BTreeSet<_> = legs.values().map(|leg| &leg.uid).collect();
        assert_eq!(self.table.calls_up(), uids.len());
    }

    /// The stream, popEvent and a table that has just been attached agree.
    fn check_views(&self) {
        let mut fresh = Table::default();
        fresh.apply(&self.model.facts(), self.now);
        // A transfer whose agent has put down is the one thing that a late table is not told.
        let orphan = self.model.legs.values().any(|leg| matches!(leg.place, Place::Waiting { agent: None, .. }));
        for phone in self.model.phones.keys() {
            let exten = phone.as_str();
            let mine: Vec<&CallEvent> =
                self.seen.iter().filter(|((who, _), _)| who == exten).map(|(_, call)| call).collect();
            let mut calls = self.table.snapshot(exten).unwrap().calls;
            calls.sort_by(|a, b| a.uid.cmp(&b.uid));
            assert_eq!(calls.iter().collect::<Vec<_>>(), mine, "the stream tells what the snapshot shows");
            let rank = |state: CallState| match state {
                CallState::Ringing => 3,
                CallState::Talking | CallState::Transferring => 2,
                CallState::Held => 1,
                CallState::Ended => 0,
            };
            let best = mine.iter().map(|call| rank(call.state)).max();
            let current = self.table.current(exten, |_| false);
            let shown = current
                .and_then(|current| mine.iter().find(|call| call.uid == current.uid).map(|call| rank(call.state)));
            assert_eq!(shown, best, "popEvent shows the most pressing call");
            let queues = |table: &Table| {
                let queues = table.queues(exten).unwrap().queues;
                queues.into_iter().map(|queue| (queue.name, queue.paused, queue.waiting)).collect::<Vec<_>>()
            };
            assert_eq!(queues(&fresh), queues(&self.table), "{exten}");
            assert_eq!(fresh.snapshot(exten).unwrap().presence, self.table.snapshot(exten).unwrap().presence);
            if !orphan {
                let states = |calls: Vec<CallEvent>| {
                    let of = |call: CallEvent| (call.uid, (format!("{:?}", call.state), call.channel));
                    calls.into_iter().map(of).collect::<BTreeMap<_, _>>()
                };
                assert_eq!(states(fresh.snapshot(exten).unwrap().calls), states(calls), "{exten}");
            }
        }
    }

    /// Everybody puts down; nothing may be left.
    fn close_down(&mut self) {
        for _ in 0..20 {
            for party in PARTIES {
                self.gesture(party, Gesture::HangUp);
                self.settle(self.now);
            }
        }
        self.pass(3600);
        assert!(self.model.legs.is_empty(), "{:?}", self.model.legs);
        assert!(self.seen.is_empty() && self.transfers.is_empty());
        assert_eq!(self.table.calls_up(), 0);
        assert!(self.model.recordings.none_running());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_and_nothing_leaks(control in any::<bool>(), acts in prop::collection::vec(act(), 1..80)) {
        let mut rig = Rig::new(control);
        for act in &acts {
            rig.act(act);
        }
        rig.close_down();
    }
}

#[test]
fn a_day_of_traffic_leave_nothing_behind() {
    let now = Timestamp::from_second(1_372_123_897).unwrap();
    let options = Options { traffic: Some(7), ..Options::default() };
    let mut rig = Rig::new(false);
    rig.model = Model::new(options, now, TimeZone::UTC);
    for _ in 0..24 * 60 {
        rig.pass(60);
    }
    assert!(rig.model.legs.len() < 20, "{}", rig.model.legs.len());
    assert!(rig.model.timers.len() < 200, "{}", rig.model.timers.len());
    assert!(rig.model.recordings.files().len() > 500);
}
