//! The journal from a program's point of view: files, kills, damage.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test's helpers are tests.

mod kept;
mod lost;
mod power;
mod searched;
mod table;
mod totals;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use uncall_journal::{Call, Direction, Journal, Missed, Options, Said};

/// Numbers belong to the same caller if their last seven digits are equal.
fn same(one: &str, other: &str) -> bool {
    let tail = |number: &str| number.chars().rev().filter(char::is_ascii_digit).take(7).collect::<String>();
    tail(one) == tail(other)
}

fn options(file: &Path) -> Options {
    Options { file: Some(file.to_owned()), keep_days: None, same }
}

fn open(file: &Path) -> Journal {
    Journal::open(options(file), || {})
}

/// Untranslated, and without names.
fn said() -> Said<'static> {
    Said { word: &str::to_owned, name: &|_| None }
}

/// This many seconds after the epoch.
fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn call(uid: &str, other: &str, began: i64) -> Call {
    Call {
        server: "http://pbx/".into(),
        extension: "801".into(),
        uid: uid.into(),
        began: second(began),
        calla: other.into(),
        callb: "801".into(),
        other: other.into(),
        name: None,
        direction: Direction::In,
        rings_since: None,
        answered: None,
        holds: Vec::new(),
        transfers: Vec::new(),
        ended: None,
        end_seen: true,
        departure: None,
        reason: None,
        talked_seconds: None,
        missed: Missed::No,
        offers: 1,
        survey: false,
        recording: None,
        popped: true,
    }
}

fn missed(uid: &str, other: &str, began: i64) -> Call {
    Call { ended: Some(second(began + 20)), missed: Missed::Yes, ..call(uid, other, began) }
}

/// Writes these calls and waits until they are on the disk.
fn keep(journal: &Journal, calls: impl IntoIterator<Item = Call>) {
    calls.into_iter().for_each(|call| journal.write(call, |_| {}));
    assert!(journal.flush(Duration::from_secs(60)));
}
