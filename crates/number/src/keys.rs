//! Letters on a telephone's keys: `1-800-FLOWERS` (ITU-T E.161).

use crate::plan;

/// The digits for `marks` with letters in it, if that is how such a number is written: three digits or more in front, three letters
/// or more, and no number without them.
pub(crate) fn digits(marks: &str) -> Option<String> {
    let front = marks.trim_start_matches('+').bytes().take_while(u8::is_ascii_digit).count();
    let letters = marks.bytes().filter(u8::is_ascii_alphabetic).count();
    if front < 3 || letters < 3 || marks.contains(['*', '#']) {
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
