//! Keeps the index in step with its store, by listing folders one after the other.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime};

use futures::StreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use super::index::{Index, Place};
use super::ledger::LedgerStatus;
use super::opened::{Listed, Stamp};
use super::store::Store;

/// How deep to look into nested folders: `yyyy/mm/dd` and some.
const DEEPEST: usize = 8;
/// A change within this time before a listing may have the stamp of one after it.
const COARSEST_CLOCK: Duration = Duration::from_secs(3);
/// The pause between two listings of a folder without reported changes: at least this, and a multiple of the time that the last
/// listing took.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSES: u32 = 10;

/// The same for a folder whose listing takes several requests, each of which costs money.
const PAID_PAUSE: Duration = Duration::from_secs(10 * 60);
/// How long after the beginning of a call its recording may appear: the longest call plus the transport into the store.
const COMES_WITHIN: i64 = 6 * 3600;

/// The year 2000, in seconds of the epoch: there are no older recordings.
const OLDEST: i64 = 946_684_800;

/// A store and its index.
pub(super) struct Catalogue {
    pub(super) store: Store,
    index: RwLock<Index>,
    /// The last listings of folders. Locked during a listing, so that there is one at a time.
    listings: tokio::sync::Mutex<HashMap<String, Listing>>,
    state: Mutex<State>,
    errors: AtomicU64,
    complete: AtomicBool,
}

/// A folder's last listing.
struct Listing {
    stamp: Option<Stamp>,
    /// Whether the stamp is sure to show a change after it.
    settled: bool,
    folders: Vec<String>,
    ended: Instant,
    took: Duration,
    /// How many of the store's answers it took.
    pieces: u32,
}

impl Listing {
    /// How long it is good enough for a search.
    fn lasts(&self, paid: bool) -> Duration {
        let pause = (self.took * PAUSES).max(PAUSE);
        if paid && self.pieces > 1 { pause.max(PAID_PAUSE) } else { pause }
    }
}

#[derive(Default)]
struct State {
    looked_through: Option<Instant>,
    /// When it began, in seconds of the epoch.
    began: i64,
    /// Why the store cannot be read at present.
    unavailable: Option<String>,
    /// The number of folders that were not listed to their end, and of those of them that may be next time.
    cut_off: usize,
    passing: usize,
}

/// How eager a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eager {
    /// Skips a folder that is unchanged or was just listed.
    Sparing,
    /// Skips a folder that is unchanged.
    Changed,
    /// Always lists.
    Always,
}

/// The state of the recordings, for health and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Recordings in the index.
    pub indexed: usize,
    /// Whether the store has been scanned completely, so that an unknown uid has no recording.
    pub complete: bool,
    /// The time since the last scan of the store.
    pub age: Option<Duration>,
    /// How often the store could not be read.
    pub errors: u64,
    /// Why it cannot be read at present.
    pub unavailable: Option<String>,
    /// Folders that were not listed to their end the last time: recordings in them may be missed.
    pub cut_off: usize,
    /// The state of the ledger.
    pub ledger: LedgerStatus,
}

