//! Numbers besides extensions to which calls may be transferred, as regular expressions.

use regex::bytes::{Regex, RegexBuilder};
use uncall_contract::PhoneNumber;

use super::extensions::ListError;

/// A pattern that has to match a whole number: `600`, `0\\d+`.
#[derive(Debug, Clone)]
pub(in crate::access) struct Numbers {
    written: String,
    regex: Regex,
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Numbers) -> bool {
        self.written == other.written
    }
}

impl Eq for Numbers {}

impl Numbers {
    pub(in crate::access) fn read(written: &str) -> Result<Numbers, ListError> {
        let whole = |pattern: &str| RegexBuilder::new(&format!("^(?:{pattern})$")).unicode(false).build();
        // Check it alone as well: "6)|(7" would be valid inside the brackets that are put around it.
        let alone = RegexBuilder::new(written).unicode(false).build();
        let regex = alone.and_then(|_alone| whole(written));
        let regex = regex.map_err(|_why| ListError::Pattern(written.to_owned()))?;
        Ok(Numbers { written: written.to_owned(), regex })
    }

    pub(in crate::access) fn have(&self, number: &PhoneNumber) -> bool {
        self.regex.is_match(number.as_str().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn have(pattern: &str, number: &str) -> bool {
        Numbers::read(pattern).unwrap().have(&PhoneNumber::parse(number).unwrap())
    }

    #[test]
    fn a_pattern_fits_whole_numbers_only() {
        assert!(have("600", "600") && have("0\\d+", "013421829060") && have("6|7", "7") && have(r"\*97", "*97"));
        assert!(have("[0-9+]{5,}", "+861065521234"));
        for (pattern, number) in [
            ("600", "6001"),
            ("600", "1600"),
            ("0\\d+", "0"),
            ("0\\d+", "10"),
            ("0\\d+", "0#"),
            ("6|7", "67"),
            ("", "6"),
            ("0\\d*$|", "6"),
        ] {
            assert!(!have(pattern, number), "{pattern} {number}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["6)|(7", "*", "[", "(?P<a", "0{1000}{1000}{1000}"] {
            let error = Numbers::read(bad).unwrap_err();
            assert!(error.to_string().contains(&format!("{bad:?}")), "{error}");
        }
    }
}
