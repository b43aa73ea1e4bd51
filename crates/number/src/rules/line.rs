//! A number on an outside line: how the network wants it, given country and area.

use super::{Country, Rules, Step};
use crate::plan;

/// The fewest digits of a number including its country code: on small islands, four follow the code.
const SHORTEST_FOREIGN: usize = 6;

/// A number as the network wants it.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// What is dialled, without the prefix for an outside line.
    pub(super) dialled: String,
    /// The rules that led to it.
    pub(super) steps: Vec<Step>,
    /// The national form, with area code.
    national: Option<String>,
    /// The international form, `+` and digits.
    e164: Option<String>,
    /// The form with the prefix for other countries, if it is a foreign number.
    abroad: Option<String>,
    /// Whether a numbering plan has it.
    certain: bool,
}

impl Line {
    /// Works out how to dial a number that has no `*` or `#`.
    pub(super) fn of(number: &str, rules: &Rules) -> Line {
        let Some(country) = rules.country else { return Line::without_country(number, rules) };
        let foreign = country.abroad();
        let code = country.code().to_string();
        let digits = number.strip_prefix('+').or_else(|| double_zero(number)).or_else(|| {
            // `011…` in the USA. After such a prefix only whole numbers count, because a national number may begin with the same
            // digits.
            number.strip_prefix(&foreign).filter(|digits| plan::international(digits).is_some_and(|found| found.valid))
        });
        match digits {
            Some(digits) => match digits.strip_prefix(&code) {
                Some(own) => Line::own(own, country, rules),
                None => Line::foreign(digits, &foreign),
            },
            None => Line::national(number, country, rules),
        }
    }

    /// All spellings of the number that a rule may refer to.
    pub(super) fn writings(&self) -> Vec<&str> {
        let more = [&self.national, &self.e164, &self.abroad];
        [self.dialled.as_str()].into_iter().chain(more.into_iter().flatten().map(String::as_str)).collect()
    }

    /// Whether a plan has it, or it is certainly a foreign number.
    pub(super) const fn is_certain(&self) -> bool {
        self.certain
    }

    /// Without a configured country, the number stays as it is, except that a `+` becomes `00` after an outside line's prefix,
    /// which it cannot follow.
    fn without_country(number: &str, rules: &Rules) -> Line {
        let digits = number.strip_prefix('+').or_else(|| double_zero(number));
        let plus = number.starts_with('+') && rules.outside_prefix.is_some();
        let abroad = digits.map(|digits| format!("00{digits}"));
        Line {
            dialled: abroad.clone().filter(|_| plus).unwrap_or_else(|| number.to_owned()),
            steps: if plus { vec![Step::Foreign] } else { Vec::new() },
            national: None,
            e164: digits.map(|digits| format!("+{digits}")),
            abroad,
            certain: plan::is_exact(number),
        }
    }

    fn foreign(digits: &str, prefix: &str) -> Line {
        let dialled = format!("{prefix}{digits}");
        Line {
            abroad: Some(dialled.clone()),
            dialled,
            steps: vec![Step::Foreign],
            national: None,
            e164: Some(format!("+{digits}")),
            certain: digits.len() >= SHORTEST_FOREIGN,
        }
    }

    /// A number after our own country's code.
    fn own(behind: &str, country: Country, rules: &Rules) -> Line {
        match within(behind, country) {
            Some(own) => own.after(Step::OwnCountry).placed(country, rules),
            // No plan has it. With its country code, it at least cannot reach somebody else.
            None => Line::foreign(&format!("{}{behind}", country.code()), &country.abroad()),
        }
    }

    /// A number without a country code, or with one that has no `+` or prefix before it.
    fn national(number: &str, country: Country, rules: &Rules) -> Line {
        if country == Country::CHINA {
            let own = number.strip_prefix("86").filter(|own| plan::is_chinese_abroad(own) && !plan::is_chinese(number));
            return match own {
                Some(own) => Line::own(own, country, rules),
                None => chinese(number).placed(country, rules),
            };
        }
        let found = country.id().and_then(|id| phonenumber::parse(Some(id), number).ok());
        match found.filter(|found| found.code().value() == country.code()).and_then(|found| known(&found)) {
            Some(line) if number.ends_with(&line.dialled) => line.placed(country, rules),
            Some(line) if number.starts_with(&country.code().to_string()) => {
                line.after(Step::OwnCountry).placed(country, rules)
            }
            Some(line) => line.placed(country, rules),
            None => Line { dialled: number.to_owned(), national: Some(number.to_owned()), ..Line::default() },
        }
    }

