//! What stands in a recording's file name: `<exten>-<other>-<yyyymmdd>-<hhmmss>-<uid>.<ending>`, as the vendor's systems and
//! the dialplan write it, and FreePBX with a word before it (`in-801-13632510278-20130625-093138-1372123897.17.wav`).

/// Endings of Asterisk's sound files, those first whose sound most players and decoders know.
const ENDINGS: &[&str] =
    &["wav", "wav49", "mp3", "ogg", "opus", "gsm", "ulaw", "ul", "alaw", "al", "sln", "g722", "flac", "m4a"];
/// Words that FreePBX puts before the numbers.
const WORDS: &[&str] = &["in", "out", "q", "rg", "g", "exten", "external", "internal", "force", "hg", "od", "conf"];
/// Longest name, in bytes: that of the file systems.
pub(super) const LONGEST: usize = 255;

/// A recording's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// Fields before the date.
    before: &'a str,
    /// `yyyymmdd-hhmmss`, in the PBX's own time; empty where the name has none.
    pub(super) when: &'a str,
    /// The call's unique id, whole: with the system's name where the PBX has one (`pbx1-1372123897.17`).
    pub(super) uid: &'a str,
    /// Place in [`ENDINGS`].
    pub(super) ending: usize,
}

impl<'a> Name<'a> {
    /// Nothing for what is no recording's name: another ending, no uid, or characters that a link or a file name has a
    /// use for itself.
    pub(super) fn read(name: &'a str) -> Option<Name<'a>> {
        if name.len() > LONGEST || !name.bytes().all(plain) || name.starts_with('.') {
            return None;
        }
        let (stem, ending) = name.rsplit_once('.')?;
        let ending = ENDINGS.iter().position(|known| known.eq_ignore_ascii_case(ending))?;
        let (before, when, uid) = match dated(stem) {
            Some(at) => {
                let (before, rest) = stem.split_at_checked(at)?;
                // Eight digits, a dash and six digits, and the dashes around them.
                let (when, uid) = rest.split_at_checked(15)?;
                (before.trim_end_matches('-'), when, uid.strip_prefix('-')?)
            }
            None => stem.rsplit_once('-').map_or(("", "", stem), |(before, uid)| (before, "", uid)),
        };
        let fits = !uid.is_empty() && uid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        fits.then_some(Name { before, when, uid, ending })
    }
}

/// The extensions and numbers in a recording's name: the agent's and the other party's, of a queue's recording the queue's
/// too. Empty for a name that does not say. Nothing but the name is looked at, so it may come from anywhere.
pub fn parties(file: &str) -> Vec<&str> {
    let Some(name) = Name::read(file).filter(|name| !name.when.is_empty()) else { return Vec::new() };
    name.before.split('-').filter(|field| !field.is_empty() && !WORDS.contains(field)).collect()
}

/// Characters of names that are served. A link carries them as they are, whoever makes it.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._+*@~,=()#".contains(&byte)
}

/// Where the last pair of fields begins that are a date and a time, with a uid behind them.
fn dated(stem: &str) -> Option<usize> {
    let mut end = stem.len();
    // Fields from the right: the one that was just looked at is `later`.
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
    field.len() == count && field.bytes().all(|byte| byte.is_ascii_digit())
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
        ] {
            let read = Name::read(name).unwrap();
            assert_eq!((read.uid, read.when), (uid, when), "{name}");
            assert_eq!(parties(name), parties_of, "{name}");
        }
    }

    #[test]
    fn what_is_no_recording() {
        for name in [
            "",
            ".WAV",
            "WAV",
            "801-802-20130625-093138.wav",
            "801-802-20130625-093138-.wav",
            "801-1372.17.txt",
            "801-1372.17",
            "801-1372.17.wav.part",
            "../801-1372.17.wav",
            "a/801-1372.17.wav",
            "a\\801-1372.17.wav",
            "801-13\u{0}72.17.wav",
            "801-1372.17.wav\0",
            "801 802-1372.17.wav",
            "801&802-1372.17.wav",
            "801\"-1372.17.wav",
            "客户-1372.17.wav",
            ".801-1372.17.wav",
        ] {
            assert_eq!(Name::read(name), None, "{name:?}");
            assert_eq!(parties(name), Vec::<&str>::new());
        }
        assert_eq!(Name::read(&format!("{}-1372.17.wav", "8".repeat(250))), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(name in "\\PC{0,300}") {
            let _nothing_or_something = Name::read(&name);
            let _parties = parties(&name);
        }

        #[test]
        fn what_was_put_together_is_taken_apart(
            exten in "[0-9]{2,6}",
            other in "[+*0-9]{1,15}",
            uid in "([a-z]{1,6}-)?[0-9]{9,10}\\.[0-9]{1,6}",
            ending in "wav|WAV|gsm|mp3|Ogg|alaw",
        ) {
            let name = format!("{exten}-{other}-20261122-055532-{uid}.{ending}");
            let read = Name::read(&name).unwrap();
            prop_assert_eq!(read.uid, uid);
            prop_assert_eq!(parties(&name), vec![exten, other]);
        }
    }
}
