//! Deletes old calls for good: overwrites their bytes in the file, and truncates the log that still has them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use crate::book::unindex;
use crate::row::{COLUMNS, Row};

/// Rows to delete per step, so that no write waits long.
const SWEEP: usize = 20;

/// Deletes one step's worth of calls that began more than `days` days ago. True if there may be more.
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

/// Removes deleted calls from the log. While somebody reads, that has to wait until next time.
pub(crate) fn cut_log(connection: &Connection) -> rusqlite::Result<()> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        tracing::info!("the journal is being read: deleted calls leave its log next time");
    }
    Ok(())
}