impl Catalogue {
    pub(super) fn new(store: Store) -> Catalogue {
        Catalogue {
            store,
            index: RwLock::default(),
            listings: tokio::sync::Mutex::default(),
            state: Mutex::default(),
            errors: AtomicU64::new(0),
            complete: AtomicBool::new(false),
        }
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self, now: Instant) -> Status {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            indexed: self.index().len(),
            complete: self.complete.load(Ordering::Relaxed),
            age: state.looked_through.map(|at| now.duration_since(at)),
            errors: self.errors.load(Ordering::Relaxed),
            unavailable: state.unavailable.clone(),
            cut_off: state.cut_off,
            ledger: LedgerStatus::default(),
        }
    }

    /// Whether the index had everything in the store at the last scan.
    pub(super) fn is_complete(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unavailable.is_none() && state.passing == 0 && self.complete.load(Ordering::Relaxed)
    }

    /// Whether a recording of the call may have appeared since: the store reports no changes, and the call was recent. A uid
    /// without a time does not belong to a call that is worth searching for again and again.
    pub(super) fn may_have_come(&self, uid: &str) -> bool {
        let began = self.state.lock().unwrap_or_else(PoisonError::into_inner).began;
        self.store.is_paid() && seconds(uid, Timestamp::now()).is_some_and(|at| at + COMES_WITHIN > began)
    }

    pub(super) fn failed(&self, error: &io::Error) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(%error, store = self.store.described(), "recordings");
    }

    /// Scans everything, the newest folders first.
    pub(super) async fn look_through(&self, eager: Eager) {
        let before = self.index().paths();
        let (began, at) = (Instant::now(), Timestamp::now().as_second());
        let files = self.index().len();
        match self.walk("", eager).await {
            Ok(Walked { met, cut }) => {
                for gone in before.iter().filter(|path| !met.contains(*path)) {
                    self.forget(gone).await;
                }
                self.available();
                if !self.complete.swap(true, Ordering::Relaxed) {
                    let (recordings, took) = (self.index().len(), began.elapsed());
                    tracing::info!(recordings, ?took, "looked through {}", self.store.described());
                } else if files > 0 && self.index().len() == 0 {
                    tracing::warn!(
                        "{} is empty now and had {files} recordings: is it mounted?",
                        self.store.described()
                    );
                }
                self.note_cut(&cut);
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.looked_through = Some(Instant::now());
                state.began = at;
            }
            Err(error) => self.unavailable(&error),
        }
    }

    /// Logs listings that did not reach their end, so that recordings may be missing.
    fn note_cut(&self, cut: &[(String, io::Error)]) {
        let passing = cut.iter().filter(|(_, error)| error.kind() != io::ErrorKind::PermissionDenied).count();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut state.cut_off, cut.len());
        state.passing = passing;
        if let Some((path, error)) = cut.first().filter(|_| before != cut.len()) {
            let (store, folders) = (self.store.described(), cut.len());
            tracing::warn!(folders, "recordings may be missing: {store}, /{path} was not listed to its end: {error}");
        }
    }

    /// Lists a folder and those below it. An error is about the folder itself.
    pub(super) async fn walk(&self, from: &str, eager: Eager) -> io::Result<Walked> {
        let (mut met, mut cut) = (HashSet::new(), Vec::new());
        let mut open = vec![from.to_owned()];
        while let Some(path) = open.pop() {
            match self.list(&path, eager).await {
                Ok(mut folders) => {
                    // Names of folders by date are in chronological order, and the last one is taken next.
                    folders.sort_unstable();
                    if path.matches('/').count() + 2 < DEEPEST {
                        open.extend(folders.iter().map(|folder| join(&path, folder)));
                    } else if !folders.is_empty() {
                        let error = io::Error::new(io::ErrorKind::PermissionDenied, "folders below it are too deep");
                        cut.push((path.clone(), error));
                    }
                }
                Err(error) if path == from => return Err(error),
                // Entries of an unreadable folder stay in the index.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    self.failed(&error);
                    cut.push((path.clone(), error));
                }
                Err(_) => continue,
            }
            met.insert(path);
        }
        Ok(Walked { met, cut })
    }

    /// Looks where a recording of the call most likely is: in the newest folders, and in that of its day. False if a listing was
    /// cut off, so that it may exist nevertheless.
    pub(super) async fn look_for(&self, uid: &str) -> bool {
        let mut whole = true;
        let mut path = String::new();
        loop {
            match self.list(&path, Eager::Sparing).await {
                Ok(folders) => match folders.iter().max() {
                    Some(newest) if path.matches('/').count() < DEEPEST => path = join(&path, newest),
                    Some(_) | None => break,
                },
                Err(error) if path.is_empty() => {
                    self.unavailable(&error);
                    return false;
                }
                Err(error) => {
                    whole &= self.passed_over(&error);
                    break;
                }
            }
        }
        for day in days(uid, Timestamp::now()) {
            // Most do not exist, which is no problem for a bucket.
            if !self.index().of_call(uid).is_empty() {
                return true;
            }
            if let Err(error) = self.list(&day, Eager::Sparing).await {
                whole &= self.passed_over(&error);
            }
        }
        whole
    }

    /// Whether the error only says that there is no such folder. Counts it otherwise.
    fn passed_over(&self, error: &io::Error) -> bool {
        let absent = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        if !absent {
            self.failed(error);
        }
        absent
    }

    /// Looks for files of these names where recordings of the call most likely are, in a store that has to be asked for each.
    pub(super) async fn fetch(&self, uid: &str, names: &[String]) {
        if !self.store.is_paid() {
            return;
        }
        let folders = std::iter::once(String::new()).chain(days(uid, Timestamp::now()));
        for folder in folders {
            for name in names {
                let place = Place { folder: folder.clone(), name: name.clone() };
                match self.store.open(&place).await {
                    Ok(Some(_)) => {
                        self.change().add(&folder, name);
                        return;
                    }
                    Ok(None) => {}
                    Err(error) => return self.failed(&error),
                }
            }
        }
    }

    /// Lists one folder, and returns the names of the folders in it.
    async fn list(&self, path: &str, eager: Eager) -> io::Result<Vec<String>> {
        let mut listings = self.listings.lock().await;
        let began = Instant::now();
        let last = listings.get(path);
        if let Some(last) = last
            && eager == Eager::Sparing
            && began.duration_since(last.ended) < last.lasts(self.store.is_paid())
        {
            return Ok(last.folders.clone());
        }
        let stamp = match self.store.stamp(path).await {
            Ok(stamp) => stamp,
            Err(error) => {
                listings.remove(path);
                return Err(error);
            }
        };
        if let (Some(last), Some(stamp)) = (last, stamp)
            && eager != Eager::Always
            && last.settled
            && last.stamp == Some(stamp)
        {
            return Ok(last.folders.clone());
        }
        let is_new = last.and_then(|last| last.stamp?.identity) != stamp.and_then(|stamp| stamp.identity);
        if last.is_none() || is_new {
            // Watch before listing, so that files that appear in between are either reported or listed.
            self.store.watch(path).await;
        }
        let (folders, pieces) = self.read(path).await?;
        let settled = stamp.is_some_and(|stamp| {
            SystemTime::now().duration_since(stamp.modified).is_ok_and(|since| since > began.elapsed() + COARSEST_CLOCK)
        });
        let listing =
            Listing { stamp, settled, folders: folders.clone(), ended: Instant::now(), took: began.elapsed(), pieces };
        listings.insert(path.to_owned(), listing);
        Ok(folders)
    }

    /// Puts a folder's files into the index. Returns the folders in it, and how many answers of the store it took.
    async fn read(&self, path: &str) -> io::Result<(Vec<String>, u32)> {
        let (mut listed, mut folders, mut any) = (self.store.list(path), Vec::new(), self.index().knows(path));
        let mut pieces = 0;
        if any {
            self.change().begin(path);
        }
        while let Some(batch) = listed.next().await {
            let batch = batch?;
            pieces += 1;
            let files = batch.iter().filter(|listed| matches!(listed, Listed::File(_))).count();
            if files > 0 {
                any = true;
                let mut index = self.change();
                for listed in &batch {
                    if let Listed::File(name) = listed {
                        index.add(path, name);
                    }
                }
            }
            folders.extend(batch.into_iter().filter_map(|listed| match listed {
                // Names with a leading dot are hidden files or `..`.
                Listed::Folder(name) => (!name.starts_with('.') && !name.is_empty()).then_some(name),
                Listed::File(_) => None,
            }));
        }
        if any {
            self.change().finish(path);
        }
        Ok((folders, pieces))
    }

    /// Forgets a folder and those below it.
    pub(super) async fn forget(&self, path: &str) {
        let below = format!("{path}/");
        self.listings.lock().await.retain(|known, _| known != path && !known.starts_with(&below));
        self.change().remove_folder(path);
    }

    /// Whether the store's own folder has become readable again, or is no longer the one that was listed.
    pub(super) async fn needs_a_look(&self) -> bool {
        let now = self.store.stamp("").await;
        let unavailable = self.state.lock().unwrap_or_else(PoisonError::into_inner).unavailable.is_some();
        match now {
            Ok(None) => unavailable,
            Ok(Some(stamp)) => {
                let last = self.listings.lock().await.get("").and_then(|listing| listing.stamp);
                unavailable || last.is_none_or(|last| last.identity != stamp.identity)
            }
            Err(error) => {
                self.unavailable(&error);
                false
            }
        }
    }

    fn unavailable(&self, error: &io::Error) {
        self.failed(error);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.unavailable.replace(error.to_string()).is_none() {
            tracing::error!("the recordings cannot be read: {}: {error}", self.store.described());
        }
    }

    fn available(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.unavailable.take().is_some() {
            tracing::info!("the recordings can be read again: {}", self.store.described());
        }
    }
}

/// The result of listing folders.
pub(super) struct Walked {
    /// Paths of the folders.
    pub(super) met: HashSet<String>,
    /// Those that were not listed to their end, and why.
    cut: Vec<(String, io::Error)>,
}

/// A path below a folder's.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// Names that PBXs give to the folder of the day on which the call began, in this machine's time zone. The uid tells the day
/// (`1372123897.17`: seconds of the epoch). None for an impossible day.
fn days(uid: &str, now: Timestamp) -> Vec<String> {
    let seconds = seconds(uid, now);
    let Some(began) = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) else { return Vec::new() };
    let began = began.to_zoned(TimeZone::system());
    ["%Y/%m/%d", "%Y-%m-%d", "%Y%m%d"].iter().map(|form| began.strftime(*form).to_string()).collect()
}

/// When the call began, in seconds of the epoch, if its uid has a plausible time.
pub(super) fn seconds(uid: &str, now: Timestamp) -> Option<i64> {
    let seconds = uid.rsplit('-').next().and_then(|last| last.split('.').next()?.parse::<i64>().ok());
    seconds.filter(|seconds| (OLDEST..now.as_second() + 86_400).contains(seconds))
}
