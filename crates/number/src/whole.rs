//! Numbers as keys of an index: in E.164 where the country is known, else their digits.

use crate::{matching, normalise, plan};

/// Where numbers without a country code are at home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The country code, such as `86`: 1 to 3 digits, empty where it is not known.
    pub country: String,
    /// The area code, such as `010`, with or without its zero; empty where it is not known.
    pub area: String,
}

/// A number in E.164 (`+8613800138000`), where it has a country code or is a whole number of `home`'s plan. None for
/// what is no number, for codes, and where the country is not known.
#[must_use]
pub fn whole(text: &str, home: &Home) -> Option<String> {
    let dialled = normalise(text).ok()?.dialled;
    if let Some(number) = matching::e164(&dialled) {
        return Some(number);
    }
    if home.country.is_empty() || !dialled.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let of_plan = |national: &str| {
        let number = plan::international(&format!("{}{national}", home.country))?;
        number.valid.then_some(number.e164)
    };
    // With a zero it has its area code. Without, it may be a mobile number, or one of this area.
    of_plan(&dialled)
        .or_else(|| {
            let area = home.area.trim_start_matches('0');
            (!area.is_empty() && !dialled.starts_with('0')).then(|| of_plan(&format!("{area}{dialled}")))?
        })
        // Or its country code is written without a `+`.
        .or_else(|| of_plan(dialled.strip_prefix(&home.country)?))
}

/// The digits by which [`same`](crate::same) compares a number whose country is not known: without `+` or the zero before
/// its area code. None for what is no number and for codes with `*` or `#`.
#[must_use]
pub fn digits_to_compare(text: &str) -> Option<String> {
    let dialled = normalise(text).ok()?.dialled;
    let whole = matching::e164(&dialled);
    let digits = matching::significant(whole.as_deref().unwrap_or(&dialled));
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.to_owned())
}
