//! Whose recording it is, by its name.

use super::App;
use crate::access::{Caller, Denied};

/// Whether the caller may hear the recording of this name (with `audio:` or without): the own extension's or a group
/// member's, whichever of the two parties that is.
pub(super) fn may_hear(app: &App, caller: &Caller, files: &str) -> Result<(), Denied> {
    let file = files.strip_prefix("audio:").unwrap_or(files);
    let parties = app.exchange.board.look(|table| parties(file, |exten| table.snapshot(exten).is_some()));
    match parties {
        Some((exten, other)) => caller.may_hear(&[exten, other]),
        None => caller.may_hear(&[]),
    }
}

/// The two who talk: `EXTENSION-OTHERNUMBER-DATE-TIME-UID.EXT`. Extensions may hold a dash; where there are several places
/// to part the two, it is the last one behind an extension that exists.
fn parties(file: &str, exists: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let mut from_behind = file.rsplitn(4, '-');
    let (_uid, _time, _date) = (from_behind.next()?, from_behind.next()?, from_behind.next()?);
    let both = from_behind.next()?;
    let places = || both.match_indices('-').filter_map(|(at, _)| Some((both.get(..at)?, both.get(at + 1..)?)));
    if places().count() == 1 {
        return places().next();
    }
    places().filter(|(exten, _)| exists(exten)).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parties_stand_in_the_name() {
        let exists = |exten: &str| matches!(exten, "808" | "a" | "a-1");
        for (file, expected) in [
            ("808-13632510278-20130625-093138-1372123897.17.WAV", Some(("808", "13632510278"))),
            ("901-808-20130625-093138-1372123897.17.WAV", Some(("901", "808"))),
            ("a-1-10010-20130625-093138-1372123897.17.wav", Some(("a-1", "10010"))),
            ("a-b-1-20130625-093138-1372123897.17.wav", Some(("a", "b-1"))),
            ("b-1-10010-20130625-093138-1372123897.17.wav", None),
            ("808-20130625-093138-1372123897.17.wav", None),
            ("808-10010-20130625.wav", None),
            ("", None),
            ("808", None),
        ] {
            assert_eq!(parties(file, exists), expected, "{file}");
        }
    }
}
