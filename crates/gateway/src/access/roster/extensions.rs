//! Extensions as an administrator writes them: `"801"`, and ranges like `"801-820"`.

use std::collections::BTreeSet;

use uncall_contract::{Extension, Invalid};

/// The most extensions in a range: more is probably a typing error.
const LONGEST_RANGE: u32 = 10_000;

/// Why a list of extensions was rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// An entry is not an extension.
    #[error("the extension {0:?} {1}")]
    Invalid(String, Invalid),
    /// A range runs backwards or is too large.
    #[error("the range {0:?} must run upwards and hold at most {LONGEST_RANGE} extensions")]
    Range(String),
    /// Not a regular expression.
    #[error("`transfer_to`: {0:?} is no regular expression")]
    Pattern(String),
}

/// Reads a list. Digits, a dash and the same number of digits are a range; every other entry is one extension.
pub(in crate::access) fn read<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<BTreeSet<Extension>, ListError> {
    let mut extensions = BTreeSet::new();
    for entry in list {
        let entry = entry.trim();
        let one = |text: &str| Extension::parse(text).map_err(|invalid| ListError::Invalid(entry.to_owned(), invalid));
        let Some((first, last)) = range(entry) else {
            extensions.insert(one(entry)?);
            continue;
        };
        let (from, to) = (first.parse::<u32>(), last.parse::<u32>());
        let (Ok(from), Ok(to)) = (from, to) else { return Err(ListError::Range(entry.to_owned())) };
        if from > to || to - from >= LONGEST_RANGE {
            return Err(ListError::Range(entry.to_owned()));
        }
        for number in from..=to {
            // Leading zeros belong to the extension.
            extensions.insert(one(&format!("{number:0width$}", width = first.len()))?);
        }
    }
    Ok(extensions)
}

fn range(entry: &str) -> Option<(&str, &str)> {
    let (first, last) = entry.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    (digits(first) && digits(last) && first.len() == last.len()).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(list: &[&str]) -> Result<Vec<String>, ListError> {
        Ok(read(list.iter().copied())?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn single_ones_and_ranges() {
        assert_eq!(read_all(&["805", "801-803", " 802 "]).unwrap(), ["801", "802", "803", "805"]);
        assert_eq!(read_all(&["008-011"]).unwrap(), ["008", "009", "010", "011"]);
        assert_eq!(read_all(&["801-801"]).unwrap(), ["801"]);
        assert_eq!(
            read_all(&["sales-1", "1-22", "8-desk"]).unwrap(),
            ["1-22", "8-desk", "sales-1"],
            "names with a dash"
        );
        assert_eq!(read_all(&["10000-19999"]).unwrap().len(), 10_000);
    }

    #[test]
    fn slips_are_named() {
        for slip in ["820-801", "10000-20000", "99999999999-99999999999"] {
            assert_eq!(read_all(&[slip]), Err(ListError::Range(slip.to_owned())));
        }
        for slip in ["", "8 1", "801,802", "801-"] {
            if slip == "801-" {
                // A dash is a legal character in an extension.
                assert!(read_all(&[slip]).is_ok());
            } else {
                assert!(matches!(read_all(&[slip]), Err(ListError::Invalid(..))), "{slip}");
            }
        }
    }
}
