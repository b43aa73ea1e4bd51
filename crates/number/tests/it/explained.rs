//! Explanations as a page gets them.

use serde_json::{Value, json};
use uncall_number::{
    explain, explain_target,
    rules::{Part, Step},
};

fn page(explained: &uncall_number::Explanation) -> Value {
    serde_json::to_value(explained).unwrap()
}

#[test]
fn a_number_and_what_was_done_to_it() {
    assert_eq!(
        page(&explain("Tel. +44 (0)20 7946 0018 ext. 9")),
        json!({
            "dialled": "+442079460018", "then": "9", "left_out": null, "rules": ["label", "trunk_zero"], "steps": [],
            "ask": null, "choices": [], "problem": null,
        })
    );
    let rules = |typed: &str| page(&explain(typed)).get("rules").cloned().unwrap();
    assert_eq!(rules("13800138000"), json!([]));
    assert_eq!(rules("１３８００１３８０００"), json!(["digits"]));
    assert_eq!(rules("17012345678-1234"), json!(["behind"]));
    assert_eq!(rules("13800138000.0"), json!(["sheet"]));
    assert_eq!(rules("13800138000 (李雷)"), json!(["words"]));
    assert_eq!(page(&explain("13800138000 (李雷)")).get("left_out"), Some(&json!("李雷")));
    assert_eq!(explain(&format!("{} 13800138000", "李".repeat(99))).left_out, Some("李".repeat(59) + "…"));
    assert_eq!(rules("tel:1-800-FLOWERS"), json!(["link", "letters"]));
    assert_eq!(rules("TEL;CELL:+0086 138 0013 8000"), json!(["card", "country_code"]));
}

#[test]
fn several_numbers_are_a_question() {
    assert_eq!(
        page(&explain("010-65521234 / 65521235 转 9")),
        json!({
            "dialled": null, "then": null, "left_out": null, "rules": [], "steps": [], "ask": null,
            "choices": [{"dialled": "01065521234", "then": null}, {"dialled": "01065521235", "then": "9"}],
            "problem": {"code": "number_which", "detail": "01065521234 / 01065521235 x9"},
        })
    );
}

#[test]
fn a_problem_has_a_code_and_a_detail() {
    let problem = |explained| page(&explained).get("problem").cloned().unwrap();
    for typed in ["", " ", "\u{3000}"] {
        assert_eq!(problem(explain(typed)), Value::Null);
        assert_eq!(problem(explain_target(typed)), Value::Null);
    }
    for (typed, code, detail) in [
        (" - ", "number_empty", "empty"),
        ("138§", "number_invalid", "“§”"),
        ("138OO138OOO", "number_letter_zero", "“O”"),
        ("13800l38000", "number_letter_one", "“l”"),
        ("1.38001E+10", "number_cut", "cut"),
        ("++86", "number_plus", "“+”"),
        ("11111111111111111111111111111111111111111", "number_too_long", "too long"),
    ] {
        assert_eq!(problem(explain(typed)), json!({"code": code, "detail": detail}), "{typed}");
    }
    assert_eq!(problem(explain_target("8§")), json!({"code": "target_invalid", "detail": "“§”"}));
}

#[test]
fn a_place_says_how_it_is_dialled() {
    let mut rules = uncall_number::Rules::default();
    for (part, text) in [
        (Part::Country, "86"),
        (Part::Area, "010"),
        (Part::OutsidePrefix, "9"),
        (Part::Ask, "400"),
        (Part::Block, "00"),
    ] {
        rules.set(part, &[text.to_owned()]).unwrap();
    }
    let by = |typed| page(&explain(typed).by(&rules, None));
    assert_eq!(
        by("(010) 6552-1234 转 9"),
        json!({
            "dialled": "965521234", "then": "9", "left_out": null, "rules": [], "steps": ["own_area", "outside"], "ask": null,
            "choices": [], "problem": null,
        })
    );
    assert_eq!(by("400-123-4567").get("ask"), Some(&json!("400")));
    assert_eq!(by("+44 20 7946 0018").get("problem"), Some(&json!({"code": "number_blocked", "detail": "00"})));
    assert_eq!(by("+44 20 7946 0018").get("dialled"), Some(&Value::Null));
    // A name is not a number.
    assert_eq!(explain_target("agent-2").by(&rules, None).dialled.as_deref(), Some("agent-2"));
    assert_eq!(by("").get("problem"), Some(&Value::Null));
    for step in Step::ALL {
        assert_eq!(serde_json::to_value(step).unwrap(), step.name());
    }
}
