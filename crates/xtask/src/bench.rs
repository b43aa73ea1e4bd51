//! The figures of docs/benchmarks.md, measured in one run on one machine.

use crate::{packages, run};

/// Code by criterion, everything else by `tests/src/bin/figures.rs`; release builds.
pub(crate) fn run() -> anyhow::Result<()> {
    packages::install(&[packages::PANEL, packages::DISPLAY, packages::PEERS, packages::DECODERS])?;
    run::run(&mut run::cargo(&[
        "build",
        "--locked",
        "--release",
        "--bins",
        "-p",
        "uncall-panel",
        "-p",
        "uncall-gateway",
        "-p",
        "uncall-tests",
    ]))?;
    let benches = [
        ("uncall-contract", "decode"),
        ("uncall-sound", "decode"),
        ("uncall-journal", "search"),
        ("uncall-directory", "directory"),
    ];
    for (package, bench) in benches {
        run::run(&mut run::cargo(&["bench", "--locked", "-p", package, "--bench", bench]))?;
    }
    let figures = run::target().join("release/figures");
    run::run(&mut run::command(&figures.to_string_lossy(), &[]))
}
