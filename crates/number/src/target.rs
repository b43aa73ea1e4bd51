//! Whom a call goes to: an extension, whose name may have letters, or a number.

use crate::{Number, Problem, Rule, characters, normalise, plan};

/// The longest name of an extension, in characters; as of the API (`docs/api.md`).
const LONGEST_NAME: usize = 20;

/// The extension or number to transfer to, listen to or whisper to. What has letters is an extension's name, such as `agent-2`,
/// unless it is written as a number with letters is, such as `1-800-FLOWERS`.
///
/// # Errors
/// As [`normalise`].
pub fn target(typed: &str) -> Result<Number, Problem> {
    let text = characters::plain(typed)?.text;
    let text = text.trim();
    let number = normalise(typed);
    if !text.contains(|c: char| c.is_ascii_alphabetic()) || number.as_ref().is_ok_and(|number| is_vanity(text, number))
    {
        return number;
    }
    let stranger = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    match stranger {
        None if text.len() > LONGEST_NAME => Err(Problem::TooLong),
        None => Ok(Number::plain(text.to_owned())),
        // Most likely a name with a slip.
        Some(stranger) if number.is_err() && text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Err(Problem::Character(stranger).written_in(typed))
        }
        Some(_) => number,
    }
}

fn is_vanity(text: &str, number: &Number) -> bool {
    let capitals = text.chars().all(|c| !c.is_ascii_lowercase());
    number.rules.contains(&Rule::Letters) && capitals && text.contains(['-', ' ']) && plan::is_whole(&number.dialled)
}
