//! The country that is dialled from.

use phonenumber::{Metadata, metadata::DATABASE};

/// A country, by its code; where several share one, the main one: 1 is the USA, 7 Russia, 44 Great Britain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(u16);

impl Country {
    /// China, whose plan this crate knows better than libphonenumber.
    pub(crate) const CHINA: Country = Country(86);

    /// The country of a code: `86`, `+86` or `0086`; nothing where no country has it.
    pub fn of(code: &str) -> Option<Country> {
        let digits = code.trim();
        let digits = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")).unwrap_or(digits);
        let plain = (1..=3).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let country = Country(digits.parse().ok().filter(|_| plain)?);
        // A code of no country, such as 800, has no region of letters.
        country.metadata().filter(|found| found.id().bytes().all(|byte| byte.is_ascii_alphabetic())).map(|_| country)
    }

    /// Its code, 1 to 999.
    pub const fn code(self) -> u16 {
        self.0
    }

    pub(super) fn metadata(self) -> Option<&'static Metadata> {
        DATABASE.by_code(&self.0)?.into_iter().next()
    }

    /// How the library calls it.
    pub(super) fn id(self) -> Option<phonenumber::country::Id> {
        self.metadata()?.id().parse().ok()
    }

    /// What is dialled before the code of another country: `00`, or `011` and the like where `00` is not that.
    pub(super) fn abroad(self) -> String {
        const USUAL: &str = "00";
        let Some(metadata) = self.metadata() else { return USUAL.to_owned() };
        let fits = |prefix: &str| {
            let found = metadata.international_prefix().and_then(|pattern| pattern.find(prefix));
            found.is_some_and(|found| found.start() == 0 && found.end() == prefix.len())
        };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let preferred = metadata.preferred_international_prefix().map(digits);
        match preferred {
            Some(preferred) if !preferred.is_empty() => preferred,
            _ if fits(USUAL) => USUAL.to_owned(),
            _ => ["001", "002", "010", "011", "0011", "810"]
                .into_iter()
                .find(|prefix| fits(prefix))
                .unwrap_or(USUAL)
                .to_owned(),
        }
    }

    /// Whether a number without its code could be one of it.
    pub(super) fn may_have(self, significant: &str) -> bool {
        self.metadata().is_some_and(|metadata| metadata.descriptors().general().is_match(significant))
    }

    /// What is dialled before an area code within it; empty where there is nothing.
    pub(super) fn trunk(self) -> &'static str {
        self.metadata().and_then(|metadata| metadata.national_prefix()).unwrap_or_default()
    }
}
