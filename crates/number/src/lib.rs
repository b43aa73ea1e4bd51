//! Phone numbers as people write them: typed, or pasted from a mail, a web page, a spreadsheet or an address book.
//!
//! [`normalise`] returns what to dial for a text, [`explain`] says the same for a page or a terminal, [`link`] takes the number
//! out of a link, and [`same`] compares two spellings. Everything here is a pure function. A text may come from anybody, and none
//! causes a panic or long work: texts of more than 4096 bytes are refused unread.
//!
//! Which zeros to drop after a country code, and how many digits make a whole number, comes from libphonenumber's data, through
//! the crate `phonenumber`. The data is unpacked when the first number needs it, not when the program starts.

mod aside;
mod body;
mod card;
mod characters;
mod explanation;
mod extension;
mod keys;
mod labels;
mod link;
mod list;
mod matching;
mod plan;
mod problem;
mod reading;
pub mod rules;
mod sheet;
mod target;
mod trunk;
mod whole;

pub use explanation::{Choice, Explanation, Fault, explain, explain_target};
pub use link::{is_link, link};
pub use matching::same;
pub use problem::Problem;
pub use rules::Rules;
pub use target::target;
pub use whole::{Home, digits_to_compare, whole};

use serde::Serialize;

/// The longest number to dial, in characters, as in the API (`docs/api.md`).
pub const MOST_DIGITS: usize = 40;
/// The longest extension part, in characters, as in libphonenumber.
pub const MOST_EXTENSION: usize = 20;
/// The longest text that is read, in bytes.
const LONGEST: usize = 4096;

/// A number that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What is dialled: 1 to 40 of `0-9 * # +`, `+` only at the front.
    pub dialled: String,
    /// The keys to send once the call is answered: 1 to 20 of `0-9 * #`, with `,` for a pause.
    pub extension: Option<String>,
    /// Words next to the number that do not affect it, such as a name. At most 60 characters.
    pub left_out: Option<String>,
    /// What was done to the text, each item once, in the order of [`Rule`].
    pub rules: Vec<Rule>,
}

/// What was done to a text, beyond dropping white space and punctuation between digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It was taken out of a vCard's `TEL` line.
    Card,
    /// It was taken out of a link.
    Link,
    /// Words around it were dropped, such as `Tel.` or `手机：`.
    Label,
    /// Words next to it were left out, see [`Number::left_out`].
    Words,
    /// The `.0` that spreadsheets append to numbers was dropped.
    Sheet,
    /// What follows a whole number after a dash was taken as its extension part.
    Behind,
    /// Full-width digits or those of another script were converted.
    Digits,
    /// Letters became the digits of their keys.
    Letters,
    /// A country code without `+` got one, or the `00` after a `+` was dropped.
    CountryCode,
    /// The zero that is only dialled within a country was dropped after the country code.
    TrunkZero,
    /// An area or country code was taken over from the number written before it.
    Area,
}

impl Number {
    fn plain(dialled: String) -> Number {
        Number { dialled, extension: None, left_out: None, rules: Vec::new() }
    }

    fn did(mut self, rule: Rule) -> Number {
        if let Err(place) = self.rules.binary_search(&rule) {
            self.rules.insert(place, rule);
        }
        self
    }
}

/// The number with its extension part, as [`normalise`] reads it: `01065521234 x9`.
impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.dialled)?;
        self.extension.as_ref().map_or(Ok(()), |extension| write!(f, " x{extension}"))
    }
}

/// The number that is dialled for `typed`.
///
/// # Errors
/// Why it is not a number, or which numbers it could be.
pub fn normalise(typed: &str) -> Result<Number, Problem> {
    let plain = characters::plain(typed)?;
    let found = if let Some(lines) = card::telephones(&plain.text) {
        list::one_of(lines.into_iter().map(|line| read(&line).map(|number| number.did(Rule::Card))))
    } else {
        read(&plain.text)
    };
    match found {
        Ok(number) if plain.digits => Ok(number.did(Rule::Digits)),
        Ok(number) => Ok(number),
        Err(problem) => Err(problem.written_in(typed)),
    }
}

/// Reads a text of plain characters.
fn read(text: &str) -> Result<Number, Problem> {
    if link::is_link(text) { link::address(text).map(|number| number.did(Rule::Link)) } else { list::read(text) }
}
