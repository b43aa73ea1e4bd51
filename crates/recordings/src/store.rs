//! The files' store: one interface for a folder and a bucket.

use std::io;

use futures::stream::BoxStream;

use super::bucket::Bucket;
use super::folder::Folder;
use super::index::Place;
use super::opened::{Listed, Opened, Stamp};

/// Where the files are.
pub(super) enum Store {
    Folder(Folder),
    Bucket(Bucket),
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
