//! Checked text: extensions, phone numbers, uids and channel names.
//!
//! Every one of them can reach a PBX, a path or an address, so each admits only what its kind needs; control
//! characters, white space inside, `&`, commas, quotes, `$`, `{` and slashes where no channel needs them are refused.

use serde::{Deserialize, Serialize};

/// Why a text is not of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// More than `max` characters.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// A character that the kind does not admit.
    #[error("contains the character {0:?}")]
    Character(char),
}

fn check(text: &str, max: usize, admits: impl Fn(char) -> bool) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::Empty);
    }
    if text.chars().count() > max {
        return Err(Invalid::TooLong { max });
    }
    match text.chars().find(|&c| !admits(c)) {
        Some(c) => Err(Invalid::Character(c)),
        None => Ok(()),
    }
}

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $max:literal, $admits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text`; surrounding white space is dropped.
            pub fn parse(text: &str) -> Result<$name, Invalid> {
                let text = text.trim();
                check(text, $max, $admits).map(|()| $name(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<$name, Invalid> {
                $name::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<$name, Invalid> {
                $name::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

checked!(
    /// An extension, which on this system is also the agent's number (工号): 1 to 20 of `0-9 A-Z a-z _ -`.
    Extension, 20, |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-'
);
checked!(
    /// A number to dial: 1 to 40 of `0-9 * # +`. People's separators are removed by [`PhoneNumber::from_typed`].
    PhoneNumber, 40, |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')
);
checked!(
    /// A call's unique id, e.g. `1372123897.17`: 1 to 64 of `0-9 A-Z a-z . _ -`.
    Uid, 64, |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
);
checked!(
    /// A channel name, e.g. `SIP/802-00000023` or `PJSIP/802-0000001f`: 1 to 80 of `0-9 A-Z a-z / . _ - @ ; :`.
    Channel, 80, |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '@' | ';' | ':')
);

/// Why an agent is busy, in the agent's own words: 1 to 32 characters, without control characters. It is shown and stored, and
/// never becomes part of an address or a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String")]
pub struct BusyReason(String);

impl BusyReason {
    /// The longest reason, in characters.
    pub const LONGEST: usize = 32;

    /// Makes a reason of any text: drops control characters and surrounding white space, and cuts it to 32 characters, the last
    /// of which is `…` then. `None` if nothing is left: an agent can be busy without a reason.
    pub fn of(text: &str) -> Option<BusyReason> {
        let plain = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_unseen(*c));
        let plain: String = plain.collect();
        let plain = plain.trim();
        let reason = if plain.chars().nth(BusyReason::LONGEST).is_none() {
            plain.to_owned()
        } else {
            let kept: String = plain.chars().take(BusyReason::LONGEST - 1).collect();
            format!("{}…", kept.trim_end())
        };
        (!reason.is_empty()).then_some(BusyReason(reason))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, those that change the writing direction, and those that XML cannot carry.
fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns || matches!(c, '\u{fffe}' | '\u{ffff}')
}

impl std::fmt::Display for BusyReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<BusyReason> for String {
    fn from(reason: BusyReason) -> String {
        reason.0
    }
}

impl PhoneNumber {
    /// Reads what a person typed or pasted: spaces, dashes (any kind), dots, slashes and brackets between the digits are
    /// dropped, full-width digits become ASCII; anything else is refused.
    pub fn from_typed(typed: &str) -> Result<PhoneNumber, Invalid> {
        let plain: String = typed
            .chars()
            .map(|c| match c {
                '０'..='９' | '＋' | '＊' | '＃' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
                other => other,
            })
            .filter(|c| !c.is_whitespace())
            .filter(|c| !matches!(c, '-' | '.' | '/' | '(' | ')' | '（' | '）' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}'))
            .collect();
        PhoneNumber::parse(&plain)
    }
}
