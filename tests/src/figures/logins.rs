//! 2,000 agents with passwords who come at once: for the first time, and after a restart of the gateway.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::sleep;
use uncall_gateway::access::secret;

use super::processes;
use super::program::{self, Server};
use super::sample::{Sample, millis};
use super::table::Table;

const AGENTS: u32 = 2_000;
const FIRST: u32 = 8_000;
/// Different passwords; [`FIRST`] is a multiple of it.
const PASSWORDS: u32 = 50;
const AIM: Duration = Duration::from_secs(10);
/// Longer than the two seconds within which remembered logins are written.
const KEPT: Duration = Duration::from_secs(3);
const FILES: u64 = 4_000;

/// Measures it.
pub async fn measure(table: &mut Table) -> Result<()> {
    rlimit::increase_nofile_limit(FILES)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("agents.toml"), agents()?)?;
    std::fs::write(folder.path().join("gateway.toml"), "agents_file = \"agents.toml\"\nstate = \"state\"\n")?;

    let gateway = start(folder.path()).await?;
    let (times, refused) = come(gateway.address).await?;
    let what = format!("{AGENTS} agents with passwords log in at once, for the first time: until each has his answer");
    table.plain(&what, said(&times, refused));
    sleep(KEPT).await;
    // Killed, not stopped.
    drop(gateway);
    let gateway = start(folder.path()).await?;
    let process = gateway.process().context("the gateway has ended")?;
    let worked = processes::processor_time(&[process]);
    let (times, refused) = come(gateway.address).await?;
    let worked = processes::processor_time(&[process]).saturating_sub(worked);
    let what = "… after a restart, with `state`";
    table.aimed(what, "≤ 10 s", said(&times, refused), times.quantile(100) <= AIM && refused == 0);
    table.plain("… processor time of the gateway", millis(worked));
    table.plain("… memory of the gateway then", format!("{} MB", processes::memory(process)? / 1_000_000));
    Ok(())
}

fn said(times: &Sample, refused: usize) -> String {
    format!("p50 {}, the last {}, {refused} refused", millis(times.quantile(50)), millis(times.quantile(100)))
}

fn password(agent: u32) -> String {
    format!("geheim-{}", agent % PASSWORDS)
}

/// The list. Some agents have the same password, which is checked for each of them separately.
fn agents() -> Result<String> {
    let hash = |password: u32| secret::hash(self::password(password).as_bytes()).context("no random numbers");
    let hashes = (0..PASSWORDS).map(hash).collect::<Result<Vec<String>>>()?;
    let mut text = "[agents]\n".to_owned();
    for (agent, hash) in (FIRST..FIRST + AGENTS).zip(hashes.iter().cycle()) {
        writeln!(text, "a{agent} = {{ extension = \"{agent}\", password = \"{hash}\" }}")?;
    }
    Ok(text)
}

async fn start(folder: &Path) -> Result<Server> {
    let mut command = Command::new(program::release("uncall-gateway")?);
    command.args(["--listen", "127.0.0.1:0", "--config", "gateway.toml"]).current_dir(folder).env_remove("RUST_LOG");
    Server::start(command, &[]).await
}

/// All of them at once. Returns how long each took, and how often one was told to come again.
async fn come(gateway: SocketAddr) -> Result<(Sample, usize)> {
    let began = Instant::now();
    let mut coming = JoinSet::new();
    for agent in FIRST..FIRST + AGENTS {
        coming.spawn(async move {
            let refused = log_in(gateway, agent).await?;
            anyhow::Ok((began.elapsed(), refused))
        });
    }
    let (mut times, mut refused) = (Vec::new(), 0);
    while let Some(come) = coming.join_next().await {
        let (time, times_refused) = come??;
        times.push(time);
        refused += times_refused;
    }
    Ok((times.into_iter().collect(), refused))
}

/// popEvent until it is answered, again after the time that a refusal names.
async fn log_in(gateway: SocketAddr, agent: u32) -> Result<usize> {
    let body = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><popEvent xmlns=\"urn:uncall\">\
         <strExten>{agent}</strExten></popEvent></e:Body></e:Envelope>"
    );
    let login = BASE64_STANDARD.encode(format!("a{agent}:{}", password(agent)));
    let request = format!(
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: {gateway}\r\nContent-Type: text/xml\r\nConnection: close\r\n\
         Authorization: Basic {login}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for refused in 0.. {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let mut stream = socket.connect(gateway).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(refused);
        }
        let wait = answer.lines().find_map(|line| line.strip_prefix("retry-after: ")?.parse().ok());
        ensure!(wait.is_some(), "agent {agent}: {answer}");
        sleep(Duration::from_secs(wait.unwrap_or(1))).await;
    }
    bail!("agent {agent} is never let in")
}
