//! The PHP server of `tests/php`, on a port of its own for each test.

use std::{
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::ChildStderr,
    time::timeout,
};

/// PHP starts in a fraction of a second; a machine that builds beside the tests may need more.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// Between asking for a free port and binding it another process can take it.
const ATTEMPTS: usize = 8;

/// How the server speaks; see the head of `tests/php/server.php`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flavour {
    /// `rpc-encoded`, `rpc-literal` or `document-literal`.
    pub style: &'static str,
    /// `1.1` or `1.2`.
    pub soap: &'static str,
    /// What stands before the XML: ``, `bom`, `blank` or `warning`.
    pub noise: &'static str,
    /// The host that the WSDL names, when it is not the one that was asked.
    pub address: Option<&'static str>,
    /// Every request begins with `session_start()`, transfers and recordings wait for [`PhpServer::open`].
    pub session: bool,
    /// How everything is packed: the name of the coding, `/`, and PHP's function; `/` is not at all.
    pub packing: &'static str,
}

impl Flavour {
    /// rpc/encoded over SOAP 1.1, `urn:uncall`.
    pub const RPC_ENCODED: Flavour =
        Flavour { style: "rpc-encoded", soap: "1.1", noise: "", address: None, session: false, packing: "/" };
    /// document/literal wrapped over SOAP 1.1, `http://tempuri.org/`.
    pub const DOCUMENT_LITERAL: Flavour = Flavour { style: "document-literal", ..Flavour::RPC_ENCODED };
    /// rpc/literal over SOAP 1.1, `urn:UncallService`.
    pub const RPC_LITERAL: Flavour = Flavour { style: "rpc-literal", ..Flavour::RPC_ENCODED };
}

/// A running PHP server. Dropping it ends the process and its workers.
#[derive(Debug)]
pub struct PhpServer {
    port: u16,
    log: TempDir,
    _shell: Shell,
}

/// The shell above PHP. It reads its input to the end and then kills PHP with all its workers: whichever way the test ends,
/// the pipe closes and nothing stays behind. (Nothing gentler will do: a worker that is interrupted just before it waits
/// for connections waits forever.)
#[derive(Debug)]
struct Shell(Child);

const SHELL: &str = r#"setsid "$@" & cat >/dev/null; kill -KILL "-$!"; wait"#;

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

/// A call that arrived at the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Arrived {
    /// The operation's wire name.
    pub operation: String,
    /// The arguments in order, `None` for one that was left out.
    pub arguments: Vec<Option<String>>,
}

impl PhpServer {
    /// Starts a server and waits until it listens.
    pub async fn start(flavour: Flavour) -> Result<PhpServer> {
        for _ in 0..ATTEMPTS {
            if let Some(server) = PhpServer::attempt(flavour).await? {
                return Ok(server);
            }
        }
        bail!("no free port for PHP after {ATTEMPTS} attempts")
    }

    async fn attempt(flavour: Flavour) -> Result<Option<PhpServer>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = TempDir::new()?;
        let mut shell = Command::new("sh")
            .args(["-c", SHELL, "sh", "php", "-d", "display_errors=stderr"])
            .args(["-d", &format!("session.save_path={}", log.path().display())])
            .args(["-S", &format!("127.0.0.1:{port}")])
            .arg(crate::tests_folder().join("php/server.php"))
            .env("PHP_CLI_SERVER_WORKERS", "4")
            .env("UNCALL_STYLE", flavour.style)
            .env("UNCALL_SOAP", flavour.soap)
            .env("UNCALL_NOISE", flavour.noise)
            .env("UNCALL_PACKING", flavour.packing)
            .env("UNCALL_LOG", log.path().join("calls"))
            .envs(flavour.session.then_some(("UNCALL_SESSION", "1")))
            .envs(flavour.session.then_some(("UNCALL_GATES", log.path())))
            .envs(flavour.address.map(|address| ("UNCALL_ADDRESS", address)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map(Shell)?;
        let stderr = shell.0.stderr.take().context("the shell has no stderr")?;
        let mut said = BufReader::new(ChildStderr::from_std(stderr)?).lines();
        let listens = timeout(START_DEADLINE, listening(&mut said)).await.context("PHP did not start in time")??;
        // PHP writes a line for every request; unread, the pipe would fill and the server stop.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Ok(listens.then_some(PhpServer { port, log, _shell: shell }))
    }

    /// The address of the WSDL.
    pub fn wsdl(&self) -> String {
        format!("http://127.0.0.1:{}/uncall_services_api/index.php?wsdl", self.port)
    }

    /// The calls that arrived so far, in order.
    pub async fn arrived(&self) -> Result<Vec<Arrived>> {
        let path = self.log.path().join("calls");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let lines = tokio::fs::read_to_string(path).await?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// The calls that arrived so far, each with the session that it was in.
    pub async fn sessions(&self) -> Result<Vec<(String, String)>> {
        #[derive(Deserialize)]
        struct Logged {
            operation: String,
            session: String,
        }
        let lines = tokio::fs::read_to_string(self.log.path().join("calls")).await?;
        let logged = lines.lines().map(|line| {
            let Logged { operation, session } = serde_json::from_str(line)?;
            Ok((operation, session))
        });
        logged.collect()
    }

    /// Lets transfers (`transfer`) or the second half of recordings (`recording`) go on.
    pub fn open(&self, gate: &str) -> Result<()> {
        Ok(std::fs::write(self.log.path().join(gate), "")?)
    }

    /// The last call that arrived.
    pub async fn last(&self) -> Result<Arrived> {
        self.arrived().await?.pop().context("no call arrived at the PHP server")
    }

    /// How many calls of one operation arrived so far.
    pub async fn calls(&self, operation: &str) -> Result<usize> {
        Ok(self.arrived().await?.iter().filter(|call| call.operation == operation).count())
    }
}

/// Reads what PHP says until it listens; `false` when somebody else has the port.
async fn listening(said: &mut Lines<BufReader<ChildStderr>>) -> Result<bool> {
    let mut before = String::new();
    while let Some(line) = said.next_line().await? {
        ensure!(!line.contains("failed to execute"), "{line}: install php-cli and php-soap, or run `cargo xtask test`");
        if line.ends_with(" started") {
            return Ok(true);
        }
        if line.contains("Address already in use") {
            return Ok(false);
        }
        before.push_str(&line);
    }
    bail!("PHP ended before it listened: {before}")
}
