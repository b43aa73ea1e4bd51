//! The sender of a request and what it may do.

use std::collections::BTreeSet;
use std::sync::Arc;

use uncall_contract::{Extension, PhoneNumber, Request};

use super::networks::Client;
use super::roster::{Agent, Right, Roster};

/// How a caller was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Not at all, because the network is open. The caller counts as the agent whose extension the request names.
    Open,
    /// Name and password.
    Password,
    /// A bearer token.
    Token,
    /// By a trusted proxy.
    Proxy,
}

impl Way {
    /// The word in the audit log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Way::Open => "open",
            Way::Password => "password",
            Way::Token => "token",
            Way::Proxy => "proxy",
        }
    }
}

/// The sender of a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) way: Way,
    pub(crate) client: Client,
    /// `None` for an open client.
    pub(super) agent: Option<Arc<Agent>>,
    /// The list as of the request.
    pub(super) roster: Arc<Roster>,
}

/// Why something is not allowed, as a sentence for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    #[error("{user} may act for {own}, not for {other}.")]
    Acting { user: String, own: String, other: String },
    #[error("Listening and whispering are for supervisors: {own} supervises no group with {other}.")]
    Listening { own: String, other: String },
    #[error("This recording is neither of the own extension nor of a member of an own group.")]
    Recording,
    #[error("The metrics are for agents with the right \"metrics\".")]
    Metrics,
}

impl Caller {
    /// Whether the operation is allowed. For getRecording, [`Caller::may_hear`] decides once the recording is known.
    pub(crate) fn may(&self, request: &Request) -> Result<(), Denied> {
        match request {
            Request::Ping { .. } | Request::Recording { .. } => Ok(()),
            Request::Dial { exten, .. }
            | Request::Current { exten }
            | Request::Busy { exten, .. }
            | Request::Idle { exten }
            | Request::Hold { exten, .. }
            | Request::Restore { agent: exten, .. }
            | Request::Transfer { agent: exten, .. }
            | Request::Survey { agent: exten, .. }
            | Request::HangUp { agent: exten, .. } => self.may_act_for(exten),
            Request::Listen { agent, target } | Request::Whisper { agent, target } => {
                self.may_act_for(agent)?;
                self.may_listen_to(agent, target)
            }
        }
    }

    /// Whether the caller may act for this extension, and see its calls.
    pub(crate) fn may_act_for(&self, exten: &str) -> Result<(), Denied> {
        let Some(agent) = &self.agent else { return Ok(()) };
        let exten = exten.trim();
        let own = agent.extension.as_ref().map(Extension::as_str);
        if own.is_some_and(|own| own == exten || self.roster.groups.leads(own, exten)) {
            return Ok(());
        }
        let own = match own {
            Some(own) if self.roster.groups.team(own).is_some() => format!("{own} and the members of its groups"),
            Some(own) => format!("extension {own} only"),
            None => "no extension".to_owned(),
        };
        Err(Denied::Acting { user: agent.user.clone(), own, other: shown(exten) })
    }

    fn may_listen_to(&self, listener: &str, target: &str) -> Result<(), Denied> {
        let own = match &self.agent {
            // Without groups, everything is as it was before groups existed.
            None if self.roster.groups.is_empty() => return Ok(()),
            None => listener.trim(),
            Some(agent) => agent.extension.as_ref().map(Extension::as_str).unwrap_or_default(),
        };
        if self.roster.groups.leads(own, target) {
            return Ok(());
        }
        Err(Denied::Listening { own: shown(own), other: shown(target) })
    }

    /// Whether this is a transfer to a target other than an extension that the caller may transfer to. That takes a login whose
    /// group allows it, because an open client is anonymous and each such call may cost money.
    pub(crate) fn may_transfer_beyond(&self, request: &Request) -> bool {
        let Request::Transfer { target, .. } = request else { return false };
        let own = self.agent.as_ref().and_then(|agent| agent.extension.as_ref());
        let number = PhoneNumber::from_typed(target);
        own.zip(number.as_ref().ok()).is_some_and(|(own, number)| self.roster.groups.let_transfer(own, number))
    }

