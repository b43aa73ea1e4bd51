//! Whether a file has changed, and whether it has come to rest.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use uncall_files::identity::{self, Identity};

/// What a file looked like. Links are followed: certificates are often changed by turning one.
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

    /// Whether both are one file, whatever was written to it meanwhile.
    pub(super) fn same_file(&self, other: &Stamp) -> bool {
        self.file == other.file
    }
}

/// A file that is read again when it is another one. A program may still be writing into it, so two looks have to find it the
/// same.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    /// As it was when it was read.
    taken: Option<Stamp>,
    /// As it was when it was looked at last.
    seen: Option<Stamp>,
}

impl Watched {
    /// A file that is read right after this.
    pub(super) fn new(path: &Path) -> Watched {
        let now = Stamp::of(path);
        Watched { path: path.to_owned(), taken: now, seen: now }
    }

    /// Looks. Whether it is another one than the one that was read, and is at rest.
    pub(super) fn look(&mut self) -> bool {
        let before = std::mem::replace(&mut self.seen, Stamp::of(&self.path));
        self.seen == before && self.seen != self.taken
    }

    /// It was read after the last look. Whether nobody wrote into it meanwhile; what was read counts only then.
    pub(super) fn take(&mut self) -> bool {
        let whole = Stamp::of(&self.path) == self.seen;
        if whole {
            self.taken = self.seen;
        }
        whole
    }
}
