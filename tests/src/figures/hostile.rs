//! Opens thousands of connections of every hostile kind, one kind at a time, and measures the gateway's peak memory, and whether
//! it still serves an agent.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use uncall_gateway::access::secret;

use super::program::{self, Server};
use super::sample::millis;
use super::table::Table;

/// The gateway's limit. The hard limit of open files may permit fewer.
const CONNECTIONS: u64 = 20_000;
/// Other files that the two programs have open.
const BESIDES: u64 = 200;
/// The number of source addresses, because an address has a limited number of ports.
const ADDRESSES: u8 = 20;
/// Connections opened at a time.
const AT_ONCE: usize = 500;
const AIM: u64 = 1_000_000_000;
/// How long to keep the connections before measuring.
const STAY: Duration = Duration::from_secs(5);
const ANSWERED: Duration = Duration::from_secs(10);

/// The kind of attack.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Silent,
    Head,
    Body,
    Packed,
    Login,
    Nothing,
    Stream,
    Handshake,
}

const KINDS: [(Kind, &str); 8] = [
    (Kind::Silent, "connected and silent"),
    (Kind::Head, "a head of 15 KiB that does not end"),
    (Kind::Body, "a body of 1 MiB, of which 60 KiB come"),
    (Kind::Packed, "1 MiB packed as a KiB"),
    (Kind::Login, "a wrong login, another on each"),
    (Kind::Nothing, "20 WSDLs asked for, nothing taken"),
    (Kind::Stream, "a stream of events, nothing taken"),
    (Kind::Handshake, "a TLS handshake that does not go on"),
];

/// Measures each kind from a network that needs a login and from an open one.
pub async fn measure(table: &mut Table) -> Result<()> {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + BESIDES)?;
    let count = CONNECTIONS.min(files.saturating_sub(BESIDES));
    for (open, who) in [("", "strangers"), ("open = [\"127.0.0.0/8\"]\n", "clients of an open network")] {
        for (kind, what) in KINDS {
            // Nobody is logged in before the handshake.
            if matches!(kind, Kind::Handshake) && !open.is_empty() {
                continue;
            }
            let (most, served) = one(kind, count, open).await?;
            let what = format!("{count} connections of {who}, {what}: most memory");
            let said = format!("{} MB; an agent beside them is served in {}", most / 1_000_000, millis(served));
            table.aimed(&what, "≤ 1 GB", said, most <= AIM);
        }
    }
    Ok(())
}

async fn one(kind: Kind, count: u64, open: &str) -> Result<(u64, Duration)> {
    let folder = tempfile::tempdir()?;
    let hash = secret::hash(b"geheim").context("no random numbers")?;
    let text = format!("{open}[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\" }}\n");
    let own = matches!(kind, Kind::Handshake)
        .then(|| rcgen::generate_simple_self_signed(vec!["pbx".to_owned()]))
        .transpose()?;
    let mut text = text;
    if let Some(own) = &own {
        std::fs::write(folder.path().join("pbx.pem"), own.cert.pem())?;
        std::fs::write(folder.path().join("pbx.key"), own.signing_key.serialize_pem())?;
        text.push_str("[tls]\ncertificate = \"pbx.pem\"\nkey = \"pbx.key\"\n");
    }
    let tls = own.as_ref().map(|own| client(own.cert.der())).transpose()?;
    std::fs::write(folder.path().join("gateway.toml"), text)?;
    let gateway = start(folder.path()).await?;
    let process = gateway.process().context("the gateway has ended")?;
    // Log in once before: the gateway remembers that.
    agent(gateway.address, tls.as_ref()).await?;
    let mut opening = JoinSet::new();
    let mut kept = Vec::new();
    for at in 0..count {
        if opening.len() >= AT_ONCE {
            kept.extend(opening.join_next().await.transpose()?.flatten());
        }
        let hello = tls.as_ref().map(hello).transpose()?;
        opening.spawn(attack(gateway.address, kind, at, !open.is_empty(), hello));
    }
    while let Some(opened) = opening.join_next().await {
        kept.extend(opened?);
    }
    ensure!(kept.len() * 10 > usize::try_from(count)?, "hardly any connection was accepted");
    sleep(STAY / 2).await;
    let began = Instant::now();
    timeout(ANSWERED, agent(gateway.address, tls.as_ref())).await.context("the agent beside them is not served")??;
    let served = began.elapsed();
    sleep(STAY / 2).await;
    drop(kept);
    Ok((peak(process)?, served))
}

