//! Where the server is and how long to wait for it.

use std::time::Duration;

use url::Url;

use crate::{Credentials, Wire, transport::is_loopback};

/// A server as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the WSDL, e.g. `http://192.168.160.211/uncall_services_api/index.php?wsdl`.
    pub server: Url,
    /// The login, sent with every request to the origin of [`Settings::server`] and to no other, whatever the WSDL, a
    /// redirect or the template of recordings names. It wins over one that stands in the address.
    pub login: Option<Credentials>,
    /// Call the host that the WSDL names instead of the one in [`Settings::server`]. Off by default: behind NAT a WSDL
    /// names a LAN address that the desk cannot reach.
    pub follow_wsdl_host: bool,
    /// Template of the address at which recordings are heard; `None` is the vendor's path on the server's host. In it
    /// `{files}` stands for the file's name, `{uid}` for the call's unique id and `{server}` for the server's host.
    pub recordings: Option<String>,
    /// Seconds between two polls of a watch, 1 to 30; what is outside counts as the nearest. Default 3, as the vendor's
    /// document has it.
    pub poll_seconds: u32,
    /// Whether a watch asks for the queues of its extension, where the server announces that it has them. Default: no.
    pub queues: bool,
    /// For the TCP and TLS handshake. Default 3 s.
    pub connect_timeout: Duration,
    /// For one whole call, retries and WSDL included. Default 10 s.
    pub call_timeout: Duration,
    /// The same for a transfer, which answers only when the target has. Default 40 s.
    pub transfer_timeout: Duration,
    /// Where the whole traffic is written. Default: nowhere.
    pub wire: Option<Wire>,
}

impl Settings {
    /// Settings with the defaults for a server.
    pub fn new(server: Url) -> Settings {
        Settings {
            server,
            login: None,
            follow_wsdl_host: false,
            recordings: None,
            poll_seconds: 3,
            queues: false,
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            transfer_timeout: Duration::from_secs(40),
            wire: None,
        }
    }

    /// The time between two polls.
    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(self.poll_seconds.clamp(1, 30).into())
    }

    /// Whether the login travels as plain text over a network: worth a warning, and no reason not to work.
    pub fn login_travels_readable(&self) -> bool {
        let has_login = self.login.is_some() || !self.server.username().is_empty();
        has_login && self.server.scheme() == "http" && !is_loopback(&self.server)
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
        }
    }
}
