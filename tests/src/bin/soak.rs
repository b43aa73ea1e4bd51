#![allow(clippy::print_stdout)] // A program that tells how it goes.
//! Endurance tests. `cargo xtask soak HOURS` and `cargo xtask kills TIMES` build and run this.
//!
//! `soak HOURS` or `soak kills TIMES`.

use std::time::Duration;

use anyhow::{Result, bail};
use uncall_tests::{soak, twins};

/// Kills per history. After that a new one starts, because the list of its calls is searched over and over.
const HISTORY: usize = 50;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["kills", times] => kills(times.parse()?).await,
        [hours] => {
            let length = Duration::from_secs_f64(hours.parse::<f64>()? * 3600.0);
            soak::run(length, |line| println!("{line}")).await
        }
        _ => bail!("soak HOURS, or soak kills TIMES"),
    }
}

async fn kills(times: usize) -> Result<()> {
    let mut done = twins::Tally::default();
    for seed in 0.. {
        let left = times.saturating_sub(done.kills);
        if left == 0 {
            break;
        }
        let tally = twins::history(seed, left.min(HISTORY)).await?;
        done.add(tally);
        println!(
            "{} kills, {} calls, {} of them begun while a gateway was dead; the slowest pop-up {} ms",
            done.kills,
            done.offers,
            done.meanwhile,
            done.slowest.as_millis()
        );
    }
    Ok(())
}
