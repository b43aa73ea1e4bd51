//! Whether two writings mean one number.

use crate::{normalise, plan};

/// The fewest digits at the end of two numbers that make them one, where not both have a country code.
const FEWEST: usize = 7;

/// Whether `one` and `other` are writings of one number.
///
/// With country codes both have to be the same in E.164. Otherwise the shorter one, without the zero of its area code,
/// has to be the other one's end and have 7 digits or more: an area code, a country code or what is dialled for an outside line
/// may be missing in one. Shorter ones, such as extensions, and those with `*` or `#` have to be the same digit by digit. Two
/// extension parts have to be the same; where one is missing, it does not count. What is no number is the same as nothing.
pub fn same(one: &str, other: &str) -> bool {
    let (Ok(one), Ok(other)) = (normalise(one), normalise(other)) else { return false };
    if one.extension.is_some() && other.extension.is_some() && one.extension != other.extension {
        return false;
    }
    if one.dialled == other.dialled {
        return true;
    }
    match (e164(&one.dialled), e164(&other.dialled)) {
        (Some(one), Some(other)) => one == other,
        (one_whole, other_whole) => {
            let one = one_whole.as_deref().unwrap_or(&one.dialled);
            let other = other_whole.as_deref().unwrap_or(&other.dialled);
            ends_alike(significant(one), significant(other))
        }
    }
}

/// `+` and digits of a number that is written with its country code.
pub(crate) fn e164(dialled: &str) -> Option<String> {
    let digits = dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00"))?;
    Some(plan::international(digits).map_or_else(|| format!("+{digits}"), |number| number.e164))
}

/// Without `+`, or the zero before an area code.
pub(crate) fn significant(number: &str) -> &str {
    number.strip_prefix('+').or_else(|| number.strip_prefix('0')).unwrap_or(number)
}

fn ends_alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.len() >= FEWEST && !short.contains(['*', '#']) && !long.contains(['*', '#']) && long.ends_with(short)
}
