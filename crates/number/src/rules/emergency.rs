//! Emergency numbers. They come from libphonenumber's short numbers, which no crate provides; `emergency.tsv` was generated from
//! these.

use super::Country;

/// Whether this is an emergency number in any country, as dialled there or with the country code.
pub fn is_emergency_anywhere(number: &str) -> bool {
    let abroad = number.strip_prefix('+').or_else(|| number.strip_prefix("00"));
    lines().any(|(code, numbers)| {
        let within = abroad.and_then(|digits| digits.strip_prefix(code));
        numbers.split(' ').any(|known| known == number || within == Some(known))
    })
}

/// Looks up an emergency number of a country.
pub(super) fn find(country: Country, digits: &str) -> Option<&'static str> {
    let code = country.code().to_string();
    let (_, numbers) = lines().find(|(of, _)| *of == code)?;
    numbers.split(' ').find(|number| *number == digits)
}

/// Country codes and their emergency numbers.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("emergency.tsv").lines().filter(|line| !line.starts_with("//"));
    lines.filter_map(|line| line.split_once('\t'))
}
