//! Keeps one connection to the manager interface up: connects, logs in, pings, and reconnects after a loss with growing pauses.
//!
//! - `stream`, `tls`, `by_line`: bytes to and from the PBX;
//! - `session`: one connection from its login to its end;
//! - `frames`: bytes as messages;
//! - `pending`: actions without an answer so far, and which message belongs to which;
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

/// What the link reports, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// Logged in; events follow. Whatever was known before may be out of date.
    Up,
    /// An event that does not belong to a list, or text that somebody other than the PBX has written, and when it was read.
    Event(Message, Instant),
    /// The connection is lost. Unanswered actions have failed with [`Lost`](LinkError::Lost).
    Down,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// There is no connection; nothing was sent.
    #[error("the PBX is not connected")]
    NotConnected,
    /// It was sent but no answer came: the connection broke, or the deadline passed. It may have been done.
    #[error("the PBX did not answer")]
    Lost,
    /// The PBX refused, in its own words.
    #[error("the PBX refused: {0}")]
    Refused(String),
}

/// An answer, with the items of a list if it is one (without the event that ends the list).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) response: Message,
    pub(crate) items: Vec<Message>,
}

/// A handle on the connection, which ends with its last handle, or when nobody reads its news any more.
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

/// `ActionID`s of this link. The prefix is its own, because every manager sees every `OriginateResponse`.
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
    /// Starts to connect. Must be called within a tokio runtime.
    ///
    /// The news never wait for their reader, so the model loses no event however slow it is; [`Backlog`] logs when they pile up.
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

    /// A single connection, which is not reestablished after a loss. The error says why there is none.
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

    /// Sends an action with an id of its own and waits for the answer, at most 3 s, or for the end of a list, at most 10 s.
    pub(crate) async fn ask(&self, action: Action) -> Result<Answer, LinkError> {
        self.put(self.ids.next(), action).await
    }

    /// The same with the given `ActionID`, which comes back in events (`OriginateResponse`).
    pub(crate) async fn ask_as(&self, id: &str, action: Action) -> Result<Answer, LinkError> {
        self.put(id.to_owned(), action).await
    }

    async fn put(&self, id: String, action: Action) -> Result<Answer, LinkError> {
        let (answer, answered) = oneshot::channel();
        let (name, began) = (action.name, Instant::now());
        // Logged within its request's span, so that the log leads from an agent's click to the PBX and back.
        tracing::debug!(action = name, action_id = id, "asks the PBX");
        let action_id = id.clone();
        self.asks.send(Ask { id, action, answer }).map_err(|_ended| LinkError::NotConnected)?;
        // The session keeps the deadlines of sent actions; this one is for a PBX that no longer reads.
        let answer = tokio::time::timeout(pending::ANSWER + pending::LIST, answered)
            .await
            .map_or(Err(LinkError::Lost), |answered| answered.unwrap_or(Err(LinkError::Lost)));
        let (ms, refused) = (began.elapsed().as_millis(), answer.as_ref().err().map(tracing::field::display));
        tracing::debug!(action = name, action_id, ms, refused, "the PBX has answered");
        answer
    }
}
