//! The supervisor's view on the push stream.

use uncall_gateway::Settings;
use uncall_gateway::access::Group;

use crate::access;
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
