//! Numbering plans: libphonenumber's data, and our own rules for China.

use phonenumber::Mode;

/// A number with its country code.
pub(crate) struct International {
    /// `+` and digits, without the zero that is only dialled within the country.
    pub(crate) e164: String,
    /// The length of the country code, in digits.
    pub(crate) code: usize,
    /// Whether the country's plan has such a number.
    pub(crate) valid: bool,
}

/// Reads the digits after a `+`. `None` without a known country code.
pub(crate) fn international(digits: &str) -> Option<International> {
    // No number is longer than 15 digits, but prefixes that are still to be dropped come on top.
    let plausible = (4..=20).contains(&digits.len()) && !digits.starts_with('0');
    if !plausible || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = phonenumber::parse(None, format!("+{digits}")).ok()?;
    let code = number.code().value().to_string().len();
    Some(International { e164: number.format().mode(Mode::E164).to_string(), code, valid: number.is_valid() })
}

fn is_valid(digits: &str) -> bool {
    international(digits).is_some_and(|number| number.valid)
}

/// Whether this looks like a whole number: with a country code, one of the country's plan; otherwise one of the length of a
/// number with an area code, a mobile number or a service number.
pub(crate) fn is_whole(number: &str) -> bool {
    if let Some(digits) = number.strip_prefix('+').or_else(|| number.strip_prefix("00")) {
        return is_valid(digits) || digits.strip_prefix("86").is_some_and(is_chinese_abroad);
    }
    let bytes = number.as_bytes();
    if !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    match (bytes.len(), bytes) {
        (10..=12, [b'0', b'1'..=b'9', ..]) | (11, [b'1', b'2'..=b'9', ..]) | (10, [b'2'..=b'9', ..]) => true,
        (11..=13, _) => is_valid(number),
        _ => false,
    }
}

/// Whether a plan has exactly this number: by the rules below for China, by libphonenumber's data for any other number with its
/// country code.
pub(crate) fn is_exact(number: &str) -> bool {
    if let Some(digits) = number.strip_prefix('+').or_else(|| number.strip_prefix("00")) {
        return digits.strip_prefix("86").map_or_else(|| is_valid(digits), is_chinese_abroad);
    }
    is_chinese(number)
        || number.strip_prefix("86").is_some_and(is_chinese_abroad)
        || (number.starts_with("12") && number.len() == 11 && is_valid(number))
}

/// A number after China's country code, where an area code loses its zero.
pub(crate) fn is_chinese_abroad(national: &str) -> bool {
    is_chinese(national) || is_chinese(&format!("0{national}"))
}

/// A mobile number, a 400 or 800 number, or an area code and 8 digits, 7 in some areas. libphonenumber accepts more than that.
pub(crate) fn is_chinese(national: &str) -> bool {
    if !national.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let bare = national.strip_prefix('0').unwrap_or(national);
    match (bare.len(), bare.as_bytes()) {
        (11, _) if is_chinese_mobile(bare) => true,
        (10, [b'4' | b'8', b'0', b'0', ..]) if bare == national => true,
        _ => area(national).is_some_and(|area| {
            let local = national.get(area.len()..).unwrap_or("");
            is_local(local) && (local.len() == 8 || area.len() == 4)
        }),
    }
}

/// A Chinese mobile number, without a zero in front.
pub(crate) fn is_chinese_mobile(number: &str) -> bool {
    matches!(number.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit))
}

/// Whether this has the shape of a number within an area: 7 or 8 digits.
pub(crate) fn is_local(number: &str) -> bool {
    matches!(number.as_bytes(), [b'2'..=b'9', rest @ ..] if matches!(rest.len(), 6 | 7) && rest.iter().all(u8::is_ascii_digit))
}

/// The Chinese area code at the start of a number: `010`, `02x`, or `0` and three digits.
pub(crate) fn area(number: &str) -> Option<&str> {
    let length = match number.as_bytes() {
        [b'0', b'1', b'0', ..] | [b'0', b'2', b'0'..=b'9', ..] => 3,
        [b'0', b'3'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => 4,
        _ => return None,
    };
    number.get(..length)
}
