//! One connection, from its login to its end.

use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::codec::FramedRead;

use super::frames::{Frames, Unframed};
use super::login::Login;
use super::pending::Pending;
use super::stream::Stream;
use super::trouble::Trouble;
use super::{Ask, LinkError, News};
use crate::action::Action;
use crate::message::Message;

/// The time limit for the banner and the login's answer; Asterisk takes more than a second to refuse.
const LOGIN: Duration = Duration::from_secs(10);
/// After this much silence a ping is sent,
const QUIET: Duration = Duration::from_secs(10);
/// and after this much the connection is given up.
const SILENT: Duration = Duration::from_secs(15);
/// The resolution of answers' deadlines.
const TICK: Duration = Duration::from_millis(100);
/// The most outgoing bytes; while there are more, no further actions are taken.
const OUTGOING: usize = 256 * 1024;

/// A logged-in connection.
pub(super) struct Session {
    reader: FramedRead<ReadHalf<Stream>, Frames>,
    writer: WriteHalf<Stream>,
    /// Encoded but not yet written.
    outgoing: BytesMut,
    /// Whether written bytes may be unsent: TLS has a buffer of its own.
    unflushed: bool,
}

impl Session {
    /// Logs in, with events on.
    pub(super) async fn open(stream: Stream, login: &Login) -> Result<Session, Trouble> {
        let (reader, writer) = tokio::io::split(stream);
        let reader = FramedRead::new(reader, Frames::default());
        let mut session = Session { reader, writer, outgoing: BytesMut::new(), unflushed: false };
        tokio::time::timeout(LOGIN, session.log_in(login)).await.map_err(|_late| Trouble::Silent(LOGIN))??;
        Ok(session)
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Trouble> {
        let action = login.action().map_err(|unfit| Trouble::Login(unfit.to_string()))?;
        self.encode("login", &action);
        while self.unwritten() {
            self.write().await?;
        }
        loop {
            let message = match self.read().await {
                Err(Trouble::Closed(_)) => {
                    // A PBX that expects TLS says nothing to a client without, and vice versa.
                    return Err(Trouble::Closed(" before the login; is it the right port, and is `tls` right?"));
                }
                other => other?,
            };
            match message.get("Response") {
                "" => {}
                error if error.eq_ignore_ascii_case("Error") => {
                    return Err(Trouble::Login(message.get("Message").to_owned()));
                }
                _success => return Ok(()),
            }
        }
    }

    /// Carries actions out and news in until the connection ends. Returns the reason, or `None` if nobody needs it any more.
    pub(super) async fn run(
        &mut self,
        asks: &mut mpsc::UnboundedReceiver<Ask>,
        news: &mpsc::UnboundedSender<News>,
        pending: &mut Pending,
        ping: &str,
    ) -> Option<Trouble> {
        let mut heard = Instant::now();
        let mut pinged = false;
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let may_ask = self.outgoing.len() < OUTGOING;
            let unwritten = self.unwritten();
            let waiting = !pending.is_empty();
            tokio::select! {
                read = self.reader.next() => {
                    let message = match understood(read) {
                        Ok(message) => message,
                        Err(trouble) => return Some(trouble),
                    };
                    heard = Instant::now();
                    pinged = false;
                    if let Some(event) = pending.take(message, heard) {
                        news.send(News::Event(event, heard)).ok()?;
                    }
                }
                ask = asks.recv(), if may_ask => self.send(ask?, pending),
                written = write(&mut self.writer, &mut self.outgoing, &mut self.unflushed), if unwritten => {
                    if let Err(trouble) = written {
                        return Some(trouble);
                    }
                }
                _ = ticks.tick(), if waiting => pending.expire(Instant::now()),
                () = tokio::time::sleep_until(heard + QUIET), if !pinged => {
                    pinged = true;
                    self.encode(ping, &Action::new("Ping"));
                }
                () = tokio::time::sleep_until(heard + SILENT), if pinged => return Some(Trouble::Silent(SILENT)),
                () = news.closed() => return None,
            }
        }
    }

    fn send(&mut self, ask: Ask, pending: &mut Pending) {
        if ask.answer.is_closed() {
            // The caller has been told that it is lost, and may have done something else.
            return;
        }
        if ask.id.chars().any(char::is_control) {
            let _unread = ask.answer.send(Err(LinkError::Refused("an ActionID with control characters".to_owned())));
            return;
        }
        self.encode(&ask.id, &ask.action);
        pending.add(ask.id, ask.answer, Instant::now());
    }

    /// Neither an action's values nor ids contain line breaks.
    fn encode(&mut self, id: &str, action: &Action) {
        let own = [("Action", action.name), ("ActionID", id)];
        let headers = action.headers.iter().map(|(name, value)| (*name, value.as_str()));
        for part in own.into_iter().chain(headers).flat_map(|(name, value)| [name, ": ", value, "\r\n"]) {
            self.outgoing.extend_from_slice(part.as_bytes());
        }
        self.outgoing.extend_from_slice(b"\r\n");
    }

    fn unwritten(&self) -> bool {
        self.unflushed || !self.outgoing.is_empty()
    }

    async fn write(&mut self) -> Result<(), Trouble> {
        write(&mut self.writer, &mut self.outgoing, &mut self.unflushed).await
    }

    async fn read(&mut self) -> Result<Message, Trouble> {
        understood(self.reader.next().await)
    }
}

/// One step of writing. Cancel safe.
async fn write(writer: &mut WriteHalf<Stream>, outgoing: &mut BytesMut, unflushed: &mut bool) -> Result<(), Trouble> {
    let done = if outgoing.is_empty() {
        writer.flush().await.map(|()| *unflushed = false)
    } else {
        *unflushed = true;
        writer.write_buf(outgoing).await.map(|_written| ())
    };
    done.map_err(|_error| Trouble::Closed(""))
}

fn understood(read: Option<Result<Message, Unframed>>) -> Result<Message, Trouble> {
    match read {
        Some(Ok(message)) => Ok(message),
        None | Some(Err(Unframed::Io(_))) => Err(Trouble::Closed("")),
        Some(Err(error)) => Err(Trouble::Garbled(error.to_string())),
    }
}
