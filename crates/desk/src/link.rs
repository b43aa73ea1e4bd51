//! Links that other programs hand over: `tel:+8613421829060`, `callto:`, `sip:number@host`, `uncall:number`. Whatever wrote
//! one is a stranger; a number comes out of it by the same rules as what an agent types, and nothing else does.

use uncall_number::Problem as Reason;
pub use uncall_number::is_link;

use crate::problem::Problem;

/// What goes into the dial box for a link: its number, with an extension part where it has one, or the numbers that it could be, for
/// the agent to choose from.
///
/// # Errors
/// `link_character` with the character that does not belong there, `link_unusable` with whatever else is wrong.
pub fn text(link: &str) -> Result<String, Problem> {
    match uncall_number::link(link) {
        Ok(number) => Ok(number.to_string()),
        Err(Reason::Which(numbers)) => Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")),
        Err(reason @ Reason::Character(_)) => Err(Problem::new("link_character", &reason.detail())),
        Err(reason) => Err(Problem::new("link_unusable", &reason.detail())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number;

    #[test]
    fn what_a_link_puts_into_the_dial_box() {
        for (link, is) in [
            ("tel:+8613421829060", "+8613421829060"),
            ("tel:+44(0)2079460018", "+442079460018"),
            ("tel:1-800-FLOWERS", "18003569377"),
            ("tel:+8610;ext=5;isub=1?subject=hello", "+8610 x5"),
            ("tel:802,803", "802 / 803"),
            ("tel:13800138000%2F13900139000", "13800138000 / 13900139000"),
            ("tel:13800138000%0a13900139000", "13800138000 / 13900139000"),
            ("tel:138 0013 8000 9", "13800138000 x9 / 138001380009"),
            ("sip:13421829060@pbx.example", "13421829060"),
        ] {
            assert!(is_link(link), "{link}");
            assert_eq!(text(link), Ok(is.into()), "{link}");
            // The dial box makes the same of it.
            let explained = number::explain(is);
            assert_eq!(explained.choices.is_empty(), explained.dialled.is_some(), "{link}");
        }
    }

    #[test]
    fn a_hostile_link_puts_nothing_there() {
        let long = format!("tel:{}", "1".repeat(41));
        for (link, code, detail) in [
            ("javascript:alert(1)", "link_unusable", "scheme"),
            ("tel:", "link_unusable", "empty"),
            ("tel:;ext=802", "link_unusable", "empty"),
            ("tel:802%0d%0aX-Header:1", "link_character", "“:”"),
            ("tel:++86", "link_unusable", "“+”"),
            ("tel:<script>", "link_character", "“<”"),
            ("sip:pbx.example", "link_unusable", "host"),
            (&long, "link_unusable", "too long"),
        ] {
            let problem = text(link).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), (code, detail), "{link:?}");
        }
    }
}
