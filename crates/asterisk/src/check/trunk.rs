//! Checks that line breaks are removed from what carriers send before it is in every event.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::finding::list;
use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, printable, variable};
use crate::action::Action;
use crate::device::Technology;
use crate::link::LinkError;
use crate::message::Message;
use crate::options::Options;

/// The most contexts to examine.
const MOST: usize = 64;

pub(super) async fn look(link: &Link, rights: &Rights, options: &Options) -> Vec<Finding> {
    // Trunks of other technologies cannot be queried.
    if options.technology != Technology::PjSip {
        return Vec::new();
    }
    let Some(trunk) = variable(link, "UNCALL_TRUNK").await.filter(|trunk| !trunk.is_empty()) else { return Vec::new() };
    let shown = printable(&trunk);
    if !rights.may("PJSIPShowEndpoint") {
        return vec![Finding::not_checked(format!(
            "callers: where calls from {shown} come in, only a user with the right `system` may ask (PJSIPShowEndpoint)"
        ))];
    }
    let Some(context) = context(link, &trunk).await else {
        return vec![Finding::not_checked(format!("callers: no endpoint {shown} is known, which UNCALL_TRUNK names"))];
    };
    if !rights.may("ShowDialPlan") {
        return vec![Finding::not_checked(
            "callers: looking at the dialplan takes the right `reporting` (ShowDialPlan)",
        )];
    }
    let name = printable(&context);
    vec![match reachable(link, &context).await {
        Ok(contexts) => said(&shown, &name, &uncleaned(&contexts, &context)),
        Err(LinkError::Refused(_)) => Finding::missing(format!(
            "callers: {name}, where calls from {shown} come in, is not in the dialplan"
        ))
        .add(File::Extensions, &format!("[{name}]"), "include => uncall-trunk"),
        Err(_) => Finding::not_checked(format!("callers: Asterisk does not show {name}")),
    }]
}

fn said(trunk: &str, context: &str, uncleaned: &[String]) -> Finding {
    if uncleaned.is_empty() {
        return Finding::ok(format!("callers: what {trunk} sends is cleaned of line breaks in {context}"));
    }
    let remark = format!("; in [{context}], in place of `include => uncall-local`:");
    let first = "; and first in each extension of your own that calls come in to: Gosub(uncall-clean,s,1)";
    Finding::missing(format!(
        "callers: in {context}, where calls from {trunk} come in, {} take a caller's number as it is, line breaks included; include \
         uncall-trunk there instead of uncall-local, and begin your own with Gosub(uncall-clean,s,1)",
        list(uncleaned)
    ))
    .add(File::Extensions, &remark, format!("; include => uncall-trunk\n{first}"))
}

async fn context(link: &Link, endpoint: &str) -> Option<String> {
    let action = Action::new("PJSIPShowEndpoint").with("Endpoint", endpoint).ok()?;
    let answer = link.ask(action).await.ok()?;
    let detail = answer.items.iter().find(|item| item.event() == "EndpointDetail")?;
    Some(detail.get("Context").to_owned()).filter(|context| !context.is_empty())
}

/// A context, as far as it matters here.
#[derive(Debug, Default)]
struct Context {
    includes: Vec<String>,
    extensions: BTreeMap<String, Does>,
}

/// What an extension does with a call.
#[derive(Debug, Default)]
struct Does {
    /// It takes line breaks out of callers' numbers, by this package's means or its own.
    cleans: bool,
    /// Contexts that it sends the call to.
    leads_to: Vec<String>,
}

/// Extensions that nobody's call begins in.
const LATER: [&str; 7] = ["T", "a", "e", "h", "i", "o", "t"];

/// The context, and those that a call may come to from there.
async fn reachable(link: &Link, context: &str) -> Result<HashMap<String, Context>, LinkError> {
    let (mut open, mut contexts) = (vec![context.to_owned()], HashMap::new());
    while let Some(name) = open.pop().filter(|_| contexts.len() < MOST) {
        let Ok(action) = Action::new("ShowDialPlan").with("Context", name.as_str()) else { continue };
        let answer = match link.ask(action).await {
            Ok(answer) => answer,
            Err(error) if contexts.is_empty() => return Err(error),
            // An included context may be missing; the first one exists.
            Err(_) => continue,
        };
        let context = read(&answer.items);
        let next = context.extensions.values().flat_map(|does| &does.leads_to).chain(&context.includes).cloned();
        let next: Vec<String> = next.filter(|next| *next != name && !contexts.contains_key(next)).collect();
        open.extend(next);
        contexts.insert(name, context);
    }
    Ok(contexts)
}

fn read(items: &[Message]) -> Context {
    let mut context = Context::default();
    for item in items {
        let (extension, does) = (item.get("Extension"), item.get("AppData"));
        let included = item.get("IncludeContext");
        if !included.is_empty() {
            context.includes.push(included.to_owned());
        }
        // Extensions that a module makes (parking places) cannot be changed in a file.
        let written = item.get("Registrar").starts_with("pbx_");
        if extension.is_empty() || !written || item.get("Priority") == "hint" || LATER.contains(&extension) {
            continue;
        }
        let known = context.extensions.entry(extension.to_owned()).or_default();
        known.cleans |= ["uncall-clean", "uncall-carrier"].iter().any(|name| does.contains(name))
            || (does.contains("CALLERID(") && does.contains("FILTER("));
        let place: Vec<&str> = does.split(',').collect();
        if let (true, [leads_to, _extension, _priority]) = (item.get("Application") == "Goto", place.as_slice()) {
            known.leads_to.push((*leads_to).to_owned());
        }
    }
    context
}

/// The extensions of a context, and of those that it includes, that take callers' numbers as they are.
fn uncleaned(contexts: &HashMap<String, Context>, first: &str) -> Vec<String> {
    let (mut open, mut seen, mut found) = (vec![first], HashSet::new(), Vec::new());
    while let Some(name) = open.pop() {
        let Some(context) = contexts.get(name).filter(|_| seen.insert(name)) else { continue };
        let cleaned = |does: &Does| {
            let leads = || does.leads_to.iter().filter(|next| contexts.contains_key(*next));
            does.cleans || (leads().next().is_some() && leads().all(|next| contexts.get(next).is_some_and(all_clean)))
        };
        found.extend(context.extensions.iter().filter(|(_, does)| !cleaned(does)).map(|(extension, _)| {
            let extension = printable(extension);
            if name == first { extension } else { format!("{extension} of {}", printable(name)) }
        }));
        open.extend(context.includes.iter().rev().map(String::as_str));
    }
    found
}

/// Whether every call that comes to the context is cleaned there.
fn all_clean(context: &Context) -> bool {
    !context.extensions.is_empty() && context.includes.is_empty() && context.extensions.values().all(|does| does.cleans)
}
