#![allow(clippy::print_stderr)] // A command line talks on stderr.
//! `cargo xtask`: the commands for developers, for users who try the project, and for CI.

mod arrows;
mod bench;
mod demo;
mod fuzz;
mod lab;
mod licences;
mod metadata;
mod package;
mod packages;
mod page;
mod programs;
mod run;
mod soak;
mod test;
mod voice;
mod windows;

use std::time::Duration;

use clap::{Parser, Subcommand};

/// Developer commands of the Uncall project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install missing packages, build, and open the panel on the built-in simulator.
    Demo,
    /// Install missing packages and run every check: format, lints, dependencies, licences, all tests.
    Test {
        /// Run only the tests whose name contains this, and skip the checks before them.
        filter: Option<String>,
    },
    /// Run all fuzz targets, for this long in total.
    Fuzz {
        /// Seconds in total.
        #[arg(default_value_t = 60)]
        seconds: u64,
    },
    /// Run the checks that take too long for every change: half an hour of fuzzing, and the shipped programs, installed and run
    /// under Wine.
    Prove,
    /// Measure and print the figures of docs/benchmarks.md.
    Bench {
        /// Run only this part, which is not in the full run.
        part: Option<BenchPart>,
    },
    /// Run a call centre of 2,000 agents for hours, while the gateway is killed, its PBX connection cut and a proxy broken. Fails
    /// if anything was lost, reported twice or never existed.
    Soak {
        /// Hours, e.g. 0.5 for half an hour.
        hours: f64,
    },
    /// Run two gateways on one PBX, and kill one of them in every state of a call.
    Kills {
        /// How often to kill it.
        #[arg(default_value_t = 500)]
        times: usize,
    },
    /// Run a real Asterisk with phones for the gateway.
    Lab {
        /// Start or stop it.
        word: LabWord,
    },
    /// Make .deb and .rpm packages in target/package/dist.
    Package {
        /// Use unoptimised programs, and try the .deb on a clean Debian 12: install, take a call, upgrade, remove.
        #[arg(long = "try")]
        proof: bool,
    },
    /// Make programs and installers for Windows on Debian, in target/windows/dist.
    Windows {
        /// Only type-check the code for Windows.
        #[arg(long, conflicts_with = "wine")]
        check: bool,
        /// Also try them under Wine: the crates' tests, the installers, the service.
        #[arg(long)]
        wine: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BenchPart {
    /// The quality of speech after bad networks, by PESQ.
    Voice,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LabWord {
    /// Install missing packages, start it in the background, and write target/lab/gateway.toml.
    Up,
    /// Stop it.
    Down,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Demo => demo::run(),
        Command::Test { filter } => test::run(filter.as_deref()),
        Command::Fuzz { seconds } => fuzz::run(Duration::from_secs(seconds)),
        Command::Prove => {
            fuzz::run(fuzz::THOROUGH)?;
            test::histories()?;
            windows::prove_shipped()
        }
        Command::Bench { part: None } => bench::run(),
        Command::Bench { part: Some(BenchPart::Voice) } => voice::run(),
        Command::Soak { hours } => soak::run(&[&hours.to_string()]),
        Command::Kills { times } => soak::run(&["kills", &times.to_string()]),
        Command::Lab { word: LabWord::Up } => lab::up(),
        Command::Lab { word: LabWord::Down } => lab::down(),
        Command::Package { proof: true } => package::prove(),
        Command::Package { proof: false } => package::build(),
        Command::Windows { check: true, wine: _ } => windows::check(),
        Command::Windows { check: false, wine: true } => windows::prove(),
        Command::Windows { check: false, wine: false } => windows::build(),
    }
}
