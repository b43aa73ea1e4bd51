//! A wire between the gateway and the manager interface that can be cut at a certain action.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// When the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The action does not reach the PBX.
    Before,
    /// It reaches the PBX, and nothing comes back.
    After,
    /// Its answer comes back, and none of the events by which its outcome would be known.
    Answered,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<(&'static str, Moment)>,
    /// Nothing is let through.
    down: bool,
    cuts: usize,
    connections: usize,
}

/// The wire. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Cutter {
    /// Where the gateway is to connect.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cutter {
    /// A whole wire to this manager interface.
    pub async fn to(manager: SocketAddr) -> Result<Cutter> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((gateway, _)) = listener.accept().await {
                tokio::spawn(carry(gateway, manager, Arc::clone(&shared)));
            }
        });
        Ok(Cutter { address, state, task })
    }

    /// Cuts at the next action of this name; the next connection is whole again.
    pub fn cut(&self, action: &'static str, moment: Moment) {
        self.look(|state| state.armed = Some((action, moment)));
    }

    /// Lets nothing through, or everything again. A connection that stands ends with its next action.
    pub fn down(&self, down: bool) {
        self.look(|state| state.down = down);
    }

    /// How often it was cut.
    pub fn cuts(&self) -> usize {
        self.look(|state| state.cuts)
    }

    /// Whether there was a new connection after every cut.
    pub fn is_whole(&self) -> bool {
        self.look(|state| state.connections > state.cuts)
    }

    fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn carry(gateway: TcpStream, manager: SocketAddr, state: Arc<Mutex<State>>) {
    if state.lock().unwrap_or_else(PoisonError::into_inner).down {
        return;
    }
    let Ok(manager) = TcpStream::connect(manager).await else { return };
    state.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
    let ((from_gateway, to_gateway), (from_manager, to_manager)) = (gateway.into_split(), manager.into_split());
    let last = Mutex::new(None);
    // When either direction ends, both do.
    tokio::select! {
        _ = actions(from_gateway, to_manager, &state, &last) => {}
        _ = answers(from_manager, to_gateway, &last) => {}
    }
}

/// Carries action by action, until the one at which the wire is cut. `last`: the `ActionID` whose answer is the last thing that
/// comes back.
async fn actions(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &Mutex<State>,
    last: &Mutex<Option<String>>,
) -> Result<()> {
    let mut bytes = Vec::new();
    loop {
        while let Some(action) = message(&mut bytes) {
            let text = String::from_utf8_lossy(&action);
            let moment = {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let wanted = state.armed.filter(|(name, _)| text.contains(&format!("Action: {name}\r\n")));
                if wanted.is_some() {
                    state.armed = None;
                    state.cuts += 1;
                }
                if state.down { Some(Moment::Before) } else { wanted.map(|(_, moment)| moment) }
            };
            match moment {
                Some(Moment::Before) => return Ok(()),
                Some(Moment::After) => return Ok(to.write_all(&action).await?),
                Some(Moment::Answered) => {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = line(&text, "ActionID");
                    to.write_all(&action).await?;
                }
                None => to.write_all(&action).await?,
            }
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
}

/// Carries back what the PBX says; with a last answer in sight, that one alone.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, last: &Mutex<Option<String>>) -> Result<()> {
    let mut bytes = Vec::new();
    // The banner ends with its line.
    while !bytes.contains(&b'\n') {
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let banner: Vec<u8> = bytes.drain(..=bytes.iter().position(|byte| *byte == b'\n').unwrap_or_default()).collect();
    to.write_all(&banner).await?;
    loop {
        while let Some(said) = message(&mut bytes) {
            let wanted = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let text = String::from_utf8_lossy(&said);
            match wanted {
                None => to.write_all(&said).await?,
                Some(id) if text.starts_with("Response: ") && line(&text, "ActionID").as_ref() == Some(&id) => {
                    return Ok(to.write_all(&said).await?);
                }
                Some(_) => {}
            }
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
}

/// The first whole message of these bytes, which is taken from them.
fn message(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(bytes.drain(..end + 4).collect())
}

fn line(message: &str, name: &str) -> Option<String> {
    message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
}
