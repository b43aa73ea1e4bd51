//! Phone numbers as people have them: typed, pasted from a mail, a web page, a spreadsheet or an address book.
//!
//! [`normalise`] answers with what is dialled for a text, [`explain`] says the same for a page or a terminal, [`link`]
//! takes the number out of a link, [`same`] compares two writings. Everything here is a pure function; a text may come
//! from anybody, and none makes it panic or work for long: texts of more than 4096 bytes are refused unread.
//!
//! Which zeros go after a country code, and which number of digits is a whole number, is libphonenumber's data, through
//! the crate `phonenumber`. It is unpacked when the first number needs it, not when the program starts.

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

/// The longest number that is dialled, in characters; as of the API (`docs/api.md`).
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
    /// What is keyed once the call is answered: 1 to 20 of `0-9 * #`, and `,` for a pause between them.
    pub extension: Option<String>,
    /// Words beside the number that mean nothing for it, such as a name; at most 60 characters.
    pub left_out: Option<String>,
    /// What was done to the text, each once, in the order of [`Rule`].
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
    /// Words beside it were left out: [`Number::left_out`].
    Words,
    /// The `.0` was dropped that a spreadsheet writes behind a number.
    Sheet,
    /// What is behind a whole number, with a dash before it, was taken as its extension part.
    Behind,
    /// Digits of another script, or full-width ones, were made plain.
    Digits,
    /// Letters became the digits of their keys.
    Letters,
    /// A country code without `+` in front of it got one, or the `00` behind a `+` was dropped.
    CountryCode,
    /// The zero that is only dialled within a country was dropped behind its country code.
    TrunkZero,
    /// An area or country code was taken over from the number that it was written behind.
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
/// Why there is none, or which of several it could be.
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

/// Reads text whose characters are plain.
fn read(text: &str) -> Result<Number, Problem> {
    if link::is_link(text) { link::address(text).map(|number| number.did(Rule::Link)) } else { list::read(text) }
}
