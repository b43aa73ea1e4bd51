//! Recordings in a folder of this machine: the PBX's monitor spool.

use std::fs::{File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use uncall_files::identity;
use uncall_switch::Version;

use super::index::Place;
use super::opened::{Listed, Opened, Source, Stamp};
use super::spelling;

/// How many entries to list at a time.
const BATCH: usize = 1024;
/// How many bytes to read at a time.
const PIECE: usize = 64 * 1024;

/// Windows reports everything below a folder with one watch, and while a folder is watched none of its parents can be renamed.
const DEEP: bool = cfg!(windows);

/// The folder.
pub(super) struct Folder {
    root: PathBuf,
    watcher: Arc<Mutex<Option<RecommendedWatcher>>>,
}

/// An open file.
#[derive(Debug, Clone)]
struct Open(Arc<File>);

impl Folder {
    /// The folder at `root`, watched by `watcher`.
    pub(super) fn new(root: PathBuf, watcher: Option<RecommendedWatcher>) -> Folder {
        Folder { root, watcher: Arc::new(Mutex::new(watcher)) }
    }

    pub(super) fn list(&self, path: &str) -> BoxStream<'static, io::Result<Vec<Listed>>> {
        let (root, folder) = (self.root.clone(), path.to_owned());
        let (batches, listed) = mpsc::channel(4);
        spawn_blocking(move || {
            let folder = below(&root, &folder);
            if let Err(error) = list(&folder, &batches) {
                let _nobody_listens = batches.blocking_send(Err(error));
            }
        });
        futures::stream::unfold(listed, |mut listed| async move { Some((listed.recv().await?, listed)) }).boxed()
    }

    pub(super) async fn stamp(&self, path: &str) -> io::Result<Stamp> {
        let (root, folder) = (self.root.clone(), path.to_owned());
        blocking(move || {
            let folder = below(&root, &folder);
            let metadata = std::fs::metadata(&folder)?;
            if !metadata.is_dir() {
                return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"));
            }
            Ok(Stamp { identity: identity::of(&folder, &metadata), modified: metadata.modified()? })
        })
        .await
    }

    pub(super) async fn open(&self, place: &Place) -> io::Result<Option<Opened>> {
        let (root, place) = (self.root.clone(), place.clone());
        let opened = blocking(move || {
            let path = spelling::on_disk(&below(&root, &place.folder), &place.name);
            open(&root, &path, &place.name)
        });
        let opened = opened.await;
        match opened {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            opened => opened,
        }
    }

    pub(super) async fn watch(&self, path: &str) {
        if DEEP && !path.is_empty() {
            return;
        }
        let (root, folder, watcher) = (self.root.clone(), path.to_owned(), Arc::clone(&self.watcher));
        let watched = blocking(move || {
            let folder = below(&root, &folder);
            let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(watching) = watcher.as_mut() else { return Ok(()) };
            if DEEP {
                // There may have been another folder in its place before; mostly there was none.
                let _not_watched = watching.unwatch(&folder);
            }
            let mode = if DEEP { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            let watched = watching.watch(&folder, mode);
            if matches!(&watched, Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch)) {
                tracing::warn!(
                    "no more folders can be watched (fs.inotify.max_user_watches): new recordings are found by looking"
                );
                *watcher = None;
            }
            watched.map_err(io::Error::other)
        });
        if let Err(error) = watched.await {
            tracing::debug!(%error, path, "not watched");
        }
    }

    pub(super) fn described(&self) -> String {
        format!("the folder {}", self.root.display())
    }
}

impl Source for Open {
    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let file = Arc::clone(&self.0);
        futures::stream::try_unfold((file, range), |(file, range)| async move {
            let count = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(PIECE).min(PIECE);
            if count == 0 {
                return Ok(None);
            }
            let (reader, at) = (Arc::clone(&file), range.start);
            let piece = blocking(move || read_at(&reader, at, count)).await?;
            if piece.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the recording has become shorter"));
            }
            let next = range.start + piece.len() as u64;
            Ok(Some((piece, (file, next..range.end))))
        })
        .boxed()
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// Builds a path. Its parts come from listings of this folder, never from outside.
fn below(root: &Path, folder: &str) -> PathBuf {
    let parts = folder.split('/').filter(|part| !part.is_empty());
    parts.fold(root.to_owned(), |path, part| spelling::on_disk(&path, part))
}

fn list(folder: &Path, batches: &mpsc::Sender<io::Result<Vec<Listed>>>) -> io::Result<()> {
    let mut batch = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // The type of the entry itself, so symlinks are neither.
        let (Ok(kind), Some(name)) = (entry.file_type(), spelling::read(&entry.file_name())) else { continue };
        if kind.is_dir() {
            batch.push(Listed::Folder(name));
        } else if kind.is_file() {
            batch.push(Listed::File(name));
        }
        if batch.len() == BATCH && batches.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
            return Ok(());
        }
    }
    let _nobody_listens = batches.blocking_send(Ok(batch));
    Ok(())
}

/// Opens a plain file that is reached without a symlink below `root`.
fn open(root: &Path, path: &Path, name: &str) -> io::Result<Option<Opened>> {
    // A missing root folder is different from a missing file.
    let real_root = root.canonicalize().map_err(|error| io::Error::other(format!("{}: {error}", root.display())))?;
    let real = path.canonicalize()?;
    let below = path.strip_prefix(root).map_err(io::Error::other)?;
    if real != real_root.join(below) || !std::fs::symlink_metadata(&real)?.is_file() {
        return Ok(None);
    }
    let file = File::open(&real)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let version = version(&metadata, name);
    Ok(Some(Opened { length: metadata.len(), version, bytes: Box::new(Open(Arc::new(file))) }))
}

fn version(metadata: &Metadata, name: &str) -> Version {
    let modified = metadata.modified().ok();
    let nanos = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos());
    // The same in every run, because its keys are fixed.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    Version { tag: format!("{nanos:x}-{:x}-{:x}", metadata.len(), hasher.finish()), modified }
}

/// Up to `count` bytes; fewer only at the end of the file.
fn read_at(file: &File, at: u64, count: usize) -> io::Result<Bytes> {
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_some(file, rest, at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes.into())
}

#[cfg(unix)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
