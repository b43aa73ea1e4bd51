//! Explains what would be dialled for a text, for a page or a terminal.

use serde::Serialize;

use crate::{
    Number, Problem, Rule, normalise,
    rules::{LocalTime, Rules, Step},
    target,
};

/// The explanation of a text: a number, several, or a problem. All empty for an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What is dialled.
    pub dialled: Option<String>,
    /// The extension part, see [`Number::extension`]. Nothing sends it yet.
    pub then: Option<String>,
    /// Words next to the number that were left out, see [`Number::left_out`].
    pub left_out: Option<String>,
    /// What was done to the text.
    pub rules: Vec<Rule>,
    /// The number rules that were applied, in order.
    pub steps: Vec<Step>,
    /// The prefix because of which the number needs a confirmation.
    pub ask: Option<String>,
    /// The possible numbers, if there is more than one.
    pub choices: Vec<Choice>,
    /// Why it is not a number.
    pub problem: Option<Fault>,
}

/// One of several possible numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is dialled.
    pub dialled: String,
    /// Its extension part.
    pub then: Option<String>,
}

/// A problem's code and the detail for its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// See [`Problem::code`]. For a target, `target_invalid` replaces `number_invalid`.
    pub code: String,
    /// See [`Problem::detail`].
    pub detail: String,
}

/// Explains a number while it is being typed.
pub fn explain(typed: &str) -> Explanation {
    if typed.trim().is_empty() { Explanation::default() } else { normalise(typed).into() }
}

/// Explains a transfer target while it is being typed.
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
    /// Whether the rules found an emergency number.
    pub fn is_emergency(&self) -> bool {
        self.steps.contains(&Step::Emergency)
    }

    /// Applies the number rules of a place, at this local time. A refusal becomes the problem.
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
