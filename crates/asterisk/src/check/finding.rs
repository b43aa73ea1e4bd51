//! A result of the check.

use std::fmt;

use super::section::{File, Lines};

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Something has to be done.
    Missing,
    /// It could not be checked.
    NotChecked,
}

/// One line of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub verdict: Verdict,
    /// What it is, and what to do about it. One line.
    pub text: String,
    /// Configuration lines that fix it, if lines can.
    pub lines: Vec<Lines>,
}

impl Finding {
    /// As it should be.
    pub fn ok(text: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Ok, text: text.into(), lines: Vec::new() }
    }

    /// Something has to be done, and `text` says what.
    pub fn missing(text: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Missing, text: text.into(), lines: Vec::new() }
    }

    /// It could not be checked, and `text` says why.
    pub fn not_checked(text: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::NotChecked, text: text.into(), lines: Vec::new() }
    }

    /// Adds lines that fix it, for a section of a file.
    #[must_use]
    pub fn add(mut self, file: File, section: &str, text: impl Into<String>) -> Finding {
        self.lines.push(Lines { file, section: section.to_owned(), text: text.into() });
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Missing => "MISSING",
            Verdict::NotChecked => "not checked",
        };
        write!(f, "{verdict:<12} {}", self.text)
    }
}

/// A list for people: all items, or the first of many.
pub(super) fn list<T: fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 12;
    let mut text = items.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN {
        text.push_str(&format!(" and {} more", items.len() - SHOWN));
    }
    text
}
