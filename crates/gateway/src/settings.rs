//! Settings of the service, and the file that the binary reads them from.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use uncall_asterisk::file::AsteriskFile;
use uncall_recordings::RecordingsFile;
use uncall_simulator::Options;

use crate::access::{Access, AgentEntry, Error, Group, Network, RosterFile, Rules, Tls, mistake, who_is_open};

/// Where the gateway listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8088);

/// How the API is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// popEvent reports each call once instead of for as long as it lasts. For clients that pop on every answer.
    pub once: bool,
    /// Proxies whose `X-Forwarded-For`, `-Proto` and `-Host`, and [`Rules::user_header`], are trusted. Default: none.
    pub trusted_proxies: Vec<Network>,
    /// Who may do what. Default: this machine is open while nobody has a login, there are no groups.
    pub access: Rules,
    /// Default: plain HTTP.
    pub tls: Option<Tls>,
    /// The limits on load.
    pub limits: Limits,
    /// The folder that stores who has logged in. Default: none, so that each password is checked again after a restart.
    pub state: Option<PathBuf>,
}

/// Limits on load. Connections beyond a limit are closed; for event streams, the oldest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address; this machine and trusted proxies are not counted.
    pub connections_per_address: usize,
    /// Connections on which nobody has been let in yet; the oldest makes room for the newest.
    pub strangers: usize,
    /// Event streams of one extension.
    pub streams_per_extension: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connections: 20_000, connections_per_address: 1_000, strangers: 2_000, streams_per_extension: 32 }
    }
}

impl Settings {
    /// These settings, with groups: who supervises whom.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = Group>) -> Settings {
        self.access = self.access.with_groups(groups);
        self
    }

    /// Whether a service with these settings can start at `listen`. Reads the files that they name, and changes nothing except
    /// that it creates the audit file.
    pub fn check(&self, listen: SocketAddr) -> Result<(), Error> {
        self.access(listen).map(drop)
    }

    /// Access by these settings, for a service at `local`.
    pub(crate) fn access(&self, local: SocketAddr) -> Result<Access, Error> {
        Access::new(&self.access, &self.trusted_proxies, self.tls.as_ref(), self.state.as_deref(), local)
    }

    /// A sentence that says from where no login is needed. Reads the agents file and changes nothing.
    pub fn who_is_open(&self) -> Result<String, Error> {
        who_is_open(&self.access)
    }
}

/// The configuration file of the binary, TOML. Every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Address and port to listen on.
    pub listen: Option<SocketAddr>,
    /// Which PBX.
    pub pbx: Option<Kind>,
    /// See [`Settings::once`].
    pub once: bool,
    /// See [`Settings::trusted_proxies`].
    pub trusted_proxies: Vec<Network>,
    /// See [`Rules::open`].
    pub open: Option<Vec<Network>>,
    /// See [`Rules::names`].
    pub names: Vec<String>,
    /// See [`Rules::user_header`].
    pub user_header: Option<String>,
    /// See [`Rules::agents_file`].
    pub agents_file: Option<PathBuf>,
    /// See [`Rules::audit_file`].
    pub audit_file: Option<PathBuf>,
    /// Agents by user name; see [`Rules::roster`].
    pub agents: BTreeMap<String, AgentEntry>,
    /// Who supervises whom; see [`Rules::roster`].
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
    /// See [`Settings::tls`].
    pub tls: Option<Tls>,
    /// See [`Settings::limits`].
    pub limits: Limits,
    /// The folder for data that outlives the gateway; without one it forgets at its end whose recordings are and who has logged
    /// in.
    pub state: Option<PathBuf>,
    /// The files of the PBX's recordings.
    pub recordings: RecordingsFile,
    /// The simulator's settings.
    pub simulator: SimulatorFile,
    /// Where Asterisk is.
    pub asterisk: AsteriskFile,
}

/// The kinds of PBX.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The simulated one in memory.
    #[default]
    Simulator,
    /// A real one, through its manager interface.
    Asterisk,
}

