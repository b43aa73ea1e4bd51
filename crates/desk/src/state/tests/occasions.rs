//! What other programs are told: each thing once for each offer, also over a restart.

use uncall_screenpop::Event as Told;

use crate::order::Order;
use crate::state::WrapUpRule;

use super::*;

impl Bench {
    /// What has been told of a uid so far, and forgets it.
    fn told(&mut self, uid: &str) -> Vec<Told> {
        let told = std::mem::take(&mut self.effects);
        self.effects = told.iter().filter(|effect| !matches!(effect, Effect::Told(_))).cloned().collect();
        let of_call = told.iter().filter_map(|effect| {
            let Effect::Told(occasion) = effect else { return None };
            (occasion.entry.uid == uid).then_some(occasion.event)
        });
        of_call.collect()
    }

    /// The same desk after a kill.
    fn restarted(&self) -> Bench {
        let mut lines: Vec<Entry> = Vec::new();
        for effect in &self.effects {
            let Effect::Journal(entry) = effect else { continue };
            lines.retain(|line| line.uid != entry.uid || line.began != entry.began);
            lines.push(entry.clone());
        }
        let mut next = Bench::new(self.desk.options.clone());
        next.now = self.now + 5;
        next.desk = Desk::new(Extension::parse("801").unwrap(), self.desk.options.clone(), next.moment());
        next.desk.resume(lines);
        next.effects.extend(next.desk.start(next.moment()));
        next
    }
}

#[test]
fn a_call_is_told_of_as_it_goes() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("A", CallState::Ringing));
    assert_eq!(bench.told("A"), [Told::Ring]);
    bench.push(event("A", CallState::Talking));
    bench.push(event("A", CallState::Held));
    bench.push(event("A", CallState::Talking));
    assert_eq!(bench.told("A"), [Told::Answer]);
    bench.done(transfer("A", "802"));
    assert_eq!(bench.told("A"), [Told::Transfer]);
    bench.push(ended("A", EndReason::Transferred));
    bench.push(ended("A", EndReason::Transferred));
    assert_eq!(bench.told("A"), [Told::End]);
    // The uid is offered again: another offer.
    bench.push(event("A", CallState::Ringing));
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.told("A"), [Told::Ring, Told::End]);
}

#[test]
fn a_queue_that_offers_in_rounds_rings_in_each() {
    let mut bench = Bench::pushing();
    for _ in 0..3 {
        bench.push(event("A", CallState::Ringing));
        bench.push(ended("A", EndReason::NoAnswer));
    }
    assert_eq!(bench.entry("A").offers, 3, "one line");
    assert_eq!(bench.told("A"), [Told::Ring, Told::End].repeat(3));
}

#[test]
fn what_is_first_seen_connected_has_not_rung_and_what_is_first_seen_ended_only_ends() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Talking));
    bench.push(ended("B", EndReason::NoAnswer));
    assert_eq!((bench.told("A"), bench.told("B")), (vec![Told::Answer], vec![]));
    let mut bench = Bench::pushing();
    bench.push(ended("B", EndReason::NoAnswer));
    assert_eq!(bench.told("B"), [Told::End]);
}

#[test]
fn with_polls_a_call_rings_and_ends() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.poll(Some("A"));
    assert_eq!(bench.told("A"), [Told::Ring]);
    bench.wait(3);
    bench.poll(None);
    bench.wait(6);
    bench.poll(None);
    bench.poll(None);
    assert_eq!(bench.told("A"), [Told::End]);
}

#[test]
fn a_restart_tells_nothing_again_and_what_ended_meanwhile_once() {
    for (before, after, told) in [
        (
            vec![CallState::Ringing],
            vec![CallState::Ringing, CallState::Talking, CallState::Ended],
            vec![Told::Answer, Told::End],
        ),
        (
            vec![CallState::Ringing, CallState::Talking],
            vec![CallState::Talking, CallState::Held, CallState::Ended],
            vec![Told::End],
        ),
        (vec![CallState::Ringing, CallState::Talking, CallState::Ended], vec![CallState::Ended], vec![]),
    ] {
        let mut bench = Bench::pushing();
        for state in before {
            bench.push(event("A", state));
        }
        let mut next = bench.restarted();
        next.see(Observation::Connected(Means::Push));
        let first = event("A", after[0]);
        next.snapshot(&if after[0] == CallState::Ended { vec![] } else { vec![first] });
        for state in &after[1..] {
            next.push(event("A", *state));
        }
        assert_eq!(next.told("A"), told, "{after:?}");
        let mut third = next.restarted();
        third.see(Observation::Connected(Means::Push));
        third.snapshot(&[]);
        assert_eq!(third.told("A"), []);
    }
    // It was gone when the next program came.
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let mut next = bench.restarted();
    next.see(Observation::Connected(Means::Push));
    next.snapshot(&[]);
    assert_eq!(next.told("A"), [Told::End]);
}

#[test]
fn a_wrap_up_is_told_when_it_is_over_however_it_ends() {
    let options = Options { wrap_up: WrapUpRule { seconds: 30, after: None }, ..Options::default() };
    for done in [true, false] {
        let mut bench = Bench::new(options.clone());
        bench.see(Observation::Connected(Means::Push));
        bench.snapshot(&[]);
        bench.push(event("A", CallState::Ringing));
        bench.push(event("A", CallState::Talking));
        bench.push(ended("A", EndReason::Hangup));
        assert_eq!(bench.told("A"), [Told::Ring, Told::Answer, Told::End]);
        if done {
            bench.want(Intent::WrapUpDone);
        } else {
            bench.wait(29);
            assert_eq!(bench.told("A"), []);
            bench.wait(2);
        }
        assert_eq!(bench.told("A"), [Told::WrapUp]);
        bench.wait(100);
        assert_eq!(bench.told("A"), []);
    }
}

#[test]
fn by_hand_it_is_told_as_often_as_the_agent_asks() {
    let mut bench = Bench::pushing();
    let pop = |uid: &str| Intent::ScreenPop { uid: uid.into() };
    bench.push(event("A", CallState::Ringing));
    bench.told("A");
    bench.want(pop("A"));
    bench.want(pop("A"));
    bench.push(ended("A", EndReason::Hangup));
    bench.want(pop("A"));
    assert_eq!(bench.told("A"), [Told::Manual, Told::Manual, Told::End, Told::Manual]);
    assert_eq!(bench.desk.meant(Order::ScreenPop), Ok(pop("A")), "the last one");
    bench.push(event("B", CallState::Ringing));
    assert_eq!(bench.desk.meant(Order::ScreenPop), Ok(pop("B")), "the one that rings");
    assert!(Bench::pushing().desk.meant(Order::ScreenPop).is_err());
    let effects = bench.want(pop("nobody's"));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Told(_))), "{effects:?}");
}
