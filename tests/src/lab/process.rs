//! A process of the lab, which never outlives the one that started it.

use std::{fs::File, path::Path, process::Stdio};

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

/// The shell above the process: it reads its input to the end and then kills the process. Whichever way the test ends, the
/// pipe closes and nothing stays behind.
const SHELL: &str = r#""$@" </dev/null & cat >/dev/null; kill -KILL "$!"; wait"#;

/// A running program.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts it in `folder`; what it prints goes into the file `log` there.
    pub(super) fn start(folder: &Path, log: &str, program: &Path, arguments: &[&str]) -> Result<Process> {
        let output = File::options().create(true).append(true).open(folder.join(log))?;
        let child = Command::new("sh")
            .args(["-c", SHELL, "sh"])
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(false)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Process(child))
    }

    /// Ends it at once (SIGKILL), and returns when it has gone.
    pub(super) async fn kill(&mut self) -> Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().await?;
        Ok(())
    }
}
