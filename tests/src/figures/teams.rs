//! 200 supervisors of 10,000 agents, who all come back at once, as after a restart of the gateway.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use uncall_contract::event::EVENTS_PATH;

use super::ami::Site;
use super::processes;
use super::sample::{Sample, millis};
use super::table::Table;

const SUPERVISORS: usize = 200;
const FIRST: u32 = 20_000;
const LAST: u32 = 29_999;
const AIM: Duration = Duration::from_secs(5);
/// Stands once in each member that is told of.
const MEMBER: &[u8] = b"\"state\":";

/// Measures it.
pub async fn measure(table: &mut Table) -> Result<()> {
    let extens: Vec<String> = (FIRST..=LAST).map(|exten| exten.to_string()).collect();
    let supervisors: Vec<&String> = extens.iter().take(SUPERVISORS).collect();
    let group = format!("[[group]]\nsupervisors = {supervisors:?}\nmembers = [\"{FIRST}-{LAST}\"]\n");
    let site = Site::start_with(&extens, &group).await?;
    let process = site.gateway.process().context("the gateway has ended")?;
    let (before, worked) = (site.memory()?, processes::processor_time(&[process]));
    let began = Instant::now();
    let mut coming = JoinSet::new();
    for supervisor in supervisors {
        coming.spawn(seen(site.gateway.address, supervisor.clone(), extens.len() - 1));
    }
    let mut kept = Vec::new();
    let mut times = Vec::new();
    while let Some(come) = coming.join_next().await {
        kept.push(come??);
        times.push(began.elapsed());
    }
    let worked = processes::processor_time(&[process]).saturating_sub(worked);
    let times: Sample = times.into_iter().collect();
    let last = times.quantile(100);
    let what = format!("{SUPERVISORS} supervisors of {} agents come back: until each has his whole team", extens.len());
    table.aimed(&what, "≤ 5 s", format!("p50 {}, the last {}", millis(times.quantile(50)), millis(last)), last <= AIM);
    table.plain("… processor time of the gateway", millis(worked));
    let memory = site.memory()?.saturating_sub(before) / 1_000_000;
    table.plain("… memory", format!("{memory} MB"));
    Ok(())
}

/// A supervisor's stream, once it has told of so many members.
async fn seen(gateway: SocketAddr, supervisor: String, members: usize) -> Result<tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let mut stream = socket.connect(gateway).await?;
    let asked = format!(
        "GET {EVENTS_PATH}?exten={supervisor} HTTP/1.1\r\nHost: {gateway}\r\nAccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).await?;
    let (mut bytes, mut count) = (Vec::new(), 0);
    while count < members {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "a stream has ended after {count} members");
        let mut from = 0;
        while let Some(at) = bytes.get(from..).unwrap_or_default().windows(MEMBER.len()).position(|part| part == MEMBER)
        {
            count += 1;
            from += at + MEMBER.len();
        }
        bytes.drain(..from.max(bytes.len().saturating_sub(MEMBER.len() - 1)));
    }
    ensure!(count == members, "{count} members of {members}");
    Ok(stream)
}
