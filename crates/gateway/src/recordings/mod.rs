//! Recordings that a PBX has made, found by the call's uid: an index over the folder or the bucket in which they are, which
//! follows it, so that no request has to search.
//!
//! An adapter opens them once, says "not ready" itself while a call is up, and asks [`Recordings::recording`] after that and
//! [`Recordings::sound`] for the bytes. File names on the wire are compared with those of the index; none becomes a path.

mod bucket;
mod catalogue;
mod check;
mod events;
mod folder;
mod index;
mod name;
pub mod options;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use uncall_contract::Uid;

pub use catalogue::Status;
pub use check::{Finding, check};
pub use name::parties;
pub use options::{Options, RecordingsError, RecordingsFile};

use crate::pbx::{Failure, Recording, Sound};
use catalogue::{Catalogue, Eager};
use events::Lost;
use folder::Folder;
use store::Store;

/// The longest file that holds only its head: WAV49 has 60 bytes, PCM 44.
const ONLY_HEAD: u64 = 60;
/// The PBX writes the samples when the call has ended. A file that has none this long after it was first asked for will
/// never have any: the call was not answered.
const WRITING: Duration = Duration::from_secs(5);
/// Calls without samples that are remembered for that.
const MOST_WAITING: usize = 1024;
/// For a look at the newest folders, while somebody waits.
const LOOK: Duration = Duration::from_secs(3);
/// Between two looks whether the folder is there, or another one is.
const GLANCE: Duration = Duration::from_secs(10);
/// Between two times that everything is looked through, and so many times as long as the last time took: changes are told,
/// but not all, and not by every file system. A bucket tells none, and every page of it costs.
const FOLDER_ROUND: Duration = Duration::from_secs(5 * 60);
const BUCKET_ROUND: Duration = Duration::from_secs(60 * 60);
const ROUNDS: u32 = 20;
/// One round in so many lists the folders that look unchanged as well.
const THOROUGH: u32 = 12;

/// The recordings of a PBX. They are followed until this is dropped.
pub struct Recordings {
    catalogue: Arc<Catalogue>,
    /// Since when calls have been asked for whose files hold only the head.
    waiting: Mutex<HashMap<Uid, Instant>>,
    tasks: Vec<AbortHandle>,
}

impl Recordings {
    /// Opens them, within a tokio runtime, and begins to look through them. A folder need not be there yet.
    ///
    /// # Errors
    /// When the options of an S3 store do not fit together.
    pub fn open(options: &Options) -> Result<Arc<Recordings>, RecordingsError> {
        let lost = Lost::default();
        let (store, told, round) = match options {
            Options::Folder(root) => {
                let (watcher, told) = events::watcher(root, lost.clone());
                (Store::Folder(Folder::new(root.clone(), watcher)), Some(told), FOLDER_ROUND)
            }
            Options::Bucket(options) => {
                let bucket = bucket::Bucket::new(options).map_err(RecordingsError::Bucket)?;
                (Store::Bucket(bucket), None, BUCKET_ROUND)
            }
        };
        let catalogue = Arc::new(Catalogue::new(store));
        let weak = Arc::downgrade(&catalogue);
        let mut tasks = vec![tokio::spawn(keep(weak.clone(), lost, round)).abort_handle()];
        tasks.extend(told.map(|told| tokio::spawn(events::follow(weak, told)).abort_handle()));
        Ok(Arc::new(Recordings { catalogue, waiting: Mutex::default(), tasks }))
    }

    /// What there is of a call that has ended: the newest of its recordings. Ask only when the call is not up any more.
    ///
    /// [`Recording::NotReady`] is also the answer while it cannot be known: the samples may still be written, the
    /// folder has not been looked through yet, or it cannot be read.
    pub async fn recording(&self, uid: &Uid) -> Recording {
        let mut places = self.catalogue.index().of_call(uid.as_str());
        if places.is_empty() {
            self.look_for(uid.as_str()).await;
            places = self.catalogue.index().of_call(uid.as_str());
        }
        let mut only_head = false;
        for place in places {
            match self.catalogue.store.open(&place).await {
                Ok(Some(file)) if file.length > ONLY_HEAD => return Recording::Ready(place.name),
                Ok(Some(_)) => only_head = true,
                Ok(None) => self.catalogue.change().remove(&place.folder, &place.name),
                Err(error) => {
                    self.catalogue.failed(&error);
                    return Recording::NotReady;
                }
            }
        }
        let may_come = if only_head { self.may_be_written(uid, Instant::now()) } else { !self.catalogue.is_complete() };
        if may_come { Recording::NotReady } else { Recording::Unknown }
    }

    /// The sound of a recording by its file name, without `audio:`. The name may be anything.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] while the folder or the store cannot be read.
    pub async fn sound(&self, file: &str) -> Result<Option<Box<dyn Sound>>, Failure> {
        let mut place = self.catalogue.index().named(file);
        if place.is_none()
            && let Some(name) = name::Name::read(file)
        {
            self.look_for(name.uid).await;
            place = self.catalogue.index().named(file);
        }
        let Some(place) = place else {
            return if self.catalogue.status(Instant::now()).unavailable.is_some() {
                Err(Failure::Unreachable)
            } else {
                Ok(None)
            };
        };
        match self.catalogue.store.open(&place).await {
            Ok(Some(file)) => Ok(Some(Box::new(file))),
            Ok(None) => {
                self.catalogue.change().remove(&place.folder, &place.name);
                Ok(None)
            }
            Err(error) => {
                self.catalogue.failed(&error);
                Err(Failure::Unreachable)
            }
        }
    }

    /// How they stand.
    pub fn status(&self) -> Status {
        self.catalogue.status(Instant::now())
    }

    async fn look_for(&self, uid: &str) {
        if timeout(LOOK, self.catalogue.look_for(uid)).await.is_err() {
            let error = io::Error::new(io::ErrorKind::TimedOut, "looking for a recording took too long");
            self.catalogue.failed(&error);
        }
    }

    fn may_be_written(&self, uid: &Uid, now: Instant) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_WAITING && !waiting.contains_key(uid) {
            // Whoever asks for so many at once gets the first answer again.
            waiting.retain(|_, since| now.duration_since(*since) < WRITING);
            if waiting.len() >= MOST_WAITING {
                waiting.clear();
            }
        }
        now.duration_since(*waiting.entry(uid.clone()).or_insert(now)) < WRITING
    }
}

impl Drop for Recordings {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Looks through everything at the start and from time to time, and when there is a reason to.
async fn keep(catalogue: Weak<Catalogue>, lost: Lost, round: Duration) {
    let mut rounds = 0;
    loop {
        let pause = {
            let Some(catalogue) = catalogue.upgrade() else { return };
            let began = Instant::now();
            let eager = if rounds % THOROUGH == 0 { Eager::Always } else { Eager::Changed };
            rounds += 1;
            catalogue.look_through(eager).await;
            (began.elapsed() * ROUNDS).max(round)
        };
        let due = Instant::now() + pause;
        loop {
            tokio::select! {
                () = lost.wait() => {
                    // A burst of changes is over soon.
                    sleep(Duration::from_secs(1)).await;
                    break;
                }
                () = sleep(GLANCE) => {}
            }
            let Some(catalogue) = catalogue.upgrade() else { return };
            if Instant::now() >= due || catalogue.needs_a_look().await {
                break;
            }
        }
    }
}
