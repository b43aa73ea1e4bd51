//! The system's notifications of changes in the folder.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use notify::event::{CreateKind, ModifyKind, RemoveKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};

use super::catalogue::{Catalogue, Eager, join};
use super::name::Name;

/// The most waiting changes; beyond that the folder is scanned instead.
const WAITING: usize = 16 * 1024;

/// A change, with its path below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A file exists.
    File(String, String),
    /// A folder exists.
    Folder(String),
    /// A file or a folder does not exist.
    Gone(String, String),
}

/// Signals that changes were lost.
#[derive(Clone, Default)]
pub(super) struct Lost {
    lost: Arc<AtomicBool>,
    bell: Arc<Notify>,
}

impl Lost {
    fn note(&self) {
        self.lost.store(true, Ordering::Relaxed);
        self.bell.notify_one();
    }

    /// Waits until something has been lost since the last time.
    pub(super) async fn wait(&self) {
        while !self.lost.swap(false, Ordering::Relaxed) {
            self.bell.notified().await;
        }
    }
}

/// A watcher for changes below `root`. `None` if the system does not offer one.
pub(super) fn watcher(root: &Path, lost: Lost) -> (Option<RecommendedWatcher>, mpsc::Receiver<Change>) {
    let (changes, told) = mpsc::channel(WAITING);
    let folder = root.to_path_buf();
    let take = move |event: notify::Result<Event>| {
        let Ok(event) = event else { return lost.note() };
        if event.need_rescan() {
            lost.note();
        }
        for change in read(&folder, &event) {
            if let Err(TrySendError::Full(_)) = changes.try_send(change) {
                lost.note();
            }
        }
    };
    let watcher = notify::recommended_watcher(take);
    if let Err(error) = &watcher {
        tracing::warn!(%error, "changes of the recordings' folder are not told here: new recordings are found by looking");
    }
    (watcher.ok(), told)
}

/// Applies changes until the catalogue is gone.
pub(super) async fn follow(catalogue: Weak<Catalogue>, mut told: mpsc::Receiver<Change>) {
    while let Some(change) = told.recv().await {
        let Some(catalogue) = catalogue.upgrade() else { return };
        match change {
            Change::File(folder, name) => {
                catalogue.change().add(&folder, &name);
            }
            Change::Gone(folder, name) => {
                // Without a recording's name it was a folder, or irrelevant.
                if Name::read(&name).is_some() {
                    catalogue.change().remove(&folder, &name);
                } else {
                    catalogue.forget(&join(&folder, &name)).await;
                }
            }
            Change::Folder(path) => {
                // It may have got files before it was watched. Its removal would be reported as well.
                if let Err(error) = catalogue.walk(&path, Eager::Always).await {
                    tracing::debug!(%error, path, "a new folder");
                }
            }
        }
    }
}

fn read(root: &Path, event: &Event) -> Vec<Change> {
    let wanted = match event.kind {
        EventKind::Create(CreateKind::Any | CreateKind::File | CreateKind::Folder | CreateKind::Other)
        | EventKind::Modify(ModifyKind::Name(
            RenameMode::Any | RenameMode::To | RenameMode::From | RenameMode::Other,
        ))
        | EventKind::Remove(RemoveKind::Any | RemoveKind::File | RemoveKind::Folder | RemoveKind::Other) => true,
        // Both paths of a rename were reported one by one; the content of a file is read when it is opened.
        EventKind::Modify(_) | EventKind::Access(_) | EventKind::Any | EventKind::Other => false,
    };
    if !wanted {
        return Vec::new();
    }
    event.paths.iter().filter_map(|path| change(root, path)).collect()
}

/// What is at a path now, because events come late and differ between systems.
fn change(root: &Path, path: &PathBuf) -> Option<Change> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        })
        .collect();
    let parts = parts?;
    let (name, folder) = parts.split_last()?;
    if parts.iter().any(|part| part.starts_with('.')) {
        return None;
    }
    let (folder, name) = (folder.join("/"), (*name).to_owned());
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Some(Change::Folder(join(&folder, &name))),
        Ok(metadata) if metadata.is_file() => Some(Change::File(folder, name)),
        Ok(_) => None,
        Err(_) => Some(Change::Gone(folder, name)),
    }
}
