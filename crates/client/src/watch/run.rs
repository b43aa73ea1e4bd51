//! The watch itself: what is awaited, and what follows from what came.

use std::{
    collections::VecDeque,
    future::pending,
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until};
use uncall_contract::event::Event;

use super::{
    Means, Nudge, Observation,
    nudge::Nudged,
    push::{Open, Push, Turn},
    server::{NoStream, Source},
    sleep::SleepSense,
    sse::{Given, MOST, Parser},
};
use crate::{
    Additions, Error,
    backoff::{Backoff, jitter},
};

/// Between two polls in a hurry, and between the first failed poll and the next.
const QUICK: Duration = Duration::from_secs(1);
const HURRY: Duration = Duration::from_secs(30);
/// A stream that opens within this time makes polls needless.
const STREAM_FIRST: Duration = Duration::from_secs(1);
/// The same after a stream broke.
const STREAM_AGAIN: Duration = Duration::from_millis(500);
/// A stream that lived this long was a good one: it is opened again with the shortest pause.
const GOOD_LIFE: Duration = Duration::from_secs(5);
/// Until a stream that was refused, or sent nonsense, is tried again.
const REFUSED: Duration = Duration::from_secs(60);
/// Until the stream is opened anew because an event on it was too large, and the longest such time.
const FRESH: Duration = Duration::from_secs(60);
const FRESH_AT_MOST: Duration = Duration::from_secs(60 * 60);
/// Until a server that did not take the login is asked again: quicker tries would lock the account.
const DENIED: Duration = Duration::from_secs(30);
/// So says a server that has seen too many wrong logins.
const TOO_MANY_REQUESTS: u16 = 429;
/// The event that a stream begins with: without it the rest means nothing.
const SNAPSHOT: &str = "snapshot";
/// Those whose content a new stream begins with.
const SAID_AGAIN: [&str; 4] = ["call", "presence", "team", "member"];
/// Between two looks for sleep.
const TICK: Duration = Duration::from_secs(1);

type Pending<T> = Option<BoxFuture<'static, Result<T, Error>>>;

pub(super) struct Run<S> {
    source: S,
    wall: Box<dyn Fn() -> SystemTime + Send>,
    nudge: Nudge,
    sense: SleepSense,
    next_tick: Instant,
    seen: VecDeque<Observation>,
    /// As last told.
    additions: Additions,
    /// As last told; `None` before the first answer and while the server is lost.
    means: Option<Means>,
    /// While the server is lost: why, as last told.
    lost: Option<Error>,
    looking: Pending<()>,
    next_look: Option<Instant>,
    look_pauses: Backoff,
    known_before: bool,
    polling: Pending<PollAnswer>,
    next_poll: Option<Instant>,
    poll_started: Instant,
    failed_polls: u32,
    /// The last answer to popEvent could not be read, which the log was told.
    unreadable: bool,
    hurry_until: Instant,
    push: Push,
    push_pauses: Backoff,
    last_id: Option<String>,
    /// When everything is asked for anew, since an event was too large.
    fresh_due: Option<Instant>,
    fresh_pauses: Backoff,
    /// A stream of this server has worked: the next one counts as soon as it is open, since a resumed stream on which
    /// nothing was missed says nothing at first.
    stream_works: bool,
}

enum Turned {
    LookDue,
    Looked(Result<(), Error>),
    PollDue,
    Polled(Result<PollAnswer, Error>),
    Push(Turn),
    FreshDue,
    Nudged(Nudged),
    Tick,
}

impl<S: Source> Run<S> {
    pub(super) fn new(source: S, wall: impl Fn() -> SystemTime + Send + 'static, nudge: Nudge) -> Run<S> {
        let now = Instant::now();
        Run {
            source,
            nudge,
            sense: SleepSense::new(wall(), now),
            wall: Box::new(wall),
            next_tick: now + TICK,
            seen: VecDeque::new(),
            additions: Additions::default(),
            means: None,
            lost: None,
            looking: None,
            next_look: Some(now),
            look_pauses: Backoff::new(Duration::from_secs(1), Duration::from_secs(5)),
            known_before: false,
            polling: None,
            next_poll: None,
            poll_started: now,
            failed_polls: 0,
            unreadable: false,
            hurry_until: now,
            push: Push::Absent,
            push_pauses: Backoff::new(Duration::from_millis(250), Duration::from_secs(10)),
            last_id: None,
            fresh_due: None,
            fresh_pauses: Backoff::new(FRESH, FRESH_AT_MOST),
            stream_works: false,
        }
    }

    pub(super) async fn next(&mut self) -> Observation {
        loop {
            if let Some(seen) = self.seen.pop_front() {
                return seen;
            }
            let turned = self.turn().await;
            self.take(turned, Instant::now());
        }
    }

    async fn turn(&mut self) -> Turned {
        tokio::select! {
            result = answer(&mut self.looking) => Turned::Looked(result),
            result = answer(&mut self.polling) => Turned::Polled(result),
            turn = self.push.turn() => Turned::Push(turn),
            () = due(self.next_look) => Turned::LookDue,
            () = due(self.next_poll) => Turned::PollDue,
            () = due(self.fresh_due) => Turned::FreshDue,
            nudged = self.nudge.nudged() => Turned::Nudged(nudged),
            () = sleep_until(self.next_tick) => Turned::Tick,
        }
    }

