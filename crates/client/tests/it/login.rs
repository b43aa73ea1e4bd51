//! The login: sent to the server with every request, to nobody else, and what a server says that does not take it.

use tokio::time::timeout;
use uncall_client::{Client, Credentials, Error, Observation, Secret, recording::Limits, sound::Named};
use uncall_contract::{Operation, event::EVENTS_PATH};
use url::Url;

use crate::{
    AMPLE, client, client_with, current, every, hang_up, ping,
    server::{Answer, ENDPOINT, Seen, Server, description, fault, healthy, http},
};

/// `agent:open sesame`
const BASIC: &str = "Basic YWdlbnQ6b3BlbiBzZXNhbWU=";

fn basic() -> Credentials {
    Credentials::basic("agent", Secret::new("open sesame")).unwrap()
}

fn agent(wsdl: Url) -> Client {
    client_with(wsdl, |settings| settings.login = Some(basic()))
}

/// Everything works for whoever shows this login, and nothing for others.
fn guarded(expected: &'static str, denial: &'static [u8]) -> Server {
    Server::start(move |seen| match seen.header("authorization") {
        Some(shown) if shown == expected => {
            if seen.is_wsdl() {
                return description(seen, "Link: </uncall_services_api/events>; rel=\"uncall-events\"\r\n");
            }
            if seen.target.starts_with(EVENTS_PATH) {
                return Answer::Bytes(http("200 OK", "Content-Type: text/event-stream\r\n", ": hello\n\n"));
            }
            if seen.target == "/rec" {
                return Answer::Bytes(http("200 OK", "Content-Type: audio/x-wav\r\n", "RIFF"));
            }
            healthy(seen)
        }
        Some(_) | None => Answer::Bytes(denial.to_vec()),
    })
}

fn shown(server: &Server) -> Vec<(String, Option<String>)> {
    server.seen().iter().map(|seen| (seen.target.clone(), seen.header("authorization").map(str::to_owned))).collect()
}

