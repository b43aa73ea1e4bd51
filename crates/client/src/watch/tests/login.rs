//! A server that rejects the login.

use super::*;

fn denials() -> [Error; 3] {
    [Error::NotLoggedIn { tried: true, said: "no".into() }, Error::Forbidden("not yours".into()), Error::Http(429)]
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_not_taken_is_tried_twice_a_minute_and_no_more() {
    for denied in denials() {
        let fake = Fake::new(|script| script.looks = std::iter::repeat_n(Err(denied.clone()), 1000).collect());
        let mut watch = fake.watch();
        let seen = within(&mut watch, 600 * SECOND).await;
        assert_eq!(seen, [Observation::Lost(denied)], "told once");
        let looks = fake.asked("look");
        assert!((18..=23).contains(&looks.len()), "{looks:?}");
        assert!(looks.windows(2).all(|pair| pair[1] - pair[0] >= 26.9), "{looks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_denied_poll_is_a_loss_and_what_follows_is_slow() {
    for denied in denials() {
        let fake = Fake::new(|script| {
            script.polls = std::iter::once(Some(Ok(None)))
                .chain(std::iter::repeat_n(Some(Err(denied.clone())), 3))
                .chain([Some(Ok(None))])
                .collect();
            script.announced = true;
        });
        let mut watch = fake.watch();
        let seen = within(&mut watch, 200 * SECOND).await;
        let lost = seen.iter().filter(|seen| matches!(seen, Observation::Lost(_))).count();
        assert_eq!(lost, 1, "{seen:?}");
        let back = seen.iter().rposition(|seen| *seen == Observation::Connected(Means::Poll)).unwrap();
        assert!(back > 2, "the account was allowed again: {seen:?}");
        let polls = fake.asked("poll");
        assert!(polls[2] - polls[1] >= 26.9 && polls[3] - polls[2] >= 26.9 && polls[4] - polls[3] >= 26.9, "{polls:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn that_the_login_is_to_blame_is_told_when_it_is_found_out() {
    let [denied, ..] = denials();
    let away = || Err(Error::Unreachable("refused".into()));
    let looks = [away(), away(), Err(denied.clone()), Err(denied.clone()), away(), Ok(())];
    let fake = Fake::new(|script| script.looks = looks.into());
    let mut watch = fake.watch();
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(watch.next().await.unwrap());
    }
    let lost = |error: Result<(), Error>| Observation::Lost(error.unwrap_err());
    assert_eq!(told, [lost(away()), Observation::Lost(denied), lost(away()), Observation::Connected(Means::Poll)]);
}

#[tokio::test(start_paused = true)]
async fn a_wake_asks_a_denying_server_once_more() {
    let [denied, ..] = denials();
    let fake = Fake::new(|script| script.looks = [Err(denied)].into());
    let mut watch = fake.watch();
    within(&mut watch, SECOND).await;
    watch.wake();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert_eq!(fake.asked("look").len(), 2);
}
