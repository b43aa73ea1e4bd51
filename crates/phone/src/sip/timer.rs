//! Session timers (RFC 4028): periodic refreshes that show that a call is alive.

use std::time::Duration;

use rsipstack::sip::{Header, HeadersExt as _, Request, Require, Response, SessionExpires};

/// The minimum interval (RFC 4028, section 4).
const LEAST: u64 = 90;

/// The session interval, and whether this side refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    seconds: u64,
    ours: bool,
}

impl Timer {
    /// From a request. Without a choice, the caller refreshes.
    pub(super) fn asked(request: &Request) -> Option<Timer> {
        let (seconds, refresher) = read(request.session_expires_header()?.value())?;
        Some(Timer { seconds, ours: refresher == Some("uas") })
    }

    /// From a response.
    pub(super) fn answered(response: &Response) -> Option<Timer> {
        let (seconds, refresher) = read(response.session_expires_header()?.value())?;
        Some(Timer { seconds, ours: refresher != Some("uas") })
    }

    /// The headers of a response.
    pub(super) fn headers(self) -> Vec<Header> {
        let refresher = if self.ours { "uas" } else { "uac" };
        let mut headers = vec![SessionExpires::from(format!("{};refresher={refresher}", self.seconds)).into()];
        if !self.ours {
            headers.push(Require::from("timer").into());
        }
        headers
    }

    /// When this side has to refresh.
    pub(crate) fn refresh(self) -> Option<Duration> {
        self.ours.then(|| Duration::from_secs(self.seconds / 2))
    }
}

fn read(value: &str) -> Option<(u64, Option<&'static str>)> {
    let mut parts = value.split(';').map(str::trim);
    let seconds: u64 = parts.next()?.parse().ok()?;
    let refresher = parts.find_map(|part| match part.to_ascii_lowercase().replace(' ', "").as_str() {
        "refresher=uas" => Some("uas"),
        "refresher=uac" => Some("uac"),
        _ => None,
    });
    Some((seconds.clamp(LEAST, 86_400), refresher))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4028, table 2: the response decides who refreshes.
    #[test]
    fn who_has_to_say_the_word() {
        assert_eq!(read("1800;refresher=uas"), Some((1800, Some("uas"))));
        assert_eq!(read(" 1800 ; Refresher=UAC"), Some((1800, Some("uac"))));
        assert_eq!(read("5"), Some((90, None)));
        assert_eq!((read(""), read("soon")), (None, None));
        let ours = Timer { seconds: 1800, ours: true };
        assert_eq!(ours.refresh(), Some(Duration::from_secs(900)));
        assert_eq!(
            ours.headers().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Session-Expires: 1800;refresher=uas"]
        );
        let theirs = Timer { seconds: 1800, ours: false };
        assert_eq!((theirs.refresh(), theirs.headers().len()), (None, 2));
    }
}
