//! Events over the limit.

use super::*;

fn too_large(name: &str, id: u32) -> Piece {
    Ok(Bytes::from(format!("id: {id}\nevent: {name}\ndata: {}\n\n", "x".repeat(70_000))))
}

fn opens(fake: &Fake) -> Vec<(f64, String)> {
    let script = fake.script.lock().unwrap();
    let opens = script.log.iter().filter(|(_, what)| what.starts_with("open"));
    opens.map(|(at, what)| (at.as_secs_f64(), what.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_large_costs_itself_and_not_the_stream() {
    for name in ["team", "call", "weather"] {
        let (sender, receiver) = mpsc::unbounded_channel();
        let fake = Fake::new(|script| {
            script.announced = true;
            script.streams = [Ok(receiver)].into();
        });
        let mut watch = fake.watch();
        for piece in [presence(1), too_large(name, 2), presence(3)] {
            sender.send(piece).unwrap();
        }
        let seen = within(&mut watch, 29 * SECOND).await;
        assert_eq!(seen[0], Observation::Connected(Means::Push), "{name}");
        assert!(seen.len() == 3 && seen[1..].iter().all(is_presence), "{name}: {seen:?}");
        assert!(fake.asked("poll").is_empty(), "{name}");
        assert_eq!(fake.asked("open").len(), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_it_said_is_asked_for_anew_ever_more_rarely() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| mpsc::unbounded_channel()).unzip();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = receivers.into_iter().map(Ok).collect();
    });
    let mut watch = fake.watch();
    for sender in &senders {
        sender.send(presence(1)).unwrap();
        sender.send(too_large("team", 2)).unwrap();
    }
    for _ in 0..50 {
        within(&mut watch, 10 * SECOND).await;
        for sender in &senders {
            // One after the other is read; those of streams that were left are gone.
            let _ = sender.send(Ok(Bytes::from_static(b": beat\n\n")));
        }
    }
    let opens = opens(&fake);
    assert!(opens.iter().all(|(_, what)| what == "open "), "from the beginning: {opens:?}");
    let pauses: Vec<f64> = opens.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!((44.0..77.0).contains(&pauses[0]) && (89.0..152.0).contains(&pauses[1]), "{pauses:?}");
    assert!(fake.asked("poll").is_empty(), "the stream goes on in between");
}
