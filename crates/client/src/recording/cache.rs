//! Recordings on disk, readable only by their owner and limited in age and size.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use sha2::{Digest as _, Sha256};
use uncall_files::{private_file, private_folder};

use super::cached_file::{CachedFile, examine};

/// The extension of a complete recording.
const WHOLE: &str = "sound";
/// The extension of a recording that is incomplete.
const PART: &str = "part";
/// Hexadecimal digits of SHA-256.
const HASH: usize = 64;
/// How long to wait for another panel's lock on the folder before going on without the cache.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A folder of recordings: complete ones, which can be played again at once, and the beginnings of broken-off downloads, which
/// continue from there.
///
/// Several processes may share it: looking for a recording, giving it its final name and cleaning up happen under a lock on the
/// folder, and each download holds a lock on its file. The folder is meant for the cache alone, but files with other names are
/// left alone.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Arc<Path>,
    bounds: Bounds,
}

/// How much to keep, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The total size in bytes. Default 500 MiB.
    pub bytes: u64,
    /// How long to keep a recording after it was last played. Default 7 days.
    pub age: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { bytes: 500 * 1024 * 1024, age: Duration::from_secs(7 * 24 * 3600) }
    }
}

/// The folder's lock, released when the file is closed.
struct Guard(#[expect(dead_code, reason = "held, not read")] File);

impl Cache {
    /// A cache in this folder, which is created when needed.
    pub fn new(folder: impl Into<PathBuf>, bounds: Bounds) -> Cache {
        Cache { folder: folder.into().into(), bounds }
    }

    /// Removes recordings that are too old at `now`, then those played least recently until the rest is within the bounds. Files
    /// of running downloads stay. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// The system's. A folder that is not there is none.
    pub fn sweep(&self, now: SystemTime) -> io::Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        let _guard = self.guard()?;
        let mut entries = self.entries()?;
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.used));
        let mut bytes = 0u64;
        for entry in entries {
            let old = now.duration_since(entry.used).is_ok_and(|age| age > self.bounds.age);
            bytes = bytes.saturating_add(entry.bytes);
            if (old || bytes > self.bounds.bytes || entry.is_orphan) && !is_downloading(&entry.path) {
                tracing::debug!(old, "a recording leaves the cache");
                bytes -= entry.bytes.min(bytes);
                fs::remove_file(&entry.path)?;
            }
        }
        Ok(())
    }

    /// Removes all recordings. Playback of open ones continues.
    ///
    /// # Errors
    /// The system's. A folder that is not there is none.
    pub fn clear(&self) -> io::Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        let _guard = self.guard()?;
        self.entries()?.into_iter().try_for_each(|entry| fs::remove_file(&entry.path))
    }

    /// Looks for the recording of this name and makes `kept` continue with what is there. True if that is complete.
    pub(crate) fn open(&self, name: &Name, kept: &CachedFile, now: SystemTime) -> io::Result<bool> {
        private_folder(&self.folder)?;
        let _guard = self.guard()?;
        let whole = self.path(name, "", WHOLE);
        match OpenOptions::new().read(true).write(true).open(&whole) {
            Ok(mut file) => match examine(&mut file)? {
                Some((identity, len)) if identity.total == Some(len) => {
                    // The time of last use decides what is removed first.
                    file.set_modified(now)?;
                    return kept.adopt(file, whole).map(|()| true);
                }
                Some(_) | None => {
                    drop(file);
                    fs::remove_file(&whole)?;
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let part = self.path(name, "", PART);
        let file = private_file(&part)?;
        match file.try_lock() {
            Ok(()) => kept.adopt(file, part)?,
            Err(TryLockError::WouldBlock) => {
                // Another panel is downloading it. That is rare, and waiting for another process may never end.
                let own = self.path(name, &format!("-{:08x}", fastrand::u32(..)), PART);
                let file = private_file(&own)?;
                file.try_lock()?;
                kept.adopt(file, own)?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(false)
    }

    /// Gives a complete recording its final name, replacing an existing file.
    pub(crate) fn complete(&self, name: &Name, kept: &CachedFile) -> io::Result<()> {
        if let Some(part) = kept.sync()? {
            let whole = self.path(name, "", WHOLE);
            let _guard = self.guard()?;
            fs::rename(part, &whole)?;
            kept.moved_to(whole);
        }
        Ok(())
    }

    fn path(&self, Name(name): &Name, more: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{name}{more}.{kind}"))
    }

    fn guard(&self) -> io::Result<Guard> {
        let lock = private_file(&self.folder.join("lock"))?;
        let mut waited = Duration::ZERO;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Guard(lock)),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    thread::sleep(LOOK_AGAIN);
                    waited += LOOK_AGAIN;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in fs::read_dir(&self.folder)? {
            let found = found?;
            if let Some(is_orphan) = found.file_name().to_str().and_then(kind) {
                let metadata = found.metadata()?;
                let (used, bytes) = (metadata.modified()?, metadata.len());
                entries.push(Entry { path: found.path(), used, bytes, is_orphan });
            }
        }
        Ok(entries)
    }
}

/// The name of a recording in the cache, which does not reveal who called whom.
#[derive(Debug)]
pub(crate) struct Name(String);

impl Name {
    /// The name for `address` and `listener`, because another listener may not be allowed to hear it.
    pub(crate) fn of(address: &str, listener: &str) -> Name {
        let hash = Sha256::new().chain_update(address).chain_update([0]).chain_update(listener).finalize();
        Name(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

struct Entry {
    path: PathBuf,
    used: SystemTime,
    bytes: u64,
    /// A second download beside another process's, which nobody will continue.
    is_orphan: bool,
}

/// `None` if the file does not belong to the cache; true if nobody will look for it by this name again.
fn kind(name: &str) -> Option<bool> {
    let (stem, kind) = name.split_once('.')?;
    let (hash, more) = stem.split_at_checked(HASH)?;
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let own = more.strip_prefix('-').is_some_and(|more| more.len() == 8 && hex(more));
    (hex(hash) && (kind == PART && (own || more.is_empty()) || kind == WHOLE && more.is_empty())).then_some(own)
}

/// Whether some process is downloading it, i.e. holds its lock.
fn is_downloading(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == PART)
        && OpenOptions::new()
            .write(true)
            .open(path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
