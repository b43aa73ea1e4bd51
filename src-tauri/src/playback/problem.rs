//! Why a recording cannot be played, in the page's codes.

use std::time::Duration;

use uncall_client::{recording, sound};
use uncall_desk::problem::Problem;

/// The codes that playing a recording adds to the desk's. Each locale has a sentence for each.
#[cfg(test)]
pub(super) const CODES: [&str; 14] = [
    "recording_gone",
    "recording_not_allowed",
    "recording_not_a_sound",
    "recording_too_large",
    "recording_damaged",
    "recording_changed",
    "recording_storage",
    "recording_format",
    "recording_unplayable",
    "recording_not_saved",
    "timeout",
    // Found by the page.
    "player_failed",
    "player_codec_missing",
    "player_output",
];

/// The words for a download that failed.
pub(crate) fn fetched(error: &recording::Error) -> Problem {
    let detail = match error {
        recording::Error::TooLarge { limit } => (limit >> 20).to_string(),
        recording::Error::Certificate(why) => why.server.clone(),
        recording::Error::Http(status) => status.to_string(),
        recording::Error::NotAllowed(said) | recording::Error::NotLoggedIn { said, .. } => said.clone(),
        recording::Error::NotReady
        | recording::Error::Gone
        | recording::Error::NotASound(_)
        | recording::Error::Damaged { .. }
        | recording::Error::Changed
        | recording::Error::Unreachable(_)
        | recording::Error::Timeout(_)
        | recording::Error::Broken(_)
        | recording::Error::Storage(_) => error.to_string(),
    };
    Problem::new(error.code(), &detail)
}

/// The words for bytes that cannot be decoded.
pub(crate) fn decoded(error: &sound::Error) -> Problem {
    match error {
        sound::Error::Unsupported(name) => Problem::new("recording_format", name),
        sound::Error::NotSound(what) => Problem::new("recording_not_a_sound", what),
        sound::Error::NotReady => Problem::new("recording_not_ready", ""),
        sound::Error::Empty => Problem::new("recording_empty", ""),
        sound::Error::Limit(what) => Problem::new("limit", what),
        sound::Error::Unknown | sound::Error::Damaged(_) => Problem::new("recording_unplayable", &error.to_string()),
    }
}

/// The words for sound that is damaged from here on.
pub(crate) fn damaged(at: Duration) -> Problem {
    let seconds = at.as_secs();
    Problem::new("recording_damaged", &format!("{:02}:{:02}", seconds / 60, seconds % 60))
}

#[cfg(test)]
mod tests {
    use uncall_client::{Flaw, Untrusted};
    use uncall_desk::settings::Language;

    use super::*;
    use crate::words::Words;

    #[test]
    fn every_code_has_its_sentence() {
        use recording::Error;
        let words = Words::new(Some(Language::English));
        let errors = [
            Error::NotReady,
            Error::Gone,
            Error::NotLoggedIn { tried: false, said: String::new() },
            Error::NotLoggedIn { tried: true, said: String::new() },
            Error::NotAllowed("no".into()),
            Error::NotASound("an HTML page".into()),
            Error::TooLarge { limit: 64 << 20 },
            Error::Damaged { at: 7 },
            Error::Changed,
            Error::Unreachable("x".into()),
            Error::Certificate(Untrusted { server: "x".into(), flaw: Flaw::Expired }),
            Error::Timeout("x".into()),
            Error::Broken("x".into()),
            Error::Http(500),
            Error::Storage("x".into()),
        ];
        let mut codes: Vec<String> = errors.iter().map(|error| fetched(error).code).collect();
        codes.extend(CODES.map(str::to_owned));
        for code in codes {
            let key = format!("problem.{code}");
            assert_ne!(words.get(&key), key, "{code}");
        }
        assert_eq!(fetched(&Error::TooLarge { limit: 64 << 20 }).detail, "64");
        assert_eq!(damaged(Duration::from_secs(75)).detail, "01:15");
    }
}
