//! The received part of a recording: in a file of the cache, or in memory if that fails.
//!
//! The file is a head of [`HEAD`] bytes (what is known about the whole, as text) followed by the received bytes. Both are in one
//! file, so that no kill leaves a validator beside bytes that it does not belong to.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::identity::{Identity, Validator};

/// Bytes before the recording in a file of the cache.
pub(crate) const HEAD: u64 = 1024;
const MAGIC: &str = "uncall recording 1";

/// Shared by the download, which writes, and any number of readers.
#[derive(Debug)]
pub(crate) struct CachedFile(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    identity: Identity,
    len: u64,
    /// Increases when bytes turn out to be from another version of the recording.
    edition: u64,
    /// Why it is not on disk, as a sentence.
    trouble: Option<String>,
}

#[derive(Debug)]
enum Place {
    Disk { file: File, path: PathBuf },
    Memory(Vec<u8>),
}

/// The recording has changed since the reader began.
#[derive(Debug)]
pub(crate) struct Changed;

impl CachedFile {
    pub(crate) fn in_memory() -> CachedFile {
        let place = Place::Memory(Vec::new());
        CachedFile(Mutex::new(Inner { place, identity: Identity::default(), len: 0, edition: 0, trouble: None }))
    }

    /// Continues with a file, using its content unless that makes no sense. Called before anything has been received.
    pub(crate) fn adopt(&self, mut file: File, path: PathBuf) -> io::Result<()> {
        let (identity, len) = match examine(&mut file)? {
            Some(found) => found,
            None => {
                file.set_len(0)?;
                (Identity::default(), 0)
            }
        };
        let mut inner = self.inner();
        inner.place = Place::Disk { file, path };
        inner.identity = identity;
        inner.len = len;
        let written = if len == 0 { inner.write_head() } else { Ok(()) };
        if written.is_err() {
            inner.place = Place::Memory(Vec::new());
        }
        written
    }

    /// Notes why it stays in memory.
    pub(crate) fn troubled(&self, why: &io::Error) {
        self.inner().trouble = Some(format!("the recording cannot be kept on disk: {why}"));
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.inner().trouble.clone()
    }

    pub(crate) fn len(&self) -> u64 {
        self.inner().len
    }

    pub(crate) fn edition(&self) -> u64 {
        self.inner().edition
    }

    pub(crate) fn identity(&self) -> Identity {
        self.inner().identity.clone()
    }

