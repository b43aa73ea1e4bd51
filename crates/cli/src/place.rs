//! The number rules for the place that calls are made from.

use clap::{Args, builder::FalseyValueParser};
use uncall_number::{
    Number, Rules,
    rules::{LocalTime, Part, Route},
};

/// The rules as options or environment variables. Lists in the environment are separated by `;`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Number rules")]
pub(crate) struct Place {
    /// Country code of this place, e.g. 86: it is removed from numbers, and numbers of other countries get 00 (or what the country uses for that)
    #[arg(long, env = "UNCALL_NUMBER_COUNTRY", value_name = "CODE")]
    country: Option<String>,
    /// Area code of this place, e.g. 010: it is removed from numbers. Needs --country
    #[arg(long, env = "UNCALL_NUMBER_AREA", value_name = "CODE")]
    area: Option<String>,
    /// Prefix for an outside line, e.g. 9
    #[arg(long, env = "UNCALL_NUMBER_OUTSIDE_PREFIX", value_name = "KEYS")]
    outside_prefix: Option<String>,
    /// Put a 0 before Chinese mobile numbers, except those in --local-mobiles
    #[arg(long, env = "UNCALL_NUMBER_MOBILE_ZERO", value_parser = FalseyValueParser::new())]
    mobile_zero: bool,
    /// Prefixes of mobile numbers of this area, e.g. 1380013
    #[arg(long, env = "UNCALL_NUMBER_LOCAL_MOBILES", value_name = "DIGITS", value_delimiter = ';')]
    local_mobiles: Vec<String>,
    /// Lengths of internal numbers, which are dialled unchanged [default: 3 and 4]
    #[arg(long, env = "UNCALL_NUMBER_INTERNAL", value_name = "LENGTH", value_delimiter = ';')]
    internal: Vec<String>,
    /// A regular expression for whole numbers and its replacement, e.g. '8(\d{3})=*8$1'
    #[arg(long, env = "UNCALL_NUMBER_REPLACE", value_name = "MATCH=WITH", value_delimiter = ';')]
    replace: Vec<String>,
    /// Prefixes of numbers that are never dialled, e.g. 00 or +7
    #[arg(long, env = "UNCALL_NUMBER_BLOCK", value_name = "DIGITS", value_delimiter = ';')]
    block: Vec<String>,
    /// Prefixes of numbers that are dialled only with --yes
    #[arg(long, env = "UNCALL_NUMBER_ASK", value_name = "DIGITS", value_delimiter = ';')]
    ask: Vec<String>,
    /// Times at which external numbers may be dialled, e.g. 'mon-fri 09:00-18:00'
    #[arg(long, env = "UNCALL_NUMBER_HOURS", value_name = "TIMES", value_delimiter = ';')]
    hours: Vec<String>,
}

impl Place {
    /// The rules, or a message that names the wrong option.
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

/// The current local time.
pub(crate) fn now() -> LocalTime {
    let now = jiff::Zoned::now();
    let number = |value: i8| u16::try_from(value).unwrap_or_default();
    LocalTime {
        day: usize::from(number(now.weekday().to_monday_zero_offset())),
        minute: number(now.hour()) * 60 + number(now.minute()),
    }
}

/// Applies the rules to a number. The error is the refusal in words. `sure` is `--yes`.
pub(crate) fn route(rules: &Rules, number: &Number, sure: bool) -> Result<Route, String> {
    let route = rules.route(&number.dialled, Some(now())).map_err(|refusal| refusal.to_string())?;
    match &route.ask {
        Some(prefix) if !sure => Err(format!("numbers that begin with {prefix} are dialled only with --yes")),
        Some(_) | None => Ok(route),
    }
}
