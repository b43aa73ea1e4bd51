//! The zero that is dialled within a country only: it goes after a country code, but not where it belongs to the number.

use crate::{Number, Rule, plan};

/// What may stand before a country code instead of `+`, the longest first; the empty one only before a zero in brackets,
/// which is how an international number is written and nothing else.
const PREFIXES: [&str; 5] = ["+", "0011", "011", "00", ""];

/// Drops the zero behind the country code of `dialled`, where the country's plan says so. `bracketed` is whether the
/// text had `(0)`.
pub(crate) fn drop(dialled: &str, bracketed: bool) -> Number {
    for prefix in PREFIXES {
        let Some(digits) = dialled.strip_prefix(prefix) else { continue };
        // Only `+` and `00` mean the same in most countries.
        if !matches!(prefix, "+" | "00") && !bracketed {
            continue;
        }
        if let Some(without) = without_zero(digits, bracketed) {
            let plus = if prefix.is_empty() { "+" } else { prefix };
            let found = Number::plain(format!("{plus}{without}")).did(Rule::TrunkZero);
            return if prefix.is_empty() { found.did(Rule::CountryCode) } else { found };
        }
    }
    Number::plain(dialled.to_owned())
}

/// The digits without the zero, if one has to go.
fn without_zero(digits: &str, bracketed: bool) -> Option<String> {
    let whole = plan::international(digits)?;
    let dropped = whole.e164.get(1..)?;
    let (code, national) = digits.split_at_checked(whole.code)?;
    // Whatever else the library changes is not ours to change.
    let only_prefix = dropped.len() < digits.len()
        && dropped.starts_with(code)
        && dropped.get(whole.code..).is_some_and(|rest| national.ends_with(rest));
    if only_prefix && (whole.valid || bracketed) {
        return Some(dropped.to_owned());
    }
    if whole.valid {
        return None;
    }
    // Countries without such a zero, where people write one all the same.
    let plain = format!("{code}{}", national.strip_prefix('0')?);
    plan::international(&plain)
        .is_some_and(|number| number.valid && number.e164.get(1..) == Some(&plain))
        .then_some(plain)
}
