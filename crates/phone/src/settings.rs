//! What a line is: whose, where, and by which devices.

use std::{fmt, str::FromStr, sync::Arc};

use uncall_voice::Codec;

/// How SIP is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Datagrams, in clear.
    Udp,
    /// A connection, in clear.
    Tcp,
    /// An encrypted connection, to a registrar whose certificate is checked.
    Tls,
}

/// The server that a line registers with: `sip:HOST[:PORT][;transport=udp|tcp|tls]` or `sips:HOST[:PORT]`, which means TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrar {
    /// Name or address, without brackets. A name is looked up by its addresses (A, AAAA) only.
    pub host: String,
    /// 5060, or 5061 with TLS, unless another one is named.
    pub port: u16,
    /// How it is reached.
    pub transport: Transport,
}

/// Why a text is no registrar's address.
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

/// A secret, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From a text.
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

/// When sound is encrypted (SRTP with keys in SDP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Srtp {
    /// Never.
    Off,
    /// Offered where SIP itself is encrypted, so that the keys are; a server that has none is called again in clear. What others
    /// offer is answered.
    #[default]
    WithTls,
    /// Always; a call in clear is refused. Over a transport in clear, the keys can be read on the way.
    Always,
}

/// Sound devices by the names that `uncall_headset::Device` has. Nothing chosen: the system's choice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Devices {
    /// The microphone.
    pub input: Option<String>,
    /// The headphones.
    pub output: Option<String>,
    /// What rings; several do at once. None: the headphones.
    pub ring_on: Vec<String>,
    /// How loud it rings, 0 to 1.
    pub ring_volume: f32,
    /// How loud a call is heard, 0 to 2; 1 is as it comes.
    pub volume: f32,
}

/// All that a line needs.
#[derive(Debug, Clone)]
pub struct LineSettings {
    /// The server.
    pub registrar: Registrar,
    /// The user, which is the extension on most servers.
    pub user: String,
    /// The name to log in with, where it is not the user's.
    pub login: Option<String>,
    /// The secret.
    pub secret: Secret,
    /// The name that others see.
    pub display_name: Option<String>,
    /// Encryption of sound.
    pub srtp: Srtp,
    /// What may be spoken, the best first.
    pub codecs: Vec<Codec>,
    /// Devices and volumes.
    pub devices: Devices,
    /// Whether the line itself rings.
    pub rings: bool,
    /// How TLS trusts; nothing: as the system does.
    pub trust: Option<Arc<rustls::ClientConfig>>,
    /// What the line calls itself: `uncall-panel/0.1`.
    pub agent: String,
}

impl LineSettings {
    /// The usual settings of a line.
    pub fn new(registrar: Registrar, user: impl Into<String>, secret: Secret) -> LineSettings {
        LineSettings {
            registrar,
            user: user.into(),
            login: None,
            secret,
            display_name: None,
            srtp: Srtp::default(),
            codecs: Codec::ALL.to_vec(),
            devices: Devices { ring_volume: 0.5, volume: 1.0, ..Devices::default() },
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
