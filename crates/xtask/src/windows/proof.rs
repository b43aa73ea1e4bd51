//! The proof under Wine: the tests of the crates without a window, as Windows programs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{cargo, wine::Wine};
use crate::{packages, run, test};

/// Whose tests run there.
const PACKAGES: &[&str] =
    &["uncall-contract", "uncall-client", "uncall-sound", "uncall-gateway", "uncall-cli", "uncall-desk"];
/// For the tests of one program; the slowest takes two minutes on a machine that does other things as well.
const DEADLINE: Duration = Duration::from_secs(900);

/// Tests that fail by Wine and would not by Windows, with the reason; they are left out, and named at the end.
const WINES_OWN: &[(&str, &str)] = &[
    ("recording::cache::tests::clearing_takes_all_and_who_listens_hears_on", KEPT_WHILE_OPEN),
    ("recording::cache::tests::two_panels_at_one_recording_do_not_disturb_each_other", KEPT_WHILE_OPEN),
    ("recording::tests::a_cache_gives_it_again_and_goes_on_after_the_end_of_the_process", KEPT_WHILE_OPEN),
    ("recordings::tests::spool::a_folder_that_is_not_there_is_told_and_found_when_it_comes", KEPT_WHILE_OPEN),
    ("recordings::curl_goes_on_where_it_was_broken_off", "Wine has no curl; Windows has"),
    (
        "recordings::tests::following::a_folder_that_was_moved_is_followed_at_its_new_place",
        "Wine tells what happens in a folder that was moved under its old name",
    ),
    (
        "recordings::tests::following::a_burst_that_is_too_much_to_be_told_is_looked_for",
        "Wine compares each new name with all in its folder: 50,000 take an hour",
    ),
];
const KEPT_WHILE_OPEN: &str = "in Wine the name of a file or folder that is removed or replaced while it is open stays until \
                               it is closed; Windows frees it at once (since 10 1809, on NTFS)";

/// Builds the tests for Windows and runs them.
pub(crate) fn run() -> anyhow::Result<()> {
    let began = Instant::now();
    let (programs, folder) = build()?;
    eprintln!("{} test programs after {:.0} s", programs.len(), began.elapsed().as_secs_f64());
    let wine = Wine::ready("proof")?;
    let began = Instant::now();
    let mut counts = Counts::default();
    let mut failed = Vec::new();
    for program in &programs {
        match program.run(&wine)? {
            Some(passed) => counts.add(&passed),
            None => failed.push(program.name.as_str()),
        }
    }
    for (test, reason) in WINES_OWN {
        eprintln!("left out: {test}: {reason}");
    }
    ensure!(failed.is_empty(), "under Wine these fail: {}", failed.join(", "));
    ensure!(counts.filtered == WINES_OWN.len(), "a test that is left out is not there any more: see WINES_OWN");
    let took = began.elapsed().as_secs_f64();
    eprintln!("under Wine {} tests of {} programs pass in {took:.0} s", counts.passed, programs.len());
    from_outside(&wine, &folder)
}

/// A program that holds tests.
#[derive(Debug)]
struct Program {
    /// `uncall-client it`.
    name: String,
    path: PathBuf,
    /// The folder of its package: where cargo runs tests.
    folder: PathBuf,
}

/// What a program said of its tests.
#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    filtered: usize,
}

impl Counts {
    fn add(&mut self, more: &Counts) {
        self.passed += more.passed;
        self.filtered += more.filtered;
    }

    /// From `test result: ok. 25 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 1.23s`.
    fn read(output: &str) -> Option<Counts> {
        let line = output.lines().rev().find_map(|line| line.strip_prefix("test result: ok. "))?;
        let count = |what: &str| {
            let part = line.split("; ").find_map(|part| part.strip_suffix(what))?;
            part.trim().parse().ok()
        };
        Some(Counts { passed: count("passed")?, filtered: count("filtered out")? })
    }
}

