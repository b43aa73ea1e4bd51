//! The watch's event loop.

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
    poll::PollAnswer,
};

/// The pause between polls in a hurry, and after a first failed poll.
const QUICK: Duration = Duration::from_secs(1);
const HURRY: Duration = Duration::from_secs(30);
/// No polls if the stream opens within this time.
const STREAM_FIRST: Duration = Duration::from_secs(1);
/// The same after a stream has broken.
const STREAM_AGAIN: Duration = Duration::from_millis(500);
/// A stream that lasted this long was good, and is reopened after the shortest pause.
const GOOD_LIFE: Duration = Duration::from_secs(5);
/// The pause before a stream that was refused, or broke the protocol, is tried again.
const REFUSED: Duration = Duration::from_secs(60);
/// The pause before the stream is reopened because of an event that was too large.
const FRESH: Duration = Duration::from_secs(60);
const FRESH_AT_MOST: Duration = Duration::from_secs(60 * 60);
/// The pause after a rejected login: quicker attempts would lock the account.
const DENIED: Duration = Duration::from_secs(30);
/// The status of a server that has seen too many wrong logins.
const TOO_MANY_REQUESTS: u16 = 429;
/// The event that starts a stream. The others are meaningless without it.
const SNAPSHOT: &str = "snapshot";
/// The events whose content a new stream repeats at its start.
const SAID_AGAIN: [&str; 4] = ["call", "presence", "team", "member"];
/// How often to check whether the machine has slept.
const TICK: Duration = Duration::from_secs(1);

type Pending<T> = Option<BoxFuture<'static, Result<T, Error>>>;

pub(super) struct Run<S> {
    source: S,
    wall: Box<dyn Fn() -> SystemTime + Send>,
    nudge: Nudge,
    sense: SleepSense,
    next_tick: Instant,
    seen: VecDeque<Observation>,
    /// As last reported.
    additions: Additions,
    /// As last reported. `None` before the first answer and while the server is lost.
    means: Option<Means>,
    /// Why the server is lost, as last reported. `None` while it is there.
    lost: Option<Error>,
    looking: Pending<()>,
    next_look: Option<Instant>,
    look_pauses: Backoff,
    known_before: bool,
    polling: Pending<PollAnswer>,
    next_poll: Option<Instant>,
    poll_started: Instant,
    failed_polls: u32,
    /// Whether the last answer to popEvent could not be read. That has been logged.
    unreadable: bool,
    hurry_until: Instant,
    push: Push,
    push_pauses: Backoff,
    last_id: Option<String>,
    /// When to ask for everything anew because an event was too large.
    fresh_due: Option<Instant>,
    fresh_pauses: Backoff,
    /// Whether a stream of this server has worked. If so, the next one counts as soon as it is open, since a resumed stream that
    /// missed nothing says nothing at first.
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
                // The WSDL may also have been read again because an answer did not match it.
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
            // A single call with data that breaks the answer must not make the server look lost.
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

    /// Schedules the next poll after an answer: at the usual pace, and never right after a slow answer.
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
                    // The stream goes on without it. A new stream will repeat the content, perhaps in a smaller event.
                    if SAID_AGAIN.contains(&name.as_str()) && self.fresh_due.is_none() {
                        self.fresh_due = Some(now + self.fresh_pauses.pause());
                    }
                }
            }
        }
    }

    /// Switches to the stream. The answer to a poll under way would only be older, so it is dropped.
    fn take_stream(&mut self) {
        self.stream_works = true;
        self.polling = None;
        self.next_poll = None;
        self.failed_polls = 0;
        self.connected(Means::Push);
    }

    /// Handles an unreadable stream: polling takes over for a while, and the stream starts afresh.
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

    /// Reopens a stream that ended, and polls from `poll_at` on if that takes longer.
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
        // Keep the pace of the polls, unless the first one was only waiting for the stream.
        self.next_poll = match self.next_poll {
            Some(due) if self.means.is_some() => Some(due),
            due => Some(due.map_or(poll_at, |due| due.min(poll_at))),
        };
    }

    /// Reports what the server announces if it has changed.
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
        // Report a loss once, and again if a wrong login becomes, or stops being, the reason.
        let news = self.lost.as_ref().is_none_or(|told| *told != error && (denied(told) || denied(&error)));
        if news {
            tracing::info!(%error, ?pause, "the server is lost");
            self.lost = Some(error.clone());
            self.seen.push_back(Observation::Lost(error));
        }
    }

    /// Retries at once everything that waits or may hang on a dead connection.
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

/// Whether the answer may only be late: the server is busy, or a proxy did not wait for it.
const fn is_late(error: &Error) -> bool {
    matches!(error, Error::Timeout(_) | Error::Http(408 | 504 | 524))
}

pub(super) const fn denied(error: &Error) -> bool {
    matches!(error, Error::NotLoggedIn { .. } | Error::Forbidden(_) | Error::Http(TOO_MANY_REQUESTS))
}

/// Waits for the answer to a pending request. Waits for ever if there is none.
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
