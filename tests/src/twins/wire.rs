//! A connection to a gateway that can be cut, as if its process were killed, or silenced, as if its machine were down.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// The state of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Everything passes.
    Whole,
    /// Connections are closed, and new ones refused.
    Cut,
    /// Connections are accepted, but nothing passes.
    Silent,
}

/// The wire. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Wire {
    /// The address for clients.
    pub address: SocketAddr,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    /// A working wire to `gateway`.
    pub async fn to(gateway: SocketAddr) -> Result<Wire> {
        // Use an address of its own, so that nobody else gets the port while it is cut.
        let [_, a, b, c] = fastrand::u32(..).to_be_bytes();
        let host = Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254));
        let listener = TcpListener::bind((host, 0)).await?;
        let address = listener.local_addr()?;
        let (state, states) = watch::channel(State::Whole);
        let task = tokio::spawn(listen(listener, address, gateway, states));
        Ok(Wire { address, state, task })
    }

    /// Cuts it, and waits until connections are refused.
    ///
    /// # Errors
    /// If they are still accepted after ten seconds.
    pub async fn cut(&self) -> Result<()> {
        self.set(State::Cut);
        for _ in 0..1000 {
            if TcpStream::connect(self.address).await.is_err() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("connections are still taken")
    }

    /// Sets its state.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn listen(first: TcpListener, address: SocketAddr, gateway: SocketAddr, mut states: watch::Receiver<State>) {
    let mut listener = Some(first);
    loop {
        if *states.borrow_and_update() == State::Cut {
            listener = None;
            if states.changed().await.is_err() {
                return;
            }
            continue;
        }
        let Some(open) = &listener else {
            match TcpListener::bind(address).await {
                Ok(again) => listener = Some(again),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
            continue;
        };
        tokio::select! {
            changed = states.changed() => if changed.is_err() { return },
            accepted = open.accept() => if let Ok((client, _)) = accepted {
                tokio::spawn(carry(client, gateway, states.clone()));
            },
        }
    }
}

async fn carry(client: TcpStream, gateway: SocketAddr, states: watch::Receiver<State>) {
    let Ok(gateway) = TcpStream::connect(gateway).await else { return };
    let ((from_client, to_client), (from_gateway, to_gateway)) = (client.into_split(), gateway.into_split());
    // When one direction ends, end both.
    tokio::select! {
        () = pump(from_client, to_gateway, states.clone()) => {}
        () = pump(from_gateway, to_client, states) => {}
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut states: watch::Receiver<State>,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let state = *states.borrow_and_update();
        if state == State::Cut {
            return;
        }
        let read = tokio::select! {
            biased;
            changed = states.changed() => if changed.is_ok() { continue } else { return },
            read = from.read(&mut bytes), if state == State::Whole => read,
        };
        let Ok(length @ 1..) = read else { return };
        if to.write_all(bytes.get(..length).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}
