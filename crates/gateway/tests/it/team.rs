//! The supervisor's view on the push stream.

use uncall_gateway::Settings;
use uncall_gateway::access::Group;
use uncall_simulator::{Options, Simulator};

use crate::access;
use crate::panel_0_1::{MemberState, Panel, Presence};
use crate::support::{Gateway, basic};

async fn busy(gateway: &Gateway, exten: &str) {
    assert!(gateway.call("setBuys", &[("strExten", exten)]).await.contains("<result>1</result>"));
}

#[tokio::test]
async fn a_supervisor_sees_the_team_and_what_changes_in_it() {
    let settings = Settings::default().with_groups([Group::new(&["801"], &["801-803", "999"]).unwrap()]);
    let gateway = Gateway::start(true, settings).await;
    let mut boss = gateway.events("801", "").await;
    assert!(boss.until("event: team").await);
    let (snapshot, team) = (boss.text.find("event: snapshot").unwrap(), boss.text.find("event: team").unwrap());
    assert!(snapshot < team);
    assert!(boss.until("}]}").await);
    let members: Vec<&str> = boss.text[team..].split("\"exten\":\"").skip(1).map(|rest| &rest[..3]).collect();
    assert_eq!(members, ["802", "803"], "not himself, and nobody who is not there: {}", boss.text);

    let mut agent = gateway.events("802", "").await;
    assert!(agent.until("event: snapshot").await);
    busy(&gateway, "802").await;
    assert!(boss.until("event: member").await);
    assert!(boss.until(r#"{"exten":"802","presence":"busy","state":"free","since":""#).await, "{}", boss.text);
    assert_eq!(gateway.post("/sim/calls", None, br#"{"from":"10010","to":"803"}"#).await.status, 200);
    assert!(boss.until(r#"{"exten":"803","presence":"idle","state":"ringing","since":""#).await, "{}", boss.text);
    assert_eq!(gateway.post("/sim/extensions/803/unregister", None, b"").await.status, 200);
    assert!(boss.until(r#"{"exten":"803","presence":"idle","state":"unavailable","since":""#).await, "{}", boss.text);

    // After a break the whole team comes again, whatever can be made up for of the own events.
    busy(&gateway, "801").await;
    assert!(boss.until("event: presence").await);
    let mut again = gateway.events("801", &format!("Last-Event-ID: {}\r\n", boss.last_id())).await;
    assert!(again.until("event: team").await);
    assert!(!again.text.contains("event: snapshot"), "{}", again.text);
    assert!(again.until(r#"{"exten":"803","presence":"idle","state":"unavailable""#).await);

    assert!(agent.until("event: presence").await);
    assert!(!agent.text.contains("event: team") && !agent.text.contains("event: member"), "{}", agent.text);
}

#[tokio::test]
async fn whoever_may_act_for_a_supervisor_does_not_see_his_team() {
    let mut settings = access::settings();
    settings.access.roster.groups.push(Group::new(&["802"], &["801"]).unwrap());
    let gateway = Gateway::start(true, settings).await;
    let mut own = gateway.events("801", &basic("boss", "chef")).await;
    assert!(own.until("event: team").await);
    let mut watched = gateway.events("801", &basic("li.na", "geheim:ä")).await;
    assert!(watched.until("event: snapshot").await);
    // Something that both get, behind which a team would have come.
    let verb = crate::support::request("setBuys", &[("strExten", "801")], &basic("boss", "chef"));
    assert_eq!(gateway.raw(&verb).await.status, 200);
    assert!(watched.until("event: presence").await);
    assert!(!watched.text.contains("event: team"), "{}", watched.text);
}

/// The bytes of a stream that the old panel has not been given yet: chunks of the transfer are taken out.
fn events_of(text: &str) -> String {
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let (mut rest, mut events) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        let Some(piece) = after.get(..size) else { break };
        events.push_str(piece);
        rest = after.get(size + 2..).unwrap_or("");
    }
    events
}

#[tokio::test]
async fn a_panel_of_version_0_1_sees_a_team_of_two_thousand_and_keeps_its_stream() {
    let extensions: Vec<String> = (1001..=3000).map(|exten| exten.to_string()).collect();
    let settings = Settings::default().with_groups([Group::new(&["1001"], &["1001-3000"]).unwrap()]);
    let options = Options { control: true, extensions: extensions.clone(), ..Options::default() };
    let gateway = Gateway::on(Simulator::start(options), settings).await;
    busy(&gateway, "2999").await;
    let mut boss = gateway.events("1001", "").await;
    assert!(boss.until("\"exten\":\"3000\"").await);
    // A change behind all that, of one who came with the first part, and one of the supervisor's own.
    busy(&gateway, "1002").await;
    busy(&gateway, "1001").await;
    assert!(boss.until(r#""exten":"1002","presence":"busy""#).await && boss.until("event: presence").await);
    assert!(boss.until("\n\n\r\n").await);

    let mut panel = Panel::default();
    panel.feed(events_of(&boss.text).as_bytes()).unwrap();
    let team = panel.team.unwrap();
    let known: Vec<&String> = team.keys().collect();
    assert_eq!(known, extensions.iter().skip(1).collect::<Vec<_>>(), "all but himself");
    for member in team.values() {
        let busy = matches!(member.exten.as_str(), "1002" | "2999");
        assert_eq!(member.presence, if busy { Presence::Busy } else { Presence::Idle }, "{member:?}");
        assert_eq!(member.state, MemberState::Free, "{member:?}");
    }
}
