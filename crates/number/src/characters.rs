//! What each character means in a number, whatever keyboard, font or web page it comes from.

use crate::{LONGEST, Problem};

/// The zero of each script with decimal digits (Unicode 17, general category Nd). Its other nine digits follow it.
const ZEROS: [u32; 77] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0,
    0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70,
    0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// A text reduced to plain characters.
pub(crate) struct Plain {
    pub(crate) text: String,
    /// Whether it contained digits of another script.
    pub(crate) digits: bool,
}

/// Reduces a text to plain characters and drops invisible ones.
pub(crate) fn plain(typed: &str) -> Result<Plain, Problem> {
    if typed.len() > LONGEST {
        return Err(Problem::TooLong);
    }
    if let Some(control) = typed.chars().find(|c| c.is_control() && !c.is_whitespace()) {
        return Err(Problem::Character(control));
    }
    let digits = typed.chars().any(|c| !c.is_ascii() && digit(c).is_some());
    Ok(Plain { text: typed.chars().filter_map(fold).collect(), digits })
}

/// The plain character for this one. `None` for invisible characters and quotation marks.
pub(crate) fn fold(c: char) -> Option<char> {
    Some(match c {
        '\u{ff02}' | '\u{ff07}' | '\u{ff40}' => return None,
        // The full-width forms of ASCII.
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\t' => '\t',
        _ if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | 'ー' | 'ｰ' => '-',
        '·' | '•' | '‧' | '∙' | '⋅' | '・' | '･' | '。' | '｡' | '\u{fe52}' => '.',
        '⁄' | '∕' => '/',
        '､' => '、',
        '\u{fe50}' => ',',
        '\u{fe54}' => ';',
        '\u{fe55}' => ':',
        '【' | '〔' | '〖' | '〘' | '｟' | '\u{fe59}' | '\u{fe5b}' | '\u{fe5d}' => '(',
        '】' | '〕' | '〗' | '〙' | '｠' | '\u{fe5a}' | '\u{fe5c}' | '\u{fe5e}' => ')',
        '∗' | '⁎' | '\u{fe61}' | '✱' | '✳' => '*',
        '♯' | '\u{fe5f}' => '#',
        '\u{fe62}' | '➕' => '+',
        _ if unseen(c) || quote(c) => return None,
        _ => digit(c).unwrap_or(c),
    })
}

/// The plain digit of a decimal digit of any script.
fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let after = ZEROS.partition_point(|&zero| zero <= code);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    char::from_digit(code - zero, 10)
}

/// Invisible characters that only control how text is shown: direction, joining, variants.
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '´' | '«' | '»' | '\u{2018}'..='\u{201f}' | '′' | '″' | '‹' | '›' | '「'..='』' | '｢' | '｣'
        | '\u{301d}'..='\u{301f}')
}

/// Pictures that people put before or after a number.
pub(crate) fn is_picture(c: char) -> bool {
    matches!(c, '℡' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{2775}' | '\u{2794}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1f0ff}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f300}'..='\u{1faff}')
}

/// Whether this letter looks like a zero, in Latin, Greek or Cyrillic.
fn looks_like_zero(c: char) -> bool {
    matches!(c, 'O' | 'o' | 'Ο' | 'ο' | 'О' | 'о' | 'Ｏ' | 'ｏ')
}

/// Whether this letter looks like a one.
pub(crate) const fn looks_like_one(c: char) -> bool {
    matches!(c, 'l' | 'I' | 'Ι' | 'І' | 'ｌ' | 'Ｉ')
}

pub(crate) fn is_lookalike(c: char) -> bool {
    looks_like_zero(c) || looks_like_one(c)
}

/// A character for use in a sentence: itself if it is visible, otherwise its code point and name.
pub(crate) fn shown(c: char) -> String {
    let name = name(c);
    let nothing =
        ["COMBINING", "FILLER", "BLANK", "VOWEL SIGN", "OBJECT REPLACEMENT"].iter().any(|word| name.contains(word));
    let known = unicode_names2::name(c).is_some();
    if c.is_control() || c.is_whitespace() || unseen(c) || nothing || !known { name } else { format!("“{c}”") }
}

/// Code point and name, e.g. `U+00A7 SECTION SIGN`. Control characters have no name.
fn name(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    unicode_names2::name(c).map_or_else(|| code.clone(), |name| format!("{code} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judged by the regex crate's tables, which list the decimal digits, and by Unicode's names, which give their values.
    #[test]
    fn every_decimal_digit_of_unicode_is_read() {
        let decimal = regex::Regex::new(r"^\p{Nd}$").unwrap();
        let words = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"];
        let mut seen = 0;
        for c in '\0'..=char::MAX {
            let is = digit(c);
            if decimal.is_match(c.encode_utf8(&mut [0; 4])) {
                let value = is.and_then(|is| is.to_digit(10)).unwrap_or_else(|| panic!("{c:?}")) as usize;
                // One of the two may not know the newest names of Unicode 17.
                let name = unicode_names2::name(c).map(|name| name.to_string());
                assert!(name.is_none_or(|name| name.ends_with(words[value])), "{c:?}");
                seen += 1;
            }
        }
        assert!(seen >= 740, "{seen}");
    }

    #[test]
    fn names_say_what_a_character_is() {
        assert_eq!(name('§'), "U+00A7 SECTION SIGN");
        assert_eq!(name('\0'), "U+0000");
        assert_eq!(name('电'), "U+7535 CJK UNIFIED IDEOGRAPH-7535");
    }

    #[test]
    fn what_can_be_seen_is_shown() {
        for c in ['李', '§', 'O', 'é', '한', 'あ', '😀', '《', '²', '\u{20bb7}'] {
            assert_eq!(shown(c), format!("“{c}”"));
        }
        for c in [
            '\0',
            '\n',
            ' ',
            '\u{3000}',
            '\u{200b}',
            '\u{3164}',
            '\u{2800}',
            '\u{301}',
            '\u{e000}',
            '\u{378}',
            '\u{10ffff}',
        ] {
            assert!(shown(c).starts_with("U+"), "{c:?}");
        }
    }
}
