//! Finds a PBX's recordings by the call's uid, with an index of their folder or bucket that is kept up to date, so that no
//! request has to search.
//!
//! An adapter opens them once, says "not ready" itself while a call is up, and asks [`Recordings::recording`] after that and
//! [`Recordings::sound`] for the bytes. File names on the wire are compared with those of the index; none becomes a path.

mod bucket;
mod catalogue;
mod check;
mod decoded;
mod events;
mod folder;
mod halves;
mod index;
mod ledger;
mod name;
mod opened;
mod options;
mod since;
mod spelling;
mod store;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};
use uncall_contract::Uid;
use uncall_sound::Named;
use uncall_switch::{Failure, Recording, Sound};

pub use catalogue::Status;
pub use check::{Finding, check, check_ledger};
pub use decoded::{Decoded, Undecodable, start};
pub use ledger::{Ledger, LedgerOptions, LedgerStatus};
pub use name::parties;
pub use options::{BucketFile, BucketOptions, Key, Options, RecordingsError, RecordingsFile};

use catalogue::{Catalogue, Eager};
use events::Lost;
use folder::Folder;
use halves::Halves;
use index::Place;
use opened::Opened;
use since::Since;
use store::Store;

/// The longest file that contains only its head, whatever the format: WAV49 has 60 bytes, PCM 44.
const ONLY_HEAD: u64 = 60;
/// A file of up to this many bytes is decoded to find out whether there is any sound in it: an MP3 of an unanswered call has 261
/// bytes, 432 or more.
const SHORT: u64 = 4096;
/// The PBX writes the samples when the call has ended. A file without samples this long after the first request will never have
/// any, because the call was not answered.
const WRITING: Duration = Duration::from_secs(5);
/// How long a recording may take to get into a remote store, counted from the first request; and how long if the PBX has
/// announced it, counted from the beginning of the call. Until then it is "not ready", after that there is none.
const CARRIED: Duration = Duration::from_secs(20 * 60);
const ANNOUNCED: i64 = 24 * 3600;
/// The most simultaneous searches for recordings, most of which wait for one listing.
const LOOKS: usize = 64;
/// The time limit for a search in the newest folders, while somebody waits.
const LOOK: Duration = Duration::from_secs(3);
/// How often to check whether the folder exists or was replaced.
const GLANCE: Duration = Duration::from_secs(10);
/// Between two times that everything is looked through, and so many times as long as the last time took: changes are told,
/// but not all, and not by every file system. A bucket tells none, and every page of it costs.
const FOLDER_ROUND: Duration = Duration::from_secs(5 * 60);
const BUCKET_ROUND: Duration = Duration::from_secs(60 * 60);
const ROUNDS: u32 = 20;
/// One round in this many also lists folders that look unchanged.
const THOROUGH: u32 = 12;

/// The content of a file.
enum Content {
    Sound,
    /// Only its head. Its recorder may be about to write more.
    OnlyHead,
    Empty,
}

/// The recordings of a PBX. Changes are followed until this is dropped.
pub struct Recordings {
    catalogue: Arc<Catalogue>,
    ledger: Arc<Ledger>,
    /// Since when calls have been asked for whose files hold only the head, and for which there is no file.
    waiting: Since,
    asked: Since,
    looks: Arc<Semaphore>,
    tasks: Vec<AbortHandle>,
}

impl Recordings {
    /// Opens them and starts to scan them. Must be called within a tokio runtime. A folder may be missing at first. Whose they
    /// are is known only for calls of this run.
    ///
    /// # Errors
    /// If the options of an S3 store do not fit together.
    pub fn open(options: &Options) -> Result<Arc<Recordings>, RecordingsError> {
        Recordings::keeping(options, Ledger::open(LedgerOptions::default()))
    }

    /// The same, with a ledger that stores whose they are.
    ///
    /// # Errors
    /// As [`Recordings::open`].
    pub fn keeping(options: &Options, ledger: Arc<Ledger>) -> Result<Arc<Recordings>, RecordingsError> {
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
        let looks = Arc::new(Semaphore::new(LOOKS));
        Ok(Arc::new(Recordings { catalogue, ledger, waiting: Since::default(), asked: Since::default(), looks, tasks }))
    }

    /// The newest recording of a call. Ask only after the call has ended. Two files with a half of the call each are one
    /// recording, named without `-in` and `-out` and with the extension `.wav`.
    ///
    /// [`Recording::NotReady`] is also the answer while it cannot be known: the samples may still be written, the
    /// folder has not been looked through yet, or it cannot be read.
    pub async fn recording(&self, uid: &Uid) -> Recording {
        let mut places = self.catalogue.index().of_call(uid.as_str());
        let (mut told, mut sure) = (Vec::new(), true);
        if places.is_empty() {
            (places, told) = self.under_other_names(uid).await;
        }
        if places.is_empty() {
            sure = self.look_for(uid.as_str()).await;
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
            _ if sure && self.catalogue.is_complete() && !self.may_come(uid, &told, Instant::now()) => {
                Recording::Unknown
            }
            _ => Recording::NotReady,
        }
    }

