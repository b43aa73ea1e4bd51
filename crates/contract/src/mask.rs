//! Masks telephone numbers: a log says what happened, not to whom.

use std::borrow::Cow;

/// This many digits count as a telephone number. Extensions have fewer.
const NUMBER: usize = 7;
/// Digits left at the end in logs, enough to recognise a number one knows.
const LEFT: usize = 3;
/// On the screen, at least this many digits are hidden, and at most [`MOST_SHOWN`] are shown.
const HIDDEN: usize = 4;
const MOST_SHOWN: usize = 9;
/// Digits of the seconds in a call's uid, such as `1372123897.17`, which is not a telephone number.
const SECONDS: usize = 10;

/// The text for a log: all but the last three digits of each telephone number become `*`. Seven or more digits count as a number,
/// with single spaces and dashes between them. RFC 3339 times and uids stay.
pub fn masked(text: &str) -> Cow<'_, str> {
    replaced(text, |number| hidden(number, |digits| (0, LEFT.min(digits))))
}

/// The text for the screen of an agent who may not read numbers but has to tell callers apart: at least four digits of each
/// number become `*`, as in `138****9060`. A number never shows more than nine digits, so the longer it is, the more of its
/// middle is hidden.
pub fn masked_on_screen(text: &str) -> Cow<'_, str> {
    replaced(text, |number| {
        hidden(number, |digits| {
            let shown = digits.saturating_sub(HIDDEN).min(MOST_SHOWN);
            let back = shown.div_ceil(2).min(4);
            (shown - back, back)
        })
    })
}

/// Replaces digits with `*`. `left` takes the number of digits and returns how many to keep at the front and at the end.
fn hidden(number: &str, left: impl Fn(usize) -> (usize, usize)) -> String {
    let digits = number.chars().filter(|c| c.is_numeric()).count();
    let (front, back) = left(digits);
    let mut at = 0;
    let hide = |c: char| {
        at += usize::from(c.is_numeric());
        if !c.is_numeric() || at <= front || at > digits.saturating_sub(back) { c } else { '*' }
    };
    number.chars().map(hide).collect()
}

/// Replaces each telephone number by what `other` returns for it. `other` gets the number as written, with spaces and dashes
/// between its digits.
pub fn replaced(text: &str, mut other: impl FnMut(&str) -> String) -> Cow<'_, str> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_numeric) {
        let (before, from) = rest.split_at(start);
        whole.push_str(before);
        if let Some((time, after)) = timestamp(from) {
            whole.push_str(time);
            rest = after;
            continue;
        }
        let (number, after) = from.split_at(length(from));
        let digits = number.chars().filter(|c| c.is_numeric()).count();
        let is_uid = number.len() == SECONDS
            && after.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        if digits < NUMBER || is_uid {
            whole.push_str(number);
        } else {
            // The separator before the next word does not belong to the number.
            let own = number.trim_end_matches([' ', '-']);
            whole.push_str(&other(own));
            whole.push_str(number.strip_prefix(own).unwrap_or_default());
        }
        rest = after;
    }
    if whole.is_empty() {
        return Cow::Borrowed(text);
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// Splits off a time at the beginning, such as `2026-11-30T09:31:38.123456Z`. No telephone number has this shape.
fn timestamp(text: &str) -> Option<(&str, &str)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let is_shaped = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let head = text.as_bytes().get(..SHAPE.len())?;
    if !head.iter().zip(SHAPE).all(is_shaped) {
        return None;
    }
    let rest = text.get(SHAPE.len()..)?;
    let fraction = rest
        .strip_prefix('.')
        .map_or(0, |digits| 1 + digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()).min(9));
    // Digits right after the fraction would mean that this is no time.
    let (time, after) = text.split_at_checked(SHAPE.len() + fraction)?;
    (!after.starts_with(|c: char| c.is_numeric())).then_some((time, after))
}

/// Length in bytes of the digits at the beginning, with their separators.
fn length(text: &str) -> usize {
    let (mut length, mut parted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if c.is_numeric() => (length, parted) = (at + c.len_utf8(), false),
            ' ' | '-' if !parted => parted = true,
            _ => break,
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_masked_and_extensions_and_uids_are_not() {
        for (text, shown) in [
            ("13421829060", "********060"),
            ("+44 20 7946 0018", "+** ** **** *018"),
            ("138-0013-8000 calls 801", "***-****-*000 calls 801"),
            ("<calla>13421829060</calla><callb>801</callb>", "<calla>********060</calla><callb>801</callb>"),
            ("１３４２１８２９０６０", "********０６０"),
            ("uid 1372123897.17 of 801", "uid 1372123897.17 of 801"),
            ("1372123897", "*******897"),
            ("801", "801"),
            ("", ""),
            ("no number, 12345 6", "no number, 12345 6"),
            ("2026-11-30T09:31:38.123456789Z 13421829060", "2026-11-30T09:31:38.123456789Z ********060"),
            ("2026-11-30T09:31:3813421829060", "****-*1-30T09:31:**********060"),
            ("2026-11-30 13421829060", "****-**-** ********060"),
            ("808-13421829060-20130625-093138-1372123897.17.wav", "***-***********-********-******-*******897.17.wav"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    #[test]
    fn on_the_screen_callers_can_be_told_apart() {
        for (text, shown) in [
            ("13812349060", "138****9060"),
            ("+8613812349060", "+86138****9060"),
            ("+44 20 7946 0018", "+44 20 **** 0018"),
            ("01012345678", "010****5678"),
            ("2025550123", "202****123"),
            ("65521234", "65****34"),
            ("5550123", "5****23"),
            ("801", "801"),
            ("12345678901234567890", "12345*******"),
        ] {
            let whole = masked_on_screen(text);
            assert!(whole.starts_with(shown), "{text}: {whole}");
        }
        assert_eq!(masked_on_screen("12345678901234567890"), "12345***********7890");
    }

    proptest! {
        #[test]
        fn four_digits_or_more_are_hidden_on_the_screen(number in "[0-9]{7,30}") {
            let shown = masked_on_screen(&number);
            prop_assert!(shown.matches('*').count() >= 4 && !shown.contains(&number));
        }

        #[test]
        fn nothing_else_is_changed(text in any::<String>()) {
            let shown = masked(&text);
            prop_assert_eq!(shown.chars().count(), text.chars().count());
            for (shown, was) in shown.chars().zip(text.chars()) {
                prop_assert!(shown == was || (shown == '*' && was.is_numeric()));
            }
        }

        #[test]
        fn no_number_is_left(before in "[^0-9 -]{0,5}", number in "[0-9]{7,20}", after in "[^0-9. -]{0,5}") {
            let text = format!("{before}{number}{after}");
            prop_assert!(!masked(&text).contains(&number));
        }
    }
}
