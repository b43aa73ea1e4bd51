//! The files' store: one interface for a folder and a bucket.

use std::io;
use std::ops::Range;
use std::time::SystemTime;

use bytes::Bytes;
use futures::stream::BoxStream;

use super::bucket::Bucket;
use super::folder::Folder;
use super::index::Place;
use crate::pbx::Version;

/// Where the files are.
pub(super) enum Store {
    Folder(Folder),
    Bucket(Bucket),
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    Folder(String),
    File(String),
}

/// A folder's identity and last change, which save needless listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Device and number, if the system has them. They differ for a new folder in the same place.
    pub(super) identity: Option<(u64, u64)>,
    pub(super) modified: SystemTime,
}

/// A file that can be read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) length: u64,
    pub(super) version: Version,
    pub(super) bytes: Source,
}

/// Where its bytes come from.
#[derive(Debug)]
pub(super) enum Source {
    File(super::folder::Open),
    Object(super::bucket::Object),
}

impl Store {
    /// The content of the folder, in pieces. The store's own folder has the empty path.
    pub(super) fn list(&self, path: &str) -> BoxStream<'static, io::Result<Vec<Listed>>> {
        match self {
            Store::Folder(folder) => folder.list(path),
            Store::Bucket(bucket) => bucket.list(path),
        }
    }

    /// The folder's stamp. `None` if the store has none.
    pub(super) async fn stamp(&self, path: &str) -> io::Result<Option<Stamp>> {
        match self {
            Store::Folder(folder) => folder.stamp(path).await.map(Some),
            Store::Bucket(_) => Ok(None),
        }
    }

    /// Opens a file. `None` if it does not exist, or is not a plain file below the store's own folder.
    pub(super) async fn open(&self, place: &Place) -> io::Result<Option<Opened>> {
        match self {
            Store::Folder(folder) => folder.open(place).await,
            Store::Bucket(bucket) => bucket.open(place).await,
        }
    }

    /// Watches the folder for changes from now on, if the store can.
    pub(super) async fn watch(&self, path: &str) {
        match self {
            Store::Folder(folder) => folder.watch(path).await,
            Store::Bucket(_) => {}
        }
    }

    /// Whether every request costs money and changes are not reported.
    pub(super) fn is_paid(&self) -> bool {
        match self {
            Store::Folder(_) => false,
            Store::Bucket(_) => true,
        }
    }

    /// A description for people.
    pub(super) fn described(&self) -> String {
        match self {
            Store::Folder(folder) => folder.described(),
            Store::Bucket(bucket) => bucket.described(),
        }
    }
}

impl crate::pbx::Sound for Opened {
    fn len(&self) -> u64 {
        self.length
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        match &self.bytes {
            Source::File(file) => file.read(range),
            Source::Object(object) => object.read(range),
        }
    }
}
