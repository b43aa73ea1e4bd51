//! The number rules of the place that is dialled from.

use clap::{Args, builder::FalseyValueParser};
use uncall_number::{
    Number, Rules,
    rules::{LocalTime, Part, Route},
};

/// Rules as options, or in the environment. A list in the environment has `;` between its parts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Number rules")]
pub(crate) struct Place {
    /// Country code that is dialled from, e.g. 86: numbers of it lose the code, others get 00 (or what the country has for that)
    #[arg(long, env = "UNCALL_NUMBER_COUNTRY", value_name = "CODE")]
    country: Option<String>,
    /// Area code that is dialled from, e.g. 010: it is not dialled. Takes --country
    #[arg(long, env = "UNCALL_NUMBER_AREA", value_name = "CODE")]
    area: Option<String>,
    /// What is dialled for an outside line, e.g. 9
    #[arg(long, env = "UNCALL_NUMBER_OUTSIDE_PREFIX", value_name = "KEYS")]
    outside_prefix: Option<String>,
    /// Chinese mobile numbers get a 0 in front, but for those of --local-mobiles
    #[arg(long, env = "UNCALL_NUMBER_MOBILE_ZERO", value_parser = FalseyValueParser::new())]
    mobile_zero: bool,
    /// How mobile numbers of this area begin, e.g. 1380013
    #[arg(long, env = "UNCALL_NUMBER_LOCAL_MOBILES", value_name = "DIGITS", value_delimiter = ';')]
    local_mobiles: Vec<String>,
    /// Lengths of numbers within the house, which are dialled as they are [default: 3 and 4]
    #[arg(long, env = "UNCALL_NUMBER_INTERNAL", value_name = "LENGTH", value_delimiter = ';')]
    internal: Vec<String>,
    /// A regular expression for whole numbers, and what is dialled instead, e.g. '8(\d{3})=*8$1'
    #[arg(long, env = "UNCALL_NUMBER_REPLACE", value_name = "MATCH=WITH", value_delimiter = ';')]
    replace: Vec<String>,
    /// How numbers begin that are not dialled, e.g. 00 or +7
    #[arg(long, env = "UNCALL_NUMBER_BLOCK", value_name = "DIGITS", value_delimiter = ';')]
    block: Vec<String>,
    /// How numbers begin that are dialled only with --yes
    #[arg(long, env = "UNCALL_NUMBER_ASK", value_name = "DIGITS", value_delimiter = ';')]
    ask: Vec<String>,
    /// When outside numbers are dialled, e.g. 'mon-fri 09:00-18:00'
    #[arg(long, env = "UNCALL_NUMBER_HOURS", value_name = "TIMES", value_delimiter = ';')]
    hours: Vec<String>,
}

impl Place {
    /// The rules, or which option is wrong and why.
    pub(crate) fn rules(&self) -> Result<Rules, String> {
        let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<String>>();
        let mut rules = Rules::default();
        for (part, texts) in [
            (Part::Country, one(&self.country)),
            (Part::Area, one(&self.area)),
            (Part::OutsidePrefix, one(&self.outside_prefix)),
            (Part::MobileZero, vec![self.mobile_zero.to_string()]),
            (Part::LocalMobiles, self.local_mobiles.clone()),
            (Part::Internal, self.internal.clone()),
            (Part::Replace, self.replace.clone()),
            (Part::Block, self.block.clone()),
            (Part::Ask, self.ask.clone()),
            (Part::Hours, self.hours.clone()),
        ] {
            rules.set(part, &texts).map_err(|why| format!("--{} {why}", part.name().replace('_', "-")))?;
        }
        if rules.area.is_some() && rules.country.is_none() {
            return Err("--area takes --country, too".into());
        }
        Ok(rules)
    }
}

/// The day and time here and now.
pub(crate) fn now() -> LocalTime {
    let now = jiff::Zoned::now();
    let number = |value: i8| u16::try_from(value).unwrap_or_default();
    LocalTime {
        day: usize::from(number(now.weekday().to_monday_zero_offset())),
        minute: number(now.hour()) * 60 + number(now.minute()),
    }
}

/// How a number is dialled by the rules; why not, in words. `sure` is `--yes`.
pub(crate) fn route(rules: &Rules, number: &Number, sure: bool) -> Result<Route, String> {
    let route = rules.route(&number.dialled, Some(now())).map_err(|refusal| refusal.to_string())?;
    match &route.ask {
        Some(prefix) if !sure => Err(format!("numbers that begin with {prefix} are dialled only with --yes")),
        Some(_) | None => Ok(route),
    }
}