    pub(crate) fn identify(&self, identity: Identity) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.identity == identity {
            return Ok(());
        }
        inner.identity = identity;
        inner.write_head().or_else(|error| inner.retreat(&error))
    }

    /// Stores `bytes` at `at`, which is at most the present length. Bytes received before are compared: from the first difference
    /// on they are replaced, which makes a new edition.
    pub(crate) fn put(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let overlap = usize::try_from(inner.len.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
        let (again, mut new) = bytes.split_at_checked(overlap).unwrap_or((bytes, &[]));
        if !again.is_empty() {
            let old = inner.read(at, again.len())?;
            if let Some(same) = again.iter().zip(old.iter()).position(|(new, old)| new != old) {
                inner.cut(at + same as u64)?;
                new = bytes.get(same..).unwrap_or_default();
            }
        }
        inner.append(new)
    }

    /// Ends the recording here. Bytes after that were from another edition.
    pub(crate) fn end_at(&self, at: u64) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.len > at { inner.cut(at) } else { Ok(()) }
    }

    /// Up to `most` bytes from `at`, and their edition. A reader that has read before passes the `edition` that it read.
    pub(crate) fn read(&self, at: u64, most: usize, edition: Option<u64>) -> io::Result<Result<(Bytes, u64), Changed>> {
        let mut inner = self.inner();
        if edition.is_some_and(|edition| edition != inner.edition) {
            return Ok(Err(Changed));
        }
        let most = usize::try_from(inner.len.saturating_sub(at)).unwrap_or(usize::MAX).min(most);
        let bytes = inner.read(at, most)?;
        Ok(Ok((bytes.into(), inner.edition)))
    }

    /// Flushes to the disk and returns the path, if it is on disk.
    pub(crate) fn sync(&self) -> io::Result<Option<PathBuf>> {
        match &self.inner().place {
            Place::Disk { file, path } => file.sync_all().map(|()| Some(path.clone())),
            Place::Memory(_) => Ok(None),
        }
    }

    /// Notes the final name and releases the download's lock, so that others may open it.
    pub(crate) fn moved_to(&self, to: PathBuf) {
        if let Place::Disk { file, path } = &mut self.inner().place {
            *path = to;
            // If this fails, the system has no locks that could be in the way.
            let _ = file.unlock();
        }
    }

    /// Removes it from the cache; readers continue.
    pub(crate) fn remove(&self) {
        if let Place::Disk { path, .. } = &self.inner().place {
            remove(path);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // The state is consistent after each step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = match &mut self.place {
            Place::Disk { file, .. } => file.seek(SeekFrom::Start(HEAD + self.len)).and_then(|_| file.write_all(bytes)),
            Place::Memory(_) => Ok(()),
        };
        if let Err(error) = written {
            self.retreat(&error)?;
        }
        if let Place::Memory(memory) = &mut self.place {
            memory.extend_from_slice(bytes);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn cut(&mut self, at: u64) -> io::Result<()> {
        match &mut self.place {
            Place::Disk { file, .. } => file.set_len(HEAD + at)?,
            Place::Memory(memory) => memory.truncate(usize::try_from(at).unwrap_or(usize::MAX)),
        }
        self.len = at;
        self.edition += 1;
        Ok(())
    }

    fn read(&mut self, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
        match &mut self.place {
            Place::Disk { file, .. } => {
                let mut out = vec![0; bytes];
                file.seek(SeekFrom::Start(HEAD + at))?;
                file.read_exact(&mut out)?;
                Ok(out)
            }
            Place::Memory(memory) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                Ok(memory.get(at..at.saturating_add(bytes)).unwrap_or_default().to_vec())
            }
        }
    }

    /// Moves everything into memory because the disk cannot be written, and removes the file, which makes room for others.
    fn retreat(&mut self, why: &io::Error) -> io::Result<()> {
        let Place::Disk { path, .. } = &self.place else { return Ok(()) };
        let path = path.clone();
        let memory = self.read(0, usize::try_from(self.len).unwrap_or(usize::MAX))?;
        self.place = Place::Memory(memory);
        self.trouble = Some(format!("the recording cannot be kept on disk: {why}"));
        remove(&path);
        Ok(())
    }

    fn write_head(&mut self) -> io::Result<()> {
        let Place::Disk { file, .. } = &mut self.place else { return Ok(()) };
        let mut head = format!("{MAGIC}\n");
        if let Some(total) = self.identity.total {
            head.push_str(&format!("total {total}\n"));
        }
        match &self.identity.validator {
            Some(Validator::Tag(tag)) => head.push_str(&format!("tag {tag}\n")),
            Some(Validator::Date(date)) => head.push_str(&format!("date {date}\n")),
            None => {}
        }
        let mut head = head.into_bytes();
        head.resize(HEAD as usize, b'\n');
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&head)
    }
}

/// A cache file's head, and how much of the recording it contains. `None` if it makes no sense.
pub(crate) fn examine(file: &mut File) -> io::Result<Option<(Identity, u64)>> {
    let Some(len) = file.metadata()?.len().checked_sub(HEAD) else { return Ok(None) };
    let mut head = vec![0; HEAD as usize];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    Ok(read_head(&head).filter(|identity| identity.total.is_none_or(|total| len <= total)).map(|it| (it, len)))
}

