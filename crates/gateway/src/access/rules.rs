//! What an administrator says about access.

use std::path::PathBuf;

use super::group::Group;
use super::network::Network;
use super::roster::RosterFile;

/// Who may use the gateway, and what is written down about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Networks whose clients need no login. `None`: this machine.
    pub open: Option<Vec<Network>>,
    /// Host names under which web browsers reach this server, where they have a dot.
    pub names: Vec<String>,
    /// The header in which a trusted proxy names the user.
    pub user_header: Option<String>,
    /// Agents and groups.
    pub roster: RosterFile,
    /// More agents and groups, read again whenever the file changes.
    pub agents_file: Option<PathBuf>,
    /// Where the audit lines go; `None`: to the log.
    pub audit_file: Option<PathBuf>,
}

impl Rules {
    /// These rules and these groups.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = Group>) -> Rules {
        self.roster.groups.extend(groups);
        self
    }
}
