//! The result of applying the rules to a number.

use serde::Serialize;

/// How a number is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What is dialled: 1 to 40 of `0-9 * # +`.
    pub dialled: String,
    /// The rules that were applied, in order.
    pub steps: Vec<Step>,
    /// The prefix because of which the number needs a confirmation.
    pub ask: Option<String>,
}

/// A rule that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A replacement.
    Replaced,
    /// An emergency number, dialled unchanged whatever the other rules say.
    Emergency,
    /// A service code of the PBX, with `*` or `#`, dialled unchanged.
    Code,
    /// An internal number, dialled unchanged.
    Internal,
    /// Our own country code was dropped.
    OwnCountry,
    /// Our own area code was dropped.
    OwnArea,
    /// The zero before a mobile number was dropped.
    NoMobileZero,
    /// A mobile number got a zero.
    MobileZero,
    /// A foreign number got the prefix for other countries.
    Foreign,
    /// The prefix for an outside line was added.
    Outside,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 10] = [
        Step::Replaced,
        Step::Emergency,
        Step::Code,
        Step::Internal,
        Step::OwnCountry,
        Step::OwnArea,
        Step::NoMobileZero,
        Step::MobileZero,
        Step::Foreign,
        Step::Outside,
    ];

    /// Its name in JSON, and in the panel's locales as `step.<name>`.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Replaced => "replaced",
            Step::Emergency => "emergency",
            Step::Code => "code",
            Step::Internal => "internal",
            Step::OwnCountry => "own_country",
            Step::OwnArea => "own_area",
            Step::NoMobileZero => "no_mobile_zero",
            Step::MobileZero => "mobile_zero",
            Step::Foreign => "foreign",
            Step::Outside => "outside",
        }
    }
}

/// As text, e.g. `own area`.
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Step::Replaced => "replaced",
            Step::Emergency => "emergency number",
            Step::Code => "service code",
            Step::Internal => "internal",
            Step::OwnCountry => "own country",
            Step::OwnArea => "own area",
            Step::NoMobileZero => "mobile without 0",
            Step::MobileZero => "mobile with 0",
            Step::Foreign => "foreign",
            Step::Outside => "outside line",
        })
    }
}

impl Route {
    /// Records a step and what it leads to.
    pub(super) fn so(mut self, step: Step, dialled: &str) -> Route {
        self.steps.push(step);
        dialled.clone_into(&mut self.dialled);
        self
    }
}

/// Why a number must not be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It begins with a blocked prefix.
    Blocked {
        /// The prefix, as in the rules.
        prefix: String,
    },
    /// External numbers may not be dialled at this time.
    Hours,
    /// A replacement gave something that cannot be dialled.
    Replaced,
    /// The result has more than 40 digits.
    TooLong,
}

impl Refusal {
    /// The key of the sentence in the panel's locales.
    pub const fn code(&self) -> &'static str {
        match self {
            Refusal::Blocked { .. } => "number_blocked",
            Refusal::Hours => "number_hours",
            Refusal::Replaced => "number_replaced",
            Refusal::TooLong => "number_too_long",
        }
    }

    /// The detail for the sentence: the blocked prefix.
    pub fn detail(&self) -> &str {
        match self {
            Refusal::Blocked { prefix } => prefix,
            Refusal::Hours => "hours",
            Refusal::Replaced => "replaced",
            Refusal::TooLong => "too long",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Blocked { prefix } => write!(f, "numbers that begin with {prefix} are blocked"),
            Refusal::Hours => f.write_str("numbers outside the house are dialled in working hours only"),
            Refusal::Replaced => f.write_str("a replacement leaves nothing that can be dialled: correct the rules"),
            Refusal::TooLong => f.write_str("it is too long: a number has 40 digits at most"),
        }
    }
}

impl std::error::Error for Refusal {}
