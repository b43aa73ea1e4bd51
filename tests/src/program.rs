//! The command line `uncall`, as a user runs it.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::{process::Command, sync::OnceCell, time::timeout};

use crate::wine;

const RUN_DEADLINE: Duration = Duration::from_secs(60);

static BUILT: OnceCell<PathBuf> = OnceCell::const_new();

/// What a run of the command line left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Run {
    /// The one JSON object that it printed.
    pub fn object(&self) -> Result<Value> {
        let line = self.stdout.strip_suffix('\n').with_context(|| format!("no whole line: {self:?}"))?;
        ensure!(!line.contains('\n'), "more than one line: {self:?}");
        serde_json::from_str(line).with_context(|| format!("not JSON: {self:?}"))
    }
}

/// Runs `uncall` with these arguments and nothing of the tester's own settings.
pub async fn uncall(arguments: &[&str]) -> Result<Run> {
    let run = command(arguments).await?.output();
    let output = timeout(RUN_DEADLINE, run).await.context("uncall did not end")??;
    Ok(Run {
        status: output.status.code().context("uncall was killed")?,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// The same, not started yet.
pub async fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = match wine::program("uncall") {
        Some(program) => program,
        None => Command::new(BUILT.get_or_try_init(build).await?),
    };
    command
        .args(arguments)
        .env_remove("UNCALL_SERVER")
        .env_remove("UNCALL_EXTEN")
        .env_remove("UNCALL_USER")
        .env_remove("UNCALL_PASSWORD")
        .env_remove("UNCALL_TOKEN")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// The program beside this test's own, e.g. `target/debug/uncall`; built when it is missing.
async fn build() -> Result<PathBuf> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let program = crate::target_folder()?.join(profile).join(format!("uncall{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "uncall-cli", "--bin", "uncall"])
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .current_dir(crate::repository())
            .status()
            .await?;
        ensure!(build.success(), "`cargo build -p uncall-cli --bin uncall` failed");
    }
    ensure!(program.exists(), "{} is missing after the build", program.display());
    Ok(program)
}
