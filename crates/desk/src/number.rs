//! Numbers that an agent types, read and routed by `uncall-number`.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use uncall_contract::{Extension, Invalid, PhoneNumber};
pub use uncall_number::{
    Explanation, Fault, Rules, explain,
    rules::{NoRule, Part},
    same,
};
use uncall_number::{Problem as Reason, rules::LocalTime};

use crate::problem::Problem;

/// The number rules of this place, and the time zone for their hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    rules: Arc<Rules>,
    zone: TimeZone,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers::new(Rules::default(), TimeZone::UTC)
    }
}

impl Numbers {
    /// Uses these rules, in this zone.
    pub fn new(rules: Rules, zone: TimeZone) -> Numbers {
        Numbers { rules: Arc::new(rules), zone }
    }

    /// The number to dial for `typed`. `sure` says whether the agent has confirmed it, if the rules want that. An extension part
    /// is left out, because nothing can send it yet.
    ///
    /// # Errors
    /// `number_empty`, `number_invalid` (with the character that does not belong there), `number_too_long`, `number_letter_zero`
    /// and `number_letter_one` (with the letter), `number_cut`, `number_plus`, or `number_which` (with the possible numbers).
    /// From the rules: `number_blocked` and `number_ask` (with the prefix), `number_hours`, `number_replaced`.
    pub fn dialled(&self, typed: &str, sure: bool, at: Timestamp) -> Result<PhoneNumber, Problem> {
        let number = uncall_number::normalise(typed).map_err(|reason| Problem::from(&reason))?;
        let dialled = self.route(&number.dialled, sure, at)?;
        PhoneNumber::parse(&dialled).map_err(|invalid| explained("number_invalid", &invalid))
    }

    /// The extension or number to transfer to.
    ///
    /// # Errors
    /// Those of [`target`] and [`Numbers::dialled`].
    pub fn target(&self, typed: &str, own: &Extension, sure: bool, at: Timestamp) -> Result<String, Problem> {
        self.route(&target(typed, own)?, sure, at)
    }

    /// Explains a number while it is being typed.
    pub fn explain(&self, typed: &str, at: Timestamp) -> Explanation {
        uncall_number::explain(typed).by(&self.rules, Some(self.local(at)))
    }

    /// Explains a target while it is being typed.
    pub fn explain_target(&self, typed: &str, own: Option<&Extension>, at: Timestamp) -> Explanation {
        match own.map(|own| target(typed, own)) {
            Some(Err(Problem { code, detail })) if code == "target_is_self" => {
                Explanation { problem: Some(Fault { code, detail }), ..Explanation::default() }
            }
            _ => uncall_number::explain_target(typed).by(&self.rules, Some(self.local(at))),
        }
    }

    fn route(&self, number: &str, sure: bool, at: Timestamp) -> Result<String, Problem> {
        let route = self.rules.route(number, Some(self.local(at)));
        let route = route.map_err(|refusal| Problem::new(refusal.code(), refusal.detail()))?;
        match route.ask {
            Some(prefix) if !sure => Err(Problem::new("number_ask", &prefix)),
            Some(_) | None => Ok(route.dialled),
        }
    }

    fn local(&self, at: Timestamp) -> LocalTime {
        let local = at.to_zoned(self.zone.clone());
        let number = |value: i8| u16::try_from(value).unwrap_or_default();
        LocalTime {
            day: usize::from(number(local.weekday().to_monday_zero_offset())),
            minute: number(local.hour()) * 60 + number(local.minute()),
        }
    }
}

/// Reads the extension or number to transfer to, listen to or whisper to, without applying number rules.
///
/// # Errors
/// Those of [`Numbers::dialled`], with `target_invalid` instead of `number_invalid`; `target_is_self` for the agent's own
/// extension.
pub fn target(typed: &str, own: &Extension) -> Result<String, Problem> {
    let is_own = typed.trim() == own.as_str();
    match uncall_number::target(typed) {
        Ok(number) if is_own || number.dialled == own.as_str() => Err(Problem::new("target_is_self", &number.dialled)),
        Ok(number) => Ok(number.dialled),
        Err(reason @ Reason::Character(_)) => Err(Problem::new("target_invalid", &reason.detail())),
        Err(reason) => Err(Problem::from(&reason)),
    }
}

