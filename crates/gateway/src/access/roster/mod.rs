//! The list of agents and groups, from the configuration and from a file of its own.

mod agent;
mod extensions;
mod group;
mod numbers;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

pub(crate) use agent::Agent;
pub use agent::{AgentEntry, AgentError, Right};
pub use extensions::ListError;
pub use group::Group;

use group::Groups;

/// The largest agents file in bytes.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// Agents and groups as written, in the configuration or in the agents file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RosterFile {
    /// By user name.
    pub agents: BTreeMap<String, AgentEntry>,
    /// Who supervises whom.
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
}

/// Why a list was rejected. Contains no secret.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The file could not be read.
    #[error("cannot read the agents file {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// The file's content is invalid.
    #[error("the agents file {0} is not right: {1}")]
    Invalid(String, String),
    /// One entry is invalid.
    #[error("the agent {0:?}: {1}")]
    Agent(String, AgentError),
    /// The same name in configuration and file.
    #[error("the agent {0:?} stands in the configuration and in the agents file")]
    Twice(String),
    /// One token cannot identify two agents.
    #[error("the agents {0:?} and {1:?} have the same token")]
    SameToken(String, String),
}

impl RosterFile {
    /// Reads an agents file.
    pub(super) fn read(path: &Path) -> Result<RosterFile, RosterError> {
        let name = path.display().to_string();
        let unreadable = |error| RosterError::Unreadable(name.clone(), error);
        if std::fs::metadata(path).map_err(unreadable)?.len() > LONGEST_FILE {
            return Err(RosterError::Invalid(name, "it is longer than 16 MiB".to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        toml::from_str(&text).map_err(|error| RosterError::Invalid(name.clone(), mistake(&text, &error)))
    }
}

/// What is wrong with a TOML text, and where, but without the text, which may be a secret.
pub(crate) fn mistake(text: &str, error: &toml::de::Error) -> String {
    let mut message = String::new();
    for (at, part) in error.message().split('"').enumerate() {
        message.push_str(if at % 2 == 0 { part } else { "\"…\"" });
    }
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

/// Agents and groups, checked and indexed.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    users: HashMap<String, Arc<Agent>>,
    tokens: HashMap<[u8; 32], Arc<Agent>>,
    has_logins: bool,
    pub(crate) groups: Groups,
}

impl Roster {
    pub(super) fn new(configured: &RosterFile, file: RosterFile) -> Result<Roster, RosterError> {
        let mut roster = Roster::default();
        for (user, written) in configured.agents.iter().chain(&file.agents) {
            let agent = Agent::new(user, written).map_err(|error| RosterError::Agent(user.clone(), error))?;
            let agent = Arc::new(agent);
            roster.has_logins |= agent.password.is_some() || agent.token.is_some();
            if let Some(token) = agent.token
                && let Some(other) = roster.tokens.insert(token, Arc::clone(&agent))
            {
                return Err(RosterError::SameToken(other.user.clone(), user.clone()));
            }
            if roster.users.insert(user.clone(), agent).is_some() {
                return Err(RosterError::Twice(user.clone()));
            }
        }
        roster.groups = Groups::new(configured.groups.iter().cloned().chain(file.groups).collect());
        Ok(roster)
    }

    pub(super) fn user(&self, user: &str) -> Option<&Arc<Agent>> {
        self.users.get(user)
    }

    pub(super) fn by_token(&self, digest: &[u8; 32]) -> Option<&Arc<Agent>> {
        self.tokens.get(digest)
    }

    /// Whether anybody can log in.
    pub(super) fn has_logins(&self) -> bool {
        self.has_logins
    }

    pub(super) fn agents(&self) -> usize {
        self.users.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> RosterFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn configuration_and_file_are_one_list() {
        let configured = file(
            "[agents]\n\"li.na\" = { extension = \"801\" }\n[[group]]\nsupervisors = [\"801\"]\nmembers = [\"802\"]",
        );
        let other = file("[agents.wang]\nextension = \"802\"\n[[group]]\nsupervisors = [\"801\"]\nmembers = [\"803\"]");
        let roster = Roster::new(&configured, other.clone()).unwrap();
        assert_eq!(roster.agents(), 2);
        assert!(roster.groups.leads("801", "802") && roster.groups.leads("801", "803"));
        assert!(!roster.has_logins());
        assert!(matches!(Roster::new(&other, other.clone()), Err(RosterError::Twice(user)) if user == "wang"));
    }

    #[test]
    fn a_token_is_of_one_agent() {
        let hex = "ab".repeat(32);
        let same = format!(
            "[agents]\na = {{ extension = \"801\", token_sha256 = \"{hex}\" }}\nb = {{ extension = \"802\", token_sha256 = \"{hex}\" }}"
        );
        assert!(matches!(Roster::new(&file(&same), RosterFile::default()), Err(RosterError::SameToken(..))));
    }

    #[test]
    fn a_mistake_is_named_by_its_line_and_without_what_stands_there() {
        for text in [
            "[agents]\na = { extension = \"801\" }\nb = \"geheim\"",
            "[agents]\n\nb = { extension = \"801\", pasword = \"geheim\" }",
            "[agents]\n\nb = { extension = [\"geheim\"] }",
            "[agents]\n\nb = geheim",
            "# \u{1f600}\n\n[agents]b = \"geheim\"",
        ] {
            let error = toml::from_str::<RosterFile>(text).unwrap_err();
            let said = mistake(text, &error);
            assert!(said.starts_with("line 3: "), "{text}: {said}");
            assert!(!said.contains("geheim"), "{said}");
        }
    }
}
