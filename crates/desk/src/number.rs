//! What an agent types as a number, by the rules of `uncall-number`.

use uncall_contract::{Extension, Invalid, PhoneNumber};
use uncall_number::Problem as Reason;
pub use uncall_number::{Explanation, Fault, explain, same};

use crate::problem::Problem;

/// The number that will be dialled for `typed`. An extension part is left out: nothing can send it yet.
///
/// # Errors
/// `number_empty`, `number_invalid` (its detail is the character that does not belong there), `number_too_long`,
/// `number_letter_zero` and `number_letter_one` (the letter), `number_cut`, `number_plus`, or `number_which` with the numbers that it could be.
pub fn dialled(typed: &str) -> Result<PhoneNumber, Problem> {
    let number = uncall_number::normalise(typed).map_err(|reason| Problem::from(&reason))?;
    PhoneNumber::parse(&number.dialled).map_err(|invalid| explained("number_invalid", &invalid))
}

/// The extension or number to transfer to, listen to or whisper to.
///
/// # Errors
/// As of [`dialled`], with `target_invalid` in place of `number_invalid`; `target_is_self` for the own extension.
pub fn target(typed: &str, own: &Extension) -> Result<String, Problem> {
    let is_own = typed.trim() == own.as_str();
    match uncall_number::target(typed) {
        Ok(number) if is_own || number.dialled == own.as_str() => Err(Problem::new("target_is_self", &number.dialled)),
        Ok(number) => Ok(number.dialled),
        Err(reason @ Reason::Character(_)) => Err(Problem::new("target_invalid", &reason.detail())),
        Err(reason) => Err(Problem::from(&reason)),
    }
}

/// Explains a target while it is typed.
pub fn explain_target(typed: &str, own: Option<&Extension>) -> Explanation {
    match own.map(|own| target(typed, own)) {
        Some(Err(Problem { code, detail })) if code == "target_is_self" => {
            Explanation { problem: Some(Fault { code, detail }), ..Explanation::default() }
        }
        _ => uncall_number::explain_target(typed),
    }
}

impl From<&Reason> for Problem {
    fn from(reason: &Reason) -> Problem {
        Problem::new(reason.code(), &reason.detail())
    }
}

/// What is wrong with a text that has to be plain.
pub(crate) fn explained(code: &str, invalid: &Invalid) -> Problem {
    let reason = match invalid {
        Invalid::Empty => Reason::Empty,
        Invalid::TooLong { .. } => Reason::TooLong,
        Invalid::Character(c) => Reason::Character(*c),
    };
    Problem::new(code, &reason.detail())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dialled_for_what_is_typed() {
        for (typed, number) in [
            ("010-6552 1234", "01065521234"),
            ("138 0013 8000", "13800138000"),
            ("＋86（10）６５５２１２３４", "+861065521234"),
            ("+44 (0)20 7946 0018", "+442079460018"),
            ("010-65521234 转 9", "01065521234"),
            ("17012345678-1234", "17012345678"),
            ("138 0013 8000 (李雷)", "13800138000"),
            ("*97", "*97"),
            ("#31#13800138000", "#31#13800138000"),
        ] {
            assert_eq!(dialled(typed).unwrap().as_str(), number, "{typed}");
        }
        for (typed, code, detail) in [
            ("", "number_empty", "empty"),
            (" - ", "number_empty", "empty"),
            ("12a4", "number_invalid", "“a”"),
            ("12,4", "number_invalid", "“,”"),
            ("电话", "number_invalid", "“电”"),
            ("12\u{0}4", "number_invalid", "U+0000"),
            ("+", "number_plus", "“+”"),
            ("86+10", "number_plus", "“+”"),
            ("++86", "number_plus", "“+”"),
            ("138OO138OOO", "number_letter_zero", "“O”"),
            ("13800l38000", "number_letter_one", "“l”"),
            ("1.38001E+10", "number_cut", "cut"),
            (&"1".repeat(41), "number_too_long", "too long"),
            ("13800138000/13900139000", "number_which", "13800138000 / 13900139000"),
        ] {
            let problem = dialled(typed).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), (code, detail), "{typed:?}");
        }
    }

    #[test]
    fn what_a_target_may_be() {
        let own = Extension::parse("801").unwrap();
        for (typed, is) in [("802", "802"), (" 8 02 ", "802"), ("13800138000", "13800138000"), ("agent-2", "agent-2")] {
            assert_eq!(target(typed, &own).unwrap(), is, "{typed}");
        }
        for (typed, code, detail) in [
            ("", "number_empty", "empty"),
            ("8 02&803", "target_invalid", "“&”"),
            ("agent 2", "target_invalid", "U+0020 SPACE"),
            ("802;x", "target_invalid", "“;”"),
            (&"1".repeat(41), "number_too_long", "too long"),
            ("802/803", "number_which", "802 / 803"),
            ("801", "target_is_self", "801"),
            ("８０１", "target_is_self", "801"),
            (" 8-01", "target_is_self", "801"),
        ] {
            let problem = target(typed, &own).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), (code, detail), "{typed:?}");
            assert_eq!(
                explain_target(typed, Some(&own)).problem.map(|fault| fault.code).as_deref(),
                (!typed.is_empty()).then_some(code)
            );
        }
        let dashed = Extension::parse("80-1").unwrap();
        assert_eq!(target("80-1", &dashed).unwrap_err().code, "target_is_self");
    }
}
