//! Orders from other programs of this user, such as `uncall-panel --do hold`: verbs without a uid, whose call the desk picks as
//! it does for keys and tray, and their outcomes.

use std::fmt;

use uncall_client::Error;
use uncall_contract::{Operation, Outcome};

use crate::line::are_keys;
use crate::problem::Problem;

/// A verb that a program asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Be reachable.
    Idle,
    /// Be busy.
    Busy,
    /// Hold the call.
    Hold,
    /// Resume the held call.
    Restore,
    /// End the call.
    HangUp,
    /// Answer the call that rings, by the panel's own phone; so all that follow.
    Answer,
    /// The microphone off or on.
    Mute(bool),
    /// Press keys.
    Dtmf(String),
    /// Ask a colleague about the call.
    Consult(String),
    /// Connect the caller with the colleague.
    Complete,
    /// Talk to the one on hold.
    Swap,
    /// Leave the colleague.
    Back,
    /// Decline the call that rings.
    Decline,
    /// Arm the survey of the call.
    Survey,
    /// Call a number, as typed.
    Dial(String),
    /// Transfer the call to an extension or a number, as typed.
    Transfer(String),
    /// Open what the screen pop's rules have for the call, or for the last one, by hand.
    ScreenPop,
}

/// Why a text is not an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOrder {
    /// Not a known order.
    Unknown,
    /// Keys that a telephone does not have.
    Keys,
}

impl fmt::Display for NoOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoOrder::Unknown => {
                "takes show, hold, restore, hangup, decline, survey, busy, idle, pop, dial:NUMBER or transfer:NUMBER, and, where the \
                 panel is the phone, answer, mute, unmute, dtmf:DIGITS, consult:NUMBER, complete, swap or back"
            }
            NoOrder::Keys => "takes the keys of a telephone after dtmf: — 0 to 9, *, #, A to D; at most 64",
        })
    }
}

impl std::error::Error for NoOrder {}

impl Order {
    /// Reads `hold`, `dial:13421829060` and so on.
    ///
    /// # Errors
    /// If the text is not an order.
    pub fn parse(text: &str) -> Result<Order, NoOrder> {
        let (verb, what) = text.split_once(':').map_or((text, None), |(verb, what)| (verb, Some(what.trim())));
        match (verb, what) {
            ("idle", None) => Ok(Order::Idle),
            ("busy", None) => Ok(Order::Busy),
            ("hold", None) => Ok(Order::Hold),
            ("restore", None) => Ok(Order::Restore),
            ("hangup", None) => Ok(Order::HangUp),
            ("decline", None) => Ok(Order::Decline),
            ("survey", None) => Ok(Order::Survey),
            ("dial", Some(number)) if !number.is_empty() => Ok(Order::Dial(number.to_owned())),
            ("transfer", Some(target)) if !target.is_empty() => Ok(Order::Transfer(target.to_owned())),
            ("answer", None) => Ok(Order::Answer),
            ("mute", None) => Ok(Order::Mute(true)),
            ("unmute", None) => Ok(Order::Mute(false)),
            ("dtmf", Some(digits)) if are_keys(digits) => Ok(Order::Dtmf(digits.to_owned())),
            ("dtmf", _) => Err(NoOrder::Keys),
            ("consult", Some(target)) if !target.is_empty() => Ok(Order::Consult(target.to_owned())),
            ("complete", None) => Ok(Order::Complete),
            ("swap", None) => Ok(Order::Swap),
            ("back", None) => Ok(Order::Back),
            ("pop", None) => Ok(Order::ScreenPop),
            _ => Err(NoOrder::Unknown),
        }
    }
}

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The server did it.
    Done,
    /// It was not done, for this reason.
    Refused(Problem),
    /// The server could not be reached. Nothing was done.
    Unreachable(Problem),
    /// The server's answer is not part of this API, or the server rejects the login.
    NotUnderstood(Problem),
    /// The request was sent and the answer was lost. It may have been done.
    Unknown(Problem),
}

impl Ended {
    /// The outcome according to the server's answer.
    pub(crate) fn of(operation: Operation, result: &Result<Outcome, Error>) -> Ended {
        match result {
            Ok(Ok(_)) => Ended::Done,
            Ok(Err(refusal)) => Ended::Refused(Problem::refused(operation, refusal)),
            Err(error) => {
                let problem = Problem::failed(error);
                match error {
                    Error::Unreachable(_) | Error::Certificate(_) | Error::Timeout(_) | Error::Io(_) => {
                        Ended::Unreachable(problem)
                    }
                    Error::OutcomeUnknown(_) => Ended::Unknown(problem),
                    Error::Http(_)
                    | Error::NotLoggedIn { .. }
                    | Error::Forbidden(_)
                    | Error::Fault(_)
                    | Error::NotUnderstood(_)
                    | Error::Limit(_) => Ended::NotUnderstood(problem),
                }
            }
        }
    }

    /// What the panel's own phone says of it.
    pub(crate) fn of_phone(result: &Result<(), Problem>) -> Ended {
        match result {
            Ok(()) => Ended::Done,
            Err(problem) if problem.code == "outcome_unknown" => Ended::Unknown(problem.clone()),
            Err(problem) => Ended::Refused(problem.clone()),
        }
    }

    /// The outcome of an order that the desk itself refused.
    pub(crate) fn not_asked(problem: Problem) -> Ended {
        if problem.code == "unreachable" {
            Ended::Unreachable(problem)
        } else if problem.is_denial() {
            Ended::NotUnderstood(problem)
        } else {
            Ended::Refused(problem)
        }
    }

    /// The exit status for the program that asked, the same as for the command line `uncall`.
    pub const fn status(&self) -> u8 {
        match self {
            Ended::Done => 0,
            Ended::Refused(_) => 1,
            Ended::Unreachable(_) => 3,
            Ended::NotUnderstood(_) => 4,
            Ended::Unknown(_) => 5,
        }
    }

    /// The problem to report, if any.
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Ended::Done => None,
            Ended::Refused(problem)
            | Ended::Unreachable(problem)
            | Ended::NotUnderstood(problem)
            | Ended::Unknown(problem) => Some(problem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_orders_or_say_why_not() {
        assert_eq!(Order::parse("hold"), Ok(Order::Hold));
        assert_eq!(Order::parse("dial:+44 (0)20 7946 0018"), Ok(Order::Dial("+44 (0)20 7946 0018".into())));
        assert_eq!(Order::parse("dial:tel:802"), Ok(Order::Dial("tel:802".into())));
        assert_eq!(Order::parse("transfer: 802"), Ok(Order::Transfer("802".into())));
        assert_eq!(Order::parse("unmute"), Ok(Order::Mute(false)));
        assert_eq!(Order::parse("dtmf:12#"), Ok(Order::Dtmf("12#".into())));
        assert_eq!(Order::parse("consult: 802"), Ok(Order::Consult("802".into())));
        assert_eq!(Order::parse("pop"), Ok(Order::ScreenPop));
        for keys in ["dtmf", "dtmf:", "dtmf:12x", "dtmf:1 2", &format!("dtmf:{}", "1".repeat(65))] {
            assert_eq!(Order::parse(keys), Err(NoOrder::Keys), "{keys}");
        }
        for none in
            ["", "fly", "Hold", "hold:1", "dial", "dial:", "dial: ", "transfer:", "answer:1", "consult:", ":", "show"]
        {
            assert_eq!(Order::parse(none), Err(NoOrder::Unknown), "{none}");
        }
    }
}
