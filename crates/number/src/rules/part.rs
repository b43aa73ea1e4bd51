//! The rules as they are written in a file's table `[number]`, in the registry or on a command line.

use super::{Country, Hours, Prefix, Replacement, Rules};

/// What a part accepts; the error for a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRule(pub(super) &'static str);

impl std::fmt::Display for NoRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoRule {}

/// One part of [`Rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// [`Rules::country`]
    Country,
    /// [`Rules::area`]
    Area,
    /// [`Rules::outside_prefix`]
    OutsidePrefix,
    /// [`Rules::mobile_zero`]
    MobileZero,
    /// [`Rules::local_mobiles`]
    LocalMobiles,
    /// [`Rules::internal`]
    Internal,
    /// [`Rules::replace`]
    Replace,
    /// [`Rules::block`]
    Block,
    /// [`Rules::ask`]
    Ask,
    /// [`Rules::hours`]
    Hours,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 10] = [
        Part::Country,
        Part::Area,
        Part::OutsidePrefix,
        Part::MobileZero,
        Part::LocalMobiles,
        Part::Internal,
        Part::Replace,
        Part::Block,
        Part::Ask,
        Part::Hours,
    ];

    /// Its name, such as `outside_prefix`.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Country => "country",
            Part::Area => "area",
            Part::OutsidePrefix => "outside_prefix",
            Part::MobileZero => "mobile_zero",
            Part::LocalMobiles => "local_mobiles",
            Part::Internal => "internal",
            Part::Replace => "replace",
            Part::Block => "block",
            Part::Ask => "ask",
            Part::Hours => "hours",
        }
    }

    /// Whether it is a list.
    pub const fn is_list(self) -> bool {
        match self {
            Part::Country | Part::Area | Part::OutsidePrefix | Part::MobileZero => false,
            Part::LocalMobiles | Part::Internal | Part::Replace | Part::Block | Part::Ask | Part::Hours => true,
        }
    }
}

impl Rules {
    /// Sets a part, or leaves it unchanged on error. Lists take any number of texts, other parts one. A replacement is
    /// `MATCH=WITH`, a switch `true` or `false`. Empty texts and empty lists clear the part.
    ///
    /// # Errors
    /// What the part accepts.
    pub fn set(&mut self, part: Part, texts: &[String]) -> Result<(), NoRule> {
        let texts: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        let text = texts.first().copied();
        if !part.is_list() && texts.len() > 1 {
            return Err(NoRule("takes one value"));
        }
        match part {
            Part::Country => {
                let country = |text| Country::of(text).ok_or(NoRule("takes a country code, like 86"));
                self.country = text.map(country).transpose()?;
            }
            Part::Area => self.area = text.map(area).transpose()?,
            Part::OutsidePrefix => self.outside_prefix = text.map(outside_prefix).transpose()?,
            Part::MobileZero => {
                self.mobile_zero = match text {
                    None | Some("false" | "0") => false,
                    Some("true" | "1") => true,
                    Some(_) => return Err(NoRule("takes true or false")),
                }
            }
            Part::LocalMobiles => self.local_mobiles = each(&texts, Prefix::parse)?,
            Part::Internal => self.internal = each(&texts, lengths)?.into_iter().flatten().collect(),
            Part::Replace => self.replace = each(&texts, replacement)?,
            Part::Block => self.block = each(&texts, Prefix::parse)?,
            Part::Ask => self.ask = each(&texts, Prefix::parse)?,
            Part::Hours => self.hours = each(&texts, Hours::parse)?,
        }
        Ok(())
    }
}

fn each<T>(texts: &[&str], read: impl Fn(&str) -> Result<T, NoRule>) -> Result<Vec<T>, NoRule> {
    texts.iter().map(|text| read(text)).collect()
}

fn area(text: &str) -> Result<String, NoRule> {
    let fits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(NoRule("takes an area code, like \"010\"")) }
}

fn outside_prefix(text: &str) -> Result<String, NoRule> {
    let fits = (1..=6).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
    if fits { Ok(text.to_owned()) } else { Err(NoRule("takes what is dialled for an outside line, like \"9\"")) }
}

/// Reads `4` or `3-4`.
fn lengths(text: &str) -> Result<Vec<usize>, NoRule> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let length = |text: &str| text.trim().parse::<usize>().ok().filter(|length| (1..=10).contains(length));
    match (length(first), length(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first..=last).collect()),
        _ => Err(NoRule("takes lengths from 1 to 10, like [3, 4]")),
    }
}

/// Reads `MATCH=WITH`. Numbers have no `=`, so the last one is the separator.
fn replacement(text: &str) -> Result<Replacement, NoRule> {
    let (pattern, with) =
        text.rsplit_once('=').ok_or(NoRule("takes a pattern and what is dialled instead: MATCH=WITH"))?;
    Replacement::parse(pattern.trim(), with.trim())
}
