//! Agents' phones: devices of the PBX, and whose they are (`[asterisk.phones]`).

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use uncall_contract::Extension;

/// The placeholder for the extension in a pattern.
const EXTEN: &str = "{exten}";
/// The longest name of a device in bytes.
const LONGEST: usize = 80;

/// A phone as the PBX knows it: technology and name, such as `PJSIP/801`, `DAHDI/1` or `Local/801@mobile/n`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device(String);

impl Device {
    /// Checks a device's name. It becomes part of a dial string, so it must not contain anything that ends one.
    pub fn parse(text: &str) -> Result<Device, String> {
        let admitted = |c: char| c.is_ascii_alphanumeric() || "._@+-/".contains(c);
        let named = text.split_once('/').is_some_and(|(technology, name)| {
            !name.is_empty() && !technology.is_empty() && technology.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !named || text.len() > LONGEST || !text.chars().all(admitted) {
            return Err(format!("`{text}` is no phone: give technology and name, as in PJSIP/801"));
        }
        Ok(Device(text.to_owned()))
    }

    /// As the PBX dials it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As in the names of its channels and in its states: without the option of a `Local` channel.
    pub fn key(&self) -> &str {
        self.0.strip_suffix("/n").unwrap_or(&self.0)
    }

    /// Its name, if it is a PJSIP endpoint.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.0.strip_prefix("PJSIP/")
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The devices of many agents, such as `PJSIP/99{exten}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    before: String,
    after: String,
}

impl Pattern {
    /// `PJSIP/{exten}` and the like.
    pub(crate) fn of(technology: Technology) -> Pattern {
        Pattern { before: format!("{}/", technology.as_str()), after: String::new() }
    }

    fn parse(text: &str) -> Result<Pattern, String> {
        let parts = text.split_once(EXTEN).filter(|(_, after)| !after.contains(EXTEN));
        let (before, after) =
            parts.ok_or_else(|| format!("`{text}` must say {EXTEN} once, as in PJSIP/{EXTEN} or PJSIP/99{EXTEN}"))?;
        Device::parse(&format!("{before}1{after}"))?;
        Ok(Pattern { before: before.to_owned(), after: after.strip_suffix("/n").unwrap_or(after).to_owned() })
    }

    /// The extension in a device's name, if it is one of these.
    pub(crate) fn exten<'a>(&self, device: &'a str) -> Option<&'a str> {
        device.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())
    }

    /// This agent's device.
    pub(crate) fn device(&self, exten: &Extension) -> Device {
        Device(format!("{}{exten}{}", self.before, self.after))
    }

    /// How specific it is: how much of a device's name it fixes.
    pub(crate) fn says(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Whether the name is the extension and nothing else.
    pub(crate) fn is_bare(&self) -> bool {
        self.before.ends_with('/') && self.after.is_empty()
    }
}

/// `[asterisk.phones]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub struct Listed {
    /// Agents who are listed individually, each with all phones.
    pub agents: BTreeMap<Extension, Vec<Device>>,
    /// Under `"*"`: the phones of all others. If empty, each has one phone of the technology, named like the extension.
    pub others: Vec<Pattern>,
}

impl TryFrom<BTreeMap<String, Vec<String>>> for Listed {
    type Error = String;

    fn try_from(table: BTreeMap<String, Vec<String>>) -> Result<Listed, String> {
        let mut listed = Listed::default();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (who, phones) in table {
            if phones.is_empty() {
                return Err(format!("`{who}` has no phone: name one, or leave the line out"));
            }
            if who == "*" {
                listed.others = phones.iter().map(|phone| Pattern::parse(phone)).collect::<Result<_, _>>()?;
                continue;
            }
            let devices: Vec<Device> = phones.iter().map(|phone| Device::parse(phone)).collect::<Result<_, _>>()?;
            for device in &devices {
                if let Some(other) = owners.insert(device.key().to_owned(), who.clone()) {
                    return Err(format!("`{device}` stands twice: at {other} and at {who}"));
                }
            }
            listed.agents.insert(agent(&who)?, devices);
        }
        Ok(listed)
    }
}

/// An agent's number. Names are refused: they could not be dialled, and the dialplan cannot tell a name from a pattern.
pub(super) fn agent(text: &str) -> Result<Extension, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(format!(
            "`{text}` is no extension: agents have numbers. A phone may have any name: give its agent a number in \
             [asterisk.phones], as in \"895\" = [\"PJSIP/{}\"]",
            if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !text.is_empty() { text } else { "desk-895" }
        ));
    }
    Extension::parse(text).map_err(|error| format!("`{text}`: {error}"))
}

/// The technology of the agents' phones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Technology {
    /// `PJSIP/801-0000001a`: Asterisk 12 and later.
    #[default]
    #[serde(rename = "PJSIP")]
    PjSip,
    /// `SIP/801-0000001a`: chan_sip of older systems.
    #[serde(rename = "SIP")]
    Sip,
}

impl Technology {
    /// As it stands in the names of channels and devices.
    pub const fn as_str(self) -> &'static str {
        match self {
            Technology::PjSip => "PJSIP",
            Technology::Sip => "SIP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Result<Listed, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_of_phones_is_read() {
        let text = r#"
            "801" = ["PJSIP/801", "PJSIP/99801", "SIP/801-mobile", "Local/801@mobile/n"]
            "*" = ["PJSIP/{exten}", "PJSIP/99{exten}"]
        "#;
        let listed = listed(text).unwrap();
        let exten = Extension::parse("801").unwrap();
        let keys: Vec<&str> = listed.agents[&exten].iter().map(Device::key).collect();
        assert_eq!(keys, ["PJSIP/801", "PJSIP/99801", "SIP/801-mobile", "Local/801@mobile"]);
        let other = Extension::parse("802").unwrap();
        assert_eq!(listed.others[1].device(&other).as_str(), "PJSIP/99802");
        assert_eq!(listed.others[1].exten("PJSIP/99802"), Some("802"));
        assert!(listed.others[0].is_bare() && !listed.others[1].is_bare());
    }

    #[test]
    fn what_cannot_be_dialled_is_refused_in_words() {
        for (text, word) in [
            ("\"alice\" = [\"PJSIP/alice\"]", "\"895\" = [\"PJSIP/alice\"]"),
            ("\"80-1\" = [\"PJSIP/801\"]", "agents have numbers"),
            ("\"801\" = []", "has no phone"),
            ("\"801\" = [\"801\"]", "technology and name"),
            ("\"801\" = [\"PJSIP/\"]", "technology and name"),
            ("\"801\" = [\"PJSIP/801&PJSIP/802\"]", "technology and name"),
            ("\"801\" = [\"PJSIP/801,60\"]", "technology and name"),
            ("\"801\" = [\"PJSIP/${EXTEN}\"]", "technology and name"),
            ("\"801\" = [\"PJSIP/1\"]\n\"802\" = [\"PJSIP/1\"]", "stands twice"),
            ("\"*\" = [\"PJSIP/801\"]", "must say {exten} once"),
            ("\"*\" = [\"{exten}\"]", "technology and name"),
            ("\"*\" = [\"PJSIP/{exten}{exten}\"]", "must say {exten} once"),
        ] {
            let why = listed(text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }
}
