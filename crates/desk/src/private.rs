//! Hides numbers from agents who may not read them.

use uncall_contract::masked_on_screen;

use crate::snapshot::Snapshot;

/// The snapshot with its numbers masked. Extensions stay, and so do uids, which actions refer to.
pub fn masked(snapshot: &Snapshot) -> Snapshot {
    let mut shown = snapshot.clone();
    let hide = |text: &mut String| *text = masked_on_screen(text).into_owned();
    for call in &mut shown.calls {
        let name = call.phone.iter_mut().map(|phone| &mut phone.name);
        [&mut call.calla, &mut call.callb, &mut call.other].into_iter().chain(name).for_each(hide);
        call.who.iter_mut().flat_map(|who| [&mut who.name, &mut who.company]).for_each(hide);
    }
    shown.team.iter_mut().flatten().filter_map(|member| member.name.as_mut()).for_each(hide);
    shown.name.iter_mut().for_each(hide);
    if let Some(notice) = &mut shown.notice {
        notice.target.iter_mut().for_each(hide);
        hide(&mut notice.problem.detail);
    }
    shown.countdown.iter_mut().for_each(|countdown| hide(&mut countdown.dialled));
    shown.presence.wrap_up.iter_mut().for_each(|wrap_up| hide(&mut wrap_up.other));
    shown.presence.missing.iter_mut().for_each(|missing| hide(&mut missing.other));
    shown.presence.reason.iter_mut().for_each(hide);
    shown
}

/// What a masked number on the screen stands for when the agent uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant<'a> {
    /// It is not masked and means itself.
    Itself,
    /// The number that is shown like this.
    Number(&'a str),
    /// Several numbers are shown like this, or none that is still known, so it must not be dialled.
    Nobody,
}

/// Finds out what `typed` means on a screen that shows `numbers` masked.
pub fn meant<'a>(typed: &str, numbers: impl Iterator<Item = &'a str>) -> Meant<'a> {
    let typed = typed.trim();
    if !typed.contains("****") || !typed.contains(|c: char| c.is_ascii_digit()) {
        return Meant::Itself;
    }
    let mut shown_so = numbers.filter(|number| masked_on_screen(number) == typed);
    let Some(first) = shown_so.next() else { return Meant::Nobody };
    if shown_so.all(|other| other == first) { Meant::Number(first) } else { Meant::Nobody }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::moment::Moment;

    fn desk() -> Snapshot {
        let mut snapshot = serde_json::to_value(Snapshot::unconfigured(Moment::now())).unwrap();
        snapshot["presence"]["reason"] = json!("calls 13812349060 back");
        snapshot["notice"] = json!({
            "verb": "dial", "uid": null, "target": "13812349060", "at": snapshot["connection"]["since"],
            "problem": {"code": "refused", "detail": "13812349060 is not allowed"}
        });
        serde_json::from_value(snapshot).unwrap()
    }

    #[test]
    fn no_number_is_left_in_what_is_shown() {
        let shown = serde_json::to_string(&masked(&desk())).unwrap();
        assert!(!shown.contains("13812349060") && shown.contains("138****9060"), "{shown}");
    }

    #[test]
    fn a_press_on_a_number_that_is_shown_in_part_means_that_number_or_none() {
        let numbers = ["13812349060", "13812349060", "13922220001", "13911110001"];
        let meant = |typed| meant(typed, numbers.into_iter());
        assert_eq!(meant("138****9060"), Meant::Number("13812349060"));
        assert_eq!(meant(" 138****9060 "), Meant::Number("13812349060"));
        assert_eq!(meant("139****0001"), Meant::Nobody, "two are shown so");
        assert_eq!(meant("137****0001"), Meant::Nobody);
        for itself in ["13812349060", "*97", "****", "*021****", ""] {
            let expected = if itself == "*021****" { Meant::Nobody } else { Meant::Itself };
            assert_eq!(meant(itself), expected, "{itself}");
        }
    }
}
