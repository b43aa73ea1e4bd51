//! The journal as its users see it: a queue, a thread that writes, and a connection that reads.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use crate::book;
use crate::opening::{Opened, anew, open, reader};
use crate::presence::{self, Spell, Totals};
use crate::query::{self, Caller, Filter, Page};
use crate::queue::{Queue, Waiting, Write};
use crate::record::{Call, Rename};
use crate::retention;
use crate::row::Row;
use crate::trouble::{Trouble, is_damage};

/// How long to wait before retrying a failed write.
const AGAIN: Duration = Duration::from_secs(10);
/// How often to look for old calls.
const SWEEP: Duration = Duration::from_secs(3600);
/// How long a query waits for the file to be opened. After that it returns nothing.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait at exit for pending writes.
const FAREWELL: Duration = Duration::from_secs(3);
/// The longest note, in characters. The rest is cut off.
const LONGEST_NOTE: usize = 4000;
/// How many recent calls a desk gets at start.
const LIVES: usize = 50;

/// The settings of a journal.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file. Without one, or if it cannot be used, calls are kept in memory until the program ends.
    pub file: Option<PathBuf>,
    /// Days after which a call is deleted for good. `None` means never.
    pub keep_days: Option<u32>,
    /// Whether two numbers belong to the same caller.
    pub same: fn(&str, &str) -> bool,
}

/// A summary of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Missed calls that the agent has not seen.
    pub unseen: u32,
    /// The most recent call that has ended.
    pub last: Option<Row>,
    /// The current problem, if any.
    pub trouble: Option<Trouble>,
}

/// The journal. Cheap to clone. Dropping the last clone writes what is pending.
#[derive(Clone)]
pub struct Journal(Arc<Owner>);

struct Owner(Arc<Shared>);

struct Shared {
    options: Mutex<Options>,
    waiting: Mutex<Pending>,
    bell: Condvar,
    ended: Condvar,
    reading: Mutex<Option<Arc<Mutex<Connection>>>>,
    opened: Condvar,
    trouble: Mutex<Option<Trouble>>,
    changed: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Pending {
    queue: Queue,
    stops: bool,
    ended: bool,
    sweep: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Opens the file on a thread of its own and returns at once. `changed` is called on that thread after each write and
    /// whenever a problem comes or goes.
    pub fn open(options: Options, changed: impl Fn() + Send + Sync + 'static) -> Journal {
        let shared = Arc::new(Shared::new(options, changed));
        let writer = Arc::clone(&shared);
        if let Err(error) = std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.work()) {
            shared.is_in_trouble(Some(Trouble::Unwritable(error.to_string())));
            lock(&shared.waiting).ended = true;
        }
        Journal(Arc::new(Owner(shared)))
    }

    /// Adds or updates a call. `done` learns whether it is on the disk. If the disk takes nothing, `done` gets false, and the
    /// write is retried later. Never blocks.
    pub fn write(&self, call: Call, done: impl FnOnce(bool) + Send + 'static) {
        self.push(Write::Call(Box::new(call)), Some(Box::new(done)));
    }

    /// Gives a call its new uid. If there is a row of that already, the two become one, which keeps what the agent wrote. Never blocks.
    pub fn rename(&self, rename: Rename) {
        self.push(Write::Rename(Box::new(rename)), None);
    }

