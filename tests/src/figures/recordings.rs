//! What an index of a million recordings costs: the first look through the folder, memory, and finding a call.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use uncall_contract::Uid;
use uncall_recordings::{Options, Recordings};
use uncall_switch::Recording;

use super::sample::{Sample, millis};
use super::table::Table;

/// The word for a process that holds an index and nothing else.
pub const COMMAND: &str = "index";
/// Files, in as many folders by date as three years have.
const FILES: usize = 1_000_000;
const FOLDERS: usize = 1_000;
/// Files of one folder that share their bytes.
const SHARED: usize = FILES / FOLDERS;
/// A file with samples, as far as the index cares.
const BYTES: [u8; 100] = [0; 100];
const LOOKUPS: usize = 20_000;
/// Aims.
const BYTES_A_FILE: usize = 100;
const FIRST_LOOK: Duration = Duration::from_secs(30);
const FOUND: Duration = Duration::from_millis(1);
const TOLD: Duration = Duration::from_millis(250);

/// What the process says: nanoseconds, bytes.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Said {
    first_look: u64,
    memory: u64,
    found: Vec<u64>,
    missed: Vec<u64>,
    told: Vec<u64>,
    while_looking: u64,
}

/// Makes the files and has a process of its own index them, so that its memory is the index's.
pub async fn measure(table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    fill(folder.path())?;
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .arg(COMMAND)
        .arg(folder.path())
        .stderr(std::process::Stdio::inherit())
        .output()
        .await?;
    ensure!(output.status.success(), "the index ended with {}", output.status);
    let said: Said = serde_json::from_slice(&output.stdout)?;
    let sample = |nanos: &[u64]| nanos.iter().copied().map(Duration::from_nanos).collect::<Sample>();
    let micros = |time: Duration| format!("{:.0} µs", time.as_secs_f64() * 1e6);
    let first_look = Duration::from_nanos(said.first_look);
    let seconds = format!("{:.1} s", first_look.as_secs_f64());
    table.aimed("1,000,000 recordings: first look through", "≤ 30 s", seconds, first_look <= FIRST_LOOK);
    let each = usize::try_from(said.memory)? / FILES;
    let megabytes = said.memory / 1_000_000;
    let memory = format!("{each} bytes a file ({megabytes} MB)");
    table.aimed("… memory of the index", "≤ 100 bytes a file", memory, each <= BYTES_A_FILE);
    let found = sample(&said.found);
    let p99 = found.quantile(99);
    let words = format!("p50 {}, p99 {}", micros(found.quantile(50)), micros(p99));
    table.aimed("… getRecording's file, by uid", "p99 ≤ 1 ms", words, p99 <= FOUND);
    let missed = sample(&said.missed);
    let words = format!("p50 {}, p99 {}", micros(missed.quantile(50)), micros(missed.quantile(99)));
    table.plain("… a uid without a recording", words);
    let told = sample(&said.told);
    let p95 = told.quantile(95);
    table.aimed("… a new file, from its making to its being known", "p95 ≤ 250 ms", told.said(), p95 <= TOLD);
    let first = millis(Duration::from_nanos(said.while_looking));
    table.plain("… a call of an early day, asked for as the first look begins", first);
    Ok(())
}

/// The process: indexes the folder and says what that cost.
pub async fn hold(folder: &Path) -> Result<()> {
    let before = resident()?;
    let began = Instant::now();
    let recordings = Recordings::open(&Options::Folder(folder.to_path_buf()))?;
    let early = Uid::parse(&uid(0))?;
    ensure!(matches!(recordings.recording(&early).await, Recording::Ready(_)), "not found while looking");
    let while_looking = nanos(began);
    while !recordings.status().complete {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let first_look = nanos(began);
    ensure!(recordings.status().indexed == FILES, "{:?}", recordings.status());
    let memory = resident()?.saturating_sub(before);
    let mut found = Vec::new();
    for at in 0..LOOKUPS {
        let call = Uid::parse(&uid(at * 7919 % FILES))?;
        let asked = Instant::now();
        let recording = recordings.recording(&call).await;
        found.push(nanos(asked));
        ensure!(matches!(recording, Recording::Ready(_)), "{call} is {recording:?}");
    }
    let mut missed = Vec::new();
    for at in 0..LOOKUPS {
        let call = Uid::parse(&format!("1{at}.0"))?;
        let asked = Instant::now();
        let recording = recordings.recording(&call).await;
        missed.push(nanos(asked));
        ensure!(recording == Recording::Unknown, "{call} is {recording:?}");
    }
    let mut told = Vec::new();
    for at in 0..100 {
        let made = Instant::now();
        fs::write(folder.join(day(FOLDERS - 1)).join(format!("801-5-20261122-055532-9{at}.1.WAV")), BYTES)?;
        while recordings.status().indexed < FILES + at + 1 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        told.push(nanos(made));
    }
    let said = Said { first_look, memory, found, missed, told, while_looking };
    std::io::Write::write_all(&mut std::io::stdout(), &serde_json::to_vec(&said)?)?;
    Ok(())
}

fn nanos(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// A second of 2023 and on: the days of the folders.
fn uid(at: usize) -> String {
    format!("{}.{at}", 1_700_000_000 + at / SHARED * 86_400 + at % SHARED)
}

fn day(folder: usize) -> String {
    let seconds = i64::try_from(1_700_000_000 + folder * 86_400).unwrap_or_default();
    let began = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    began.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y/%m/%d").to_string()
}

fn fill(root: &Path) -> Result<()> {
    for folder in 0..FOLDERS {
        let path = root.join(day(folder));
        fs::create_dir_all(&path)?;
        let mut first = None;
        for at in folder * SHARED..(folder + 1) * SHARED {
            let name = format!("{}-1363251{:04}-20261122-055532-{}.WAV", 801 + at % 200, at % 10_000, uid(at));
            let file = path.join(name);
            match &first {
                // Links take no blocks, and are names as good as any.
                Some(first) => fs::hard_link(first, file)?,
                None => {
                    fs::write(&file, BYTES)?;
                    first = Some(file);
                }
            }
        }
    }
    Ok(())
}

/// Bytes of memory that this process has.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}
