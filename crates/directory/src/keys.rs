//! Numbers as keys of an index.

use uncall_number::{Home, digits_to_compare, whole};

/// The digits at the end by which two numbers are one, where not both are known with their country; as `uncall_number::same`.
const TAIL: usize = 7;
/// The most digits that fit into a key. ITU-T E.164 allows 15.
const MOST: usize = 18;

/// A number as the index sees it.
pub(crate) struct Keys {
    /// The number in E.164, where its country is known.
    pub(crate) whole: Option<u64>,
    /// The digits as dialled, without `+` or the zero of an area.
    pub(crate) digits: String,
}

impl Keys {
    /// None for what is no number, and for codes with `*` or `#`, which are nobody's.
    pub(crate) fn of(number: &str, home: &Home) -> Option<Self> {
        let digits = digits_to_compare(number)?;
        let whole = whole(number, home).and_then(|whole| key(whole.strip_prefix('+')?));
        Some(Self { whole, digits })
    }

    /// What the number is found by without its country: its last digits, or all of a short one.
    pub(crate) fn tail(&self) -> Option<u64> {
        let from = self.digits.len().saturating_sub(TAIL);
        key(self.digits.get(from..)?)
    }

    /// Whether two numbers with one tail are one: the shorter is the end of the longer, and short ones are the same.
    pub(crate) fn meets(&self, other: &str) -> bool {
        let (short, long) = if self.digits.len() <= other.len() {
            (self.digits.as_str(), other)
        } else {
            (other, self.digits.as_str())
        };
        short == long || (short.len() >= TAIL && long.ends_with(short))
    }
}

/// Up to 18 digits as a number; a 1 in front keeps their leading zeros.
fn key(digits: &str) -> Option<u64> {
    if digits.is_empty() || digits.len() > MOST || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("1{digits}").parse().ok()
}
