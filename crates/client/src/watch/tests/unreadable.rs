//! Unreadable answers to popEvent, which do not mean that the server is lost.

use super::{Fake, SECOND, call, within};
use crate::watch::{Means, Observation};

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_never_loses_the_server() {
    let fake = Fake::new(|script| {
        script.polls = [Some(Ok(Some(call("1.1"))))].into();
    });
    let mut watch = fake.watch();
    let seen = within(&mut watch, SECOND).await;
    assert_eq!(seen, [Observation::Connected(Means::Poll), Observation::Polled(Some(call("1.1")))]);
    // The next caller's name breaks the answers for ten minutes.
    fake.set(|script| {
        script.unreadable = 200;
        script.polls = [Some(Ok(Some(call("3.3"))))].into();
    });
    let seen = within(&mut watch, 590 * SECOND).await;
    assert!(
        seen.iter().all(|seen| *seen == Observation::Unreadable),
        "neither lost, nor that there is no call: {seen:?}"
    );
    let seen = within(&mut watch, 70 * SECOND).await;
    let read = seen.iter().find(|seen| **seen != Observation::Unreadable);
    assert_eq!(read, Some(&Observation::Polled(Some(call("3.3")))));
    assert_eq!(fake.asked("look").len(), 1, "nothing was looked for");
    let polls = fake.asked("poll");
    assert!(polls.windows(2).all(|pair| pair[1] - pair[0] > 2.6), "at the usual pace: {polls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_is_connected_whose_first_answer_cannot_be_read() {
    let fake = Fake::new(|script| script.unreadable = 3);
    let seen = within(&mut fake.watch(), 20 * SECOND).await;
    assert_eq!(seen[..2], [Observation::Connected(Means::Poll), Observation::Unreadable]);
    assert!(seen.contains(&Observation::Polled(None)));
}
