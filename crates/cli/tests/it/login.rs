//! A server that wants a login.

use std::fs;

use crate::{
    Ended, command, run,
    server::{Answer, Server, healthy, http},
};

/// `agent:open sesame`
const BASIC: &str = "Basic YWdlbnQ6b3BlbiBzZXNhbWU=";

/// Works for two logins; 403 for a third, 401 for all others.
fn guarded() -> Server {
    Server::start(|seen| match seen.header("authorization") {
        Some(BASIC | "Bearer t0ken") => healthy(seen),
        Some("Bearer visitor") => {
            Answer::Bytes(http("403 Forbidden", "Content-Type: text/plain\r\n", "802 is \x1b[31mnot yours"))
        }
        Some(_) | None => Answer::Bytes(http("401 Unauthorized", "", "")),
    })
}

type Words<'a> = &'a [&'a str];
type Environment<'a> = &'a [(&'a str, &'a str)];

fn hold(server: &Server, words: Words, environment: Environment) -> Ended {
    let mut command = command();
    command.args(["--server", server.wsdl().as_str(), "--exten", "802", "--json"]).args(words).arg("hold");
    run(command.envs(environment.iter().copied()))
}

#[test]
fn the_secret_comes_from_the_environment_or_a_file() {
    let server = guarded();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (password, token) = (file("password", "open sesame\r\n"), file("token", "t0ken\n"));
    let logins: [(Words, Environment); 6] = [
        (&["--user", "agent"], &[("UNCALL_PASSWORD", "open sesame")]),
        (&[], &[("UNCALL_USER", "agent"), ("UNCALL_PASSWORD", "open sesame")]),
        (&["--user", "agent", "--password-file", &password], &[]),
        (&["--user", "agent", "--password-file", &password], &[("UNCALL_PASSWORD", "the file wins")]),
        (&[], &[("UNCALL_TOKEN", "t0ken")]),
        (&["--token-file", &token], &[]),
    ];
    for (words, environment) in logins {
        let ended = hold(&server, words, environment);
        assert_eq!((ended.status, &*ended.stderr), (0, ""), "{words:?} {environment:?} {ended:?}");
    }
}

#[test]
fn a_login_that_is_missing_wrong_or_not_enough_ends_with_4() {
    let server = guarded();
    let logins: [(Environment, &str); 3] = [
        (&[], "the server wants a login"),
        (&[("UNCALL_TOKEN", "wrong")], "the server does not take this login"),
        (&[("UNCALL_TOKEN", "visitor")], "the server does not allow this: 802 is [31mnot yours"),
    ];
    for (environment, detail) in logins {
        let ended = hold(&server, &[], environment);
        assert_eq!(ended.status, 4, "{ended:?}");
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&object["error"], &object["detail"]), (&"http".into(), &detail.into()));
        assert_eq!(ended.stderr, format!("uncall: {detail}\n"));
    }
    assert_eq!(server.seen().len(), 3, "asked once each");
}

#[test]
fn half_a_login_two_of_them_and_a_file_that_is_none_end_with_2() {
    let server = guarded();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let empty = empty.to_str().unwrap();
    let wrong: [(Words, Environment, &str); 6] = [
        (&["--user", "agent"], &[], "UNCALL_PASSWORD"),
        (&[], &[("UNCALL_PASSWORD", "pw")], "--user"),
        (&["--user", "agent"], &[("UNCALL_PASSWORD", "pw"), ("UNCALL_TOKEN", "t")], "not both"),
        (&["--user", "agent", "--password-file", "/no/such/file"], &[], "/no/such/file"),
        (&["--token-file", empty], &[], "empty"),
        (&["--password", "pw"], &[], "--password"),
    ];
    for (words, environment, named) in wrong {
        let ended = hold(&server, words, environment);
        assert_eq!((ended.status, &*ended.stdout), (2, ""), "{words:?}");
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
        assert!(!ended.stderr.contains("pw\""), "{}", ended.stderr);
    }
    assert!(server.seen().is_empty());
}
