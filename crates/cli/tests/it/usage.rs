//! Errors in a command line, found before anything is sent.

use crate::{
    command, run,
    server::{Server, healthy},
};

#[test]
fn a_wrong_command_line_ends_with_2_and_asks_nobody() {
    let server = Server::start(healthy);
    let wsdl = server.wsdl();
    let good = ["--server", wsdl.as_str(), "--exten", "802"];
    let wrong: [&[&str]; 33] = [
        &[],
        &["fly"],
        &["dial"],
        &["dial", ""],
        &["dial", "12a"],
        &["dial", "1", "2"],
        &["dial", "1;DROP"],
        &["dial", "1", "--action-id", "a\u{1}"],
        &["recording"],
        &["recording", " "],
        &["recording", "a\u{1}"],
        &["hold", "--uid", ""],
        &["busy", "--uid", "1.1"],
        &["recording", "1.1", "--format", "wav"],
        &["recording", "1.1", "-o", "x", "--format", "mp3"],
        &["restore"],
        &["restore", "SIP/8 02"],
        &["dial", "+"],
        &["dial", "++8613800138000"],
        &["dial", "13800138000+9"],
        &["dial", "13800138000 13900139000"],
        &["transfer", "8 03&4"],
        &["transfer", "803/804"],
        &["listen", "80,3"],
        &["whisper"],
        &["ping", "a\u{1b}b"],
        &["--timeout", "0", "ping"],
        &["--timeout", "-3", "ping"],
        &["--timeout", "soon", "ping"],
        &["--exten", "8 1", "busy"],
        &["--server", "pbx.example", "ping"],
        &["--server", "ftp://pbx.example/?wsdl", "ping"],
        &["--server", "", "ping"],
    ];
    for words in wrong {
        // Drop the good value of an option under test: a repeated option is an error of its own.
        let kept: Vec<&str> = good.chunks(2).filter(|pair| !words.contains(&pair[0])).flatten().copied().collect();
        let ended = run(command().args(kept).args(words));
        assert_eq!((ended.status, &*ended.stdout), (2, ""), "{words:?}");
        assert!(!ended.stderr.is_empty(), "{words:?}");
    }
    assert!(server.seen().is_empty());
}

#[test]
fn what_is_no_number_is_said_in_words() {
    for (words, said) in [
        (["dial", "13800138000§"], "“§” has no place in a number"),
        (["dial", "++8613800138000"], "a + belongs in front of a country code"),
        (["dial", "13800138000 / 13900139000"], "which is meant, 13800138000 or 13900139000?"),
        (["dial", "138OO138OOO"], "O is a letter, not a zero"),
        (["dial", "1.38001E+10"], "a spreadsheet has cut this number"),
        (["dial", "138 0013 8000 9"], "which is meant, 13800138000 then 9 or 138001380009?"),
        (["transfer", "agent 2"], "U+0020 SPACE"),
    ] {
        let ended = run(command().args(["--server", "http://pbx.example/?wsdl", "--exten", "802"]).args(words));
        assert_eq!(ended.status, 2, "{words:?}");
        assert!(ended.stderr.contains(said), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn what_is_missing_is_named() {
    let ended = run(command().arg("ping"));
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("UNCALL_SERVER"), "{}", ended.stderr);
    let ended = run(command().args(["--server", "http://pbx.example/?wsdl", "current"]));
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("UNCALL_EXTEN"), "{}", ended.stderr);
}

#[test]
fn help_and_version_end_with_0_and_tell_the_shapes() {
    let help = run(command().arg("--help"));
    assert_eq!(help.status, 0);
    for word in [
        "ping",
        "dial",
        "current",
        "watch",
        "recording",
        "busy",
        "idle",
        "hold",
        "restore",
        "transfer",
        "survey",
        "listen",
        "whisper",
        "hangup",
        "\"event\":\"snapshot\"",
        "Exit status",
        "5 outcome unknown",
        "--uid",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(run(command().arg("--version")).status, 0);
}
