//! A hand on Asterisk's manager interface, in plain text and without the gateway's own code; it can write down what it sees.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

use super::deadline::{SOON, until};

/// One message: its lines, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message(Vec<(String, String)>);

impl Message {
    /// The value of the first line of that name, whatever its case; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The values of all lines of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether these lines stand in it.
    pub fn has(&self, lines: &[(&str, &str)]) -> bool {
        lines.iter().all(|(name, value)| self.get(name) == *value)
    }
}

/// A connection that is logged in.
#[derive(Debug)]
pub struct Manager {
    writer: OwnedWriteHalf,
    seen: Arc<Mutex<Seen>>,
    reader: JoinHandle<()>,
    asked: u32,
}

#[derive(Debug, Default)]
struct Seen {
    /// What was said so far, as text: `>` sent, `<` received, `#` a remark.
    record: String,
    messages: Vec<Message>,
    closed: bool,
}

impl Manager {
    /// Connects and logs in; the login itself is not written down.
    pub(super) async fn login(address: (std::net::Ipv4Addr, u16), user: &str, secret: &str) -> Result<Manager> {
        let (reader, writer) = TcpStream::connect(address).await?.into_split();
        let mut lines = BufReader::new(reader).lines();
        lines.next_line().await?.context("no banner")?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let reader = tokio::spawn(read(lines, Arc::clone(&seen)));
        let mut manager = Manager { writer, seen, reader, asked: 0 };
        let answer = manager.ask(&[("Action", "Login"), ("Username", user), ("Secret", secret)]).await?;
        ensure!(answer.get("Response") == "Success", "login refused: {answer:?}");
        manager.look(|seen| seen.record.clear());
        Ok(manager)
    }

    /// Sends an action and waits for its response.
    pub async fn ask(&mut self, action: &[(&str, &str)]) -> Result<Message> {
        self.asked += 1;
        let id = format!("lab-{}", self.asked);
        let mut text = String::new();
        let mut record = String::from("\n");
        for (name, value) in action.iter().copied().chain([("ActionID", id.as_str())]) {
            ensure!(!value.contains(['\r', '\n']), "a line break in {name}");
            write!(text, "{name}: {value}\r\n")?;
            writeln!(record, "> {name}: {value}")?;
        }
        text.push_str("\r\n");
        let from = self.look(|seen| {
            seen.record.push_str(&record);
            seen.messages.len()
        });
        self.writer.write_all(text.as_bytes()).await?;
        self.wait_from(from, &format!("the response to {action:?}"), SOON, |message| {
            message.has(&[("ActionID", &id)]) && !message.get("Response").is_empty()
        })
        .await
    }

    /// Sends an action whose answer is a list; gives the list's items.
    pub async fn list(&mut self, action: &[(&str, &str)]) -> Result<Vec<Message>> {
        let from = self.here();
        let answer = self.ask(action).await?;
        ensure!(answer.get("Response") == "Success", "{action:?}: {answer:?}");
        let id = answer.get("ActionID").to_owned();
        let ours = |message: &Message| message.get("ActionID") == id && message.get("Response").is_empty();
        self.wait_from(from, "the list's end", SOON, |message| {
            ours(message) && message.get("EventList").eq_ignore_ascii_case("complete")
        })
        .await?;
        let items =
            self.look(|seen| seen.messages.iter().skip(from).filter(|message| ours(message)).cloned().collect());
        let mut items: Vec<Message> = items;
        items.pop();
        Ok(items)
    }

    /// The place in the stream of messages that has been reached.
    pub fn here(&self) -> usize {
        self.look(|seen| seen.messages.len())
    }

    /// Waits for an event with these lines, since `from`.
    pub async fn event(&self, from: usize, lines: &[(&str, &str)]) -> Result<Message> {
        self.wait_from(from, &format!("{lines:?}"), SOON, |message| message.has(lines)).await
    }

    /// The same with another deadline and any condition.
    pub async fn wait_from(
        &self,
        from: usize,
        what: &str,
        deadline: Duration,
        wanted: impl Fn(&Message) -> bool,
    ) -> Result<Message> {
        until(what, deadline, async || {
            let (found, closed) = self
                .look(|seen| (seen.messages.iter().skip(from).find(|message| wanted(message)).cloned(), seen.closed));
            ensure!(found.is_some() || !closed, "the connection ended before: {what}");
            Ok(found)
        })
        .await
    }

    /// The messages since `from`.
    pub fn since(&self, from: usize) -> Vec<Message> {
        self.look(|seen| seen.messages.iter().skip(from).cloned().collect())
    }

    /// Whether the PBX has closed the connection.
    pub fn closed(&self) -> bool {
        self.look(|seen| seen.closed)
    }

    /// Writes a remark into the record.
    pub fn remark(&self, text: &str) {
        self.look(|seen| {
            seen.record.push_str("\n# ");
            seen.record.push_str(text);
            seen.record.push('\n');
        });
    }

    /// Everything that was said since the login, or since this was asked last.
    pub fn take_record(&self) -> String {
        self.look(|seen| std::mem::take(&mut seen.record)).trim_start().to_owned()
    }

    fn look<T>(&self, with: impl FnOnce(&mut Seen) -> T) -> T {
        with(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut lines: Lines<BufReader<OwnedReadHalf>>, seen: Arc<Mutex<Seen>>) {
    let mut message = Message::default();
    let mut record = String::from("\n");
    let lock = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    while let Ok(Some(line)) = lines.next_line().await {
        if !line.is_empty() {
            record.push_str("< ");
            record.push_str(&line);
            record.push('\n');
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            message.0.push((name.to_owned(), value.trim_start().to_owned()));
        } else if !message.0.is_empty() {
            let mut seen = lock();
            // Debian's build sends these; no other does.
            if message.get("Event") != "TestEvent" {
                seen.record.push_str(&record);
            }
            seen.messages.push(std::mem::take(&mut message));
            record = String::from("\n");
        }
    }
    lock().closed = true;
}
