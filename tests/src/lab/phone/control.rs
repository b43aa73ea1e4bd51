//! baresip's control connection (module ctrl_tcp): netstrings of JSON, commands one way, answers and events the other.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::JoinHandle,
};

use super::super::deadline::{SOON, until};

/// The stage of a phone's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It rings here.
    Ringing,
    /// It was dialled here, but nobody has answered yet.
    Dialling,
    /// Both talk.
    Talking,
}

/// A call of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The SIP dialogue's id.
    pub id: String,
    /// Its stage.
    pub stage: Stage,
    /// The other party's number, as the display shows it.
    pub number: String,
    /// The other party's name, as the display shows it.
    pub name: String,
}

#[derive(Debug, Default)]
struct State {
    registered: bool,
    auto_answer: bool,
    calls: Vec<Call>,
    answers: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Control {
    state: Arc<Mutex<State>>,
    sender: mpsc::UnboundedSender<Value>,
    tasks: [JoinHandle<()>; 2],
}

impl Control {
    /// Connects as soon as baresip listens.
    pub(super) async fn connect(address: (Ipv4Addr, u16)) -> Result<Control> {
        let stream = until("baresip has started", SOON, async || Ok(TcpStream::connect(address).await.ok())).await?;
        let (reader, writer) = stream.into_split();
        let (sender, commands) = mpsc::unbounded_channel();
        let state = Arc::new(Mutex::new(State::default()));
        let tasks =
            [tokio::spawn(write(writer, commands)), tokio::spawn(read(reader, Arc::clone(&state), sender.clone()))];
        let control = Control { state, sender, tasks };
        // Catch up on what happened before the connection.
        let registered = control.ask("reginfo", "").await?;
        let registered = registered.get("data").and_then(Value::as_str).is_some_and(|text| text.contains("OK"));
        control.look(|state| state.registered |= registered);
        Ok(control)
    }

    /// Carries out a command of baresip's menu.
    pub(super) async fn command(&self, command: &str, parameters: &str) -> Result<()> {
        let answer = self.ask(command, parameters).await?;
        ensure!(answer.get("ok") == Some(&Value::Bool(true)), "baresip refuses {command} {parameters}: {answer}");
        Ok(())
    }

    async fn ask(&self, command: &str, parameters: &str) -> Result<Value> {
        static TOKENS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let token = TOKENS.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let mut message = json!({"command": command, "token": token});
        if let Some(fields) = message.as_object_mut().filter(|_| !parameters.is_empty()) {
            fields.insert("params".into(), parameters.into());
        }
        self.sender.send(message).ok().context("baresip is gone")?;
        until(&format!("baresip answers {command}"), SOON, async || {
            if self.tasks.iter().any(JoinHandle::is_finished) {
                bail!("baresip is gone");
            }
            let token = Some(Value::from(token.as_str()));
            let answers =
                |state: &mut State| state.answers.iter().position(|answer| answer.get("token") == token.as_ref());
            Ok(self.look(|state| answers(state).map(|at| state.answers.swap_remove(at))))
        })
        .await
    }

    pub(super) fn registered(&self) -> bool {
        self.look(|state| state.registered)
    }

    pub(super) fn auto_answer(&self, on: bool) {
        self.look(|state| state.auto_answer = on);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.look(|state| state.calls.clone())
    }

    fn look<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn write(mut writer: OwnedWriteHalf, mut commands: mpsc::UnboundedReceiver<Value>) {
    while let Some(command) = commands.recv().await {
        let text = command.to_string();
        if writer.write_all(format!("{}:{text},", text.len()).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(reader: OwnedReadHalf, state: Arc<Mutex<State>>, sender: mpsc::UnboundedSender<Value>) {
    let mut reader = BufReader::new(reader);
    while let Ok(message) = netstring(&mut reader).await {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if message.get("response").is_some() {
            state.answers.push(message);
        } else if let Some(command) = state.take(&message) {
            // The answer to this one carries no token, so nobody waits for it.
            sender.send(json!({"command": command})).ok();
        }
    }
}

async fn netstring(reader: &mut BufReader<OwnedReadHalf>) -> Result<Value> {
    let mut length = Vec::new();
    reader.read_until(b':', &mut length).await?;
    let length: usize = std::str::from_utf8(&length)?.trim_end_matches(':').parse()?;
    let mut body = vec![0; length + 1];
    reader.read_exact(&mut body).await?;
    body.pop();
    Ok(serde_json::from_slice(&body)?)
}

impl State {
    /// Handles an event. Returns the command that follows from it, if any.
    fn take(&mut self, event: &Value) -> Option<&'static str> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("id").to_owned();
        match text("type") {
            "REGISTER_OK" => self.registered = true,
            "UNREGISTERING" | "REGISTER_FAIL" => self.registered = false,
            "CALL_INCOMING" => {
                self.calls.push(call(id, Stage::Ringing, text("peeruri"), text("peerdisplayname")));
                if text("accountaor").contains(super::super::BUSY_NUMBER) {
                    return Some("hangup");
                }
                if text("accountaor").contains(super::super::SILENT_NUMBER) {
                    return None;
                }
                return self.auto_answer.then_some("accept");
            }
            "CALL_RINGING" | "CALL_PROGRESS" if !self.calls.iter().any(|call| call.id == id) => {
                self.calls.push(call(id, Stage::Dialling, text("peeruri"), text("peerdisplayname")));
            }
            "CALL_ESTABLISHED" => match self.calls.iter_mut().find(|call| call.id == id) {
                Some(call) => call.stage = Stage::Talking,
                None => self.calls.push(call(id, Stage::Talking, text("peeruri"), text("peerdisplayname"))),
            },
            "CALL_CLOSED" => self.calls.retain(|call| call.id != id),
            _ => {}
        }
        None
    }
}

fn call(id: String, stage: Stage, uri: &str, name: &str) -> Call {
    let number = uri.trim_start_matches("sip:").split('@').next().unwrap_or_default();
    Call { id, stage, number: number.to_owned(), name: name.to_owned() }
}
