//! A PBX's manager interface that sends given events, and answers the gateway's requests when it connects and from time to time.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::channels::Channels;

/// Its user and secret.
pub const LOGIN: (&str, &str) = ("uncall", "figures");

/// When each event of a call was written.
pub type Written = Arc<Mutex<Vec<Instant>>>;

/// The PBX; it ends when this is dropped.
#[derive(Debug)]
pub struct Pbx {
    /// Where it listens.
    pub address: SocketAddr,
    sayings: mpsc::UnboundedSender<Saying>,
    listed: watch::Receiver<u64>,
    scissors: Arc<Notify>,
    task: JoinHandle<Result<()>>,
}

/// Events that are written at once.
#[derive(Debug)]
pub struct Saying {
    /// The events.
    pub text: String,
    /// How many they are.
    pub events: usize,
    /// Records when they were written.
    pub written: Written,
}

impl Pbx {
    /// A PBX with these phones.
    pub async fn start(extens: Vec<String>) -> Result<Pbx> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (sayings, said) = mpsc::unbounded_channel();
        let (tell, listed) = watch::channel(0);
        let scissors = Arc::new(Notify::new());
        let cut = Arc::clone(&scissors);
        let exchange = Exchange { extens, channels: Channels::default(), listed: tell };
        let task = tokio::spawn(async move { exchange.serve(&listener, said, &cut).await });
        Ok(Pbx { address, sayings, listed, scissors, task })
    }

    /// Sends these events to the gateway, if it is connected; one that connects later gets the rest of them.
    pub fn say(&self, saying: Saying) -> Result<()> {
        self.sayings.send(saying).ok().context("the PBX has ended")
    }

    /// Cuts the gateway's connection, if there is one.
    pub fn cut(&self) {
        self.scissors.notify_waiters();
    }

    /// Waits until the gateway has asked who is busy, which is its last request after connecting.
    pub async fn listed(&mut self) -> Result<()> {
        self.listed.wait_for(|times| *times > 0).await.context("the PBX has ended")?;
        Ok(())
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The PBX's state, whoever is connected.
struct Exchange {
    extens: Vec<String>,
    channels: Channels,
    listed: watch::Sender<u64>,
}

impl Exchange {
    /// Talks to one gateway after another; events happen even while there is none.
    async fn serve(
        mut self,
        listener: &TcpListener,
        mut said: mpsc::UnboundedReceiver<Saying>,
        cut: &Notify,
    ) -> Result<()> {
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted?.0,
                saying = said.recv() => match saying {
                    Some(saying) => {
                        self.note(&saying);
                        continue;
                    }
                    None => return Ok(()),
                },
            };
            tokio::select! {
                ended = Session::talk(stream, &mut self, &mut said) => if ended.is_ok() { return Ok(()) },
                () = cut.notified() => {}
            }
        }
    }

    fn note(&mut self, saying: &Saying) {
        self.channels.note(&saying.text);
        let now = Instant::now();
        let mut written = saying.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend(std::iter::repeat_n(now, saying.events));
    }
}

/// One gateway's connection.
struct Session<'a> {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    exchange: &'a mut Exchange,
}

impl Session<'_> {
    /// Succeeds when there is nothing more to send, fails when the gateway has gone.
    async fn talk(
        stream: TcpStream,
        exchange: &mut Exchange,
        said: &mut mpsc::UnboundedReceiver<Saying>,
    ) -> Result<()> {
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.into_split();
        writer.write_all(b"Asterisk Call Manager/9.0.0\r\n").await?;
        Session { lines: BufReader::new(reader).lines(), writer, exchange }.run(said).await
    }

    async fn run(mut self, said: &mut mpsc::UnboundedReceiver<Saying>) -> Result<()> {
        let mut action = Vec::new();
        loop {
            tokio::select! {
                line = self.lines.next_line() => {
                    let line = line?.context("the gateway has closed its connection to the PBX")?;
                    if line.is_empty() {
                        self.answer(&std::mem::take(&mut action)).await?;
                    } else {
                        action.push(line);
                    }
                }
                saying = said.recv() => match saying {
                    Some(saying) => self.say(saying).await?,
                    None => return Ok(()),
                },
            }
        }
    }

    async fn say(&mut self, saying: Saying) -> Result<()> {
        self.exchange.note(&saying);
        Ok(self.writer.write_all(saying.text.as_bytes()).await?)
    }

    async fn answer(&mut self, action: &[String]) -> Result<()> {
        let header = |name: &str| {
            let mut values = action.iter().filter_map(|line| line.split_once(": "));
            values.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
        };
        let id = header("ActionID");
        let text = match header("Action") {
            "CoreShowChannels" => list(id, "CoreShowChannel", self.exchange.channels.items()),
            "DeviceStateList" => {
                let devices =
                    self.exchange.extens.iter().map(|exten| format!("Device: PJSIP/{exten}\r\nState: NOT_INUSE\r\n"));
                list(id, "DeviceStateChange", devices).replace("ChangeComplete", "ListComplete")
            }
            "DBGetTree" => {
                self.exchange.listed.send_modify(|times| *times += 1);
                list(id, "DBGetTreeResponse", std::iter::empty()).replace("ResponseComplete", "Complete")
            }
            "Ping" => format!("Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n"),
            "Getvar" => format!("Response: Success\r\nActionID: {id}\r\nVariable: x\r\nValue: \r\n\r\n"),
            _ => format!("Response: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n"),
        };
        Ok(self.writer.write_all(text.as_bytes()).await?)
    }
}

fn list(id: &str, event: &str, items: impl Iterator<Item = String>) -> String {
    let mut text = format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: A list\r\n\r\n");
    let mut count = 0;
    for item in items {
        count += 1;
        text.push_str(&format!("Event: {event}\r\nActionID: {id}\r\n{item}\r\n"));
    }
    text + &format!("Event: {event}Complete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: {count}\r\n\r\n")
}
