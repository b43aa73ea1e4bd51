//! How to show parties. A caller's number may be any text, or withheld; the call must not get lost because of that.

use uncall_contract::PhoneNumber;

use uncall_switch::calls::Party;

/// Longest text shown, in characters.
const LONGEST: usize = 40;

/// The value, if there is one: AMI writes `<unknown>` for an empty caller id.
pub(super) fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty() && *text != "<unknown>")
}

/// An outside party, by the first of these texts that is not empty.
pub(super) fn outside<'a>(texts: impl IntoIterator<Item = &'a str>) -> Party {
    let printable = |text: &str| {
        let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let shown = texts.into_iter().filter_map(some).find_map(printable);
    let shown = shown.unwrap_or_else(|| "anonymous".to_owned());
    PhoneNumber::from_typed(&shown).map_or_else(|_| Party::Named(shown), Party::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_caller_is_shown_somehow() {
        for (texts, shown) in [
            (vec!["13800138000", "Li"], "13800138000"),
            (vec!["+86 (10) 6552-1234"], "+861065521234"),
            (vec!["<unknown>", "Li Lei"], "Li Lei"),
            (vec!["", "<unknown>"], "anonymous"),
            (vec!["anonymous"], "anonymous"),
            (vec!["李雷<&>"], "李雷<&>"),
            (vec!["a\r\nAction: x\u{0}"], "aAction: x"),
            (vec!["\u{7}", "801"], "801"),
        ] {
            assert_eq!(outside(texts.iter().copied()).as_str(), shown, "{texts:?}");
        }
        assert_eq!(outside(["x".repeat(500).as_str()]).as_str().len(), LONGEST);
        assert!(matches!(outside(["13800138000"]), Party::Number(_)));
    }
}
