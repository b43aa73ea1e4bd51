//! Runs the tests of the crates without windows under Wine, as Windows programs.

use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{
    build::{Programs, TestProgram},
    wine::Wine,
};
use crate::{packages, run, test};

/// The package whose tests need a web view, which Wine does not have.
const WINDOWED: &str = "src-tauri";
/// The time limit for one test program. The slowest takes two minutes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(900);

/// Tests that fail because of Wine and would pass on Windows, with the reason. They are skipped, and listed at the end.
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

/// Runs the tests, and the end-to-end tests from outside.
pub(super) fn run(programs: &Programs, tests: &[TestProgram]) -> anyhow::Result<()> {
    let tests: Vec<&TestProgram> = tests.iter().filter(|test| !test.folder.ends_with(WINDOWED)).collect();
    let wine = Wine::ready("proof")?;
    let began = Instant::now();
    let mut counts = Counts::default();
    let mut failed = Vec::new();
    for test in &tests {
        match tested(test, &wine)? {
            Some(passed) => counts.add(&passed),
            None => failed.push(test.name.as_str()),
        }
    }
    for (test, reason) in WINES_OWN {
        eprintln!("left out: {test}: {reason}");
    }
    ensure!(failed.is_empty(), "under Wine these fail: {}", failed.join(", "));
    ensure!(counts.filtered == WINES_OWN.len(), "a test that is left out is not there any more: see WINES_OWN");
    let took = began.elapsed().as_secs_f64();
    eprintln!("under Wine {} tests of {} programs pass in {took:.0} s", counts.passed, tests.len());
    from_outside(&wine, programs)
}

/// A test program's summary.
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

    /// Reads `test result: ok. 25 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 1.23s`.
    fn read(output: &str) -> Option<Counts> {
        let line = output.lines().rev().find_map(|line| line.strip_prefix("test result: ok. "))?;
        let count = |what: &str| {
            let part = line.split("; ").find_map(|part| part.strip_suffix(what))?;
            part.trim().parse().ok()
        };
        Some(Counts { passed: count("passed")?, filtered: count("filtered out")? })
    }
}

/// Runs a test program. `None` if a test failed; its output has been printed then.
fn tested(test: &TestProgram, wine: &Wine) -> anyhow::Result<Option<Counts>> {
    let skipped = WINES_OWN.iter().flat_map(|(test, _)| ["--skip", *test]);
    let arguments: Vec<&str> = skipped.chain((!WINES_OWN.is_empty()).then_some("--exact")).collect();
    let began = Instant::now();
    let output = wine.run_in(&test.folder, &test.path, &arguments, DEADLINE)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let counts = Counts::read(&said).filter(|_| output.status.success());
    let took = began.elapsed().as_secs_f64();
    match &counts {
        Some(counts) => eprintln!("  {:<30} {:>4} passed in {took:.1} s", test.name, counts.passed),
        None => {
            eprintln!("  {:<30} FAILED ({}) in {took:.1} s", test.name, output.status);
            let shown = said.lines().filter(|line| !line.ends_with("... ok"));
            shown.for_each(|line| eprintln!("    {line}"));
            String::from_utf8_lossy(&output.stderr).lines().for_each(|line| eprintln!("    {line}"));
        }
    }
    Ok(counts)
}

/// Modules of end-to-end tests that use command line and gateway from outside only.
const OUTSIDE: &[&str] = &["command_line", "command_line_day", "foreign_clients", "old_proxies", "raw_wire"];
/// Tests in these modules that run the gateway in their own process.
const INSIDE: &[&str] = &[
    "command_line::logs_hold_no_number_and_no_secret_at_any_level_and_the_file_asked_for_holds_the_traffic",
    "foreign_clients::php_soapclient_with_login_and_password",
    "foreign_clients::a_pbx_that_is_down_is_a_refusal_of_every_verb",
];

/// Tests command line and gateway as Windows programs with foreign peers on this machine: the PHP server that the command line
/// calls, the PHP and Python clients that call the gateway, and raw bytes.
fn from_outside(wine: &Wine, programs: &Programs) -> anyhow::Result<()> {
    packages::install(&[packages::PEERS])?;
    test::foreign_clients()?;
    let mut tests = test::end_to_end(OUTSIDE, INSIDE)?;
    run::run(tests.env("UNCALL_WINE", wine.inside()).env("UNCALL_WINE_PROGRAMS", &programs.folder))
}
