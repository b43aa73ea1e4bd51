//! Connections that come, fail, and come again.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_lost_connection_fails_what_was_asked_and_comes_again() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("Redirect");
    let id = pbx.hear_id("Redirect").await;
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nMess")).await;
    drop(pbx);
    assert_eq!(ask.await.unwrap(), Err(LinkError::Lost));
    assert_eq!(world.news.recv().await, Some(News::Down));
    assert_eq!(world.link.ask(Action::new("Ping")).await, Err(LinkError::NotConnected));
    let mut pbx = world.up().await;
    let ask = world.ask("Bridge");
    pbx.answer("Bridge").await;
    assert!(ask.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_pauses_between_attempts_grow_to_five_seconds() {
    let mut world = World::new();
    let mut before = world.arrival().await.1;
    for expected in [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0] {
        // Each connection is closed at once, before the login.
        let at = world.arrival().await.1;
        let pause = (at - before).as_secs_f64();
        assert!((expected * 0.75..=expected * 1.25 + 0.01).contains(&pause), "{pause} for {expected}");
        before = at;
    }
    assert!(world.news.try_recv().is_err(), "a link that was never up does not go down");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_followed_by_an_end_does_not_make_a_storm() {
    let mut world = World::new();
    let begun = Instant::now();
    for _ in 0..8 {
        drop(world.up().await);
        assert_eq!(world.news.recv().await, Some(News::Down));
    }
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_tried_again_after_a_minute_and_then_works() {
    let mut world = World::new();
    for _ in 0..2 {
        let (mut pbx, at) = world.arrival().await;
        pbx.say(BANNER).await;
        pbx.hear_id("Login").await;
        pbx.say("Response: Error\r\nMessage: Authentication failed\r\n\r\n").await;
        drop(pbx);
        assert_eq!(world.link.ask(Action::new("Ping")).await, Err(LinkError::NotConnected));
        let (again, next) = world.arrival().await;
        let pause = (next - at).as_secs_f64();
        assert!((60.0..60.1).contains(&pause), "{pause}");
        drop(again);
    }
    world.up().await;
}

#[tokio::test(start_paused = true)]
async fn a_pbx_that_says_nothing_at_all_is_left_after_ten_seconds() {
    let mut world = World::new();
    let (mut pbx, at) = world.arrival().await;
    let ask = world.link.ask(Action::new("Ping")).await;
    assert_eq!(ask, Err(LinkError::NotConnected), "told at once, not when the login has failed");
    let (_next, then) = world.arrival().await;
    assert!((then - at).as_secs_f64() >= 10.0);
    assert!(pbx.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_ping_and_then_is_a_loss() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let up = Instant::now();
    for _ in 0..360 {
        pbx.answer("Ping").await;
    }
    let hour = up.elapsed().as_secs_f64();
    assert!((3600.0..3610.0).contains(&hour), "a ping each ten seconds: {hour}");
    assert!(world.news.try_recv().is_err());
    let last = Instant::now();
    pbx.hear_id("Ping").await;
    assert_eq!(world.news.recv().await, Some(News::Down));
    let silent = last.elapsed().as_secs_f64();
    assert!((15.0..15.1).contains(&silent), "{silent}");
    world.up().await;
}

#[tokio::test(start_paused = true)]
async fn events_are_as_good_as_pings() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(9)).await;
        pbx.say("Event: Newstate\r\nChannel: a\r\n\r\n").await;
        world.event().await;
    }
    let ask = world.ask("Bridge");
    assert!(pbx.hear().await.starts_with("Action: Bridge"), "no ping was needed");
    drop(ask);
}

#[tokio::test(start_paused = true)]
async fn the_connection_ends_with_its_last_handle() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let other = world.link.clone();
    drop(world.link);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ask = tokio::spawn(async move { other.ask(Action::new("Bridge")).await });
    pbx.answer("Bridge").await;
    assert!(ask.await.unwrap().is_ok());
    assert!(pbx.is_closed().await);
    assert_eq!(world.news.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_connection_ends_when_nobody_reads_its_news() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    world.news.close();
    drop(world.news);
    assert!(pbx.is_closed().await);
    assert_eq!(world.link.ask(Action::new("Ping")).await, Err(LinkError::NotConnected));
}
