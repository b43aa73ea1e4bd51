//! What a page gets.

use serde_json::{Value, json};
use uncall_number::{explain, explain_target};

fn page(explained: &uncall_number::Explanation) -> Value {
    serde_json::to_value(explained).unwrap()
}

#[test]
fn a_number_and_what_was_done_to_it() {
    assert_eq!(
        page(&explain("Tel. +44 (0)20 7946 0018 ext. 9")),
        json!({
            "dialled": "+442079460018", "then": "9", "rules": ["label", "trunk_zero"], "choices": [], "problem": null,
        })
    );
    let rules = |typed: &str| page(&explain(typed)).get("rules").cloned().unwrap();
    assert_eq!(rules("13800138000"), json!([]));
    assert_eq!(rules("１３８００１３８０００"), json!(["digits"]));
    assert_eq!(rules("tel:1-800-FLOWERS"), json!(["link", "letters"]));
    assert_eq!(rules("TEL;CELL:+0086 138 0013 8000"), json!(["card", "country_code"]));
}

#[test]
fn several_numbers_are_a_question() {
    assert_eq!(
        page(&explain("010-65521234 / 65521235 转 9")),
        json!({
            "dialled": null, "then": null, "rules": [],
            "choices": [{"dialled": "01065521234", "then": null}, {"dialled": "01065521235", "then": "9"}],
            "problem": {"code": "number_which", "detail": "01065521234 / 01065521235"},
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
        ("138§", "number_invalid", "U+00A7 SECTION SIGN"),
        ("++86", "number_plus", "U+002B PLUS SIGN"),
        ("11111111111111111111111111111111111111111", "number_too_long", "too long"),
    ] {
        assert_eq!(problem(explain(typed)), json!({"code": code, "detail": detail}), "{typed}");
    }
    assert_eq!(problem(explain_target("8§")), json!({"code": "target_invalid", "detail": "U+00A7 SECTION SIGN"}));
}
