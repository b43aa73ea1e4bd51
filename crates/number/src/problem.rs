//! Why a text is not a number.

use crate::{Number, characters};

/// Why a text is not a number that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It has nothing but white space, punctuation and the like.
    Empty,
    /// More than 40 digits, an extension part of more than 20, or a text of more than 4096 bytes.
    TooLong,
    /// A character that has no place in a number, as written.
    Character(char),
    /// A letter among digits that looks like a zero or a one, as written.
    Lookalike(char),
    /// A number that a spreadsheet has cut to a few digits, such as `1.38001E+10`.
    Cut,
    /// A `+` that is not in front of a country code.
    Plus,
    /// A link of an unknown kind.
    Scheme,
    /// A SIP address without a user.
    Host,
    /// Percent escapes that are not UTF-8.
    Encoding,
    /// Two or more numbers, never fewer: the user has to choose.
    Which(Vec<Number>),
}

impl Problem {
    /// The key of the sentence in the panel's locales.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Empty => "number_empty",
            Problem::Character(_) => "number_invalid",
            Problem::Lookalike(c) if characters::looks_like_one(*c) => "number_letter_one",
            Problem::Lookalike(_) => "number_letter_zero",
            Problem::Cut => "number_cut",
            Problem::TooLong => "number_too_long",
            Problem::Plus => "number_plus",
            Problem::Scheme | Problem::Host | Problem::Encoding => "link_unusable",
            Problem::Which(_) => "number_which",
        }
    }

    /// The technical detail: `empty`, `too long`, `cut`, `scheme`, `host` or `encoding`; for a character itself, e.g. `“李”`, or
    /// its code point and Unicode name if it is invisible, e.g. `U+3164 HANGUL FILLER`; for several numbers the numbers,
    /// separated by ` / `.
    pub fn detail(&self) -> String {
        match self {
            Problem::Empty => "empty".into(),
            Problem::TooLong => "too long".into(),
            Problem::Character(c) | Problem::Lookalike(c) => characters::shown(*c),
            Problem::Cut => "cut".into(),
            Problem::Plus => characters::shown('+'),
            Problem::Scheme => "scheme".into(),
            Problem::Host => "host".into(),
            Problem::Encoding => "encoding".into(),
            Problem::Which(numbers) => numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / "),
        }
    }

    /// The same problem, but with the character as it was typed, before it was made plain.
    pub(crate) fn written_in(self, typed: &str) -> Problem {
        let written = |c| typed.chars().find(|&typed| characters::fold(typed) == Some(c)).unwrap_or(c);
        match self {
            Problem::Character(c) => Problem::Character(written(c)),
            Problem::Lookalike(c) => Problem::Lookalike(written(c)),
            other @ (Problem::Empty
            | Problem::TooLong
            | Problem::Cut
            | Problem::Plus
            | Problem::Scheme
            | Problem::Host
            | Problem::Encoding
            | Problem::Which(_)) => other,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::Empty => f.write_str("there is no digit in it"),
            Problem::TooLong => f.write_str("it is too long: a number has 40 digits at most"),
            Problem::Character(_) => write!(f, "{} has no place in a number", self.detail()),
            Problem::Lookalike(c) if characters::looks_like_one(*c) => write!(f, "{c} is a letter, not a one"),
            Problem::Lookalike(c) => write!(f, "{c} is a letter, not a zero"),
            Problem::Cut => {
                f.write_str("a spreadsheet has cut this number: copy it from a column that is formatted as text")
            }
            Problem::Plus => f.write_str("a + belongs in front of a country code, and nowhere else"),
            Problem::Scheme => f.write_str("it is no link to a number"),
            Problem::Host => f.write_str("it names a host and no user"),
            Problem::Encoding => f.write_str("its percent escapes are no text"),
            Problem::Which(numbers) => {
                f.write_str("there are several numbers in it: which is meant, ")?;
                for (index, number) in numbers.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { " or " }, number.dialled)?;
                    number.extension.iter().try_for_each(|extension| write!(f, " then {extension}"))?;
                }
                f.write_str("?")
            }
        }
    }
}

impl std::error::Error for Problem {}