/// `[simulator]`: the fields of [`Options`], times in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatorFile {
    /// See [`Options::control`].
    pub control: bool,
    /// See [`Options::traffic`].
    pub traffic: Option<u64>,
    /// See [`Options::extensions`].
    pub extensions: Option<Vec<uncall_contract::Extension>>,
    /// See [`Options::phone_answers`].
    pub phone_answers: Option<u32>,
    /// See [`Options::number_answers`].
    pub number_answers: Option<u32>,
    /// See [`Options::phone_rings`].
    pub phone_rings: Option<u32>,
    /// See [`Options::number_rings`].
    pub number_rings: Option<u32>,
    /// See [`Options::transfer_rings`].
    pub transfer_rings: Option<u32>,
    /// See [`Options::listener_rings`].
    pub listener_rings: Option<u32>,
    /// See [`Options::recall_rings`].
    pub recall_rings: Option<u32>,
    /// See [`Options::hold_reminder`].
    pub hold_reminder: Option<u32>,
    /// See [`Options::busy_tone`].
    pub busy_tone: Option<u32>,
    /// See [`Options::survey`].
    pub survey: Option<u32>,
}

/// Why a configuration file was rejected.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read.
    #[error("cannot read the configuration {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// It is invalid. The message names line and key, but no value, which may be a secret.
    #[error("the configuration {0} is not right: {1}")]
    Invalid(String, String),
}

impl File {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<File, FileError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| FileError::Unreadable(name.clone(), error))?;
        toml::from_str(&text).map_err(|error| FileError::Invalid(name, mistake(&text, &error)))
    }

    /// The service's settings.
    pub fn settings(&self) -> Settings {
        Settings {
            once: self.once,
            trusted_proxies: self.trusted_proxies.clone(),
            access: self.access(),
            tls: self.tls.clone(),
            limits: self.limits,
            state: self.state.clone(),
        }
    }

    fn access(&self) -> Rules {
        Rules {
            open: self.open.clone(),
            names: self.names.clone(),
            user_header: self.user_header.clone(),
            roster: RosterFile { agents: self.agents.clone(), groups: self.groups.clone() },
            agents_file: self.agents_file.clone(),
            audit_file: self.audit_file.clone(),
        }
    }
}

