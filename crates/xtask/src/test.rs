//! Everything that has to hold before a change lands.

use std::{path::Path, process::Stdio};

use crate::{arrows, licences, metadata::Metadata, packages, run, windows};

/// Runs all checks, or only the tests that `filter` names.
pub(crate) fn run(filter: Option<&str>) -> anyhow::Result<()> {
    packages::install(&[packages::PANEL, packages::DISPLAY, packages::PEERS, packages::LAB])?;
    if filter.is_none() {
        run::run(&mut run::cargo(&["fmt", "--all", "--check"]))?;
        let metadata = Metadata::load()?;
        arrows::check(&metadata)?;
        licences::check(&metadata)?;
        eprintln!("arrows and licences hold");
        run::run(&mut run::cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
        if Path::new("/etc/debian_version").exists() {
            windows::check()?;
        } else {
            eprintln!("left out: the type check for Windows, which is made with Debian's compiler");
        }
    }
    foreign_clients()?;
    // The end-to-end tests start these as a user would.
    run::run(&mut run::cargo(&[
        "build",
        "--locked",
        "--bins",
        "-p",
        "uncall-panel",
        "-p",
        "uncall-gateway",
        "-p",
        "uncall-cli",
    ]))?;
    tests(filter)
}

/// The Python client lives in an environment of its own, with the versions that the tests name.
pub(crate) fn foreign_clients() -> anyhow::Result<()> {
    let venv = run::target().join("venv-tests");
    let stamp = venv.join("requirements.txt");
    let wanted = std::fs::read(run::root().join("tests/foreign/requirements.txt"))?;
    if std::fs::read(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    let folder = venv.to_string_lossy().into_owned();
    run::run(&mut run::command("python3", &["-m", "venv", "--clear", &folder]))?;
    let pip = venv.join("bin/pip").to_string_lossy().into_owned();
    run::run(&mut run::command(
        &pip,
        &["install", "--quiet", "--disable-pip-version-check", "-r", "tests/foreign/requirements.txt"],
    ))?;
    Ok(std::fs::write(stamp, wanted)?)
}

fn tests(filter: Option<&str>) -> anyhow::Result<()> {
    let nextest = run::cargo(&["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let runner: &[&str] =
        if nextest.is_ok_and(|status| status.success()) { &["nextest", "run"] } else { &["test", "--no-fail-fast"] };
    let mut command = run::cargo(runner);
    command.args(["--workspace", "--locked"]);
    if runner.first() == Some(&"nextest") {
        command.arg("--no-fail-fast");
    } else {
        // Each window test has a screen and a browser engine of its own; nextest knows which those are, cargo does not.
        command.env("RUST_TEST_THREADS", "1");
    }
    command.args(filter);
    run::run(&mut command)
}
