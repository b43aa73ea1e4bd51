//! A rebuild at any point of any trace: what the PBX lists comes to what its events come to.

use std::sync::OnceLock;

use proptest::prelude::*;
use uncall_contract::Extension;

use super::pbx::Pbx;
use super::trace::{Item, is_event};
use super::{Desk, EXTENS, Trace, message};
use crate::message::Message;

/// One step of a trace: an event, with what the PBX would list after it.
struct Step<'a> {
    event: &'a Message,
    lists: super::Lists,
}

fn steps(trace: &Trace) -> Vec<Step<'_>> {
    let mut pbx = Pbx::default();
    let mut steps = Vec::new();
    for item in &trace.items {
        match item {
            Item::Sent(action) => pbx.sent(action),
            Item::Received(event) if is_event(event) => {
                pbx.event(event);
                steps.push(Step { event, lists: pbx.lists() });
            }
            Item::Received(_) | Item::Remark(_) => {}
        }
    }
    steps
}

const PLACES: [&str; 5] = ["uncall-hold", "uncall-hold-agent", "uncall-xfer", "uncall-xfer-agent", "uncall-survey"];

/// Whether the list is complete at this point: no leg is moving from one place to the next.
fn settled(step: &Step<'_>) -> bool {
    let arrived = |context: &str| {
        step.lists.channels.iter().any(|channel| channel.get("Context") == context && channel.get("Arrived") == "yes")
    };
    for (agent, other) in [("uncall-hold-agent", "uncall-hold"), ("uncall-xfer-agent", "uncall-xfer")] {
        if arrived(agent) && !arrived(other) {
            return false;
        }
    }
    step.lists.channels.iter().all(|channel| {
        let waits = channel.get("Arrived") == "yes" && PLACES.contains(&channel.get("Context"));
        let bridge = channel.get("BridgeId");
        let together = step.lists.channels.iter().filter(|other| other.get("BridgeId") == bridge).count();
        let talks = !bridge.is_empty() && together > 1;
        if !bridge.is_empty() && !talks {
            return false;
        }
        let begins = channel.get("Context") == "uncall-record";
        talks || waits || (channel.get("ChannelState") != "6" && !begins)
    })
}

#[test]
fn a_gateway_that_starts_in_the_middle_sees_what_one_sees_that_was_there() {
    let mut compared = 0;
    for trace in Trace::all() {
        let steps = steps(&trace);
        let (mut live, mut end) = (Desk::new(), Desk::new());
        steps.iter().for_each(|step| end.take(step.event));
        for (at, step) in steps.iter().enumerate() {
            live.take(step.event);
            if !settled(step) {
                continue;
            }
            let mut late = Desk::new();
            late.rebuild(&step.lists);
            let what =
                |late: &Desk| format!("{} after event {at} ({}):\n{:#?}", trace.name, step.event.event(), late.calls());
            assert_eq!(states(&late), states(&live), "{}", what(&late));
            compared += 1;
            for later in &steps[at + 1..] {
                late.take(later.event);
            }
            assert_eq!(states(&late), states(&end), "at the end, {}", what(&late));
        }
    }
    assert!(compared > 500, "{compared}");
}

/// The PBX's own transfer: while the agent asks the colleague, the phone itself holds nothing, by what the PBX lists of it.
#[test]
fn a_gateway_that_starts_while_a_colleague_is_asked_sees_that_the_customer_waits() {
    let trace = Trace::moved().into_iter().find(|trace| trace.name.ends_with("moved-by-keys")).unwrap();
    let mut steps = steps(&trace);
    let agent = |step: &Step<'_>| step.event.get("Channel").starts_with("PJSIP/801-");
    let named = |step: &Step<'_>, event: &str| step.event.event() == event && agent(step);
    // With the customer first, then with the colleague.
    let with = steps.iter().enumerate().filter(|(_, step)| named(step, "BridgeEnter")).nth(1).unwrap().0;
    let until = steps.iter().skip(with).position(|step| named(step, "BridgeLeave")).unwrap() + with;
    for step in &mut steps {
        step.lists.phone_holds.values_mut().for_each(|held| *held = false);
    }
    let (mut live, mut end) = (Desk::new(), Desk::new());
    steps.iter().for_each(|step| end.take(step.event));
    for (at, step) in steps.iter().enumerate().take(until) {
        live.take(step.event);
        if at < with {
            continue;
        }
        // One that starts now, and one whose connection was away since the customer was answered.
        let mut away = Desk::new();
        steps.iter().take(with.saturating_sub(12)).for_each(|step| away.take(step.event));
        for mut late in [Desk::new(), away] {
            late.model.lists_asked();
            late.model.doubt_phone_holds();
            late.rebuild(&step.lists);
            let own = |desk: &Desk| states(desk).into_iter().filter(|state| state.0 == "801").collect::<Vec<_>>();
            assert_eq!(own(&late), own(&live), "after event {at} ({})", step.event.event());
            late.rebuild(&step.lists);
            assert_eq!(own(&late), own(&live), "by the same list again");
            for later in &steps[at + 1..] {
                late.take(later.event);
            }
            assert_eq!(states(&late), states(&end), "at the end, after event {at}");
        }
    }
    assert!(until - with > 20, "{with} to {until}");
}

