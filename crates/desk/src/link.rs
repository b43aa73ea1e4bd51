//! Links from other programs: `tel:+8613421829060`, `callto:`, `sip:number@host`, and `uncall://` with a number or a verb. Links
//! come from strangers, so a number only goes into the dial box, as if the agent had typed it, and a verb is only offered to the
//! agent. Nothing happens without a press, unless the agent has set `link_countdown`: see [`crate::state`].

use serde::Serialize;
use uncall_number::Problem as Reason;
pub use uncall_number::is_link;

use crate::problem::Problem;

/// Links that follow each other faster than this, in milliseconds, are not clicked by hand.
const HAND: i64 = 1000;
/// Longer than any link, in bytes.
const LONGEST: usize = 1024;
const OWN_SCHEME: &str = "uncall:";

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// For the dial box: a number, perhaps with an extension part, or several possible numbers, of which the agent chooses one.
    Number(String),
    /// Show the window.
    Show,
    /// Ask the agent whether to do this.
    Wish(Wish),
}

/// A verb that a link asks for. Which call it is for is decided when the agent agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Wish {
    /// Hold the call.
    Hold,
    /// Resume the held call.
    Restore,
    /// End the call.
    HangUp,
    /// Be busy.
    Busy,
    /// Be reachable.
    Idle,
    /// Transfer the call.
    Transfer {
        /// The target, as it would be typed.
        target: String,
    },
}

/// Reads a link: `tel:` and the like, `uncall://802`, `uncall://dial/802`, `uncall://transfer/802`, `uncall://hold`, `restore`,
/// `hangup`, `busy`, `idle`, `show`.
///
/// # Errors
/// `link_character` with the character that does not belong there, `link_unusable` for anything else.
pub fn read(link: &str) -> Result<Link, Problem> {
    let Some((verb, rest)) = verb(link) else { return text(link).map(Link::Number) };
    let number = || text(&format!("tel:{}", rest.strip_prefix("number=").unwrap_or(rest)));
    let alone = |link| if rest.is_empty() { Ok(link) } else { Err(Problem::new("link_unusable", "more than a verb")) };
    match verb {
        Verb::Dial => number().map(Link::Number),
        Verb::Transfer => number().map(|target| Link::Wish(Wish::Transfer { target })),
        Verb::Show => alone(Link::Show),
        Verb::Hold => alone(Link::Wish(Wish::Hold)),
        Verb::Restore => alone(Link::Wish(Wish::Restore)),
        Verb::HangUp => alone(Link::Wish(Wish::HangUp)),
        Verb::Busy => alone(Link::Wish(Wish::Busy)),
        Verb::Idle => alone(Link::Wish(Wish::Idle)),
    }
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Dial,
    Transfer,
    Show,
    Hold,
    Restore,
    HangUp,
    Busy,
    Idle,
}

/// The verb of an `uncall://` link, and what follows it.
fn verb(link: &str) -> Option<(Verb, &str)> {
    let (scheme, rest) = link.trim().split_at_checked(OWN_SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(OWN_SCHEME) || link.len() > LONGEST {
        return None;
    }
    let rest = rest.trim_start_matches('/');
    let (name, rest) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
    let verb = match name.to_ascii_lowercase().as_str() {
        "dial" => Verb::Dial,
        "transfer" => Verb::Transfer,
        "show" => Verb::Show,
        "hold" => Verb::Hold,
        "restore" => Verb::Restore,
        "hangup" => Verb::HangUp,
        "busy" => Verb::Busy,
        "idle" => Verb::Idle,
        _ => return None,
    };
    Some((verb, rest))
}

/// What a link with a number puts into the dial box.
fn text(link: &str) -> Result<String, Problem> {
    match uncall_number::link(link) {
        Ok(number) => Ok(number.to_string()),
        Err(Reason::Which(numbers)) => Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")),
        Err(reason @ Reason::Character(_)) => Err(Problem::new("link_character", &reason.detail())),
        Err(reason) => Err(Problem::new("link_unusable", &reason.detail())),
    }
}

/// Tells a person's click from a page that fires links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presses {
    last: Option<i64>,
}

