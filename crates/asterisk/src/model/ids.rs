//! The unique ids that the gateway gives to the legs it originates. AMI shows a leg's unique id everywhere, in events and in
//! lists, so a leg's purpose survives a lost connection and a restart of the gateway.

use uncall_contract::Uid;

/// Asterisk counts its channels in 31 bits; numbers after the dot from here on are ours.
const DIALLED_FROM: u64 = 9_000_000_000;

/// The purpose of a leg, by its unique id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// Asterisk made the id.
    Pbx,
    /// Click-to-dial.
    Dial,
    /// Listening or whispering.
    Spy,
    /// Bringing back the held party of this call.
    Back(&'a str),
}

/// An id for click-to-dial. This leg is the call's first, so its id is the call's uid, and looks like any other.
pub(crate) fn for_dial(second: i64, number: u32) -> String {
    format!("{second}.{}", DIALLED_FROM + u64::from(number % 1_000_000_000))
}

/// An id for listening.
pub(crate) fn for_spy(second: i64, number: u32) -> String {
    format!("{second}.s{number}")
}

/// An id for bringing back the held party of a call.
pub(crate) fn for_back(uid: &Uid, number: u32) -> String {
    format!("{uid}.r{number}")
}

/// The purpose in this unique id.
pub(crate) fn origin(unique: &str) -> Origin<'_> {
    let Some((before, after)) = unique.rsplit_once('.') else { return Origin::Pbx };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match after.split_at_checked(1) {
        Some(("s", number)) if digits(number) => Origin::Spy,
        Some(("r", number)) if digits(number) => Origin::Back(before),
        Some(_) if digits(after) && after.parse().is_ok_and(|number: u64| number >= DIALLED_FROM) => Origin::Dial,
        Some(_) | None => Origin::Pbx,
    }
}

/// The call that a leg with this `Linkedid` belongs to. Of an id that is not valid in the API, the legal characters are kept.
pub(super) fn call_of(linked: &str) -> Option<Uid> {
    let linked = match origin(linked) {
        Origin::Back(uid) => uid,
        Origin::Pbx | Origin::Dial | Origin::Spy => linked,
    };
    Uid::parse(linked).ok().or_else(|| {
        let legal = linked.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let legal: String = legal.take(64).collect();
        Uid::parse(if legal.is_empty() { spelt(linked) } else { legal }.as_str()).ok()
    })
}

/// A replacement for an id without any legal character: its party still counts in a conversation.
pub(super) fn spelt(id: &str) -> String {
    id.bytes().take(24).fold("x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_the_leg_is_for() {
        let uid = Uid::parse("1795326715.17").unwrap();
        for (id, expected) in [
            (for_dial(1_795_326_715, 4_294_967_295), Origin::Dial),
            (for_dial(1_795_326_715, 0), Origin::Dial),
            (for_spy(1_795_326_715, 7), Origin::Spy),
            (for_back(&uid, 7), Origin::Back("1795326715.17")),
            ("1795326715.2147483647".into(), Origin::Pbx),
            ("pbx1-1795326715.3".into(), Origin::Pbx),
            (String::new(), Origin::Pbx),
            ("1.".into(), Origin::Pbx),
            ("1.s".into(), Origin::Pbx),
            ("1.é7".into(), Origin::Pbx),
        ] {
            assert_eq!(origin(&id), expected, "{id}");
            assert!(id.is_empty() || Uid::parse(&id).is_ok() || id.contains('é'));
        }
    }

    #[test]
    fn a_call_always_has_a_uid() {
        assert_eq!(call_of("1795326715.17").unwrap().as_str(), "1795326715.17");
        assert_eq!(call_of("1795326715.17.r5").unwrap().as_str(), "1795326715.17");
        assert_eq!(call_of("a call, of \"ari\"").unwrap().as_str(), "acallofari");
        assert_eq!(call_of(&"7".repeat(99)).unwrap().as_str().len(), 64);
        assert_eq!(call_of("李").unwrap().as_str(), "xe69d8e");
    }
}