    /// Whether the caller may listen to a recording in which these extensions talk.
    pub(crate) fn may_hear(&self, extens: &[&str]) -> Result<(), Denied> {
        let heard = extens.iter().any(|exten| self.may_act_for(exten).is_ok());
        if self.agent.is_none() || heard { Ok(()) } else { Err(Denied::Recording) }
    }

    /// Whether the caller may read the metrics.
    pub(crate) fn may_measure(&self) -> Result<(), Denied> {
        match &self.agent {
            Some(agent) if !agent.has(Right::Metrics) => Err(Denied::Metrics),
            Some(_) | None => Ok(()),
        }
    }

    /// Whom the stream of `exten` shows to this caller: the members of its groups, if the caller is that supervisor.
    pub(crate) fn team(&self, exten: &str) -> Option<BTreeSet<String>> {
        let own = match &self.agent {
            None => true,
            Some(agent) => agent.extension.as_ref().is_some_and(|own| own.as_str() == exten),
        };
        if own { self.roster.groups.team(exten) } else { None }
    }

    /// The name used for the login.
    pub(crate) fn user(&self) -> Option<&str> {
        self.agent.as_ref().map(|agent| agent.user.as_str())
    }

    /// The same caller by another list: an open client stays one, an agent has to be in it unchanged.
    pub(super) fn by(&self, roster: &Arc<Roster>) -> Option<Caller> {
        let agent = match &self.agent {
            Some(agent) => Some(roster.user(&agent.user).filter(|now| *now == agent)?),
            None => None,
        };
        Some(Caller { agent: agent.cloned(), roster: Arc::clone(roster), ..self.clone() })
    }
}

/// A received value, for use in a sentence.
fn shown(exten: &str) -> String {
    Extension::parse(exten).map_or_else(|_| "that".to_owned(), |exten| exten.to_string())
}

#[cfg(test)]
mod tests {
    use uncall_contract::Operation;

    use super::super::roster::RosterFile;
    use super::*;

    fn roster(groups: bool) -> Arc<Roster> {
        let mut text = "[agents]\nboss = { extension = \"801\" }\nagent = { extension = \"802\" }\nprometheus = { rights = [\"metrics\"] }\n".to_owned();
        if groups {
            text.push_str("[[group]]\nsupervisors = [\"801\"]\nmembers = [\"802-803\"]\n");
        }
        Arc::new(Roster::new(&toml::from_str::<RosterFile>(&text).unwrap(), RosterFile::default()).unwrap())
    }

    fn caller(user: Option<&str>, groups: bool) -> Caller {
        let roster = roster(groups);
        let agent = user.map(|user| Arc::clone(roster.user(user).unwrap()));
        let way = if user.is_some() { Way::Password } else { Way::Open };
        let client = Client { address: "10.2.0.1".parse().unwrap(), via: None, known: true };
        Caller { way, client, agent, roster }
    }

    /// The operations that this caller may do, with 802's or 804's extension first and a second argument that is 803.
    fn allowed(caller: &Caller, first: &str, second: &str) -> Vec<Operation> {
        let may = |operation: &Operation| {
            let arguments = [Some(first), Some(second), None];
            caller.may(&Request::from_arguments(*operation, &arguments).unwrap()).is_ok()
        };
        Operation::ALL.into_iter().filter(may).collect()
    }

    const HARMLESS: [Operation; 2] = [Operation::Ping, Operation::Recording];

    fn all_but_listening() -> Vec<Operation> {
        let listening = |operation: &Operation| matches!(operation, Operation::Listen | Operation::Whisper);
        Operation::ALL.into_iter().filter(|operation| !listening(operation)).collect()
    }

