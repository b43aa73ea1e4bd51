//! Old calls are deleted for good: their bytes are overwritten in the file, and the log that held them is cut to nothing.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use crate::book::unindex;
use crate::row::{COLUMNS, Row};

/// Lines that go at a time, so that no call waits for it.
const SWEEP: usize = 20;

/// Deletes calls that began more than so many days ago, as many as one step takes; true when there may be more.
pub(crate) fn sweep(connection: &mut Connection, days: u32, now: Timestamp) -> rusqlite::Result<bool> {
    let Ok(oldest) = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))) else { return Ok(false) };
    let deleting = connection.transaction()?;
    let query = format!("SELECT {COLUMNS} FROM call WHERE began < ?1 ORDER BY began LIMIT {SWEEP}");
    let rows: Vec<Row> = deleting
        .prepare_cached(&query)?
        .query_map([oldest.as_millisecond()], Row::read)?
        .collect::<rusqlite::Result<_>>()?;
    for row in &rows {
        unindex(&deleting, row.id, &row.haystack())?;
        deleting.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([row.id])?;
    }
    deleting.commit()?;
    Ok(rows.len() == SWEEP)
}

/// Takes what was deleted out of the log, too. Where somebody reads, it waits for the next time.
pub(crate) fn cut_log(connection: &Connection) -> rusqlite::Result<()> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        tracing::info!("somebody reads the journal: what was deleted leaves its log later");
    }
    Ok(())
}
