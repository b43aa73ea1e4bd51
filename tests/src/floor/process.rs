//! The gateway as it is delivered: a process of its own, which can be killed.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    sync::OnceCell,
};

use crate::{
    gateway::Gateway,
    lab::{Lab, SOON},
};

static BUILT: OnceCell<PathBuf> = OnceCell::const_new();

/// A running `uncall-gateway` on a lab's PBX. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    /// Where it listens, also after it was started again.
    pub address: SocketAddr,
    folder: PathBuf,
    child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it on this PBX and its recordings.
    pub async fn start(lab: &Lab) -> Result<Process> {
        let folder = lab.folder().to_path_buf();
        fs::write(
            folder.join("gateway.toml"),
            format!(
                "pbx = \"asterisk\"\n[asterisk]\naddress = \"{}:5038\"\nuser = \"uncall\"\nsecret = \"{}\"\n\
                 transfer_rings = 15\n[recordings]\nfolder = {:?}\n",
                lab.address(),
                Lab::secret("uncall"),
                lab.recordings(),
            ),
        )?;
        Process::spawn(folder, (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Starts it with the file `gateway.toml` of that folder, whatever address that names.
    pub async fn start_in(folder: PathBuf) -> Result<Process> {
        Process::spawn(folder, (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Runs its check with that file: the exit status, and what it says.
    pub async fn check(folder: &Path, more: &[&str]) -> Result<(Option<i32>, String)> {
        let mut check = Command::new(BUILT.get_or_try_init(build).await?);
        check.arg("check").args(more).args(["--config", "gateway.toml"]).current_dir(folder).env_remove("RUST_LOG");
        let output = check.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    async fn spawn(folder: PathBuf, listen: SocketAddr) -> Result<Process> {
        let log = File::options().create(true).append(true).open(folder.join("gateway.log"))?;
        let mut child = Command::new(BUILT.get_or_try_init(build).await?)
            .args(["--config", "gateway.toml", "--listen", &listen.to_string()])
            .current_dir(&folder)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        tokio::time::timeout(SOON, stdout.read_line(&mut line))
            .await
            .context("the gateway does not say its address")??;
        let host = line.trim().strip_prefix("http://").and_then(|rest| rest.split('/').next());
        let address = host.with_context(|| format!("not an address: {line:?}, see {}", folder.display()))?.parse()?;
        Ok(Process { address, folder, child, _stdout: stdout })
    }

    /// What it serves.
    pub fn gateway(&self) -> Gateway {
        Gateway::at(self.address)
    }

    /// Ends it at once (SIGKILL).
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again at the same address.
    pub async fn again(&mut self) -> Result<()> {
        *self = Process::spawn(self.folder.clone(), self.address).await?;
        Ok(())
    }
}

/// The program beside this test's own, e.g. `target/debug/uncall-gateway`; built when it is missing.
async fn build() -> Result<PathBuf> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let program = crate::target_folder()?.join(profile).join("uncall-gateway");
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "uncall-gateway"]).args((!cfg!(debug_assertions)).then_some("--release"));
        ensure!(build.current_dir(crate::repository()).status().await?.success(), "the gateway does not build");
    }
    program.canonicalize().context("uncall-gateway is missing after the build")
}
