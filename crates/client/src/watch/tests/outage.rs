//! What counts as an outage, at any polling interval.

use super::*;
use crate::{Flaw, Untrusted};

fn late() -> Option<Result<Option<Call>, Error>> {
    Some(Err(Error::Timeout("no answer to popEvent".into())))
}

fn answered() -> Option<Result<Option<Call>, Error>> {
    Some(Ok(None))
}

#[tokio::test(start_paused = true)]
async fn one_poll_that_runs_out_of_time_is_no_loss_and_two_in_a_row_are() {
    let fake = Fake::new(|script| script.polls = [answered(), late(), answered(), late(), late()].into());
    let mut watch = fake.watch();
    let seen = within(&mut watch, 12 * SECOND).await;
    let lost = Observation::Lost(Error::Timeout("no answer to popEvent".into()));
    assert_eq!(seen.iter().position(|seen| *seen == lost), Some(3), "{seen:?}");
    assert_eq!(seen[..3], [Observation::Connected(Means::Poll), Observation::Polled(None), Observation::Polled(None)]);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_server_and_a_bad_certificate_are_losses_at_once() {
    for error in [
        Error::Unreachable("refused".into()),
        Error::Certificate(Untrusted { server: "pbx.example".into(), flaw: Flaw::Expired }),
    ] {
        let fake = Fake::new(|script| script.polls = [answered(), Some(Err(error.clone()))].into());
        let mut watch = fake.watch();
        // The second poll comes after 2.7 to 3.3 s. A look may have followed it: all pauses are random.
        let seen = within(&mut watch, 4 * SECOND).await;
        assert_eq!(seen.get(2), Some(&Observation::Lost(error)), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn polls_that_are_late_behind_a_verb_are_no_loss_however_many() {
    for error in [Error::Timeout("no answer to popEvent".into()), Error::Http(504), Error::Http(524)] {
        let fake = Fake::new(|script| {
            script.acting = true;
            script.polls = std::iter::once(answered()).chain((0..5).map(|_| Some(Err(error.clone())))).collect();
        });
        let mut watch = fake.watch();
        let seen = within(&mut watch, 30 * SECOND).await;
        assert_eq!(seen[0], Observation::Connected(Means::Poll));
        assert!(seen[1..].iter().all(|seen| *seen == Observation::Polled(None)), "{seen:?}");
        assert!(fake.asked("poll").len() > 10);
        assert_eq!(fake.asked("look").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_verb_excuses_nothing_but_lateness() {
    let broken = || Some(Err(Error::Io("reset".into())));
    let fake = Fake::new(|script| {
        script.acting = true;
        script.polls = [answered(), broken(), broken()].into();
    });
    let seen = within(&mut fake.watch(), 10 * SECOND).await;
    assert!(seen.contains(&Observation::Lost(Error::Io("reset".into()))));
}

#[tokio::test(start_paused = true)]
async fn polls_come_at_the_pace_that_was_set() {
    for seconds in [1, 30] {
        let pace = seconds * SECOND;
        let fake = Fake::new(|script| script.pace = Some(pace));
        let mut watch = fake.watch();
        within(&mut watch, 10 * pace).await;
        let polls = fake.asked("poll");
        let share = |pair: &[f64]| (pair[1] - pair[0]) / pace.as_secs_f64();
        assert!(polls.windows(2).all(|pair| (0.89..1.11).contains(&share(pair))), "{polls:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn at_a_slow_pace_a_dial_hurries_and_an_outage_is_decided_within_seconds() {
    let fake = Fake::new(|script| {
        script.pace = Some(30 * SECOND);
        script.polls = [answered(), late(), late()].into();
    });
    let mut watch = fake.watch();
    let seen = within(&mut watch, 36 * SECOND).await;
    assert!(matches!(seen[2], Observation::Lost(_)), "{seen:?}");
    let polls = fake.asked("poll");
    assert!((0.9..1.1).contains(&(polls[2] - polls[1])), "{polls:?}");
    let (before, hurried) = (fake.asked("poll").len(), fake.start.elapsed().as_secs_f64());
    watch.hurry();
    within(&mut watch, 30 * SECOND).await;
    let polls = fake.asked("poll").split_off(before);
    assert!(polls[0] - hurried <= 1.01 && polls.len() > 26, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_server_takes_is_told_before_it_is_connected_and_when_it_changes() {
    let takes_uid = |uid| Observation::Described(Additions { uid });
    let fake = Fake::new(|script| script.additions = Additions { uid: true });
    let mut watch = fake.watch();
    assert_eq!(watch.next().await, Some(takes_uid(true)));
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert!(!within(&mut watch, 10 * SECOND).await.contains(&takes_uid(true)), "told once");
    // A call's answer did not fit, and the WSDL was read again.
    fake.set(|script| script.additions = Additions::default());
    assert!(within(&mut watch, 2 * SECOND).await.contains(&takes_uid(false)));
    let plain = Fake::new(|_| {});
    assert_eq!(plain.watch().next().await, Some(Observation::Connected(Means::Poll)));
}