    fn take(&mut self, turned: Turned, now: Instant) {
        match turned {
            Turned::LookDue => {
                self.next_look = None;
                self.looking = Some(self.source.look(self.known_before));
                self.known_before = true;
            }
            Turned::Looked(Ok(())) => {
                self.looking = None;
                self.describe();
                self.open();
                let stream_first = if matches!(self.push, Push::Absent) { Duration::ZERO } else { STREAM_FIRST };
                self.next_poll = Some(now + stream_first);
            }
            Turned::Looked(Err(error)) => {
                self.looking = None;
                self.lose(error, now);
            }
            Turned::PollDue => {
                self.next_poll = None;
                self.poll_started = now;
                self.polling = Some(self.source.poll());
            }
            Turned::Polled(result) => {
                self.polling = None;
                self.polled(result, now);
            }
            Turned::Push(turn) => self.pushed(turn, now),
            Turned::FreshDue => {
                self.fresh_due = None;
                if matches!(self.push, Push::Open(_)) {
                    self.last_id = None;
                    self.reopen(now, now + STREAM_AGAIN);
                }
            }
            Turned::Nudged(nudged) => {
                if nudged.hurry {
                    self.hurry_until = now + HURRY;
                    let soon = now.max(self.poll_started + QUICK);
                    self.next_poll = self.next_poll.map(|due| due.min(soon));
                }
                if nudged.wake {
                    self.wake(now);
                }
            }
            Turned::Tick => {
                self.next_tick = now + TICK;
                // A call whose answer did not fit has the WSDL read again, too.
                self.describe();
                if self.sense.slept((self.wall)(), now) {
                    tracing::debug!("the machine slept");
                    self.wake(now);
                }
            }
        }
    }

    fn polled(&mut self, result: Result<PollAnswer, Error>, now: Instant) {
        match result {
            Ok(PollAnswer::Call(call)) => {
                self.unreadable = false;
                self.connected(Means::Poll);
                self.seen.push_back(Observation::Polled(call));
                self.poll_again(now);
            }
            // One call whose data breaks the answer must not look like a server that is gone.
            Ok(PollAnswer::Unreadable(why)) => {
                if !std::mem::replace(&mut self.unreadable, true) {
                    tracing::warn!(why, "an answer to popEvent is not understood; polling goes on");
                }
                self.connected(Means::Poll);
                self.seen.push_back(Observation::Unreadable);
                self.poll_again(now);
            }
            Err(error) if is_late(&error) && self.lost.is_none() && self.source.acted_since(self.poll_started) => {
                tracing::debug!(%error, "a poll is late behind a verb");
                self.next_poll = Some(now + QUICK);
            }
            Err(error) => {
                self.failed_polls += 1;
                tracing::debug!(%error, in_a_row = self.failed_polls, "poll failed");
                let gone = matches!(error, Error::Unreachable(_) | Error::Certificate(_));
                if gone || denied(&error) || self.lost.is_some() || self.failed_polls > 1 {
                    self.lose(error, now);
                } else {
                    self.next_poll = Some(now + QUICK);
                }
            }
        }
    }

    /// After an answer: the next poll comes at its pace, and not at once after a slow one.
    fn poll_again(&mut self, now: Instant) {
        self.failed_polls = 0;
        let pace = self.source.pace();
        let pace = jitter(if now < self.hurry_until { pace.min(QUICK) } else { pace }, 0.1);
        self.next_poll = Some((self.poll_started + pace).max(now + (pace / 3).min(QUICK)));
        if matches!(self.push, Push::Absent) {
            self.open();
        }
    }

    fn pushed(&mut self, turn: Turn, now: Instant) {
        match turn {
            Turn::Due => self.open(),
            Turn::Opened(Ok(stream)) => {
                let parser = Parser::resuming(self.last_id.clone());
                self.push = Push::Open(Open { stream, parser, opened: now, heard: now, proven: self.stream_works });
                if self.stream_works {
                    self.take_stream();
                }
            }
            Turn::Opened(Err(NoStream::Refused(why))) => {
                tracing::debug!(why, "the push stream is refused");
                self.rest(now + jitter(REFUSED, 0.1), now);
            }
            Turn::Opened(Err(NoStream::Failed(error))) => {
                tracing::debug!(%error, "the push stream cannot be opened");
                let pause = self.push_pauses.pause();
                self.rest(now + pause, now);
            }
            Turn::Piece(bytes) => self.heard(&bytes, now),
            Turn::Broken(error) => {
                tracing::debug!(error = error.map(tracing::field::display), "the push stream ended");
                self.reopen(now, now + STREAM_AGAIN);
            }
            Turn::Silent => {
                tracing::debug!("nothing heard on the push stream");
                self.stream_works = false;
                self.reopen(now, now);
            }
        }
    }

