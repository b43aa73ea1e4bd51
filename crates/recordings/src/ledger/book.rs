//! The ledger on disk: an SQLite file in the gateway's state folder, or in memory without one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::cdr::Records;
use super::{About, LedgerOptions, Note};

/// The file's name in the state folder.
const FILE: &str = "calls.sqlite";
/// How long a call is remembered: 400 days. After that its recordings go by their names.
const KEPT: i64 = 400 * 24 * 3600;
/// The most rows of each kind, some 500 MB in all; the oldest go first. Five million are a year of 14,000 conversations a day.
const MOST_ROWS: i64 = 5_000_000;
/// How many rows to delete at a time, so that nobody has to wait for it.
const SWEEP: i64 = 10_000;
/// How long to wait for another process that uses the file, such as a backup or a person with `sqlite3`.
const BUSY: std::time::Duration = std::time::Duration::from_secs(1);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS talked (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, exten TEXT NOT NULL, at INTEGER NOT NULL,
        UNIQUE (uid, exten));
    CREATE TABLE IF NOT EXISTS alias (id INTEGER PRIMARY KEY, name TEXT NOT NULL, uid TEXT NOT NULL, at INTEGER NOT NULL,
        UNIQUE (name, uid));
    CREATE INDEX IF NOT EXISTS alias_uid ON alias (uid);
    CREATE TABLE IF NOT EXISTS place (file TEXT PRIMARY KEY, at INTEGER NOT NULL);
    PRAGMA user_version = 1;
";

/// The file, opened when needed and again after a failure.
pub(super) struct Book {
    path: Option<PathBuf>,
    records: Option<Records>,
    open: Option<Connection>,
}

impl Book {
    pub(super) fn new(options: LedgerOptions) -> Book {
        let path = options.state.map(|folder| folder.join(FILE));
        Book { path, records: options.cdr.map(Records::new), open: None }
    }

    fn connection(&mut self) -> rusqlite::Result<&mut Connection> {
        let connection = match self.open.take() {
            Some(connection) => connection,
            None => open(self.path.as_deref())?,
        };
        Ok(self.open.insert(connection))
    }

    /// Runs `run`. If that fails, the file is reopened the next time, since the disk may have changed by then.
    fn run<T>(&mut self, run: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let done = run(self.connection()?);
        if done.is_err() && self.path.is_some() {
            self.open = None;
        }
        done
    }

    pub(super) fn write(&mut self, notes: &[Note]) -> rusqlite::Result<()> {
        self.run(|connection| {
            let writing = connection.transaction()?;
            put(&writing, notes)?;
            writing.commit()
        })
    }

    /// The calls with these names.
    pub(super) fn calls(&mut self, names: &[String]) -> rusqlite::Result<Vec<String>> {
        self.each("SELECT uid FROM alias WHERE name = ?1", names)
    }

    /// The extensions that talked in these calls.
    pub(super) fn talked(&mut self, uids: &[String]) -> rusqlite::Result<Vec<String>> {
        self.each("SELECT exten FROM talked WHERE uid = ?1", uids)
    }

    /// The other names of a call.
    pub(super) fn names(&mut self, uid: &str) -> rusqlite::Result<Vec<String>> {
        self.each("SELECT name FROM alias WHERE uid = ?1", &[uid.to_owned()])
    }

    fn each(&mut self, query: &str, about: &[String]) -> rusqlite::Result<Vec<String>> {
        self.run(|connection| {
            let mut query = connection.prepare_cached(query)?;
            let mut found = Vec::new();
            for about in about {
                for row in query.query_map([about], |row| row.get(0))? {
                    found.push(row?);
                }
            }
            Ok(found)
        })
    }

    /// Reads further call records of the PBX, and deletes old rows.
    pub(super) fn tidy(&mut self, now: i64) -> rusqlite::Result<()> {
        if let Some(mut records) = self.records.take() {
            let read = self.run(|connection| take_over(connection, &mut records, now));
            self.records = Some(records);
            read?;
        }
        self.run(|connection| {
            for table in ["talked", "alias"] {
                let sweep = format!(
                    "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT {SWEEP})
                     AND (at < ?1 OR id <= (SELECT max(id) FROM {table}) - {MOST_ROWS})"
                );
                while connection.execute(&sweep, [now - KEPT])? as i64 == SWEEP {}
            }
            Ok(())
        })
    }
}

/// Notes what has been added to the call records since the last time.
fn take_over(connection: &mut Connection, records: &mut Records, now: i64) -> rusqlite::Result<()> {
    let file = records.name();
    loop {
        let at = connection
            .query_row("SELECT at FROM place WHERE file = ?1", [&file], |row| row.get::<_, i64>(0))
            .optional()?
            .and_then(|at| u64::try_from(at).ok());
        let read = match records.read(at, now) {
            Ok(read) => read,
            Err(error) => {
                records.unreadable(&error);
                return Ok(());
            }
        };
        let writing = connection.transaction()?;
        put(&writing, &read.notes)?;
        let place = i64::try_from(read.place).unwrap_or(i64::MAX);
        writing.execute("INSERT OR REPLACE INTO place (file, at) VALUES (?1, ?2)", params![file, place])?;
        writing.commit()?;
        if read.is_all {
            return Ok(());
        }
    }
}

fn put(connection: &Connection, notes: &[Note]) -> rusqlite::Result<()> {
    let mut talked = connection.prepare_cached("INSERT OR IGNORE INTO talked (uid, exten, at) VALUES (?1, ?2, ?3)")?;
    let mut alias = connection.prepare_cached("INSERT OR IGNORE INTO alias (uid, name, at) VALUES (?1, ?2, ?3)")?;
    for Note { uid, about, at } in notes {
        match about {
            About::Talked(exten) => talked.execute(params![uid, exten, at])?,
            About::Alias(name) => alias.execute(params![uid, name, at])?,
        };
    }
    Ok(())
}

fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let Some(path) = path else {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(SCHEMA)?;
        return Ok(connection);
    };
    if let Some(folder) = path.parent()
        && let Err(error) = std::fs::create_dir_all(folder)
    {
        tracing::debug!(%error, folder = %folder.display(), "no state folder");
    }
    match prepared(path) {
        Err(rusqlite::Error::SqliteFailure(error, said))
            if matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
        {
            // Kept for anybody who wants to recover something from it.
            let aside = path.with_extension("sqlite.broken");
            tracing::error!("{} is damaged ({said:?}): it is now {}", path.display(), aside.display());
            if let Err(error) = std::fs::rename(path, &aside) {
                tracing::debug!(%error, "not moved");
            }
            prepared(path)
        }
        opened => opened,
    }
}

fn prepared(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // Readers and writer are one process; a power cut costs only the last notes.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}
