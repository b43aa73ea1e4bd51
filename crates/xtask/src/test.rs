//! Everything that has to hold before a change lands.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::anyhow;

use crate::{arrows, circles, licences, metadata::Metadata, packages, page, programs, run};

/// Runs all checks, or only the tests that `filter` names.
pub(crate) fn run(filter: Option<&str>) -> anyhow::Result<()> {
    packages::install(packages::FOR_TESTS)?;
    if let Some(filter) = filter {
        foreign_clients()?;
        // The end-to-end tests start these as a user would; with the workspace's features, so that nothing is built twice.
        run::run(&mut run::cargo(&["build", "--locked", "--workspace", "--bins"]))?;
        return run::run(runner()?.arg(filter));
    }
    run::run(&mut run::cargo(&["fmt", "--all", "--check"]))?;
    programs::check()?;
    let metadata = Metadata::load()?;
    arrows::check(&metadata)?;
    circles::check()?;
    licences::check(&metadata)?;
    eprintln!("arrows, licences and packages hold");
    page::check()?;
    // Python's packages come while the compiler works.
    thread::scope(|scope| {
        let installed = scope.spawn(foreign_clients);
        let mut build = run::cargo(&["build", "--locked", "--workspace", "--all-targets"]);
        let built = run::run(linted(&mut build)?);
        installed.join().map_err(|_| anyhow!("installing the Python clients panicked"))?.and(built)
    })?;
    run::run(linted(&mut runner()?)?)
}

/// Has our own crates compiled by Clippy, with its warnings as errors. `cargo clippy` would type-check all dependencies once
/// more, and build nothing. Clippy's compiler is rustc with lints and without some optimisations of its own; nothing that is
/// shipped or measured comes from here. Dependencies are compiled by rustc, as ever.
fn linted(cargo: &mut Command) -> anyhow::Result<&mut Command> {
    // As `cargo clippy -- -D warnings` hands it over. A test below fails if that ever means nothing.
    let deny = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
    Ok(cargo.env("RUSTC_WORKSPACE_WRAPPER", clippy()?).env("CLIPPY_ARGS", deny))
}

/// Clippy's compiler, of the toolchain in use.
fn clippy() -> anyhow::Result<PathBuf> {
    let sysroot = run::output(&mut run::command("rustc", &["--print", "sysroot"]))?;
    let beside = Path::new(sysroot.trim()).join("bin").join(format!("clippy-driver{}", std::env::consts::EXE_SUFFIX));
    Ok(if beside.exists() { beside } else { "clippy-driver".into() })
}

/// The Python clients live in an environment of their own, with the versions that the tests name.
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

/// End-to-end tests of these modules, without those of these names, as the test command has built them.
pub(crate) fn end_to_end(modules: &[&str], without: &[&str]) -> anyhow::Result<Command> {
    let mut tests = if nextest() {
        let any = |names: &[&str]| names.join("|");
        let mut filter = format!("package(uncall-tests) & test(/^({})::/)", any(modules));
        if !without.is_empty() {
            filter.push_str(&format!(" & not test(/^({})$/)", any(without)));
        }
        let mut tests = runner()?;
        tests.args(["-E", &filter]);
        tests
    } else {
        let mut tests = run::cargo(&["test", "--locked", "-p", "uncall-tests", "--test", "it", "--"]);
        tests.args(modules.iter().map(|name| format!("{name}::")));
        tests.args(without.iter().flat_map(|name| ["--skip", name]));
        tests
    };
    linted(&mut tests)?;
    Ok(tests)
}

/// Plays the generated histories of a PBX and of a desk, a hundred times as many as a test run does: two million events.
pub(crate) fn histories() -> anyhow::Result<()> {
    let mut tests = run::cargo(&["test", "--locked", "--workspace", "--lib", "world"]);
    run::run(tests.env("PROPTEST_CASES", "20000"))
}

/// What runs the workspace's tests.
fn runner() -> anyhow::Result<Command> {
    if nextest() {
        let mut tests = run::cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        // Two more than there are cores: the long tests mostly wait, for a window or for sound.
        let cores = thread::available_parallelism()?.get();
        tests.arg(format!("--test-threads={}", cores + 2));
        return Ok(tests);
    }
    let mut tests = run::cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    // Each window test has a screen and a browser engine of its own; nextest knows which those are, cargo does not.
    tests.env("RUST_TEST_THREADS", "1");
    Ok(tests)
}

fn nextest() -> bool {
    let version = run::cargo(&["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::linted;

    /// A crate with this line in it, compiled as the test command compiles ours.
    fn compiles(line: &str) -> bool {
        let folder = std::env::temp_dir().join(format!("uncall-xtask-{}-{}", std::process::id(), line.len()));
        std::fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = "[package]\nname = \"linted\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(folder.join("src/lib.rs"), line).unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--offline"]).current_dir(&folder).stderr(Stdio::null());
        build.env("CARGO_TARGET_DIR", folder.join("target"));
        let built = linted(&mut build).unwrap().status().unwrap().success();
        std::fs::remove_dir_all(folder).unwrap();
        built
    }

    #[test]
    fn what_clippy_warns_of_does_not_compile() {
        assert!(compiles("pub fn empty(list: &[u8]) -> bool { list.is_empty() }"));
        assert!(!compiles("pub fn empty(list: &[u8]) -> bool { list.len() == 0 }"));
        assert!(!compiles("pub fn rustc_warns() { let unused = 1; }"));
    }
}