    /// Sets the note of a call. Never blocks.
    pub fn note(&self, id: i64, text: &str) {
        let text = text.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_NOTE).collect();
        self.push(Write::Note { id, text }, None);
    }

    /// Sets the disposition of a call. Never blocks.
    pub fn dispose(&self, id: i64, first: Option<String>, second: Option<String>) {
        let second = second.filter(|_| first.is_some());
        self.push(Write::Disposition { id, first, second }, None);
    }

    /// Marks the missed calls up to this row as seen. Never blocks.
    pub fn see(&self, through: i64) {
        self.push(Write::Seen { through }, None);
    }

    /// Writes a change of idle and busy. Never blocks.
    pub fn presence(&self, spell: Spell) {
        self.push(Write::Spell(Box::new(spell)), None);
    }

    /// Changes how long calls are kept, and deletes older ones.
    pub fn keep_days(&self, days: Option<u32>) {
        let shared = &self.0.0;
        lock(&shared.options).keep_days = days;
        lock(&shared.waiting).sweep = true;
        shared.bell.notify_one();
    }

    fn push(&self, write: Write, done: Option<crate::queue::Done>) {
        let shared = &self.0.0;
        let mut waiting = lock(&shared.waiting);
        if waiting.ended {
            drop(waiting);
            done.into_iter().for_each(|done| done(false));
            return;
        }
        let lost = waiting.queue.lost;
        waiting.queue.push(write, done);
        if lost == 0 && waiting.queue.lost > 0 {
            tracing::error!(
                "the disk has taken nothing for too long: the oldest changes of the journal are being lost"
            );
        }
        shared.bell.notify_one();
    }

    /// The calls that match a filter. Waits for the disk, so do not call it on a thread that draws.
    pub fn list(&self, filter: &Filter) -> Page {
        let same = lock(&self.0.0.options).same;
        self.read(|connection| query::list(connection, filter, same))
    }

    /// What is known about the other party of a call. `midnight` is the start of today. Waits for the disk.
    pub fn caller(&self, uid: &str, other: &str, midnight: Timestamp) -> Caller {
        let same = lock(&self.0.0.options).same;
        self.read(|connection| query::caller(connection, uid, other, midnight, same))
    }

    /// An extension's most recent calls, and those without an end, oldest first. Waits for the disk.
    pub fn lives(&self, server: &str, extension: &str) -> Vec<Row> {
        self.read(|connection| query::lives(connection, server, extension, LIVES))
    }

    /// What the time from `from` to `to` was made of, on one extension. What lasts counts until `to`. Waits for the disk.
    pub fn totals(&self, (server, extension): (&str, &str), from: Timestamp, to: Timestamp) -> Totals {
        self.read(|connection| presence::totals(connection, (server, extension), from, to))
    }

    /// The uid of the call in a row. Waits for the disk.
    pub fn uid(&self, id: i64) -> Option<String> {
        self.read(|connection| query::uid(connection, id))
    }

    /// The summary. Waits for the disk.
    pub fn state(&self) -> State {
        let read = |connection: &Connection| Ok((query::unseen(connection)?, query::last(connection)?));
        let (unseen, last) = self.read(read);
        State { unseen, last, trouble: self.trouble() }
    }

    /// The current problem, if any.
    pub fn trouble(&self) -> Option<Trouble> {
        lock(&self.0.0.trouble).clone()
    }

    /// Waits until all pending writes are on the disk. False if that fails or takes longer than `within`.
    pub fn flush(&self, within: Duration) -> bool {
        let (told, tell) = std::sync::mpsc::sync_channel(1);
        // The queue keeps the order, so the mark comes after everything else.
        self.push(Write::Mark, Some(Box::new(move |kept| told.send(kept).unwrap_or_default())));
        tell.recv_timeout(within).unwrap_or(false)
    }

    fn read<T: Default>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let Some(connection) = self.0.0.reader() else { return T::default() };
        let connection = lock(&connection);
        read(&connection).unwrap_or_else(|error| {
            tracing::warn!(%error, "the journal cannot be read");
            T::default()
        })
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("options", &*lock(&self.0.0.options)).finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let mut waiting = lock(&self.0.waiting);
        waiting.stops = true;
        self.0.bell.notify_one();
        let ended = self.0.ended.wait_timeout_while(waiting, FAREWELL, |waiting| !waiting.ended);
        if !ended.is_ok_and(|(waiting, _)| waiting.ended) {
            tracing::warn!("stopped before the journal was on the disk");
        }
    }
}

/// State of the writing thread.
struct Writer {
    connection: Arc<Mutex<Connection>>,
    /// Whether the journal is in memory because its file cannot be used.
    stands_in: bool,
}

impl Shared {
    fn new(options: Options, changed: impl Fn() + Send + Sync + 'static) -> Shared {
        Shared {
            options: Mutex::new(options),
            waiting: Mutex::default(),
            bell: Condvar::new(),
            ended: Condvar::new(),
            reading: Mutex::new(None),
            opened: Condvar::new(),
            trouble: Mutex::new(None),
            changed: Box::new(changed),
        }
    }

    fn reader(&self) -> Option<Arc<Mutex<Connection>>> {
        let reading = lock(&self.reading);
        let waited = self.opened.wait_timeout_while(reading, OPENS_WITHIN, |reading| reading.is_none());
        waited.ok().and_then(|(reading, _)| reading.clone())
    }

