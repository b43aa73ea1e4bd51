//! Idle and busy over the day, and the day's totals.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

/// What is known about idle and busy from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    /// See [`crate::Call::server`].
    pub server: String,
    /// See [`crate::Call::extension`].
    pub extension: String,
    /// From when on.
    pub at: Timestamp,
    /// What.
    pub change: Change,
}

/// What happens to the spell that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A program starts. What lasted when the last one was killed ended when it was known last.
    Started,
    /// It lasts, and nothing has changed. Bounds what a kill can cost.
    Lasts,
    /// The extension is idle, or busy for this reason.
    Is {
        /// Busy; else idle.
        busy: bool,
        /// The reason, if one was given.
        reason: Option<String>,
    },
    /// Nothing is known any more.
    Unknown,
}

/// What a span of time was made of, in whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Incoming calls that began in it, missed ones included.
    pub incoming: u32,
    /// Outgoing ones.
    pub outgoing: u32,
    /// Missed or probably missed ones.
    pub missed: u32,
    /// Connected and not on hold. Only calls whose answer was seen.
    pub talk: u64,
    /// On hold.
    pub hold: u64,
    /// Idle.
    pub idle: u64,
    /// Busy, by reason, longest first.
    pub busy: Vec<Busy>,
}

/// Time that was spent busy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// The reason, if one was given.
    pub reason: Option<String>,
    /// How long.
    pub seconds: u64,
}

/// Writes what changes.
pub(crate) fn put(connection: &Connection, spell: &Spell) -> rusqlite::Result<()> {
    let Spell { server, extension, at, change } = spell;
    let at = at.as_millisecond();
    let lasting = "WHERE ended IS NULL AND server = ?1 AND extension = ?2";
    if *change == Change::Started {
        let ends = format!("UPDATE presence SET ended = known {lasting}");
        connection.prepare_cached(&ends)?.execute(params![server, extension])?;
        return Ok(());
    }
    let lasts = format!("UPDATE presence SET known = max(known, ?3) {lasting}");
    connection.prepare_cached(&lasts)?.execute(params![server, extension, at])?;
    if *change == Change::Lasts {
        return Ok(());
    }
    // The clock may have been set back.
    let ends = format!("UPDATE presence SET ended = max(began, ?3) {lasting}");
    connection.prepare_cached(&ends)?.execute(params![server, extension, at])?;
    if let Change::Is { busy, reason } = change {
        let begins =
            "INSERT INTO presence (server, extension, began, known, busy, reason) VALUES (?1, ?2, ?3, ?3, ?4, ?5)";
        connection.prepare_cached(begins)?.execute(params![server, extension, at, busy, reason])?;
    }
    Ok(())
}

/// No call lasts longer, in milliseconds: what began before cannot reach into the span.
const LONGEST_CALL: i64 = 24 * 3_600_000;

const CALLS: &str = "
    SELECT count(*) FILTER (WHERE began >= ?3 AND direction = 'callin'),
           count(*) FILTER (WHERE began >= ?3 AND direction = 'callout'),
           count(*) FILTER (WHERE began >= ?3 AND missed <> 'no'),
           coalesce(sum(connected), 0), coalesce(sum(held), 0)
    FROM (
        SELECT began, direction, missed,
            CASE WHEN answered IS NULL THEN 0
                WHEN talked IS NOT NULL AND answered >= ?3 AND ended <= ?4 THEN talked * 1000
                ELSE max(0, min(coalesce(ended, ?4), ?4) - max(answered, ?3)) END AS connected,
            (SELECT coalesce(sum(max(0,
                    min(coalesce(unixepoch(value ->> '$.to', 'subsec') * 1000, call.ended, ?4), ?4)
                        - max(unixepoch(value ->> '$.from', 'subsec') * 1000, ?3))), 0)
                FROM json_each(call.holds)) AS held
        FROM call WHERE began >= ?3 - ?5 AND began < ?4 AND +server = ?1 AND +extension = ?2
    )";

const SPELLS: &str = "
    SELECT busy, reason, sum(max(0, min(coalesce(ended, ?4), ?4) - max(began, ?3))) AS long
    FROM presence WHERE server = ?1 AND extension = ?2 AND began < ?4 AND (ended IS NULL OR ended > ?3)
    GROUP BY busy, reason ORDER BY long DESC, reason";

/// What `from` to `to` was made of. What lasts counts until `to`.
pub(crate) fn totals(
    connection: &Connection,
    (server, extension): (&str, &str),
    from: Timestamp,
    to: Timestamp,
) -> rusqlite::Result<Totals> {
    let (from, to) = (from.as_millisecond(), to.as_millisecond());
    let seconds = |ms: f64| (ms.max(0.0) / 1000.0).round() as u64;
    let mut totals =
        connection.prepare_cached(CALLS)?.query_row(params![server, extension, from, to, LONGEST_CALL], |row| {
            let (connected, held): (f64, f64) = (row.get(3)?, row.get(4)?);
            Ok(Totals {
                incoming: row.get(0)?,
                outgoing: row.get(1)?,
                missed: row.get(2)?,
                talk: seconds(connected - held),
                hold: seconds(held),
                ..Totals::default()
            })
        })?;
    let mut spells = connection.prepare_cached(SPELLS)?;
    let spells = spells.query_map(params![server, extension, from, to], |row| {
        Ok((row.get::<_, bool>(0)?, row.get::<_, Option<String>>(1)?, seconds(row.get(2)?)))
    })?;
    for spell in spells {
        match spell? {
            (false, _, long) => totals.idle += long,
            (true, _, 0) => {}
            (true, reason, seconds) => totals.busy.push(Busy { reason, seconds }),
        }
    }
    Ok(totals)
}