impl From<&Reason> for Problem {
    fn from(reason: &Reason) -> Problem {
        Problem::new(reason.code(), &reason.detail())
    }
}

/// The problem with an invalid text.
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

    const NOON: &str = "2026-11-30T12:00:00Z";

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn dialled(typed: &str) -> Result<PhoneNumber, Problem> {
        Numbers::default().dialled(typed, false, at(NOON))
    }

    fn numbers(rules: &[(Part, &str)], zone: TimeZone) -> Numbers {
        let mut all = Rules::default();
        rules.iter().for_each(|(part, text)| all.set(*part, &[(*text).to_owned()]).unwrap());
        Numbers::new(all, zone)
    }

    #[test]
    fn the_rules_of_the_place_count_for_numbers_and_for_targets() {
        let own = Extension::parse("801").unwrap();
        let place = [
            (Part::Country, "86"),
            (Part::Area, "010"),
            (Part::OutsidePrefix, "9"),
            (Part::Ask, "400"),
            (Part::Block, "00"),
        ];
        let numbers = numbers(&place, TimeZone::UTC);
        let dial = |typed: &str, sure| numbers.dialled(typed, sure, at(NOON)).map(|number| number.as_str().to_owned());
        let hand = |typed: &str, sure| numbers.target(typed, &own, sure, at(NOON));
        for (typed, is) in [("010-65521234 转 9", "965521234"), ("802", "802"), ("110", "110")] {
            assert_eq!((dial(typed, false), hand(typed, false)), (Ok(is.into()), Ok(is.into())), "{typed}");
        }
        assert_eq!(hand("agent-2", false), Ok("agent-2".into()));
        assert_eq!(hand("801", true), Err(Problem::new("target_is_self", "801")));
        for (typed, sure, problem) in
            [("400-123-4567", false, ("number_ask", "400")), ("+44 20 7946 0018", true, ("number_blocked", "00"))]
        {
            let problem = Problem::new(problem.0, problem.1);
            assert_eq!((dial(typed, sure), hand(typed, sure)), (Err(problem.clone()), Err(problem)), "{typed}");
        }
        assert_eq!(
            (dial("400-123-4567", true), hand("400-123-4567", true)),
            (Ok("94001234567".into()), Ok("94001234567".into()))
        );
        assert_eq!(numbers.explain("400-123-4567", at(NOON)).ask.as_deref(), Some("400"));
        assert_eq!(
            numbers.explain_target("+44 20 7946 0018", Some(&own), at(NOON)).problem.unwrap().code,
            "number_blocked"
        );
    }

    #[test]
    fn hours_are_those_of_the_place() {
        let hours = [(Part::Country, "86"), (Part::Hours, "mon-fri 09:00-18:00")];
        let shanghai = numbers(&hours, TimeZone::fixed(jiff::tz::offset(8)));
        // Monday, 17:59 and 18:00 there; Saturday noon; Friday, 9:00.
        for (time, dials) in [
            ("2026-11-30T09:59:59Z", true),
            ("2026-11-30T10:00:00Z", false),
            ("2026-12-05T04:00:00Z", false),
            ("2026-12-04T01:00:00Z", true),
        ] {
            let result = shanghai.dialled("13800138000", true, at(time));
            assert_eq!(
                result.map_err(|problem| problem.code).err().as_deref(),
                (!dials).then_some("number_hours"),
                "{time}"
            );
            assert!(shanghai.dialled("110", false, at(time)).is_ok());
        }
    }

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
                Numbers::default()
                    .explain_target(typed, Some(&own), at(NOON))
                    .problem
                    .map(|fault| fault.code)
                    .as_deref(),
                (!typed.is_empty()).then_some(code)
            );
        }
        let dashed = Extension::parse("80-1").unwrap();
        assert_eq!(target("80-1", &dashed).unwrap_err().code, "target_is_self");
    }
}