#[tokio::test]
async fn every_request_carries_the_login_without_being_asked_for_it() {
    let bearer = Credentials::bearer(Secret::new("t0.ken")).unwrap();
    for (login, header) in [(basic(), BASIC), (bearer, "Bearer t0.ken")] {
        let server = guarded(header, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        let client = client_with(server.wsdl(), |settings| settings.login = Some(login));
        for request in every() {
            assert!(client.call(&request).await.unwrap().is_ok(), "{request:?}");
        }
        let recording = client.recording(server.url("/rec"), Named::Nothing, None, Limits::default());
        assert_eq!(recording.reader().read().await.unwrap().unwrap(), &b"RIFF"[..]);
        let mut watch = client.watch("801".parse().unwrap());
        assert!(matches!(timeout(AMPLE, watch.next()).await.unwrap(), Some(Observation::Connected(_))));
        let shown = shown(&server);
        assert!(shown.iter().any(|(target, _)| target.starts_with(EVENTS_PATH)), "{shown:?}");
        assert!(shown.iter().all(|(_, login)| login.as_deref() == Some(header)), "no round trip without: {shown:?}");
    }
}

#[tokio::test]
async fn a_login_in_the_address_is_sent_and_not_kept_there() {
    let server = guarded(BASIC, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    let mut wsdl = server.wsdl();
    wsdl.set_username("agent").unwrap();
    wsdl.set_password(Some("open%20sesame")).unwrap();
    let client = client(wsdl.clone());
    assert!(client.call(&ping()).await.is_ok());
    assert_eq!(client.settings().server, server.wsdl());
    assert_eq!(client.settings().login, Some(basic()));
    assert!(!format!("{client:?} {:?}", client.settings()).contains("sesame"));
    // What was given by itself wins.
    let other = Credentials::basic("agent", Secret::new("wrong")).unwrap();
    let client = client_with(wsdl, |settings| settings.login = Some(other));
    assert!(matches!(client.call(&ping()).await, Err(Error::NotLoggedIn { tried: true, .. })));
}

#[tokio::test]
async fn no_other_server_ever_sees_the_login() {
    let other = Server::start(healthy);
    let away = other.address;
    // The WSDL names another host, and so do a redirect and the address of recordings.
    let server = Server::start(move |seen: &Seen| match &*seen.target {
        "/hop" => {
            Answer::Bytes(http("307 Temporary Redirect", &format!("Location: http://{away}{ENDPOINT}?x\r\n"), ""))
        }
        "/wsdl" => {
            let wsdl = uncall_contract::wsdl::write(&format!("http://{away}{ENDPOINT}"));
            Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", wsdl))
        }
        "/moving" => Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", uncall_contract::wsdl::write("/hop"))),
        _ => healthy(seen),
    });
    let followed = client_with(server.url("/wsdl"), |settings| {
        settings.login = Some(basic());
        settings.follow_wsdl_host = true;
    });
    assert!(followed.call(&hang_up()).await.is_ok());
    assert!(agent(server.url("/moving")).call(&hang_up()).await.is_ok());
    let recording = other.url("/rec");
    let fetched = agent(server.wsdl()).recording(recording, Named::Nothing, None, Limits::default());
    assert!(fetched.finished().await.is_err());
    assert_eq!(other.calls(Operation::HangUp), 2);
    assert!(shown(&other).iter().all(|(_, login)| login.is_none()), "{:?}", shown(&other));
    assert!(shown(&server).iter().all(|(_, login)| login.as_deref() == Some(BASIC)), "{:?}", shown(&server));
}

#[tokio::test]
async fn a_redirect_to_a_server_that_asks_for_the_login_says_which_it_is() {
    let other = Server::start(|_| Answer::Bytes(http("401 Unauthorized", "", "")));
    let away = other.wsdl();
    let server = Server::start(move |_| Answer::Bytes(http("302 Found", &format!("Location: {away}\r\n"), "")));
    let error = agent(server.wsdl()).call(&ping()).await.unwrap_err();
    let Error::NotLoggedIn { tried: false, said } = &error else { panic!("{error:?}") };
    assert!(said.contains(&other.address.to_string()) && said.contains(&server.address.to_string()), "{said}");
}

#[tokio::test]
async fn a_login_that_is_missing_or_wrong_is_told_in_the_servers_words_and_not_repeated() {
    const PLAIN: &[u8] =
        b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nwho\x1b are\r\nyou today?\n";
    let server = guarded(BASIC, PLAIN);
    for request in every() {
        let error = client(server.wsdl()).call(&request).await.unwrap_err();
        assert_eq!(error, Error::NotLoggedIn { tried: false, said: "who are you today?".into() });
        assert_eq!(error.to_string(), "the server wants a login: who are you today?");
        assert_eq!(error.code(), "http");
    }
    assert_eq!(server.seen().len(), every().len(), "each was asked for once, reads too");
    let wrong = Credentials::basic("agent", Secret::new("wrong")).unwrap();
    let client = client_with(server.wsdl(), |settings| settings.login = Some(wrong));
    let error = client.call(&current()).await.unwrap_err();
    assert_eq!(error.to_string(), "the server does not take this login: who are you today?");
}

#[tokio::test]
async fn what_an_account_may_not_do_is_told_in_the_servers_words() {
    let long = format!("801 \u{7f}may not {}", "x".repeat(1000));
    let bodies: Vec<(String, String, String)> = vec![
        ("text/xml".into(), fault("801 may not listen"), "801 may not listen".into()),
        ("text/plain; charset=utf-8".into(), "该账号无权\n".into(), "该账号无权".into()),
        ("text/plain".into(), long, format!("801 may not {}…", "x".repeat(188))),
        ("text/html".into(), "<html>403</html>".into(), String::new()),
    ];
    for (kind, body, said) in bodies {
        let server = Server::start(move |seen| match seen.operation() {
            Some(Operation::HangUp | Operation::Ping) => {
                Answer::Bytes(http("403 Forbidden", &format!("Content-Type: {kind}\r\n"), &body))
            }
            Some(_) | None => healthy(seen),
        });
        let client = agent(server.wsdl());
        for request in [hang_up(), ping()] {
            assert_eq!(client.call(&request).await, Err(Error::Forbidden(said.clone())));
            assert_eq!(server.calls(request.operation()), 1, "sent once");
        }
        assert!(client.call(&current()).await.is_ok());
        assert_eq!(server.wsdls(), 1, "a denial says nothing against the WSDL");
    }
}

#[tokio::test]
async fn a_watch_that_is_denied_is_lost_at_once() {
    let server = guarded(BASIC, b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    let mut watch = client(server.wsdl()).watch("801".parse().unwrap());
    let lost = timeout(AMPLE, watch.next()).await.unwrap();
    assert_eq!(lost, Some(Observation::Lost(Error::NotLoggedIn { tried: false, said: String::new() })));
    assert_eq!(server.seen().len(), 1);
}
