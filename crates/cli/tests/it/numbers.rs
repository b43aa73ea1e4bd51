//! Number rules on the command line.

use std::process::Command;

use crate::{
    command, run,
    server::{Server, healthy},
};

/// `uncall explain-number` with these words, in Beijing.
fn beijing(words: &[&str]) -> Command {
    let mut explain = command();
    explain.arg("explain-number").args(words).args(["--country", "86", "--area", "010", "--outside-prefix", "9"]);
    explain
}

#[test]
fn a_number_is_explained_without_a_server() {
    for (typed, said) in [
        ("(010) 6552-1234", "(010) 6552-1234 → 965521234 · own area, outside line\n"),
        ("+44 (0)20 7946 0018", "+44 (0)20 7946 0018 → 900442079460018 · foreign, outside line\n"),
        ("010-65521234 转 9", "010-65521234 转 9 → 965521234, then 9 (not sent) · own area, outside line\n"),
        ("138 0013 8000 (李雷)", "138 0013 8000 (李雷) → 913800138000, left out \"李雷\" · outside line\n"),
        ("110", "110 → 110 · emergency number\n"),
        ("-110", "-110 → 110 · emergency number\n"),
        ("801", "801 → 801 · internal\n"),
    ] {
        let ended = run(&mut beijing(&[typed]));
        assert_eq!((ended.status, &*ended.stdout, &*ended.stderr), (0, said, ""), "{typed}");
    }
    let plain = run(command().args(["explain-number", "010-6552 1234"]));
    assert_eq!((plain.status, &*plain.stdout), (0, "010-6552 1234 → 01065521234\n"));
}

#[test]
fn what_is_not_dialled_ends_with_1_and_the_reason() {
    for (words, said) in [
        (
            &["+44 20 7946 0018", "--block", "+7", "--block", "00"][..],
            "uncall: numbers that begin with 00 are blocked\n",
        ),
        (
            &["13800138000", "--hours", "mon-fri 09:00-18:00", "--at", "sat 12:00"],
            "uncall: numbers outside the house are dialled in working hours only\n",
        ),
        (&["138OO138OOO"], "uncall: O is a letter, not a zero\n"),
        (&["802/803"], "uncall: there are several numbers in it: which is meant, 802 or 803?\n"),
        (&[""], "uncall: there is no digit in it\n"),
    ] {
        let ended = run(&mut beijing(words));
        assert_eq!((ended.status, &*ended.stdout, &*ended.stderr), (1, "", said), "{words:?}");
    }
}

#[test]
fn programs_get_an_object() {
    let explained = run(beijing(&["400-123-4567", "--ask", "400"]).arg("--json"));
    assert_eq!(
        (explained.status, &*explained.stdout),
        (
            0,
            "{\"operation\":\"explainNumber\",\"ok\":true,\"number\":\"94001234567\",\"steps\":[\"outside\"],\"ask\":\"400\"}\n"
        )
    );
    let refused = run(beijing(&["400-123-4567", "--block", "400"]).arg("--json"));
    assert_eq!(
        (refused.status, &*refused.stdout),
        (1, "{\"operation\":\"explainNumber\",\"ok\":false,\"error\":\"number_blocked\",\"detail\":\"400\"}\n")
    );
}

#[test]
fn rules_come_from_the_environment_too() {
    let mut explain = command();
    for (name, value) in [
        ("COUNTRY", "86"),
        ("AREA", "010"),
        ("OUTSIDE_PREFIX", "9"),
        ("MOBILE_ZERO", "true"),
        ("LOCAL_MOBILES", "1380013;1390013"),
        ("INTERNAL", "5"),
        ("REPLACE", r"8(\d)=+86139001300$1$1;7=801"),
        ("BLOCK", "00;95013"),
        ("ASK", "400"),
        ("HOURS", "mon-fri 09:00-18:00;sat 10:00-16:00"),
    ] {
        explain.env(format!("UNCALL_NUMBER_{name}"), value);
    }
    let ended = run(explain.args(["explain-number", "81", "--at", "sat 10:00"]));
    assert_eq!(
        (ended.status, &*ended.stdout),
        (0, "81 → 913900130011 · replaced, own country, outside line\n"),
        "{}",
        ended.stderr
    );
    let ended = run(explain.args(["--outside-prefix", "0"]));
    assert_eq!(ended.stdout, "81 → 013900130011 · replaced, own country, outside line\n", "an option is stronger");
}

#[test]
fn rules_that_are_none_are_usage() {
    for (words, said) in [
        (&["--country", "China"][..], "--country takes a country code"),
        (&["--area", "010"], "--area takes --country"),
        (&["--outside-prefix", "9,"], "--outside-prefix takes"),
        (&["--replace", "(=1"], "--replace has a pattern that is no regular expression"),
        (&["--hours", "always"], "--hours takes times"),
        (&["--at", "noon"], "takes a time like"),
    ] {
        let ended = run(command().args(["explain-number", "802"]).args(words));
        assert_eq!((ended.status, &*ended.stdout), (2, ""), "{words:?}");
        assert!(ended.stderr.contains(said), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn dial_and_transfer_take_the_rules() {
    let server = Server::start(healthy);
    let place = ["--country", "86", "--area", "010", "--outside-prefix", "9", "--block", "00", "--ask", "400"];
    let run_with = |words: &[&str]| {
        run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words).args(place))
    };
    let sent = |number: &str| server.seen().iter().filter(|seen| seen.body.contains(number)).count();
    let dialled = run_with(&["dial", "(010) 6552-1234", "--action-id", "7"]);
    assert_eq!(dialled.status, 0, "{}", dialled.stderr);
    assert!(dialled.stdout.starts_with("dialling 965521234 (own area, outside line): "), "{}", dialled.stdout);
    assert_eq!(sent("965521234"), 1);
    assert_eq!(run_with(&["transfer", "13800138000"]).status, 0);
    assert_eq!(sent("913800138000"), 1);
    // A name is no number.
    assert_eq!(run_with(&["transfer", "agent-2"]).status, 0);
    assert_eq!(sent("agent-2"), 1);
    let before = server.seen().len();
    for verb in ["dial", "transfer"] {
        let blocked = run_with(&[verb, "+44 20 7946 0018"]);
        assert_eq!(
            (blocked.status, &*blocked.stderr),
            (1, "uncall: refused: numbers that begin with 00 are blocked\n")
        );
        let asked = run_with(&[verb, "400-123-4567"]);
        assert_eq!(
            (asked.status, &*asked.stderr),
            (1, "uncall: refused: numbers that begin with 400 are dialled only with --yes\n")
        );
    }
    assert_eq!(server.seen().len(), before, "nothing was sent");
    assert_eq!(run_with(&["dial", "400-123-4567", "--yes"]).status, 0);
    assert_eq!(sent("94001234567"), 1);
}
