//! Checks the agents and their phones: an endpoint, a hint and a way through the dialplan for each.

use std::collections::{BTreeMap, HashMap};

use uncall_contract::Extension;

use super::dialplan::{Dialplan, exists};
use super::finding::list;
use super::lines::patterns;
use super::rights::Rights;
use super::section::File;
use super::{Finding, Link, all, printable, variable, why};
use crate::action::Action;
use crate::device::Device;
use crate::model::Served;
use crate::options::Options;

/// The most extensions to check one by one.
const MOST: usize = 2000;
/// Technologies whose devices may be phones or trunks.
const TECHNOLOGIES: [&str; 6] = ["PJSIP", "SIP", "IAX2", "SCCP", "DAHDI", "Dongle"];

/// An agent and the agent's phones, each with its state, or `None` if the PBX does not know it.
struct Agent {
    exten: String,
    phones: Vec<(Device, Option<String>)>,
}

pub(super) async fn look(link: &Link, rights: &Rights, dialplan: &Dialplan, options: &Options) -> Vec<Finding> {
    if !rights.may("DeviceStateList") {
        return vec![Finding::not_checked(
            "endpoints, hints: asking for them takes the right `reporting` or `call` (DeviceStateList)",
        )];
    }
    let states = match link.ask(Action::new("DeviceStateList")).await {
        Ok(answer) => answer.items,
        Err(error) => return vec![Finding::not_checked(format!("endpoints, hints: DeviceStateList: {}", why(&error)))],
    };
    let states: HashMap<String, String> =
        states.iter().map(|item| (item.get("Device").to_owned(), item.get("State").to_owned())).collect();
    let agents = agents(link, &Served::new(options), options, &states).await;
    if agents.is_empty() {
        return vec![Finding::missing(format!(
            "endpoints: the PBX knows no {} phone with a number for a name; see `technology`, or set `extensions` or \
             [asterisk.phones]",
            options.technology.as_str()
        ))];
    }
    let extensions: Vec<String> = agents.iter().map(|agent| agent.exten.clone()).collect();
    let mut findings = vec![whose(&agents, &states), endpoints(&agents, options, dialplan.internal())];
    // The hint of a pattern exists only with its phone.
    let known: Vec<Agent> = agents.into_iter().filter(|agent| agent.known().next().is_some()).collect();
    findings.push(hints(link, &known, dialplan.internal()).await);
    findings.push(ways(link, &extensions, dialplan).await);
    findings
}

/// The agents of the settings, else all whose phones the PBX knows.
async fn agents(link: &Link, served: &Served, options: &Options, states: &HashMap<String, String>) -> Vec<Agent> {
    let listed = served.listed().map(|(exten, _)| exten.to_string());
    let mut extensions: Vec<String> = if options.extensions.is_empty() {
        let known = states.keys().filter_map(|device| served.device(device)).map(String::from);
        known.chain(listed).collect()
    } else {
        let ranges = options.extensions.iter().flat_map(|(first, last)| numbers(first, last)).take(MOST);
        ranges.chain(listed).collect()
    };
    extensions.sort();
    extensions.dedup();
    extensions.truncate(MOST);
    let phones = |exten: &String| Extension::parse(exten).map(|exten| served.phones(&exten)).unwrap_or_default();
    let phones: Vec<(String, Vec<Device>)> =
        extensions.into_iter().map(|exten| (exten.clone(), phones(&exten))).collect();
    // A phone with no activity so far may be missing from the list.
    let unlisted = phones.iter().flat_map(|(_, phones)| phones).filter(|phone| !states.contains_key(phone.key()));
    let unlisted: Vec<&str> = unlisted.map(Device::key).collect();
    let names: Vec<String> = unlisted.iter().map(|phone| format!("DEVICE_STATE({phone})")).collect();
    let asked = all(names.iter().map(|name| variable(link, name))).await;
    let asked: HashMap<&str, String> =
        unlisted.iter().zip(asked).filter_map(|(phone, state)| Some((*phone, state?))).collect();
    let state = |phone: &Device| {
        let state = states.get(phone.key()).or_else(|| asked.get(phone.key()));
        state.filter(|state| !state.is_empty() && *state != "INVALID").cloned()
    };
    let agent = |(exten, phones): &(String, Vec<Device>)| Agent {
        exten: exten.clone(),
        phones: phones.iter().map(|phone| (phone.clone(), state(phone))).collect(),
    };
    phones.iter().map(agent).collect()
}

