//! The administrator's settings for access.

use std::path::PathBuf;

use super::networks::{Network, Open};
use super::roster::{Group, Roster, RosterFile};

/// Who may use the gateway, and where its use is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Networks whose clients need no login. `None` means this machine, as long as nobody has a login and no proxy names users.
    pub open: Option<Vec<Network>>,
    /// Host names with a dot under which web browsers reach this server.
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
    /// From where no login is needed, with these agents.
    pub(super) fn open(&self, roster: &Roster) -> Open<'_> {
        match &self.open {
            Some(networks) => Open::Listed(networks),
            None if self.has_ways(roster) => Open::Nowhere,
            None => Open::ThisMachine,
        }
    }

    /// Whether callers can be identified, by a login or through a proxy.
    pub(super) fn has_ways(&self, roster: &Roster) -> bool {
        roster.has_logins() || self.user_header.is_some()
    }

    /// Adds these groups.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = Group>) -> Rules {
        self.roster.groups.extend(groups);
        self
    }
}
