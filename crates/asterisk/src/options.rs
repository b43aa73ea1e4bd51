//! Where the PBX is and how it is set up.

use std::path::PathBuf;
use std::time::Duration;

use uncall_contract::Extension;
use uncall_files::Secret;

use super::device::{Device, Listed, Technology};

/// The adapter's options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Host and port of the manager interface, such as `127.0.0.1:5038`.
    pub address: String,
    /// The manager's user.
    pub user: String,
    /// The user's secret. Never logged.
    pub secret: Secret,
    /// TLS, if the connection is to be encrypted (`tlsenable` in manager.conf).
    pub tls: Option<Tls>,
    /// Technology of the agents' phones: the part of a channel's name before the slash.
    pub technology: Technology,
    /// Which agents are served, first and last of each range; those listed in `phones` are always served. If empty, every device
    /// that the PBX knows whose name is a number of at most six digits.
    pub extensions: Vec<(Extension, Extension)>,
    /// Which phones are whose.
    pub phones: Listed,
    /// How long a transfer's target rings, 1 to 120 s.
    pub transfer_rings: Duration,
    /// How long an agent's phone rings for click-to-dial, listening and restoring, 1 to 120 s.
    pub phone_rings: Duration,
    /// How long a caller whose agent's phone has dropped waits until the PBX rings the agent, 1 to 1800 s.
    pub hold_reminder: Duration,
    /// Whether the user lacks the right `system`; busy and idle then go through the dialplan.
    pub without_system: bool,
    /// How a queue rings an agent who logs in to it, with `{exten}` for the extension. Default: the agent's phone, or
    /// `Local/{exten}@uncall-local/n` for an agent with several.
    pub queue_member: Option<String>,
}

impl Options {
    /// How a queue rings this extension with these phones: as the settings say, else the one phone, else a way through the
    /// dialplan to all of them.
    pub(crate) fn queue_member(&self, exten: &Extension, phones: &[Device]) -> String {
        match (&self.queue_member, phones) {
            (Some(member), _) => member.replace("{exten}", exten.as_str()),
            (None, [phone]) => phone.key().to_owned(),
            (None, _) => format!("Local/{exten}@uncall-local/n"),
        }
    }
}

/// How the PBX's certificate is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// A PEM file with the authorities to trust (or the PBX's own self-signed certificate). Default: the system's.
    pub authorities: Option<PathBuf>,
    /// The name in the certificate, if it is not the address's host.
    pub name: Option<String>,
}