async fn start(folder: &Path) -> Result<Server> {
    let mut command = Command::new(program::release("uncall-gateway")?);
    command.args(["--listen", "127.0.0.1:0", "--config", "gateway.toml"]).current_dir(folder).env_remove("RUST_LOG");
    Server::start(command, &[]).await
}

/// The peak memory of a process.
fn peak(process: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in status")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

/// Opens a connection of this kind. `None` if it was not accepted or has ended. In an open network it first makes a request, so
/// that it no longer counts as a stranger's.
async fn attack(gateway: SocketAddr, kind: Kind, at: u64, let_in: bool, hello: Option<Vec<u8>>) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    let address = u8::try_from(at % u64::from(ADDRESSES)).ok()?;
    socket.bind((Ipv4Addr::new(127, 0, 1, 1 + address), 0).into()).ok()?;
    let mut stream = socket.connect(gateway).await.ok()?;
    if let_in {
        stream.write_all(&soap("")).await.ok()?;
        let mut answer = [0; 16];
        timeout(ANSWERED, stream.read_exact(&mut answer)).await.ok()?.ok()?;
    }
    let bytes = hello.unwrap_or_else(|| said(kind, at));
    // The gateway may refuse to read this, so do not wait long.
    let _ended = timeout(Duration::from_secs(2), stream.write_all(&bytes)).await;
    Some(stream)
}

fn said(kind: Kind, at: u64) -> Vec<u8> {
    const ENDPOINT: &str = "/uncall_services_api/index.php";
    let post = |more: &str| format!("POST {ENDPOINT} HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\n{more}\r\n");
    match kind {
        Kind::Silent | Kind::Handshake => Vec::new(),
        Kind::Head => format!("GET / HTTP/1.1\r\nHost: pbx\r\nX-Long: {}", "x".repeat(15 * 1024)).into_bytes(),
        Kind::Body => (post("Content-Length: 1048576\r\n") + &" ".repeat(60 * 1024)).into_bytes(),
        Kind::Packed => {
            let bomb = bomb();
            let mut bytes = post(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", bomb.len())).into_bytes();
            bytes.extend_from_slice(&bomb);
            bytes
        }
        Kind::Login => {
            let login = BASE64_STANDARD.encode(format!("agent{at}:falsch"));
            post(&format!("Authorization: Basic {login}\r\nContent-Length: 0\r\n")).into_bytes()
        }
        Kind::Nothing => format!("GET {ENDPOINT}?wsdl HTTP/1.1\r\nHost: pbx\r\n\r\n").repeat(20).into_bytes(),
        Kind::Stream => {
            let exten = 801 + at % 10;
            format!("GET /uncall_services_api/events?exten={exten} HTTP/1.1\r\nHost: pbx\r\n\r\n").into_bytes()
        }
    }
}

/// A compressed MiB of spaces.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Cannot fail: it writes to memory.
    let _written = encoder.write_all(&[b' '; 1 << 20]);
    encoder.finish().unwrap_or_default()
}

/// A popEvent request with additional headers.
fn soap(more: &str) -> Vec<u8> {
    let body = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><popEvent xmlns=\"urn:uncall\">\
                <strExten>801</strExten></popEvent></e:Body></e:Envelope>";
    let line = "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml";
    format!("{line}\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A client of the gateway with this certificate.
fn client(certificate: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The beginning of a handshake.
fn hello(client: &Arc<ClientConfig>) -> Result<Vec<u8>> {
    let mut connection = ClientConnection::new(Arc::clone(client), ServerName::try_from("pbx")?)?;
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes)?;
    Ok(bytes)
}

/// The agent's own popEvent.
async fn agent(gateway: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> Result<()> {
    let stream = TcpStream::connect(gateway).await?;
    match tls {
        None => ask(stream).await,
        Some(client) => {
            let connector = TlsConnector::from(Arc::clone(client));
            ask(connector.connect(ServerName::try_from("pbx")?, stream).await?).await
        }
    }
}

async fn ask(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) -> Result<()> {
    let login = BASE64_STANDARD.encode("li.na:geheim");
    stream.write_all(&soap(&format!("Connection: close\r\nAuthorization: Basic {login}\r\n"))).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}
