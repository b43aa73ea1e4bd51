//! Which channels and devices are agents' phones.

use uncall_contract::Extension;

use crate::asterisk::options::{Options, Technology};

/// The extensions that are served.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) technology: Technology,
    ranges: Vec<(Extension, Extension)>,
}

impl Served {
    pub(crate) fn new(options: &Options) -> Served {
        Served { technology: options.technology, ranges: options.extensions.clone() }
    }

    /// The extension of a device, such as `PJSIP/801`, if it is served.
    pub(crate) fn device(&self, device: &str) -> Option<Extension> {
        let exten = device.strip_prefix(self.technology.as_str())?.strip_prefix('/')?;
        Extension::parse(exten).ok().filter(|exten| self.serves(exten))
    }

    /// The extension of a channel, such as `PJSIP/801-0000001a`.
    pub(crate) fn channel(&self, name: &str) -> Option<Extension> {
        self.device(name.rsplit_once('-')?.0)
    }

    /// The extension that a queue rings by this member: a phone of its own, a way through the dialplan (`Local/801@from-queue/n`),
    /// or what its state is taken from (`hint:801@ext-local`).
    pub(crate) fn member(&self, interface: &str, state_interface: &str) -> Option<Extension> {
        let way = |name: &str, kind: &str| {
            let (exten, _context) = name.strip_prefix(kind)?.split_once('@')?;
            Extension::parse(exten).ok().filter(|exten| self.serves(exten))
        };
        let of = |name: &str| self.device(name).or_else(|| way(name, "Local/")).or_else(|| way(name, "hint:"));
        of(interface).or_else(|| of(state_interface))
    }

    fn serves(&self, exten: &Extension) -> bool {
        if self.ranges.is_empty() {
            return exten.as_str().bytes().all(|byte| byte.is_ascii_digit());
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

    fn served(ranges: &[(&str, &str)]) -> Served {
        let exten = |text: &str| Extension::parse(text).unwrap();
        let ranges = ranges.iter().map(|(first, last)| (exten(first), exten(last))).collect();
        Served { technology: Technology::PjSip, ranges }
    }

    #[test]
    fn phones_and_others() {
        let all = served(&[]);
        assert_eq!(all.channel("PJSIP/801-0000001a").unwrap().as_str(), "801");
        for other in
            ["PJSIP/trunk-0000001a", "SIP/801-0000001a", "PJSIP/801", "PJSIP/-1", "Local/801@x-1;1", "801-1", ""]
        {
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
        let some = served(&[("801", "810"), ("reception", "reception")]);
        for (device, is) in [
            ("PJSIP/801", true),
            ("PJSIP/810", true),
            ("PJSIP/811", false),
            ("PJSIP/0805", false),
            ("PJSIP/reception", true),
            ("PJSIP/trunk", false),
        ] {
            assert_eq!(some.device(device).is_some(), is, "{device}");
        }
    }
}
