//! What becomes of a number by the rules.

use serde::Serialize;

/// How a number is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What is dialled: 1 to 40 of `0-9 * # +`.
    pub dialled: String,
    /// By which rules, in the order in which they were taken.
    pub steps: Vec<Step>,
    /// The prefix for which somebody has to be asked first.
    pub ask: Option<String>,
}

/// A rule that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A replacement.
    Replaced,
    /// An emergency number: as it is, whatever the other rules say.
    Emergency,
    /// A code of the PBX, with `*` or `#`: as it is.
    Code,
    /// A number within the house: as it is.
    Internal,
    /// The own country's code was dropped.
    OwnCountry,
    /// The own area's code was dropped.
    OwnArea,
    /// The zero before a mobile number was dropped.
    NoMobileZero,
    /// A mobile number got a zero.
    MobileZero,
    /// A number of another country got the prefix for that.
    Foreign,
    /// The outside line's prefix.
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

    /// The name for which the panel's languages have words, `step.<name>`; as it is in JSON.
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

/// In words: `own area`.
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
    /// The same after a step.
    pub(super) fn so(mut self, step: Step, dialled: &str) -> Route {
        self.steps.push(step);
        dialled.clone_into(&mut self.dialled);
        self
    }
}

/// Why a number is not dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It begins with something that is blocked.
    Blocked {
        /// What that is, as the rules have it.
        prefix: String,
    },
    /// It is outside the hours in which numbers outside the house are dialled.
    Hours,
    /// A replacement left nothing that can be dialled.
    Replaced,
    /// More than 40 digits come of it.
    TooLong,
}

impl Refusal {
    /// The code that the panel's languages have a sentence for.
    pub const fn code(&self) -> &'static str {
        match self {
            Refusal::Blocked { .. } => "number_blocked",
            Refusal::Hours => "number_hours",
            Refusal::Replaced => "number_replaced",
            Refusal::TooLong => "number_too_long",
        }
    }

    /// What the sentence needs: the prefix of what is blocked.
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
