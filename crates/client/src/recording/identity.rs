//! How a server shows that bytes of two answers belong together (RFC 9110, sections 8.8, 13.1.5 and 14).

use std::ops::Range;

use reqwest::header::{CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};

/// The longest validator to remember, in bytes.
const LONGEST: usize = 256;

/// What is known about the recording as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Its size in bytes, if the server stated it.
    pub(crate) total: Option<u64>,
    /// How the server recognises this version of it.
    pub(crate) validator: Option<Validator>,
}

/// A strong validator, as `If-Range` requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Validator {
    /// An `ETag`, quotes included.
    Tag(String),
    /// A `Last-Modified`, verbatim.
    Date(String),
}

impl Validator {
    /// The validator of an answer. A date counts only if the answer was sent later, because a file can change twice within one
    /// second.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Validator> {
        match text(headers, &ETAG) {
            Some(tag) if tag.starts_with('"') => Some(Validator::Tag(tag.to_owned())),
            Some(_) | None => {
                let (modified, sent) = (text(headers, &LAST_MODIFIED)?, text(headers, &DATE)?);
                (modified != sent).then(|| Validator::Date(modified.to_owned()))
            }
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Validator::Tag(text) | Validator::Date(text) => text,
        }
    }

    /// Whether an answer says that it is from another version, whatever the request asked for.
    pub(crate) fn is_contradicted_by(&self, headers: &HeaderMap) -> bool {
        let (name, mine) = match self {
            Validator::Tag(tag) => (&ETAG, tag),
            Validator::Date(date) => (&LAST_MODIFIED, date),
        };
        text(headers, name).is_some_and(|theirs| theirs != mine)
    }
}

/// A `Content-Range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// The range of the answer. `None` in a refusal (`*`).
    pub(crate) bytes: Option<Range<u64>>,
    /// The size of the whole.
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    pub(crate) fn of(headers: &HeaderMap) -> Option<ContentRange> {
        let (unit, rest) = text(headers, &CONTENT_RANGE)?.trim().split_once(' ')?;
        let (bytes, total) = rest.split_once('/')?;
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let total = if total.trim() == "*" { None } else { Some(number(total)?) };
        let bytes = match bytes.trim() {
            "*" => None,
            bytes => {
                let (first, last) = bytes.split_once('-')?;
                let (first, end) = (number(first)?, number(last)?.checked_add(1)?);
                Some(first..end).filter(|bytes| !bytes.is_empty() && total.is_none_or(|total| end <= total))
            }
        };
        (unit.eq_ignore_ascii_case("bytes") && (bytes.is_some() || total.is_some()))
            .then_some(ContentRange { bytes, total })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty() && text.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_strong_validators_count() {
        let of = |pairs: &[(HeaderName, &str)]| Validator::of(&headers(pairs));
        let (then, now) = ("Tue, 25 Jun 2013 01:31:38 GMT", "Tue, 25 Jun 2013 01:40:00 GMT");
        assert_eq!(of(&[(ETAG, "\"a\"")]), Some(Validator::Tag("\"a\"".into())));
        assert_eq!(of(&[(ETAG, "W/\"a\"")]), None);
        assert_eq!(of(&[(ETAG, "W/\"a\""), (LAST_MODIFIED, then), (DATE, now)]), Some(Validator::Date(then.into())));
        assert_eq!(of(&[(LAST_MODIFIED, now), (DATE, now)]), None);
        assert_eq!(of(&[(LAST_MODIFIED, then)]), None);
        assert_eq!(of(&[(ETAG, &format!("\"{}\"", "a".repeat(300)))]), None);
    }

    #[test]
    fn another_validator_contradicts_and_a_missing_one_does_not() {
        let mine = Validator::Tag("\"a\"".into());
        assert!(!mine.is_contradicted_by(&headers(&[])));
        assert!(!mine.is_contradicted_by(&headers(&[(ETAG, "\"a\"")])));
        assert!(mine.is_contradicted_by(&headers(&[(ETAG, "\"b\"")])));
        assert!(mine.is_contradicted_by(&headers(&[(ETAG, "W/\"a\"")])));
    }

    #[test]
    fn a_range_is_read_or_nothing() {
        let of = |text: &str| ContentRange::of(&headers(&[(CONTENT_RANGE, text)])).map(|it| (it.bytes, it.total));
        assert_eq!(of("bytes 5-99/100"), Some((Some(5..100), Some(100))));
        assert_eq!(of("Bytes 5-99/*"), Some((Some(5..100), None)));
        assert_eq!(of("bytes */100"), Some((None, Some(100))));
        for text in [
            "",
            "bytes",
            "bytes */*",
            "bytes 5-/100",
            "bytes 9-5/100",
            "bytes 5-100/100",
            "lines 1-2/3",
            "bytes 0-18446744073709551615/*",
        ] {
            assert!(of(text).is_none_or(|(bytes, _)| bytes.is_none()), "{text}");
        }
    }
}
