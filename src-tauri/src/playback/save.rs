//! Saves the open recording where the agent wants it.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager};
use tokio::{
    fs::{self, File},
    io::{AsyncSeekExt, AsyncWriteExt},
};
use uncall_client::{
    recording::Reader,
    sound::{self, Format, Head, Named, Stream},
};
use uncall_desk::problem::Problem;

use super::{problem, session::Session};
use crate::{panel::Panel, window};

/// How many bytes to decode at a time.
const PIECE: usize = 8 * 1024;
/// The longest proposed name in characters.
const LONGEST: usize = 120;

/// The form to save in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SaveFormat {
    /// WAV with 16-bit PCM, which every program plays.
    Wav,
    /// As received.
    Original,
}

/// What was saved.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Saved {
    /// The file's name, without its folder.
    name: String,
    /// What is missing, if it is incomplete.
    problem: Option<Problem>,
}

/// Asks where, and writes it there once all of it has arrived.
pub(crate) async fn save(app: &AppHandle, session: &Session, kind: SaveFormat) -> Result<Option<Saved>, Problem> {
    let (Some(sound), Some(reader)) = (session.sound().await, session.reader()) else { return Ok(None) };
    let extension = match kind {
        SaveFormat::Wav => "wav",
        SaveFormat::Original => extension(&sound.head, session.files().unwrap_or_default()),
    };
    let proposed = format!("{}.{extension}", stem(session.files().unwrap_or_default(), session.uid()));
    let title = app.state::<Panel>().words().get("player.save").to_owned();
    let mut dialog = rfd::AsyncFileDialog::new().set_title(title).set_file_name(proposed);
    if let Some(window) = app.get_webview_window(window::main::LABEL) {
        dialog = dialog.set_parent(&window);
    }
    let Some(chosen) = dialog.save_file().await else { return Ok(None) };
    let written = write(reader, chosen.path(), kind, session.named()).await?;
    tracing::info!(uid = session.uid(), ?kind, "a recording is saved");
    Ok(Some(Saved { name: chosen.file_name(), problem: written }))
}

/// Writes a file beside the name first, so that an existing file stays until the new one is complete.
async fn write(reader: Reader, file: &Path, kind: SaveFormat, named: Named) -> Result<Option<Problem>, Problem> {
    let part = beside(file);
    let written = match kind {
        SaveFormat::Wav => decoded(reader, &part, named).await,
        SaveFormat::Original => as_it_came(reader, &part).await,
    };
    let moved = match &written {
        Ok(_) => fs::rename(&part, file).await.map_err(|error| not_saved(&error)),
        Err(_) => Ok(()),
    };
    if written.is_err() || moved.is_err() {
        // The rest is useless, and a failure to remove it is not worth reporting.
        let _ = fs::remove_file(&part).await;
    }
    moved.and(written)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

async fn as_it_came(mut reader: Reader, part: &Path) -> Result<Option<Problem>, Problem> {
    let mut file = File::create(part).await.map_err(|error| not_saved(&error))?;
    let mut any = false;
    let ended = loop {
        match reader.read().await {
            Ok(Some(bytes)) => {
                any = true;
                file.write_all(&bytes).await.map_err(|error| not_saved(&error))?;
            }
            Ok(None) => break None,
            Err(error) => break Some(problem::fetched(&error)),
        }
    };
    file.sync_all().await.map_err(|error| not_saved(&error))?;
    if any { Ok(ended) } else { Err(ended.unwrap_or_else(|| Problem::new("recording_not_ready", ""))) }
}

async fn decoded(mut reader: Reader, part: &Path, named: Named) -> Result<Option<Problem>, Problem> {
    let mut file = File::create(part).await.map_err(|error| not_saved(&error))?;
    file.write_all(&sound::header(1, 8000, 0)).await.map_err(|error| not_saved(&error))?;
    let mut stream = Stream::new(named);
    let mut samples = Vec::new();
    let mut written = 0u64;
    let mut ended = loop {
        match reader.read().await {
            Ok(Some(bytes)) => {
                for piece in bytes.chunks(PIECE) {
                    stream.push(piece, &mut samples).map_err(|error| problem::decoded(&error))?;
                    written += pour(&mut samples, &mut file).await?;
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(problem::fetched(&error)),
        }
    };
    match stream.finish(&mut samples) {
        Ok(damaged) => ended = ended.or_else(|| damaged.map(problem::damaged)),
        Err(error) => return Err(ended.unwrap_or_else(|| problem::decoded(&error))),
    }
    written += pour(&mut samples, &mut file).await?;
    let Some(head) = stream.head() else { return Err(Problem::new("recording_not_ready", "")) };
    let size = u32::try_from(written).unwrap_or(sound::OPEN_END);
    let header = sound::header(head.channels, head.rate, size);
    let finished = async {
        file.rewind().await?;
        file.write_all(&header).await?;
        file.sync_all().await
    };
    finished.await.map_err(|error| not_saved(&error))?;
    Ok(ended)
}

async fn pour(samples: &mut Vec<i16>, file: &mut File) -> Result<u64, Problem> {
    let bytes: Vec<u8> = samples.drain(..).flat_map(i16::to_le_bytes).collect();
    file.write_all(&bytes).await.map_err(|error| not_saved(&error))?;
    Ok(bytes.len() as u64)
}

fn not_saved(error: &io::Error) -> Problem {
    Problem::new("recording_not_saved", &error.to_string())
}

/// The extension for the original, by its format; for sound without a head, the extension in `files`.
fn extension<'a>(head: &Head, files: &'a str) -> &'a str {
    match head.format {
        Format::Gsm => "gsm",
        Format::Mp3 => "mp3",
        Format::Opus => "opus",
        Format::G722 => "g722",
        Format::Wav49
        | Format::Pcm8
        | Format::Pcm16
        | Format::Pcm24
        | Format::Pcm32
        | Format::Float32
        | Format::ALaw
        | Format::MuLaw => {
            let ending = files.trim_end().rsplit('.').next().unwrap_or_default();
            // Without a head, only the name says what it is.
            if head.data_at == 0 && Named::by(files) != Named::Nothing { ending } else { "WAV" }
        }
    }
}

/// The server's name for the recording without prefix and extension, or the call's uid, made valid as a file name on every
/// system.
fn stem(files: &str, uid: &str) -> String {
    let name = files.rsplit([':', '/', '\\']).next().unwrap_or_default();
    let name = name.rsplit_once('.').filter(|(_, ending)| ending.len() <= 4).map_or(name, |(stem, _)| stem);
    let safe = |text: &str| -> String {
        let plain = text.chars().map(|c| if c.is_alphanumeric() || "-_.+".contains(c) { c } else { '_' });
        plain.take(LONGEST).collect::<String>().trim_matches(['.', '_']).to_owned()
    };
    [safe(name), safe(uid)].into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "recording".to_owned())
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_name_is_proposed_that_every_system_takes() {
        for (files, uid, name) in [
            ("audio:808-136-20130625-1372123897.17.WAV", "1372123897.17", "808-136-20130625-1372123897.17"),
            ("audio:../../etc/passwd", "1.1", "passwd"),
            ("audio:a<b>|c?.wav", "1.1", "a_b__c"),
            ("", "1372123897.17", "1372123897.17"),
            ("..", "..", "recording"),
            ("录音.wav", "1", "录音"),
        ] {
            assert_eq!(stem(files, uid), name, "{files}");
        }
    }
}
