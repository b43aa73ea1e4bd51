//! Deletes old calls for good: overwrites their bytes in the file, and truncates the log that still has them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, TransactionBehavior};

use crate::book::unindex;
use crate::row::{COLUMNS, Row};

/// Rows to delete per step, so that no write waits long.
const SWEEP: usize = 20;

/// Deletes one step's worth of calls that began more than `days` days ago. True if there may be more.
pub(crate) fn sweep(connection: &mut Connection, days: u32, now: Timestamp) -> rusqlite::Result<bool> {
    let Ok(oldest) = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))) else { return Ok(false) };
    // The write lock comes first: what is read and then deleted must not change in between.
    let deleting = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let query = format!("SELECT {COLUMNS} FROM call WHERE began < ?1 ORDER BY began LIMIT {SWEEP}");
    let rows: Vec<Row> = deleting
        .prepare_cached(&query)?
        .query_map([oldest.as_millisecond()], Row::read)?
        .collect::<rusqlite::Result<_>>()?;
    for row in &rows {
        unindex(&deleting, row.id, &row.haystack())?;
        deleting.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([row.id])?;
    }
    deleting.execute("DELETE FROM presence WHERE ended < ?1", [oldest.as_millisecond()])?;
    deleting.commit()?;
    Ok(rows.len() == SWEEP)
}

/// Removes deleted calls from the log. While somebody reads, that has to wait until next time.
pub(crate) fn cut_log(connection: &Connection) -> rusqlite::Result<()> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        tracing::info!("the journal is being read: deleted calls leave its log next time");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::record::tests::call;
    use crate::{book, opening};

    /// The connection that is in the way, until the sweep has met it.
    static IN_THE_WAY: Mutex<Option<Connection>> = Mutex::new(None);

    fn opened(file: &Path) -> Connection {
        let Ok(opened) = opening::open(Some(file)) else { panic!("cannot be opened") };
        assert!(!opened.in_memory);
        opened.connection
    }

    #[test]
    fn deleting_waits_for_who_writes_at_the_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        let mut connection = opened(&file);
        book::put(&connection, &call("1.1"), |one, other| one == other).unwrap();
        let other = opened(&file);
        other.execute_batch("BEGIN IMMEDIATE; UPDATE call SET seen = 0").unwrap();
        *IN_THE_WAY.lock().unwrap() = Some(other);
        let writes_to_the_end = |_| match IN_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(other) => other.execute_batch("COMMIT").is_ok(),
            None => false,
        };
        connection.busy_handler(Some(writes_to_the_end)).unwrap();
        assert!(!sweep(&mut connection, 1, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(48)).unwrap());
        assert!(IN_THE_WAY.lock().unwrap().is_none(), "it was in the way");
        let left: i64 = connection.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }
}
