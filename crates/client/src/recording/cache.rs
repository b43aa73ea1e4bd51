//! Recordings on disk: readable by their owner only, for a while, up to a size.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use sha2::{Digest as _, Sha256};

use super::kept::{Kept, examine};

/// A whole recording.
const WHOLE: &str = "sound";
/// One that is still coming, or was given up.
const PART: &str = "part";
/// Hexadecimal digits of SHA-256.
const HASH: usize = 64;
/// For how long another panel may look through the folder before this one does without it.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A folder that keeps recordings: those that were heard, so that they are heard again at once, and the start of those
/// whose download broke off, so that it goes on there.
///
/// Several processes may share it: looking for a recording, giving it its final name and cleaning up happen under a lock
/// of the folder, and whoever downloads holds a lock on the file. The folder belongs to it alone; files with other names than
/// its own are left alone all the same.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Arc<Path>,
    bounds: Bounds,
}

/// How much is kept, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all recordings together. Default 500 MiB.
    pub bytes: u64,
    /// How long after it was last heard a recording goes. Default 7 days.
    pub age: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { bytes: 500 * 1024 * 1024, age: Duration::from_secs(7 * 24 * 3600) }
    }
}

/// The folder's lock; it goes with the file.
struct Guard(#[expect(dead_code, reason = "held, not read")] File);

impl Cache {
    /// A cache in this folder, which is made when it is needed.
    pub fn new(folder: impl Into<PathBuf>, bounds: Bounds) -> Cache {
        Cache { folder: folder.into().into(), bounds }
    }

    /// Removes what is too old at `now`, and then the longest unheard until the rest is within the bounds. A download that is
    /// under way keeps its file. Blocks for as long as the disk takes.
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

    /// Removes all recordings. Those that are playing go on.
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

    /// Looks for the recording of this name and lets `kept` go on with what is there. Says whether that is the whole.
    pub(crate) fn open(&self, name: &Name, kept: &Kept, now: SystemTime) -> io::Result<bool> {
        self.make_folder()?;
        let _guard = self.guard()?;
        let whole = self.path(name, "", WHOLE);
        match OpenOptions::new().read(true).write(true).open(&whole) {
            Ok(mut file) => match examine(&mut file)? {
                Some((identity, len)) if identity.total == Some(len) => {
                    // The time of the last use decides what goes first.
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
                // Another panel is at it. Two downloads of one recording are rare, and a wait for a stranger has no end.
                let own = self.path(name, &format!("-{:08x}", fastrand::u32(..)), PART);
                let file = private_file(&own)?;
                file.try_lock()?;
                kept.adopt(file, own)?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(false)
    }

    /// The recording is whole: gives it its final name, in place of one that is there.
    pub(crate) fn complete(&self, name: &Name, kept: &Kept) -> io::Result<()> {
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

    fn make_folder(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)?;
        #[cfg(unix)]
        fs::set_permissions(&self.folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(())
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

/// The name of a recording in the cache. It says nothing about who called whom.
#[derive(Debug)]
pub(crate) struct Name(String);

impl Name {
    /// The name of what is heard at `address` by `listener`: what one may hear is not for the next.
    pub(crate) fn of(address: &str, listener: &str) -> Name {
        let hash = Sha256::new().chain_update(address).chain_update([0]).chain_update(listener).finalize();
        Name(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

struct Entry {
    path: PathBuf,
    used: SystemTime,
    bytes: u64,
    /// A second download of what another process was at: nobody goes on with it.
    is_orphan: bool,
}

/// Whether a file is of the cache, and then whether nobody will ask for it again by this name.
fn kind(name: &str) -> Option<bool> {
    let (stem, kind) = name.split_once('.')?;
    let (hash, more) = stem.split_at_checked(HASH)?;
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let own = more.strip_prefix('-').is_some_and(|more| more.len() == 8 && hex(more));
    (hex(hash) && (kind == PART && (own || more.is_empty()) || kind == WHOLE && more.is_empty())).then_some(own)
}

/// Whether some process holds the lock of a download on it.
fn is_downloading(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == PART)
        && OpenOptions::new()
            .write(true)
            .open(path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Opens a file that only its owner may read, as it is or new.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn name(of: &str) -> Name {
        Name::of(of, "")
    }

    /// A whole recording of this content, last heard at `now`.
    fn keep(cache: &Cache, of: &str, bytes: &[u8], now: SystemTime) -> Kept {
        let kept = Kept::in_memory();
        assert!(!cache.open(&name(of), &kept, now).unwrap());
        kept.put(0, bytes).unwrap();
        kept.identify(super::super::identity::Identity { total: Some(bytes.len() as u64), validator: None }).unwrap();
        cache.complete(&name(of), &kept).unwrap();
        assert!(has(cache, of, now));
        kept
    }

    /// Whether the whole recording is there; it counts as heard.
    fn has(cache: &Cache, of: &str, now: SystemTime) -> bool {
        cache.open(&name(of), &Kept::in_memory(), now).unwrap()
    }

    fn files(cache: &Cache) -> Vec<String> {
        let names = fs::read_dir(&cache.folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "lock").collect();
        names.sort();
        names
    }

    fn is_there(cache: &Cache, of: &str) -> bool {
        cache.path(&name(of), "", WHOLE).exists()
    }

    #[test]
    fn what_was_not_heard_for_long_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), Bounds { bytes: u64::MAX, age: 7 * DAY });
        let now = SystemTime::now();
        keep(&cache, "a", b"aaa", now);
        keep(&cache, "b", b"bbb", now);
        assert!(has(&cache, "a", now + 6 * DAY));
        cache.sweep(now + 7 * DAY).unwrap();
        assert!(is_there(&cache, "a") && is_there(&cache, "b"));
        cache.sweep(now + 8 * DAY).unwrap();
        assert!(is_there(&cache, "a") && !is_there(&cache, "b"));
        // A clock that was set back is no reason to throw anything away.
        cache.sweep(now - 30 * DAY).unwrap();
        assert!(is_there(&cache, "a"));
    }

    #[test]
    fn the_longest_unheard_goes_first_when_there_is_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), Bounds { bytes: 3 * 2048, age: 100 * DAY });
        let now = SystemTime::now();
        for (at, of) in ["a", "b", "c"].into_iter().enumerate() {
            keep(&cache, of, &[7; 1024], now + Duration::from_secs(at as u64));
        }
        assert!(has(&cache, "a", now + DAY));
        cache.sweep(now + DAY).unwrap();
        assert_eq!(files(&cache).len(), 3);
        keep(&cache, "d", &[7; 1024], now + DAY);
        cache.sweep(now + DAY).unwrap();
        assert_eq!(["a", "b", "c", "d"].map(|of| is_there(&cache, of)), [true, false, true, true]);
    }

    #[test]
    fn strangers_files_and_downloads_that_go_on_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), Bounds { bytes: 0, age: Duration::ZERO });
        let now = SystemTime::now();
        let strange = ["notes.txt".into(), format!("{}.part", "g".repeat(64)), format!("{}.wav", "a".repeat(64))];
        for name in &strange {
            fs::create_dir_all(folder.path()).unwrap();
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let coming = Kept::in_memory();
        cache.open(&name("a"), &coming, now).unwrap();
        coming.put(0, b"abc").unwrap();
        cache.sweep(now + DAY).unwrap();
        assert_eq!(files(&cache).len(), 4);
        drop(coming);
        cache.sweep(now + DAY).unwrap();
        assert_eq!(files(&cache).len(), 3);
        cache.clear().unwrap();
        assert_eq!(files(&cache).len(), 3);
    }

    #[test]
    fn two_panels_at_one_recording_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Kept::in_memory(), Kept::in_memory());
        let now = SystemTime::now();
        let cache = Cache::new(folder.path(), Bounds::default());
        assert!(!cache.open(&name("a"), &one, now).unwrap());
        one.put(0, b"ab").unwrap();
        assert!(!cache.open(&name("a"), &two, now).unwrap());
        assert_eq!((two.len(), files(&cache).len()), (0, 2));
        let whole = super::super::identity::Identity { total: Some(4), validator: None };
        for kept in [&two, &one] {
            kept.put(kept.len(), &b"abcd"[kept.len() as usize..]).unwrap();
            kept.identify(whole.clone()).unwrap();
            cache.complete(&name("a"), kept).unwrap();
            assert_eq!(kept.read(0, 9, None).unwrap().unwrap().0, b"abcd"[..]);
        }
        assert_eq!(files(&cache), [format!("{}.{WHOLE}", name("a").0)]);
        // What a killed one of two leaves behind is of no use to anybody.
        let (one, two) = (Kept::in_memory(), Kept::in_memory());
        cache.open(&name("b"), &one, now).unwrap();
        cache.open(&name("b"), &two, now).unwrap();
        drop((one, two));
        cache.sweep(now).unwrap();
        assert_eq!(files(&cache).len(), 2, "the part is gone on with, the other one is not");
    }

    #[test]
    fn a_whole_recording_that_is_not_whole_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), Bounds::default());
        let now = SystemTime::now();
        keep(&cache, "a", b"abcdef", now);
        let path = cache.path(&name("a"), "", WHOLE);
        let good = fs::read(&path).unwrap();
        for bad in [&good[..good.len() - 1], &good[..500], b"", &[good.as_slice(), b"x"].concat(), &good[1..]] {
            fs::write(&path, bad).unwrap();
            assert!(!has(&cache, "a", now));
            assert!(!path.exists());
        }
    }

    #[test]
    fn clearing_takes_all_and_who_listens_hears_on() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("not/yet/there"), Bounds::default());
        cache.clear().unwrap();
        let now = SystemTime::now();
        let kept = keep(&cache, "a", b"abcdef", now);
        let coming = Kept::in_memory();
        cache.open(&name("b"), &coming, now).unwrap();
        cache.clear().unwrap();
        assert!(files(&cache).is_empty());
        assert_eq!(kept.read(2, 9, None).unwrap().unwrap().0, b"cdef"[..]);
        coming.put(0, b"abc").unwrap();
        assert!(cache.complete(&name("b"), &coming).is_err());
        assert_eq!(coming.read(0, 9, None).unwrap().unwrap().0, b"abc"[..]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("recordings");
        fs::create_dir(&inside).unwrap();
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
        let cache = Cache::new(&inside, Bounds::default());
        keep(&cache, "a", b"abcdef", SystemTime::now());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inside), 0o700);
        for name in fs::read_dir(&inside).unwrap() {
            assert_eq!(mode(&name.unwrap().path()), 0o600);
        }
        let name = files(&cache).remove(0);
        assert!(name.len() == HASH + 6 && kind(&name) == Some(false), "{name}");
    }

    #[test]
    fn a_listener_does_not_hear_what_was_fetched_for_another() {
        assert_ne!(Name::of("http://pbx/x", "801").0, Name::of("http://pbx/x", "802").0);
        assert_ne!(Name::of("http://pbx/x", "801").0, Name::of("http://pbx/x8", "01").0);
    }
}
