//! Exports the journal for spreadsheets: CSV in UTF-8 with a byte order mark, without which they garble Chinese.

use std::io::{self, Write};
use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::Connection;

use crate::opening::reader;
use crate::query::{Filter, each};
use crate::row::Row;
use crate::schema;
use crate::trouble::Trouble;

/// The columns in order. In the export, headings in the agent's language replace these names.
pub const COLUMNS: [&str; 22] = [
    "began",
    "direction",
    "number",
    "name",
    "caller",
    "callee",
    "missed",
    "offers",
    "answered",
    "ended",
    "end",
    "reason",
    "talked",
    "held",
    "transfers",
    "survey",
    "disposition",
    "second",
    "note",
    "extension",
    "uid",
    "life",
];

/// Words that the export takes from elsewhere.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// Translates headings and fixed values.
    pub word: &'a dyn Fn(&str) -> String,
    /// Today's name for a number, if known.
    pub name: &'a dyn Fn(&str) -> Option<String>,
}

/// Writes the calls of the file `journal` that match a filter to `to`, newest first. Returns the number of calls.
///
/// # Errors
/// If the journal does not exist, cannot be read or comes from a newer program, or if `to` cannot be written.
pub fn export(journal: &Path, filter: &Filter, to: impl Write, said: Said<'_>) -> Result<u64, Error> {
    if !journal.is_file() {
        return Err(Error::None(journal.display().to_string()));
    }
    let connection = reader(journal)?;
    let version = schema::version(&connection)?;
    if version > schema::VERSION {
        return Err(Error::Journal(Trouble::Newer(version)));
    }
    write(&connection, filter, to, said)
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no journal at this path.
    #[error("there is no journal at {0}")]
    None(String),
    /// The journal cannot be read.
    #[error("{0}")]
    Journal(Trouble),
    /// The export cannot be written.
    #[error("the file cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        Error::Journal(Trouble::of(&error))
    }
}

pub(crate) fn write(
    connection: &Connection,
    filter: &Filter,
    mut to: impl Write,
    Said { word, name }: Said<'_>,
) -> Result<u64, Error> {
    to.write_all("\u{feff}".as_bytes())?;
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    let headings = COLUMNS.map(|column| word(&format!("export.{column}")));
    table.write_record(&headings).map_err(io::Error::from)?;
    let zone = TimeZone::system();
    let (mut count, mut failed) = (0, None);
    each(connection, filter, |mut row| {
        row.call.name = name(&row.call.other).or(row.call.name);
        failed = table.write_record(cells(&row, &zone, word).iter().map(|cell| neutral(cell))).err();
        count += u64::from(failed.is_none());
        failed.is_none()
    })?;
    match failed {
        Some(error) => Err(Error::Write(error.into())),
        None => Ok(table.flush().map(|()| count)?),
    }
}

fn cells(row: &Row, zone: &TimeZone, word: &dyn Fn(&str) -> String) -> [String; 22] {
    let call = &row.call;
    let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let optional = |at: Option<Timestamp>| at.map(time).unwrap_or_default();
    let value = |kind: &str, text: &str| word(&format!("export.{kind}.{text}"));
    let held: i64 = call
        .holds
        .iter()
        .filter_map(|hold| Some(hold.to.or(call.ended)?.duration_since(hold.from).as_secs().max(0)))
        .sum();
    [
        time(call.began),
        value("direction", call.direction.text()),
        call.other.clone(),
        call.name.clone().unwrap_or_default(),
        call.calla.clone(),
        call.callb.clone(),
        value("missed", call.missed.text()),
        call.offers.to_string(),
        optional(call.answered),
        optional(call.ended),
        call.ended.map(|_| value("end", if call.end_seen { "seen" } else { "unseen" })).unwrap_or_default(),
        call.reason.map(|reason| value("reason", reason.text())).unwrap_or_default(),
        call.talked_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        held.to_string(),
        call.transfers.iter().map(|transfer| transfer.target.as_str()).collect::<Vec<_>>().join(" "),
        if call.survey { value("survey", "armed") } else { String::new() },
        row.disposition.clone().unwrap_or_default(),
        row.second.clone().unwrap_or_default(),
        row.note.clone(),
        call.extension.clone(),
        call.uid.clone(),
        row.life.to_string(),
    ]
}

/// Puts an apostrophe before a cell that a spreadsheet would take for a formula.
fn neutral(cell: &str) -> String {
    match cell.trim_start_matches(['\r', '\n', ' ']).chars().next() {
        Some('=' | '+' | '-' | '@' | '\t') => format!("'{cell}"),
        Some(_) | None => cell.to_owned(),
    }
}
