//! Contacts out of files: CSV as address books, spreadsheets and CRMs write it, and vCards 2.1 to 4.0.
//!
//! A file is told by content, never by its name, and so is its encoding. What is taken is bounded: 64 MiB a file, 200,000
//! contacts, 20 numbers each, 300 columns, 1 MiB a card. A row without a name or without a number that can be dialled is skipped and said.

mod cards;
mod columns;
mod sheet;
mod text;
mod written;

use serde::Serialize;
use uncall_number::normalise;

pub use columns::{Column, Meaning};
pub use text::Encoding;
pub use written::write;

use crate::{Contact, Telephone, line::tidy};

/// The largest file, in bytes.
pub const LARGEST: usize = 64 << 20;
/// The most contacts of one file.
pub const MOST_CONTACTS: usize = 200_000;
const MOST_TELEPHONES: usize = 20;
const LONGEST_NAME: usize = 100;
const LONGEST_LABEL: usize = 30;
/// The most skipped rows that are named one by one.
const MOST_SKIPPED: usize = 100;

/// What a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What can be used, in the order of the file.
    pub contacts: Vec<Contact>,
    /// What the file is.
    pub kind: Kind,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// The recognised columns, if it is a sheet.
    pub columns: Vec<Column>,
    /// Rows that cannot be used, the first 100 of them.
    pub skipped: Vec<Skipped>,
    /// How many rows cannot be used.
    pub skipped_in_all: usize,
}

/// What a file of contacts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows of fields.
    Csv,
    /// `BEGIN:VCARD`.
    VCard,
}

/// A row or card that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The line in the file, from 1. For a card, its first line.
    pub line: u64,
    /// What is missing.
    pub why: Why,
}

/// Why a row or card cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It has no name.
    NoName,
    /// It has nothing where numbers are.
    NoNumber,
    /// What it has there cannot be dialled.
    NotANumber,
    /// It cannot be read at all.
    Broken,
}

/// Why a file has no contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// There is nothing in it.
    Empty,
    /// It is no text: a spreadsheet's own format, a picture, a packed file.
    NotText,
    /// No column looks like names, or none like numbers.
    NoColumns,
}

/// Takes the contacts out of a file.
///
/// # Errors
/// A [`Problem`] for a file that has none.
pub fn read(bytes: &[u8]) -> Result<Import, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::TooLarge);
    }
    let (text, encoding) = text::decode(bytes)?;
    if text.trim().is_empty() {
        return Err(Problem::Empty);
    }
    let mut rows = Rows::default();
    let (kind, columns) = if cards::are(&text) {
        cards::read(&text, &mut rows);
        (Kind::VCard, Vec::new())
    } else {
        (Kind::Csv, sheet::read(&text, &mut rows)?)
    };
    let Rows { contacts, skipped, skipped_in_all } = rows;
    Ok(Import { contacts, kind, encoding, columns, skipped, skipped_in_all })
}

/// Rows that were read so far.
#[derive(Default)]
struct Rows {
    contacts: Vec<Contact>,
    skipped: Vec<Skipped>,
    skipped_in_all: usize,
}

impl Rows {
    fn is_full(&self) -> bool {
        self.contacts.len() >= MOST_CONTACTS
    }

    fn skip(&mut self, line: u64, why: Why) {
        self.skipped_in_all += 1;
        if self.skipped.len() < MOST_SKIPPED {
            self.skipped.push(Skipped { line, why });
        }
    }

    /// Adds what a row says; `numbers` are texts with their labels.
    fn add<'a>(&mut self, line: u64, name: &str, company: &str, numbers: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut any = false;
        let mut telephones: Vec<Telephone> = Vec::new();
        for (text, label) in numbers {
            any |= !text.trim().is_empty();
            let Ok(number) = normalise(text) else { continue };
            if telephones.len() < MOST_TELEPHONES && telephones.iter().all(|known| *known.number != *number.dialled) {
                telephones.push(Telephone { number: number.dialled.into(), label: tidy(label, LONGEST_LABEL) });
            }
        }
        let company = tidy(company, LONGEST_NAME);
        let name = match tidy(name, LONGEST_NAME) {
            name if name.is_empty() => company.clone(),
            name => name,
        };
        match (name.is_empty(), telephones.is_empty()) {
            (true, true) if !any => {}
            (true, _) => self.skip(line, Why::NoName),
            (false, true) => self.skip(line, if any { Why::NotANumber } else { Why::NoNumber }),
            (false, false) => self.contacts.push(Contact { name, company, telephones: telephones.into() }),
        }
    }
}
