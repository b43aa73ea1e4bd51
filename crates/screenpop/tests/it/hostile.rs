//! Whatever a call says, an address stays the one that was written.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use uncall_screenpop::{Address, Answer, Event, Facts, Pattern, Program, Rule, Template};

use super::{call, plain, post_of, rule};

/// Texts as callers, directories and agents may have them, with what addresses are made of.
fn text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "..",
        ".",
        "/",
        "\\",
        "//",
        "://",
        "@",
        ":",
        "?",
        "#",
        "&",
        "=",
        "%",
        "%2e",
        "%2F",
        "%00",
        "\r\n",
        "\t",
        " ",
        "\0",
        "evil.example",
        "javascript:",
        "李雷",
        "\u{202e}",
        "\u{ff0f}",
        "\"",
        "'",
        "<",
        "{name}",
        "}",
        "+",
        ";",
        "x",
    ]);
    prop_oneof![prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat()), ".{0,40}", "\\PC*"]
}

fn facts() -> impl Strategy<Value = Facts> {
    (text(), text(), text(), text(), text()).prop_map(|(calla, uid, name, note, company)| Facts {
        other: calla.clone(),
        calla,
        uid,
        name: Some(name),
        note: Some(note),
        company: Some(company),
        ..call()
    })
}

const TEMPLATES: [&str; 8] = [
    "https://crm.example/?q={name}",
    "https://crm.example/a/{calla}/b/{name}?x={uid}&y={note}#z={company}",
    "http://crm.example:8080/{name}{calla}{uid}",
    "https://crm.example?{name}",
    "https://crm.example#{name}",
    "https://crm.example/x#/{name}/{calla}?a={uid}",
    "http://[::1]:8080/{note}.{name}",
    "sap:x{name}{calla}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scheme_host_port_and_shape_never_change(facts in facts(), which in 0..TEMPLATES.len()) {
        let template = TEMPLATES[which];
        let of = |value: &str| {
            let all = Facts {
                calla: value.into(),
                uid: value.into(),
                name: Some(value.into()),
                note: Some(value.into()),
                company: Some(value.into()),
                ..call()
            };
            Address::parse(template).unwrap().fill(Event::Ring, &all).unwrap()
        };
        let tame = of("x");
        if let Ok(url) = Address::parse(template).unwrap().fill(Event::Ring, &facts) {
            prop_assert_eq!((url.scheme(), url.host_str(), url.port()), (tame.scheme(), tame.host_str(), tame.port()));
            prop_assert_eq!((url.username(), url.password()), ("", None));
            let segments = |url: &url::Url| url.path_segments().map(Iterator::count);
            prop_assert_eq!(segments(&url), segments(&tame));
            let pairs = |url: &url::Url| url.query().map(|query| query.split('&').count());
            prop_assert_eq!(pairs(&url), pairs(&tame));
            prop_assert_eq!(url.fragment().is_some(), tame.fragment().is_some());
            // What a browser reads is what was handed over.
            prop_assert_eq!(url::Url::parse(url.as_str()).unwrap(), url.clone());
            prop_assert!(url.as_str().is_ascii() && !url.as_str().contains(char::is_whitespace));
            // And the values are in it as they are, unless they were cut.
            if which == 0 && url.as_str().len() < 500 {
                let (_, q) = url.query_pairs().next().unwrap();
                let name = facts.name.unwrap();
                prop_assert_eq!(q.replace('+', " "), name.replace('+', " "));
            }
        }
    }

    #[test]
    fn arguments_stay_arguments(facts in facts()) {
        let words = ["/usr/bin/pop", "{raw:name}", "{name}", "--x={raw:note}"].map(str::to_owned);
        let filled = Program::parse(&words).unwrap().fill(Event::End, &facts, false).unwrap();
        prop_assert_eq!(filled.len(), 3);
        prop_assert!(filled.iter().all(|argument| !argument.contains(char::is_control)));
        prop_assert!(!filled[0].starts_with(['-', '/', '@']) && !filled[1].starts_with('-') && filled[2].starts_with("--x="));
    }

    #[test]
    fn headers_and_json_hold_any_value(facts in facts()) {
        let rule = rule(serde_json::json!({"on": "end", "post": "http://c.example/x", "headers": {"x-name": "{raw:name}"}}));
        let parcel = super::webhooks::parcel("p", &rule, facts.clone());
        let request = post_of(&rule).request(&parcel, parcel.at).unwrap();
        prop_assert!(request.headers.iter().all(|(_, value)| http::HeaderValue::from_bytes(value.as_bytes()).is_ok()));
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        prop_assert_eq!(body["call"]["name"].as_str(), facts.name.as_deref());
        prop_assert_eq!(body["call"]["note"].as_str(), facts.note.as_deref());
    }

    #[test]
    fn nothing_that_is_read_panics(text in text(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Template::parse(&text, true);
        let _ = Address::parse(&text);
        let _ = Pattern::new(&text).fits(&text);
        let _ = Rule::read(serde_json::json!({"on": ["ring"], "open": text}));
        let _ = Rule::read(serde_json::json!({ "on": text, "run": [text] }));
        let rule = rule(serde_json::json!({"on": "end", "post": "http://c.example/", "answer_hosts": [text]}));
        let _ = Answer::read(&bytes, post_of(&rule), &plain());
        let said = serde_json::json!({"open": text, "name": text, "dispositions": [text]}).to_string();
        let answer = Answer::read(said.as_bytes(), post_of(&rule), &plain());
        if let Some(Ok(url)) = answer.open {
            prop_assert!(matches!(url.scheme(), "http" | "https"));
        }
        prop_assert!(answer.name.is_none_or(|name| !name.contains(char::is_control)));
    }

    #[test]
    fn a_pattern_is_what_a_regular_expression_says(pattern in "[0-3*?]{0,8}", number in "[0-3]{0,10}") {
        let as_regex = proptest::string::string_regex(&pattern.replace('*', "[0-3]{0,10}").replace('?', "[0-3]")).unwrap();
        // Whatever the expression makes, fits.
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let made = as_regex.new_tree(&mut runner).unwrap().current();
        prop_assert!(Pattern::new(&pattern).fits(&made), "{} {}", pattern, made);
        if !pattern.contains(['*', '?']) {
            prop_assert_eq!(Pattern::new(&pattern).fits(&number), pattern == number);
        }
    }
}