impl SimulatorFile {
    /// The simulator's options: the file's, else the default.
    pub fn options(&self) -> Options {
        let default = Options::default();
        let seconds =
            |given: Option<u32>, default: Duration| given.map_or(default, |given| Duration::from_secs(given.into()));
        let extensions = self.extensions.as_ref().map(|extens| extens.iter().map(ToString::to_string).collect());
        Options {
            control: self.control,
            traffic: self.traffic,
            extensions: extensions.unwrap_or(default.extensions),
            phone_answers: seconds(self.phone_answers, default.phone_answers),
            number_answers: seconds(self.number_answers, default.number_answers),
            phone_rings: seconds(self.phone_rings, default.phone_rings),
            number_rings: seconds(self.number_rings, default.number_rings),
            transfer_rings: seconds(self.transfer_rings, default.transfer_rings),
            listener_rings: seconds(self.listener_rings, default.listener_rings),
            recall_rings: seconds(self.recall_rings, default.recall_rings),
            hold_reminder: seconds(self.hold_reminder, default.hold_reminder),
            busy_tone: seconds(self.busy_tone, default.busy_tone),
            survey: seconds(self.survey, default.survey),
            queues: default.queues,
            queue_rings: default.queue_rings,
            queue_retry: default.queue_retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults() {
        let file: File = toml::from_str("").unwrap();
        assert_eq!(file.settings(), Settings::default());
        assert_eq!(file.simulator.options(), Options::default());
    }

    #[test]
    fn the_example_for_windows_is_right() {
        let text = include_str!("../../../packaging/windows/gateway.example.toml");
        let file: File = toml::from_str(text).unwrap();
        assert_eq!(file.listen, Some(([0, 0, 0, 0], 8088).into()));
        // And so is what stands there as a comment: a key behind `# `, a section behind `# [`.
        let is_setting = |line: &&str| {
            line.starts_with("# [") || line.split_once(" = ").is_some_and(|(key, _)| !key[2..].contains(' '))
        };
        let lines = text.lines().filter(|line| line.starts_with("# ")).filter(is_setting).map(|line| &line[2..]);
        let shown: File = toml::from_str(&lines.collect::<Vec<_>>().join("\n")).unwrap();
        assert!(shown.tls.is_some() && shown.agents_file.is_some() && shown.asterisk.secret.is_some(), "{shown:?}");
    }

    #[test]
    fn every_key_arrives() {
        let text = r#"
            listen = "0.0.0.0:80"
            pbx = "simulator"
            once = true
            trusted_proxies = ["10.0.0.1", "fd00::/8"]
            open = ["10.2.0.0/16"]
            names = ["pbx.example.com"]
            user_header = "X-Remote-User"
            agents_file = "/etc/uncall/agents.toml"
            audit_file = "/var/log/uncall/audit.jsonl"
            [agents]
            "li.na" = { extension = "801" }
            [[group]]
            supervisors = ["801"]
            members = ["802-820"]
            [tls]
            certificate = "pbx.crt"
            key = "pbx.key"
            [limits]
            connections = 10
            [recordings]
            folder = "/var/spool/asterisk/monitor"
            [simulator]
            control = true
            traffic = 7
            extensions = ["601", "602"]
            phone_answers = 1
            number_answers = 2
            phone_rings = 3
            number_rings = 4
            transfer_rings = 5
            listener_rings = 6
            recall_rings = 7
            hold_reminder = 8
            busy_tone = 9
            survey = 10
        "#;
        let file: File = toml::from_str(text).unwrap();
        assert_eq!(file.listen, Some(SocketAddr::from(([0, 0, 0, 0], 80))));
        assert_eq!(file.settings().trusted_proxies.len(), 2);
        assert!(file.once);
        let settings = file.settings();
        assert_eq!(settings.access.open, Some(vec!["10.2.0.0/16".parse().unwrap()]));
        assert_eq!(settings.access.names, ["pbx.example.com"]);
        assert_eq!(settings.access.user_header.as_deref(), Some("X-Remote-User"));
        assert_eq!(settings.access.agents_file.as_deref(), Some(Path::new("/etc/uncall/agents.toml")));
        assert_eq!(settings.access.audit_file.as_deref(), Some(Path::new("/var/log/uncall/audit.jsonl")));
        assert_eq!((settings.access.roster.agents.len(), settings.access.roster.groups.len()), (1, 1));
        assert_eq!(settings.tls, Some(Tls { certificate: "pbx.crt".into(), key: "pbx.key".into() }));
        assert_eq!(settings.limits, Limits { connections: 10, ..Limits::default() });
        assert_eq!(file.recordings.folder.as_deref(), Some(Path::new("/var/spool/asterisk/monitor")));
        let s = Duration::from_secs;
        let expected = Options {
            control: true,
            traffic: Some(7),
            extensions: vec!["601".into(), "602".into()],
            phone_answers: s(1),
            number_answers: s(2),
            phone_rings: s(3),
            number_rings: s(4),
            transfer_rings: s(5),
            listener_rings: s(6),
            recall_rings: s(7),
            hold_reminder: s(8),
            busy_tone: s(9),
            survey: s(10),
            ..Options::default()
        };
        assert_eq!(file.simulator.options(), expected);
    }

    #[test]
    fn mistakes_are_named() {
        for text in [
            "lisen = \"x\"",
            "pbx = \"switch\"",
            "[asterisk]\nport = 1",
            "[simulator]\nextensions = [\"8 1\"]",
            "once = 3",
            "open = [\"10.2\"]",
        ] {
            assert!(toml::from_str::<File>(text).is_err(), "{text}");
        }
        let missing = File::read(Path::new("no/such/file.toml")).unwrap_err().to_string();
        assert!(missing.contains("no/such/file.toml"), "{missing}");
    }
}