    #[test]
    fn an_agent_acts_for_the_own_extension_only() {
        for groups in [false, true] {
            let agent = caller(Some("agent"), groups);
            assert_eq!(allowed(&agent, "802", "803"), all_but_listening());
            assert_eq!(allowed(&agent, " 802 ", "803"), all_but_listening(), "as the table reads it");
            for other in ["801", "803", "", "80", "8020", "802\u{0}", "８０２"] {
                assert_eq!(allowed(&agent, other, "803"), HARMLESS, "{other:?}");
            }
        }
    }

    #[test]
    fn a_supervisor_acts_for_his_groups_and_listens_to_them() {
        let boss = caller(Some("boss"), true);
        assert_eq!(allowed(&boss, "801", "802"), Operation::ALL);
        assert_eq!(allowed(&boss, "802", "803"), Operation::ALL);
        assert_eq!(allowed(&boss, "801", "804"), all_but_listening(), "804 is not his");
        assert_eq!(allowed(&boss, "801", "801"), all_but_listening(), "nobody listens to himself");
        assert_eq!(allowed(&boss, "804", "802"), HARMLESS);
        assert_eq!(allowed(&caller(Some("boss"), false), "802", "803"), HARMLESS, "without a group");
    }

    #[test]
    fn an_open_client_is_whom_he_names() {
        let open = caller(None, false);
        assert_eq!(allowed(&open, "802", "803"), Operation::ALL);
        let open = caller(None, true);
        assert_eq!(allowed(&open, "802", "803"), all_but_listening());
        assert_eq!(allowed(&open, "801", "803"), Operation::ALL);
        assert_eq!(allowed(&open, " 801", "803 "), Operation::ALL);
        assert_eq!(allowed(&open, "801", "804"), all_but_listening());
    }

    #[test]
    fn without_a_phone_there_is_nothing_to_act_for() {
        let prometheus = caller(Some("prometheus"), true);
        for exten in ["", "801", "802"] {
            assert_eq!(allowed(&prometheus, exten, "802"), HARMLESS);
        }
        assert!(prometheus.may_measure().is_ok() && caller(None, true).may_measure().is_ok());
        assert_eq!(caller(Some("boss"), true).may_measure(), Err(Denied::Metrics));
    }

    #[test]
    fn recordings_are_of_the_own_extension_or_the_groups() {
        let (agent, boss, open) = (caller(Some("agent"), true), caller(Some("boss"), true), caller(None, true));
        for (extens, agents, bosses) in [
            (&["802", "13421829060"][..], true, true),
            (&["804", "802"], true, true),
            (&["803", "10010"], false, true),
            (&["804", "10010"], false, false),
            (&[], false, false),
        ] {
            assert_eq!(agent.may_hear(extens).is_ok(), agents, "{extens:?}");
            assert_eq!(boss.may_hear(extens).is_ok(), bosses, "{extens:?}");
            assert!(open.may_hear(extens).is_ok());
        }
    }

    #[test]
    fn the_team_is_for_the_supervisor_himself() {
        assert_eq!(caller(Some("boss"), true).team("801").unwrap().len(), 2);
        assert_eq!(caller(None, true).team("801").unwrap().len(), 2);
        for (user, exten) in [(Some("agent"), "802"), (Some("agent"), "801"), (Some("boss"), "802"), (None, "802")] {
            assert_eq!(caller(user, true).team(exten), None);
        }
        assert_eq!(caller(None, false).team("801"), None);
    }

    #[test]
    fn a_sentence_says_what_may_be_done() {
        let said = |user, exten| caller(Some(user), true).may_act_for(exten).unwrap_err().to_string();
        assert_eq!(said("agent", "803"), "agent may act for extension 802 only, not for 803.");
        assert_eq!(said("boss", "809"), "boss may act for 801 and the members of its groups, not for 809.");
        assert_eq!(said("prometheus", "<b>\r\n"), "prometheus may act for no extension, not for that.");
    }
}
