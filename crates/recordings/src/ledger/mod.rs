//! Whose recordings are: which extensions talked in a call, and the call's other names (its legs' unique ids, the files with its
//! recordings). The call table knows that while a call is up; the ledger stores it, so that an agent can hear the calls of a
//! queue whatever their files are called, after a restart too.
//!
//! Adding a note never waits: notes go into a bounded queue, and a separate thread writes them. A full or broken disk costs
//! notes, not calls.

mod book;
mod cdr;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use uncall_switch::Talks;

use super::name::Name;
use book::Book;
pub(super) use cdr::Records;

/// The most notes that wait to be written. Beyond that the oldest are dropped.
const MOST_WAITING: usize = 16 * 1024;
/// How many notes to write at a time.
const BATCH: usize = 1024;
/// The pause before the next try if the disk cannot be written.
const AGAIN: Duration = if cfg!(test) { Duration::from_millis(50) } else { Duration::from_secs(10) };
/// How often to read further call records of the PBX, and to delete old rows.
const TIDY: Duration = Duration::from_secs(60);
/// How long to wait for the last notes when the gateway ends.
const LAST: Duration = Duration::from_secs(3);
/// The time limit for an answer, while somebody waits. If the disk takes longer, only the file's name decides.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where to store the ledger, and what to complete it from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerOptions {
    /// The gateway's state folder; without one, everything is forgotten when the gateway ends.
    pub state: Option<PathBuf>,
    /// The PBX's call detail records (`cdr-csv/Master.csv`), for calls of a time when the gateway was down.
    pub cdr: Option<PathBuf>,
}

/// The state of the ledger, for metrics and health.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerStatus {
    /// Notes not yet written.
    pub waiting: usize,
    /// Notes that were dropped, because the disk could not be written for too long.
    pub lost: u64,
    /// How often the disk could not be written.
    pub errors: u64,
    /// Why it cannot be written at present.
    pub trouble: Option<String>,
}

/// Something to store.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    uid: String,
    about: About,
    /// Seconds of the epoch.
    at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    /// This extension talked in the call.
    Talked(String),
    /// The call has another name: a leg's unique id, or a file.
    Alias(String),
}

/// The ledger. Notes are effective at once, written or not.
pub struct Ledger(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    bell: Condvar,
    /// Notified when the writer has ended.
    ended: Condvar,
    book: Mutex<Book>,
    lost: AtomicU64,
    errors: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    notes: VecDeque<Note>,
    /// The number of notes removed so far, written or lost.
    gone: u64,
    stops: bool,
    ended: bool,
    trouble: Option<String>,
}

