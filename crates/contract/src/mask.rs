//! Telephone numbers in logs: a log says what happened, and not to whom.

use std::borrow::Cow;

/// So many digits are a telephone number; extensions have fewer.
const NUMBER: usize = 7;
/// So many are left at its end, by which those who know it know it again.
const LEFT: usize = 3;
/// Of a number on the screen so many are hidden at least, and so many shown at most.
const HIDDEN: usize = 4;
const MOST_SHOWN: usize = 9;
/// Digits of the seconds in a call's uid, `1372123897.17`, which is no number of anybody.
const SECONDS: usize = 10;

/// The text as a log has it: of each telephone number in it all but the last three digits is `*`. Seven digits or more are a
/// number, single blanks and dashes among them. Times as RFC 3339 has them, and uids, stay.
pub fn masked(text: &str) -> Cow<'_, str> {
    replaced(text, |number| hidden(number, |digits| (0, LEFT.min(digits))))
}

/// The text as a screen has it whose agent may not read numbers, but has to tell callers apart: four digits of each telephone
/// number are `*`, as in `138****9060`, and of a longer one than a `+` and thirteen digits all that is left in its middle.
pub fn masked_on_screen(text: &str) -> Cow<'_, str> {
    replaced(text, |number| {
        hidden(number, |digits| {
            let shown = digits.saturating_sub(HIDDEN).min(MOST_SHOWN);
            let back = shown.div_ceil(2).min(4);
            (shown - back, back)
        })
    })
}

/// The number, with all but so many digits before and behind as `*`; `left` says how many, for how many there are.
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

/// The text, with something else in place of each telephone number; `other` gets it as it stands there, with the blanks and dashes
/// among its digits.
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
            // What parts it from the next word is not its own.
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

/// The time at the beginning, `2026-11-30T09:31:38.123456Z`, and what follows. Nobody's number has this shape.
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
    // A number right behind it would be a part of it.
    let (time, after) = text.split_at_checked(SHAPE.len() + fraction)?;
    (!after.starts_with(|c: char| c.is_numeric())).then_some((time, after))
}

/// Bytes of the digits at the beginning, with what parts them.
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
