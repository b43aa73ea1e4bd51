//! What is shown where numbers are not for everybody's eyes.

use uncall_contract::masked_on_screen;

use crate::snapshot::Snapshot;

/// The snapshot with every number in it as the screen shows it to whom it is not for. Extensions stay; so do uids, by which
/// whoever sees it acts.
pub fn masked(snapshot: &Snapshot) -> Snapshot {
    let mut shown = snapshot.clone();
    let hide = |text: &mut String| *text = masked_on_screen(text).into_owned();
    for call in &mut shown.calls {
        [&mut call.calla, &mut call.callb, &mut call.other].into_iter().for_each(hide);
    }
    for entry in &mut shown.recent {
        [&mut entry.calla, &mut entry.callb, &mut entry.other].into_iter().for_each(hide);
    }
    if let Some(notice) = &mut shown.notice {
        notice.target.iter_mut().for_each(hide);
        hide(&mut notice.problem.detail);
    }
    shown.presence.reason.iter_mut().for_each(hide);
    shown
}

/// What somebody means who presses on a number that he sees in part, and what he may not dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant<'a> {
    /// What stands there.
    Itself,
    /// This number, which is shown so.
    Number(&'a str),
    /// One of several that are shown so, or one that is no longer known.
    Nobody,
}

/// What `typed` means on a screen that shows the numbers of `snapshot` in part.
pub fn meant<'a>(typed: &str, snapshot: &'a Snapshot) -> Meant<'a> {
    let typed = typed.trim();
    if !typed.contains("****") || !typed.contains(|c: char| c.is_ascii_digit()) {
        return Meant::Itself;
    }
    let of_calls = snapshot.calls.iter().map(|call| &call.other);
    let mut shown_so = of_calls.chain(snapshot.recent.iter().map(|entry| &entry.other));
    let is_shown_so = |number: &&String| masked_on_screen(number) == typed;
    let Some(first) = shown_so.find(is_shown_so) else { return Meant::Nobody };
    if shown_so.filter(is_shown_so).all(|other| other == first) { Meant::Number(first) } else { Meant::Nobody }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::moment::Moment;

    fn desk(numbers: &[&str]) -> Snapshot {
        let mut snapshot = serde_json::to_value(Snapshot::unconfigured(Moment::now())).unwrap();
        let entry = |number: &&str| {
            json!({
                "uid": "1372123897.17", "calla": number, "callb": "801", "other": number, "direction": "callin",
                "began": "2026-11-30T09:31:38Z", "answered": null, "ended": null, "end_seen": false, "talked_seconds": null,
                "reason": null, "missed": "no", "offers": 1
            })
        };
        snapshot["recent"] = numbers.iter().map(entry).collect();
        snapshot["presence"]["reason"] = json!("calls 13812349060 back");
        snapshot["notice"] = json!({
            "verb": "dial", "uid": null, "target": "13812349060", "at": snapshot["connection"]["since"],
            "problem": {"code": "refused", "detail": "13812349060 is not allowed"}
        });
        serde_json::from_value(snapshot).unwrap()
    }

    #[test]
    fn no_number_is_left_in_what_is_shown() {
        let whole = desk(&["13812349060", "+86 138 1234 9060"]);
        let shown = serde_json::to_string(&masked(&whole)).unwrap();
        assert!(!shown.contains("13812349060") && !shown.contains("1234"), "{shown}");
        assert!(
            shown.contains("138****9060") && shown.contains("1372123897.17") && shown.contains("\"801\""),
            "{shown}"
        );
    }

    #[test]
    fn a_press_on_a_number_that_is_shown_in_part_means_that_number_or_none() {
        let snapshot = desk(&["13812349060", "13812349060", "13922220001", "13911110001"]);
        assert_eq!(meant("138****9060", &snapshot), Meant::Number("13812349060"));
        assert_eq!(meant(" 138****9060 ", &snapshot), Meant::Number("13812349060"));
        assert_eq!(meant("139****0001", &snapshot), Meant::Nobody, "two are shown so");
        assert_eq!(meant("137****0001", &snapshot), Meant::Nobody);
        for itself in ["13812349060", "*97", "****", "*021****", ""] {
            let expected = if itself == "*021****" { Meant::Nobody } else { Meant::Itself };
            assert_eq!(meant(itself, &snapshot), expected, "{itself}");
        }
    }
}