impl Presses {
    /// Whether a link at `now`, in milliseconds, may bring the window to the front. One that follows another within a second may
    /// not.
    pub fn raises(&mut self, now: i64) -> bool {
        let last = self.last.replace(now);
        last.is_none_or(|last| now.saturating_sub(last) >= HAND)
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
            ("uncall:13421829060", "13421829060"),
            ("uncall://13421829060/", "13421829060"),
            ("uncall://dial/13421829060", "13421829060"),
            ("UNCALL:dial/138%200013%208000/", "13800138000"),
            ("uncall://dial?number=%2B8613800138000", "+8613800138000"),
            ("uncall://dial/802%0d%0a803", "802 / 803"),
        ] {
            assert!(is_link(link), "{link}");
            assert_eq!(read(link), Ok(Link::Number(is.into())), "{link}");
            // The dial box reads it the same way.
            let explained = number::explain(is);
            assert_eq!(explained.choices.is_empty(), explained.dialled.is_some(), "{link}");
        }
    }

    #[test]
    fn a_verb_is_a_wish_and_nothing_more() {
        for (link, is) in [
            ("uncall://show", Link::Show),
            ("uncall://hold/", Link::Wish(Wish::Hold)),
            ("uncall:RESTORE", Link::Wish(Wish::Restore)),
            ("uncall://hangup", Link::Wish(Wish::HangUp)),
            ("uncall://busy", Link::Wish(Wish::Busy)),
            ("uncall://idle", Link::Wish(Wish::Idle)),
            ("uncall://transfer/802", Link::Wish(Wish::Transfer { target: "802".into() })),
            ("uncall://transfer?number=138%200013%208000", Link::Wish(Wish::Transfer { target: "13800138000".into() })),
        ] {
            assert_eq!(read(link), Ok(is), "{link}");
        }
        assert_eq!(serde_json::to_value(Wish::HangUp).unwrap(), serde_json::json!({"do": "hang_up"}));
        let transfer = Wish::Transfer { target: "802".into() };
        assert_eq!(serde_json::to_value(transfer).unwrap(), serde_json::json!({"do": "transfer", "target": "802"}));
    }

    #[test]
    fn a_hostile_link_is_for_nothing() {
        let long = format!("tel:{}", "1".repeat(41));
        let (endless, deep) =
            (format!("tel:{}", "1 ".repeat(32 * 1024)), format!("uncall://dial/{}", "%31".repeat(20_000)));
        for (link, code, detail) in [
            ("javascript:alert(1)", "link_unusable", "scheme"),
            ("tel:", "link_unusable", "empty"),
            ("tel:;ext=802", "link_unusable", "empty"),
            ("tel:802%0d%0aX-Header:1", "link_character", "“:”"),
            ("tel:++86", "link_unusable", "“+”"),
            ("tel:<script>", "link_character", "“<”"),
            ("sip:pbx.example", "link_unusable", "host"),
            ("uncall://dial", "link_unusable", "empty"),
            ("uncall://transfer/", "link_unusable", "empty"),
            ("uncall://transfer/--config", "link_character", "“c”"),
            ("uncall://hold/1372123897.17", "link_unusable", "more than a verb"),
            ("uncall://quit", "link_character", "“q”"),
            ("uncall://note/hello", "link_character", "“n”"),
            ("uncall:", "link_unusable", "empty"),
            (&long, "link_unusable", "too long"),
            (&endless, "link_unusable", "too long"),
            (&deep, "link_unusable", "too long"),
        ] {
            let problem = read(link).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), (code, detail), "{:?}", link.get(..40));
        }
    }

    #[test]
    fn of_a_page_that_fires_links_the_first_raises_the_window() {
        let mut presses = Presses::default();
        let raised = (0..10).filter(|link| presses.raises(5000 + link * 30)).count();
        assert_eq!(raised, 1);
        // It keeps firing.
        assert!(!presses.raises(6200));
        assert!(presses.raises(7200), "a second later it is a hand");
        assert!(!presses.raises(7200));
    }
}
