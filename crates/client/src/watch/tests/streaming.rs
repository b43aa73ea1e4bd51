//! The push stream: it replaces polls, and it may be silent, end or be refused.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_stream_makes_polls_needless() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver)].into();
    });
    let mut watch = fake.watch();
    sender.send(presence(1)).unwrap();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Push)));
    assert!(is_presence(&watch.next().await.unwrap()));
    for _ in 0..10 {
        assert_eq!(within(&mut watch, 14 * SECOND).await, []);
        sender.send(Ok(Bytes::from_static(b": beat\n\n"))).unwrap();
    }
    assert!(fake.asked("poll").is_empty());
    watch.hurry();
    assert_eq!(within(&mut watch, 14 * SECOND).await, []);
    assert!(fake.asked("poll").is_empty(), "a dial needs no polls while the stream tells");
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_given_up_after_two_heartbeats_and_resumed() {
    let (first, receiver) = mpsc::unbounded_channel();
    let (second, resumed) = mpsc::unbounded_channel();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver), Err(NoStream::Failed(Error::Http(503))), Ok(resumed)].into();
    });
    let mut watch = fake.watch();
    first.send(presence(41)).unwrap();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Push)));
    assert!(is_presence(&watch.next().await.unwrap()));
    let silent_from = fake.start.elapsed().as_secs_f64();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    let given_up = fake.asked("poll")[0] - silent_from;
    assert!((30.0..30.5).contains(&given_up), "{given_up}");
    assert_eq!(watch.next().await, Some(Observation::Polled(None)));
    second.send(presence(42)).unwrap();
    let rest = within(&mut watch, 10 * SECOND).await;
    let back = rest.iter().position(|seen| *seen == Observation::Connected(Means::Push)).unwrap();
    assert!(rest[..back].iter().all(|seen| *seen == Observation::Polled(None)));
    assert!(is_presence(&rest[back + 1]));
    assert_eq!(rest.len(), back + 2, "no polls beside the stream");
    let script = fake.script.lock().unwrap();
    let opens: Vec<&str> =
        script.log.iter().map(|(_, what)| what.as_str()).filter(|what| what.starts_with("open")).collect();
    assert_eq!(opens, ["open ", "open 41", "open 41"]);
    drop(first);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_opened_again_before_polls_start() {
    let (first, receiver) = mpsc::unbounded_channel();
    let (second, resumed) = mpsc::unbounded_channel();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver), Ok(resumed)].into();
    });
    let mut watch = fake.watch();
    first.send(presence(1)).unwrap();
    second.send(presence(2)).unwrap();
    drop(first);
    let seen = within(&mut watch, 10 * SECOND).await;
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!(seen[0], Observation::Connected(Means::Push));
    assert!(fake.asked("poll").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_resumed_stream_on_which_nothing_was_missed_counts_at_once() {
    let (first, receiver) = mpsc::unbounded_channel();
    let (_second, resumed) = mpsc::unbounded_channel::<Piece>();
    let failed = || Err(NoStream::Failed(Error::Http(503)));
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver), failed(), failed(), Ok(resumed)].into();
    });
    let mut watch = fake.watch();
    first.send(presence(1)).unwrap();
    drop(first);
    let seen = within(&mut watch, 20 * SECOND).await;
    assert_eq!(seen[2..4], [Observation::Connected(Means::Poll), Observation::Polled(None)]);
    assert_eq!(seen.last(), Some(&Observation::Connected(Means::Push)));
    let (opens, polls) = (fake.asked("open"), fake.asked("poll"));
    assert!(polls.last() < opens.last(), "no polls beside the stream: {polls:?} {opens:?}");
    assert!(opens[3] < 2.5);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_always_ends_is_not_opened_without_pauses() {
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = (0..1000)
            .map(|id| {
                let (sender, receiver) = mpsc::unbounded_channel();
                sender.send(presence(id)).unwrap();
                Ok(receiver)
            })
            .collect();
    });
    let mut watch = fake.watch();
    within(&mut watch, 60 * SECOND).await;
    let opens = fake.asked("open").len();
    assert!((6..=14).contains(&opens), "{opens}");
    assert!(fake.asked("poll").len() > 5, "polls fill the pauses");
}

#[tokio::test(start_paused = true)]
async fn a_refused_stream_is_asked_for_again_once_a_minute() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Err(NoStream::Refused("404".into())), Ok(receiver)].into();
    });
    let mut watch = fake.watch();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert!(fake.asked("poll")[0] < 0.1, "a refusal is not waited out");
    let polled = within(&mut watch, 50 * SECOND).await;
    assert!(polled.iter().all(|seen| *seen == Observation::Polled(None)));
    sender.send(presence(1)).unwrap();
    let rest = within(&mut watch, 20 * SECOND).await;
    assert!(rest.contains(&Observation::Connected(Means::Push)));
    let opens = fake.asked("open");
    assert!((53.0..67.0).contains(&(opens[1] - opens[0])), "{opens:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_opens_but_says_nothing_never_stops_the_polls() {
    let (sender, receiver) = mpsc::unbounded_channel::<Piece>();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver)].into();
    });
    let mut watch = fake.watch();
    let seen = within(&mut watch, 100 * SECOND).await;
    assert!(!seen.contains(&Observation::Connected(Means::Push)));
    assert!(fake.asked("poll").len() > 28);
    assert_eq!(fake.asked("open").len(), 3, "30 s of silence, a short pause, a refusal, a minute");
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn protocol_error_on_the_stream_leads_back_to_polls_and_forgets_the_id() {
    let too_large = format!("event: snapshot\ndata: {}\n\n", "x".repeat(70_000));
    for nonsense in ["event: call\ndata: {\n\n".to_owned(), too_large] {
        let (sender, receiver) = mpsc::unbounded_channel();
        let fake = Fake::new(|script| {
            script.announced = true;
            script.streams = [Ok(receiver)].into();
        });
        let mut watch = fake.watch();
        sender.send(presence(7)).unwrap();
        sender.send(Ok(Bytes::from("event: weather\ndata: sunny\n\n"))).unwrap();
        sender.send(Ok(Bytes::from(nonsense))).unwrap();
        let seen = within(&mut watch, 80 * SECOND).await;
        assert_eq!(seen[0], Observation::Connected(Means::Push));
        assert!(is_presence(&seen[1]));
        assert_eq!(seen[2], Observation::Connected(Means::Poll));
        assert!(seen[3..].iter().all(|seen| *seen == Observation::Polled(None)));
        let script = fake.script.lock().unwrap();
        assert_eq!(script.log.iter().filter(|(_, what)| what == "open ").count(), 2);
    }
}
