//! `explain-number`: shows what would be dialled, without a server.

use serde::Serialize;
use uncall_number::{
    Problem, Rules, normalise,
    rules::{LocalTime, Refusal, Route, Step},
};

use crate::{output::Output, status::Status};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    operation: &'static str,
    ok: bool,
    /// What is dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_sent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<&'a [Step]>,
    /// The prefix because of which `dial` wants `--yes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl Object<'_> {
    const fn new(ok: bool) -> Object<'static> {
        Object {
            operation: "explainNumber",
            ok,
            number: None,
            not_sent: None,
            left_out: None,
            steps: None,
            ask: None,
            error: None,
            detail: None,
        }
    }
}

/// Explains a text and prints the result.
pub(crate) fn run(typed: &str, rules: &Rules, at: LocalTime, output: Output) -> Status {
    let number = match normalise(typed) {
        Ok(number) => number,
        Err(problem) => return no_number(&problem, output),
    };
    match rules.route(&number.dialled, Some(at)) {
        Ok(route) => {
            let then = number.extension.as_ref().map(|part| format!(", then {part} (not sent)")).unwrap_or_default();
            let left = number.left_out.as_ref().map(|words| format!(", left out {words:?}")).unwrap_or_default();
            let text = format!("{typed} → {}{then}{left}{}", route.dialled, by(&route));
            let object = Object {
                number: Some(&route.dialled),
                not_sent: number.extension.as_deref(),
                left_out: number.left_out.as_deref(),
                steps: Some(&route.steps),
                ask: route.ask.as_deref(),
                ..Object::new(true)
            };
            let _ = output.print(&object, &text);
            Status::Done
        }
        Err(refusal) => refused(&refusal, output),
    }
}

/// ` · own area, outside line`
fn by(route: &Route) -> String {
    let ask = route.ask.iter().map(|_| "asks first".to_owned());
    let steps: Vec<String> = route.steps.iter().map(ToString::to_string).chain(ask).collect();
    if steps.is_empty() { String::new() } else { format!(" · {}", steps.join(", ")) }
}

fn no_number(problem: &Problem, output: Output) -> Status {
    let detail = problem.detail();
    let _ = output.print(&Object { error: Some(problem.code()), detail: Some(&detail), ..Object::new(false) }, "");
    output.complain(&problem.to_string());
    Status::Refused
}

fn refused(refusal: &Refusal, output: Output) -> Status {
    let object = Object { error: Some(refusal.code()), detail: Some(refusal.detail()), ..Object::new(false) };
    let _ = output.print(&object, "");
    output.complain(&refusal.to_string());
    Status::Refused
}
