//! Where the server is and how long to wait for it.

use std::time::Duration;

use url::Url;

/// A server as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address of the WSDL, e.g. `http://192.168.160.211/uncall_services_api/index.php?wsdl`.
    pub server: Url,
    /// Call the host that the WSDL names instead of the one in [`Settings::server`]. Off by default: behind NAT a WSDL
    /// names a LAN address that the desk cannot reach.
    pub follow_wsdl_host: bool,
    /// Template of the address at which recordings are heard; `None` is the vendor's path on the server's host. In it
    /// `{files}` stands for the file's name, `{uid}` for the call's unique id and `{server}` for the server's host.
    pub recordings: Option<String>,
    /// For the TCP and TLS handshake. Default 3 s.
    pub connect_timeout: Duration,
    /// For one whole call, retries and WSDL included. Default 10 s.
    pub call_timeout: Duration,
    /// The same for a transfer, which answers only when the target has. Default 40 s.
    pub transfer_timeout: Duration,
}

impl Settings {
    /// Settings with the defaults for a server.
    pub fn new(server: Url) -> Settings {
        Settings {
            server,
            follow_wsdl_host: false,
            recordings: None,
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            transfer_timeout: Duration::from_secs(40),
        }
    }
}
