//! Parses a recording's file name: `<exten>-<other>-<yyyymmdd>-<hhmmss>-<uid>.<ending>`, as the vendor's systems and the dialplan
//! write it, FreePBX with a word before it (`in-801-13632510278-20130625-093138-1372123897.17.wav`), Monitor with a half of the
//! call after it (`…-1372123897.17-in.wav`), and others with the uid first.

use std::ops::RangeInclusive;

/// Extensions of Asterisk's sound files, the most widely playable first. `uncall-sound` knows which of those without a head can
/// be decoded.
const ENDINGS: &[&str] = &[
    "wav", "wav49", "wav16", "mp3", "ogg", "opus", "gsm", "ulaw", "ul", "ulw", "mu", "alaw", "al", "alw", "sln",
    "sln12", "sln16", "sln24", "sln32", "sln44", "sln48", "sln96", "sln192", "g722", "flac", "m4a", "g729", "g723",
    "g723sf", "g719", "g726-40", "g726-32", "g726-24", "g726-16", "siren7", "siren14", "ilbc", "vox",
];
/// Words that FreePBX puts before the numbers.
const WORDS: &[&str] = &["in", "out", "q", "rg", "g", "exten", "external", "internal", "force", "hg", "od", "conf"];
/// The longest name in bytes, as in file systems.
pub(super) const LONGEST: usize = 255;
/// The number of digits of a time in seconds of the epoch, for recordings since the year 2001.
const SECONDS: RangeInclusive<usize> = 9..=11;
/// The number of digits after the dot.
const NUMBER: RangeInclusive<usize> = 1..=10;

/// A recording's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The name without its ending, and without `-in` or `-out`.
    pub(super) body: &'a str,
    /// The fields with the parties: those before the date, or after it if the uid is before it.
    parties: &'a str,
    /// `yyyymmdd-hhmmss`, in the PBX's own time. Empty if the name has none.
    pub(super) when: &'a str,
    uid: Uid<'a>,
    /// Which half of the call it is, if it is only one.
    pub(super) half: Option<Half>,
    /// The index in [`ENDINGS`].
    pub(super) ending: usize,
}

/// A direction that Monitor and others record into a separate file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Half {
    /// What came from the recorded channel.
    In,
    /// What it was given to hear.
    Out,
}

/// Where the call's unique id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uid<'a> {
    /// This is all of it, with the system's name where the PBX has one (`pbx1-1372123897.17`).
    Whole(&'a str),
    /// The end of this text. A system's name cannot be told from other text before the seconds.
    EndOf(&'a str),
    /// Nowhere.
    None,
}

impl<'a> Name<'a> {
    /// `None` if this is not a recording's name: another extension, or characters that no name on a screen or in an answer should
    /// have.
    pub(super) fn read(name: &'a str) -> Option<Name<'a>> {
        if name.len() > LONGEST || !is_shown(name) || name.starts_with('.') {
            return None;
        }
        let (stem, ending) = name.rsplit_once('.')?;
        let ending = ENDINGS.iter().position(|known| known.eq_ignore_ascii_case(ending))?;
        let (body, half) = halved(stem);
        if body.is_empty() {
            return None;
        }
        let date = dated(body);
        let when = date.and_then(|at| body.get(at..at + WHEN)).unwrap_or_default();
        let before = date.and_then(|at| body.get(..at)).unwrap_or_default().trim_end_matches('-');
        let behind = date.and_then(|at| body.get(at + WHEN..)).unwrap_or_default().trim_start_matches('-');
        let (uid, parties) = if let Some(end) = last_uid(behind) {
            (Uid::Whole(behind.get(..end).unwrap_or_default()), before)
        } else if let Some(end) = last_uid(body) {
            let upto = body.get(..end).unwrap_or_default();
            // With the uid first, the parties come last.
            (Uid::EndOf(upto), if before == upto { behind } else { before })
        } else if date.is_some() {
            (if plain(behind) { Uid::Whole(behind) } else { Uid::None }, before)
        } else {
            let last = body.rsplit('-').next().unwrap_or_default();
            (if plain(last) { Uid::Whole(last) } else { Uid::None }, "")
        };
        Some(Name { body, parties, when, uid, half, ending })
    }

    /// Whether it is a recording of this call.
    pub(super) fn is_of(&self, uid: &str) -> bool {
        match self.uid {
            Uid::Whole(own) => own == uid,
            Uid::EndOf(text) => {
                let ends = text.strip_suffix(uid).is_some_and(|before| before.chars().next_back().is_none_or(parts));
                // Names are looked up by key, so a name with another key belongs to another call.
                ends && key(uid) == self.key()
            }
            Uid::None => false,
        }
    }

    /// The unique ids of which it may be a recording: mostly one, but more if there may be a system's name before it.
    pub(super) fn uids(&self) -> Vec<&'a str> {
        match self.uid {
            Uid::Whole(own) => vec![own],
            Uid::EndOf(text) => {
                let starts = text.char_indices().filter(|(_, c)| parts(*c)).map(|(at, c)| at + c.len_utf8());
                let ends = std::iter::once(0).chain(starts).filter_map(|at| text.get(at..));
                ends.filter(|end| plain(end) && key(end) == self.key()).collect()
            }
            Uid::None => Vec::new(),
        }
    }

    /// The common part of all names of a call, whatever the extension and however the uid is written.
    pub(super) fn key(&self) -> &'a str {
        match self.uid {
            Uid::Whole(own) => key(own),
            Uid::EndOf(text) => text.rsplit(parts).next().unwrap_or_default(),
            Uid::None => self.body,
        }
    }
}

