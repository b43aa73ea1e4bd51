//! Asterisk's version. The manager interface was different before 13.

/// The oldest version that the gateway understands.
pub(super) const OLDEST: u32 = 13;

/// The first number in the version from `CoreSettings`: `22.10.1~dfsg`, `certified/18.9-cert5`, `SVN-branch-11-r371690`. `None`
/// if there is none, as in a build from a development tree.
pub(super) fn major(version: &str) -> Option<u32> {
    let parts = version.split(|c: char| !c.is_ascii_digit() && c != '.');
    let mut numbers = parts.filter_map(|part| part.split('.').next()?.parse::<u32>().ok());
    numbers.next()
}

/// A warning for a version that is too old.
pub(super) fn too_old(version: &str) -> Option<String> {
    major(version).filter(|major| *major < OLDEST).map(|_major| {
        format!(
            "Asterisk {} is too old: it tells of calls in a way that is not understood here. {OLDEST} is the oldest that may do, 16 \
             the oldest that was tried",
            super::printable(version)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_versions_call_themselves() {
        for (version, is) in [
            ("22.10.1~dfsg+~cs6.16.60671435-1", Some(22)),
            ("16.28.0~dfsg-0+deb11u4", Some(16)),
            ("11.25.3", Some(11)),
            ("12.8.2", Some(12)),
            ("certified/18.9-cert5", Some(18)),
            ("certified-20.7-cert2", Some(20)),
            ("GIT-18-2f3a", Some(18)),
            ("SVN-branch-11-r371690", Some(11)),
            ("1.8.32.3", Some(1)),
            ("GIT-master-", None),
            ("", None),
        ] {
            assert_eq!(major(version), is, "{version}");
        }
        for (version, old) in [("11.25.3", true), ("12.8.2", true), ("1.8.32.3", true), ("13.0.0", false), ("", false)]
        {
            assert_eq!(too_old(version).is_some(), old, "{version}");
        }
    }
}
