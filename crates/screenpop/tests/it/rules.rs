//! Which rules fire, and what is wrong with those that cannot.

use serde_json::json;
use uncall_screenpop::{Deed, Direction, Event, Facts, Misfit, Rule, Schemes, fire, try_out};

use super::{call, fault, plain, rule};

#[test]
fn a_rule_fires_for_its_events_directions_numbers_and_queues() {
    let open = "https://crm.example/{other}";
    let out = Facts { direction: Direction::Callout, ..call() };
    let sales = Facts { queue: Some("sales".into()), ..call() };
    let none = Facts { queue: None, ..call() };
    for (table, event, facts, fires) in [
        (json!({"on": "ring", "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "open": open}), Event::Answer, &none, false),
        (json!({"on": ["ring", "answer"], "open": open}), Event::Answer, &none, true),
        (json!({"on": "wrap_up", "open": open}), Event::WrapUp, &none, true),
        (json!({"on": "ring", "direction": "callin", "open": open}), Event::Ring, &out, false),
        (json!({"on": "ring", "direction": "callout", "open": open}), Event::Ring, &out, true),
        (json!({"on": "ring", "numbers": "134*", "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "numbers": ["139*", "13421829060"], "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "numbers": ["139*", "1342182906"], "open": open}), Event::Ring, &none, false),
        (json!({"on": "ring", "numbers": ["???????????"], "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "numbers": ["*0"], "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "numbers": ["*1"], "open": open}), Event::Ring, &none, false),
        (json!({"on": "ring", "numbers": ["*****0*****"], "open": open}), Event::Ring, &none, true),
        (json!({"on": "ring", "queues": "sales", "open": open}), Event::Ring, &sales, true),
        (json!({"on": "ring", "queues": ["support"], "open": open}), Event::Ring, &sales, false),
        (json!({"on": "ring", "queues": ["sales"], "open": open}), Event::Ring, &none, false),
    ] {
        assert_eq!(rule(table.clone()).fires(event, facts), fires, "{table} {event:?}");
    }
}

#[test]
fn a_table_that_is_no_rule_says_what_to_write() {
    let open = "https://crm.example/";
    for (table, said) in [
        (json!({"open": open}), "`on` is missing"),
        (json!({"on": "hangup", "open": open}), "`on` takes a list of ring, answer, transfer, end, wrap_up, manual"),
        (json!({"on": [], "open": open}), "`on` names no event"),
        (json!({"on": "ring"}), "takes one of `open`, `run` and `post`"),
        (json!({"on": "ring", "open": open, "run": ["/bin/x"]}), "takes one of `open`, `run` and `post`"),
        (json!({"on": "ring", "open": open, "opne": 1}), "unknown field `opne`"),
        (json!({"on": "ring", "open": 7}), "has a value of the wrong kind: a string is expected"),
        (
            json!({"on": "ring", "open": open, "direction": "in"}),
            "unknown variant `in`, expected `callin` or `callout`",
        ),
        (json!({"on": "ring", "open": open, "secret": "x"}), "`headers`, `secret` and `answer_hosts` belong to `post`"),
        (json!({"on": "ring", "open": "https://{name}/"}), "`open` has a placeholder before the path"),
        (
            json!({"on": "ring", "open": "crm.example"}),
            "`open` takes an address like https://crm.example/search?q={other}",
        ),
        (json!({"on": "ring", "post": "ftp://crm.example/"}), "`post` takes an http or https address"),
        (json!({"on": "ring", "run": ["/bin/sh", "-c", "x"]}), "`run` starts sh, which would take"),
        (json!({"on": "ring", "run": ["crm"]}), "`run` takes the whole path of a program first"),
        (
            json!({"on": "ring", "open": "https://c.example/{calle}"}),
            "`open` has {calle}, which is none of calla, callb, other",
        ),
    ] {
        let fault = fault(table.clone()).to_string();
        assert!(fault.starts_with(said), "{table}: {fault}");
    }
    // A secret of the wrong kind is not in the message.
    let fault = fault(json!({"on": "ring", "post": "https://c.example/", "secret": 4711_0815}));
    assert!(!fault.to_string().contains("4711"), "{fault}");
}

#[test]
fn other_schemes_open_only_where_a_policy_allows_them() {
    let rules = [rule(json!({"on": "ring", "open": "sap-crm:call?n={other}"}))];
    let call = call();
    let deed = |schemes: &Schemes| {
        let mut fired = fire(&rules, schemes, (Event::Ring, &call), ("id", call.began), false);
        assert_eq!(fired.len(), 1);
        fired.remove(0).deed
    };
    assert_eq!(deed(&plain()), Err(Misfit::Scheme("sap-crm".into())));
    let Ok(Deed::Open(url)) = deed(&Schemes::with(&["SAP-CRM:".into()]).unwrap()) else { panic!() };
    assert_eq!(url.as_str(), "sap-crm:call?n=13421829060");
    for never in ["javascript", "file", "data", "vbscript", "JavaScript:"] {
        assert!(Schemes::with(&[never.into()]).is_err(), "{never}");
    }
    assert!(Schemes::with(&["1x".into()]).is_err() && Schemes::with(&["a b".into()]).is_err());
}

#[test]
fn all_rules_of_an_event_fire_in_their_order_and_trying_out_leaves_none_out() {
    let rules = [
        rule(json!({"name": "CRM", "on": "ring", "open": "https://crm.example/{other}"})),
        rule(
            json!({"on": "end", "post": "https://crm.example/hook", "secret": "s", "headers": {"Authorization": "Bearer t"}}),
        ),
        rule(json!({"on": ["ring", "end"], "run": ["/opt/pop", "{event}", "{raw:other}"]})),
        rule(json!({"on": "ring", "numbers": "000*", "open": "https://other.example/"})),
    ];
    let call = call();
    let ring = fire(&rules, &plain(), (Event::Ring, &call), ("id", call.began), false);
    let names: Vec<_> = ring.iter().map(|fired| fired.rule.name.as_str()).collect();
    assert_eq!(names, ["CRM", "/opt/pop"]);
    let arguments = vec!["ring".to_owned(), "13421829060".to_owned()];
    assert_eq!(ring[1].deed, Ok(Deed::Run { program: "/opt/pop".into(), arguments }));
    let end = fire(&rules, &plain(), (Event::End, &call), ("id", call.began), false);
    let Ok(Deed::Post { parcel, request }) = &end[0].deed else { panic!("{end:?}") };
    assert_eq!((parcel.id.as_str(), parcel.rule.as_str()), ("id-1", "POST https://crm.example"));
    assert_eq!(request.url.as_str(), "https://crm.example/hook");
    // What people and logs see of it has no secrets.
    let shown = format!("{rules:?} {end:?} {}", rules.iter().map(Rule::shown).collect::<String>());
    assert!(!shown.contains("Bearer") && shown.contains("CRM: ring → https://crm.example"), "{shown}");
    assert_eq!(try_out(&rules, &plain(), &call, call.began, false).len(), 4);
}
