//! Decides whose recording it is, by its name and by who talked in the call.

use jiff::Timestamp;
use uncall_recordings::parties;

use super::Operations;
use crate::access::{Caller, Denied, Record};

impl Operations {
    /// Whether the caller may hear the recording of this name (with `audio:` or without): the own extension's or a group
    /// member's, whichever of the parties that is. What the name does not say, the ledger knows of those who talked in the call.
    pub(super) async fn may_hear(&self, caller: &Caller, files: &str) -> Result<(), Denied> {
        let file = files.strip_prefix("audio:").unwrap_or(files);
        let board = self.site.board();
        let parties = board.look(|table| whole(&parties(file), |exten| table.snapshot(exten).is_some()));
        let by_name = caller.may_hear(&parties.iter().map(String::as_str).collect::<Vec<_>>());
        let (Err(_), Some(recordings)) = (&by_name, &self.recordings) else { return by_name };
        let talked = recordings.ledger().who_talked(file).await;
        caller.may_hear(&talked.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Whether the caller may hear this recording now. The audit log has a line for who may not; for who does, [`Operations::heard`].
    pub(crate) async fn hear(&self, caller: &Caller, file: &str) -> Result<(), Denied> {
        let allowed = self.may_hear(caller, file).await;
        if allowed.is_err() {
            self.audit.write(Record::heard(caller, file, "403", Timestamp::now()));
        }
        allowed
    }

    /// The caller is given the recording.
    pub(crate) fn heard(&self, caller: &Caller, file: &str) {
        self.audit.write(Record::heard(caller, file, "done", Timestamp::now()));
    }
}

/// Extensions may contain a dash, which also separates the fields of a name: fields that together are an extension do not count
/// as others alone.
fn whole(fields: &[&str], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut parties = Vec::new();
    let mut rest = fields;
    while !rest.is_empty() {
        let joined = (2..=rest.len()).rev().find_map(|count| {
            let (together, after) = rest.split_at_checked(count)?;
            Some((together.join("-"), after)).filter(|(joined, _)| exists(joined))
        });
        let (party, after) = match (joined, rest.split_first()) {
            (Some(joined), _) => joined,
            (None, Some((first, after))) => ((*first).to_owned(), after),
            (None, None) => break,
        };
        parties.push(party);
        rest = after;
    }
    parties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_in_an_extension_makes_no_other_ones_of_it() {
        let exists = |exten: &str| matches!(exten, "808" | "a" | "a-1" | "b-2");
        let of = |file: &str| whole(&parties(file), exists);
        let when = "20130625-093138-1372123897.17.wav";
        for (both, expected) in [
            ("808-13632510278", &["808", "13632510278"][..]),
            ("901-808", &["901", "808"]),
            ("in-808-10010", &["808", "10010"]),
            ("a-1-10010", &["a-1", "10010"]),
            ("a-10010", &["a", "10010"]),
            ("a-1-b-2", &["a-1", "b-2"]),
            ("a-b-2", &["a", "b-2"]),
        ] {
            assert_eq!(of(&format!("{both}-{when}")), expected, "{both}");
        }
        for file in ["", "808", "808-20130625.wav"] {
            assert_eq!(of(file), Vec::<String>::new(), "{file}");
        }
    }
}
