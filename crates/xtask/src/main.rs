#![allow(clippy::print_stderr)] // A command line talks on stderr.
//! `cargo xtask`: the commands for developers, for users who try the project, and for CI.

mod arrows;
mod bench;
mod circles;
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
    /// Install what is missing, build, and open the panel on the built-in simulator.
    Demo,
    /// Install what is missing and run every check: format, lints, arrows, licences, all tests.
    Test {
        /// Run only the tests whose name contains this; the checks before them are skipped.
        filter: Option<String>,
    },
    /// Run every fuzz target, all of them together for this long.
    Fuzz {
        /// Seconds for all.
        #[arg(default_value_t = 60)]
        seconds: u64,
    },
    /// What takes longer than a change can wait for: half an hour of fuzzing, and the programs as they are shipped,
    /// installed and run under Wine.
    Prove,
    /// Measure, and print the figures of docs/benchmarks.md.
    Bench {
        /// Only this part, which the whole leaves out.
        part: Option<BenchPart>,
    },
    /// A call centre of 2,000 agents for hours, with a gateway that is killed, a PBX connection that is cut and a proxy that
    /// breaks. Fails with what was lost, told twice or a ghost.
    Soak {
        /// Hours; 0.5 is half an hour.
        hours: f64,
    },
    /// Two gateways on one PBX, of which one is killed so often, in every state of a call.
    Kills {
        /// How often.
        #[arg(default_value_t = 500)]
        times: usize,
    },
    /// A real Asterisk with phones, to run the gateway on.
    Lab {
        /// Start it, or end it.
        word: LabWord,
    },
    /// Packages for Debian and for what takes .rpm, into target/package/dist.
    Package {
        /// Make them of unoptimised programs, and try the .deb on a clean Debian 12: installed, a call taken, upgraded, removed.
        #[arg(long = "try")]
        proof: bool,
    },
    /// Programs and installers for Windows, made on Debian, into target/windows/dist.
    Windows {
        /// Only type-check everything that is for Windows.
        #[arg(long, conflicts_with = "wine")]
        check: bool,
        /// And try them under Wine: the crates' tests, the installers, the service.
        #[arg(long)]
        wine: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BenchPart {
    /// How speech sounds that has come through bad networks, by PESQ.
    Voice,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LabWord {
    /// Install what is missing, start it in the background, and write target/lab/gateway.toml.
    Up,
    /// End it.
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
