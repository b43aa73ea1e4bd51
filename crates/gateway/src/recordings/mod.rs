//! Recordings that a PBX has made, found by the call's uid: an index over the folder or the bucket in which they are, which
//! follows it, so that no request has to search.
//!
//! An adapter opens them once, says "not ready" itself while a call is up, and asks [`Recordings::recording`] after that and
//! [`Recordings::sound`] for the bytes. File names on the wire are compared with those of the index; none becomes a path.

mod bucket;
mod catalogue;
mod check;
pub(crate) mod decoded;
mod events;
mod folder;
mod halves;
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

use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};
use uncall_contract::Uid;
use uncall_sound::Named;

pub use catalogue::Status;
pub use check::{Finding, check};
pub use name::parties;
pub use options::{Options, RecordingsError, RecordingsFile};

use crate::pbx::{Failure, Recording, Sound};
use catalogue::{Catalogue, Eager};
use decoded::Undecodable;
use events::Lost;
use folder::Folder;
use halves::Halves;
use index::Place;
use store::{Opened, Store};

/// The longest file that holds only its head, whatever it is: WAV49 has 60 bytes, PCM 44.
const ONLY_HEAD: u64 = 60;
/// Up to this many bytes a file is decoded to know whether there is any sound in it: an MP3 of an unanswered call has 261 bytes, 432
/// or more.
const SHORT: u64 = 4096;
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

/// What a file holds.
enum Content {
    Sound,
    /// Its recorder may be about to write more.
    OnlyHead,
    Empty,
}

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

    /// What there is of a call that has ended: the newest of its recordings. Ask only when the call is not up any more. Two files with
    /// a half of the call each are one recording, under the name without `-in` and `-out` and with the ending `.wav`.
    ///
    /// [`Recording::NotReady`] is also the answer while it cannot be known: the samples may still be written, the
    /// folder has not been looked through yet, or it cannot be read.
    pub async fn recording(&self, uid: &Uid) -> Recording {
        let mut places = self.catalogue.index().of_call(uid.as_str());
        if places.is_empty() {
            self.look_for(uid.as_str()).await;
            places = self.catalogue.index().of_call(uid.as_str());
        }
        let (mut only_head, mut empty) = (false, false);
        for place in places {
            match self.content(&place).await {
                Ok(Some(Content::Sound)) => return Recording::Ready(self.whole(place).await),
                Ok(Some(Content::OnlyHead)) => only_head = true,
                Ok(Some(Content::Empty)) => empty = true,
                Ok(None) => self.catalogue.change().remove(&place.folder, &place.name),
                Err(error) => {
                    self.catalogue.failed(&error);
                    return Recording::NotReady;
                }
            }
        }
        match (only_head, empty) {
            (true, _) if self.may_be_written(uid, Instant::now()) => Recording::NotReady,
            (true, _) | (_, true) => Recording::Empty,
            _ if self.catalogue.is_complete() => Recording::Unknown,
            _ => Recording::NotReady,
        }
    }

    /// The sound of a recording by its file name, without `audio:`. The name may be anything.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] while the folder or the store cannot be read.
    pub async fn sound(&self, file: &str) -> Result<Option<Box<dyn Sound>>, Failure> {
        let mut places = self.files(file);
        if places.is_empty()
            && let Some(uid) = name::Name::read(file).and_then(|name| name.uids().pop())
        {
            self.look_for(uid).await;
            places = self.files(file);
        }
        let opened = match &places[..] {
            [] if self.catalogue.status(Instant::now()).unavailable.is_some() => return Err(Failure::Unreachable),
            [one] => self.opened(one).await.map(|sound| sound.map(|file| Box::new(file) as Box<dyn Sound>)),
            [one, other, ..] => {
                self.both(one, other).await.map(|both| both.map(|both| Box::new(both) as Box<dyn Sound>))
            }
            [] => return Ok(None),
        };
        opened.map_err(|error| {
            self.catalogue.failed(&error);
            Failure::Unreachable
        })
    }

    /// The file of this name, or the two files with a half of it each.
    fn files(&self, name: &str) -> Vec<Place> {
        let index = self.catalogue.index();
        match index.named(name) {
            Some(place) => vec![place],
            None => index.halves(name).map(|(one, other)| vec![one, other]).unwrap_or_default(),
        }
    }

    /// Opens a file, and forgets one that is not there.
    async fn opened(&self, place: &Place) -> io::Result<Option<Opened>> {
        let opened = self.catalogue.store.open(place).await?;
        if opened.is_none() {
            self.catalogue.change().remove(&place.folder, &place.name);
        }
        Ok(opened)
    }

    /// Both halves side by side, where they fit together.
    async fn both(&self, one: &Place, other: &Place) -> io::Result<Option<Halves>> {
        let (Some(left), Some(right)) = (self.opened(one).await?, self.opened(other).await?) else { return Ok(None) };
        match Halves::new(Arc::new(left), Arc::new(right), Named::by(&one.name)).await {
            Ok(halves) => Ok(halves),
            Err(Undecodable::Unreadable(error)) => Err(error),
            Err(Undecodable::Sound(_)) => Ok(None),
        }
    }

    /// The name under which all of the call is heard that this file is a recording of.
    async fn whole(&self, place: Place) -> String {
        let Some(read) = name::Name::read(&place.name).filter(|read| read.half.is_some()) else { return place.name };
        let whole = format!("{}.wav", read.body);
        let halves = self.catalogue.index().halves(&whole);
        match halves {
            Some((one, other)) if matches!(self.both(&one, &other).await, Ok(Some(_))) => whole,
            Some(_) | None => place.name,
        }
    }

    /// Whether there is a sound in the file. Nothing if there is no file.
    async fn content(&self, place: &Place) -> io::Result<Option<Content>> {
        let Some(file) = self.catalogue.store.open(place).await? else { return Ok(None) };
        if file.length > SHORT {
            return Ok(Some(Content::Sound));
        }
        let named = Named::by(&place.name);
        let bytes = decoded::start(&file, SHORT).await?;
        let decoded = spawn_blocking(move || uncall_sound::to_pcm_wav(&bytes, named).map(drop)).await;
        Ok(Some(match decoded.map_err(io::Error::other)? {
            Err(uncall_sound::Error::Empty) => Content::Empty,
            Err(uncall_sound::Error::NotReady) => Content::OnlyHead,
            Err(_) if file.length <= ONLY_HEAD => Content::OnlyHead,
            Ok(()) | Err(_) => Content::Sound,
        }))
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
