//! `[asterisk]` of the configuration file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use uncall_contract::Extension;
use uncall_files::{Secret, others_read};

use super::device::{self, Listed, Technology};
use super::options::{Options, Tls};

/// `[asterisk]`. Times in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AsteriskFile {
    /// See [`Options::address`]; else `UNCALL_AMI_ADDR`.
    pub address: Option<String>,
    /// See [`Options::user`]; else `UNCALL_AMI_USER`.
    pub user: Option<String>,
    /// See [`Options::secret`]; else `secret_file`, else `UNCALL_AMI_SECRET`.
    #[serde(deserialize_with = "secret")]
    pub secret: Option<Secret>,
    /// A file with the secret on its first line.
    pub secret_file: Option<PathBuf>,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// See [`Tls::authorities`].
    pub tls_authorities: Option<PathBuf>,
    /// See [`Tls::name`].
    pub tls_name: Option<String>,
    /// See [`Options::technology`].
    pub technology: Technology,
    /// See [`Options::extensions`]: `801-820`, or a single one.
    pub extensions: Vec<Range>,
    /// See [`Options::phones`].
    pub phones: Listed,
    /// See [`Options::transfer_rings`]. Default 15.
    pub transfer_rings: Option<u32>,
    /// See [`Options::phone_rings`]. Default 20.
    pub phone_rings: Option<u32>,
    /// See [`Options::hold_reminder`]. Default 600.
    pub hold_reminder: Option<u32>,
    /// See [`Options::without_system`].
    pub without_system: bool,
    /// See [`Options::queue_member`].
    pub queue_member: Option<String>,
    /// The folder with the prompts, if it is on this machine. For the check.
    pub prompts: Option<PathBuf>,
}

/// First and last of a range of extensions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Range(pub Extension, pub Extension);

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Range, String> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match text.split_once('-') {
            Some((first, last)) if digits(first) && digits(last) => {
                if first.len() != last.len() || first > last {
                    return Err(format!(
                        "`{text}` is no range: give first and last with as many digits, as in 801-820"
                    ));
                }
                Ok(Range(device::agent(first)?, device::agent(last)?))
            }
            Some(_) | None => device::agent(&text).map(|exten| Range(exten.clone(), exten)),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    String::deserialize(deserializer).map(Secret::new).map(Some)
}

