//! Replacements: a pattern, and what to dial instead of a number that matches it.

use regex::{Regex, RegexBuilder};

use super::{NoRule, Refusal};
use crate::MOST_DIGITS;

/// The longest pattern, in bytes.
const LONGEST: usize = 200;
/// The memory limit for a compiled pattern, in bytes.
const LARGEST: usize = 256 * 1024;

/// A replacement.
#[derive(Debug, Clone)]
pub struct Replacement {
    pattern: Regex,
    /// Pattern and replacement as written.
    text: (String, String),
}

impl Replacement {
    /// `pattern` is a regular expression for the whole number. `with` is what to dial instead: `0-9 * # +`, and `$1` for what the
    /// pattern's first group matched. Example: `8(\d{3})` with `+861065528$1`.
    ///
    /// # Errors
    /// If the pattern is not valid, or the replacement has other characters.
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

    /// The replacement for a number. `None` if the pattern does not match.
    pub(super) fn of(&self, number: &str) -> Option<Result<String, Refusal>> {
        let found = self.pattern.captures(number)?;
        let mut other = String::new();
        // `$1` is the first group even if digits follow, so groups have one digit and no names. `Regex::replace` would read it
        // otherwise.
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

/// Whether a text consists of keys and references to groups of the pattern.
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
