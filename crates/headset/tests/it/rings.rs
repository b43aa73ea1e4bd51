use std::sync::mpsc::channel;

use uncall_headset::{Card, FRAME, Played, Wanted, capture, playback};

#[test]
fn the_ends_of_the_cards_allocate_nothing() {
    let (mut from_card, mut microphone) = capture();
    let (mut to_card, mut speaker) = playback();
    let sound = [0.5f32; FRAME];
    let mut out = [0f32; FRAME];
    let counted = allocation_counter::measure(|| {
        for n in 0..1000 {
            // Too much, too little, muted.
            from_card.put(&sound);
            speaker.put(&sound);
            if n % 3 != 0 {
                microphone.take(&mut out);
                to_card.fill(&mut out[..n % FRAME]);
            }
            microphone.mute(n % 2 == 0);
            speaker.silence(n % 5 == 0);
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn what_is_recorded_arrives_and_what_is_muted_does_not() {
    let card = Played::new((0..FRAME * 10).map(|n| n as f32 / 10_000.0).collect());
    let (events, told) = channel();
    let (end, mut microphone) = capture();
    let running = card.record(Wanted::default(), end, events).expect("a stream");
    assert!(told.try_recv().is_ok());
    let mut frame = [0f32; FRAME];
    assert!(!microphone.take(&mut frame));
    card.advance();
    assert!(microphone.take(&mut frame));
    assert!((frame[100] - 0.01).abs() < 1e-6);
    microphone.mute(true);
    card.advance();
    assert!(microphone.take(&mut frame));
    assert_eq!(frame, [0.0; FRAME]);
    // The level shows that somebody speaks although the microphone is muted.
    assert!(microphone.level() > 0.09);
    drop(running);
    card.advance();
    assert_eq!(microphone.waiting(), 0);
}

#[test]
fn what_is_given_is_played_and_what_is_not_there_is_silence() {
    let card = Played::new(Vec::new());
    let (events, _told) = channel();
    let (end, mut speaker) = playback();
    let _running = card.play(Wanted::default(), end, events).expect("a stream");
    assert_eq!(speaker.put(&[0.25; FRAME + 10]), FRAME + 10);
    card.advance();
    card.advance();
    let played = card.played();
    assert_eq!((played[0], played[FRAME + 9], played[FRAME + 10], played.len()), (0.25, 0.25, 0.0, 2 * FRAME));
    assert_eq!(speaker.missed(), FRAME as u64 - 10);
    // What does not fit into the ring is dropped.
    assert_eq!(speaker.put(&[0.25; FRAME * 30]), FRAME * 20);
}
