//! Queues of a real Asterisk: busy keeps their calls away, whatever the kind of membership and whoever made the agent busy.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uncall_client::{Client, Observation, Settings};
use uncall_contract::{
    Extension,
    event::{Detail, Event, Presence, PresenceEvent},
};
use uncall_tests::{
    floor::*,
    lab::{Lab, Manager, Message, SOON, until},
    wire,
};

/// A queue with members by device, one with members through the dialplan, and two ring groups of the dialplan's own.
const GROUPS: [&str; 4] = ["892", "881", "883", "884"];

async fn begin() -> Result<(Floor<Real>, Manager)> {
    let floor = Floor::<Real>::start().await?;
    floor.settled().await;
    let admin = floor.phones.lab.manager("admin").await?;
    Ok((floor, admin))
}

/// Whether a phone of the extension was rung, by what the PBX says.
fn was_rung(messages: &[Message], exten: &str) -> bool {
    let leg = format!("PJSIP/{exten}-");
    messages.iter().any(|message| message.get("Event") == "Newchannel" && message.get("Channel").starts_with(&leg))
}

/// Whether anything was played in an attempt to ring an extension.
fn prompted(messages: &[Message]) -> bool {
    let played = |message: &&Message| message.get("Event") == "Newexten" && message.get("Application") == "Playback";
    messages.iter().filter(played).any(|message| message.get("Channel").starts_with("Local/"))
}

/// The members of a queue as the PBX lists them: paused, and why.
async fn standing(admin: &mut Manager, queue: &str, interface: &str) -> Result<(String, String)> {
    let items = admin.list(&[("Action", "QueueStatus"), ("Queue", queue)]).await?;
    let member = items.iter().find(|item| item.get("Event") == "QueueMember" && item.get("Location") == interface);
    let member = member.with_context(|| format!("{interface} is not in {queue}: {items:?}"))?;
    Ok((member.get("Paused").to_owned(), member.get("PausedReason").to_owned()))
}

/// The extension's queues, as the gateway tells them.
async fn queues(floor: &Floor<Real>, exten: &str) -> Result<Value> {
    let answer = wire::get(floor.gateway.address, &format!("/uncall_services_api/queues?exten={exten}")).await?;
    serde_json::from_str(answer.text()?).with_context(|| answer.text().map(str::to_owned).unwrap_or_default())
}

async fn change(floor: &Floor<Real>, exten: &str, queue: &str, act: &str) -> Result<Value> {
    let body = json!({"exten": exten, "queue": queue, "do": act}).to_string();
    let json = "Content-Type: application/json\r\n";
    let answer = wire::post(floor.gateway.address, "/uncall_services_api/queues", json, body.as_bytes()).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}

/// Waits until the snapshot of a new stream shows the extension so.
async fn is(floor: &Floor<Real>, presence: Presence, detail: Option<Detail>, reason: Option<&str>) -> Result<()> {
    let wanted = PresenceEvent { exten: "801".into(), presence, reason: reason.map(str::to_owned), detail };
    until(&format!("801 is {wanted:?}"), SOON, async || {
        let client = Client::new(Settings::new(floor.gateway.wsdl().parse()?))?;
        let mut watch = client.watch(Extension::parse("801")?);
        loop {
            if let Observation::Pushed(Event::Snapshot(now)) = watch.next().await.context("no stream")? {
                let now =
                    PresenceEvent { exten: now.exten, presence: now.presence, reason: now.reason, detail: now.detail };
                return Ok((now == wanted).then_some(()));
            }
        }
    })
    .await
}

