//! The panel as a plain program, without a driver: what its log says and what stands on the screen.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

use super::desktop::{Desktop, until};
use crate::figures::processes;

/// A running panel. Dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `uncall-panel` with these arguments; `name` is that of its log.
    pub fn start(desktop: &Desktop, binary: &Path, name: &str, args: &[&str]) -> Result<Process> {
        Process::start_with(desktop, binary, name, args, &[])
    }

    /// Starts it with more in its environment, as a launcher does.
    pub fn start_with(
        desktop: &Desktop,
        binary: &Path,
        name: &str,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Process> {
        let log = desktop.home().join(format!("{name}.log"));
        let file = std::fs::File::create(&log)?;
        let mut command = Command::new(binary);
        command.args(args).envs(desktop.environment().iter().cloned()).env("RUST_LOG", "info").kill_on_drop(true);
        command.env_remove("TAURI_WEBVIEW_AUTOMATION").env_remove("TAURI_AUTOMATION").envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        Ok(Process { child, log })
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has logged this.
    pub async fn wait_log(&self, words: &str) -> Result<()> {
        let logged = until(&format!("the log says {words:?}"), async || self.log().contains(words).then_some(())).await;
        logged.with_context(|| format!("the log:\n{}", self.log()))
    }

    /// Waits until it has logged this so many times.
    pub async fn wait_log_times(&self, words: &str, times: usize) -> Result<()> {
        let what = format!("the log says {words:?} {times} times");
        let logged = until(&what, async || (self.log().matches(words).count() >= times).then_some(())).await;
        logged.with_context(|| format!("the log:\n{}", self.log()))
    }

    /// Waits until it has ended by itself; gives whether it was content.
    pub async fn wait_end(&mut self) -> Result<bool> {
        let ended = until("the program ends", async || self.child.try_wait().ok().flatten()).await?;
        Ok(ended.success())
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The processes of its web pages.
    pub fn pages(&self) -> Vec<u32> {
        let own = self.child.id().map(processes::tree).unwrap_or_default();
        own.into_iter().filter(|process| processes::name(*process).starts_with("WebKitWebProces")).collect()
    }

    /// Asks it to end and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.child.id().context("it has ended")?.to_string();
        ensure!(Command::new("kill").args(["-TERM", &id]).status().await?.success(), "kill");
        self.wait_end().await.map(drop)
    }

    /// Kills it in the middle of whatever it does, and waits until it is gone.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Its process number.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }
}
