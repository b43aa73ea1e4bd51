//! The number rules of a place: turn the number that [`crate::normalise`] has read into what its PBX and network want.
//!
//! Pure functions: the caller passes the time of day. Without rules a number stays as it is.

mod country;
mod emergency;
mod hours;
mod line;
mod part;
mod prefix;
mod replacement;
mod route;

pub use country::Country;
pub use emergency::is_emergency_anywhere;
pub use hours::{Hours, LocalTime};
pub use part::{NoRule, Part};
pub use prefix::Prefix;
pub use replacement::Replacement;
pub use route::{Refusal, Route, Step};

use crate::MOST_DIGITS;
use line::Line;

/// The default lengths of internal numbers.
pub const INTERNAL: [usize; 2] = [3, 4];

/// The rules of one place. [`Rules::default`] is empty and changes nothing.
///
/// They are applied in this order: emergency numbers, replacements, service codes (`*97`), internal numbers, country and area,
/// blocked and confirmed prefixes, hours, the zero before mobile numbers, the outside line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The country that calls are made from.
    pub country: Option<Country>,
    /// The area that calls are made from, with or without the zero: `010` or `10`. Has no effect without a country.
    pub area: Option<String>,
    /// The prefix for an outside line: 1 to 6 of `0-9 * #`.
    pub outside_prefix: Option<String>,
    /// Whether Chinese mobile numbers get a zero in front, except [`Rules::local_mobiles`].
    pub mobile_zero: bool,
    /// The prefixes of mobile numbers of this area, such as `1380013`.
    pub local_mobiles: Vec<Prefix>,
    /// The lengths of internal numbers, which are dialled unchanged. [`INTERNAL`] if empty.
    pub internal: Vec<usize>,
    /// Replacements for whole numbers. The first match wins.
    pub replace: Vec<Replacement>,
    /// The prefixes of numbers that are not dialled.
    pub block: Vec<Prefix>,
    /// The prefixes of numbers that need a confirmation.
    pub ask: Vec<Prefix>,
    /// The times at which external numbers may be dialled. Always if empty.
    pub hours: Vec<Hours>,
}

impl Rules {
    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        *self == Rules::default()
    }

    /// Whether this is an emergency number of the country, as it stands or after the country code, our own area code or the
    /// prefix for an outside line.
    pub fn is_emergency(&self, number: &str) -> bool {
        self.emergency(number).is_some()
    }

    /// Applies the rules to a number, as in [`crate::Number::dialled`], at this local time. Without a time, hours are ignored.
    ///
    /// # Errors
    /// Why the number must not be dialled.
    pub fn route(&self, number: &str, at: Option<LocalTime>) -> Result<Route, Refusal> {
        let mut route = Route { dialled: number.to_owned(), steps: Vec::new(), ask: None };
        // Extensions may be names.
        if self.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')) {
            return Ok(route);
        }
        if let Some(emergency) = self.emergency(number) {
            return Ok(route.so(Step::Emergency, emergency));
        }
        if let Some(other) = self.replace.iter().find_map(|rule| rule.of(number)) {
            let other = other?;
            route = route.so(Step::Replaced, &other);
            if let Some(emergency) = self.emergency(&other) {
                return Ok(route.so(Step::Emergency, emergency));
            }
        }
        if route.dialled.contains(['*', '#']) {
            let code = route.dialled.clone();
            let lines = self.behind_code(&code);
            let writings: Vec<&str> = lines.iter().flat_map(Line::writings).chain([code.as_str()]).collect();
            self.check(&mut route, &writings)?;
            return Ok(route.so(Step::Code, &code));
        }
        if self.is_internal(&route.dialled) {
            let internal = route.dialled.clone();
            return Ok(route.so(Step::Internal, &internal));
        }
        let line = Line::of(&self.without_outside_prefix(&route.dialled), self);
        self.check(&mut route, &line.writings())?;
        if !self.hours.is_empty() && at.is_some_and(|at| !self.hours.iter().any(|hours| hours.has(at))) {
            return Err(Refusal::Hours);
        }
        route.steps.extend(&line.steps);
        route.dialled.clone_from(&line.dialled);
        if let Some(prefix) = &self.outside_prefix {
            let outside = format!("{prefix}{}", line.dialled);
            route = route.so(Step::Outside, &outside);
        }
        if route.dialled.len() > MOST_DIGITS { Err(Refusal::TooLong) } else { Ok(route) }
    }

    /// The emergency number that this number stands for.
    fn emergency(&self, number: &str) -> Option<&'static str> {
        let country = self.country?;
        let code = country.code().to_string();
        if let Some(emergency) = emergency::find(country, number) {
            return Some(emergency);
        }
        // An extension that begins like the country, the area or an outside line is a colleague: 1911 in the USA, 7112 in Russia.
        if self.is_internal(number) {
            return None;
        }
        let abroad = ["+", "00", ""].into_iter().filter_map(|plus| number.strip_prefix(plus)?.strip_prefix(&code));
        let area = self.area.as_deref().and_then(|area| number.strip_prefix(area));
        let outside = self.outside_prefix.as_deref().and_then(|prefix| number.strip_prefix(prefix));
        abroad.chain(area).chain(outside).find_map(|digits| emergency::find(country, digits))
    }

    fn is_internal(&self, number: &str) -> bool {
        let lengths = if self.internal.is_empty() { &INTERNAL[..] } else { &self.internal };
        lengths.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The numbers that may follow a service code: what comes after its last `*` or `#`, also without the two or three digits
    /// that the code itself may have there, as in `*67` and `*100`.
    fn behind_code(&self, code: &str) -> Vec<Line> {
        let behind = code.rsplit(['*', '#']).next().unwrap_or_default();
        let numbers =
            [0, 2, 3].into_iter().filter_map(|digits| behind.get(digits..)).filter(|number| !number.is_empty());
        numbers.map(|number| Line::of(&self.without_outside_prefix(number), self)).collect()
    }

    /// The number without the prefix for an outside line, in case it was typed as well.
    fn without_outside_prefix(&self, number: &str) -> String {
        let rest = self.outside_prefix.as_deref().and_then(|prefix| number.strip_prefix(prefix));
        rest.filter(|rest| !Line::of(number, self).is_certain() && Line::of(rest, self).is_certain())
            .unwrap_or(number)
            .to_owned()
    }

    /// Refuses blocked numbers and notes those that need a confirmation. `writings` are all spellings of the number.
    fn check(&self, route: &mut Route, writings: &[&str]) -> Result<(), Refusal> {
        let of = |prefixes: &[Prefix]| {
            prefixes.iter().find(|prefix| writings.iter().any(|number| prefix.begins(number))).map(ToString::to_string)
        };
        if let Some(prefix) = of(&self.block) {
            return Err(Refusal::Blocked { prefix });
        }
        route.ask = of(&self.ask);
        Ok(())
    }
}
