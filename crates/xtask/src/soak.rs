//! Endurance tests, which take hours: `tests/src/bin/soak.rs`, in release builds.

use crate::{packages, run};

pub(crate) fn run(words: &[&str]) -> anyhow::Result<()> {
    packages::install(&[packages::COMPILER])?;
    run::run(&mut run::cargo(&[
        "build",
        "--locked",
        "--release",
        "--bins",
        "-p",
        "uncall-gateway",
        "-p",
        "uncall-tests",
    ]))?;
    let soak = run::target().join("release/soak");
    run::run(&mut run::command(&soak.to_string_lossy(), words))
}
