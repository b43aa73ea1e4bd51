//! The folder of webhooks that have not been taken, one file each, for their owner only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::outbox::MOST_KEPT;
use crate::parcel::Parcel;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// A folder of webhooks.
#[derive(Debug, Clone)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// The shelf in this folder, which is made when it is needed. Two panels must not share one.
    pub fn new(folder: PathBuf) -> Shelf {
        Shelf(folder)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// Keeps a webhook.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn keep(&self, parcel: &Parcel) -> io::Result<()> {
        if !parcel.has_plain_id() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        uncall_files::replace(&self.file(&parcel.id), &serde_json::to_vec(parcel)?)
    }

    /// Forgets a webhook.
    pub fn forget(&self, parcel: &Parcel) {
        if !parcel.has_plain_id() {
            return;
        }
        match fs::remove_file(self.file(&parcel.id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("a webhook that was delivered may be delivered again: {error}");
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// All that are kept, oldest first. What is no webhook is left alone; of more than [`MOST_KEPT`] the newest count.
    pub fn all(&self) -> Vec<Parcel> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let files = entries.flatten().map(|entry| entry.path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut all: Vec<Parcel> = files.take(4 * MOST_KEPT).filter_map(|path| read(&path)).collect();
        all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        all.split_off(all.len().saturating_sub(MOST_KEPT))
    }
}

fn read(path: &Path) -> Option<Parcel> {
    let size = fs::metadata(path).ok().filter(|found| found.is_file())?.len();
    let bytes = fs::read(path).ok().filter(|_| size <= LARGEST)?;
    let parcel: Option<Parcel> = serde_json::from_slice(&bytes).ok();
    let named = |parcel: &Parcel| parcel.has_plain_id() && path.file_stem().is_some_and(|stem| *stem == *parcel.id);
    let parcel = parcel.filter(named);
    if parcel.is_none() {
        tracing::warn!("{} is no webhook", path.display());
    }
    parcel
}
