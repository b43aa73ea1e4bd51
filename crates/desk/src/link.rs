//! Links that other programs hand over: `tel:+8613421829060`, `callto:`, `sip:number@host`, `uncall:number`. Whatever wrote
//! one is a stranger; a number comes out of it by the same rules as what an agent types, and nothing else does.

use percent_encoding::percent_decode_str;
use uncall_contract::{Invalid, PhoneNumber};

use crate::number;
use crate::problem::Problem;

/// What the panel is registered for.
const SCHEMES: [&str; 5] = ["tel", "callto", "sip", "sips", "uncall"];
/// Longer than any link with a number: 40 digits, each escaped, and parameters.
const LONGEST: usize = 1024;

/// Whether this is a link of a kind that the panel takes, usable or not.
pub fn is_link(text: &str) -> bool {
    split(text).is_some()
}

/// The number that a link names. Parameters and headers (RFC 3966, RFC 3261), a SIP address's password and host are
/// dropped; percent escapes are read once.
///
/// # Errors
/// `link_unusable`; its detail is `scheme`, `too long`, `host` (a SIP address without a user), `encoding`, or one of
/// [`number::dialled`].
pub fn number(link: &str) -> Result<PhoneNumber, Problem> {
    let unusable = |detail: &str| Problem::new("link_unusable", detail);
    if link.len() > LONGEST {
        return Err(unusable("too long"));
    }
    let (scheme, rest) = split(link).ok_or_else(|| unusable("scheme"))?;
    let rest = rest.trim_start_matches('/');
    let address = rest.find([';', '?']).map_or(rest, |end| rest.get(..end).unwrap_or(rest));
    // Browsers put a slash behind what they take for a host.
    let address = address.trim_end_matches('/');
    let user = match address.rsplit_once('@') {
        Some((user, _host)) => user.split_once(':').map_or(user, |(user, _password)| user),
        // RFC 3261 has a host here, but a host's last label does not begin with a digit: this is a number.
        None if scheme.starts_with("sip") && address.contains('.') => return Err(unusable("host")),
        None => address,
    };
    let decoded = percent_decode_str(user).decode_utf8().map_err(|_| unusable("encoding"))?;
    if let Some(control) = decoded.chars().find(|c| c.is_control()) {
        return Err(number::explained("link_unusable", &Invalid::Character(control)));
    }
    number::dialled(&decoded).map_err(|problem| unusable(&problem.detail))
}

/// The scheme, in small letters, and what stands behind its colon.
fn split(link: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = link.trim().split_once(':')?;
    let known = SCHEMES.into_iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    Some((known, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_number_of_a_link() {
        for (link, is) in [
            ("tel:+8613421829060", "+8613421829060"),
            ("TEL:+86-134-2182-9060", "+8613421829060"),
            ("tel:+86%20134%202182%209060", "+8613421829060"),
            ("tel:%2B86(10)6552.1234", "+861065521234"),
            (" tel:010-6552 1234 ", "01065521234"),
            ("tel://13421829060/", "13421829060"),
            ("tel:7042;phone-context=example.com", "7042"),
            ("tel:+8610;ext=5;isub=1?subject=hello", "+8610"),
            ("tel:*31#13800138000", "*31#13800138000"),
            ("tel:%2331%2313800138000", "#31#13800138000"),
            ("tel:８６１０", "8610"),
            ("callto:+8613421829060", "+8613421829060"),
            ("callto://13421829060?call", "13421829060"),
            ("callto:802@pbx.example", "802"),
            ("sip:13421829060@pbx.example", "13421829060"),
            ("sip:+8613421829060@pbx.example:5060;transport=udp?Subject=x@y", "+8613421829060"),
            ("sip:13421829060;phone-context=+86@pbx.example;user=phone", "13421829060"),
            ("sip:802:secret@pbx.example", "802"),
            ("sips:802@10.0.0.1", "802"),
            ("sip:802", "802"),
            ("uncall:13421829060", "13421829060"),
            ("uncall://13421829060/", "13421829060"),
        ] {
            assert!(is_link(link), "{link}");
            assert_eq!(number(link).map(|number| number.to_string()), Ok(is.into()), "{link}");
        }
    }

    #[test]
    fn a_hostile_link_names_no_number() {
        let long = format!("tel:{}", "1".repeat(41));
        let endless = format!("tel:{}", " ".repeat(2000));
        for (link, detail) in [
            ("", "scheme"),
            ("13421829060", "scheme"),
            ("https://example.com/13421829060", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("telx:1", "scheme"),
            ("tel:", "empty"),
            ("tel:///", "empty"),
            ("tel:;ext=802", "empty"),
            ("tel:?802", "empty"),
            ("tel:1-800-FLOWERS", "F"),
            ("tel:802%00", "\\u{0}"),
            ("tel:802%0d%0aX-Header:1", "\\u{d}"),
            ("tel:802\n803", "\\u{a}"),
            ("tel:802%3Bx", ";"),
            ("tel:802%2C803", ","),
            ("tel:802,803", ","),
            ("tel:%25", "%"),
            // Read once: what comes out is not read again.
            ("tel:%2531", "%"),
            ("tel:80%", "%"),
            ("tel:80%zz", "%"),
            ("tel:%ff%fe", "encoding"),
            ("tel:8\u{202e}02x", "x"),
            ("tel:++86", "+"),
            ("tel:<script>", "<"),
            ("tel:\" --config \\\\evil\\share", "\""),
            ("sip:pbx.example", "host"),
            ("sip:192.168.160.211", "host"),
            ("sip:agent-2@pbx.example", "a"),
            ("sip:@pbx.example", "empty"),
            ("uncall:dial/802", "d"),
            (&long, "too long"),
            (&endless, "too long"),
        ] {
            let problem = number(link).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), ("link_unusable", detail), "{link:?}");
        }
    }

    proptest! {
        #[test]
        fn no_link_is_more_than_digits(rest in "\\PC{0,60}", scheme in 0..SCHEMES.len()) {
            let link = format!("{}:{rest}", SCHEMES[scheme]);
            if let Ok(number) = number(&link) {
                prop_assert!(number.as_str().chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')));
                prop_assert!(number::dialled(number.as_str()).is_ok());
            }
        }

        #[test]
        fn no_text_is_a_panic(text in any::<String>()) {
            let _ = (is_link(&text), number(&text));
        }
    }
}
