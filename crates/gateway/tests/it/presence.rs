//! Busy with a reason, queues beside the stream, and what a panel of version 0.1 makes of it.

use uncall_contract::event::{Detail, Event, Member, MemberState, PresenceEvent, Queue, Queues, Snapshot};
use uncall_gateway::Settings;
use uncall_gateway::access::Group;

use crate::access;
use crate::panel_0_1::{Panel, Presence};
use crate::support::{Gateway, basic, envelope, request};

const QUEUES: &str = "/uncall_services_api/queues";

fn change(body: &str, head: &str) -> Vec<u8> {
    let head = format!("POST {QUEUES} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{head}");
    format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_reason_goes_along_to_the_own_stream_and_the_supervisors() {
    let settings = Settings::default().with_groups([Group::new(&["801"], &["802"]).unwrap()]);
    let gateway = Gateway::start(true, settings).await;
    let mut own = gateway.events("802", "").await;
    let mut boss = gateway.events("801", "").await;
    assert!(own.until("event: snapshot").await && boss.until("event: team").await);
    let arguments = [("strExten", "802"), ("strReason", " 小休\n&amp; coffee ")];
    assert!(gateway.call("setBuys", &arguments).await.contains("<result>1</result>"));
    let presence = r#"event: presence"#.to_owned()
        + "\ndata: "
        + r#"{"exten":"802","presence":"busy","reason":"小休 & coffee","detail":"do_not_disturb"}"#;
    assert!(own.until(&presence).await, "{}", own.text);
    assert!(boss.until(r#""reason":"小休 & coffee","detail":"do_not_disturb"}"#).await, "{}", boss.text);
    // Longer than a reason is, and another one: that is a change as well.
    let long = "x".repeat(40);
    gateway.call("setBuys", &[("strExten", "802"), ("strReason", &long)]).await;
    assert!(own.until(&format!(r#""reason":"{}","detail""#, "x".repeat(32))).await, "{}", own.text);
    gateway.call("setIdle", &[("strExten", "802")]).await;
    assert!(own.until(r#"{"exten":"802","presence":"idle"}"#).await, "{}", own.text);
    let mut again = gateway.events("802", "").await;
    assert!(again.until(r#"{"exten":"802","presence":"idle","calls":[]}"#).await, "{}", again.text);
}

#[tokio::test]
async fn the_wsdl_answer_announces_queues_and_a_stream_has_them_when_asked() {
    let gateway = Gateway::controlled().await;
    let wsdl = gateway.get("/uncall_services_api/index.php?wsdl").await;
    let link = "\r\nlink: </uncall_services_api/queues>; rel=\"uncall-queues\"\r\n";
    assert!(wsdl.head.to_ascii_lowercase().contains(link), "{}", wsdl.head);
    let mut with = gateway.events("801&with=weather,queues", "").await;
    let of_801 = "{\"exten\":\"801\",\"queues\":[{\"name\":\"600\",\"paused\":false,\"waiting\":0}]}";
    assert!(with.until(&format!("event: queues\ndata: {of_801}")).await, "{}", with.text);
    let mut without = gateway.events("801", "").await;
    gateway.call("setBuys", &[("strExten", "801")]).await;
    assert!(without.until("event: presence").await);
    assert!(!without.text.contains("event: queues"), "{}", without.text);

    let answer = gateway.get(&format!("{QUEUES}?exten=801")).await;
    let paused = of_801.replace("false", "true");
    assert_eq!((answer.status, answer.text()), (200, paused), "busy is paused");
    for (query, status) in [("", 400), ("?exten=", 400), ("?exten=%00", 400), ("?exten=899", 404)] {
        assert_eq!(gateway.get(&format!("{QUEUES}{query}")).await.status, status, "{query}");
    }
    for (body, said) in [
        (r#"{"exten":"801","queue":"support","do":"login"}"#, "No such queue"),
        (r#"{"exten":"899","queue":"support","do":"login"}"#, "No such extension"),
        (r#"{"exten":"801","queue":"a\r\nAction: Logoff","do":"logout"}"#, "No such queue"),
        (r#"{"exten":"801","queue":" ","do":"logout"}"#, "No such queue"),
        (r#"{"exten":"801","queue":"600","do":"logout"}"#, "Configured member"),
    ] {
        let answer = gateway.raw(&change(body, "")).await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.text(), format!("{{\"ok\":false,\"message\":\"{said}\"}}"), "{body}");
    }
    for body in ["", "{", "[]", r#"{"exten":"801","queue":"support","do":"burn"}"#, &"x".repeat(5000)] {
        assert_eq!(gateway.raw(&change(body, "")).await.status, 400, "{body}");
    }
    let foreign = change(r#"{"exten":"801","queue":"support","do":"login"}"#, "Origin: http://evil.example\r\n");
    assert_eq!(gateway.raw(&foreign).await.status, 403);
}

#[tokio::test]
async fn queues_are_for_whom_the_extension_is() {
    let gateway = Gateway::start(true, access::settings()).await;
    let li_na = basic("li.na", "geheim:ä");
    let login = |exten: &str| format!("{{\"exten\":\"{exten}\",\"queue\":\"support\",\"do\":\"login\"}}");
    for (exten, status) in [("802", 200), ("803", 403)] {
        assert_eq!(gateway.raw(&change(&login(exten), &li_na)).await.status, status, "{exten}");
        let get = format!("GET {QUEUES}?exten={exten} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{li_na}\r\n");
        assert_eq!(gateway.raw(get.as_bytes()).await.status, status, "{exten}");
    }
    assert_eq!(gateway.raw(&change(&login("802"), "")).await.status, 401);
}

/// `(message, legs of the number)`
async fn transferred(gateway: &Gateway, target: &str, head: &str) -> String {
    gateway.raw(&request("transferCall", &[("strAgent", "802"), ("strExten", target)], head)).await.inner()
}

#[tokio::test]
async fn other_numbers_are_for_logins_whose_group_allows_them() {
    let mut settings = access::settings();
    let group = Group::new(&[], &["802"]).unwrap();
    settings.access.roster.groups.push(group.transfers_to(&["600", "0\\d+"]).unwrap());
    let gateway = Gateway::start(true, settings).await;
    assert_eq!(gateway.post("/sim/calls", None, br#"{"from":"10010","to":"802"}"#).await.status, 200);
    assert_eq!(gateway.post("/sim/extensions/802/answer", None, b"").await.status, 200);
    let li_na = basic("li.na", "geheim:ä");
    for target in ["6000", "600x", "1380013800", "899", "", "0", "+0", "600 1"] {
        assert!(transferred(&gateway, target, &li_na).await.contains("<Message>Transfer not allowed<"), "{target}");
    }
    // Neither an open client nor a supervisor of another group may, for the same agent.
    let body = envelope("transferCall", &[("strAgent", "802"), ("strExten", "600")]);
    let post = format!(
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(gateway.raw_from("127.0.0.2", post.as_bytes()).await.inner().contains("Transfer not allowed"));
    assert!(transferred(&gateway, "600", &basic("boss", "chef")).await.contains("Transfer not allowed"));
    // A number that is busy, and one that answers.
    assert!(transferred(&gateway, "01380001", &li_na).await.contains("<Message>Exten is not idle<"));
    let done = transferred(&gateway, " 0138-0002 ", &li_na);
    let (done, _) = tokio::join!(done, async {
        crate::support::until("the number rings and answers", async || {
            gateway.post("/sim/numbers/01380002/answer", None, b"").await.status == 200
        })
        .await;
    });
    assert!(done.contains("<Message>Transfer successful<"), "{done}");
}

#[test]
fn a_panel_of_version_0_1_passes_over_what_is_new_and_would_drop_another_word() {
    let since = "2026-03-04T05:06:07Z".parse().unwrap();
    let mut text = String::new();
    let mut say = |event: Event| text.push_str(&format!("event: {}\ndata: {}\n\n", event.name(), event.to_json()));
    for detail in [None, Some(Detail::DoNotDisturb), Some(Detail::Paused), Some(Detail::PartlyPaused)] {
        let busy = !matches!(detail, None | Some(Detail::PartlyPaused));
        let presence =
            if busy { uncall_contract::event::Presence::Busy } else { uncall_contract::event::Presence::Idle };
        let reason = Some("午餐".to_owned());
        say(Event::Snapshot(Snapshot { reason: reason.clone(), detail, ..Snapshot::new("801", presence, Vec::new()) }));
        say(Event::Presence(PresenceEvent { reason: reason.clone(), detail, ..PresenceEvent::new("801", presence) }));
        say(Event::Team(uncall_contract::event::Team { members: Vec::new() }));
        let member = Member::new("802", presence, MemberState::Free, since);
        say(Event::Member(Member { reason, detail, ..member }));
        let queue = Queue { name: "a".into(), paused: busy, reason: None, waiting: 2, waiting_since: Some(since) };
        say(Event::Queues(Queues { exten: "801".into(), queues: vec![queue] }));
    }
    let mut panel = Panel::default();
    panel.feed(text.as_bytes()).unwrap();
    assert_eq!(panel.team.unwrap()["802"].presence, Presence::Idle);
    for name in ["presence", "snapshot", "member"] {
        let data = r#"{"exten":"801","presence":"lunch","calls":[],"state":"free","since":""}"#;
        let text = format!("event: {name}\ndata: {data}\n\n");
        assert!(Panel::default().feed(text.as_bytes()).is_err(), "{name}");
    }
}
