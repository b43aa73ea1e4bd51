//! Parses `Range`. Own code, because the `headers` crate accepts no suffix longer than the whole.

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Everything. Also for a header that is not understood, and for several ranges.
    Whole,
    Part(Range<u64>),
    Beyond,
}

/// For content of `whole` bytes.
pub(super) fn asks(range: &str, whole: u64) -> Asks {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asks::Whole;
    };
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(whole),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..whole,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => whole.saturating_sub(suffix)..whole,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => return Asks::Whole,
    };
    if part.start < part.end { Asks::Part(part) } else { Asks::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-9", Asks::Part(0..10)),
            ("bytes=90-", Asks::Part(90..100)),
            ("bytes=-10", Asks::Part(90..100)),
            ("bytes=-1000", Asks::Part(0..100)),
            ("bytes=50-1000", Asks::Part(50..100)),
            ("bytes=0-18446744073709551615", Asks::Part(0..100)),
            ("bytes=100-", Asks::Beyond),
            ("bytes=-0", Asks::Beyond),
            ("bytes=9-3", Asks::Whole),
            ("bytes=0-1,5-6", Asks::Whole),
            ("lines=0-1", Asks::Whole),
            ("bytes=x", Asks::Whole),
        ] {
            assert_eq!(asks(range, 100), expected, "{range}");
        }
    }
}
