//! Opens the file: restricts it to its owner, migrates it to this version, and sets a damaged one aside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::schema;
use crate::trouble::{Trouble, is_damage};

/// How long to wait for another process that uses the file: an export, a backup.
const BUSY: Duration = Duration::from_secs(2);
/// Page cache of each of the two connections, in KiB.
const CACHE: i64 = 2_000;
/// Bounds the search for a free name for a damaged file.
const MOST_ASIDE: u32 = 1000;

/// An open journal.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    /// A problem to report to the agent.
    pub(crate) said: Option<Trouble>,
    /// Whether the journal is only in memory and lost at exit.
    pub(crate) in_memory: bool,
}

/// Opens the file for writing. If that fails, a journal in memory takes its place.
pub(crate) fn open(path: Option<&Path>) -> Result<Opened, Trouble> {
    let Some(path) = path else { return memory(None) };
    match prepared(path) {
        Ok(connection) => Ok(Opened { connection, said: None, in_memory: false }),
        Err(Failure::Newer(version)) => memory(Some(Trouble::Newer(version))),
        Err(Failure::Sqlite(error)) if is_damage(&error) => anew(path, &error),
        Err(Failure::Sqlite(error)) => memory(Some(Trouble::of(&error))),
        Err(Failure::Io(error)) => memory(Some(Trouble::Unwritable(error.to_string()))),
    }
}

/// Sets the damaged file aside and starts a new one.
pub(crate) fn anew(path: &Path, error: &rusqlite::Error) -> Result<Opened, Trouble> {
    tracing::error!(%error, file = %path.display(), "the journal is damaged");
    let aside = match set_aside(path) {
        Ok(aside) => aside,
        Err(error) => return memory(Some(Trouble::Unwritable(error.to_string()))),
    };
    let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match prepared(path) {
        Ok(connection) => Ok(Opened { connection, said: Some(Trouble::Damaged(name)), in_memory: false }),
        Err(_) => memory(Some(Trouble::Damaged(name))),
    }
}

/// Opens a second connection that reads while the first one writes.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(connection)
}

pub(crate) enum Failure {
    Newer(i64),
    Sqlite(rusqlite::Error),
    Io(std::io::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sqlite(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Io(error)
    }
}

fn prepared(path: &Path) -> Result<Connection, Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        uncall_files::private_folder(folder)?;
    }
    // SQLite gives its log and index files the same permissions. On Windows, a user's data folder is private anyway.
    drop(uncall_files::private_file(path)?);
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    let version = schema::version(&connection)?;
    if version > schema::VERSION {
        return Err(Failure::Newer(version));
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    usual(&mut connection)?;
    // Read a little, so that a torn file shows itself now.
    connection.query_row("SELECT count(*) FROM (SELECT 1 FROM call ORDER BY id DESC LIMIT 50)", [], |_| Ok(()))?;
    Ok(connection)
}

fn usual(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(32);
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    schema::migrate(connection)
}

fn memory(said: Option<Trouble>) -> Result<Opened, Trouble> {
    let mut connection = Connection::open_in_memory().map_err(|error| Trouble::of(&error))?;
    usual(&mut connection).map_err(|error| Trouble::of(&error))?;
    Ok(Opened { connection, said, in_memory: true })
}

/// Renames the file, with its log and index, to an unused name.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1..MOST_ASIDE).map(|n| path.with_file_name(format!("{stem}.damaged-{n}.db"))).find(|to| !to.exists());
    let aside = free.ok_or(std::io::ErrorKind::AlreadyExists)?;
    std::fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        let beside = |of: &Path| PathBuf::from(format!("{}{end}", of.display()));
        match std::fs::rename(beside(path), beside(&aside)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}
