//! Queries: the list with search and filters, a caller's earlier calls, counts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use serde::{Deserialize, Serialize};

use crate::book::{Same, tail};
use crate::grams;
use crate::row::{COLUMNS, Row};

/// The call that ended last is among so many that began last.
const LOOKED_THROUGH_FOR_LAST: u32 = 50;

/// The most rows in one answer.
pub const MOST: usize = 100;
/// How many earlier calls of a caller are returned.
const EARLIER: usize = 5;
/// How many rows are searched for them.
const LOOKED_THROUGH: usize = 200;

/// Selects calls. The answer has the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Words that all have to occur in numbers, name, note, disposition or uid. Part of a word is enough.
    pub text: String,
    /// Calls with one of these numbers match too, whatever their text. For names that are stored elsewhere.
    #[serde(skip)]
    pub numbers: Vec<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only with this disposition.
    pub disposition: Option<String>,
    /// Only rows before this one, for the next page.
    pub before: Option<i64>,
    /// How many rows, [`MOST`] at most and by default.
    pub limit: Option<usize>,
}

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Incoming, missed or not.
    In,
    /// Outgoing.
    Out,
    /// Missed or probably missed.
    Missed,
    /// Missed, and not called back since.
    Owed,
    /// With a note.
    Noted,
}

/// A page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub more: bool,
}

/// What is known about a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The call in question, if it is in the journal.
    pub this: Option<Row>,
    /// How many calls of this caller came earlier today.
    pub today: u32,
    /// The most recent of them, newest first.
    pub earlier: Vec<Row>,
    /// The most recent one with a note.
    pub noted: Option<Row>,
}

/// The rows that match a filter.
pub(crate) fn list(connection: &Connection, filter: &Filter, same: Same) -> rusqlite::Result<Page> {
    let limit = filter.limit.unwrap_or(MOST).clamp(1, MOST);
    let mut rows = Vec::new();
    each(connection, filter, |row| {
        rows.push(row);
        rows.len() <= limit
    })?;
    if !filter.numbers.is_empty() {
        let by_number = Filter { text: String::new(), ..filter.clone() };
        let mut found = 0;
        each(connection, &by_number, |row| {
            if filter.numbers.iter().any(|number| *number == row.call.other || same(number, &row.call.other)) {
                found += 1;
                rows.push(row);
            }
            found <= limit
        })?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        rows.dedup_by_key(|row| row.id);
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(Page { rows, more })
}

/// Passes each row that matches a filter to `take`, newest first, until that returns false.
pub(crate) fn each(
    connection: &Connection,
    filter: &Filter,
    mut take: impl FnMut(Row) -> bool,
) -> rusqlite::Result<()> {
    let terms = grams::terms(&filter.text);
    if terms.is_empty() && !filter.text.trim().is_empty() {
        return Ok(());
    }
    let Some(lines) = lines(connection, filter)? else { return Ok(()) };
    let (query, values) = question(filter, &terms, lines);
    let values: Vec<&dyn ToSql> = values.iter().map(|value| &**value).collect();
    let mut query = connection.prepare_cached(&query)?;
    for row in query.query_map(values.as_slice(), Row::read)? {
        let row = row?;
        let haystack = if terms.is_empty() { String::new() } else { row.haystack() };
        if terms.iter().all(|term| haystack.contains(term.as_str())) && !take(row) {
            break;
        }
    }
    Ok(())
}

/// The first and last row within the filter's dates. Searches read from the newest row on, so without these bounds a search in
/// old dates would read everything since.
fn lines(connection: &Connection, filter: &Filter) -> rusqlite::Result<Option<(i64, i64)>> {
    if filter.from.is_none() && filter.to.is_none() {
        return Ok(Some((i64::MIN, i64::MAX)));
    }
    let from = filter.from.map_or(i64::MIN, |from| from.as_millisecond());
    let to = filter.to.map_or(i64::MAX, |to| to.as_millisecond());
    let mut ends = connection.prepare_cached("SELECT min(id), max(id) FROM call WHERE began >= ?1 AND began < ?2")?;
    ends.query_row([from, to], |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?)))
}

/// For a word of digits: the columns that may contain it. Numbers with other characters are checked later, without them.
const MAY_HAVE: &str = "(instr(calla, ?) OR instr(callb, ?) OR instr(uid, ?) OR instr(note, ?) OR instr(ifnull(name, ''), ?) OR
    instr(ifnull(disposition, ''), ?) OR instr(ifnull(second, ''), ?) OR calla GLOB '*[^0-9]*' OR callb GLOB '*[^0-9]*')";