#[tokio::test]
async fn who_is_busy_is_rung_by_no_queue_and_no_group() -> Result<()> {
    let (floor, admin) = begin().await?;
    for number in GROUPS {
        floor.ok(busy("801")).await?;
        let from = admin.here();
        floor.phones.tries(CALLER, number).await?;
        floor.phones.answers("802").await?;
        floor.hears("802", &[CALLER]).await?;
        ensure!(!was_rung(&admin.since(from), "801"), "{number} rang 801");
        ensure!(!prompted(&admin.since(from)), "{number} played to nobody");
        floor.phones.hangs_up(CALLER).await?;
        floor.on_hook(&["802", CALLER]).await?;

        // Idle, it is rung again.
        floor.ok(idle("801")).await?;
        floor.phones.tries(CALLER, number).await?;
        floor.phones.answers("801").await?;
        floor.hears("801", &[CALLER]).await?;
        floor.phones.hangs_up(CALLER).await?;
        floor.on_hook(&["801", "802", CALLER]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_caller_whom_nobody_takes_waits_until_somebody_is_idle() -> Result<()> {
    let (floor, admin) = begin().await?;
    for exten in ["801", "802"] {
        floor.ok(busy(exten)).await?;
    }
    for number in ["892", "881"] {
        let from = admin.here();
        floor.phones.tries(CALLER, number).await?;
        floor.hears(CALLER, &["music"]).await?;
        let waits = async |floor: &Floor<Real>| {
            let queues = queues(floor, "801").await?;
            let known = queues["queues"].as_array().context("no queues")?;
            let waiting = known.iter().filter(|queue| queue["waiting"] == 1 && queue["waiting_since"].is_string());
            Ok(known.len() == 2 && waiting.count() == 1)
        };
        floor.until("the caller is counted", waits).await?;
        ensure!(!["801", "802"].iter().any(|exten| was_rung(&admin.since(from), exten)), "{number}");
        floor.ok(idle("801")).await?;
        floor.phones.answers("801").await?;
        floor.hears("801", &[CALLER]).await?;
        floor
            .until("nobody waits", async |floor| {
                let queues = queues(floor, "801").await?;
                Ok(queues["queues"].as_array().is_some_and(|all| all.iter().all(|queue| queue["waiting"] == 0)))
            })
            .await?;
        floor.phones.hangs_up(CALLER).await?;
        floor.on_hook(&["801", CALLER]).await?;
        floor.ok(busy("801")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pauses_made_elsewhere_are_taken_back_and_a_reason_goes_along() -> Result<()> {
    let (floor, mut admin) = begin().await?;
    let pause = |interface: &'static str, paused: &'static str, reason: &'static str| {
        [("Action", "QueuePause"), ("Interface", interface), ("Paused", paused), ("Reason", reason)]
    };
    let (device, way) = ("PJSIP/801", "Local/801@uncall-local/n");
    is(&floor, Presence::Idle, None, None).await?;
    admin.ask(&pause(device, "true", "午餐")).await?;
    is(&floor, Presence::Idle, Some(Detail::PartlyPaused), Some("午餐")).await?;
    admin.ask(&pause(way, "true", "午餐")).await?;
    is(&floor, Presence::Busy, Some(Detail::Paused), Some("午餐")).await?;
    floor.tells("801", &["idle", "busy"]).await?;
    admin.ask(&pause(device, "false", "")).await?;
    is(&floor, Presence::Idle, Some(Detail::PartlyPaused), Some("午餐")).await?;
    // setIdle unpauses everywhere.
    floor.ok(idle("801")).await?;
    is(&floor, Presence::Idle, None, None).await?;
    ensure!(standing(&mut admin, "local", way).await?.0 == "0");

    let told = floor.told("801").len();
    let because =
        uncall_contract::Request::Busy { exten: "801".into(), reason: Some("  training, room 4\r\nx ".into()) };
    floor.ok(because).await?;
    ensure!(floor.told("801").len() <= told + 1, "one event: {:?}", floor.told("801"));
    let reason = "training, room 4  x";
    is(&floor, Presence::Busy, Some(Detail::DoNotDisturb), Some(reason)).await?;
    for (queue, interface) in [("support", device), ("local", way)] {
        ensure!(standing(&mut admin, queue, interface).await? == ("1".into(), reason.into()), "{queue}");
    }
    let lamp = [("Action", "Getvar"), ("Variable", "DEVICE_STATE(Custom:DND801)")];
    ensure!(admin.ask(&lamp).await?.get("Value") == "BUSY");
    let hint = admin.ask(&[("Action", "ExtensionState"), ("Exten", "801"), ("Context", "uncall-hints")]).await?;
    ensure!(hint.get("StatusText") != "Idle", "{hint:?}");
    floor.ok(idle("801")).await?;
    is(&floor, Presence::Idle, None, None).await?;
    ensure!(admin.ask(&lamp).await?.get("Value") == "NOT_INUSE");
    let hint = admin.ask(&[("Action", "ExtensionState"), ("Exten", "801"), ("Context", "uncall-hints")]).await?;
    ensure!(hint.get("StatusText") == "Idle", "{hint:?}");
    Ok(())
}

#[tokio::test]
async fn whom_a_supervisor_unpauses_everywhere_is_idle_again() -> Result<()> {
    let (floor, mut admin) = begin().await?;
    let (device, way) = ("PJSIP/801", "Local/801@uncall-local/n");
    let unpause = |interface: &'static str| [("Action", "QueuePause"), ("Interface", interface), ("Paused", "false")];
    let lamp = [("Action", "Getvar"), ("Variable", "DEVICE_STATE(Custom:DND801)")];
    for _ in 0..2 {
        floor.ok(busy("801")).await?;
        is(&floor, Presence::Busy, Some(Detail::DoNotDisturb), None).await?;
        // Unpaused in one queue: that queue rings the agent, who stays busy for everybody else.
        admin.ask(&unpause(device)).await?;
        until("the queue calls him", SOON, async || {
            let queues = queues(&floor, "801").await?;
            let called = |queue: &Value| queue["name"] == "support" && queue["paused"] == false;
            Ok(queues["queues"].as_array().is_some_and(|all| all.iter().any(called)).then_some(()))
        })
        .await?;
        is(&floor, Presence::Busy, Some(Detail::DoNotDisturb), None).await?;
        // Unpaused in the last one: the supervisor's change is the latest and wins.
        admin.ask(&unpause(way)).await?;
        is(&floor, Presence::Idle, None, None).await?;
        ensure!(admin.ask(&lamp).await?.get("Value") == "NOT_INUSE");
        let key = admin.ask(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "801")]).await?;
        ensure!(key.get("Response") == "Error", "the key is gone: {key:?}");
    }
    // Queues and direct calls ring the agent.
    for number in ["892", "801"] {
        floor.phones.tries(CALLER, number).await?;
        floor.phones.answers("801").await?;
        floor.hears("801", &[CALLER]).await?;
        floor.phones.hangs_up(CALLER).await?;
        floor.free(&["801", "802"]).await?;
        floor.on_hook(&[CALLER]).await?;
    }
    // The agent's own busy and idle in quick succession work.
    for _ in 0..5 {
        floor.ok(idle("801")).await?;
        floor.ok(busy("801")).await?;
    }
    for (queue, interface) in [("support", device), ("local", way)] {
        ensure!(standing(&mut admin, queue, interface).await?.0 == "1", "{queue}");
    }
    is(&floor, Presence::Busy, Some(Detail::DoNotDisturb), None).await
}

#[tokio::test]
async fn busy_by_a_feature_code_pauses_and_a_restarted_pbx_is_told_again() -> Result<()> {
    let (mut floor, mut admin) = begin().await?;
    // What *78 does where it is FreePBX's: the key, and the lamp.
    let key = [("Family", "DND"), ("Key", "801")];
    admin.ask(&[&[("Action", "DBPut"), ("Val", "YES")], key.as_slice()].concat()).await?;
    let lamp = |state| [("Action", "Setvar"), ("Variable", "DEVICE_STATE(Custom:DND801)"), ("Value", state)];
    admin.ask(&lamp("BUSY")).await?;
    let paused = async |admin: &mut Manager, wanted: &str| {
        for (queue, interface) in [("support", "PJSIP/801"), ("local", "Local/801@uncall-local/n")] {
            until(&format!("{interface} is paused: {wanted}"), SOON, async || {
                Ok((standing(admin, queue, interface).await?.0 == wanted).then_some(()))
            })
            .await?;
        }
        anyhow::Ok(())
    };
    paused(&mut admin, "1").await?;
    floor.tells("801", &["busy"]).await?;
    // Added to a queue while busy: starts out paused.
    let add = [("Action", "QueueAdd"), ("Queue", "dynamic"), ("Interface", "PJSIP/801")];
    admin.ask(&add).await?;
    until("paused in it", SOON, async || {
        Ok((standing(&mut admin, "dynamic", "PJSIP/801").await?.0 == "1").then_some(()))
    })
    .await?;
    // A restart forgets the pauses and keeps the key.
    floor.phones.lab.stop().await?;
    floor.phones.lab.boot().await?;
    floor.connected().await?;
    let mut admin = floor.phones.lab.manager("admin").await?;
    paused(&mut admin, "1").await?;
    admin.ask(&[&[("Action", "DBDel")], key.as_slice()].concat()).await?;
    admin.ask(&lamp("NOT_INUSE")).await?;
    paused(&mut admin, "0").await?;
    is(&floor, Presence::Idle, None, None).await
}

#[tokio::test]
async fn an_agent_logs_in_to_a_queue_and_out_of_it() -> Result<()> {
    let (floor, mut admin) = begin().await?;
    let done = json!({"ok": true});
    ensure!(change(&floor, "803", "dynamic", "login").await? == done);
    ensure!(change(&floor, "803", "dynamic", "login").await? == done, "twice is once");
    ensure!(queues(&floor, "803").await?["queues"][0]["name"] == "dynamic");
    floor.phones.tries(CALLER, "882").await?;
    floor.phones.answers("803").await?;
    floor.hears("803", &[CALLER]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["803", CALLER]).await?;
    ensure!(change(&floor, "803", "dynamic", "logout").await? == done);
    ensure!(change(&floor, "803", "dynamic", "logout").await? == done);
    ensure!(queues(&floor, "803").await? == json!({"exten": "803", "queues": []}));

    // A busy agent starts out paused in it.
    floor.ok(uncall_contract::Request::Busy { exten: "803".into(), reason: Some("lunch".into()) }).await?;
    ensure!(change(&floor, "803", "dynamic", "login").await? == done);
    ensure!(standing(&mut admin, "dynamic", "PJSIP/803").await? == ("1".into(), "lunch".into()));
    let mine = queues(&floor, "803").await?;
    ensure!(mine["queues"][0] == json!({"name": "dynamic", "paused": true, "reason": "lunch", "waiting": 0}), "{mine}");

    for (exten, queue, act, message) in [
        ("803", "no such", "login", "No such queue"),
        ("803", "a\r\nAction: Logoff", "login", "No such queue"),
        ("801", "support", "logout", "Configured member"),
        ("899", "support", "login", "No such extension"),
    ] {
        let answer = change(&floor, exten, queue, act).await?;
        ensure!(answer == json!({"ok": false, "message": message}), "{queue}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn without_the_right_the_dialplan_keeps_its_own_members_calls_away() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let gateway = Real::gateway(&real.lab, Real::options(&real.lab, "noagent")).await?;
    let floor = Floor::with(real, gateway).await?;
    floor.settled().await;
    let admin = floor.phones.lab.manager("admin").await?;
    floor.ok(busy("801")).await?;
    for number in ["881", "883", "884"] {
        let from = admin.here();
        floor.phones.tries(CALLER, number).await?;
        floor.phones.answers("802").await?;
        floor.hears("802", &[CALLER]).await?;
        ensure!(!was_rung(&admin.since(from), "801"), "{number} rang 801");
        ensure!(!prompted(&admin.since(from)), "{number} played to nobody");
        floor.phones.hangs_up(CALLER).await?;
        floor.on_hook(&["802", CALLER]).await?;
    }
    // It does not in the cases the guide names: a queue with members by device, and a group without the check.
    for number in ["892", "891"] {
        let from = admin.here();
        floor.phones.tries(CALLER, number).await?;
        floor.phones.answers("801").await?;
        ensure!(was_rung(&admin.since(from), "801"), "{number}");
        floor.phones.hangs_up(CALLER).await?;
        floor.on_hook(&["801", "802", CALLER]).await?;
    }
    Ok(())
}
