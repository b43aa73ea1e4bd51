//! A desk that takes over from one that was killed.

use super::*;

impl Bench {
    /// The journal: the latest state of each entry, oldest first.
    fn written(&self) -> Vec<Entry> {
        let mut lines: Vec<Entry> = Vec::new();
        for effect in &self.effects {
            let Effect::Journal(entry) = effect else { continue };
            match lines.iter_mut().find(|line| line.uid == entry.uid && line.began == entry.began) {
                Some(line) => *line = entry.clone(),
                None => lines.push(entry.clone()),
            }
        }
        lines
    }

    /// Kills the program and starts the next one this many seconds later.
    fn killed(&self, seconds: i64) -> Bench {
        let now = self.now + seconds;
        let mut desk = Desk::new(Extension::parse("801").unwrap(), Options::default(), moment(now));
        desk.resume(self.written());
        let mut effects: Vec<Effect> = self.written().into_iter().map(Effect::Journal).collect();
        effects.extend(desk.start(moment(now)));
        let recording = Recording::new(&Extension::parse("801").unwrap(), Options::default(), moment(now));
        Bench { desk, now, effects, recording }
    }

    fn pushes(&mut self, calls: &[CallEvent]) {
        self.see(Observation::Connected(Means::Push));
        self.snapshot(calls);
    }
}

#[test]
fn a_call_that_is_still_up_goes_on_without_a_second_pop_up() {
    for state in [CallState::Ringing, CallState::Talking, CallState::Held] {
        let mut bench = Bench::pushing();
        bench.push(event("A", CallState::Ringing));
        if state != CallState::Ringing {
            bench.push(event("A", CallState::Talking));
        }
        let before = bench.entry("A");
        let mut next = bench.killed(5);
        assert!(next.shown().calls.is_empty(), "until the server says that it is up");
        next.pushes(&[event("A", state)]);
        assert_eq!((next.pops("A"), next.uids()), (0, vec!["A".to_owned()]), "{state:?}");
        assert_eq!((next.recent().len(), next.entry("A").began), (1, before.began));
        next.push(ended("A", EndReason::Hangup));
        let entry = next.entry("A");
        assert_eq!(
            (entry.ended.is_some(), entry.end_seen, entry.answered),
            (true, true, before.answered.or(entry.answered))
        );
        assert_eq!(next.recent().len(), 1);
    }
}

#[test]
fn a_call_that_rings_anew_pops_and_the_one_of_then_was_missed() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let mut next = bench.killed(60);
    next.pushes(&[CallEvent { since: at(START + 30), ..event("A", CallState::Ringing) }]);
    assert_eq!((next.pops("A"), next.uids().len()), (1, 1));
    let entry = next.entry("A");
    assert!(entry.ended.is_none() && entry.popped, "{entry:?}");
    assert_eq!((next.recent().len(), next.recent()[1].missed), (2, Missed::Probably));
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    bench.push(event("A", CallState::Talking));
    let mut next = bench.killed(60);
    next.pushes(&[CallEvent { since: at(START + 30), ..event("A", CallState::Ringing) }]);
    assert_eq!((next.pops("A"), next.recent().len()), (1, 2), "it was handed back");
    assert_eq!(next.recent()[1].missed, Missed::No);
}

#[test]
fn what_has_ended_meanwhile_is_seen_until_then() {
    let mut bench = Bench::pushing();
    bench.push(event("rang", CallState::Ringing));
    bench.push(event("talked", CallState::Ringing));
    bench.push(event("talked", CallState::Talking));
    bench.push(event("talked", CallState::Held));
    let mut next = bench.killed(600);
    next.pushes(&[]);
    let rang = next.entry("rang");
    assert_eq!((rang.missed, rang.end_seen, rang.departure), (Missed::Probably, false, Some(Departure::Vanished)));
    let talked = next.entry("talked");
    assert_eq!((talked.missed, talked.end_seen, talked.talked_seconds), (Missed::No, false, None));
    assert!(talked.holds.iter().all(|hold| hold.to.is_some()));
    // Reported as connected again, even by a server that has restarted: the old call, in its old entry.
    next.push(event("talked", CallState::Talking));
    assert_eq!((next.pops("talked"), next.recent().len()), (0, 2));
}

#[test]
fn an_end_that_comes_first_is_the_end_of_the_call_of_then() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let mut next = bench.killed(5);
    next.see(Observation::Connected(Means::Push));
    next.push(ended("A", EndReason::NoAnswer));
    let entry = next.entry("A");
    assert_eq!((entry.missed, entry.end_seen, next.recent().len()), (Missed::Yes, true, 1));
}

#[test]
fn with_polls_a_call_goes_on_or_ends_as_answers_say() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.poll(Some("A"));
    let mut next = bench.killed(5);
    next.see(Observation::Connected(Means::Poll));
    next.poll(Some("A"));
    assert_eq!((next.pops("A"), next.recent().len(), next.uids().len()), (0, 1, 1));
    let mut next = bench.killed(5);
    next.see(Observation::Connected(Means::Poll));
    next.poll(None);
    assert_eq!(next.entry("A").ended, None, "one answer may be late");
    next.poll(None);
    let entry = next.entry("A");
    assert_eq!((entry.ended.is_some(), entry.end_seen, entry.missed), (true, false, Missed::No));
    // If it is offered again, it is a new call.
    next.poll(Some("A"));
    assert_eq!((next.pops("A"), next.recent().len()), (1, 2));
}

#[test]
fn what_the_agent_has_closed_stays_closed() {
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    bench.want(over("A"));
    let mut next = bench.killed(5);
    next.see(Observation::Connected(Means::Poll));
    next.poll(Some("A"));
    assert_eq!((next.pops("A"), next.uids().len()), (0, 0), "the server goes on naming it");
}

#[test]
fn a_call_of_yesterday_is_over() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    let next = bench.killed(25 * 3600);
    let entry = next.entry("A");
    assert_eq!((entry.ended.is_some(), entry.end_seen), (true, false));
    assert_eq!(next.written(), [entry], "and the journal knows");
}

#[test]
fn holds_transfers_and_surveys_are_written_down() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Talking));
    bench.push(event("A", CallState::Held));
    bench.push(event("A", CallState::Talking));
    bench.done(survey("A"));
    bench.done(transfer("A", "802"));
    bench.push(ended("A", EndReason::Transferred));
    let entry = bench.entry("A");
    assert_eq!(bench.written(), std::slice::from_ref(&entry));
    assert!(entry.holds.len() == 1 && entry.holds[0].to.is_some() && entry.survey, "{entry:?}");
    assert_eq!(entry.transfers.iter().map(|transfer| transfer.target.as_str()).collect::<Vec<_>>(), ["802"]);
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let (ask, _) = bench.asked(hold("A"));
    bench.answer(ask, held("SIP/801-1"));
    assert_eq!(bench.written()[0].holds.len(), 1);
    bench.done(restore("A"));
    assert!(bench.written()[0].holds[0].to.is_some());
}
