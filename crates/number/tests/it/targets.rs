//! Targets of calls.

use uncall_number::target;

#[test]
fn an_extension_or_a_number() {
    for (typed, dialled) in [
        ("802", "802"),
        (" 8 02 ", "802"),
        ("８０２", "802"),
        ("分机 802", "802"),
        ("ext. 802", "802"),
        ("agent-2", "agent-2"),
        ("Agent_2", "Agent_2"),
        ("ａｇｅｎｔ－２", "agent-2"),
        ("100support", "100support"),
        ("12345678901234567890", "12345678901234567890"),
        ("138 0013 8000", "13800138000"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("1-800-FLOWERS", "18003569377"),
        ("*97", "*97"),
    ] {
        assert_eq!(target(typed).map(|number| number.dialled), Ok(dialled.to_owned()), "{typed}");
    }
    assert_eq!(target("802 转 9").unwrap().extension.as_deref(), Some("9"));
}

#[test]
fn neither() {
    for (typed, detail) in [
        ("", "empty"),
        (" - ", "empty"),
        ("8 02&803", "“&”"),
        ("agent 2", "U+0020 SPACE"),
        ("agent;2", "“;”"),
        ("802;x", "“;”"),
        ("agent-123456789012345", "too long"),
        (&"1".repeat(41), "too long"),
        ("802/803", "802 / 803"),
    ] {
        assert_eq!(target(typed).map_err(|problem| problem.detail()), Err(detail.to_owned()), "{typed:?}");
    }
}
