//! What a phone hears: baresip writes what it decodes into a WAV file as it comes, one file a call.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::Result;
use tokio::time::sleep;

use super::super::tone::{Heard, RATE};

/// Long enough to tell the tones apart.
pub(super) const WINDOW: Duration = Duration::from_millis(300);

/// The file's header.
const HEADER: u64 = 44;

/// What comes in from now on, over this time.
pub(super) async fn listen(folder: &Path, window: Duration) -> Result<Heard> {
    let begin = newest(folder)?;
    sleep(window).await;
    let Some((file, end)) = newest(folder)? else { return Ok(Heard::Nothing) };
    let from = begin.filter(|(before, _)| *before == file).map_or(HEADER, |(_, length)| length.max(HEADER));
    let bytes = end.saturating_sub(from) & !1;
    // Less than a third of what one packet every 20 ms brings.
    if bytes as u128 * 1000 < window.as_millis() * (RATE as u128) * 2 / 3 {
        return Ok(Heard::Nothing);
    }
    let mut wave = vec![0; bytes as usize];
    let mut file = File::open(file)?;
    // Samples stand at even places.
    file.seek(SeekFrom::Start(from + (from & 1)))?;
    let read = file.read(&mut wave)?;
    wave.truncate(read);
    let samples: Vec<i16> = wave.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    Ok(Heard::in_samples(&samples))
}

/// The file that is written to, and its length.
fn newest(folder: &Path) -> Result<Option<(PathBuf, u64)>> {
    let mut found: Option<(SystemTime, PathBuf, u64)> = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().ends_with("-dec.wav") {
            continue;
        }
        let about = entry.metadata()?;
        let written = about.modified()?;
        if found.as_ref().is_none_or(|(newest, ..)| written >= *newest) {
            found = Some((written, entry.path(), about.len()));
        }
    }
    Ok(found.map(|(_, path, length)| (path, length)))
}