    fn is_in_trouble(&self, trouble: Option<Trouble>) {
        let before = std::mem::replace(&mut *lock(&self.trouble), trouble.clone());
        if before != trouble {
            match trouble {
                Some(trouble) => tracing::error!("{trouble}"),
                None => tracing::info!("the journal is written again"),
            }
            (self.changed)();
        }
    }

    /// Starts to use an open file.
    fn begin(&self, opened: Opened) -> Writer {
        let file = lock(&self.options).file.clone().filter(|_| !opened.in_memory);
        let connection = Arc::new(Mutex::new(opened.connection));
        let beside = file.and_then(|file| {
            reader(&file).inspect_err(|error| tracing::warn!(%error, "reading waits for writing")).ok()
        });
        let reading = beside.map_or_else(|| Arc::clone(&connection), |beside| Arc::new(Mutex::new(beside)));
        *lock(&self.reading) = Some(reading);
        self.opened.notify_all();
        self.is_in_trouble(opened.said);
        let stands_in = opened.in_memory && lock(&self.options).file.is_some();
        Writer { connection, stands_in }
    }

    fn work(&self) {
        let file = lock(&self.options).file.clone();
        match open(file.as_deref()) {
            Ok(opened) => {
                let mut writer = self.begin(opened);
                (self.changed)();
                self.write_on(&mut writer);
                // Close the reader first. The writer, closed last, can then empty the log and remove it, which leaves a single
                // file.
                *lock(&self.reading) = None;
            }
            Err(trouble) => self.is_in_trouble(Some(trouble)),
        }
        let mut waiting = lock(&self.waiting);
        waiting.ended = true;
        let left = waiting.queue.take();
        drop(waiting);
        left.into_iter().flat_map(|waiting| waiting.done).for_each(|done| done(false));
        self.ended.notify_all();
    }

    fn write_on(&self, writer: &mut Writer) {
        let mut swept: Option<Instant> = None;
        let mut failing = false;
        loop {
            let (batch, stops, sweep) = self.next(failing, swept);
            if !batch.is_empty() {
                failing = !self.write_batch(writer, batch);
                if failing && stops {
                    return;
                }
                continue;
            }
            if stops {
                return;
            }
            if sweep {
                swept = Some(Instant::now());
                self.sweep(writer);
            }
        }
    }

