//! Detects that a file has changed and is no longer being written.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use uncall_files::identity::{self, Identity};

/// A file's metadata. Follows links, because certificates are often replaced by changing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    file: Identity,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Option<Stamp> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Stamp::new(&metadata, identity::of(path, &metadata)))
    }

    pub(super) fn of_open(file: &File) -> std::io::Result<Stamp> {
        let metadata = file.metadata()?;
        Ok(Stamp::new(&metadata, identity::of_open(file, &metadata)))
    }

    fn new(metadata: &Metadata, file: Identity) -> Stamp {
        Stamp { length: metadata.len(), modified: metadata.modified().ok(), file }
    }

    /// Whether both are the same file, whatever was written to it meanwhile.
    pub(super) fn same_file(&self, other: &Stamp) -> bool {
        self.file == other.file
    }
}

/// A file that is read again when it changes. A program may still be writing to it, so two checks in a row have to find it the
/// same.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    /// Its state when it was last read.
    taken: Option<Stamp>,
    /// Its state at the last check.
    seen: Option<Stamp>,
}

impl Watched {
    /// A watch on a file that is about to be read.
    pub(super) fn new(path: &Path) -> Watched {
        let now = Stamp::of(path);
        Watched { path: path.to_owned(), taken: now, seen: now }
    }

    /// Checks the file. True if it differs from the one that was read, and is no longer changing.
    pub(super) fn look(&mut self) -> bool {
        let before = std::mem::replace(&mut self.seen, Stamp::of(&self.path));
        self.seen == before && self.seen != self.taken
    }

    /// Notes that it was read after the last check. True if nobody wrote to it meanwhile; only then is the content valid.
    pub(super) fn take(&mut self) -> bool {
        let whole = Stamp::of(&self.path) == self.seen;
        if whole {
            self.taken = self.seen;
        }
        whole
    }
}