impl Ledger {
    /// Opens it and starts the writer. If the folder cannot be used, logs that and tries again later.
    pub fn open(options: LedgerOptions) -> Arc<Ledger> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            bell: Condvar::new(),
            ended: Condvar::new(),
            book: Mutex::new(Book::new(options)),
            lost: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        });
        let writer = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.write());
        if let Err(error) = thread {
            tracing::error!(%error, "whose recordings are cannot be kept: no thread for it");
            shared.waiting().ended = true;
        }
        Arc::new(Ledger(shared))
    }

    /// Whether a file can have this name.
    pub fn takes(file: &str) -> bool {
        Name::read(file).is_some()
    }

    /// Notes another name of the call: a leg's unique id, or the file into which it is recorded. Never waits.
    pub fn alias(&self, uid: &str, name: &str, at: Timestamp) {
        self.note(uid, About::Alias(name.to_owned()), at);
    }

    fn note(&self, uid: &str, about: About, at: Timestamp) {
        let note = Note { uid: uid.to_owned(), about, at: at.as_second() };
        let mut waiting = self.0.waiting();
        // A call's state changes often and repeats the same notes.
        if waiting.notes.iter().rev().take(16).any(|known| known.uid == note.uid && known.about == note.about) {
            return;
        }
        if waiting.notes.len() >= MOST_WAITING {
            waiting.notes.pop_front();
            waiting.gone += 1;
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
        waiting.notes.push_back(note);
        self.0.bell.notify_one();
    }

    /// The extensions that talked in the call of which this is a recording, by its file name without `audio:`.
    pub async fn who_talked(&self, file: &str) -> Vec<String> {
        let file = file.to_owned();
        self.asked(move |shared| shared.who_talked(file)).await
    }

    /// The other names of a call.
    pub(crate) async fn names(&self, uid: &str) -> Vec<String> {
        let uid = uid.to_owned();
        self.asked(move |shared| shared.names(&uid)).await
    }

    async fn asked(&self, ask: impl FnOnce(&Shared) -> Vec<String> + Send + 'static) -> Vec<String> {
        let shared = Arc::clone(&self.0);
        let answer = tokio::time::timeout(PATIENCE, spawn_blocking(move || ask(&shared)));
        answer.await.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Its state.
    pub fn status(&self) -> LedgerStatus {
        let waiting = self.0.waiting();
        LedgerStatus {
            waiting: waiting.notes.len(),
            lost: self.0.lost.load(Ordering::Relaxed),
            errors: self.0.errors.load(Ordering::Relaxed),
            trouble: waiting.trouble.clone(),
        }
    }
}

impl Talks for Ledger {
    /// Never waits.
    fn talked(&self, uid: &str, exten: &str, at: Timestamp) {
        self.note(uid, About::Talked(exten.to_owned()), at);
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.stops = true;
        self.0.bell.notify_one();
        // A hanging disk must not keep the gateway from ending.
        let _in_time = self.0.ended.wait_timeout_while(waiting, LAST, |waiting| !waiting.ended);
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ledger").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Searches the queue before the book, because a note leaves the queue only once it is in the book.
    fn who_talked(&self, file: String) -> Vec<String> {
        let mut calls: Vec<String> = Name::read(&file).iter().flat_map(Name::uids).map(str::to_owned).collect();
        let names: Vec<String> = calls.iter().cloned().chain([file]).collect();
        calls.extend(self.waiting().notes.iter().filter_map(|note| match &note.about {
            About::Alias(name) if names.contains(name) => Some(note.uid.clone()),
            About::Alias(_) | About::Talked(_) => None,
        }));
        calls.extend(self.read(|book| book.calls(&names)));
        let mut talked: Vec<String> = self
            .waiting()
            .notes
            .iter()
            .filter_map(|note| match &note.about {
                About::Talked(exten) if calls.contains(&note.uid) => Some(exten.clone()),
                About::Talked(_) | About::Alias(_) => None,
            })
            .collect();
        talked.extend(self.read(|book| book.talked(&calls)));
        once(talked)
    }

    fn names(&self, uid: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .waiting()
            .notes
            .iter()
            .filter_map(|note| match &note.about {
                About::Alias(name) if note.uid == uid => Some(name.clone()),
                About::Alias(_) | About::Talked(_) => None,
            })
            .collect();
        names.extend(self.read(|book| book.names(uid)));
        once(names)
    }

    fn read(&self, read: impl FnOnce(&mut Book) -> rusqlite::Result<Vec<String>>) -> Vec<String> {
        read(&mut self.book()).unwrap_or_else(|error| {
            self.failed(&error.to_string());
            Vec::new()
        })
    }

    /// The writer's thread.
    fn write(&self) {
        let mut tidied = None::<Instant>;
        loop {
            let (batch, upto, stops) = self.next(tidied);
            let mut failed = None;
            if !batch.is_empty() {
                match self.book().write(&batch) {
                    Ok(()) => self.written(upto),
                    Err(error) => failed = Some(error),
                }
            }
            if failed.is_none() && !stops && tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                tidied = Some(Instant::now());
                failed = self.book().tidy(Timestamp::now().as_second()).err();
                if failed.is_none() {
                    self.works();
                }
            }
            if let Some(error) = &failed {
                self.failed(&error.to_string());
            }
            if stops && (failed.is_some() || batch.is_empty()) {
                self.waiting().ended = true;
                self.ended.notify_all();
                return;
            }
            if failed.is_some() {
                let waiting = self.waiting();
                let _stopped = self.bell.wait_timeout_while(waiting, AGAIN, |waiting| !waiting.stops);
            }
        }
    }

    /// The notes to write next, the number of the last of them, and whether to end.
    fn next(&self, tidied: Option<Instant>) -> (Vec<Note>, u64, bool) {
        let due = tidied.map_or(Duration::ZERO, |at| TIDY.saturating_sub(at.elapsed()));
        let idle = |waiting: &mut Waiting| waiting.notes.is_empty() && !waiting.stops;
        let waiting = self.bell.wait_timeout_while(self.waiting(), due, idle);
        let (waiting, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        let batch: Vec<Note> = waiting.notes.iter().take(BATCH).cloned().collect();
        let upto = waiting.gone + batch.len() as u64;
        (batch, upto, waiting.stops)
    }

    fn written(&self, upto: u64) {
        let mut waiting = self.waiting();
        while waiting.gone < upto && waiting.notes.pop_front().is_some() {
            waiting.gone += 1;
        }
        drop(waiting);
        self.works();
    }

    fn works(&self) {
        if self.waiting().trouble.take().is_some() {
            tracing::info!("whose recordings are is kept again");
        }
    }

    fn failed(&self, why: &str) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        if self.waiting().trouble.replace(why.to_owned()).is_none() {
            tracing::error!("whose recordings are cannot be kept now ({why}); calls go on, and it is tried again");
        }
    }
}

/// Removes duplicates: a note that was just written may be found both in the queue and in the book.
fn once(mut values: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values
}
