//! What a webhook's receiver may ask for.

use serde_json::{Value, json};
use uncall_screenpop::{Answer, Misfit, Rule, Schemes};

use super::{plain, post_of, rule};

fn hook() -> Rule {
    rule(json!({"on": "ring", "post": "https://c.example/", "answer_hosts": ["crm.example", "*.CRM.cn"]}))
}

fn open(address: &str) -> Option<Result<String, Misfit>> {
    let answer = Answer::read(json!({ "open": address }).to_string().as_bytes(), post_of(&hook()), &plain());
    answer.open.map(|open| open.map(String::from))
}

#[test]
fn an_address_is_opened_on_listed_hosts_alone() {
    for good in ["https://crm.example/x?y=z#1", "http://crm.example:8080/", "https://a.crm.cn/", "https://a.b.crm.cn/x"]
    {
        assert_eq!(open(good), Some(Ok(good.to_owned())));
    }
    let host = |host: &str| Misfit::Host(host.to_owned());
    let scheme = |scheme: &str| Misfit::Scheme(scheme.to_owned());
    for (bad, why) in [
        ("https://evil.example/", host("evil.example")),
        ("https://crm.example.evil.example/", host("crm.example.evil.example")),
        ("https://xcrm.example/", host("xcrm.example")),
        ("https://crm.cn/", host("crm.cn")),
        ("https://xcrm.cn/", host("xcrm.cn")),
        ("https://.crm.cn/", host(".crm.cn")),
        ("https://evil.example\\@crm.example/", host("evil.example")),
        ("https://crm.example@evil.example/", Misfit::NoAddress),
        ("https://x:y@crm.example/", Misfit::NoAddress),
        ("//crm.example/", Misfit::NoAddress),
        ("crm.example", Misfit::NoAddress),
        ("", Misfit::NoAddress),
        ("javascript:alert(1)", scheme("javascript")),
        ("file:///etc/passwd", scheme("file")),
        ("sap:x", scheme("sap")),
        (&format!("https://crm.example/{}", "x".repeat(3000)), Misfit::TooLong),
    ] {
        assert_eq!(open(bad), Some(Err(why)), "{}", bad.get(..60).unwrap_or(bad));
    }
    // Without a list nothing is opened, whatever schemes are allowed.
    let rule = rule(json!({"on": "ring", "post": "https://c.example/"}));
    let answer = Answer::read(br#"{"open":"https://c.example/"}"#, post_of(&rule), &plain());
    assert_eq!(answer.open, Some(Err(host("c.example"))));
    let sap = Schemes::with(&["sap".into()]).unwrap();
    let answer = Answer::read(br#"{"open":"sap:x"}"#, post_of(&hook()), &sap);
    assert_eq!(answer.open, Some(Err(host(""))), "it has no host");
}

#[test]
fn names_and_dispositions_are_tidy_and_bounded() {
    let read = |said: Value| Answer::read(said.to_string().as_bytes(), post_of(&hook()), &plain());
    let answer = read(
        json!({"name": " 李雷\r\n\u{0} x ", "company": "", "dispositions": ["sold", "sold / later", "", 7, "x".repeat(81)]}),
    );
    assert_eq!((answer.name.as_deref(), answer.company), (Some("李雷 x"), None));
    assert_eq!(answer.dispositions, ["sold", "sold / later"]);
    assert_eq!(read(json!({"name": "x".repeat(10_000)})).name.unwrap().len(), 100);
    assert_eq!(read(json!({"dispositions": vec!["x"; 1000]})).dispositions.len(), 200);
    for nothing in ["", "<html>", "[]", "null", "7", "{\"name\":", r#"{"name":7,"open":{},"dispositions":"x"}"#] {
        assert_eq!(Answer::read(nothing.as_bytes(), post_of(&hook()), &plain()), Answer::default(), "{nothing}");
    }
    let large = json!({"name": "x", "more": "x".repeat(70_000)});
    assert_eq!(read(large), Answer::default());
}
