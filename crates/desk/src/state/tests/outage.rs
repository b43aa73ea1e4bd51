//! Times when the server was unreachable.

use super::polling::play;
use super::*;
use crate::snapshot::Link;

#[test]
fn a_call_that_rang_and_was_gone_after_an_outage_was_probably_missed() {
    let mut bench = play("3:- 6:A");
    bench.lost();
    bench.wait(30);
    assert!(bench.shown().popups.is_empty(), "nobody can say that it still rings");
    bench.wait(900);
    assert_eq!(bench.cards(), "A*");
    bench.see(Observation::Connected(Means::Poll));
    bench.scene("9:-");
    let entry = bench.entry("A");
    assert_eq!((entry.missed, entry.end_seen, entry.ended), (Missed::Probably, false, Some(at(START + 7))));
    // A call that was answered was not missed.
    let mut bench = play("3:- 40:A");
    bench.lost();
    bench.wait(900);
    bench.see(Observation::Connected(Means::Poll));
    bench.scene("9:-");
    assert_eq!(bench.entry("A").missed, Missed::No);
}

#[test]
fn a_call_that_is_up_after_an_outage_is_back_in_the_pop_up_without_a_sound() {
    for (means, named) in [(Means::Poll, true), (Means::Push, true), (Means::Poll, false), (Means::Push, false)] {
        let mut bench = if means == Means::Poll { Bench::polling() } else { Bench::pushing() };
        let see = |bench: &mut Bench| match (means, named) {
            (Means::Poll, true) => bench.poll(Some("A")),
            (Means::Poll, false) => bench.poll(None),
            (Means::Push, true) => bench.snapshot(&[event("A", CallState::Ringing)]),
            (Means::Push, false) => bench.snapshot(&[]),
        };
        match means {
            Means::Poll => bench.poll(Some("A")),
            Means::Push => bench.push(event("A", CallState::Ringing)),
        };
        bench.lost();
        bench.wait(40);
        assert!(bench.shown().popups.is_empty(), "nobody can say that it is up");
        bench.see(Observation::Connected(means));
        assert!(bench.shown().popups.is_empty(), "connected is not yet told");
        let back = see(&mut bench);
        assert_eq!(bench.shown().popups.len(), usize::from(named), "{means:?}");
        assert!(!back.iter().any(|effect| matches!(effect, Effect::Notify(_))), "{back:?}");
    }
}

#[test]
fn a_card_that_the_agent_closed_stays_closed_after_an_outage() {
    let mut bench = play("6:A");
    bench.want(dismiss("A"));
    bench.lost();
    bench.wait(40);
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(Some("A"));
    assert_eq!((bench.cards().as_str(), bench.shown().popups.len()), ("A", 0));
}

#[test]
fn the_end_of_a_call_that_another_hid_is_seen_until() {
    let bench = play("6:A 6:B 9:-");
    assert_eq!((bench.entry("A").end_seen, bench.entry("B").end_seen), (false, true));
}

#[test]
fn a_server_that_owes_an_answer_is_said_to_before_it_is_lost() {
    let silent = |bench: &Bench| bench.shown().connection.silent_since;
    // The stream stays open, but a verb gets no answer.
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Talking));
    let (ask, _) = bench.asked(hold("A"));
    let asked = bench.moment();
    bench.wait(2);
    assert_eq!(silent(&bench), None);
    let effects = bench.wait(2);
    assert_eq!(silent(&bench), Some(asked));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Publish(_))), "the page is told by time alone");
    bench.answer(ask, held("SIP/801-7"));
    assert_eq!(silent(&bench), None);
    // A transfer first rings its target, a dial the agent's own phone.
    bench.asked(transfer("A", "802"));
    bench.asked(dial("802"));
    bench.wait(30);
    assert_eq!(silent(&bench), None);

    // A late poll, and one that came in time.
    let mut bench = Bench::polling();
    bench.poll(Some("A"));
    let answered = bench.moment();
    bench.wait(5);
    assert_eq!(silent(&bench), None, "3 s to the next poll, and less than 3 s for its answer");
    bench.wait(1);
    assert_eq!(silent(&bench), Some(answered.later(3000)));
    bench.see(Observation::Unreadable);
    assert_eq!(silent(&bench), None, "it answers, whatever it says");
    bench.wait(20);
    bench.lost();
    assert_eq!((silent(&bench), bench.shown().connection.state), (None, Link::Offline), "then it is lost");
}
