//! A call read from the file, with what the agent added.

use jiff::Timestamp;
use rusqlite::types::Type;
use serde::{Deserialize, Serialize};

use crate::record::{Call, Departure, Direction, Missed, Reason};

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The row's number in the file. It only grows and is never reused.
    pub id: i64,
    /// Counts the lives of the uid, from 1.
    pub life: i64,
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// The agent's note.
    pub note: String,
    /// The disposition, one of the agent's list.
    pub disposition: Option<String>,
    /// The second level of the disposition.
    pub second: Option<String>,
    /// Whether the agent has seen a missed call. True for other calls.
    pub seen: bool,
    /// Missed, and nobody has talked to that number or called it since.
    pub owed: bool,
}

/// The columns that [`Row::read`] reads, in order.
pub(crate) const COLUMNS: &str = "call.id, life, server, extension, uid, began, calla, callb, other, name, direction, rings_since, \
     answered, holds, transfers, ended, end_seen, departure, reason, talked, missed, offers, survey, recording, popped, note, \
     disposition, second, seen, owed";

impl Row {
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        let time = |at: usize| row.get::<_, Option<i64>>(at).map(|ms| ms.map(instant));
        let word = |at: usize| row.get::<_, Option<String>>(at);
        let call = Call {
            server: row.get(2)?,
            extension: row.get(3)?,
            uid: row.get(4)?,
            began: instant(row.get(5)?),
            calla: row.get(6)?,
            callb: row.get(7)?,
            other: row.get(8)?,
            name: row.get(9)?,
            direction: word(10)?.as_deref().and_then(Direction::read).unwrap_or(Direction::In),
            rings_since: time(11)?,
            answered: time(12)?,
            holds: list(row, 13)?,
            transfers: list(row, 14)?,
            ended: time(15)?,
            end_seen: row.get(16)?,
            departure: word(17)?.as_deref().and_then(Departure::read),
            reason: word(18)?.as_deref().and_then(Reason::read),
            talked_seconds: row.get::<_, Option<i64>>(19)?.map(i64::unsigned_abs),
            missed: word(20)?.as_deref().and_then(Missed::read).unwrap_or(Missed::No),
            offers: row.get(21)?,
            survey: row.get(22)?,
            recording: row.get(23)?,
            popped: row.get(24)?,
        };
        Ok(Row {
            id: row.get(0)?,
            life: row.get(1)?,
            call,
            note: row.get(25)?,
            disposition: row.get(26)?,
            second: row.get(27)?,
            seen: row.get(28)?,
            owed: row.get(29)?,
        })
    }

    /// The text that a search looks through.
    pub(crate) fn haystack(&self) -> String {
        let Row { call, note, disposition, second, .. } = self;
        crate::grams::haystack(&[
            &call.calla,
            &call.callb,
            call.name.as_deref().unwrap_or_default(),
            &call.uid,
            note,
            disposition.as_deref().unwrap_or_default(),
            second.as_deref().unwrap_or_default(),
        ])
    }
}

/// Converts milliseconds. A value outside the calendar becomes the epoch.
pub(crate) fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn list<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Vec<T>> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into()))
}