/// How devices were assigned.
fn whose(agents: &[Agent], states: &HashMap<String, String>) -> Finding {
    let mut owned = Vec::new();
    let mut lines = Vec::new();
    for agent in agents {
        let phones: Vec<&str> = agent.known().map(Device::key).collect();
        lines.push(format!(
            "{} ({})",
            agent.exten,
            if phones.is_empty() { "none".to_owned() } else { phones.join(", ") }
        ));
        owned.extend(phones);
    }
    let phone =
        |device: &&String| device.split_once('/').is_some_and(|(technology, _)| TECHNOLOGIES.contains(&technology));
    let mut others: Vec<String> = states
        .keys()
        .filter(phone)
        .filter(|device| !owned.contains(&device.as_str()))
        .map(|device| printable(device))
        .collect();
    others.sort();
    let others = if others.is_empty() { String::new() } else { format!("; nobody's: {}", list(&others)) };
    Finding::ok(format!("agents and their phones: {}{others}", list(&lines)))
}

impl Agent {
    /// Whether the agent has one phone, named like the extension, which is what the package's hints name.
    fn has_just_his(&self) -> bool {
        let own = |(phone, _): &(Device, _)| phone.key().split_once('/').is_some_and(|(_, name)| name == self.exten);
        self.phones.len() == 1 && self.phones.iter().all(own)
    }

