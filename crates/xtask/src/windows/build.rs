//! The programs, and the folder that the panel's installers are made of.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context;
use serde_json::Value;

use super::{cargo, toolchain};
use crate::run;

/// The built programs.
#[derive(Debug)]
pub(super) struct Programs {
    /// Their folder, with `WebView2Loader.dll` beside the panel.
    pub(super) folder: PathBuf,
}

impl Programs {
    /// The file of this name.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Builds panel, gateway and command line as they are handed out.
pub(super) fn release() -> anyhow::Result<Programs> {
    let packages = ["-p", "uncall-panel", "-p", "uncall-gateway", "-p", "uncall-cli"];
    run::run(cargo(&["build", "--release", "--bins"])?.args(packages))?;
    Ok(programs("release"))
}

/// Builds everything that is for Windows at once, in the profile `proof`: the same programs, quicker to compile, and the
/// tests beside them. What does not compile for Windows fails here.
pub(super) fn proof() -> anyhow::Result<(Programs, Vec<TestProgram>)> {
    let mut build = cargo(&["build", "--profile", "proof", "--all-targets"])?;
    build.args(toolchain::FOR_WINDOWS).args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let messages = run::output(&mut build)?;
    let tests = messages.lines().filter_map(|line| TestProgram::built(line).transpose());
    Ok((programs("proof"), tests.collect::<anyhow::Result<_>>()?))
}

fn programs(profile: &str) -> Programs {
    Programs { folder: super::folder().join(toolchain::TARGET).join(profile) }
}

/// A program that holds tests.
#[derive(Debug)]
pub(super) struct TestProgram {
    /// `client: it`.
    pub(super) name: String,
    /// The program.
    pub(super) path: PathBuf,
    /// The folder of its package: where cargo runs tests.
    pub(super) folder: PathBuf,
}

impl TestProgram {
    /// From a message of cargo's, if it tells of a program with tests.
    fn built(message: &str) -> anyhow::Result<Option<TestProgram>> {
        let message: Value = serde_json::from_str(message).context("a message of cargo's")?;
        let text = |path: &str| message.pointer(path).and_then(Value::as_str);
        let is_test = message.pointer("/profile/test").and_then(Value::as_bool) == Some(true);
        let (Some(path), Some(manifest), true) = (text("/executable"), text("/manifest_path"), is_test) else {
            return Ok(None);
        };
        // Benchmarks count as tests; they are compiled here, and measured elsewhere.
        if text("/target/kind/0") == Some("bench") {
            return Ok(None);
        }
        let folder = Path::new(manifest).parent().context("a manifest without a folder")?.to_owned();
        let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = text("/target/name").unwrap_or_default();
        Ok(Some(TestProgram { name: format!("{package}: {target}"), path: path.into(), folder }))
    }
}

/// What lies in the panel's folder on an agent's machine, and the installers' own pictures and texts.
pub(super) fn lay_out(programs: &Programs, stage: &Path) -> anyhow::Result<()> {
    for name in ["uncall-panel.exe", "WebView2Loader.dll"] {
        copy(&programs.file(name), &stage.join(name))?;
    }
    copy(&run::root().join("icons/icon.ico"), &stage.join("icon.ico"))?;
    fs::write(stage.join("LICENSE.txt"), licences()?)?;
    Ok(())
}

/// Both licences in one text, with the line ends that Notepad of every Windows shows.
fn licences() -> anyhow::Result<String> {
    let mut text = String::from("Uncall is licensed under MIT or Apache-2.0, at your choice.\n\n");
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        text.push_str(&fs::read_to_string(run::root().join(name))?);
        text.push('\n');
    }
    Ok(text.replace('\n', "\r\n"))
}

/// Copies, with both names in the error.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}
