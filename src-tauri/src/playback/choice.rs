//! Remembers how the agent likes to listen, and where each call was left.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::state_file;

/// How many calls' positions to keep.
const MOST: usize = 200;
/// The possible speeds.
const SPEEDS: [f64; 5] = [0.75, 1.0, 1.25, 1.5, 2.0];

/// How the agent likes to listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Choice {
    /// A multiple of the original speed.
    speed: f64,
    /// 0 to 1.
    volume: f64,
    /// Whether to skip silences.
    skip_silence: bool,
    /// The web view's name for the output device; empty for the system's choice.
    output: String,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { speed: 1.0, volume: 1.0, skip_silence: false, output: String::new() }
    }
}

impl Choice {
    /// Replaces invalid values by the defaults.
    fn sane(self) -> Choice {
        let normal = Choice::default();
        let speed = SPEEDS.into_iter().find(|speed| (speed - self.speed).abs() < 0.01).unwrap_or(normal.speed);
        let volume = if self.volume.is_finite() { self.volume.clamp(0.0, 1.0) } else { normal.volume };
        let output = if self.output.len() <= 256 { self.output } else { normal.output };
        Choice { speed, volume, output, skip_silence: self.skip_silence }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    choice: Choice,
    /// The last one first.
    left: Vec<LastPosition>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LastPosition {
    server: String,
    uid: String,
    /// Seconds.
    at: f64,
}

/// The file and its content.
#[derive(Debug)]
pub(crate) struct PlaybackStore {
    file: Option<PathBuf>,
    content: Mutex<Content>,
}

impl PlaybackStore {
    /// Reads the file, if there is one. Without a file nothing outlives the program.
    pub(crate) fn load(file: Option<PathBuf>) -> PlaybackStore {
        let content = file.as_deref().map(read).unwrap_or_default();
        PlaybackStore { file, content: Mutex::new(content) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the agent likes to listen.
    pub(crate) fn choice(&self) -> Choice {
        self.content().choice.clone()
    }

    /// Stores it.
    pub(crate) fn choose(&self, choice: Choice) {
        self.change(|content| content.choice = choice.sane());
    }

    /// Where this call was left, in seconds. Zero if it was played to its end, or never.
    pub(crate) fn position(&self, server: &str, uid: &str) -> f64 {
        let content = self.content();
        content.left.iter().find(|left| left.uid == uid && left.server == server).map_or(0.0, |left| left.at)
    }

    /// Stores where a call was left; zero forgets it.
    pub(crate) fn remember(&self, server: &str, uid: &str, at: f64) {
        self.change(|content| {
            content.left.retain(|left| left.uid != uid || left.server != server);
            if at.is_finite() && at > 0.0 {
                content.left.insert(0, LastPosition { server: server.to_owned(), uid: uid.to_owned(), at });
                content.left.truncate(MOST);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Content)) {
        let mut content = self.content();
        let before = content.clone();
        change(&mut content);
        if *content == before {
            return;
        }
        // A few kilobytes. Under the lock, so that the last change is the last one written.
        if let Some(file) = &self.file
            && let Err(error) = state_file::write(file, &*content)
        {
            tracing::warn!("where recordings were left cannot be kept in {}: {error}", file.display());
        }
    }
}

fn read(file: &Path) -> Content {
    let mut content: Content = state_file::read(file);
    content.left.truncate(MOST);
    Content { choice: content.choice.sane(), ..content }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(kept: &PlaybackStore, uid: &str) -> u64 {
        Duration::try_from_secs_f64(kept.position("pbx", uid)).unwrap().as_secs()
    }

    #[test]
    fn positions_and_choices_outlive_the_program_and_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("panel/playback.json"));
        let kept = PlaybackStore::load(file.clone());
        kept.choose(Choice { speed: 1.5, volume: 0.25, skip_silence: true, output: "x".into() });
        for call in 1..=MOST + 1 {
            kept.remember("pbx", &call.to_string(), 7.0);
        }
        kept.remember("pbx", "5", 9.0);
        kept.remember("other", "5", 11.0);
        kept.remember("pbx", "6", 0.0);
        let kept = PlaybackStore::load(file);
        assert_eq!(kept.choice(), Choice { speed: 1.5, volume: 0.25, skip_silence: true, output: "x".into() });
        assert_eq!((at(&kept, "5"), at(&kept, "6"), at(&kept, "7")), (9, 0, 7));
        assert_eq!((at(&kept, "1"), at(&kept, "2")), (0, 0), "the oldest go");
        assert!(kept.content().left.len() <= MOST);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("playback.json");
        for (text, speed, volume) in [
            ("", 1.0, 1.0),
            ("[1]", 1.0, 1.0),
            (r#"{"choice":{"speed":99,"volume":-3}}"#, 1.0, 0.0),
            (r#"{"choice":{"speed":1.25}}"#, 1.25, 1.0),
        ] {
            std::fs::write(&file, text).unwrap();
            let kept = PlaybackStore::load(Some(file.clone()));
            let choice = kept.choice();
            assert_eq!((choice.speed.to_bits(), choice.volume.to_bits()), (f64::to_bits(speed), f64::to_bits(volume)));
            kept.remember("pbx", "1", f64::NAN);
            kept.remember("pbx", "1", f64::INFINITY);
            assert_eq!(at(&kept, "1"), 0);
        }
    }
}
