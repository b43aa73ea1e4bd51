//! The panel's release build as an agent runs it: no driver, only its log is read.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use super::program;
use crate::panel::{Desktop, desk, desktop::until};

const DEADLINE: Duration = Duration::from_secs(30);
/// Until what a window's opening or closing set off has come to rest.
const SETTLED: Duration = Duration::from_secs(5);

/// A running panel; dropping it ends it.
#[derive(Debug)]
pub struct Process {
    /// Just before it was started.
    pub started: Timestamp,
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

/// How it is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// With its main window.
    Window,
    /// In the tray alone.
    Tray,
}

impl Process {
    /// Starts it on the desktop, for the server with this WSDL, with `more` lines in its settings.
    pub fn start(desktop: &Desktop, wsdl: &str, opening: Opening, more: &str) -> Result<Process> {
        let config = desk::write_config(desktop, wsdl, desk::EXTENSION)?;
        let known = std::fs::read_to_string(&config)?;
        std::fs::write(&config, format!("{more}{known}"))?;
        let mut command = Command::new(program::release("uncall-panel")?);
        command.args(["--config", &config]);
        match opening {
            Opening::Window => {}
            Opening::Tray => drop(command.arg("--tray")),
        }
        // Under automation the web view would be another one.
        let ordinary = desktop.environment().iter().filter(|(name, _)| !name.contains("AUTOMATION")).cloned();
        command.envs(ordinary).env("RUST_LOG", "info").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let started = Timestamp::now();
        let mut child = command.spawn()?;
        let log = BufReader::new(child.stderr.take().context("no log")?).lines();
        Ok(Process { started, child, log })
    }

    /// Reads the log on to the line that contains all of these; gives the time that stands in it.
    pub async fn logged(&mut self, words: &[&str]) -> Result<Timestamp> {
        let mut before = String::new();
        let reading = async {
            while let Some(line) = self.log.next_line().await? {
                if words.iter().all(|word| line.contains(word)) {
                    return time_of(&line);
                }
                before.push_str(&line);
                before.push('\n');
            }
            anyhow::bail!("the panel ended")
        };
        let read = timeout(DEADLINE, reading).await.unwrap_or_else(|_| Err(anyhow::anyhow!("it did not come in time")));
        read.with_context(|| format!("waiting for {words:?} in the panel's log:\n{before}"))
    }

    /// Its process.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it and waits until its windows have gone.
    pub async fn stop(mut self, desktop: &Desktop) -> Result<()> {
        self.child.kill().await?;
        gone(desktop).await
    }
}

/// The time at the head of a log line, to the microsecond.
fn time_of(line: &str) -> Result<Timestamp> {
    let word = line.split_whitespace().next().unwrap_or_default();
    word.parse().with_context(|| format!("no time in {line}"))
}

/// Waits until no window of the panel can be seen.
pub async fn gone(desktop: &Desktop) -> Result<()> {
    until("no window of the panel can be seen", async || {
        let seen = desktop.run("xdotool", &["search", "--onlyvisible", "--class", "uncall-panel"]).await;
        // Having found nothing is an error of xdotool's.
        seen.map_or(true, |windows| windows.trim().is_empty()).then_some(())
    })
    .await
}

/// From one time to a later one; zero when the clock was set back in between.
pub fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// Waits until the panel and the machine have come to rest.
pub async fn settle() {
    tokio::time::sleep(SETTLED).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_its_time() {
        let early = time_of("2026-11-22T08:00:00.000250Z  INFO uncall_panel::shell: pops up uid=\"1.2\"").unwrap();
        let late = time_of("2026-11-22T08:00:00.090250Z  INFO uncall_panel::commands: painted").unwrap();
        assert_eq!(between(early, late), Duration::from_millis(90));
        assert_eq!(between(late, early), Duration::ZERO);
        assert!(time_of("").is_err());
    }
}