fn read_head(head: &[u8]) -> Option<Identity> {
    let mut lines = str::from_utf8(head).ok()?.lines();
    if lines.next() != Some(MAGIC) {
        return None;
    }
    let mut identity = Identity::default();
    for line in lines.filter(|line| !line.is_empty()) {
        match line.split_once(' ')? {
            ("total", total) => identity.total = Some(total.parse().ok()?),
            ("tag", tag) => identity.validator = Some(Validator::Tag(tag.to_owned())),
            ("date", date) => identity.validator = Some(Validator::Date(date.to_owned())),
            _ => return None,
        }
    }
    Some(identity)
}

/// Removes a file of the cache. Failures are left to the next sweep.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(%error, "a kept recording was not removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kept: &CachedFile) -> Vec<u8> {
        kept.read(0, usize::MAX, None).unwrap().unwrap().0.to_vec()
    }

    fn on_disk(path: &Path) -> CachedFile {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
        let kept = CachedFile::in_memory();
        kept.adopt(file, path.to_owned()).unwrap();
        kept
    }

    #[test]
    fn what_came_is_there_again_with_what_was_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let identity = Identity { total: Some(9), validator: Some(Validator::Date("Tue, 25 Jun".into())) };
        let kept = on_disk(&path);
        kept.identify(identity.clone()).unwrap();
        kept.put(0, b"abc").unwrap();
        kept.put(3, b"def").unwrap();
        drop(kept);
        let kept = on_disk(&path);
        assert_eq!((kept.len(), kept.identity(), &*read(&kept)), (6, identity, &b"abcdef"[..]));
    }

    #[test]
    fn a_file_that_makes_no_sense_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let head = |text: &str| {
            let mut head = text.as_bytes().to_vec();
            head.resize(HEAD as usize, b'\n');
            head.extend(b"abc");
            head
        };
        for bytes in [
            vec![],
            b"short".to_vec(),
            head("something else"),
            head("uncall recording 1\ntotal 2"),
            head("uncall recording 1\ntotal x"),
            head("uncall recording 1\nwhat is this"),
            vec![0xff; 2000],
            vec![0; 2000],
        ] {
            fs::write(&path, &bytes).unwrap();
            let kept = on_disk(&path);
            assert_eq!((kept.len(), kept.identity()), (0, Identity::default()), "{bytes:?}");
            kept.put(0, b"new").unwrap();
            assert_eq!(read(&kept), b"new");
        }
        fs::write(&path, head("uncall recording 1\ntotal 3")).unwrap();
        assert_eq!(read(&on_disk(&path)), b"abc");
    }

    #[test]
    fn bytes_that_came_before_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        for kept in [CachedFile::in_memory(), on_disk(&folder.path().join("x"))] {
            kept.put(0, b"abcdef").unwrap();
            kept.put(0, b"abc").unwrap();
            kept.put(3, b"defgh").unwrap();
            assert_eq!((kept.edition(), &*read(&kept)), (0, &b"abcdefgh"[..]));
            kept.put(2, b"cX").unwrap();
            assert_eq!((kept.edition(), &*read(&kept)), (1, &b"abcX"[..]));
            assert!(kept.read(0, 1, Some(0)).unwrap().is_err());
            kept.end_at(4).unwrap();
            kept.end_at(2).unwrap();
            assert_eq!((kept.edition(), &*read(&kept)), (2, &b"ab"[..]));
        }
    }

    #[test]
    fn a_disk_that_takes_no_more_moves_what_came_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let kept = on_disk(&path);
        kept.put(0, b"abc").unwrap();
        // A read-only handle fails like a full disk.
        kept.inner().place = Place::Disk { file: File::open(&path).unwrap(), path: path.clone() };
        kept.put(3, b"def").unwrap();
        assert_eq!((kept.len(), kept.edition(), &*read(&kept)), (6, 0, &b"abcdef"[..]));
        assert!(kept.trouble().unwrap().starts_with("the recording cannot be kept on disk: "));
        assert!(!path.exists());
        kept.put(6, b"g").unwrap();
        assert_eq!(read(&kept), b"abcdefg");
    }
}
