//! Settings of the service, and the file that the binary reads them from.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::recordings::RecordingsFile;
use crate::simulator::Options;

/// Where the gateway listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8088);

/// How the API is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// popEvent reports each call once instead of for as long as it lasts. For clients that pop on every answer.
    pub once: bool,
    /// Proxies whose `X-Forwarded-Proto` and `X-Forwarded-Host` are believed. Default: none.
    pub trusted_proxies: Vec<IpAddr>,
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
    pub trusted_proxies: Vec<IpAddr>,
    /// The files of the PBX's recordings.
    pub recordings: RecordingsFile,
    /// The simulator's settings.
    pub simulator: SimulatorFile,
}

/// The kinds of PBX.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The one in memory.
    #[default]
    Simulator,
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

/// Why a configuration file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read.
    #[error("cannot read the configuration {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// It is not what it should be; the message names line and key.
    #[error("the configuration {0} is not right: {1}")]
    Invalid(String, toml::de::Error),
}

impl File {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<File, FileError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| FileError::Unreadable(name.clone(), error))?;
        toml::from_str(&text).map_err(|error| FileError::Invalid(name, error))
    }

    /// The service's part.
    pub fn settings(&self) -> Settings {
        Settings { once: self.once, trusted_proxies: self.trusted_proxies.clone() }
    }
}

impl SimulatorFile {
    /// The simulator's options: what stands here, else the default.
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
    fn every_key_arrives() {
        let text = r#"
            listen = "0.0.0.0:80"
            pbx = "simulator"
            once = true
            trusted_proxies = ["10.0.0.1", "::1"]
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
        };
        assert_eq!(file.simulator.options(), expected);
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["lisen = \"x\"", "pbx = \"asterisk\"", "[simulator]\nextensions = [\"8 1\"]", "once = 3"] {
            assert!(toml::from_str::<File>(text).is_err(), "{text}");
        }
        let missing = File::read(Path::new("no/such/file.toml")).unwrap_err().to_string();
        assert!(missing.contains("no/such/file.toml"), "{missing}");
    }
}
