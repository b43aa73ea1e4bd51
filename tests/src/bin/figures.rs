#![allow(clippy::print_stdout, clippy::print_stderr)] // A program that prints a table.
//! Measures the figures of `docs/benchmarks.md` and prints them as a table. `cargo xtask bench` builds and runs it.
//!
//! `figures kills 1000` kills a desk that many times while calls come in, and checks whether its journal lost any.
//!
//! `figures [rates] [decode] [recordings] [events] [ami] [streams] [teams] [logins] [hostile] [popup] [memory] [start] [player]`: all of them by default.

use anyhow::{Result, bail, ensure};
use uncall_tests::figures::{
    ami, bare, decode, events, hostile, logins, machine, memory, player, popup, rates, recordings, start, streams,
    table::Table, teams,
};
use uncall_tests::kills;

const PARTS: [&str; 13] = [
    "rates",
    "decode",
    "recordings",
    "events",
    "ami",
    "streams",
    "teams",
    "logins",
    "hostile",
    "popup",
    "memory",
    "start",
    "player",
];

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == bare::COMMAND) {
        return bare::serve().await;
    }
    if let [word, wsdl, file] = words.as_slice()
        && word == kills::COMMAND
    {
        return kills::work(wsdl, file.as_ref()).await;
    }
    if let [word, times] = words.as_slice()
        && word == kills::KILLS
    {
        println!("{}", kills::kill(&std::env::current_exe()?, times.parse()?).await?);
        return Ok(());
    }
    if let [word, folder] = words.as_slice()
        && word == recordings::COMMAND
    {
        return recordings::hold(folder.as_ref()).await;
    }
    if let Some(unknown) = words.iter().find(|word| !PARTS.contains(&word.as_str())) {
        bail!("{unknown} is none of {}", PARTS.join(", "));
    }
    ensure!(!cfg!(debug_assertions), "figures of a debug build say nothing: run `cargo xtask bench`");
    let description = machine::description();
    let mut table = Table::default();
    for part in PARTS.into_iter().filter(|part| words.is_empty() || words.iter().any(|word| word == part)) {
        eprintln!("· measuring: {part}");
        match part {
            "rates" => rates::measure(&mut table).await?,
            "decode" => decode::measure(&mut table)?,
            "recordings" => recordings::measure(&mut table).await?,
            "events" => events::measure(&mut table)?,
            "ami" => ami::measure(&mut table).await?,
            "streams" => streams::measure(&mut table).await?,
            "teams" => teams::measure(&mut table).await?,
            "logins" => logins::measure(&mut table).await?,
            "hostile" => hostile::measure(&mut table).await?,
            "popup" => popup::measure(&mut table).await?,
            "memory" => memory::measure(&mut table).await?,
            "player" => player::measure(&mut table).await?,
            _ => start::measure(&mut table).await?,
        }
    }
    println!("{description}\n{table}");
    Ok(())
}
