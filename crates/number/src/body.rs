//! The digits of a number and how they were grouped.

use std::ops::Range;

use crate::Problem;

/// More digits than any list of numbers that is worth a question.
const MOST_MARKS: usize = 200;

/// The characters that are dialled, letters among them, without those between.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) marks: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) letter: Option<char>,
    /// Whether a zero was in brackets of its own.
    pub(crate) bracketed_zero: bool,
}

/// Marks with nothing between them.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its place among the marks.
    pub(crate) at: Range<usize>,
    /// Whether another number may begin here: white space or a slash is before it.
    pub(crate) apart: bool,
    /// Whether an extension part may begin here: a dash or a bracket is before it.
    pub(crate) dash: bool,
}

impl Body {
    pub(crate) fn read(text: &str) -> Result<Body, Problem> {
        let mut body = Body { bracketed_zero: text.contains("(0)") || text.contains("[0]"), ..Body::default() };
        let (mut between, mut apart, mut dash) = (true, true, false);
        for c in text.chars() {
            match c {
                '0'..='9' | '*' | '#' | '+' | 'a'..='z' | 'A'..='Z' => {
                    if c.is_ascii_alphabetic() {
                        body.letter.get_or_insert(c);
                    }
                    let at = body.marks.len();
                    match body.groups.last_mut() {
                        Some(group) if !between => group.at.end = at + 1,
                        _ => body.groups.push(Group { at: at..at + 1, apart, dash }),
                    }
                    (between, apart, dash) = (false, false, false);
                    body.marks.push(c);
                }
                ' ' | '\t' | '\n' | '/' => (between, apart) = (true, true),
                '-' | '(' | '[' | '{' => (between, dash) = (true, true),
                '.' | ')' | ']' | '}' | '_' => between = true,
                // In an address, the name is what is wrong first.
                _ if body.marks.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    return Err(Problem::Character(body.letter.unwrap_or(c)));
                }
                _ => return Err(Problem::Character(c)),
            }
            if body.marks.len() > MOST_MARKS {
                return Err(Problem::TooLong);
            }
        }
        Ok(body)
    }

    pub(crate) fn part(&self, at: Range<usize>) -> &str {
        self.marks.get(at).unwrap_or("")
    }
}
