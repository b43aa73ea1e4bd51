//! The watch against a scripted server, on tokio's paused clock.

mod login;
mod outage;
mod several;
mod streaming;
mod too_large;
mod unreadable;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _, pending},
    stream,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use uncall_contract::{Call, Direction, event::Event};
use url::Url;

use super::{
    Means, Observation, Watch,
    server::{Bytestream, NoStream, Source},
};
use crate::{Additions, Error, poll::PollAnswer};

type Piece = Result<Bytes, Error>;

/// What the server does next. An empty list means the default.
#[derive(Default)]
struct Script {
    looks: VecDeque<Result<(), Error>>,
    /// Default: no call.
    polls: VecDeque<Option<Result<Option<Call>, Error>>>,
    /// The number of unreadable answers before those.
    unreadable: usize,
    /// Default: [`NoStream::Refused`].
    streams: VecDeque<Result<mpsc::UnboundedReceiver<Piece>, NoStream>>,
    announced: bool,
    additions: Additions,
    /// Default: 3 s.
    pace: Option<Duration>,
    acting: bool,
    /// It fails its health check or does not answer it.
    ill: bool,
    /// Nothing listens at its address.
    gone: bool,
    log: Vec<(Duration, String)>,
}

#[derive(Clone)]
struct Fake {
    script: Arc<Mutex<Script>>,
    start: Instant,
    polls_at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
}

impl Fake {
    fn new(set: impl FnOnce(&mut Script)) -> Fake {
        let mut script = Script::default();
        set(&mut script);
        Fake {
            script: Arc::new(Mutex::new(script)),
            start: Instant::now(),
            polls_at_once: Arc::default(),
            most_at_once: Arc::default(),
        }
    }

    fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    fn log(&self, what: String) {
        self.set(|script| script.log.push((self.start.elapsed(), what)));
    }

    /// The times at which requests of this kind came, in seconds since the start.
    fn asked(&self, kind: &str) -> Vec<f64> {
        let script = self.script.lock().unwrap();
        script.log.iter().filter(|(_, what)| what.starts_with(kind)).map(|(at, _)| at.as_secs_f64()).collect()
    }

    fn watch(&self) -> Watch {
        let start = self.start;
        Watch::of(self.clone(), move || SystemTime::UNIX_EPOCH + start.elapsed())
    }
}

impl Source for Fake {
    fn look(&self, afresh: bool) -> BoxFuture<'static, Result<(), Error>> {
        self.log(format!("look {afresh}"));
        let mut result = Ok(());
        self.set(|script| {
            result = script.looks.pop_front().unwrap_or(if script.gone { Err(gone()) } else { Ok(()) });
        });
        async { result }.boxed()
    }

    fn announced(&self) -> Option<Url> {
        self.script.lock().unwrap().announced.then(|| Url::parse("http://server.test/events").unwrap())
    }

    fn additions(&self) -> Additions {
        self.script.lock().unwrap().additions
    }

    fn pace(&self) -> Duration {
        self.script.lock().unwrap().pace.unwrap_or(3 * SECOND)
    }

    fn acted_since(&self, _: Instant) -> bool {
        self.script.lock().unwrap().acting
    }

    fn poll(&self) -> BoxFuture<'static, Result<PollAnswer, Error>> {
        self.log("poll".into());
        let mut result = None;
        self.set(|script| {
            result = match script.unreadable.checked_sub(1) {
                Some(left) => {
                    script.unreadable = left;
                    Some(Ok(PollAnswer::Unreadable("<calla>R&D <calla>".into())))
                }
                None if script.gone => Some(Err(gone())),
                None => script.polls.pop_front().unwrap_or(Some(Ok(None))).map(|result| result.map(PollAnswer::Call)),
            };
        });
        let (counter, most) = (Arc::clone(&self.polls_at_once), Arc::clone(&self.most_at_once));
        most.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let leave = Leave(counter);
        async move {
            let _leave = leave;
            match result {
                Some(result) => result,
                None => pending().await,
            }
        }
        .boxed()
    }

    fn open(&self, _: Url, last_id: Option<String>) -> BoxFuture<'static, Result<Bytestream, NoStream>> {
        self.log(format!("open {}", last_id.unwrap_or_default()));
        let mut result = Err(NoStream::Refused("none".into()));
        self.set(|script| result = script.streams.pop_front().unwrap_or_else(|| Err(NoStream::Refused("none".into()))));
        async move {
            result.map(|receiver| {
                stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|piece| (piece, receiver)) })
                    .boxed()
            })
        }
        .boxed()
    }

    fn is_well(&self, within: Duration) -> BoxFuture<'static, bool> {
        self.log("well?".into());
        let (ill, gone) = self.script.lock().map(|script| (script.ill, script.gone)).unwrap();
        async move {
            if ill {
                tokio::time::sleep(within).await;
            }
            !ill && !gone
        }
        .boxed()
    }
}

