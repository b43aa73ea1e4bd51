//! Writes to the file. The caller wraps these functions in a transaction.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::grams;
use crate::record::{Call, Direction, Missed, Rename};
use crate::row::{COLUMNS, Row};

/// Whether two numbers belong to the same caller.
pub(crate) type Same = fn(&str, &str) -> bool;

/// The last digits, by which the calls of one caller are looked up. Callers then compare whole numbers.
const TAIL: usize = 7;

/// The lookup key of a number: equal for all calls of one caller.
pub(crate) fn tail(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len().checked_sub(TAIL) {
        Some(before) => digits.into_iter().skip(before).collect(),
        None => number.trim().to_lowercase(),
    }
}

/// Inserts or updates a call and returns its row's number. The agent's note and disposition stay.
pub(crate) fn put(connection: &Connection, call: &Call, same: Same) -> rusqlite::Result<i64> {
    let known = find(connection, call)?;
    let id = match &known {
        Some(known) => {
            update(connection, known, call)?;
            known.id
        }
        None => insert(connection, call)?,
    };
    index(connection, id, known.as_ref())?;
    if call.direction == Direction::Out || call.answered.is_some() {
        talked_again(connection, &call.other, id, same)?;
    }
    Ok(id)
}

fn find(connection: &Connection, call: &Call) -> rusqlite::Result<Option<Row>> {
    let query = format!("SELECT {COLUMNS} FROM call WHERE server = ?1 AND extension = ?2 AND uid = ?3 AND began = ?4");
    let mut query = connection.prepare_cached(&query)?;
    query.query_row(params![call.server, call.extension, call.uid, call.began.as_millisecond()], Row::read).optional()
}

fn insert(connection: &Connection, call: &Call) -> rusqlite::Result<i64> {
    let missed = call.missed != Missed::No;
    let mut insert = connection.prepare_cached(
        "INSERT INTO call (server, extension, uid, began, life, calla, callb, other, tail, name, direction, rings_since, answered,
            holds, transfers, ended, end_seen, departure, reason, talked, missed, offers, survey, recording, popped, seen, owed)
         VALUES (?1, ?2, ?3, ?4, 1 + (SELECT count(*) FROM call WHERE server = ?1 AND extension = ?2 AND uid = ?3),
            ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
    )?;
    insert.execute(params![
        call.server,
        call.extension,
        call.uid,
        call.began.as_millisecond(),
        call.calla,
        call.callb,
        call.other,
        tail(&call.other),
        call.name,
        call.direction.text(),
        call.rings_since.map(|at| at.as_millisecond()),
        call.answered.map(|at| at.as_millisecond()),
        list(&call.holds),
        list(&call.transfers),
        call.ended.map(|at| at.as_millisecond()),
        call.end_seen,
        call.departure.map(|departure| departure.text()),
        call.reason.map(|reason| reason.text()),
        call.talked_seconds.and_then(|seconds| i64::try_from(seconds).ok()),
        call.missed.text(),
        call.offers,
        call.survey,
        call.recording,
        call.popped,
        !missed,
        missed,
    ])?;
    Ok(connection.last_insert_rowid())
}

fn update(connection: &Connection, known: &Row, call: &Call) -> rusqlite::Result<()> {
    let missed = call.missed != Missed::No;
    // A call missed once more counts as unseen again; one that was not missed needs no attention.
    let seen = !missed || (known.seen && known.call.missed != Missed::No && known.call.offers == call.offers);
    let owed = missed && (known.owed || known.call.missed == Missed::No);
    let mut update = connection.prepare_cached(
        "UPDATE call SET calla = ?2, callb = ?3, other = ?4, tail = ?5, name = ?6, direction = ?7, rings_since = ?8,
            answered = ?9, holds = ?10, transfers = ?11, ended = ?12, end_seen = ?13, departure = ?14, reason = ?15, talked = ?16,
            missed = ?17, offers = ?18, survey = ?19, recording = ?20, popped = ?21, seen = ?22, owed = ?23 WHERE id = ?1",
    )?;
    update.execute(params![
        known.id,
        call.calla,
        call.callb,
        call.other,
        tail(&call.other),
        call.name.as_ref().or(known.call.name.as_ref()),
        call.direction.text(),
        call.rings_since.map(|at| at.as_millisecond()),
        call.answered.map(|at| at.as_millisecond()),
        list(&call.holds),
        list(&call.transfers),
        call.ended.map(|at| at.as_millisecond()),
        call.end_seen,
        call.departure.map(|departure| departure.text()),
        call.reason.map(|reason| reason.text()),
        call.talked_seconds.and_then(|seconds| i64::try_from(seconds).ok()),
        call.missed.text(),
        call.offers,
        call.survey,
        call.recording.as_ref().or(known.call.recording.as_ref()),
        call.popped || known.call.popped,
        seen,
        owed,
    ])?;
    Ok(())
}

