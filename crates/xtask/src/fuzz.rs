//! The fuzz targets of `crates/*/fuzz`, built by the project's own compiler: no nightly, no cargo-fuzz.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow};
use serde_json::Value;

use crate::{packages, run};

/// What cargo-fuzz sets for a compiler without sanitizers: libFuzzer learns which branches an input took and what was
/// compared there.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares";

/// For all targets together, where time does not matter.
pub(crate) const THOROUGH: Duration = Duration::from_secs(1800);

/// Folders below a crate's tests with what real programs sent, and what broke something once.
const SEEDS: [&str; 6] =
    ["fixtures", "fixtures/fuzzed", "golden", "wire/rpc-encoded", "wire/document-literal", "wsdl/by-hand"];

/// Runs every target, all of them together for this long of one core. Fails with the first input that breaks something; it lies in
/// `target/fuzz/found`. What reached new code is kept in `target/fuzz/corpus` for the next run.
pub(crate) fn run(total: Duration) -> anyhow::Result<()> {
    packages::install(&[packages::COMPILER])?;
    let mut targets = Vec::new();
    for krate in fs::read_dir(run::root().join("crates"))? {
        let krate = krate?.path();
        if krate.join("fuzz/Cargo.toml").exists() {
            targets.extend(build(&krate)?);
        }
    }
    // They share the cores: all of them at once use up the time that is given.
    let cores = u64::try_from(thread::available_parallelism()?.get())?;
    let seconds = (total.as_secs() / cores).max(1);
    thread::scope(|scope| {
        let runs: Vec<_> = targets.iter().map(|target| scope.spawn(move || target.run(seconds))).collect();
        runs.into_iter().try_for_each(|run| run.join().map_err(|_| anyhow!("a run panicked"))?)
    })
}

/// A program that is a target.
#[derive(Debug)]
struct Target {
    name: String,
    program: PathBuf,
    /// Files to begin with.
    seeds: Vec<PathBuf>,
}

/// Builds the targets of a crate.
fn build(krate: &Path) -> anyhow::Result<Vec<Target>> {
    let fuzz = krate.join("fuzz");
    // The versions that the workspace has; cargo adds what only the targets need.
    fs::copy(run::root().join("Cargo.lock"), fuzz.join("Cargo.lock"))?;
    let host = host()?;
    let mut build = run::cargo(&["build", "--release", "--bins", "--message-format", "json-render-diagnostics"]);
    // libFuzzer itself is C++ and takes longest to compile.
    build.args(["--config", "profile.release.package.libfuzzer-sys.opt-level=1"]);
    build.args(["--config", "profile.release.package.libfuzzer-sys.debug=false"]);
    // For a target that is named, build scripts stay without the flags.
    build.args(["--target", &host]).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", folder().join("build"));
    build.arg("--manifest-path").arg(fuzz.join("Cargo.toml")).stderr(Stdio::inherit());
    let messages = run::output(&mut build)?;
    let mut targets = Vec::new();
    for message in messages.lines() {
        let message: Value = serde_json::from_str(message).context("a message of cargo's")?;
        let text = |path: &str| message.pointer(path).and_then(Value::as_str);
        if let (Some(program), Some(name)) = (text("/executable"), text("/target/name")) {
            let seeds =
                SEEDS.map(|folder| krate.join("tests").join(folder)).into_iter().filter(|folder| folder.is_dir());
            targets.push(Target { name: name.to_owned(), program: program.into(), seeds: seeds.collect() });
        }
    }
    Ok(targets)
}

impl Target {
    fn run(&self, seconds: u64) -> anyhow::Result<()> {
        let (corpus, found) = (folder().join("corpus").join(&self.name), folder().join("found"));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&found)?;
        let mut target = run::command(&self.program.to_string_lossy(), &["-verbosity=0", "-max_len=12000"]);
        target.args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", found.display())]);
        run::run(target.arg(&corpus).args(&self.seeds))
            .with_context(|| format!("{} breaks by an input in {}", self.name, found.display()))
    }
}

fn folder() -> PathBuf {
    run::target().join("fuzz")
}

fn host() -> anyhow::Result<String> {
    let version = run::output(&mut run::command("rustc", &["-vV"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say what it compiles for")?.to_owned())
}
