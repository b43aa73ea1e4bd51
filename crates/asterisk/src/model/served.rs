//! Which channels and devices are agents' phones.

use std::collections::{BTreeMap, HashMap};

use uncall_contract::Extension;

use crate::device::{Device, Pattern};
use crate::options::Options;

/// The most digits of an extension. Without a list of extensions, a device named by a longer number is a trunk.
const DIGITS: usize = 6;

/// The served agents and their phones. An agent is identified by the API's number, the extension.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    ranges: Vec<(Extension, Extension)>,
    /// The phones of agents who are listed individually.
    listed: BTreeMap<Extension, Vec<Device>>,
    owners: HashMap<String, Extension>,
    /// The phones of all others.
    patterns: Vec<Pattern>,
}

impl Served {
    pub(crate) fn new(options: &Options) -> Served {
        let listed = options.phones.agents.clone();
        let each = |(exten, devices): (&Extension, &Vec<Device>)| {
            devices.iter().map(|device| (device.key().to_owned(), exten.clone())).collect::<Vec<_>>()
        };
        let owners = listed.iter().flat_map(each).collect();
        let mut patterns = options.phones.others.clone();
        if patterns.is_empty() {
            patterns.push(Pattern::of(options.technology));
        }
        Served { ranges: options.extensions.clone(), listed, owners, patterns }
    }

    /// Whose phone a device is, such as `PJSIP/801`. If several patterns match, the most specific one decides: `PJSIP/99801` is
    /// 801's second phone, if there is a pattern for such.
    pub(crate) fn device(&self, device: &str) -> Option<Extension> {
        let device = device.strip_suffix("/n").unwrap_or(device);
        if let Some(owner) = self.owners.get(device) {
            return Some(owner.clone());
        }
        let fits = self.patterns.iter().filter_map(|pattern| {
            let exten = Extension::parse(pattern.exten(device)?).ok()?;
            let agent = !self.listed.contains_key(&exten) && self.serves(&exten, pattern);
            agent.then_some((pattern.says(), exten))
        });
        fits.max_by_key(|(says, _)| *says).map(|(_, exten)| exten)
    }

    /// Whose phone a channel belongs to, such as `PJSIP/801-0000001a`.
    pub(crate) fn channel(&self, name: &str) -> Option<Extension> {
        self.device(name.rsplit_once('-')?.0)
    }

    /// An agent's phones, in the order of the settings, whether the PBX has them or not.
    pub(crate) fn phones(&self, exten: &Extension) -> Vec<Device> {
        match self.listed.get(exten) {
            Some(devices) => devices.clone(),
            None => self.patterns.iter().map(|pattern| pattern.device(exten)).collect(),
        }
    }

    /// The phones that the settings list individually.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&Extension, &Device)> {
        self.listed.iter().flat_map(|(exten, devices)| devices.iter().map(move |device| (exten, device)))
    }

    /// The extension that a queue rings through this member: an agent's phone, a way through the dialplan
    /// (`Local/801@from-queue/n`), or the source of its state (`hint:801@ext-local`).
    pub(crate) fn member(&self, interface: &str, state_interface: &str) -> Option<Extension> {
        let agent = |exten: &Extension| {
            self.listed.contains_key(exten) || self.patterns.iter().any(|pattern| self.serves(exten, pattern))
        };
        let way = |name: &str, kind: &str| {
            let (exten, _context) = name.strip_prefix(kind)?.split_once('@')?;
            Extension::parse(exten).ok().filter(agent)
        };
        let of = |name: &str| self.device(name).or_else(|| way(name, "Local/")).or_else(|| way(name, "hint:"));
        of(interface).or_else(|| of(state_interface))
    }

    fn serves(&self, exten: &Extension, pattern: &Pattern) -> bool {
        if self.ranges.is_empty() {
            let (text, least) = (exten.as_str(), if pattern.is_bare() { 1 } else { 3 });
            return text.bytes().all(|byte| byte.is_ascii_digit()) && (least..=DIGITS).contains(&text.len());
        }
        self.ranges.iter().any(|(first, last)| match (number(exten), number(first), number(last)) {
            // 0801 is not 801, so the lengths count too.
            (Some(exten), Some(first), Some(last)) => first <= exten && exten <= last,
            (_, _, _) => exten == first || exten == last,
        })
    }
}