impl Program {
    /// What passed, or nothing when something did not; then what it said has been shown.
    fn run(&self, wine: &Wine) -> anyhow::Result<Option<Counts>> {
        let skipped = WINES_OWN.iter().flat_map(|(test, _)| ["--skip", *test]);
        let arguments: Vec<&str> = skipped.chain((!WINES_OWN.is_empty()).then_some("--exact")).collect();
        let began = Instant::now();
        let output = wine.run_in(&self.folder, &self.path, &arguments, DEADLINE)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let counts = Counts::read(&said).filter(|_| output.status.success());
        let took = began.elapsed().as_secs_f64();
        match &counts {
            Some(counts) => eprintln!("  {:<30} {:>4} passed in {took:.1} s", self.name, counts.passed),
            None => {
                eprintln!("  {:<30} FAILED ({}) in {took:.1} s", self.name, output.status);
                let shown = said.lines().filter(|line| !line.ends_with("... ok"));
                shown.for_each(|line| eprintln!("    {line}"));
                String::from_utf8_lossy(&output.stderr).lines().for_each(|line| eprintln!("    {line}"));
            }
        }
        Ok(counts)
    }
}

/// The programs with tests, and the folder of the programs that are tested.
fn build() -> anyhow::Result<(Vec<Program>, PathBuf)> {
    let mut build = cargo(&["test", "--no-run", "--message-format", "json-render-diagnostics"])?;
    for package in PACKAGES {
        build.args(["-p", package]);
    }
    // Nobody looks at a core of these, and with it they are linked half as fast.
    build.env("CARGO_PROFILE_DEV_DEBUG", "0").stderr(Stdio::inherit());
    let messages = run::output(&mut build)?;
    let programs = messages.lines().filter_map(|line| Program::built(line).transpose());
    let programs: Vec<Program> = programs.collect::<anyhow::Result<_>>()?;
    // Tests stand in `debug/deps`.
    let folder = programs.first().and_then(|program| program.path.ancestors().nth(2)).context("no tests were built")?;
    let folder = folder.to_owned();
    Ok((programs, folder))
}

impl Program {
    /// From a message of cargo's, if it tells of a program with tests.
    fn built(message: &str) -> anyhow::Result<Option<Program>> {
        let message: Value = serde_json::from_str(message).context("a message of cargo's")?;
        let text = |path: &str| message.pointer(path).and_then(Value::as_str);
        let is_test = message.pointer("/profile/test").and_then(Value::as_bool) == Some(true);
        let (Some(path), Some(manifest), true) = (text("/executable"), text("/manifest_path"), is_test) else {
            return Ok(None);
        };
        let folder = Path::new(manifest).parent().context("a manifest stands in a folder")?.to_owned();
        let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = text("/target/name").unwrap_or_default();
        Ok(Some(Program { name: format!("{package}: {target}"), path: path.into(), folder }))
    }
}

/// End-to-end tests, by module, that reach the command line and the gateway from outside only.
const OUTSIDE: &[&str] = &["command_line::", "command_line_day::", "foreign_clients::", "old_proxies::", "raw_wire::"];
/// Tests of these modules that run the gateway in their own process.
const INSIDE: &[&str] = &[
    "foreign_clients::php_soapclient_with_login_and_password",
    "foreign_clients::a_pbx_that_is_down_is_a_refusal_of_every_verb",
];

/// The command line and the gateway as Windows programs, with foreign peers on this machine: the PHP server that the
/// command line calls, the PHP and Python clients that call the gateway, and raw bytes.
fn from_outside(wine: &Wine, programs: &Path) -> anyhow::Result<()> {
    packages::install(&[packages::PEERS])?;
    test::foreign_clients()?;
    let mut test = run::cargo(&["test", "--locked", "-p", "uncall-tests", "--test", "it", "--"]);
    test.args(OUTSIDE).args(INSIDE.iter().flat_map(|name| ["--skip", *name]));
    test.env("UNCALL_WINE", wine.inside()).env("UNCALL_WINE_PROGRAMS", programs);
    run::run(&mut test)
}