/// Gives a call its new uid, or makes one of it and the row that has that uid.
pub(crate) fn rename(connection: &Connection, rename: &Rename) -> rusqlite::Result<()> {
    let Rename { server, extension, was, began, uid, now_began } = rename;
    let id_of = |uid: &str, began: Timestamp| {
        let mut query = connection
            .prepare_cached("SELECT id FROM call WHERE server = ?1 AND extension = ?2 AND uid = ?3 AND began = ?4")?;
        query.query_row(params![server, extension, uid, began.as_millisecond()], |row| row.get::<_, i64>(0)).optional()
    };
    let Some(old) = id_of(was, *began)? else { return Ok(()) };
    match id_of(uid, *now_began)? {
        None => {
            let mut update = connection.prepare_cached(
                "UPDATE call SET uid = ?2, began = ?3,
                    life = 1 + (SELECT count(*) FROM call WHERE server = ?4 AND extension = ?5 AND uid = ?2) WHERE id = ?1",
            )?;
            let before = row(connection, old)?;
            update.execute(params![old, uid, now_began.as_millisecond(), server, extension])?;
            index(connection, old, before.as_ref())
        }
        Some(kept) => {
            let (Some(from), before) = (row(connection, old)?, row(connection, kept)?) else { return Ok(()) };
            unindex(connection, old, &from.haystack())?;
            let mut update = connection.prepare_cached(
                "UPDATE call SET note = CASE WHEN note = '' THEN ?2 ELSE note END, disposition = coalesce(disposition, ?3),
                    second = CASE WHEN disposition IS NULL THEN ?4 ELSE second END WHERE id = ?1",
            )?;
            update.execute(params![kept, from.note, from.disposition, from.second])?;
            connection.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([old])?;
            index(connection, kept, before.as_ref())
        }
    }
}

fn list(items: &impl serde::Serialize) -> String {
    serde_json::to_string(items).unwrap_or_else(|_| "[]".to_owned())
}

/// Reads a row.
pub(crate) fn row(connection: &Connection, id: i64) -> rusqlite::Result<Option<Row>> {
    let query = format!("SELECT {COLUMNS} FROM call WHERE id = ?1");
    connection.prepare_cached(&query)?.query_row([id], Row::read).optional()
}

/// Updates the search index for a row. `before` is the row as it was indexed.
fn index(connection: &Connection, id: i64, before: Option<&Row>) -> rusqlite::Result<()> {
    let Some(now) = row(connection, id)? else { return Ok(()) };
    let haystack = now.haystack();
    if let Some(before) = before.map(Row::haystack) {
        if before == haystack {
            return Ok(());
        }
        unindex(connection, id, &before)?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO found (rowid, grams) VALUES (?1, ?2)")?;
    insert.execute(params![id, grams::tokens(&haystack)])?;
    Ok(())
}

/// Removes a row from the search index. The index keeps no copy of the text, so it needs the one it was built from.
pub(crate) fn unindex(connection: &Connection, id: i64, haystack: &str) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("INSERT INTO found (found, rowid, grams) VALUES ('delete', ?1, ?2)")?;
    delete.execute(params![id, grams::tokens(haystack)])?;
    Ok(())
}

/// Clears the missed calls of this number before row `id`: its caller is no longer waiting for a call back.
fn talked_again(connection: &Connection, number: &str, id: i64, same: Same) -> rusqlite::Result<()> {
    let mut waiting =
        connection.prepare_cached("SELECT id, other FROM call WHERE owed = 1 AND tail = ?1 AND id < ?2")?;
    let waiting: Vec<(i64, String)> = waiting
        .query_map(params![tail(number), id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, other) in waiting {
        if other == number || same(&other, number) {
            connection.prepare_cached("UPDATE call SET owed = 0 WHERE id = ?1")?.execute([id])?;
        }
    }
    Ok(())
}

/// Sets the note. False if there is no such row.
pub(crate) fn note(connection: &Connection, id: i64, note: &str) -> rusqlite::Result<bool> {
    let Some(before) = row(connection, id)? else { return Ok(false) };
    connection.prepare_cached("UPDATE call SET note = ?2 WHERE id = ?1")?.execute(params![id, note])?;
    index(connection, id, Some(&before)).map(|()| true)
}

/// Sets the disposition. False if there is no such row.
pub(crate) fn dispose(
    connection: &Connection,
    id: i64,
    first: Option<&str>,
    second: Option<&str>,
) -> rusqlite::Result<bool> {
    let Some(before) = row(connection, id)? else { return Ok(false) };
    let mut update = connection.prepare_cached("UPDATE call SET disposition = ?2, second = ?3 WHERE id = ?1")?;
    update.execute(params![id, first, second])?;
    index(connection, id, Some(&before)).map(|()| true)
}

/// Marks the missed calls up to this row as seen.
pub(crate) fn see(connection: &Connection, through: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE call SET seen = 1 WHERE seen = 0 AND id <= ?1")?.execute([through])?;
    Ok(())
}