    /// The phones known to the PBX.
    fn known(&self) -> impl Iterator<Item = &Device> {
        self.phones.iter().filter(|(_, state)| state.is_some()).map(|(phone, _)| phone)
    }
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

/// Checks that every agent has a phone, and that all phones listed one by one exist.
fn endpoints(agents: &[Agent], options: &Options, internal: &str) -> Finding {
    let listed = |agent: &Agent| options.phones.agents.keys().any(|exten| exten.as_str() == agent.exten);
    let mut missing = Vec::new();
    for agent in agents {
        if listed(agent) || agent.known().next().is_none() {
            missing
                .extend(agent.phones.iter().filter(|(_, state)| state.is_none()).map(|(phone, _)| phone.to_string()));
        }
    }
    if !missing.is_empty() {
        let what = list(&missing);
        let text = format!("endpoints: the PBX knows no phone {what}; see `extensions` and [asterisk.phones]");
        let named = missing.iter().filter_map(|phone| phone.strip_prefix("PJSIP/"));
        return named.fold(Finding::missing(text), |finding, name| endpoint(finding, name, internal));
    }
    let states = || agents.iter().flat_map(|agent| &agent.phones).filter_map(|(_, state)| state.as_deref());
    let away = states().filter(|state| *state == "UNAVAILABLE").count();
    Finding::ok(format!("endpoints: {}, {away} of them not registered now", states().count()))
}

/// The three sections of a phone, as in pjsip.sample.conf.
fn endpoint(finding: Finding, name: &str, internal: &str) -> Finding {
    let section = format!("[{name}]");
    let lines = [
        format!(
            "type=endpoint\ncontext={internal}\ndisallow=all\nallow=ulaw,alaw\ndirect_media=no\nauth={name}\naors={name}"
        ),
        format!("type=auth\nauth_type=userpass\nusername={name}\npassword=CHANGE-ME"),
        "type=aor\nmax_contacts=1\nremove_existing=yes".to_owned(),
    ];
    let [phone, login, place] = lines;
    finding.add(File::Pjsip, &section, phone).add(File::Pjsip, &format!("; its login\n{section}"), login).add(
        File::Pjsip,
        &format!("; where it is\n{section}"),
        place,
    )
}

async fn hints(link: &Link, agents: &[Agent], internal: &str) -> Finding {
    // Asking for a hint creates it from a pattern, wherever `internal` includes that from.
    let asked = all(agents.iter().map(|agent| hint(link, &agent.exten, internal))).await;
    // Hints may be in a context that phones don't dial in.
    let elsewhere = link.ask(Action::new("ExtensionStateList")).await.map(|answer| answer.items).unwrap_or_default();
    let elsewhere: HashMap<&str, &str> = elsewhere.iter().map(|item| (item.get("Exten"), item.get("Hint"))).collect();
    let (mut none, mut partly) = (Vec::new(), BTreeMap::new());
    for (agent, hint) in agents.iter().zip(&asked) {
        let hint = match hint {
            Ok(hint) => hint,
            Err(why) => return Finding::not_checked(format!("hints: ExtensionState: {why}")),
        };
        let other = elsewhere.get(agent.exten.as_str()).copied().unwrap_or_default();
        let lacks = |hint: &str| agent.known().filter(|phone| !names(hint, phone.key())).collect::<Vec<_>>();
        let best = if lacks(hint).len() <= lacks(other).len() { lacks(hint) } else { lacks(other) };
        if best.len() == agent.known().count() {
            none.push(agent);
        } else if !best.is_empty() {
            partly.insert(agent.exten.as_str(), best);
        }
    }
    if let Some(first) = none.first() {
        let phones: Vec<&str> = first.phones.iter().map(|(phone, _)| phone.key()).collect();
        let extens: Vec<&str> = none.iter().map(|agent| agent.exten.as_str()).collect();
        let finding = Finding::missing(format!(
            "hints: none for {}; include uncall-hints in {internal}, or add lines as `exten => {},hint,{}`",
            list(&extens),
            first.exten,
            phones.join("&")
        ));
        return none.iter().fold(finding, |finding, agent| {
            let text = if agent.has_just_his() { "include => uncall-hints".to_owned() } else { line(agent) };
            finding.add(File::Extensions, &format!("[{internal}]"), text)
        });
    }
    if partly.is_empty() {
        return Finding::ok(format!("hints: {}", agents.len()));
    }
    let remark = "; these in place of the hints that are there:".to_owned();
    let section = format!("[{internal}]");
    let lines = agents.iter().filter(|agent| partly.contains_key(agent.exten.as_str())).map(line);
    let lines = std::iter::once(remark).chain(lines).collect::<Vec<_>>().join("\n");
    let lacks = |(exten, phones): (&&str, &Vec<&Device>)| {
        let phones: Vec<&str> = phones.iter().map(|phone| phone.key()).collect();
        format!("{exten} has no {}", phones.join(", "))
    };
    Finding::missing(format!(
        "hints: {}; a lamp is dark while such a phone is in use: name all of them, joined by `&`",
        list(&partly.iter().map(lacks).collect::<Vec<_>>())
    ))
    .add(File::Extensions, &section, lines)
}

/// A hint with all phones of an agent, and the busy lamp.
fn line(agent: &Agent) -> String {
    let known: Vec<&str> = agent.known().map(Device::key).collect();
    let phones = if known.is_empty() { agent.phones.iter().map(|(phone, _)| phone.key()).collect() } else { known };
    format!("exten => {0},hint,{1}&Custom:DND{0}", agent.exten, phones.join("&"))
}

async fn hint(link: &Link, exten: &str, context: &str) -> Result<String, String> {
    let action = Action::new("ExtensionState")
        .with("Exten", exten)
        .and_then(|action| action.with("Context", context))
        .map_err(|unfit| unfit.to_string())?;
    link.ask(action).await.map(|answer| answer.response.get("Hint").to_owned()).map_err(|error| why(&error))
}

fn names(hint: &str, phone: &str) -> bool {
    hint.split(['&', ',']).any(|device| device == phone)
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
    let finding = Finding::missing(format!(
        "calls to the extensions: {context} does not know {}; include uncall-local there and see UNCALL_EXTENSIONS, or set \
         UNCALL_INTERNAL",
        list(&missing)
    ));
    let package = all(missing.iter().map(|exten| exists(link, "uncall-local", exten))).await;
    let unknown: Vec<&String> =
        missing.iter().zip(package).filter(|(_, found)| *found != Some(true)).map(|(exten, _)| *exten).collect();
    let finding = ranges(link, finding, &unknown, dialplan).await;
    finding.add(File::Extensions, &format!("[{context}]"), "include => uncall-local")
}

/// Suggests the package's setting for extensions that it does not know: the first free range.
async fn ranges(link: &Link, mut finding: Finding, unknown: &[&String], dialplan: &Dialplan) -> Finding {
    const RANGES: [&str; 3] = ["UNCALL_EXTENSIONS", "UNCALL_EXTENSIONS_2", "UNCALL_EXTENSIONS_3"];
    let mut free = Vec::new();
    for name in RANGES {
        let value = variable(link, name).await.unwrap_or_default();
        if dialplan.is_absent() || value.is_empty() || value.starts_with("_none") {
            free.push(name);
        }
    }
    let patterns = patterns(unknown);
    for (name, pattern) in free.iter().zip(&patterns) {
        finding = finding.add(File::Extensions, "[globals]", format!("{name}={pattern}"));
    }
    for pattern in patterns.iter().skip(free.len()) {
        let line = format!("; no UNCALL_EXTENSIONS is left for {pattern}: make one of them wider");
        finding = finding.add(File::Extensions, "[globals]", line);
    }
    finding
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
    }

    #[test]
    fn a_hint_may_name_several_devices() {
        assert!(names("PJSIP/801&Custom:DND801,CustomPresence:801", "PJSIP/801"));
        for other in ["", "PJSIP/8010", "SIP/801", "Custom:DND801"] {
            assert!(!names(other, "PJSIP/801"), "{other}");
        }
    }
}
