//! `cargo xtask bench voice`: the quality of speech after simulated networks, by PESQ (ITU-T P.862).
//!
//! PESQ is only used to measure. It is installed into an environment below target/, and is neither committed nor shipped.

use std::fs;

use crate::{packages, run};

/// The packages that the tools need.
const TOOLS: &[&str] = &["espeak-ng", "ffmpeg", "python3-venv", "python3-dev", "build-essential"];

/// Prints the table of docs/benchmarks.md.
pub(crate) fn run() -> anyhow::Result<()> {
    packages::install(&[TOOLS])?;
    let venv = run::target().join("venv-voice");
    let stamp = venv.join("requirements.txt");
    let wanted = fs::read(run::root().join("tests/voice/requirements.txt"))?;
    let tool = |name: &str| venv.join("bin").join(name).to_string_lossy().into_owned();
    if !fs::read(&stamp).is_ok_and(|there| there == wanted) {
        run::run(&mut run::command("python3", &["-m", "venv", "--clear", &venv.to_string_lossy()]))?;
        let arguments = ["install", "--quiet", "--disable-pip-version-check", "-r", "tests/voice/requirements.txt"];
        run::run(&mut run::command(&tool("pip"), &arguments))?;
        fs::write(stamp, wanted)?;
    }
    run::run(&mut run::cargo(&["build", "--locked", "--release", "-p", "uncall-voice", "--example", "network"]))?;
    let (program, folder) = (run::target().join("release/examples/network"), run::target().join("voice"));
    let arguments = ["tests/voice/networks.py", &program.to_string_lossy(), &folder.to_string_lossy()];
    run::run(&mut run::command(&tool("python"), &arguments))
}