/// Extension, uid, caller, called, direction and state of every call.
fn states(desk: &Desk) -> Vec<(String, String, String, String, String, String)> {
    let calls = desk.calls().into_iter();
    calls
        .map(|(exten, call)| {
            let (status, state) = (super::word(call.status), super::word(call.state));
            (exten.to_owned(), call.uid, call.calla, call.callb, status, state)
        })
        .collect()
}

#[test]
fn a_connection_that_was_away_finds_what_is_there_and_tells_no_call_twice() {
    for trace in Trace::all() {
        let steps = steps(&trace);
        for (from, to) in gaps(steps.len()) {
            let mut live = Desk::new();
            steps[..to].iter().for_each(|step| live.take(step.event));
            let mut desk = Desk::new();
            steps[..from].iter().for_each(|step| desk.take(step.event));
            let (before, told) = (desk.calls(), desk.told.len());
            desk.model.lists_asked();
            if let Some(step) = to.checked_sub(1).and_then(|last| steps.get(last)).filter(|step| settled(step)) {
                desk.model.doubt_phone_holds();
                desk.rebuild(&step.lists);
                assert_eq!(states(&desk), states(&live), "{} away from {from} to {to}", trace.name);
                if from == to {
                    assert_eq!(desk.told.len(), told, "{} at {from}: {:?}", trace.name, &desk.told[told..]);
                    assert_eq!(desk.calls(), before);
                }
            }
        }
    }
}

#[test]
fn a_phone_that_comes_or_goes_while_the_list_is_on_its_way_is_as_its_event_says() {
    let device = |exten: &str, state: &str| {
        let device = format!("PJSIP/{exten}");
        message(&[("Event", "DeviceStateChange"), ("Device", &device), ("State", state)])
    };
    let there = |desk: &Desk| EXTENS.map(|exten| desk.model.is_registered(&Extension::parse(exten).unwrap()));
    let mut desk = Desk::new();
    desk.model.lists_asked();
    desk.take(&device("801", "UNAVAILABLE"));
    let devices = Some(vec![device("801", "NOT_INUSE"), device("802", "UNAVAILABLE"), device("803", "INUSE")]);
    desk.rebuild(&super::Lists { devices, ..super::Lists::default() });
    assert_eq!(there(&desk), [false, false, true, false]);
    // A PBX that has just started lists nothing yet.
    desk.model.lists_asked();
    desk.take(&device("804", "NOT_INUSE"));
    desk.rebuild(&super::Lists { devices: Some(Vec::new()), ..super::Lists::default() });
    assert_eq!(there(&desk), [false, false, false, true]);
    desk.model.lists_asked();
    let devices = Some(EXTENS.map(|exten| device(exten, "NOT_INUSE")).to_vec());
    desk.rebuild(&super::Lists { devices, ..super::Lists::default() });
    assert_eq!(there(&desk), [true; 4]);
}

fn gaps(steps: usize) -> Vec<(usize, usize)> {
    let mut gaps = Vec::new();
    for from in 0..=steps {
        gaps.extend([0, 1, 2, 3, 5, 8, 13, 21].iter().map(|away| (from, from + away)).filter(|(_, to)| *to <= steps));
    }
    gaps
}

fn traces() -> &'static [Trace] {
    static TRACES: OnceLock<Vec<Trace>> = OnceLock::new();
    TRACES.get_or_init(Trace::all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Events lost, doubled and out of order, of two calls at once: no panic, and after a rebuild no call that is not there.
    #[test]
    fn whatever_arrives_a_rebuild_puts_it_right(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        fates in prop::collection::vec(0_u8..10, 0..200),
    ) {
        let (first, second) = (&traces()[first.index(traces().len())], &traces()[second.index(traces().len())]);
        let mut desk = Desk::new();
        let mut waiting: Vec<&Message> = Vec::new();
        let mut ones = first.events().into_iter();
        let mut others = second.events().into_iter();
        for fate in fates {
            match fate {
                0 => drop(ones.next()),
                1 => waiting.extend(others.next()),
                2 => {
                    if let Some(event) = waiting.pop() {
                        desk.take(event);
                        desk.take(event);
                    }
                }
                3..=6 => ones.next().into_iter().for_each(|event| desk.take(event)),
                _ => others.next().into_iter().for_each(|event| desk.take(event)),
            }
        }
        desk.model.lists_asked();
        desk.rebuild(&super::Lists::default());
        prop_assert!(desk.calls().is_empty(), "{:?}", desk.calls());
        prop_assert_eq!(desk.table.calls_up(), 0);
        prop_assert_eq!(desk.model.parties(), 0);
    }
}
