//! One connection to the manager interface that is kept up: connect, log in, ping; after a loss again, with growing pauses.
//!
//! - `stream`, `tls`, `by_line`: bytes to and from the PBX;
//! - `session`: one connection from its login to its end;
//! - `frames`: bytes as messages;
//! - `pending`: what was asked and is not answered yet, and which message belongs to it;
//! - `run`: connection after connection.

mod backlog;
mod by_line;
mod frames;
mod login;
mod pause;
mod pending;
mod run;
mod session;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::action::Action;
use super::message::Message;
use super::options::Options;

pub(crate) use self::backlog::Backlog;
pub(super) use self::frames::Frames;
pub(crate) use self::trouble::Trouble;

/// What the link tells, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// Logged in; events follow. Whatever was known before may be out of date.
    Up,
    /// An event that belongs to no list, or text that somebody other than the PBX has written, and when it was read.
    Event(Message, Instant),
    /// The connection is lost. Whatever was asked and not answered has failed with [`Lost`](LinkError::Lost).
    Down,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// There is no connection; nothing was sent.
    #[error("the PBX is not connected")]
    NotConnected,
    /// It was sent, and no answer came: the connection broke, or the deadline passed. It may have been done.
    #[error("the PBX did not answer")]
    Lost,
    /// The PBX says no. Its own words.
    #[error("the PBX refused: {0}")]
    Refused(String),
}

/// An answer, with the items of a list if it was one (without the event that ends the list).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) response: Message,
    pub(crate) items: Vec<Message>,
}

/// A handle on the connection. The connection ends with its last handle, or when nobody reads its news any more.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    asks: mpsc::UnboundedSender<Ask>,
    ids: Arc<Ids>,
}

/// An action on its way to the PBX, and where its answer goes.
#[derive(Debug)]
struct Ask {
    id: String,
    action: Action,
    answer: oneshot::Sender<Result<Answer, LinkError>>,
}

/// `ActionID`s of this link: `PREFIX` is its own, because every manager sees every `OriginateResponse`.
#[derive(Debug)]
struct Ids {
    prefix: String,
    next: AtomicU64,
}

impl Ids {
    fn new() -> Ids {
        Ids { prefix: format!("uncall-{:08x}-", fastrand::u32(..)), next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        format!("{}{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

impl Link {
    /// Begins to connect. Must be called on a tokio runtime.
    ///
    /// The news never wait for their reader, so the model loses no event however slow it is; [`Backlog`] tells in the log
    /// when they pile up.
    pub(crate) fn start(options: &Options) -> (Link, mpsc::UnboundedReceiver<News>) {
        let target = Arc::new(stream::Target::of(options));
        let dial = move || {
            let target = Arc::clone(&target);
            async move { target.dial().await }
        };
        Link::over(dial, login::Login::of(options))
    }

    fn over<D, F>(dial: D, login: login::Login) -> (Link, mpsc::UnboundedReceiver<News>)
    where
        D: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<stream::Stream, Trouble>> + Send + 'static,
    {
        let (asks, asked) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel();
        let ids = Arc::new(Ids::new());
        drop(tokio::spawn(run::run(dial, login, asked, tell, Arc::clone(&ids))));
        (Link { asks, ids }, news)
    }

    /// One connection that is not made again when it is lost, and why there is none.
    pub(crate) async fn once(options: &Options) -> Result<(Link, mpsc::UnboundedReceiver<News>), Trouble> {
        let stream = stream::Target::of(options).dial().await?;
        let mut session = session::Session::open(stream, &login::Login::of(options)).await?;
        let (asks, mut asked) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel();
        let ids = Arc::new(Ids::new());
        let mut pending = pending::Pending::new(ids.prefix.clone());
        let ping = ids.next();
        drop(tokio::spawn(async move {
            session.run(&mut asked, &tell, &mut pending, &ping).await;
            pending.lose_all();
        }));
        Ok((Link { asks, ids }, news))
    }

    /// Sends an action under an id of its own and waits for the answer, 3 s at most; for a list, for its end, 10 s at most.
    pub(crate) async fn ask(&self, action: Action) -> Result<Answer, LinkError> {
        self.put(self.ids.next(), action).await
    }

    /// The same under the given `ActionID`, which comes back in events (`OriginateResponse`).
    pub(crate) async fn ask_as(&self, id: &str, action: Action) -> Result<Answer, LinkError> {
        self.put(id.to_owned(), action).await
    }

    async fn put(&self, id: String, action: Action) -> Result<Answer, LinkError> {
        let (answer, answered) = oneshot::channel();
        let (name, began) = (action.name, Instant::now());
        // Logged within the span of its request, so that a log leads from an agent's click to the PBX and back.
        tracing::debug!(action = name, action_id = id, "asks the PBX");
        let action_id = id.clone();
        self.asks.send(Ask { id, action, answer }).map_err(|_ended| LinkError::NotConnected)?;
        // The session keeps the deadlines of what it has sent; this one is for a PBX that takes nothing any more.
        let answer = tokio::time::timeout(pending::ANSWER + pending::LIST, answered)
            .await
            .map_or(Err(LinkError::Lost), |answered| answered.unwrap_or(Err(LinkError::Lost)));
        let (ms, refused) = (began.elapsed().as_millis(), answer.as_ref().err().map(tracing::field::display));
        tracing::debug!(action = name, action_id, ms, refused, "the PBX has answered");
        answer
    }
}
