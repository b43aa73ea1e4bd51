//! A PBX's manager interface that says what it is told to, and answers what the gateway asks when it connects and from time
//! to time.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
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
    task: JoinHandle<Result<()>>,
}

/// Events that are written at once.
#[derive(Debug)]
pub struct Saying {
    /// The events.
    pub text: String,
    /// How many they are.
    pub events: usize,
    /// Where it is noted when.
    pub written: Written,
}

impl Pbx {
    /// A PBX with these phones.
    pub async fn start(extens: Vec<String>) -> Result<Pbx> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (sayings, said) = mpsc::unbounded_channel();
        let (tell, listed) = watch::channel(0);
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            Session::begin(stream, extens, tell).await?.run(said).await
        });
        Ok(Pbx { address, sayings, listed, task })
    }

    /// Tells the gateway of these events.
    pub fn say(&self, saying: Saying) -> Result<()> {
        self.sayings.send(saying).ok().context("the gateway has closed its connection to the PBX")
    }

    /// Waits until the gateway has asked who is busy, the last thing that it asks when it has connected.
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

struct Session {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    extens: Vec<String>,
    channels: Channels,
    listed: watch::Sender<u64>,
}

impl Session {
    async fn begin(stream: TcpStream, extens: Vec<String>, listed: watch::Sender<u64>) -> Result<Session> {
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.into_split();
        writer.write_all(b"Asterisk Call Manager/9.0.0\r\n").await?;
        let lines = BufReader::new(reader).lines();
        Ok(Session { lines, writer, extens, channels: Channels::default(), listed })
    }

    async fn run(mut self, mut said: mpsc::UnboundedReceiver<Saying>) -> Result<()> {
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
        self.channels.note(&saying.text);
        let now = Instant::now();
        {
            let mut written = saying.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.extend(std::iter::repeat_n(now, saying.events));
        }
        Ok(self.writer.write_all(saying.text.as_bytes()).await?)
    }

    async fn answer(&mut self, action: &[String]) -> Result<()> {
        let header = |name: &str| {
            let mut values = action.iter().filter_map(|line| line.split_once(": "));
            values.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
        };
        let id = header("ActionID");
        let text = match header("Action") {
            "CoreShowChannels" => list(id, "CoreShowChannel", self.channels.items()),
            "DeviceStateList" => {
                let devices = self.extens.iter().map(|exten| format!("Device: PJSIP/{exten}\r\nState: NOT_INUSE\r\n"));
                list(id, "DeviceStateChange", devices).replace("ChangeComplete", "ListComplete")
            }
            "DBGetTree" => {
                self.listed.send_modify(|times| *times += 1);
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