    /// Waits for something to do. Returns the writes, whether to stop, and whether to delete old calls.
    fn next(&self, failing: bool, swept: Option<Instant>) -> (Vec<Waiting>, bool, bool) {
        let mut waiting = lock(&self.waiting);
        let began = Instant::now();
        loop {
            // A new write is tried at once even while writes fail: the disk may have room again.
            let ready = waiting.queue.news || !failing || began.elapsed() >= AGAIN;
            if waiting.stops || (ready && !waiting.queue.is_empty()) {
                return (waiting.queue.take(), waiting.stops, false);
            }
            if !failing && (waiting.sweep || swept.is_none_or(|at| at.elapsed() >= SWEEP)) {
                waiting.sweep = false;
                return (Vec::new(), false, true);
            }
            let rest = if failing { AGAIN.saturating_sub(began.elapsed()) } else { SWEEP };
            waiting = self.bell.wait_timeout(waiting, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes the whole batch or nothing. False if the batch went back into the queue.
    fn write_batch(&self, writer: &mut Writer, batch: Vec<Waiting>) -> bool {
        let (writes, done): (Vec<Write>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.write, waiting.done)).unzip();
        let mut written = self.commit(writer, &writes);
        if let Err(error) = &written
            && is_damage(error)
            && let Some(opened) = self.begin_anew(error)
        {
            *writer = self.begin(opened);
            written = self.commit(writer, &writes);
        }
        let kept = written.is_ok();
        if kept {
            self.recovered(writer);
        }
        done.into_iter().flatten().for_each(|done| done(kept && !writer.stands_in));
        match written {
            Ok(()) => (self.changed)(),
            Err(error) => {
                lock(&self.waiting).queue.put_back(writes);
                self.is_in_trouble(Some(Trouble::of(&error)));
            }
        }
        kept
    }

    /// Clears a problem that a successful write disproves, and reports what was lost to it. A damaged or newer file stays reported.
    fn recovered(&self, writer: &Writer) {
        let passing = matches!(&*lock(&self.trouble), Some(Trouble::Full | Trouble::Unwritable(_)));
        if passing && !writer.stands_in {
            let lost = std::mem::take(&mut lock(&self.waiting).queue.lost);
            self.is_in_trouble((lost > 0).then_some(Trouble::Lost(lost)));
        }
    }

    fn begin_anew(&self, error: &rusqlite::Error) -> Option<Opened> {
        let file = lock(&self.options).file.clone()?;
        // Close the reader's connection to the old file first.
        *lock(&self.reading) = None;
        anew(&file, error).ok()
    }

    fn commit(&self, writer: &Writer, writes: &[Write]) -> rusqlite::Result<()> {
        let same = lock(&self.options).same;
        let mut connection = lock(&writer.connection);
        // Taking the write lock at the start waits for other writers. Taking it later fails at once if somebody else wrote
        // meanwhile.
        let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            match write {
                Write::Call(call) => drop(book::put(&writing, call, same)?),
                Write::Rename(rename) => book::rename(&writing, rename)?,
                Write::Note { id, text } => drop(book::note(&writing, *id, text)?),
                Write::Disposition { id, first, second } => {
                    book::dispose(&writing, *id, first.as_deref(), second.as_deref())?;
                }
                Write::Seen { through } => book::see(&writing, *through)?,
                Write::Spell(spell) => presence::put(&writing, spell)?,
                Write::Mark => {}
            }
        }
        writing.commit()
    }

    /// Deletes old calls in small steps, so that a new call never waits long for its write.
    fn sweep(&self, writer: &Writer) {
        let Some(days) = lock(&self.options).keep_days else { return };
        let mut any = false;
        loop {
            let swept = retention::sweep(&mut lock(&writer.connection), days, Timestamp::now());
            match swept {
                Ok(more) => {
                    any = true;
                    let waits = { lock(&self.waiting) };
                    if !more {
                        break;
                    }
                    if !waits.queue.is_empty() || waits.stops {
                        drop(waits);
                        lock(&self.waiting).sweep = true;
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "old calls could not be deleted");
                    break;
                }
            }
        }
        if any {
            if let Err(error) = retention::cut_log(&lock(&writer.connection)) {
                tracing::warn!(%error, "the journal's log could not be cut");
            }
            (self.changed)();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Does the thread's work by hand on a file that may not grow, for which SQLite reports the same error as for a full disk.
    #[test]
    fn a_full_disk_is_told_once_and_what_waits_is_written_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("journal.db"));
        let told = Arc::new(AtomicU32::new(0));
        let tell = Arc::clone(&told);
        let shared = Shared::new(Options { file: file.clone(), keep_days: None, same: |_, _| false }, move || {
            tell.fetch_add(1, Ordering::SeqCst);
        });
        let mut writer = shared.begin(open(file.as_deref()).unwrap());
        let pages = |most: u32| lock(&writer.connection).pragma_update(None, "max_page_count", most).unwrap();
        pages(1);
        let kept = Arc::new(AtomicU32::new(0));
        let long = "x".repeat(100_000);
        for id in 0..3 {
            let kept = Arc::clone(&kept);
            let done: crate::queue::Done = Box::new(move |is| {
                kept.fetch_add(if is { 100 } else { 1 }, Ordering::SeqCst);
            });
            // A call larger than the room left.
            let call = crate::record::Call { calla: long.clone(), ..crate::record::tests::call(&id.to_string()) };
            lock(&shared.waiting).queue.push(Write::Call(Box::new(call)), Some(done));
            let batch = lock(&shared.waiting).queue.take();
            assert!(!shared.write_batch(&mut writer, batch));
        }
        assert_eq!(*lock(&shared.trouble), Some(Trouble::Full));
        assert_eq!((told.load(Ordering::SeqCst), kept.load(Ordering::SeqCst)), (1, 3), "told once, each call at once");
        lock(&writer.connection).pragma_update(None, "max_page_count", 100_000).unwrap();
        let batch = lock(&shared.waiting).queue.take();
        assert_eq!(batch.len(), 3);
        assert!(shared.write_batch(&mut writer, batch));
        assert_eq!(*lock(&shared.trouble), None);
        let connection = shared.reader().unwrap();
        let page = query::list(&lock(&connection), &Filter::default(), |one, other| one == other).unwrap();
        assert_eq!(page.rows.len(), 3);
    }
}
