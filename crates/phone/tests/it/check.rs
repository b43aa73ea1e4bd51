//! Tests before the first call, and what is told of a call's quality at its end.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::net::UdpSocket;
use uncall_headset::{FRAME, Played, RATE};
use uncall_phone::{DeviceTest, Devices, LegState, LineEvent, Quality, Tested, Verdict, Why};

use crate::server::{SDP, Seen, Server, description, register_at};

/// A card that runs by itself. Somebody speaks into it for a minute, or nobody does.
struct Card {
    played: Played,
    stop: Arc<AtomicBool>,
    clock: Option<JoinHandle<()>>,
}

impl Card {
    fn new(loud: f32) -> Card {
        let voice = (0..RATE * 60).map(|n| (n as f32 * 0.05).sin() * loud).collect();
        let (played, stop) = (Played::new(voice), Arc::new(AtomicBool::new(false)));
        let (card, stopped) = (played.clone(), Arc::clone(&stop));
        let clock = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                card.advance();
                thread::sleep(Duration::from_millis(10));
            }
        });
        Card { played, stop, clock: Some(clock) }
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.clock.take().map(JoinHandle::join);
    }
}

/// Plays back what comes, but for one packet of `lost`.
async fn play_back(there: UdpSocket, lost: Option<u32>) {
    let mut packet = [0; 2_000];
    for number in 0u32.. {
        let Ok((length, from)) = there.recv_from(&mut packet).await else { return };
        // The number of a sender of its own.
        packet[8..12].copy_from_slice(&[1, 2, 3, 4]);
        if length > 16 && lost.is_some_and(|lost| number % lost != 0) {
            let _ = there.send_to(&packet[..length], from).await;
        }
    }
}

fn quality(event: LineEvent) -> Option<Quality> {
    let LineEvent::Quality(quality) = event else { return None };
    Some(quality)
}

#[tokio::test]
async fn an_echo_call_says_what_is_wrong() {
    for (loud, lost, verdict) in
        [(0.5, Some(4), Verdict::Fine), (0.5, None, Verdict::NetworkSilent), (0.0, Some(4), Verdict::MicrophoneSilent)]
    {
        let (server, card) = (Server::start().await, Card::new(loud));
        let mut seen = Seen::with(server.address(), Box::new(card.played.clone()), |settings| settings.rings = false);
        register_at(&server, &mut seen).await;
        let test = seen.line.echo("*43").await.expect("dialled");
        let invite = server.expect("INVITE sip:*43@").await;
        let there = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let sdp = description(there.local_addr().expect("bound"), "sendrecv");
        let echo = tokio::spawn(play_back(there, lost));
        let more = format!("Contact: <sip:echo@{}>\r\n{SDP}", server.address());
        server.send(invite.from, &invite.answer("200 OK", "t", &more, &sdp)).await;
        server.expect("ACK").await;
        seen.until("sound", |event| {
            let (said, back) = quality(event)?.levels;
            let enough = (said > 0.3) == (loud > 0.3) && (back > 0.3) == (verdict == Verdict::Fine);
            enough.then_some(())
        })
        .await;
        // Some more packets, of which every fourth is lost.
        seen.until("one more second", |event| quality(event).map(drop)).await;
        seen.line.hang_up(test).await.expect("ended");
        let told = seen.until("a verdict", |event| {
            let LineEvent::Echo { leg, verdict } = event else { return None };
            Some((leg, verdict))
        });
        assert_eq!(told.await, (test, verdict));
        let ended = seen.leg(LegState::Ended).await;
        assert_eq!((ended.id, ended.ended.expect("how").why), (test, Why::Here));
        let whole = ended.quality.expect("a second of sound");
        assert_eq!(whole.codec, "PCMU");
        match lost {
            Some(_) => assert!((0.15..0.35).contains(&whole.loss), "{whole:?}"),
            None => assert_eq!(whole.loss, 0.0),
        }
        assert!(whole.worst <= whole.mos && (1.0..=4.5).contains(&whole.mos), "{whole:?}");
        echo.abort();
    }
}

#[tokio::test]
async fn what_was_said_is_played_back() {
    let card = Card::new(0.5);
    let devices = Devices::default();
    let mut test = DeviceTest::start(Box::new(card.played.clone()), devices).expect("a thread");
    let (mut parts, mut loudest) = (Vec::new(), uncall_headset::Levels::default());
    while !matches!(parts.last(), Some(Tested::Verdict(_))) {
        match test.next().await.expect("the thread lives") {
            Tested::Levels(levels) => {
                if parts.last() == Some(&Tested::Speak) {
                    assert_eq!(levels.speaker, 0.0, "silent while somebody speaks");
                }
                loudest.microphone = loudest.microphone.max(levels.microphone);
                loudest.speaker = loudest.speaker.max(levels.speaker);
            }
            part @ (Tested::Speak | Tested::Listen | Tested::Verdict(_)) => parts.push(part),
        }
    }
    assert_eq!(parts, [Tested::Speak, Tested::Listen, Tested::Verdict(Verdict::Fine)]);
    assert!((0.45..0.55).contains(&loudest.microphone) && (0.45..0.55).contains(&loudest.speaker), "{loudest:?}");
    let heard = card.played.played().iter().filter(|sample| sample.abs() > 0.1).count();
    // How much depends on how often the card's clock came to run.
    assert!(heard > 10 * FRAME, "{heard}");
}
