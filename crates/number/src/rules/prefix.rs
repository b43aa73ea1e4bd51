//! Prefixes of numbers.

use std::fmt;

use super::NoRule;

/// The longest prefix, in characters.
const LONGEST: usize = 20;

/// The beginning of a number: 1 to 20 of `0-9 * #`, after a `+` if it begins with a country code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prefix(String);

impl Prefix {
    /// Reads a prefix.
    ///
    /// # Errors
    /// If it has other characters or too many.
    pub fn parse(text: &str) -> Result<Prefix, NoRule> {
        let keys = text.strip_prefix('+').unwrap_or(text);
        let fits =
            (1..=LONGEST).contains(&keys.len()) && keys.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
        if fits {
            Ok(Prefix(text.to_owned()))
        } else {
            Err(NoRule("takes beginnings of numbers, like \"0900\" or \"+7\""))
        }
    }

    /// Whether a number begins like this.
    pub fn begins(&self, number: &str) -> bool {
        number.starts_with(&self.0)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