/// The common part of the names of this call's recordings: the uid without a system's name.
pub(super) fn key(uid: &str) -> &str {
    uid.rsplit('-').next().unwrap_or_default()
}

/// Whether these names are the same apart from blanks and pluses, which get mixed up in addresses.
pub(super) fn same(one: &str, other: &str) -> bool {
    let blank = |byte: u8| if byte == b'+' { b' ' } else { byte };
    one.len() == other.len() && one.bytes().map(blank).eq(other.bytes().map(blank))
}

/// The extensions and numbers in a recording's name: the agent's and the other party's, and in a queue's recording the queue's as
/// well. Empty for a name that does not say. Uses only the name, so it may come from anywhere.
pub fn parties(file: &str) -> Vec<&str> {
    let Some(name) = Name::read(file).filter(|name| !name.when.is_empty()) else { return Vec::new() };
    let party = |field: &&str| !field.is_empty() && !WORDS.contains(field) && !field.contains(char::is_whitespace);
    name.parties.split('-').filter(party).collect()
}

fn is_shown(name: &str) -> bool {
    // Most names are ASCII, and there are millions of them.
    if name.is_ascii() {
        name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'/' && byte != b'\\')
    } else {
        name.chars().all(shown)
    }
}

/// Characters allowed in served names: all but path separators and invisible ones.
fn shown(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' | '\u{feff}');
    !turns && !breaks && !matches!(c, '/' | '\\')
}

