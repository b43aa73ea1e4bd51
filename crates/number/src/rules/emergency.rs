//! Emergency numbers. Libphonenumber has them among its short numbers, which no crate brings; `emergency.tsv` is made of these.

use super::Country;

/// The emergency number that these digits are in a country.
pub(super) fn find(country: Country, digits: &str) -> Option<&'static str> {
    let code = country.code().to_string();
    let lines = include_str!("emergency.tsv").lines().filter(|line| !line.starts_with("//"));
    let (_, numbers) = lines.filter_map(|line| line.split_once('\t')).find(|(of, _)| *of == code)?;
    numbers.split(' ').find(|number| *number == digits)
}
