//! The link, on a PBX that does everything wrong. The clock is tokio's, and stands still but for sleeps.

mod asks;
mod connecting;
mod hostile;
mod secured;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uncall_files::Secret;

use super::trouble::Trouble;
use super::*;

pub(super) const BANNER: &str = "Asterisk Call Manager/11.0.0\r\n";

/// A link, and a PBX in the test's hands.
pub(super) struct World {
    pub(super) link: Link,
    pub(super) news: mpsc::UnboundedReceiver<News>,
    connections: mpsc::UnboundedReceiver<(DuplexStream, Instant)>,
}

impl World {
    pub(super) fn new() -> World {
        let (arrive, connections) = mpsc::unbounded_channel();
        let dial = move || {
            let (near, far) = tokio::io::duplex(64 * 1024);
            let arrived = arrive.send((far, Instant::now()));
            async move {
                arrived.map_err(|_gone| Trouble::Unreachable("nobody listens".to_owned()))?;
                Ok(Box::new(near) as stream::Stream)
            }
        };
        let (link, news) = Link::over(dial, login());
        World { link, news, connections }
    }

    /// The next connection, and when it came.
    pub(super) async fn arrival(&mut self) -> (Pbx, Instant) {
        let (stream, at) = self.connections.recv().await.unwrap();
        (Pbx { stream, read: Vec::new() }, at)
    }

    /// The next connection, logged in, and told of.
    pub(super) async fn up(&mut self) -> Pbx {
        let (mut pbx, _at) = self.arrival().await;
        pbx.let_in().await;
        assert_eq!(self.news.recv().await, Some(News::Up));
        pbx
    }

    pub(super) async fn event(&mut self) -> Message {
        match self.news.recv().await {
            Some(News::Event(event, _)) => event,
            other => panic!("no event but {other:?}"),
        }
    }

    /// Asks in a task of its own.
    pub(super) fn ask(&self, name: &'static str) -> tokio::task::JoinHandle<Result<Answer, LinkError>> {
        let link = self.link.clone();
        tokio::spawn(async move { link.ask(Action::new(name)).await })
    }
}

pub(super) fn login() -> login::Login {
    login::Login { address: "pbx:5038".to_owned(), user: "uncall".to_owned(), secret: Secret::new("hush hush") }
}

/// The PBX's end of one connection.
pub(super) struct Pbx {
    pub(super) stream: DuplexStream,
    read: Vec<u8>,
}

impl Pbx {
    pub(super) async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// The next action, as it was sent.
    pub(super) async fn hear(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                return String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
            }
            let mut some = [0; 4096];
            let length = self.stream.read(&mut some).await.unwrap();
            assert!(length > 0, "the link closed the connection");
            self.read.extend_from_slice(&some[..length]);
        }
    }

    /// The next action's id.
    pub(super) async fn hear_id(&mut self, name: &str) -> String {
        let action = self.hear().await;
        assert!(action.starts_with(&format!("Action: {name}\r\n")), "{action}");
        header(&action, "ActionID")
    }

    /// True when the link has closed the connection.
    pub(super) async fn is_closed(&mut self) -> bool {
        let mut some = [0; 4096];
        loop {
            match tokio::time::timeout(Duration::from_secs(1), self.stream.read(&mut some)).await {
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(_more)) => {}
                Err(_late) => return false,
            }
        }
    }

    pub(super) async fn let_in(&mut self) {
        self.say(BANNER).await;
        let id = self.hear_id("Login").await;
        self.say(&format!("Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n")).await;
    }

    /// Answers the next action, whatever it is.
    pub(super) async fn answer(&mut self, name: &str) {
        let id = self.hear_id(name).await;
        self.say(&format!("Response: Success\r\nActionID: {id}\r\n\r\n")).await;
    }
}

pub(super) fn header(action: &str, name: &str) -> String {
    let line = action.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {action}")).to_owned()
}