/// Whether the uid has only valid characters.
fn plain(uid: &str) -> bool {
    !uid.is_empty() && uid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Separators between a uid and other text.
fn parts(c: char) -> bool {
    !c.is_alphanumeric() && c != '.'
}

/// The stem without the word for a half of the call.
fn halved(stem: &str) -> (&str, Option<Half>) {
    let split = stem.rsplit_once('-').filter(|(body, _)| !body.is_empty());
    match split {
        Some((body, word)) if word.eq_ignore_ascii_case("in") => (body, Some(Half::In)),
        Some((body, word)) if word.eq_ignore_ascii_case("out") => (body, Some(Half::Out)),
        _ => (stem, None),
    }
}

/// The end of the last text that looks like a uid, seconds and a number (`1372123897.17`), and is separated from its
/// surroundings.
fn last_uid(text: &str) -> Option<usize> {
    text.rmatch_indices('.').find_map(|(dot, _)| {
        let (before, after) = (text.get(..dot)?, text.get(dot + 1..)?);
        let seconds = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        let number = after.bytes().take_while(u8::is_ascii_digit).count();
        if !SECONDS.contains(&seconds) || !NUMBER.contains(&number) {
            return None;
        }
        let parted = before.get(..dot - seconds)?.chars().next_back().is_none_or(parts)
            && after.get(number..)?.chars().next().is_none_or(parts);
        parted.then_some(dot + 1 + number)
    })
}

/// The length of a date and a time: eight digits, a dash and six digits.
const WHEN: usize = 15;

/// The start of the last pair of fields that are a date and a time.
fn dated(stem: &str) -> Option<usize> {
    let mut end = stem.len();
    // Go through the fields from the right; `later` is the previous one.
    let mut later: Option<&str> = None;
    loop {
        let head = stem.get(..end)?;
        let start = head.rfind('-').map_or(0, |dash| dash + 1);
        let field = head.get(start..)?;
        if later.is_some_and(|later| digits(later, 6)) && digits(field, 8) {
            return Some(start);
        }
        later = Some(field);
        end = start.checked_sub(1)?;
    }
}

fn digits(field: &str, count: usize) -> bool {
    field.len() == count && all_digits(field)
}

fn all_digits(field: &str) -> bool {
    field.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_several_systems() {
        for (name, uid, when, parties_of) in [
            (
                "808-13632510278-20130625-093138-1372123897.17.WAV",
                "1372123897.17",
                "20130625-093138",
                &["808", "13632510278"][..],
            ),
            ("in-801-1363-20130625-093138-1372123897.17.wav", "1372123897.17", "20130625-093138", &["801", "1363"]),
            ("out-+861363-801-20130625-093138-1372.17.gsm", "1372.17", "20130625-093138", &["+861363", "801"]),
            ("q-600-1363-20130625-093138-1372.17.mp3", "1372.17", "20130625-093138", &["600", "1363"]),
            ("801-802-20130625-093138-pbx-1-1372.17.WAV", "pbx-1-1372.17", "20130625-093138", &["801", "802"]),
            ("801-12345678-20130625-093138-1372.17.ulaw", "1372.17", "20130625-093138", &["801", "12345678"]),
            ("801--20130625-093138-1372.17.WAV", "1372.17", "20130625-093138", &["801"]),
            ("801-802-1372.17.WAV", "1372.17", "", &[]),
            ("1372.17.WAV", "1372.17", "", &[]),
            // Monitor's halves, of FreePBX and of a plain Asterisk.
            ("801-802-20130625-093138-1372123897.17-in.wav", "1372123897.17", "20130625-093138", &["801", "802"]),
            ("20130625-093138-1372123897.17-OUT.gsm", "1372123897.17", "20130625-093138", &[]),
            ("1372123897.17-in.sln", "1372123897.17", "", &[]),
            // The uid first, last, and in the middle of something.
            ("1372123897.17-20130625-093138-801-802.wav", "1372123897.17", "20130625-093138", &["801", "802"]),
            ("pbx1-1372123897.17-20130625-093138-801.wav", "pbx1-1372123897.17", "20130625-093138", &["801"]),
            ("pbx1-1372123897.17-20130625-093138-801.wav", "1372123897.17", "20130625-093138", &["801"]),
            ("801_1372123897.17_20130625.wav", "1372123897.17", "", &[]),
            ("801-802-20130625-093138-1372123897.17-mixed.wav", "1372123897.17", "20130625-093138", &["801", "802"]),
            ("客服 1372123897.17 (2).mp3", "1372123897.17", "", &[]),
            // What people call their recordings.
            ("801-13 632-20130625-093138-1372123897.17.wav", "1372123897.17", "20130625-093138", &["801"]),
            ("801-张三 & 李四's 50%#1-20130625-093138-1372123897.17.wav", "1372123897.17", "20130625-093138", &["801"]),
            // No uid at all: found by its name, and somebody's.
            ("801-802-20130625-093138.wav", "-", "20130625-093138", &["801", "802"]),
        ] {
            let read = Name::read(name).unwrap();
            assert_eq!((read.is_of(uid), read.when), (uid != "-", when), "{name}");
            assert_eq!((read.uids().contains(&uid), key(uid) == read.key()), (uid != "-", uid != "-"), "{name}");
            let found = parties(name);
            assert!(found.starts_with(parties_of) && found.len() <= parties_of.len() + 1, "{name}: {found:?}");
            for other in [
                "",
                "x_1372123897.17",
                "7",
                "17",
                "372123897.17",
                "1372123897",
                "1372123897.1",
                "802-1372123897.17",
                name,
            ] {
                assert!(!read.is_of(other), "{name} is none of {other:?}");
            }
        }
    }

    #[test]
    fn what_is_no_recording() {
        for name in [
            "",
            ".WAV",
            "WAV",
            "-in.wav",
            "801-1372.17.txt",
            "801-1372.17",
            "801-1372.17.wav.part",
            "../801-1372.17.wav",
            "a/801-1372.17.wav",
            "a\\801-1372.17.wav",
            "801-13\u{0}72.17.wav",
            "801-1372.17.wav\0",
            "801\n802-1372.17.wav",
            "801\u{202e}208-1372.17.wav",
            ".801-1372.17.wav",
        ] {
            let read = Name::read(name);
            assert!(read.is_none() || name == "-in.wav", "{name:?}: {read:?}");
            assert_eq!(parties(name), Vec::<&str>::new());
        }
        assert_eq!(Name::read(&format!("{}-1372.17.wav", "8".repeat(250))), None);
    }

    #[test]
    fn a_uid_by_which_it_would_not_be_found_is_not_its() {
        let read = Name::read("out-x_1372123897.17.gsm").unwrap();
        assert!(read.is_of("1372123897.17") && !read.is_of("x_1372123897.17"));
    }

    #[test]
    fn a_plus_and_a_blank_are_one_in_an_address() {
        assert!(same("801 +86.wav", "801++86.wav") && same("801 +86.wav", "801  86.wav"));
        assert!(!same("801-+86.wav", "801-_86.wav") && !same("a.wav", "a.wav "));
        // Read as a blank, a plus makes nobody's number an extension's.
        assert_eq!(parties(" 801-x-20130625-093138-1372123897.17.wav"), ["x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(name in "\\PC{0,300}") {
            let read = Name::read(&name);
            for uid in read.iter().flat_map(Name::uids) {
                prop_assert!(read.as_ref().unwrap().is_of(uid));
                prop_assert_eq!(key(uid), read.as_ref().unwrap().key());
            }
            let _parties = parties(&name);
        }

        #[test]
        fn any_fields_are_read_without_harm(
            fields in proptest::collection::vec("[0-9]{6}|[0-9]{8}|[0-9]{10}\\.[0-9]{1,4}|in|out|[a-z]{1,3}|客|\\.|", 0..9),
            with in "[-_ ]",
        ) {
            let name = format!("{}.wav", fields.join(&with));
            let read = Name::read(&name);
            for uid in read.iter().flat_map(Name::uids) {
                prop_assert!(read.as_ref().unwrap().is_of(uid), "{} {}", name, uid);
                prop_assert_eq!(key(uid), read.as_ref().unwrap().key());
            }
        }

        #[test]
        fn what_was_put_together_is_taken_apart(
            exten in "[0-9]{2,6}",
            other in "[+*0-9]{1,15}",
            uid in "([a-z]{1,6}-)?[0-9]{9,10}\\.[0-9]{1,6}",
            half in "(-in|-out)?",
            ending in "wav|WAV|gsm|mp3|Ogg|alaw|sln16|g729",
        ) {
            let name = format!("{exten}-{other}-20261122-055532-{uid}{half}.{ending}");
            let read = Name::read(&name).unwrap();
            prop_assert!(read.is_of(&uid) && read.key() == key(&uid) && read.half.is_some() != half.is_empty());
            prop_assert_eq!(parties(&name), vec![exten, other]);
        }
    }
}
