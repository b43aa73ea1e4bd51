//! Links, including hostile ones.

use proptest::prelude::*;
use uncall_number::{is_link, link, normalise};

#[test]
fn the_number_of_a_link() {
    for (text, dialled, extension) in [
        ("tel:+8613421829060", "+8613421829060", None),
        ("TEL:+86-134-2182-9060", "+8613421829060", None),
        ("tel:+86%20134%202182%209060", "+8613421829060", None),
        ("tel:%2B86(10)6552.1234", "+861065521234", None),
        (" tel:010-6552 1234 ", "01065521234", None),
        ("tel://13421829060/", "13421829060", None),
        ("tel:7042;phone-context=example.com", "7042", None),
        ("tel:+8610;ext=5;isub=1?subject=hello", "+8610", Some("5")),
        ("tel:010-65521234;isub=1;postd=pp9", "01065521234", Some("9")),
        ("tel:*31#13800138000", "*31#13800138000", None),
        ("tel:%2331%2313800138000", "#31#13800138000", None),
        ("tel:８６１０", "8610", None),
        ("tel:+44(0)2079460018", "+442079460018", None),
        ("tel:1-800-FLOWERS", "18003569377", None),
        ("callto:+8613421829060", "+8613421829060", None),
        ("callto://13421829060?call", "13421829060", None),
        ("callto:802@pbx.example", "802", None),
        ("sip:13421829060@pbx.example", "13421829060", None),
        ("sip:+8613421829060@pbx.example:5060;transport=udp?Subject=x@y", "+8613421829060", None),
        ("sip:13421829060;phone-context=+86@pbx.example;user=phone", "13421829060", None),
        ("sip:802:secret@pbx.example", "802", None),
        ("sips:802@10.0.0.1", "802", None),
        ("sip:802", "802", None),
        ("uncall:13421829060", "13421829060", None),
        ("uncall://13421829060/", "13421829060", None),
    ] {
        assert!(is_link(text), "{text}");
        let number = link(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!((number.dialled.as_str(), number.extension.as_deref()), (dialled, extension), "{text}");
    }
}

#[test]
fn a_hostile_link_names_no_number() {
    let long = format!("tel:{}", "1".repeat(41));
    let endless = format!("tel:{}", " ".repeat(2000));
    for (text, detail) in [
        ("", "scheme"),
        ("13421829060", "scheme"),
        ("https://example.com/13421829060", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("telx:1", "scheme"),
        ("tel:", "empty"),
        ("tel:///", "empty"),
        ("tel:;ext=802", "empty"),
        ("tel:?802", "empty"),
        ("tel:802%00", "U+0000"),
        ("tel:802%0d%0aX-Header:1", "“:”"),
        ("tel:802\n803", "802 / 803"),
        ("tel:13800138000%0d%0a13900139000", "13800138000 / 13900139000"),
        ("tel:13800138000%0b13900139000", "13800138000 / 13900139000"),
        ("tel:802%3Bx", "“;”"),
        ("tel:802,803", "802 / 803"),
        ("tel:802%2C803", "802 / 803"),
        ("tel:13800138000 13900139000", "13800138000 / 13900139000"),
        ("tel:%25", "“%”"),
        // Decoded once: the result is not decoded again.
        ("tel:%2531", "“%”"),
        ("tel:80%", "“%”"),
        ("tel:80%zz", "“%”"),
        ("tel:%ff%fe", "encoding"),
        ("tel:8\u{202e}02x", "“x”"),
        ("tel:++86", "“+”"),
        ("tel:<script>", "“<”"),
        ("tel:\" --config \\\\evil\\share", "“c”"),
        ("sip:pbx.example", "host"),
        ("sip:192.168.160.211", "host"),
        ("sip:agent-2@pbx.example", "“a”"),
        ("sip:@pbx.example", "empty"),
        ("uncall:dial/802", "“d”"),
        (&long, "too long"),
        (&endless, "too long"),
    ] {
        assert_eq!(link(text).map_err(|problem| problem.detail()), Err(detail.to_owned()), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_link_is_more_than_digits(rest in "\\PC{0,60}", scheme in 0_usize..5) {
        let text = format!("{}:{rest}", ["tel", "callto", "sip", "sips", "uncall"][scheme]);
        if let Ok(number) = link(&text) {
            prop_assert!(number.dialled.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')));
            prop_assert_eq!(normalise(&number.dialled).map(|number| number.dialled), Ok(number.dialled));
        }
    }
}
