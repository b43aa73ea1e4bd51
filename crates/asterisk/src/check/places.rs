//! Checks that a leg really gets to the waiting places, that music plays there and that the events arrive. Tried with `Local`
//! legs: no phone rings, nothing is recorded, and after a second they are gone.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::dialplan::Dialplan;
use super::modules::is_loaded;
use super::rights::{READ_LINE, Rights, section};
use super::section::File;
use super::{Finding, Link, variable, why};
use crate::action::Action;
use crate::link::News;
use crate::message::Message;
use crate::options::Options;

/// Context, what its UserEvent says, and the global variable with its music class.
const PLACES: &[(&str, &str, &str)] = &[
    ("uncall-hold", "hold", "UNCALL_MUSIC"),
    ("uncall-hold-agent", "hold-agent", "UNCALL_SILENCE"),
    ("uncall-xfer-agent", "xfer-agent", "UNCALL_TRANSFERRING"),
];
/// Of the events that the gateway follows calls by, those that a leg to a waiting place causes.
const EVENTS: &[&str] = &["Newchannel", "DialBegin", "DialEnd", "OriginateResponse", "DeviceStateChange", "Hangup"];
/// The legs stay for one second.
const ENOUGH: Duration = Duration::from_secs(4);
/// A leg without music goes on, and ends, at once.
const STAYED: Duration = Duration::from_millis(500);

pub(super) async fn walk(
    link: &Link,
    news: &mut mpsc::UnboundedReceiver<News>,
    rights: &Rights,
    dialplan: &Dialplan,
    options: &Options,
) -> Vec<Finding> {
    const WHAT: &str = "events, waiting places";
    if !rights.may("Originate") {
        return vec![Finding::not_checked(format!("{WHAT}: trying them needs the right `originate`"))];
    }
    let there: Vec<_> = PLACES.iter().filter(|(context, ..)| dialplan.may_have(context)).collect();
    if there.is_empty() {
        return vec![Finding::not_checked(format!("{WHAT}: trying them needs the contexts uncall-hold…"))];
    }
    for (context, ..) in &there {
        if let Err(error) = send(link, context).await {
            return vec![Finding::not_checked(format!("{WHAT}: {context}: {error}"))];
        }
    }
    let seen = gather(news, there.len()).await;
    let user_events = seen.iter().any(|(_at, event)| event.event() == "UserEvent");
    let no_module = !user_events && rights.may("ModuleCheck") && is_loaded(link, "app_userevent").await == Some(false);
    let mut findings = events(&seen, options, no_module);
    if findings.iter().any(|finding| finding.verdict == super::Verdict::Missing) {
        return findings;
    }
    for (context, _state, global) in there {
        let class = variable(link, global).await.unwrap_or_default();
        findings.push(place(&seen, context, global, &class));
    }
    findings
}

async fn send(link: &Link, context: &str) -> Result<(), String> {
    let action = Action::new("Originate")
        .with("Channel", format!("Local/s@{context}/n"))
        .and_then(|action| action.with("Application", "Wait")?.with("Data", "1"))
        .and_then(|action| action.with("Timeout", "3000")?.with("Async", "true"))
        .map_err(|unfit| unfit.to_string())?;
    link.ask(action).await.map(|_queued| ()).map_err(|error| why(&error))
}

/// An event, and when it came.
type Seen = (Instant, Message);

/// Collects the events of the legs until they are gone: each place has two.
async fn gather(news: &mut mpsc::UnboundedReceiver<News>, places: usize) -> Vec<Seen> {
    let deadline = Instant::now() + ENOUGH;
    let mut seen = Vec::new();
    let mut gone = 0;
    while gone < 2 * places
        && let Ok(Some(News::Event(event, _))) = tokio::time::timeout_at(deadline, news.recv()).await
    {
        if ["Channel", "DestChannel", "Device"].iter().any(|name| event.get(name).starts_with("Local/s@uncall-")) {
            gone += usize::from(event.event() == "Hangup");
            seen.push((Instant::now(), event));
        }
    }
    seen
}

fn events(seen: &[Seen], options: &Options, no_module: bool) -> Vec<Finding> {
    let missing = |what: &str| {
        let text = format!("events: {what} to `read =` in manager.conf, and see its eventfilter lines");
        Finding::missing(text).add(File::Manager, &section(options), READ_LINE)
    };
    if seen.is_empty() {
        return vec![missing("none came of a leg that was made to try; add `call` and `user`")];
    }
    let names: HashSet<&str> = seen.iter().map(|(_at, event)| event.event()).collect();
    let none: Vec<&str> = EVENTS.iter().copied().filter(|name| !names.contains(name)).collect();
    let call = if none.is_empty() {
        Finding::ok("events of `call`")
    } else {
        missing(&format!("no {}; add `call`", none.join(", ")))
    };
    let user = if names.contains("UserEvent") {
        Finding::ok("events of `user`")
    } else if no_module {
        Finding::missing("events: no UserEvent, because module app_userevent is not loaded")
    } else {
        missing("no UserEvent; load app_userevent if it is not, or add `user`")
    };
    vec![call, user]
}

fn place(seen: &[Seen], context: &str, global: &str, class: &str) -> Finding {
    let music_is_told = seen.iter().any(|(_at, event)| event.event() == "MusicOnHoldStart");
    let of = |name: &str| seen.iter().find(|(_at, event)| event.event() == name && is_in(event, context));
    let Some((arrived, _event)) = of("UserEvent").filter(|(_at, event)| event.get("UserEvent") == "UncallLeg") else {
        return Finding::missing(format!(
            "{context}: a leg does not get there (no UserEvent UncallLeg); see the PBX's log"
        ));
    };
    let class = super::printable(class);
    match of("MusicOnHoldStart").map(|(_at, event)| super::printable(event.get("Class"))) {
        Some(playing) if class.is_empty() || playing == class => {
            Finding::ok(format!("{context}: a leg gets there, and hears music class {playing}"))
        }
        Some(playing) => without_class(format!(
            "{context}: plays music class {playing} and not {class}; include musiconhold.conf and see {global}"
        )),
        None if !music_is_told && of("Hangup").is_none_or(|(ended, _event)| *ended - *arrived > STAYED) => {
            Finding::ok(format!("{context}: a leg gets there (its music is not told: an eventfilter leaves that out)"))
        }
        None => without_class(format!(
            "{context}: no music starts; include musiconhold.conf with the class {class} and see that its folder has files"
        )),
    }
}

fn without_class(text: String) -> Finding {
    Finding::missing(text).add(File::MusicOnHold, "", "#include uncall/musiconhold.conf")
}

/// `Local/s@uncall-hold-00000001;2`
fn is_in(event: &Message, context: &str) -> bool {
    let name = event.get("Channel").strip_prefix("Local/s@").and_then(|name| name.rsplit_once('-'));
    name.is_some_and(|(place, _number)| place == context)
}
