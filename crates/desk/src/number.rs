//! Rules for what an agent types as a number.

use uncall_contract::{Extension, Invalid, PhoneNumber};

use crate::problem::Problem;

/// The number that will be dialled for `typed`: people's separators dropped, full-width digits made plain, `+` only at
/// the front and with something behind it.
///
/// # Errors
/// `number_invalid`; its detail is `empty`, `too long` or the character that does not belong there.
pub fn dialled(typed: &str) -> Result<PhoneNumber, Problem> {
    let number = PhoneNumber::from_typed(typed).map_err(|invalid| explained("number_invalid", &invalid))?;
    let behind = number.as_str().strip_prefix('+').unwrap_or(number.as_str());
    if behind.is_empty() || behind.contains('+') {
        return Err(explained("number_invalid", &Invalid::Character('+')));
    }
    Ok(number)
}

/// The extension or number to transfer to, listen to or whisper to.
///
/// # Errors
/// `target_invalid` with a detail as of [`dialled`]; `target_is_self` for the own extension.
pub fn target(typed: &str, own: &Extension) -> Result<String, Problem> {
    // Letters make it an extension's name, which has no separators to drop.
    let target = if typed.chars().any(|c| c.is_ascii_alphabetic()) {
        let extension = Extension::parse(typed).map_err(|invalid| explained("target_invalid", &invalid))?;
        extension.as_str().to_owned()
    } else {
        let number = dialled(typed).map_err(|problem| Problem::new("target_invalid", &problem.detail))?;
        number.as_str().to_owned()
    };
    if target == own.as_str() || typed.trim() == own.as_str() {
        return Err(Problem::new("target_is_self", &target));
    }
    Ok(target)
}

pub(crate) fn explained(code: &str, invalid: &Invalid) -> Problem {
    let detail = match invalid {
        Invalid::Empty => "empty".to_owned(),
        Invalid::TooLong { .. } => "too long".to_owned(),
        Invalid::Character(c) if c.is_control() || c.is_whitespace() => c.escape_unicode().to_string(),
        Invalid::Character(c) => c.to_string(),
    };
    Problem::new(code, &detail)
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
            ("*97", "*97"),
            ("#31#13800138000", "#31#13800138000"),
        ] {
            assert_eq!(dialled(typed).unwrap().as_str(), number, "{typed}");
        }
        for (typed, detail) in [
            ("", "empty"),
            (" - ", "empty"),
            ("12a4", "a"),
            ("12,4", ","),
            ("电话", "电"),
            ("12\u{0}4", "\\u{0}"),
            ("+", "+"),
            ("86+10", "+"),
            ("++86", "+"),
            (&"1".repeat(41), "too long"),
        ] {
            let problem = dialled(typed).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), ("number_invalid", detail), "{typed:?}");
        }
    }

    #[test]
    fn what_a_target_may_be() {
        let own = Extension::parse("801").unwrap();
        for (typed, is) in [("802", "802"), (" 8 02 ", "802"), ("13800138000", "13800138000"), ("agent-2", "agent-2")] {
            assert_eq!(target(typed, &own).unwrap(), is, "{typed}");
        }
        for (typed, code, detail) in [
            ("", "target_invalid", "empty"),
            ("8 02&803", "target_invalid", "&"),
            ("agent 2", "target_invalid", "\\u{20}"),
            ("802;x", "target_invalid", ";"),
            (&"1".repeat(41), "target_invalid", "too long"),
            ("801", "target_is_self", "801"),
            ("８０１", "target_is_self", "801"),
            (" 8-01", "target_is_self", "801"),
        ] {
            let problem = target(typed, &own).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), (code, detail), "{typed:?}");
        }
        let dashed = Extension::parse("80-1").unwrap();
        assert_eq!(target("80-1", &dashed).unwrap_err().code, "target_is_self");
    }
}