    /// The sound of a recording by its file name, without `audio:`. The name may be any text.
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

    /// Recordings that are named after a leg of the call, or that the PBX has told of; and the names that it has told.
    async fn under_other_names(&self, uid: &Uid) -> (Vec<Place>, Vec<String>) {
        let names = self.ledger.names(uid.as_str()).await;
        let found = |names: &[String]| {
            let index = self.catalogue.index();
            let told = names.iter().filter_map(|name| index.named(name));
            told.chain(names.iter().flat_map(|name| index.of_call(name))).collect::<Vec<_>>()
        };
        let mut places = found(&names);
        let told: Vec<String> = names.into_iter().filter(|name| name::Name::read(name).is_some()).collect();
        if places.is_empty() && !told.is_empty() {
            let asked = timeout(LOOK, self.catalogue.fetch(uid.as_str(), &told)).await;
            if asked.is_ok() {
                places = found(&told);
            }
        }
        (places, told)
    }

    /// Whether a recording may come that is not there yet: the PBX has told of one, or the call is not long ago and whoever carries
    /// files into the store may be on the way.
    fn may_come(&self, uid: &Uid, told: &[String], now: Instant) -> bool {
        let at = jiff::Timestamp::now();
        let announced = !told.is_empty()
            && catalogue::seconds(uid.as_str(), at).is_some_and(|began| began + ANNOUNCED > at.as_second());
        announced || self.catalogue.may_have_come(uid.as_str()) && self.asked.since(uid, now) < CARRIED
    }

    /// The ledger that stores whose they are.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// The file of this name, or the two files with its halves.
    fn files(&self, name: &str) -> Vec<Place> {
        let index = self.catalogue.index();
        match index.named(name) {
            Some(place) => vec![place],
            None => index.halves(name).map(|(one, other)| vec![one, other]).unwrap_or_default(),
        }
    }

    /// Opens a file, and forgets a missing one.
    async fn opened(&self, place: &Place) -> io::Result<Option<Opened>> {
        let opened = self.catalogue.store.open(place).await?;
        if opened.is_none() {
            self.catalogue.change().remove(&place.folder, &place.name);
        }
        Ok(opened)
    }

    /// Both halves as stereo, if they fit together.
    async fn both(&self, one: &Place, other: &Place) -> io::Result<Option<Halves>> {
        let (Some(left), Some(right)) = (self.opened(one).await?, self.opened(other).await?) else { return Ok(None) };
        match Halves::new(Arc::new(left), Arc::new(right), Named::by(&one.name)).await {
            Ok(halves) => Ok(halves),
            Err(Undecodable::Unreadable(error)) => Err(error),
            Err(Undecodable::Sound(_)) => Ok(None),
        }
    }

    /// The name of the complete recording that this file is a part of.
    async fn whole(&self, place: Place) -> String {
        let Some(read) = name::Name::read(&place.name).filter(|read| read.half.is_some()) else { return place.name };
        let whole = format!("{}.wav", read.body);
        let halves = self.catalogue.index().halves(&whole);
        match halves {
            Some((one, other)) if matches!(self.both(&one, &other).await, Ok(Some(_))) => whole,
            Some(_) | None => place.name,
        }
    }

    /// Whether there is sound in the file. `None` if there is no file.
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

    /// Their state.
    pub fn status(&self) -> Status {
        Status { ledger: self.ledger.status(), ..self.catalogue.status(Instant::now()) }
    }

    /// Looks for recordings of a call where they most likely are. False if that is not finished, or was cut off.
    async fn look_for(&self, uid: &str) -> bool {
        if self.catalogue.store.is_paid() && self.catalogue.is_complete() && !self.catalogue.may_have_come(uid) {
            return true;
        }
        // If the caller gives up waiting, the search goes on, and the next request finds its result.
        let Ok(permit) = Arc::clone(&self.looks).try_acquire_owned() else { return false };
        let (catalogue, uid) = (Arc::clone(&self.catalogue), uid.to_owned());
        let look = tokio::spawn(async move {
            let _permit = permit;
            catalogue.look_for(&uid).await
        });
        match timeout(LOOK, look).await {
            Ok(done) => done.unwrap_or(false),
            Err(_) => {
                tracing::debug!("looking for a recording takes longer");
                false
            }
        }
    }

    fn may_be_written(&self, uid: &Uid, now: Instant) -> bool {
        self.waiting.since(uid, now) < WRITING
    }
}

impl Drop for Recordings {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Scans everything at the start, from time to time, and when there is a reason to.
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
                    // Wait for a burst of changes to end.
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