/// Why the Asterisk adapter cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unset {
    /// A setting without default is missing.
    #[error("{0} is not known: set `{1}` in [asterisk] of the configuration file, or {2} in the environment")]
    Missing(&'static str, &'static str, &'static str),
    /// Both `secret` and `secret_file` are set.
    #[error("[asterisk] has both `secret` and `secret_file`: leave one out")]
    TwoSecrets,
    /// The secret's file could not be read, or its first line is empty.
    #[error("cannot read the secret from {0}: {1}")]
    SecretFile(String, String),
    /// The address has no port.
    #[error("the manager interface's address `{0}` is not host and port, such as 127.0.0.1:5038")]
    Address(String),
    /// A value contains a control character.
    #[error("the manager interface's {0} must be one line of at most 900 bytes")]
    NotOneLine(&'static str),
    /// A time that makes no sense.
    #[error("[asterisk] `{0}` must be 1 to {1} seconds")]
    Time(&'static str, u32),
    /// No way to ring an extension.
    #[error(
        "[asterisk] `queue_member` {0:?} must have {{exten}} in it, as in \"Local/{{exten}}@from-queue/n\", and be at most 80 characters"
    )]
    QueueMember(String),
    /// TLS settings without TLS.
    #[error("[asterisk] `{0}` is set and `tls` is not: say `tls = true`, or leave it out")]
    WithoutTls(&'static str),
}

impl AsteriskFile {
    /// The adapter's options. `environment` returns a variable's value: `UNCALL_AMI_ADDR`, `UNCALL_AMI_USER` and
    /// `UNCALL_AMI_SECRET` supply what the file leaves out. Logs a warning for settings that work but are unwise.
    pub fn options(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Options, Unset> {
        let stands_in = |name: &str| environment(name).filter(|value| !value.is_empty());
        let address = self.address.clone().or_else(|| stands_in("UNCALL_AMI_ADDR")).ok_or(Unset::Missing(
            "the address of Asterisk's manager interface",
            "address",
            "UNCALL_AMI_ADDR",
        ))?;
        let port =
            address.rsplit_once(':').and_then(|(host, port)| port.parse::<u16>().ok().filter(|_| !host.is_empty()));
        if port.is_none() {
            return Err(Unset::Address(address));
        }
        let user = self.user.clone().or_else(|| stands_in("UNCALL_AMI_USER")).filter(|user| !user.is_empty());
        let user = user.ok_or(Unset::Missing("the manager interface's user", "user", "UNCALL_AMI_USER"))?;
        let secret = match (&self.secret, &self.secret_file) {
            (Some(_), Some(_)) => return Err(Unset::TwoSecrets),
            (Some(secret), None) => secret.clone(),
            (None, Some(path)) => read_secret(path)?,
            (None, None) => stands_in("UNCALL_AMI_SECRET").map(Secret::new).ok_or(Unset::Missing(
                "the secret of the manager interface's user",
                "secret_file",
                "UNCALL_AMI_SECRET",
            ))?,
        };
        for (what, value) in [("user", user.as_str()), ("secret", secret.expose())] {
            if value.len() > 900 || value.chars().any(char::is_control) {
                return Err(Unset::NotOneLine(what));
            }
        }
        Ok(Options {
            address,
            user,
            secret,
            tls: self.tls()?,
            technology: self.technology,
            extensions: self.extensions.iter().map(|Range(first, last)| (first.clone(), last.clone())).collect(),
            phones: self.phones.clone(),
            transfer_rings: seconds("transfer_rings", self.transfer_rings, 15, 120)?,
            phone_rings: seconds("phone_rings", self.phone_rings, 20, 120)?,
            hold_reminder: seconds("hold_reminder", self.hold_reminder, 600, 1800)?,
            without_system: self.without_system,
            queue_member: self.queue_member()?,
        })
    }

    fn queue_member(&self) -> Result<Option<String>, Unset> {
        let Some(member) = &self.queue_member else { return Ok(None) };
        let fits = member.contains("{exten}") && member.len() <= 80 && member.chars().all(|c| c.is_ascii_graphic());
        if fits { Ok(Some(member.clone())) } else { Err(Unset::QueueMember(member.clone())) }
    }

    fn tls(&self) -> Result<Option<Tls>, Unset> {
        if self.tls {
            return Ok(Some(Tls { authorities: self.tls_authorities.clone(), name: self.tls_name.clone() }));
        }
        if self.tls_authorities.is_some() {
            return Err(Unset::WithoutTls("tls_authorities"));
        }
        if self.tls_name.is_some() {
            return Err(Unset::WithoutTls("tls_name"));
        }
        Ok(None)
    }
}

fn seconds(name: &'static str, given: Option<u32>, default: u32, most: u32) -> Result<Duration, Unset> {
    let given = given.unwrap_or(default);
    if !(1..=most).contains(&given) {
        return Err(Unset::Time(name, most));
    }
    Ok(Duration::from_secs(given.into()))
}

fn read_secret(path: &Path) -> Result<Secret, Unset> {
    let unreadable = |why: String| Unset::SecretFile(path.display().to_string(), why);
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let secret = text.lines().next().unwrap_or_default();
    if secret.is_empty() {
        return Err(unreadable("its first line is empty".to_owned()));
    }
    warn_if_others_read(path);
    Ok(Secret::new(secret))
}

/// Logs a warning if other users of the machine can read a file with a secret.
pub fn warn_if_others_read(path: &Path) {
    if others_read(path) {
        tracing::warn!("{} holds a secret, and other users of this machine may read it: chmod 600 it", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> AsteriskFile {
        toml::from_str(text).unwrap()
    }

    fn nothing(_name: &str) -> Option<String> {
        None
    }

    const SHORT: &str = "address = \"127.0.0.1:5038\"\nuser = \"uncall\"\nsecret = \"hush hush\"\n";

    #[test]
    fn every_key_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hush hush\n").unwrap();
        let text = format!(
            r#"
            address = "pbx.example:5039"
            user = "uncall"
            secret_file = "{}"
            tls = true
            tls_authorities = "/etc/uncall/pbx.pem"
            tls_name = "pbx"
            technology = "SIP"
            extensions = ["801-820", "900"]
            transfer_rings = 1
            phone_rings = 2
            hold_reminder = 3
            without_system = true
            queue_member = "Local/{{exten}}@from-queue/n"
            prompts = "/prompts"
            phones = {{ "801" = ["PJSIP/desk-801"], "*" = ["SIP/{{exten}}"] }}
            "#,
            path.display().to_string().replace('\\', "/")
        );
        let options = file(&text).options(nothing).unwrap();
        let exten = |text: &str| Extension::parse(text).unwrap();
        let expected = Options {
            address: "pbx.example:5039".to_owned(),
            user: "uncall".to_owned(),
            secret: Secret::new("hush hush"),
            tls: Some(Tls { authorities: Some("/etc/uncall/pbx.pem".into()), name: Some("pbx".to_owned()) }),
            technology: Technology::Sip,
            extensions: vec![(exten("801"), exten("820")), (exten("900"), exten("900"))],
            phones: toml::from_str("801 = [\"PJSIP/desk-801\"]\n\"*\" = [\"SIP/{exten}\"]").unwrap(),
            transfer_rings: Duration::from_secs(1),
            phone_rings: Duration::from_secs(2),
            hold_reminder: Duration::from_secs(3),
            without_system: true,
            queue_member: Some("Local/{exten}@from-queue/n".to_owned()),
        };
        assert_eq!(options, expected);
        assert!(!format!("{options:?} {:?}", file(SHORT)).contains("hush"));
    }

    #[test]
    fn the_environment_stands_in_for_what_the_file_leaves_open() {
        let environment = |name: &str| Some(format!("{name}:1"));
        let options = file("").options(environment).unwrap();
        assert_eq!(options.address, "UNCALL_AMI_ADDR:1");
        assert_eq!(options.user, "UNCALL_AMI_USER:1");
        assert_eq!(options.secret, Secret::new("UNCALL_AMI_SECRET:1"));
        let options = file(SHORT).options(environment).unwrap();
        assert_eq!((options.address.as_str(), options.user.as_str()), ("127.0.0.1:5038", "uncall"));
        assert_eq!(options.secret, Secret::new("hush hush"));
        let seconds = [options.transfer_rings, options.phone_rings, options.hold_reminder].map(|time| time.as_secs());
        assert_eq!(seconds, [15, 20, 600]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        for (text, word) in [
            ("", "UNCALL_AMI_ADDR"),
            ("address = \"pbx:5038\"", "UNCALL_AMI_USER"),
            ("address = \"pbx:5038\"\nuser = \"u\"", "UNCALL_AMI_SECRET"),
            ("address = \"pbx\"", "host and port"),
            ("address = \":5038\"", "host and port"),
            ("address = \"pbx:5038x\"", "host and port"),
            ("address = \"pbx:5038\"\nuser = \"u\\r\\nAction: x\"\nsecret = \"x\"", "one line"),
            ("address = \"pbx:5038\"\nuser = \"u\"\nsecret = \"x\"\nsecret_file = \"y\"", "leave one out"),
            ("address = \"pbx:5038\"\nuser = \"u\"\nsecret_file = \"no/such\"", "no/such"),
        ] {
            let why = file(text).options(nothing).unwrap_err().to_string();
            assert!(why.contains(word), "{text}: {why}");
        }
        for (more, word) in [
            ("transfer_rings = 0", "1 to 120"),
            ("phone_rings = 121", "1 to 120"),
            ("hold_reminder = 1801", "1 to 1800"),
            ("queue_member = \"Local/801@queue\"", "{exten}"),
            ("queue_member = \"Local/{exten} 801@queue\"", "{exten}"),
            ("tls_name = \"x\"", "tls = true"),
            ("tls_authorities = \"x\"", "tls = true"),
        ] {
            let why = file(&format!("{SHORT}{more}")).options(nothing).unwrap_err().to_string();
            assert!(why.contains(word), "{more}: {why}");
        }
        for bad in ["801-82", "820-801", "8 1", "", "801-80a!", "alice", "80-1"] {
            let text = format!("extensions = [\"{bad}\"]");
            assert!(toml::from_str::<AsteriskFile>(&text).is_err(), "{bad}");
        }
    }
}
