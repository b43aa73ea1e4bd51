//! Checks that line breaks are removed from what carriers send before it is in every event.

use std::collections::HashSet;

use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, printable, variable};
use crate::action::Action;
use crate::device::Technology;
use crate::link::LinkError;
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
    vec![match cleans(link, context).await {
        Ok(true) => Finding::ok(format!("callers: what {shown} sends is cleaned of line breaks in {name}")),
        Ok(false) => Finding::missing(format!(
            "callers: {name}, where calls from {shown} come in, takes a caller's number as it is, line breaks included; include \
             uncall-trunk there instead of uncall-local, or begin with Gosub(uncall-clean,s,1)"
        ))
        .add(File::Extensions, &format!("; in [{name}], in place of `include => uncall-local`:"), "; include => uncall-trunk"),
        Err(LinkError::Refused(_)) => {
            Finding::missing(format!("callers: {name}, where calls from {shown} come in, is not in the dialplan"))
                .add(File::Extensions, &format!("[{name}]"), "include => uncall-trunk")
        }
        Err(_) => Finding::not_checked(format!("callers: Asterisk does not show {name}")),
    }]
}

async fn context(link: &Link, endpoint: &str) -> Option<String> {
    let action = Action::new("PJSIPShowEndpoint").with("Endpoint", endpoint).ok()?;
    let answer = link.ask(action).await.ok()?;
    let detail = answer.items.iter().find(|item| item.event() == "EndpointDetail")?;
    Some(detail.get("Context").to_owned()).filter(|context| !context.is_empty())
}

/// Whether the context, or one that it includes, removes line breaks from callers' numbers, by this package's means or its own.
async fn cleans(link: &Link, context: String) -> Result<bool, LinkError> {
    let (mut open, mut seen) = (vec![context], HashSet::new());
    while let Some(context) = open.pop().filter(|_| seen.len() < MOST) {
        let Ok(action) = Action::new("ShowDialPlan").with("Context", context.as_str()) else { continue };
        let answer = match link.ask(action).await {
            Ok(answer) => answer,
            Err(error) if seen.is_empty() => return Err(error),
            // An included context may be missing; the first one exists.
            Err(_) => continue,
        };
        seen.insert(context);
        for item in &answer.items {
            let does = item.get("AppData");
            if ["uncall-clean", "uncall-carrier"].iter().any(|name| does.contains(name))
                || (does.contains("CALLERID(") && does.contains("FILTER("))
            {
                return Ok(true);
            }
            let included = item.get("IncludeContext");
            if !included.is_empty() && !seen.contains(included) {
                open.push(included.to_owned());
            }
        }
    }
    Ok(false)
}