fn question(filter: &Filter, terms: &[String], (first, last): (i64, i64)) -> (String, Vec<Box<dyn ToSql>>) {
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut wanted: Vec<String> = Vec::new();
    let mut want = |condition: &str, value: Option<Box<dyn ToSql>>| {
        values.extend(value);
        wanted.push(condition.replace('?', &format!("?{}", values.len())));
    };
    let looked_up = grams::question(terms);
    let searches = looked_up.is_some();
    if let Some(question) = looked_up {
        want("found MATCH ?", Some(Box::new(question)));
        if (first, last) != (i64::MIN, i64::MAX) {
            want("found.rowid >= ?", Some(Box::new(first)));
            want("found.rowid <= ?", Some(Box::new(last)));
        }
        for term in terms.iter().filter(|term| term.bytes().all(|byte| byte.is_ascii_digit())) {
            want(MAY_HAVE, Some(Box::new(term.clone())));
        }
    }
    // Without a search, find the few calls of a day by the index on time and sort them. With one, the `+` keeps SQLite from using
    // that index, because the search already gives the order.
    let few = if searches { "+" } else { "" };
    if let Some(from) = filter.from {
        want(&format!("{few}began >= ?"), Some(Box::new(from.as_millisecond())));
    }
    if let Some(to) = filter.to {
        want(&format!("{few}began < ?"), Some(Box::new(to.as_millisecond())));
    }
    match filter.kind {
        Some(Kind::In) => want("direction = 'callin'", None),
        Some(Kind::Out) => want("direction = 'callout'", None),
        Some(Kind::Missed) => want("missed <> 'no'", None),
        Some(Kind::Owed) => want("owed = 1", None),
        Some(Kind::Noted) => want("note <> ''", None),
        None => {}
    }
    let by_number = filter.text.is_empty() && !filter.numbers.is_empty();
    if by_number {
        let tails: BTreeSet<String> = filter.numbers.iter().map(|number| tail(number)).collect();
        let list = serde_json::to_string(&tails).unwrap_or_default();
        want("tail IN (SELECT value FROM json_each(?))", Some(Box::new(list)));
    }
    if let Some(disposition) = &filter.disposition {
        want(&format!("{few}disposition = ?"), Some(Box::new(disposition.clone())));
    }
    if let Some(before) = filter.before {
        want(if searches { "found.rowid < ?" } else { "call.id < ?" }, Some(Box::new(before)));
    }
    let (tables, order) = match (searches, by_number) {
        (true, _) => ("found CROSS JOIN call ON call.id = found.rowid", "found.rowid"),
        // A few numbers match a few calls, which the index of numbers finds.
        (false, true) => ("call INDEXED BY call_tail", "call.id"),
        (false, false) => ("call", "call.id"),
    };
    let wanted = if wanted.is_empty() { String::new() } else { format!("WHERE {}", wanted.join(" AND ")) };
    (format!("SELECT {COLUMNS} FROM {tables} {wanted} ORDER BY {order} DESC"), values)
}

/// What is known about the other party of a call. `midnight` is the start of today.
pub(crate) fn caller(
    connection: &Connection,
    uid: &str,
    other: &str,
    midnight: Timestamp,
    same: Same,
) -> rusqlite::Result<Caller> {
    let newest = format!("SELECT {COLUMNS} FROM call WHERE tail = ?1 AND uid = ?2 ORDER BY id DESC LIMIT 1");
    let mut newest = connection.prepare_cached(&newest)?;
    let this = newest.query_map(params![tail(other), uid], Row::read)?.next().transpose()?;
    let mut caller = Caller { this, ..Caller::default() };
    if other.trim().is_empty() {
        return Ok(caller);
    }
    let before = caller.this.as_ref().map_or(i64::MAX, |row| row.id);
    let query =
        format!("SELECT {COLUMNS} FROM call WHERE tail = ?1 AND id < ?2 ORDER BY id DESC LIMIT {LOOKED_THROUGH}");
    let mut query = connection.prepare_cached(&query)?;
    for row in query.query_map(params![tail(other), before], Row::read)? {
        let row = row?;
        if row.call.other != other && !same(&row.call.other, other) {
            continue;
        }
        caller.today += u32::from(row.call.began >= midnight);
        if caller.noted.is_none() && !row.note.is_empty() {
            caller.noted = Some(row.clone());
        }
        if caller.earlier.len() < EARLIER {
            caller.earlier.push(row);
        }
    }
    Ok(caller)
}

/// Counts the missed calls that the agent has not seen.
pub(crate) fn unseen(connection: &Connection) -> rusqlite::Result<u32> {
    connection.prepare_cached("SELECT count(*) FROM call WHERE seen = 0")?.query_row([], |row| row.get(0))
}

/// The call that ended last; one that began before it may have.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<Option<Row>> {
    let query = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM call ORDER BY id DESC LIMIT {LOOKED_THROUGH_FOR_LAST}) AS call
         WHERE ended IS NOT NULL ORDER BY ended DESC, id DESC LIMIT 1"
    );
    connection.prepare_cached(&query)?.query_map([], Row::read)?.next().transpose()
}

/// What a desk needs to know about an extension at start: its open calls, and its last `most` calls, oldest first.
pub(crate) fn lives(connection: &Connection, server: &str, extension: &str, most: usize) -> rusqlite::Result<Vec<Row>> {
    let open = format!(
        "SELECT {COLUMNS} FROM call INDEXED BY call_open WHERE server = ?1 AND extension = ?2 AND ended IS NULL
         ORDER BY id DESC LIMIT {most}"
    );
    let last = format!(
        // The `+` makes SQLite walk from the newest row instead of sorting all calls of the extension.
        "SELECT {COLUMNS} FROM call WHERE +server = ?1 AND +extension = ?2 ORDER BY id DESC LIMIT {most}"
    );
    let mut rows: Vec<Row> = Vec::new();
    for query in [open, last] {
        let mut query = connection.prepare_cached(&query)?;
        for row in query.query_map(params![server, extension], Row::read)? {
            let row = row?;
            if rows.iter().all(|known| known.id != row.id) {
                rows.push(row);
            }
        }
    }
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// The uid of a row.
pub(crate) fn uid(connection: &Connection, id: i64) -> rusqlite::Result<Option<String>> {
    connection.prepare_cached("SELECT uid FROM call WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}
