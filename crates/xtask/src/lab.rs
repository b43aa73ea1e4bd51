//! A real Asterisk with phones, left running to try the gateway on.

use crate::{packages, run};

/// Installs what is missing, and starts the lab in the background.
pub(crate) fn up() -> anyhow::Result<()> {
    packages::install(&[packages::LAB])?;
    lab("up")
}

/// Ends it.
pub(crate) fn down() -> anyhow::Result<()> {
    lab("down")
}

fn lab(word: &str) -> anyhow::Result<()> {
    run::run(&mut run::cargo(&["run", "--locked", "--quiet", "-p", "uncall-tests", "--bin", "lab", word]))
}
