//! The time to decode a popEvent reply, as criterion measured it (`crates/contract/benches/decode.rs`), and what it costs to
//! decode recordings, beside FFmpeg and SoX.

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use uncall_client::sound::{Named, Peaks, Silences, Stream};

use super::table::Table;

/// What criterion calls it.
const BENCH: &str = "decode a popEvent reply";
/// Minutes of a recording that is decoded for its speed.
const MINUTES: u64 = 20;
/// The best of so many runs counts: what else the machine does only makes them slower.
const RUNS: usize = 5;
/// Bytes that are decoded at a time, as a download gives them.
const PIECE: usize = 16 * 1024;
/// What the files are called, and how FFmpeg writes them.
const KINDS: [(&str, &str, &[&str]); 4] = [
    ("WAV49", "call.WAV", &["-f", "wav", "-c:a", "libgsm_ms"]),
    ("MP3, 16 kbit/s", "call.mp3", &["-c:a", "libmp3lame", "-b:a", "16k"]),
    ("Opus, 16 kbit/s", "call.opus", &["-c:a", "libopus", "-b:a", "16k"]),
    ("Opus, 96 kbit/s, 48 kHz, stereo", "wide.opus", &["-ar", "48000", "-ac", "2", "-c:a", "libopus", "-b:a", "96k"]),
];

/// Reads criterion's last estimate, then decodes recordings.
pub fn measure(table: &mut Table) -> Result<()> {
    if let Err(error) = reply(table) {
        table.plain(BENCH, format!("{error:#}"));
    }
    let folder = tempfile::tempdir()?;
    for (kind, name, how) in KINDS {
        let file = folder.path().join(name);
        if let Err(error) = written(&file, MINUTES, how) {
            table.plain(&format!("decode {kind}"), format!("not measured: {error:#}"));
            continue;
        }
        let bytes = fs::read(&file)?;
        let ours = best(|| decode(&bytes, |_| ()))?;
        let ffmpeg = ["-threads", "1", "-loglevel", "error", "-i", path(&file), "-f", "null", "-"];
        let ffmpeg = best(|| program("ffmpeg", &ffmpeg))?;
        // SoX reads no Opus.
        let sox = if name.ends_with("opus") { None } else { best(|| program("sox", &[path(&file), "-n"])).ok() };
        let fastest = sox.map_or(ffmpeg, |sox| sox.min(ffmpeg));
        let times = |took: Duration| Duration::from_secs(MINUTES * 60).div_duration_f64(took);
        let sox = sox.map_or(String::new(), |sox| format!(", SoX {:.0}", times(sox)));
        let said = format!("{:.0} times real time; FFmpeg {:.0}{sox}", times(ours), times(ffmpeg));
        let met = times(ours) > 1000.0 && ours < fastest * 2;
        table.aimed(&format!("decode {kind}"), "≥ 1000 and half of theirs", said, met);
    }
    hour(table, folder.path())
}

/// The waveform, the silences and the memory of an hour.
fn hour(table: &mut Table, folder: &Path) -> Result<()> {
    let file = folder.join("hour.WAV");
    let Ok(()) = written(&file, 60, &["-f", "wav", "-c:a", "libgsm_ms"]) else { return Ok(()) };
    let bytes = fs::read(&file)?;
    let (mut peaks, mut silences) = (Peaks::new(1), Silences::new(1, 8000));
    resident_peak()?; // What came before, this file's reading too, counts no longer.
    let before = resident_peak()?;
    decode(&bytes, |samples| {
        peaks.push(samples);
        silences.push(samples);
    })?;
    let grown = resident_peak()?.saturating_sub(before);
    black_box((&peaks, &silences));
    table.aimed(
        "decode an hour of WAV49 in pieces: memory",
        "≤ 30 MB",
        format!("{:.1} MB above the file's own {:.1} MB", grown as f64 / 1e6, bytes.len() as f64 / 1e6),
        grown < 30_000_000,
    );
    let mut pcm = Vec::new();
    decode(&bytes, |samples| pcm.extend_from_slice(samples))?;
    let took = best(|| {
        let mut peaks = Peaks::new(1);
        pcm.chunks(PIECE).for_each(|piece| peaks.push(piece));
        black_box(peaks.levels(0));
        Ok(())
    })?;
    let milliseconds = took.as_secs_f64() * 1e3;
    table.aimed("waveform of an hour, decoded", "20 ms", format!("{milliseconds:.1} ms"), milliseconds <= 20.0);
    let took = best(|| {
        let mut silences = Silences::new(1, 8000);
        pcm.chunks(PIECE).for_each(|piece| silences.push(piece));
        black_box(silences.spans());
        Ok(())
    })?;
    table.plain("silences of an hour, decoded", format!("{:.1} ms", took.as_secs_f64() * 1e3));
    Ok(())
}

fn decode(bytes: &[u8], mut take: impl FnMut(&[i16])) -> Result<()> {
    let mut stream = Stream::new(Named::Nothing);
    let mut samples = Vec::new();
    for piece in bytes.chunks(PIECE) {
        stream.push(piece, &mut samples)?;
        take(black_box(&samples));
        samples.clear();
    }
    stream.finish(&mut samples)?;
    take(black_box(&samples));
    Ok(())
}

/// The least processor time of all runs, of this thread and the programs that it started.
fn best(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut least = Duration::MAX;
    for _ in 0..RUNS {
        let before = spent()?;
        run()?;
        least = least.min(spent()? - before);
    }
    // Linux counts that of other programs in hundredths of a second.
    Ok(least.max(Duration::from_millis(1)))
}

fn spent() -> Result<Duration> {
    let own = fs::read_to_string("/proc/thread-self/schedstat")?;
    let own = own.split(' ').next().context("no time")?.parse().map(Duration::from_nanos)?;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may contain anything, come the fields from the third on; 16 and 17 are of children that have ended.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(own + Duration::from_millis(ticks * 10))
}

/// The most memory that this process has had since the last time this was asked.
fn resident_peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak")?;
    fs::write("/proc/self/clear_refs", "5")?;
    Ok(line.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

/// A recording of speech, as often as it takes.
fn written(file: &Path, minutes: u64, how: &[&str]) -> Result<()> {
    let speech = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sound/tests/fixtures/from-asterisk.WAV");
    let length = (minutes * 60).to_string();
    let mut words = vec!["-loglevel", "error", "-stream_loop", "-1", "-i", path(&speech), "-t", &length];
    words.extend(how);
    words.push(path(file));
    program("ffmpeg", &words)
}

fn program(name: &str, words: &[&str]) -> Result<()> {
    let output =
        Command::new(name).args(words).stdin(Stdio::null()).output().with_context(|| format!("no {name} here"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

fn reply(table: &mut Table) -> Result<()> {
    let file: PathBuf = crate::target_folder()?.join("criterion").join(BENCH).join("new/estimates.json");
    let text = fs::read_to_string(&file).context("not measured yet: run `cargo xtask bench`")?;
    let estimates: Value = serde_json::from_str(&text)?;
    let nanoseconds = |at: &str| estimates.pointer(at).and_then(Value::as_f64).with_context(|| format!("no {at}"));
    let median = nanoseconds("/median/point_estimate")? / 1e3;
    let (low, high) = (
        nanoseconds("/median/confidence_interval/lower_bound")? / 1e3,
        nanoseconds("/median/confidence_interval/upper_bound")? / 1e3,
    );
    table.plain(BENCH, format!("{median:.2} µs (median; 95 % sure of {low:.2} to {high:.2})"));
    Ok(())
}
