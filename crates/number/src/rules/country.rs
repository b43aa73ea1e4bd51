//! The country that calls are made from.

use phonenumber::{Metadata, metadata::DATABASE};

/// A country, by its code. If several share a code, this is the main one: the USA for 1, Russia for 7, Great Britain for 44.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(u16);

impl Country {
    /// China. This crate has its own rules for it, which are stricter than libphonenumber's.
    pub(crate) const CHINA: Country = Country(86);

    /// The country with this code, written `86`, `+86` or `0086`. `None` if no country has it.
    pub fn of(code: &str) -> Option<Country> {
        let digits = code.trim();
        let digits = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")).unwrap_or(digits);
        let plain = (1..=3).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let country = Country(digits.parse().ok().filter(|_| plain)?);
        // Codes that belong to no country, such as 800, have a region without letters.
        country.metadata().filter(|found| found.id().bytes().all(|byte| byte.is_ascii_alphabetic())).map(|_| country)
    }

    /// The country code, 1 to 999.
    pub const fn code(self) -> u16 {
        self.0
    }

    pub(super) fn metadata(self) -> Option<&'static Metadata> {
        DATABASE.by_code(&self.0)?.into_iter().next()
    }

    /// The library's name for it.
    pub(super) fn id(self) -> Option<phonenumber::country::Id> {
        self.metadata()?.id().parse().ok()
    }

    /// The prefix for calls to other countries: `00`, or what the country uses instead, such as `011`.
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

    /// Whether the country may have this number, given without the country code.
    pub(super) fn may_have(self, significant: &str) -> bool {
        self.metadata().is_some_and(|metadata| metadata.descriptors().general().is_match(significant))
    }

    /// The prefix before area codes within the country. Empty if there is none.
    pub(super) fn trunk(self) -> &'static str {
        self.metadata().and_then(|metadata| metadata.national_prefix()).unwrap_or_default()
    }
}
