//! The release programs, and the folder that the panel's installers are made of.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::cargo;
use crate::run;

/// The built programs.
#[derive(Debug)]
pub(super) struct Programs {
    /// Where they lie, `WebView2Loader.dll` beside the panel.
    folder: PathBuf,
}

impl Programs {
    /// The file of this name.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Builds panel, gateway and command line.
pub(super) fn release() -> anyhow::Result<Programs> {
    let packages = ["-p", "uncall-panel", "-p", "uncall-gateway", "-p", "uncall-cli"];
    run::run(cargo(&["build", "--release", "--bins"])?.args(packages))?;
    Ok(Programs { folder: super::folder().join(super::toolchain::TARGET).join("release") })
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
