//! What spreadsheets make of numbers: `13800138000.0` and `1.38001E+10`.

/// The number without the `.0` behind it, where that is all.
pub(crate) fn without_decimals(text: &str) -> Option<&str> {
    let (number, decimals) = text.split_once('.')?;
    let digits = number.strip_prefix('+').unwrap_or(number);
    let fits = matches!(decimals, "0" | "00") && digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(number)
}

/// Whether this is a number as a narrow column shows it: a digit, decimals, and an exponent. Its other digits are gone.
pub(crate) fn is_cut(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else { return false };
    let number = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (front, decimals) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let power = exponent.strip_prefix('+').unwrap_or(exponent);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    front.len() == 1
        && (1..=2).contains(&power.len())
        && (!decimals.is_empty() || power != exponent)
        && [front, decimals, power].into_iter().all(all_digits)
}
