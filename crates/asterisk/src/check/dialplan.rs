//! Checks that this package's contexts are in the PBX's dialplan.

use super::finding::list;
use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, all, variable};
use crate::device::Technology;
use crate::options::Options;

/// Where legs are sent, and where the dialplan jumps from there. `X` is any served extension.
const CONTEXTS: &[(&str, &str)] = &[
    ("uncall-extension", "1"),
    ("uncall-click", "1"),
    ("uncall-hold", "s"),
    ("uncall-hold-agent", "s"),
    ("uncall-fetch", "s"),
    ("uncall-phones", "s"),
    ("uncall-free", "s"),
    ("uncall-ring", "s"),
    ("uncall-rung", "s"),
    ("uncall-spy", "s"),
    ("uncall-xfer", "X"),
    ("uncall-xfer-out", "1"),
    ("uncall-xfer-agent", "s"),
    ("uncall-xfer-answered", "s"),
    ("uncall-after", "s"),
    ("uncall-survey", "s"),
    ("uncall-watch", "s"),
    ("uncall-gone", "s"),
    ("uncall-drop", "s"),
];
/// Needed only without the right `system`.
const DND: &[(&str, &str)] = &[("uncall-dnd-on", "X"), ("uncall-dnd-off", "X")];
/// Where an agent's phone dials, if the dialplan does not say.
const INTERNAL: &str = "from-internal";

/// What is known about the dialplan.
#[derive(Debug)]
pub(super) enum Dialplan {
    /// It cannot be queried, for this reason.
    Unknown(&'static str),
    /// It was queried.
    Known {
        /// Contexts, each with the extension that was looked for in it.
        missing: Vec<String>,
        /// How many contexts were looked for.
        of: usize,
        /// `UNCALL_TECH`, empty if unset.
        technology: String,
        /// The expected technology.
        expected: Technology,
        /// Where an agent's phone dials.
        internal: String,
    },
}

impl Dialplan {
    pub(super) async fn ask(link: &Link, rights: &Rights, options: &Options) -> Dialplan {
        if !rights.may("Getvar") {
            return Dialplan::Unknown("it needs the right `reporting`");
        }
        let any = options.extensions.first().map_or("801", |(first, _last)| first.as_str());
        let dnd = if options.without_system { DND } else { &[] };
        let wanted: Vec<(&str, &str)> = CONTEXTS
            .iter()
            .chain(dnd)
            .map(|&(context, exten)| (context, if exten == "X" { any } else { exten }))
            .collect();
        let found = all(wanted.iter().map(|(context, exten)| exists(link, context, exten))).await;
        if found.contains(&None) {
            return Dialplan::Unknown("Asterisk does not say whether contexts exist; load func_dialplan.so");
        }
        let missing = wanted.iter().zip(found).filter(|(_wanted, found)| *found == Some(false));
        let internal = variable(link, "UNCALL_INTERNAL").await.filter(|context| is_name(context));
        Dialplan::Known {
            missing: missing.map(|((context, exten), _found)| format!("{context} ({exten})")).collect(),
            of: wanted.len(),
            technology: variable(link, "UNCALL_TECH").await.unwrap_or_default(),
            expected: options.technology,
            internal: internal.unwrap_or_else(|| INTERNAL.to_owned()),
        }
    }

    /// Where an agent's phone dials.
    pub(super) fn internal(&self) -> &str {
        match self {
            Dialplan::Known { internal, .. } => internal,
            Dialplan::Unknown(_) => INTERNAL,
        }
    }

    /// Whether the package is missing altogether.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Dialplan::Known { missing, of, .. } if missing.len() == *of)
    }

    /// Whether `context` was found, or may be there.
    pub(super) fn may_have(&self, context: &str) -> bool {
        match self {
            Dialplan::Known { missing, .. } => !missing.iter().any(|name| name.split(' ').next() == Some(context)),
            Dialplan::Unknown(_) => true,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let (missing, of, technology, expected) = match self {
            Dialplan::Unknown(why) => return vec![Finding::not_checked(format!("dialplan: {why}"))],
            Dialplan::Known { missing, of, technology, expected, internal: _ } => (missing, *of, technology, *expected),
        };
        if missing.len() == of {
            let text = "dialplan: none of the contexts uncall-… is there; include uncall.conf in extensions.conf and run `dialplan reload`";
            return vec![
                Finding::missing(text)
                    .add(File::Extensions, "[globals]", "#include uncall/uncall-globals.conf")
                    .add(File::Extensions, "", "#include uncall/uncall.conf")
                    .add(File::MusicOnHold, "", "#include uncall/musiconhold.conf"),
            ];
        }
        let mut findings = vec![if missing.is_empty() {
            Finding::ok(format!("dialplan: {of} contexts"))
        } else {
            Finding::missing(format!(
                "dialplan: no {}; copy the package's uncall.conf anew, include it in extensions.conf and run `dialplan reload`",
                list(missing)
            ))
        }];
        if !technology.is_empty() && technology != expected.as_str() {
            let text = format!(
                "dialplan: UNCALL_TECH is {}, but `technology` is {} here; make them the same",
                super::printable(technology),
                expected.as_str()
            );
            let line = format!("UNCALL_TECH={}", expected.as_str());
            findings.push(Finding::missing(text).add(File::Extensions, "[globals]", line));
        }
        findings
    }
}

/// Whether the extension is in the context or its includes. `None` if the PBX does not say.
pub(super) async fn exists(link: &Link, context: &str, exten: &str) -> Option<bool> {
    match variable(link, &format!("DIALPLAN_EXISTS({context},{exten},1)")).await?.as_str() {
        "" => None,
        "0" => Some(false),
        _one => Some(true),
    }
}

/// Whether this context's name is safe in a function's arguments.
fn is_name(context: &str) -> bool {
    !context.is_empty() && context.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
