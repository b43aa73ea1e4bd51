//! Settings of a line.

use std::{fmt, str::FromStr, sync::Arc};

use uncall_voice::Codec;

/// The transport of SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// UDP, unencrypted.
    Udp,
    /// TCP, unencrypted.
    Tcp,
    /// TLS. The registrar's certificate is verified.
    Tls,
}

/// The server that a line registers with: `sip:HOST[:PORT][;transport=udp|tcp|tls]` or `sips:HOST[:PORT]`, which means TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrar {
    /// Host name or address, without brackets. Only A and AAAA records are looked up.
    pub host: String,
    /// The port; by default 5060, or 5061 with TLS.
    pub port: u16,
    /// The transport.
    pub transport: Transport,
}

/// The text is not a registrar's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a registrar is written as sip:HOST, sip:HOST:PORT;transport=tcp or sips:HOST")]
pub struct NoRegistrar;

impl FromStr for Registrar {
    type Err = NoRegistrar;

    fn from_str(text: &str) -> Result<Registrar, NoRegistrar> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':').ok_or(NoRegistrar)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "sip" => false,
            "sips" => true,
            _ => return Err(NoRegistrar),
        };
        let mut parts = rest.split(';');
        let place = parts.next().unwrap_or_default();
        let mut transport = if secure { Transport::Tls } else { Transport::Udp };
        for parameter in parts {
            let (name, value) = parameter.split_once('=').ok_or(NoRegistrar)?;
            if !name.eq_ignore_ascii_case("transport") {
                return Err(NoRegistrar);
            }
            transport = match value.to_ascii_lowercase().as_str() {
                "tls" => Transport::Tls,
                "tcp" if !secure => Transport::Tcp,
                "udp" if !secure => Transport::Udp,
                _ => return Err(NoRegistrar),
            };
        }
        let usual = if transport == Transport::Tls { 5061 } else { 5060 };
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, usual),
            Some((host, port)) => (host, port.strip_prefix(':').ok_or(NoRegistrar)?.parse().map_err(|_| NoRegistrar)?),
            None => match place.split_once(':') {
                Some((host, port)) => (host, port.parse().map_err(|_| NoRegistrar)?),
                None => (place, usual),
            },
        };
        let fit = |sign: char| sign.is_ascii_alphanumeric() || "-._:".contains(sign);
        if host.is_empty() || host.len() > 253 || port == 0 || !host.chars().all(fit) {
            return Err(NoRegistrar);
        }
        Ok(Registrar { host: host.to_owned(), port, transport })
    }
}

/// A password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// When sound is encrypted (SRTP with SDES keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Srtp {
    /// Never.
    Off,
    /// Offered over TLS, which protects the keys. A server without SRTP is called again without. Offers from others are
    /// accepted.
    #[default]
    WithTls,
    /// Required. Over UDP or TCP the keys travel unprotected.
    Always,
}

/// Sound devices by `uncall_headset::Device::name`, and volumes. None means the system's default.
#[derive(Debug, Clone, PartialEq)]
pub struct Devices {
    /// The microphone.
    pub input: Option<String>,
    /// The headphones.
    pub output: Option<String>,
    /// Devices that ring, all at once. Empty means the headphones.
    pub ring_on: Vec<String>,
    /// Ring volume, 0 to 1.
    pub ring_volume: f32,
    /// Call volume, 0 to 2; 1 is unchanged.
    pub volume: f32,
}

impl Default for Devices {
    /// The system's devices, rings at half volume, calls unchanged.
    fn default() -> Devices {
        Devices { input: None, output: None, ring_on: Vec::new(), ring_volume: 0.5, volume: 1.0 }
    }
}

/// The settings of a line.
#[derive(Debug, Clone)]
pub struct LineSettings {
    /// The SIP server.
    pub registrar: Registrar,
    /// The user; on most servers the extension.
    pub user: String,
    /// The user name for authentication, if it differs.
    pub login: Option<String>,
    /// The password.
    pub secret: Secret,
    /// The display name in calls.
    pub display_name: Option<String>,
    /// When to encrypt sound.
    pub srtp: Srtp,
    /// Allowed codecs, preferred ones first. Empty means all.
    pub codecs: Vec<Codec>,
    /// Sound devices and volumes.
    pub devices: Devices,
    /// Whether the line plays ring tones.
    pub rings: bool,
    /// The TLS configuration. None trusts the system's certificates.
    pub trust: Option<Arc<rustls::ClientConfig>>,
    /// The `User-Agent` header.
    pub agent: String,
}

impl LineSettings {
    /// Default settings with this account.
    pub fn new(registrar: Registrar, user: impl Into<String>, secret: Secret) -> LineSettings {
        LineSettings {
            registrar,
            user: user.into(),
            login: None,
            secret,
            display_name: None,
            srtp: Srtp::default(),
            codecs: Codec::ALL.to_vec(),
            devices: Devices::default(),
            rings: true,
            trust: None,
            agent: concat!("uncall-panel/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrar_is_read_with_its_transport() {
        for (text, host, port, transport) in [
            ("sip:pbx.example", "pbx.example", 5060, Transport::Udp),
            ("SIPS:pbx.example", "pbx.example", 5061, Transport::Tls),
            (" sip:10.0.0.1:5070;transport=TCP ", "10.0.0.1", 5070, Transport::Tcp),
            ("sip:pbx;transport=tls", "pbx", 5061, Transport::Tls),
            ("sips:[2001:db8::1]:6000", "2001:db8::1", 6000, Transport::Tls),
            ("sip:[::1]", "::1", 5060, Transport::Udp),
        ] {
            assert_eq!(text.parse(), Ok(Registrar { host: host.to_owned(), port, transport }), "{text}");
        }
        for text in [
            "",
            "pbx.example",
            "http://pbx",
            "sip:",
            "sip:pbx:0",
            "sip:pbx:70000",
            "sip:a b",
            "sip:801@pbx",
            "sips:pbx;transport=udp",
            "sip:pbx;transport=ws",
            "sip:pbx;lr",
            "sip:[::1]5060",
        ] {
            assert_eq!(text.parse::<Registrar>(), Err(NoRegistrar), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let settings = LineSettings::new("sip:pbx".parse().unwrap(), "801", Secret::new("s3cret"));
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}
