//! Checks which actions the user may send. Asterisk's `ListCommands` lists exactly these, so nothing has to be tried.

use super::section::File;
use super::{Finding, Link, why};
use crate::action::Action;
use crate::message::Message;
use crate::options::Options;

/// The classes that the gateway needs in the `write =` line, the actions of each, and what they are for.
const NEEDED: &[(&str, &[&str], &str)] = &[
    ("call", &["Redirect", "Bridge", "Setvar", "Hangup"], "hold, restore, transfer, survey and hang-up"),
    ("originate", &["Originate"], "click-to-dial, listening, whispering and fetching a held caller back"),
    ("reporting", &["CoreShowChannels", "DBGet"], "knowing the calls after a reconnect, and who is busy"),
];
/// Allowed by either of two classes.
const STATES: &[&str] = &["DeviceStateList", "Getvar", "ExtensionState", "ExtensionStateList"];
/// Needed only for busy and idle.
const SYSTEM: &[&str] = &["DBPut", "DBDel"];

/// The classes of events that the gateway needs.
pub(super) const READ_LINE: &str = "read = call,user,agent";

/// The section that extends the existing user.
pub(super) fn section(options: &Options) -> String {
    format!("[{}](+)", options.user)
}

/// All classes that the gateway needs, because the later of two lines counts.
pub(super) fn write_line(options: &Options) -> &'static str {
    if options.without_system {
        "write = call,originate,reporting,agent"
    } else {
        "write = call,originate,reporting,agent,system"
    }
}

/// The actions that the PBX lets the user send.
#[derive(Debug)]
pub(super) struct Rights(Result<Message, String>);

impl Rights {
    pub(super) async fn ask(link: &Link) -> Rights {
        let answer = link.ask(Action::new("ListCommands")).await;
        Rights(answer.map(|answer| answer.response).map_err(|error| why(&error)))
    }

    /// Whether the user may send the action. True if the PBX did not say, because it is worth a try.
    pub(super) fn may(&self, action: &str) -> bool {
        self.0.as_ref().map_or(true, |commands| !commands.get(action).is_empty())
    }

    pub(super) fn findings(&self, options: &Options) -> Vec<Finding> {
        if let Err(why) = &self.0 {
            return vec![Finding::not_checked(format!("rights: ListCommands: {why}"))];
        }
        let mut findings: Vec<Finding> =
            NEEDED.iter().map(|(class, actions, what)| self.class(options, class, actions, what)).collect();
        let unknown: Vec<&str> = STATES.iter().copied().filter(|action| !self.may(action)).collect();
        if !unknown.is_empty() && self.may("CoreShowChannels") {
            findings.push(Finding::missing(format!(
                "actions: Asterisk does not know {}; load their module (res_manager_devicestate.so for DeviceStateList)",
                unknown.join(", ")
            )));
        }
        if options.without_system {
            findings.push(Finding::ok("right `system`: not needed (without_system = true)"));
        } else {
            findings.push(self.class(options, "system", SYSTEM, "busy and idle (or set without_system = true here)"));
        }
        findings
    }

    pub(super) fn class(&self, options: &Options, class: &str, actions: &[&str], what: &str) -> Finding {
        let refused: Vec<&str> = actions.iter().copied().filter(|action| !self.may(action)).collect();
        if refused.is_empty() {
            return Finding::ok(format!("right `{class}`: {}", actions.join(", ")));
        }
        Finding::missing(format!(
            "right `{class}`: {} not permitted, for {what}; add `{class}` to the line `write =` of [{}] in manager.conf",
            refused.join(", "),
            options.user
        ))
        .add(File::Manager, &section(options), write_line(options))
    }
}