fn number(exten: &Extension) -> Option<(usize, u128)> {
    let text = exten.as_str();
    Some((text.len(), text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Listed;
    use crate::model::tests::options;

    fn served(ranges: &[(&str, &str)], phones: &[(&str, &[&str])]) -> Served {
        let exten = |text: &str| Extension::parse(text).unwrap();
        let table = phones.iter().map(|(who, devices)| {
            ((*who).to_owned(), devices.iter().map(|device| (*device).to_owned()).collect::<Vec<_>>())
        });
        Served::new(&Options {
            extensions: ranges.iter().map(|(first, last)| (exten(first), exten(last))).collect(),
            phones: Listed::try_from(table.collect::<BTreeMap<_, _>>()).unwrap(),
            ..options()
        })
    }

    fn whose(served: &Served, channel: &str) -> String {
        served.channel(channel).map(String::from).unwrap_or_default()
    }

    #[test]
    fn phones_and_others() {
        let all = served(&[], &[]);
        assert_eq!(whose(&all, "PJSIP/801-0000001a"), "801");
        for other in [
            "PJSIP/trunk-0000001a",
            "PJSIP/057188886666-0000001a",
            "PJSIP/80-1-0000001a",
            "SIP/801-0000001a",
            "PJSIP/801",
            "PJSIP/-1",
            "Local/801@x-1;1",
            "801-1",
            "",
        ] {
            assert_eq!(all.channel(other), None, "{other}");
        }
        assert_eq!(all.device("PJSIP/8010").unwrap().as_str(), "8010");
        for (interface, state, exten) in [
            ("PJSIP/801", "PJSIP/801", Some("801")),
            ("Local/801@uncall-local/n", "", Some("801")),
            ("Local/801@from-queue/n", "hint:801@ext-local", Some("801")),
            ("Local/agent-at-home@queue", "PJSIP/802", Some("802")),
            ("Agent/7", "hint:803@ext-local", Some("803")),
            ("Local/801", "", None),
            ("PJSIP/trunk/sip:801@x", "", None),
            ("", "", None),
        ] {
            let found = all.member(interface, state);
            assert_eq!(found.as_ref().map(Extension::as_str), exten, "{interface} {state}");
        }
        let some = served(&[("801", "810"), ("13800138000", "13800138000")], &[]);
        for (device, is) in [
            ("PJSIP/801", true),
            ("PJSIP/810", true),
            ("PJSIP/811", false),
            ("PJSIP/0805", false),
            ("PJSIP/13800138000", true),
            ("PJSIP/trunk", false),
        ] {
            assert_eq!(some.device(device).is_some(), is, "{device}");
        }
    }

    #[test]
    fn an_agent_has_several_phones_of_any_technology() {
        let phones = served(
            &[],
            &[
                ("801", &["PJSIP/801", "SIP/801-mobile", "Local/801@mobile/n"]),
                ("895", &["PJSIP/0004f2abcdef", "DAHDI/1", "SCCP/desk-895", "IAX2/895"]),
                ("*", &["PJSIP/{exten}", "PJSIP/99{exten}"]),
            ],
        );
        for (channel, agent) in [
            ("PJSIP/801-00000001", "801"),
            ("SIP/801-mobile-00000001", "801"),
            ("Local/801@mobile-00000001;1", "801"),
            ("PJSIP/0004f2abcdef-00000001", "895"),
            ("DAHDI/1-1", "895"),
            ("SCCP/desk-895-0000000a", "895"),
            ("IAX2/895-1234", "895"),
            ("PJSIP/802-00000001", "802"),
            ("PJSIP/99802-00000001", "802"),
            // Listed by themselves, so these are all their phones.
            ("PJSIP/895-00000001", ""),
            ("PJSIP/99801-00000001", "99801"),
            ("PJSIP/99-00000001", "99"),
            ("PJSIP/991-00000001", "991"),
            ("PJSIP/057188886666-00000001", ""),
            ("SIP/802-00000001", ""),
        ] {
            assert_eq!(whose(&phones, channel), agent, "{channel}");
        }
        let dialled = |exten: &str| {
            let phones = phones.phones(&Extension::parse(exten).unwrap());
            phones.iter().map(|device| device.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(dialled("801"), ["PJSIP/801", "SIP/801-mobile", "Local/801@mobile/n"]);
        assert_eq!(dialled("802"), ["PJSIP/802", "PJSIP/99802"]);
    }
}
