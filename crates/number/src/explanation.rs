//! What becomes of a text, for a page or a terminal.

use serde::Serialize;

use crate::{
    Number, Problem, Rule, normalise,
    rules::{LocalTime, Rules, Step},
    target,
};

/// What a text comes to: a number, several, a problem, or none of these for one that is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What is dialled.
    pub dialled: Option<String>,
    /// The extension part, as of [`Number::extension`]. Nothing sends it yet.
    pub then: Option<String>,
    /// Words beside the number that were left out, as of [`Number::left_out`].
    pub left_out: Option<String>,
    /// What was done to the text.
    pub rules: Vec<Rule>,
    /// The number rules that were taken, in their order.
    pub steps: Vec<Step>,
    /// The prefix for which somebody has to be asked first.
    pub ask: Option<String>,
    /// The numbers that it could be, where it is more than one.
    pub choices: Vec<Choice>,
    /// Why there is no number.
    pub problem: Option<Fault>,
}

/// One of several numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is dialled.
    pub dialled: String,
    /// Its extension part.
    pub then: Option<String>,
}

/// A problem's code, with what the sentence for it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// As of [`Problem::code`]; for a target `target_invalid` in place of `number_invalid`.
    pub code: String,
    /// As of [`Problem::detail`].
    pub detail: String,
}

/// Explains a number while it is typed.
pub fn explain(typed: &str) -> Explanation {
    if typed.trim().is_empty() { Explanation::default() } else { normalise(typed).into() }
}

/// Explains whom a call would go to while it is typed.
pub fn explain_target(typed: &str) -> Explanation {
    if typed.trim().is_empty() {
        return Explanation::default();
    }
    let mut explanation = Explanation::from(target(typed));
    if let Some(fault) = explanation.problem.as_mut().filter(|fault| fault.code == "number_invalid") {
        fault.code = "target_invalid".into();
    }
    explanation
}

impl Explanation {
    /// Whether it is an emergency number by the rules.
    pub fn is_emergency(&self) -> bool {
        self.steps.contains(&Step::Emergency)
    }

    /// The same as it is dialled by the rules of a place, at this time there; a refusal where it is not.
    #[must_use]
    pub fn by(mut self, rules: &Rules, at: Option<LocalTime>) -> Explanation {
        let Some(dialled) = &self.dialled else { return self };
        match rules.route(dialled, at) {
            Ok(route) => {
                self.dialled = Some(route.dialled);
                (self.steps, self.ask) = (route.steps, route.ask);
                self
            }
            Err(refusal) => Explanation {
                problem: Some(Fault { code: refusal.code().into(), detail: refusal.detail().into() }),
                ..Explanation::default()
            },
        }
    }
}

impl From<Result<Number, Problem>> for Explanation {
    fn from(result: Result<Number, Problem>) -> Explanation {
        match result {
            Ok(Number { dialled, extension, left_out, rules }) => {
                Explanation { dialled: Some(dialled), then: extension, left_out, rules, ..Explanation::default() }
            }
            Err(problem) => Explanation {
                problem: Some(Fault { code: problem.code().into(), detail: problem.detail() }),
                choices: if let Problem::Which(numbers) = problem {
                    numbers.into_iter().map(Choice::from).collect()
                } else {
                    Vec::new()
                },
                ..Explanation::default()
            },
        }
    }
}

impl From<Number> for Choice {
    fn from(number: Number) -> Choice {
        Choice { dialled: number.dialled, then: number.extension }
    }
}