struct Leave(Arc<AtomicUsize>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn gone() -> Error {
    Error::Unreachable("refused".into())
}

fn call(uid: &str) -> Call {
    Call { calla: "13421829060".into(), callb: "802".into(), uid: uid.into(), status: Direction::Callin }
}

fn presence(id: u32) -> Piece {
    let data = r#"{"exten":"802","presence":"idle"}"#;
    Ok(Bytes::from(format!("id: {id}\nevent: presence\ndata: {data}\n\n")))
}

fn is_presence(seen: &Observation) -> bool {
    matches!(seen, Observation::Pushed(Event::Presence(_)))
}

/// Everything that is seen within `time`.
async fn within(watch: &mut Watch, time: Duration) -> Vec<Observation> {
    let until = Instant::now() + time;
    let mut all = Vec::new();
    while let Ok(Some(seen)) = tokio::time::timeout_at(until, watch.next()).await {
        all.push(seen);
    }
    all
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn without_a_stream_it_polls_about_every_three_seconds() {
    let fake = Fake::new(|script| script.polls = [Some(Ok(None)), Some(Ok(Some(call("1.1"))))].into());
    let mut watch = fake.watch();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert_eq!(watch.next().await, Some(Observation::Polled(None)));
    assert_eq!(watch.next().await, Some(Observation::Polled(Some(call("1.1")))));
    within(&mut watch, 60 * SECOND).await;
    let polls = fake.asked("poll");
    assert!(polls[0] < 0.01);
    assert!(polls.windows(2).all(|pair| (2.69..3.31).contains(&(pair[1] - pair[0]))), "{polls:?}");
    assert_eq!(fake.asked("look").len(), 1, "the WSDL is read once");
    assert!(fake.asked("open").is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_dial_it_polls_every_second_for_half_a_minute() {
    let fake = Fake::new(|_| {});
    let mut watch = fake.watch();
    within(&mut watch, 10 * SECOND).await;
    let nudge = watch.nudge();
    let hurried = fake.start.elapsed().as_secs_f64();
    nudge.hurry();
    within(&mut watch, 60 * SECOND).await;
    let polls: Vec<f64> = fake.asked("poll").into_iter().filter(|at| *at >= hurried).collect();
    let quick = polls.iter().filter(|at| **at < hurried + 30.0).count();
    assert!((27..=34).contains(&quick), "{polls:?}");
    assert!(polls[0] - hurried <= 1.01, "the first one comes within a second");
    let late: Vec<f64> = polls.into_iter().filter(|at| *at > hurried + 31.2).collect();
    assert!(late.windows(2).all(|pair| pair[1] - pair[0] > 2.6), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn two_polls_are_never_under_way_at_once() {
    let fake = Fake::new(|script| script.polls = [Some(Ok(None)), None].into());
    let mut watch = fake.watch();
    watch.hurry();
    within(&mut watch, 20 * SECOND).await;
    watch.hurry();
    within(&mut watch, 20 * SECOND).await;
    assert_eq!(fake.asked("poll").len(), 2, "the second one is still waited for");
    watch.wake();
    within(&mut watch, 20 * SECOND).await;
    assert!(fake.asked("poll").len() > 5);
    assert_eq!(fake.most_at_once.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_gets_a_pause_between_polls() {
    let fake = Fake::new(|script| script.polls = [None].into());
    let mut watch = fake.watch();
    // The poll hangs for 20 s, then the connection is given up.
    assert!(timeout(20 * SECOND, watch.next()).await.is_err());
    watch.wake();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    within(&mut watch, 30 * SECOND).await;
    let polls = fake.asked("poll");
    assert!(polls.windows(2).all(|pair| pair[1] - pair[0] >= 0.9), "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn one_failed_poll_is_no_loss_and_two_are() {
    let broken = || Some(Err(Error::Io("reset".into())));
    let fake = Fake::new(|script| script.polls = [Some(Ok(None)), broken(), Some(Ok(None)), broken(), broken()].into());
    let mut watch = fake.watch();
    let seen = within(&mut watch, 30 * SECOND).await;
    let expected = [
        Observation::Connected(Means::Poll),
        Observation::Polled(None),
        Observation::Polled(None),
        Observation::Lost(Error::Io("reset".into())),
        Observation::Connected(Means::Poll),
        Observation::Polled(None),
    ];
    assert_eq!(seen[..6], expected);
    assert_eq!(fake.script.lock().unwrap().log.iter().filter(|(_, what)| what == "look true").count(), 1);
    let polls = fake.asked("poll");
    assert!((0.9..1.1).contains(&(polls[2] - polls[1])), "the next poll decides soon: {polls:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_server_is_lost_once_and_looked_for_with_growing_pauses() {
    let gone = || Err(Error::Unreachable("refused".into()));
    let fake = Fake::new(|script| {
        script.looks = (0..8).map(|_| gone()).collect();
        // The WSDL is back before the service is, which is still the same loss.
        script.polls = [Some(Err(Error::Fault("starting".into())))].into();
    });
    let mut watch = fake.watch();
    let seen = within(&mut watch, 60 * SECOND).await;
    assert_eq!(seen[0], Observation::Lost(Error::Unreachable("refused".into())));
    assert_eq!(seen[1], Observation::Connected(Means::Poll));
    assert!(seen[2..].iter().all(|seen| *seen == Observation::Polled(None)));
    let looks = fake.asked("look");
    let pauses: Vec<f64> = looks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((0.7..1.3).contains(&pauses[0]), "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 6.3), "{pauses:?}");
    assert_eq!(looks.len(), 10, "eight failures, the one whose poll failed, and the good one");
}

#[tokio::test(start_paused = true)]
async fn after_sleep_everything_is_tried_at_once() {
    let (first, receiver) = mpsc::unbounded_channel();
    let fake = Fake::new(|script| {
        script.announced = true;
        script.streams = [Ok(receiver), Err(NoStream::Refused("none".into()))].into();
    });
    let slept = Arc::new(Mutex::new(Duration::ZERO));
    let (start, ahead) = (fake.start, Arc::clone(&slept));
    let mut watch = Watch::of(fake.clone(), move || SystemTime::UNIX_EPOCH + start.elapsed() + *ahead.lock().unwrap());
    first.send(presence(1)).unwrap();
    assert_eq!(within(&mut watch, 10 * SECOND).await.len(), 2);
    *slept.lock().unwrap() = Duration::from_secs(8 * 60 * 60);
    let woke = fake.start.elapsed().as_secs_f64();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert!(fake.asked("poll")[0] - woke <= 1.01);
    assert_eq!(fake.asked("open").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn wake_does_not_wait_for_the_next_look() {
    let fake = Fake::new(|script| script.looks = (0..20).map(|_| Err(Error::Timeout("gone".into()))).collect());
    let mut watch = fake.watch();
    within(&mut watch, 60 * SECOND).await;
    fake.set(|script| script.looks.clear());
    let before = fake.asked("look").len();
    watch.wake();
    let now = Instant::now();
    assert_eq!(watch.next().await, Some(Observation::Connected(Means::Poll)));
    assert!(now.elapsed() < Duration::from_millis(10));
    assert_eq!(fake.asked("look").len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn next_can_be_dropped_at_any_time() {
    let fake = Fake::new(|script| script.polls = (0..20).map(|n| Some(Ok(Some(call(&format!("1.{n}")))))).collect());
    let mut watch = fake.watch();
    let mut seen = Vec::new();
    let mut impatient = tokio::time::interval(Duration::from_millis(70));
    while seen.len() < 21 {
        tokio::select! {
            observation = watch.next() => seen.extend(observation),
            _ = impatient.tick() => {}
        }
    }
    let uids: Vec<String> = (0..20).map(|n| format!("1.{n}")).collect();
    let polled: Vec<String> = seen
        .into_iter()
        .filter_map(|seen| match seen {
            Observation::Polled(Some(call)) => Some(call.uid),
            Observation::Described(_) | Observation::Connected(_) | Observation::Lost(_) | Observation::Unreadable => {
                None
            }
            Observation::Pushed(_) | Observation::Polled(None) => None,
        })
        .collect();
    assert_eq!(polled, uids, "each answer once, none lost");
}
