//! Modules of Asterisk that the dialplan package uses. If one is not loaded, the dialplan skips its step and the call goes wrong.
//!
//! A function's value proves that its module runs. For an application there is `ModuleCheck`, which takes the right `system` and
//! also reports a module as loaded that has declined to run (seen on 16.28 and 22.10).

use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, all, variable};
use crate::action::Action;
use crate::link::LinkError;

/// How a user without the right `system` can see that a module runs.
enum Shown {
    /// The value of this function is not empty.
    Value(&'static str),
    /// The user may send this action, which is the module's.
    Action(&'static str),
    /// Not at all.
    No,
}

/// Module, how it shows, what breaks without it.
const MODULES: &[(&str, Shown, &str)] = &[
    ("app_channelredirect", Shown::No, "a transferred call ends when its target answers"),
    (
        "app_chanspy",
        Shown::No,
        "there is no listening and no whispering: the supervisor's phone rings, and that call ends",
    ),
    ("app_dial", Shown::No, "no phone is rung, and a call to an extension ends"),
    ("app_exec", Shown::No, "conditional steps (ExecIf) end the call: nobody can be held, transferred or rung"),
    ("app_mixmonitor", Shown::Action("MixMonitorMute"), "a call that the package would record ends before it rings"),
    ("app_playback", Shown::No, "callers of a busy agent hear nothing of it, and nobody is thanked after the survey"),
    ("app_read", Shown::No, "the survey ends before its question"),
    ("app_stack", Shown::No, "a call to an extension or to the outside ends at once (Gosub)"),
    (
        "app_userevent",
        Shown::No,
        "the gateway does not hear that a hold or a transfer is done: each of them takes long and is then said to have failed",
    ),
    ("codec_gsm", Shown::No, "recordings of calls hold nothing: they are written in GSM"),
    ("format_pcm", Shown::No, "the package's music and prompts are silent: they are µ-law files"),
    ("format_wav_gsm", Shown::No, "no call is recorded: its file would be a .WAV"),
    ("func_callerid", Shown::No, "callers' numbers are not cleaned of line breaks, and recordings name nobody"),
    (
        "func_channel",
        Shown::No,
        "recordings and surveys have no uid, and an agent's leg stays when the held caller hangs up",
    ),
    (
        "func_cut",
        Shown::Value("CUT(UNCALL_MUSIC,-,1)"),
        "whose a held call is only the gateway can say: one that is held otherwise, or by version 0.1, is cut at the reminder",
    ),
    ("func_db", Shown::Value("DB_EXISTS(DND/0)"), "the dialplan rings busy agents, and the survey's answers are lost"),
    (
        "func_devstate",
        Shown::Value("DEVICE_STATE(Custom:DND0)"),
        "the reminder rings nobody for a held call, and no lamp shows who is busy",
    ),
    ("func_logic", Shown::Value("IF(1?1:0)"), "a held call has no holder, and ends at the reminder"),
    (
        "func_strings",
        Shown::Value("FILTER(0-9,1)"),
        "no number reaches Dial: calls to extensions and to the outside do not ring",
    ),
    (
        "func_timeout",
        Shown::Value("TIMEOUT(absolute)"),
        "a call that was on hold does not end with its conversation: the caller hears music again, and gets no survey",
    ),
];

pub(super) async fn look(link: &Link, rights: &Rights) -> Vec<Finding> {
    let found = all(MODULES.iter().map(|(name, shown, _)| runs(link, rights, name, shown))).await;
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    for ((name, _, breaks), found) in MODULES.iter().zip(found) {
        match found {
            Some(true) => {}
            Some(false) => findings.push(
                Finding::missing(format!("module {name}: not loaded, so {breaks}; load it in modules.conf")).add(
                    File::Modules,
                    "[modules](+)",
                    format!("; a line `noload = {name}.so` would win: take it away\nload = {name}.so"),
                ),
            ),
            None => unknown.push(*name),
        }
    }
    if !unknown.is_empty() {
        findings.push(Finding::not_checked(format!(
            "modules {}: asking for them takes the right `system`; the PBX's console says it: `module show like {}`",
            unknown.join(", "),
            unknown.first().copied().unwrap_or_default()
        )));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(format!("modules: {}", MODULES.len())));
    }
    findings
}

/// Whether the module runs. `None` if the PBX does not say.
async fn runs(link: &Link, rights: &Rights, name: &str, shown: &Shown) -> Option<bool> {
    let proved = match shown {
        Shown::Value(function) if rights.may("Getvar") => {
            let value = |value: Option<String>| value.is_some_and(|value| !value.is_empty());
            let runs = value(variable(link, function).await);
            // CUT needs a variable with a value, so it uses one of the package's.
            let proves = runs || !function.contains("UNCALL_MUSIC") || value(variable(link, "UNCALL_MUSIC").await);
            proves.then_some(runs)
        }
        Shown::Action(action) => Some(rights.may(action)),
        Shown::Value(_) | Shown::No => None,
    };
    if proved == Some(true) {
        return proved;
    }
    if !rights.may("ModuleCheck") {
        // A missing right hides an action too, and is reported elsewhere.
        return proved.filter(|_| matches!(shown, Shown::Value(_)));
    }
    is_loaded(link, name).await
}

/// Whether the PBX calls the module loaded; `None` when it does not say.
pub(super) async fn is_loaded(link: &Link, name: &str) -> Option<bool> {
    let action = Action::new("ModuleCheck").with("Module", name).ok()?;
    match link.ask(action).await {
        Ok(_loaded) => Some(true),
        Err(LinkError::Refused(_)) => Some(false),
        Err(_) => None,
    }
}