    fn heard(&mut self, bytes: &[u8], now: Instant) {
        let Push::Open(open) = &mut self.push else { return };
        open.heard = now;
        let given = open.parser.feed(bytes);
        if !std::mem::replace(&mut open.proven, true) {
            self.take_stream();
        }
        for given in given {
            match given {
                Given::Message(message) => {
                    match Event::from_json(&message.name, &message.data) {
                        Ok(event) => self.seen.extend(event.map(Observation::Pushed)),
                        Err(error) => return self.protocol_error(&error.to_string(), now),
                    }
                    self.last_id = message.id;
                }
                Given::TooLarge { name, id } => {
                    tracing::warn!(name, "an event of the push stream is larger than {MOST} bytes and is passed over");
                    if name == SNAPSHOT {
                        return self.protocol_error("the snapshot is too large", now);
                    }
                    self.last_id = id;
                    // The stream is good without it. A new one says the same again, maybe in less.
                    if SAID_AGAIN.contains(&name.as_str()) && self.fresh_due.is_none() {
                        self.fresh_due = Some(now + self.fresh_pauses.pause());
                    }
                }
            }
        }
    }

    /// From here on the stream tells; an answer to popEvent that is under way would only be older.
    fn take_stream(&mut self) {
        self.stream_works = true;
        self.polling = None;
        self.next_poll = None;
        self.failed_polls = 0;
        self.connected(Means::Push);
    }

    /// A stream that cannot be read is worth less than polls: they take over for a while, and it starts anew.
    fn protocol_error(&mut self, why: &str, now: Instant) {
        tracing::debug!(why, "the push stream is not understood");
        self.last_id = None;
        self.rest(now + jitter(REFUSED, 0.1), now);
    }

    /// Opens the stream if one is announced.
    fn open(&mut self) {
        self.push = match self.source.announced() {
            Some(stream) => Push::Opening(self.source.open(stream, self.last_id.clone())),
            None => Push::Absent,
        };
    }

    /// After a stream: opens it again soon, and polls from `poll_at` on if that takes longer.
    fn reopen(&mut self, now: Instant, poll_at: Instant) {
        if let Push::Open(open) = &self.push
            && open.proven
            && open.heard >= open.opened + GOOD_LIFE
        {
            self.push_pauses.reset();
        }
        let pause = self.push_pauses.pause();
        self.rest(now + pause, poll_at);
    }

    fn rest(&mut self, until: Instant, poll_at: Instant) {
        self.push = Push::Resting(until);
        if self.polling.is_some() {
            return;
        }
        // Polls have their own pace, except that the first one has only waited for the stream.
        self.next_poll = match self.next_poll {
            Some(due) if self.means.is_some() => Some(due),
            due => Some(due.map_or(poll_at, |due| due.min(poll_at))),
        };
    }

    /// Tells what the server announces when that is something else than before.
    fn describe(&mut self) {
        let additions = self.source.additions();
        if std::mem::replace(&mut self.additions, additions) != additions {
            self.seen.push_back(Observation::Described(additions));
        }
    }

    fn connected(&mut self, means: Means) {
        if self.means != Some(means) {
            tracing::info!(?means, "the server answers");
            self.seen.push_back(Observation::Connected(means));
        }
        self.means = Some(means);
        self.lost = None;
        self.look_pauses.reset();
    }

    fn lose(&mut self, error: Error, now: Instant) {
        self.polling = None;
        self.next_poll = None;
        self.failed_polls = 0;
        self.push = Push::Absent;
        self.fresh_due = None;
        self.fresh_pauses.reset();
        self.means = None;
        let pause = if denied(&error) { jitter(DENIED, 0.1) } else { self.look_pauses.pause() };
        self.next_look = Some(now + pause);
        // Told once; but that it is the login that is wrong, or no longer is, has to be known.
        let news = self.lost.as_ref().is_none_or(|told| *told != error && (denied(told) || denied(&error)));
        if news {
            tracing::info!(%error, ?pause, "the server is lost");
            self.lost = Some(error.clone());
            self.seen.push_back(Observation::Lost(error));
        }
    }

    /// Everything that waits, or may wait for a connection that died, is tried at once.
    fn wake(&mut self, now: Instant) {
        if self.looking.take().is_some() || self.next_look.is_some() {
            self.look_pauses.reset();
            self.next_look = Some(now);
            return;
        }
        self.polling = None;
        self.next_poll = Some(now);
        self.push_pauses.reset();
        self.open();
    }
}

/// Whether an answer may only have had to wait: for the server itself, or for a proxy that did not wait for it.
const fn is_late(error: &Error) -> bool {
    matches!(error, Error::Timeout(_) | Error::Http(408 | 504 | 524))
}

pub(super) const fn denied(error: &Error) -> bool {
    matches!(error, Error::NotLoggedIn { .. } | Error::Forbidden(_) | Error::Http(TOO_MANY_REQUESTS))
}

/// The answer to what is under way, if something is.
async fn answer<T>(pending_answer: &mut Pending<T>) -> Result<T, Error> {
    match pending_answer {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
