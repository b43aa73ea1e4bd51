//! The three ways, each from each place.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::*;
use crate::Settings;

const HASH_OF: &str = "geheim";

fn settings(open: Option<&[&str]>, agents: bool, proxy: bool) -> Settings {
    let mut settings = Settings::default();
    settings.access.open = open.map(|open| open.iter().map(|network| network.parse().unwrap()).collect());
    if agents {
        let (hash, digest) = (secret::hash(HASH_OF.as_bytes()).unwrap(), secret::digest("wert"));
        let text = format!(
            "[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\" }}\nwang = {{ extension = \"802\", token_sha256 = \"{digest}\" }}"
        );
        settings.access.roster = toml::from_str(&text).unwrap();
    }
    if proxy {
        settings.trusted_proxies = vec!["10.0.0.1".parse().unwrap()];
        settings.access.user_header = Some("X-Remote-User".to_owned());
    }
    settings
}

fn access(settings: &Settings) -> Access {
    settings.access("127.0.0.1:8088".parse().unwrap()).unwrap()
}

async fn who(access: &Access, peer: &str, pairs: &[(&'static str, &str)]) -> Result<(Way, Option<String>), Refused> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    let client = access.client(&headers, peer.parse().unwrap());
    let caller = access.identify(&headers, client, Instant::now()).await?;
    Ok((caller.way, caller.user().map(str::to_owned)))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

#[tokio::test]
async fn open_networks_need_no_login() {
    let open = Ok((Way::Open, None));
    let loopback = access(&settings(None, false, false));
    assert_eq!(who(&loopback, "127.0.0.1:5", &[]).await, open);
    assert_eq!(who(&loopback, "[::ffff:127.0.0.1]:5", &[]).await, open);
    assert_eq!(who(&loopback, "10.2.0.1:5", &[]).await, Err(Refused::NotOpen));
    assert_eq!(who(&loopback, "127.0.0.1:5", &[("authorization", "Basic eDp5")]).await, open, "no logins here");
    let behind = who(&loopback, "127.0.0.1:5", &[("x-forwarded-for", "127.0.0.1")]).await;
    assert_eq!(behind, Err(Refused::NotOpen), "a proxy on this machine does not open it to the world");
    for (agents, proxy, refused) in [(true, false, Refused::LoginNeeded), (false, true, Refused::NotOpen)] {
        let own = access(&settings(None, agents, proxy));
        for peer in ["127.0.0.1:5", "[::1]:5", "[::ffff:127.0.0.1]:5"] {
            assert_eq!(who(&own, peer, &[]).await, Err(refused), "who comes through a tunnel looks like this machine");
        }
        let on_purpose = access(&settings(Some(&["127.0.0.1/32"]), agents, proxy));
        assert_eq!(who(&on_purpose, "127.0.0.1:5", &[]).await, open);
    }
    let lan = access(&settings(Some(&["10.2.0.0/16"]), true, false));
    assert_eq!(who(&lan, "10.2.3.4:5", &[]).await, open);
    assert_eq!(who(&lan, "127.0.0.1:5", &[]).await, Err(Refused::LoginNeeded), "the list is the whole list");
}

#[tokio::test]
async fn logins_are_taken_from_everywhere_and_wrong_ones_from_nowhere() {
    let access = access(&settings(None, true, false));
    for peer in ["127.0.0.1:5", "10.2.0.1:5"] {
        let right = basic("li.na", HASH_OF);
        let lower = right.replacen("Basic", "basic", 1);
        for sent in [right, lower] {
            assert_eq!(
                who(&access, peer, &[("authorization", &sent)]).await,
                Ok((Way::Password, Some("li.na".into())))
            );
        }
        let token = who(&access, peer, &[("authorization", "Bearer wert")]).await;
        assert_eq!(token, Ok((Way::Token, Some("wang".into()))));
        for sent in
            [&basic("li.na", "x"), &basic("wang", "wert"), "Bearer x", "Basic", "Basic !", "Negotiate x", "Bearer", ""]
        {
            let wrong = who(&access, peer, &[("authorization", sent)]).await;
            assert_eq!(wrong, Err(Refused::WrongLogin), "{sent:?} from {peer}");
        }
    }
    assert_eq!(who(&access, "10.2.0.1:5", &[]).await, Err(Refused::LoginNeeded));
}

#[tokio::test]
async fn a_proxys_word_counts_from_the_trusted_proxy_only() {
    let access = access(&settings(None, true, true));
    let named = |user| [("x-remote-user", user), ("x-forwarded-for", "7.7.7.7")];
    assert_eq!(who(&access, "10.0.0.1:5", &named("li.na")).await, Ok((Way::Proxy, Some("li.na".into()))));
    assert_eq!(who(&access, "10.0.0.1:5", &named("nobody")).await, Err(Refused::UnknownUser));
    assert_eq!(who(&access, "10.0.0.1:5", &named("")).await, Err(Refused::UnknownUser));
    assert_eq!(who(&access, "10.0.0.2:5", &named("li.na")).await, Err(Refused::LoginNeeded));
    assert_eq!(who(&access, "127.0.0.1:5", &named("li.na")).await, Err(Refused::LoginNeeded));
    let own = who(&access, "127.0.0.1:5", &[("x-remote-user", "li.na")]).await;
    assert_eq!(own, Err(Refused::LoginNeeded), "no meaning");
    let added = [("x-remote-user", "wang"), ("x-remote-user", "li.na"), ("x-forwarded-for", "7.7.7.7")];
    assert_eq!(who(&access, "10.0.0.1:5", &added).await, Ok((Way::Proxy, Some("li.na".into()))), "the proxy's line");
    let silent = [("x-forwarded-for", "127.0.0.1, 7.7.7.7")];
    assert_eq!(who(&access, "10.0.0.1:5", &silent).await, Err(Refused::LoginNeeded));
    let login = basic("li.na", HASH_OF);
    let passed_on = [("authorization", login.as_str()), ("x-forwarded-for", "7.7.7.7")];
    assert_eq!(who(&access, "10.0.0.1:5", &passed_on).await, Ok((Way::Password, Some("li.na".into()))));
}

#[test]
fn beyond_this_machine_it_has_to_be_said_who_may_come() {
    let start = |settings: &Settings, local: &str| settings.access(local.parse().unwrap()).map(drop);
    for local in ["0.0.0.0:8088", "10.2.0.1:8088", "[::]:8088", "[::ffff:10.2.0.1]:8088"] {
        let said = start(&settings(None, false, false), local).unwrap_err().to_string();
        assert!(said.contains("`open`") && said.contains("agents_file"), "{said}");
        assert!(start(&settings(Some(&["10.2.0.0/16"]), false, false), local).is_ok());
        assert!(start(&settings(None, true, false), local).is_ok());
        assert!(start(&settings(None, false, true), local).is_ok());
    }
    for local in ["127.0.0.1:8088", "[::1]:8088", "[::ffff:127.0.0.1]:0"] {
        assert!(start(&settings(None, false, false), local).is_ok());
    }
}

#[test]
fn what_cannot_be_is_refused_at_the_start() {
    let fails = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings(None, false, true);
        change(&mut settings);
        settings.access("127.0.0.1:1".parse().unwrap()).unwrap_err().to_string()
    };
    assert!(fails(&|settings| settings.access.user_header = Some("a b".into())).contains("\"a b\""));
    assert!(fails(&|settings| settings.trusted_proxies.clear()).contains("trusted_proxies"));
    assert!(fails(&|settings| settings.access.agents_file = Some("no/agents.toml".into())).contains("no/agents.toml"));
    assert!(fails(&|settings| settings.access.audit_file = Some("no/audit".into())).contains("no/audit"));
    let tls = Tls { certificate: "no/pbx.crt".into(), key: "no/pbx.key".into() };
    assert!(fails(&|settings| settings.tls = Some(tls.clone())).contains("no/pbx.crt"));
}

/// An access whose agents file has this text, and what writes another.
fn with_file(text: &str) -> (Access, tempfile::TempDir, impl Fn(&str) + use<>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agents.toml");
    std::fs::write(&path, text).unwrap();
    let mut settings = settings(None, false, false);
    settings.access.agents_file = Some(path.clone());
    (access(&settings), folder, move |text: &str| std::fs::write(&path, text).unwrap())
}

/// Looks twice.
fn look(access: &Access) {
    access.follow(false);
    access.follow(false);
}

#[test]
fn a_changed_agents_file_is_read_again_and_a_broken_one_is_not() {
    let (access, folder, write) = with_file("[agents]\na = { extension = \"801\" }");
    let changes = access.changes();
    look(&access);
    assert!(!changes.has_changed().unwrap(), "nothing has changed");
    write("[agents]\na = { extension = \"801\" }\nb = { extension = \"802\" }");
    look(&access);
    assert_eq!(changes.borrow().agents(), 2);
    write("[agents]\na = ");
    look(&access);
    assert_eq!(changes.borrow().agents(), 2, "a broken one is not taken");
    std::fs::remove_file(folder.path().join("agents.toml")).unwrap();
    look(&access);
    assert_eq!(changes.borrow().agents(), 2);
    write("[agents]\n");
    look(&access);
    assert_eq!(changes.borrow().agents(), 0, "nobody of them could log in");
}

#[test]
fn a_file_that_is_being_written_is_not_believed() {
    let agent = |at: usize| {
        format!("a{at} = {{ extension = \"{}\", token_sha256 = \"{}\" }}\n", 801 + at, secret::digest(&at.to_string()))
    };
    let whole = "[agents]\n".to_owned() + &(0..10).map(agent).collect::<String>();
    let (access, _folder, write) = with_file(&whole);
    // A script that writes line by line, slowly: each of these is a list that can be read.
    for lines in 1..=10 {
        write(&whole.lines().take(lines).fold(String::new(), |text, line| text + line + "\n"));
        access.follow(false);
        assert_eq!(access.changes().borrow().agents(), 10, "{lines} lines");
    }
    write(&(whole.clone() + &agent(10)));
    access.follow(false);
    assert_eq!(access.changes().borrow().agents(), 10, "it could go on");
    access.follow(false);
    assert_eq!(access.changes().borrow().agents(), 11);
}

#[tokio::test]
async fn from_agents_to_none_nobody_goes_by_himself() {
    let login = format!("a = {{ extension = \"801\", token_sha256 = \"{}\" }}\n", secret::digest("one"));
    let (access, _folder, write) = with_file(&format!("[agents]\n{login}"));
    for text in ["", "[agents]\n", "[agents]\na = { extension = \"801\" }\n"] {
        write(text);
        look(&access);
        look(&access);
        assert_eq!(who(&access, "127.0.0.1:5", &[]).await, Err(Refused::LoginNeeded), "{text:?}");
        let wrong = who(&access, "127.0.0.1:5", &[("authorization", "Bearer two")]).await;
        assert_eq!(wrong, Err(Refused::WrongLogin), "{text:?}");
        assert!(who(&access, "127.0.0.1:5", &[("authorization", "Bearer one")]).await.is_ok(), "{text:?}");
    }
    access.follow(true);
    assert_eq!(who(&access, "127.0.0.1:5", &[]).await, Ok((Way::Open, None)), "SIGHUP says that it is meant");
}

#[tokio::test]
async fn whoever_is_not_on_the_list_any_more_is_not_the_caller_any_more() {
    let list = |token| format!("[agents]\na = {{ extension = \"801\", token_sha256 = \"{}\" }}", secret::digest(token));
    let (access, _folder, write) = with_file("");
    let client = access.client(&HeaderMap::new(), "127.0.0.1:5".parse().unwrap());
    let open = access.identify(&HeaderMap::new(), client, Instant::now()).await.unwrap();
    access.follow(true);
    assert!(access.still(&open).is_some());
    write(&list("one"));
    look(&access);
    assert!(access.still(&open).is_none(), "now there are logins");
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, "Bearer one".parse().unwrap())]);
    let caller = access.identify(&headers, client, Instant::now()).await.unwrap();
    access.follow(true);
    assert!(access.still(&caller).is_some(), "nothing has changed for him");
    write(&list("two"));
    look(&access);
    assert!(access.still(&caller).is_none(), "another token");
}
