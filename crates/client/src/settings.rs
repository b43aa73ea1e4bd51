//! The client's settings: addresses, login, time limits.

use std::time::Duration;

use url::Url;

use crate::{Credentials, Wire, transport::is_loopback};

/// The settings of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the WSDL, e.g. `http://192.168.160.211/uncall_services_api/index.php?wsdl`.
    pub server: Url,
    /// Further servers of the same PBX, in order of preference. They use the same uids for its calls. One takes over while those
    /// before it do not answer.
    pub further: Vec<Url>,
    /// The login. It is sent with every request to the origins of [`Settings::server`] and [`Settings::further`] and nowhere
    /// else, whatever the WSDL, a redirect or the template for recordings says. It overrides a login in an address, which is for
    /// that server alone.
    pub login: Option<Credentials>,
    /// Whether to call the host named in the WSDL instead of the one in [`Settings::server`]. Default: no, because behind NAT a
    /// WSDL often names a LAN address that the desk cannot reach.
    pub follow_wsdl_host: bool,
    /// Template for the addresses of recordings. `None` means the vendor's path on the server's host. `{files}` is replaced with
    /// the file's name, `{uid}` with the call's unique id and `{server}` with the server's host.
    pub recordings: Option<String>,
    /// Seconds between two polls of a watch, 1 to 30; other values are clamped. Default 3, as in the vendor's document.
    pub poll_seconds: u32,
    /// Whether a watch asks for the extension's queues, if the server announces queues. Default: no.
    pub queues: bool,
    /// Limit for the TCP and TLS handshake. Default 3 s.
    pub connect_timeout: Duration,
    /// Limit for a whole call, including retries and WSDL. Default 10 s.
    pub call_timeout: Duration,
    /// Limit for a transfer, which is answered only when the target has picked up. Default 40 s.
    pub transfer_timeout: Duration,
    /// How long the server in use may be silent before one of [`Settings::further`] takes over. The search for another starts
    /// after this time, and the change itself takes a few more requests. A server takes over again after it has answered for
    /// twice this time. Has no effect without further servers. Default 2.5 s.
    pub patience: Duration,
    /// Where to write all traffic. Default: nowhere.
    pub wire: Option<Wire>,
}

impl Settings {
    /// The default settings for a server.
    pub fn new(server: Url) -> Settings {
        Settings {
            server,
            further: Vec::new(),
            login: None,
            follow_wsdl_host: false,
            recordings: None,
            poll_seconds: 3,
            queues: false,
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            transfer_timeout: Duration::from_secs(40),
            patience: Duration::from_millis(2500),
            wire: None,
        }
    }

    /// The time between two polls.
    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(self.poll_seconds.clamp(1, 30).into())
    }

    /// Whether the login crosses a network unencrypted: worth a warning, but not an error.
    pub fn login_travels_readable(&self) -> bool {
        std::iter::once(&self.server).chain(&self.further).any(|server| {
            let has_login = self.login.is_some() || !server.username().is_empty();
            has_login && server.scheme() == "http" && !is_loopback(server)
        })
    }

    /// The settings for each server on its own, in order of preference.
    pub(crate) fn each(mut self) -> (Settings, Vec<Settings>) {
        let further = std::mem::take(&mut self.further);
        let further = further.into_iter().map(|server| Settings { server, ..self.clone() }).collect();
        (self, further)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn the_pace_of_polls_stays_within_its_bounds() {
        for (seconds, paced) in [(0, 1), (1, 1), (3, 3), (30, 30), (31, 30), (u32::MAX, 30)] {
            let settings =
                Settings { poll_seconds: seconds, ..Settings::new(Url::parse("http://pbx.example/").unwrap()) };
            assert_eq!(settings.pace(), Duration::from_secs(paced));
        }
    }

    #[test]
    fn a_login_over_plain_http_is_readable_on_the_way() {
        for (server, login, readable) in [
            ("http://pbx.example/?wsdl", true, true),
            ("http://agent:pw@pbx.example/?wsdl", false, true),
            ("http://pbx.example/?wsdl", false, false),
            ("https://pbx.example/?wsdl", true, false),
            ("http://127.0.0.1:8088/?wsdl", true, false),
        ] {
            let mut settings = Settings::new(Url::parse(server).unwrap());
            settings.login = login.then(|| Credentials::bearer(Secret::new("x")).unwrap());
            assert_eq!(settings.login_travels_readable(), readable, "{server}");
            settings.further.push(Url::parse("http://second.example/?wsdl").unwrap());
            assert_eq!(settings.login_travels_readable(), readable || login, "{server} and another");
        }
    }
}
