//! An endpoint, a hint and a way in the dialplan for each extension.

use std::collections::{HashMap, HashSet};

use uncall_contract::Extension;

use super::dialplan::{Dialplan, exists};
use super::finding::list;
use super::rights::Rights;
use super::{Finding, Link, all, variable, why};
use crate::asterisk::action::Action;
use crate::asterisk::options::Options;

/// Extensions that are looked at one by one.
const MOST: usize = 2000;

pub(super) async fn look(link: &Link, rights: &Rights, dialplan: &Dialplan, options: &Options) -> Vec<Finding> {
    if !rights.may("DeviceStateList") {
        return vec![Finding::not_checked("endpoints, hints: DeviceStateList is not permitted")];
    }
    let states = match link.ask(Action::new("DeviceStateList")).await {
        Ok(answer) => answer.items,
        Err(error) => return vec![Finding::not_checked(format!("endpoints, hints: DeviceStateList: {}", why(&error)))],
    };
    let technology = options.technology.as_str();
    let states: HashMap<String, String> = states
        .iter()
        .filter_map(|item| {
            let exten = item.get("Device").strip_prefix(technology)?.strip_prefix('/')?;
            Some((exten.to_owned(), item.get("State").to_owned()))
        })
        .collect();
    let extensions = served(options, &states);
    if extensions.is_empty() {
        return vec![Finding::missing(format!(
            "endpoints: the PBX knows no {technology} phone with a number for a name; see `technology`, or set `extensions`"
        ))];
    }
    let mut findings = vec![endpoints(link, &extensions, states, technology).await];
    findings.push(hints(link, &extensions, dialplan.internal(), technology).await);
    findings.push(ways(link, &extensions, dialplan).await);
    findings
}

/// Those of the settings, else every numeric device.
fn served(options: &Options, states: &HashMap<String, String>) -> Vec<String> {
    let mut extensions: Vec<String> = if options.extensions.is_empty() {
        states.keys().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).cloned().collect()
    } else {
        options.extensions.iter().flat_map(|(first, last)| numbers(first, last)).take(MOST).collect()
    };
    extensions.sort();
    extensions.dedup();
    extensions.truncate(MOST);
    extensions
}

fn numbers(first: &Extension, last: &Extension) -> impl Iterator<Item = String> {
    let width = first.as_str().len();
    let range = match (first.as_str().parse::<u64>(), last.as_str().parse::<u64>()) {
        (Ok(from), Ok(to)) if first != last => Some(from..=to),
        (_, _) => None,
    };
    let single = range.is_none().then(|| first.to_string());
    range.into_iter().flatten().map(move |number| format!("{number:0width$}")).chain(single)
}

async fn endpoints(
    link: &Link,
    extensions: &[String],
    mut states: HashMap<String, String>,
    technology: &str,
) -> Finding {
    // One that nothing has happened to yet may not be in the list.
    let unlisted: Vec<&String> = extensions.iter().filter(|exten| !states.contains_key(*exten)).collect();
    let names: Vec<String> = unlisted.iter().map(|exten| format!("DEVICE_STATE({technology}/{exten})")).collect();
    let asked = all(names.iter().map(|name| variable(link, name))).await;
    for (exten, state) in unlisted.into_iter().zip(asked) {
        if let Some(state) = state.filter(|state| !state.is_empty() && state != "INVALID") {
            states.insert(exten.clone(), state);
        }
    }
    let missing: Vec<&String> = extensions.iter().filter(|exten| !states.contains_key(*exten)).collect();
    if !missing.is_empty() {
        let what = list(&missing);
        return Finding::missing(format!("endpoints: the PBX knows no {technology} phone {what}; see `extensions`"));
    }
    let away = extensions.iter().filter(|exten| states.get(*exten).is_some_and(|state| state == "UNAVAILABLE")).count();
    Finding::ok(format!("endpoints: {} of {technology}, {away} of them not registered now", extensions.len()))
}

async fn hints(link: &Link, extensions: &[String], internal: &str, technology: &str) -> Finding {
    // Asking for one makes a pattern's hint a hint of its own, wherever `internal` includes it from.
    let asked = all(extensions.iter().map(|exten| hint(link, exten, internal))).await;
    let mut hinted: HashSet<&String> = HashSet::new();
    for (exten, hint) in extensions.iter().zip(&asked) {
        match hint {
            Ok(hint) if is_for(hint, technology, exten) => {
                hinted.insert(exten);
            }
            Ok(_other) => {}
            Err(why) => return Finding::not_checked(format!("hints: ExtensionState: {why}")),
        }
    }
    // Hints may stand in a context that phones don't dial in.
    let elsewhere = link.ask(Action::new("ExtensionStateList")).await.map(|answer| answer.items).unwrap_or_default();
    let elsewhere: HashMap<&str, &str> = elsewhere.iter().map(|item| (item.get("Exten"), item.get("Hint"))).collect();
    let missing: Vec<&String> = extensions
        .iter()
        .filter(|exten| !hinted.contains(exten))
        .filter(|exten| !elsewhere.get(exten.as_str()).is_some_and(|hint| is_for(hint, technology, exten)))
        .collect();
    if missing.is_empty() {
        return Finding::ok(format!("hints: {}", extensions.len()));
    }
    Finding::missing(format!(
        "hints: none for {}; include uncall-hints in {internal}, or add lines as `exten => 801,hint,{technology}/801`",
        list(&missing)
    ))
}

async fn hint(link: &Link, exten: &str, context: &str) -> Result<String, String> {
    let action = Action::new("ExtensionState")
        .with("Exten", exten)
        .and_then(|action| action.with("Context", context))
        .map_err(|unfit| unfit.to_string())?;
    link.ask(action).await.map(|answer| answer.response.get("Hint").to_owned()).map_err(|error| why(&error))
}

fn is_for(hint: &str, technology: &str, exten: &str) -> bool {
    hint.split(['&', ',']).any(|device| device.split_once('/') == Some((technology, exten)))
}

/// Whether phones can call each extension; click-to-dial goes the same way.
async fn ways(link: &Link, extensions: &[String], dialplan: &Dialplan) -> Finding {
    let context = dialplan.internal();
    let found = all(extensions.iter().map(|exten| exists(link, context, exten))).await;
    if found.contains(&None) {
        return Finding::not_checked(format!("calls to the extensions in {context}: Asterisk does not say"));
    }
    let missing: Vec<&String> =
        extensions.iter().zip(found).filter(|(_exten, found)| *found == Some(false)).map(|(exten, _)| exten).collect();
    if missing.is_empty() {
        return Finding::ok(format!("calls to the extensions in {context}: {}", extensions.len()));
    }
    Finding::missing(format!(
        "calls to the extensions: {context} does not know {}; include uncall-local there, or set UNCALL_INTERNAL",
        list(&missing)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_all_its_numbers() {
        let exten = |text: &str| Extension::parse(text).unwrap();
        let all = |first, last| numbers(&exten(first), &exten(last)).collect::<Vec<_>>();
        assert_eq!(all("0099", "0101"), ["0099", "0100", "0101"]);
        assert_eq!(all("801", "801"), ["801"]);
        assert_eq!(all("reception", "reception"), ["reception"]);
    }

    #[test]
    fn a_hint_may_name_several_devices() {
        assert!(is_for("PJSIP/801&Custom:DND801,CustomPresence:801", "PJSIP", "801"));
        for other in ["", "PJSIP/8010", "SIP/801", "Custom:DND801"] {
            assert!(!is_for(other, "PJSIP", "801"), "{other}");
        }
    }
}