    fn after(mut self, step: Step) -> Line {
        self.steps.push(step);
        self
    }

    /// Adapts a national number to what is dialled at this place.
    fn placed(mut self, country: Country, rules: &Rules) -> Line {
        let chinese = country == Country::CHINA;
        if chinese && plan::is_chinese_mobile(self.national.as_deref().unwrap_or_default()) {
            return self.mobile(rules);
        }
        let Some(area) = rules.area.as_deref() else { return self };
        if let Some(local) = local(&self.dialled, area, country) {
            self.steps.push(Step::OwnArea);
            self.dialled = local;
        } else if chinese && plan::is_local(&self.dialled) {
            // Typed without our own area code. Rules may be written for the number with it.
            let whole = with_trunk(area, country) + &self.dialled;
            self.e164 = whole.strip_prefix('0').map(|significant| format!("+86{significant}"));
            self.national = Some(whole);
        }
        self
    }

    /// Adds or removes the zero before a Chinese mobile number.
    fn mobile(mut self, rules: &Rules) -> Line {
        let Some(bare) = self.national.clone() else { return self };
        let far = rules.mobile_zero && !rules.local_mobiles.iter().any(|prefix| prefix.begins(&bare));
        match (far, self.dialled == bare) {
            (true, true) => self.steps.push(Step::MobileZero),
            (false, false) => self.steps.push(Step::NoMobileZero),
            (true, false) | (false, true) => {}
        }
        self.dialled = if far { format!("0{bare}") } else { bare };
        self
    }
}

/// The digits after `00`, if they may be a foreign number.
fn double_zero(number: &str) -> Option<&str> {
    number.strip_prefix("00").filter(|digits| digits.len() >= SHORTEST_FOREIGN && !digits.starts_with('0'))
}

/// The number after our own country's code, if a plan has it.
fn within(behind: &str, country: Country) -> Option<Line> {
    if country == Country::CHINA {
        let behind = behind.strip_prefix('0').unwrap_or(behind);
        // Mobile, 400 and 800 numbers are written without the zero, and so are short ones such as 10086.
        let short = (3..=8).contains(&behind.len()) && !behind.starts_with('0');
        let national = if short || plan::is_chinese(behind) { behind.to_owned() } else { format!("0{behind}") };
        return (short || plan::is_chinese(&national)).then(|| chinese(&national));
    }
    let e164 = format!("+{}{behind}", country.code());
    let found = phonenumber::parse(None, &e164).ok().and_then(|found| known(&found));
    found.or_else(|| {
        // The library takes the first digit after `+7` in `+7 800 …` for the prefix before area codes.
        let dialled = format!("{}{behind}", country.trunk());
        country.may_have(behind).then(|| Line {
            national: Some(dialled.clone()),
            dialled,
            e164: Some(e164),
            certain: true,
            ..Line::default()
        })
    })
}

/// A Chinese number in its national form.
fn chinese(written: &str) -> Line {
    let significant = written.strip_prefix('0').unwrap_or(written);
    let national = if plan::is_chinese_mobile(significant) { significant } else { written };
    Line {
        dialled: written.to_owned(),
        national: Some(national.to_owned()),
        e164: Some(format!("+86{significant}")),
        certain: plan::is_chinese(written),
        ..Line::default()
    }
}

/// A number that libphonenumber knows, in its national format, which is how it is dialled in its country.
fn known(number: &phonenumber::PhoneNumber) -> Option<Line> {
    let written = number.format().mode(phonenumber::Mode::National).to_string();
    let dialled: String = written.chars().filter(char::is_ascii_digit).collect();
    (number.is_valid() && !dialled.is_empty()).then(|| Line {
        national: Some(dialled.clone()),
        dialled,
        e164: Some(number.format().mode(phonenumber::Mode::E164).to_string()),
        certain: true,
        ..Line::default()
    })
}

/// A number of our own area, without the area code.
fn local(national: &str, area: &str, country: Country) -> Option<String> {
    let significant = national.strip_prefix(country.trunk()).unwrap_or(national);
    let rest = national.strip_prefix(area).or_else(|| significant.strip_prefix(area))?;
    let fits = if country == Country::CHINA {
        plan::is_local(rest) && plan::is_chinese(&with_trunk(national, country))
    } else {
        rest.len() >= 5 && !rest.starts_with('0')
    };
    fits.then(|| rest.to_owned())
}

fn with_trunk(number: &str, country: Country) -> String {
    let trunk = country.trunk();
    if number.starts_with(trunk) { number.to_owned() } else { format!("{trunk}{number}") }
}
