//! Letters on a telephone's keys: `1-800-FLOWERS` (ITU-T E.161).

use crate::{body::Body, characters::is_lookalike, plan};

/// The digits for a number with letters in it, if that is how such a number is written: three digits or more in front, then words
/// up to the end, of three letters or more, five where nothing is between them and the digits, and no number without them.
/// Letters between digits, and such as look like digits, are a slip.
pub(crate) fn digits(body: &Body) -> Option<String> {
    let marks = &body.marks;
    let front = marks.trim_start_matches('+').bytes().take_while(u8::is_ascii_digit).count();
    let at = marks.find(|c: char| c.is_ascii_alphabetic())?;
    let word = marks.get(at..)?;
    let fewest = if body.groups.iter().any(|group| group.at.start == at) { 3 } else { 5 };
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !word.chars().all(is_lookalike);
    if front < 3 || word.len() < fewest || !is_word || marks.contains(['*', '#']) {
        return None;
    }
    let bare: String = marks.chars().filter(|c| !c.is_ascii_alphabetic()).collect();
    if plan::is_whole(&bare) || plan::is_local(&bare) {
        return None;
    }
    let digits: String = marks.chars().map(|c| key(c).unwrap_or(c)).collect();
    (7..=15).contains(&digits.trim_start_matches('+').len()).then_some(digits)
}

const fn key(letter: char) -> Option<char> {
    Some(match letter.to_ascii_uppercase() {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        _ => return None,
    })
}
