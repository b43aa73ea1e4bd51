//! The gateway of this project on a simulator, with the tests as the hands on all phones.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::oneshot,
    task::JoinHandle,
    time::Instant,
};
use uncall_gateway::Settings;
use uncall_recordings::Recordings;
use uncall_simulator::{Options, Simulator};
use uncall_switch::Pbx;

use crate::{wine, wire};

/// How long a phone may take to reach the state that a test waits for.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long the program may take to say where it listens; Wine may have to start first.
const START: Duration = Duration::from_secs(60);

/// Any free port of this machine.
const FREE_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A running gateway. Dropping it stops it.
#[derive(Debug)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Gateway {
    /// Starts a gateway on a simulator that does nothing by itself.
    pub async fn start() -> Result<Gateway> {
        Gateway::start_at(FREE_PORT).await
    }

    /// The same at this address, e.g. that of a gateway which was stopped.
    pub async fn start_at(address: SocketAddr) -> Result<Gateway> {
        if let Some(program) = wine::program("uncall-gateway") {
            return Gateway::run(program, address).await;
        }
        let simulator = Simulator::start(Options { control: true, ..Options::default() });
        Gateway::serve(TcpListener::bind(address).await?, simulator, None, Settings::default())
    }

    /// The same with these settings: groups, logins.
    pub async fn start_with(settings: Settings) -> Result<Gateway> {
        let simulator = Simulator::start(Options { control: true, ..Options::default() });
        Gateway::serve(TcpListener::bind(FREE_PORT).await?, simulator, None, settings)
    }

    /// Starts a gateway on this PBX.
    pub async fn start_on(pbx: Arc<dyn Pbx>) -> Result<Gateway> {
        Gateway::serve(TcpListener::bind(FREE_PORT).await?, pbx, None, Settings::default())
    }

    /// The same with these settings.
    pub async fn start_on_with(pbx: Arc<dyn Pbx>, settings: Settings) -> Result<Gateway> {
        Gateway::serve(TcpListener::bind(FREE_PORT).await?, pbx, None, settings)
    }

    /// The same, with the files of the PBX's recordings.
    pub async fn start_with_recordings(
        pbx: Arc<dyn Pbx>,
        recordings: Arc<Recordings>,
        settings: Settings,
    ) -> Result<Gateway> {
        Gateway::serve(TcpListener::bind(FREE_PORT).await?, pbx, Some(recordings), settings)
    }

    /// A handle on one that runs elsewhere, which does not stop it.
    pub fn at(address: SocketAddr) -> Gateway {
        Gateway { address, stop: None, task: tokio::spawn(std::future::ready(Ok(()))) }
    }

    /// The program in a process of its own.
    async fn run(mut program: Command, address: SocketAddr) -> Result<Gateway> {
        program.args(["--sim-control", "--listen", &address.to_string()]).env("RUST_LOG", "warn");
        program.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = program.spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let line = tokio::time::timeout(START, lines.next_line()).await.context("the gateway does not start")??;
        let wsdl = line.context("the gateway ended; its own words stand above")?;
        let address = wsdl.strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let address = address.with_context(|| format!("not the address of a WSDL: {wsdl}"))?.parse()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            stopped.await.ok();
            interrupted(process).await
        });
        Ok(Gateway { address, stop: Some(stop), task })
    }

    fn serve(
        listener: TcpListener,
        pbx: Arc<dyn Pbx>,
        recordings: Option<Arc<Recordings>>,
        settings: Settings,
    ) -> Result<Gateway> {
        ensure!(!wine::is_on(), "this gateway runs in the test, not under Wine");
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let service = uncall_gateway::serve(listener, pbx, recordings, settings, async {
            // Dropping the sender stops it too.
            stopped.await.ok();
        });
        Ok(Gateway { address, stop: Some(stop), task: tokio::spawn(service) })
    }

    /// Another handle on this gateway, which does not stop it.
    pub fn another(&self) -> Gateway {
        Gateway::at(self.address)
    }

    /// The address of the WSDL.
    pub fn wsdl(&self) -> String {
        format!("{}?wsdl", self.endpoint())
    }

    /// The address that calls go to.
    pub fn endpoint(&self) -> String {
        format!("http://{}/uncall_services_api/index.php", self.address)
    }

    /// Calls one number from another; gives the call's uid.
    pub async fn ring(&self, from: &str, to: &str) -> Result<String> {
        let answer = self.control("/sim/calls", &json!({"from": from, "to": to})).await?;
        let uid = answer.get("uid").and_then(Value::as_str);
        Ok(uid.with_context(|| format!("no uid: {answer}"))?.to_owned())
    }

    /// Does something with a phone: `extensions/801/answer`, `numbers/13421829060/hangup`.
    pub async fn phone(&self, what: &str) -> Result<()> {
        self.control(&format!("/sim/{what}"), &json!({})).await.map(drop)
    }

    /// Does something with a phone as soon as it can be done: a click-to-dial rings the number only when the extension
    /// has answered, a transfer its target only when the caller hears music.
    pub async fn phone_when_ready(&self, what: &str) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.phone(what).await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// Waits until somebody follows the push streams, as a panel does once it is connected.
    pub async fn until_watched(&self) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let metrics = wire::get(self.address, "/metrics").await?;
            if metrics.text()?.lines().any(|line| line.starts_with("uncall_event_streams") && !line.ends_with(" 0")) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "nobody follows the stream: {}", metrics.text()?);
            tokio::task::yield_now().await;
        }
    }

    /// Calls, legs, and who hears whom.
    pub async fn state(&self) -> Result<Value> {
        let response = wire::get(self.address, "/sim/state").await?;
        ensure!(response.head.status == 200, "the simulator's state: {}", response.text()?);
        Ok(serde_json::from_slice(&response.body)?)
    }

    /// Stops gracefully and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.take();
        match tokio::time::timeout(DEADLINE, &mut self.task).await {
            Ok(ended) => Ok(ended??),
            Err(_) => bail!("the gateway does not stop"),
        }
    }

    async fn control(&self, path: &str, body: &Value) -> Result<Value> {
        let headers = "Content-Type: application/json\r\n";
        let response = wire::post(self.address, path, headers, body.to_string().as_bytes()).await?;
        let text = response.text()?;
        ensure!((200..300).contains(&response.head.status), "POST {path} {body}: {} {text}", response.head.status);
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(text)?) }
    }
}

/// Ends it as Ctrl-C does, and waits for that.
async fn interrupted(mut process: Child) -> io::Result<()> {
    let id = process.id().ok_or_else(|| io::Error::other("it has ended"))?.to_string();
    Command::new("kill").args(["-INT", &id]).status().await?;
    let status = process.wait().await?;
    status.success().then_some(()).ok_or_else(|| io::Error::other(format!("the gateway ended with {status}")))
}
