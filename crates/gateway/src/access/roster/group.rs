//! Groups: who supervises whom.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use uncall_contract::{Extension, PhoneNumber};

use super::extensions::{self, ListError};
use super::numbers::Numbers;

/// Supervisors, and the extensions for which they may act, listen and whisper, and which they see.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Group {
    supervisors: BTreeSet<Extension>,
    members: BTreeSet<Extension>,
    /// Where its people may transfer calls to, besides extensions.
    transfer_to: Vec<Numbers>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    supervisors: Vec<String>,
    members: Vec<String>,
    #[serde(default)]
    transfer_to: Vec<String>,
}

impl TryFrom<Written> for Group {
    type Error = ListError;
    fn try_from(written: Written) -> Result<Group, ListError> {
        let list = |list: &[String]| extensions::read(list.iter().map(String::as_str));
        let transfer_to = written.transfer_to.iter().map(|pattern| Numbers::read(pattern)).collect::<Result<_, _>>()?;
        Ok(Group { supervisors: list(&written.supervisors)?, members: list(&written.members)?, transfer_to })
    }
}

impl Group {
    /// A group of these extensions; ranges like `"801-820"` are allowed.
    pub fn new(supervisors: &[&str], members: &[&str]) -> Result<Group, ListError> {
        Ok(Group {
            supervisors: extensions::read(supervisors.iter().copied())?,
            members: extensions::read(members.iter().copied())?,
            transfer_to: Vec::new(),
        })
    }

    /// The same group, whose people may also transfer calls to these numbers: regular expressions that have to match the whole
    /// number.
    pub fn transfers_to(self, patterns: &[&str]) -> Result<Group, ListError> {
        let transfer_to = patterns.iter().map(|pattern| Numbers::read(pattern)).collect::<Result<_, _>>()?;
        Ok(Group { transfer_to, ..self })
    }
}

/// All groups, by their people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    groups: Vec<Group>,
    /// The groups that an extension supervises.
    led: HashMap<String, Vec<usize>>,
}

impl Groups {
    pub(in crate::access) fn new(groups: Vec<Group>) -> Groups {
        let mut led: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, group) in groups.iter().enumerate() {
            for supervisor in &group.supervisors {
                led.entry(supervisor.as_str().to_owned()).or_default().push(at);
            }
        }
        Groups { groups, led }
    }

    /// Whether nobody supervises anybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.led.is_empty()
    }

    /// Whether this extension may transfer a call to a number that is not an extension.
    pub(crate) fn let_transfer(&self, exten: &Extension, number: &PhoneNumber) -> bool {
        let of = |group: &&Group| group.members.contains(exten) || group.supervisors.contains(exten);
        self.groups.iter().filter(of).any(|group| group.transfer_to.iter().any(|numbers| numbers.have(number)))
    }

    /// Whether `member` is in a group of `supervisor`, and somebody else.
    pub(crate) fn leads(&self, supervisor: &str, member: &str) -> bool {
        // A set of checked extensions can only be searched with a checked one.
        let Ok(member) = Extension::parse(member) else { return false };
        supervisor != member.as_str() && self.of(supervisor).any(|group| group.members.contains(&member))
    }

    /// Everybody else in the groups of `supervisor`. `None` for somebody who supervises no group.
    pub(crate) fn team(&self, supervisor: &str) -> Option<BTreeSet<String>> {
        self.led.contains_key(supervisor).then(|| {
            let members = self.of(supervisor).flat_map(|group| &group.members).map(Extension::as_str);
            members.filter(|member| *member != supervisor).map(str::to_owned).collect()
        })
    }

    fn of(&self, supervisor: &str) -> impl Iterator<Item = &Group> {
        self.led.get(supervisor).into_iter().flatten().filter_map(|at| self.groups.get(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Groups {
        Groups::new(vec![
            Group::new(&["801", "811"], &["801-805"]).unwrap(),
            Group::new(&["801"], &["804", "807"]).unwrap(),
        ])
    }

    #[test]
    fn a_supervisor_leads_the_members_of_his_groups() {
        let groups = groups();
        for (supervisor, member, leads) in [
            ("801", "802", true),
            ("801", "807", true),
            ("801", " 802 ", true),
            ("801", "801", false),
            ("801", "806", false),
            ("811", "801", true),
            ("811", "807", false),
            ("811", "811", false),
            ("802", "803", false),
            ("", "802", false),
            ("801", "", false),
            ("801", "no such thing", false),
        ] {
            assert_eq!(groups.leads(supervisor, member), leads, "{supervisor} {member}");
        }
    }

    #[test]
    fn a_team_is_everybody_once_and_not_oneself() {
        let team: Vec<_> = groups().team("801").unwrap().into_iter().collect();
        assert_eq!(team, ["802", "803", "804", "805", "807"]);
        assert_eq!(groups().team("811").unwrap().len(), 5);
        assert_eq!(groups().team("802"), None);
    }
}
