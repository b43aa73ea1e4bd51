//! Telephone numbers in logs: a log says what happened, and not to whom.

use std::borrow::Cow;

/// So many digits are a telephone number; extensions have fewer.
const NUMBER: usize = 7;
/// So many are left at its end, by which those who know it know it again.
const LEFT: usize = 3;
/// Digits of the seconds in a call's uid, `1372123897.17`, which is no number of anybody.
const SECONDS: usize = 10;

/// The text, with all but the last three digits of each telephone number in it as `*`: seven digits or more, single blanks and
/// dashes among them.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_numeric) {
        let (before, from) = rest.split_at(start);
        let (number, after) = from.split_at(length(from));
        shown.push_str(before);
        let digits = number.chars().filter(|c| c.is_numeric()).count();
        let is_uid = number.len() == SECONDS
            && after.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        if digits < NUMBER || is_uid {
            shown.push_str(number);
        } else {
            let mut hidden = digits - LEFT;
            shown.extend(number.chars().map(|c| {
                if c.is_numeric() && hidden > 0 {
                    hidden -= 1;
                    '*'
                } else {
                    c
                }
            }));
        }
        rest = after;
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
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
            ("808-13421829060-20130625-093138-1372123897.17.wav", "***-***********-********-******-*******897.17.wav"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    proptest! {
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
