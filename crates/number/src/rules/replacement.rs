//! Replacements: a pattern, and what is put in the place of a number that it fits.

use regex::{Regex, RegexBuilder};

use super::{NoRule, Refusal};
use crate::MOST_DIGITS;

/// The longest pattern, in bytes.
const LONGEST: usize = 200;
/// The most memory that a pattern may take, in bytes.
const LARGEST: usize = 256 * 1024;

/// A replacement.
#[derive(Debug, Clone)]
pub struct Replacement {
    pattern: Regex,
    /// As they were written.
    text: (String, String),
}

impl Replacement {
    /// A pattern, which is a regular expression for the whole number, and what is dialled instead: `0-9 * # +`, with `$1` for what the
    /// first brackets of the pattern have found. `8(\d{3})` with `+861065528$1`.
    ///
    /// # Errors
    /// The pattern is none, or the other has something else in it.
    pub fn parse(pattern: &str, with: &str) -> Result<Replacement, NoRule> {
        if pattern.is_empty() || pattern.len() > LONGEST {
            return Err(NoRule("takes a pattern of 1 to 200 characters"));
        }
        let built = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST).build();
        let built = built.map_err(|_| NoRule("has a pattern that is no regular expression"))?;
        let groups = built.captures_len() - 1;
        if !is_template(with, groups) {
            return Err(NoRule("puts in digits, * and #, a + in front, and $1 for the first brackets of its pattern"));
        }
        Ok(Replacement { pattern: built, text: (pattern.to_owned(), with.to_owned()) })
    }

    /// What comes in the place of a number; nothing where the pattern does not fit.
    pub(super) fn of(&self, number: &str) -> Option<Result<String, Refusal>> {
        let found = self.pattern.captures(number)?;
        let mut other = String::new();
        // `$1` followed by digits is the first group all the same: no group has a name, or a number of two digits.
        let mut rest = self.text.1.as_str();
        while let Some((before, behind)) = rest.split_once('$') {
            other.push_str(before);
            let group =
                behind.chars().next().and_then(|c| c.to_digit(10)).and_then(|group| usize::try_from(group).ok());
            other.push_str(group.and_then(|group| found.get(group)).map_or("", |group| group.as_str()));
            rest = behind.get(1..).unwrap_or_default();
        }
        other.push_str(rest);
        let keys = other.strip_prefix('+').unwrap_or(&other);
        let dials = !keys.is_empty()
            && other.len() <= MOST_DIGITS
            && keys.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
        Some(if dials { Ok(other) } else { Err(Refusal::Replaced) })
    }
}

/// Whether a text is digits and groups that the pattern has.
fn is_template(text: &str, groups: usize) -> bool {
    let mut rest = text.strip_prefix('+').unwrap_or(text).chars();
    let mut any = false;
    while let Some(c) = rest.next() {
        any = true;
        let fits = match c {
            '0'..='9' | '*' | '#' => true,
            '$' => rest
                .next()
                .and_then(|c| c.to_digit(10))
                .is_some_and(|group| usize::try_from(group).is_ok_and(|group| (1..=groups).contains(&group))),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    any
}

impl PartialEq for Replacement {
    fn eq(&self, other: &Replacement) -> bool {
        self.text == other.text
    }
}

impl Eq for Replacement {}
