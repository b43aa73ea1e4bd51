//! A PBX that is arranged like a FreePBX, set up as docs/freepbx.md says. Calls begin when no list can heal any more what events lost.

use std::{fs, sync::Arc};

use anyhow::{Context, Result, ensure};
use uncall_asterisk::{
    Asterisk, Options,
    check::{Check, Verdict, run},
};
use uncall_gateway::{Settings, settings::File};
use uncall_recordings::{Ledger, LedgerOptions, Recordings};
use uncall_tests::{
    floor::*,
    gateway::Gateway,
    lab::{Change, Lab, Phone, SOON, Stage, Stranger, Tone, until},
};

use crate::lab_guide::{Step, repository, steps};

const QUEUE: &str = "
[600]
musicclass = uncall-hold
strategy = ringall
timeout = 20
retry = 1
member => Local/801@from-queue/n,0,Agent 801,hint:801@ext-local
member => Local/802@from-queue/n,0,Agent 802,hint:802@ext-local
";

/// What the page says to put into the file.
fn page(file: &str) -> Result<String> {
    let page = fs::read_to_string(repository().join("docs/freepbx.md"))?;
    let text = steps(&page, "## 3.").into_iter().find_map(|step| match step {
        Step::Write(named, text) if named.ends_with(file) => Some(text),
        Step::Write(..) | Step::Run(_) => None,
    });
    text.with_context(|| format!("docs/freepbx.md has no block for {file}"))
}

/// The page's context that cleans what callers call themselves: it stands there as an example, in a list.
fn cleaning() -> String {
    let page = fs::read_to_string(repository().join("docs/freepbx.md")).unwrap_or_default();
    let lines = page.lines().skip_while(|line| line.trim() != "[uncall-from-pstn]");
    let lines = lines.take_while(|line| line.trim() != "```").map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn options(lab: &Lab) -> Result<Options> {
    let file: File = toml::from_str(&page("gateway.toml")?)?;
    let (phones, queue_member) = (file.asterisk.phones, file.asterisk.queue_member);
    Ok(Options { phones, queue_member, ..Real::options(lab, "uncall") })
}

/// 801 has a second phone, 99801; the trunk is named by its number.
async fn begin() -> Result<(Floor<Real>, Phone)> {
    let changes: Vec<Change> = vec![
        ("extensions.conf", |_| include_str!("../../src/lab/etc/like-freepbx.conf").to_owned()),
        // The lab's prompts and trunk; what the page says is above them.
        ("globals_custom.conf", |_| {
            page("globals_custom.conf").unwrap_or_default()
                + "UNCALL_TRUNK=02161234567\nUNCALL_PROMPTS=@RUN@/sounds\nUNCALL_TRANSFERRING=uncall-transferring-en\n"
        }),
        ("extensions_custom.conf", |_| {
            page("extensions_custom.conf").unwrap_or_default() + &cleaning() + "[from-internal-custom]\n"
        }),
        ("pjsip.conf", |text| {
            let named = text.replace("[trunk]", "[02161234567]").replace("=trunk\n", "=02161234567\n");
            named.replace("context=from-trunk", "context=uncall-from-pstn")
        }),
        ("queues.conf", |_| QUEUE.to_owned()),
        ("modules.conf", |text| text + "load=app_directed_pickup.so\nload=func_presencestate.so\n"),
    ];
    let lab = Lab::start_changed(changes).await?;
    lab.endpoint("99801", 1).await?;
    let second = lab.phone_of("99801", 1, Tone::SecondPhone).await?;
    let real = Real::on(lab).await?;
    let folder = uncall_recordings::Options::Folder(real.lab.recordings());
    let ledger = Ledger::open(LedgerOptions { state: Some(real.lab.folder().join("state")), cdr: None });
    let recordings = Recordings::keeping(&folder, ledger)?;
    let asterisk = Asterisk::start(options(&real.lab)?, Some(Arc::clone(&recordings)));
    let gateway = Gateway::start_with_recordings(asterisk, recordings, Settings::default()).await?;
    let floor = Floor::with(real, gateway).await?;
    Real::settled().await;
    Ok((floor, second))
}

/// Waits until a recording of the call is served, and gives its name.
async fn recorded(floor: &Floor<Real>, uid: &str) -> Result<String> {
    until("the recording is served", SOON, async || Ok(floor.ok(recording(uid)).await.ok())).await
}

#[tokio::test]
async fn queue_group_follow_me_pick_up_survey_and_do_not_disturb() -> Result<()> {
    let (floor, second) = begin().await?;
    let lab = &floor.phones.lab;

    // Nothing is missing, and the trunk is nobody's.
    let findings = run(&Check { options: options(lab)?, prompts: None }).await;
    ensure!(findings.iter().all(|finding| finding.verdict != Verdict::Missing), "{findings:#?}");
    let whose = findings.iter().find(|finding| finding.text.starts_with("agents and their phones")).context("whose")?;
    ensure!(whose.text.contains("801 (PJSIP/801, PJSIP/99801)"), "{whose}");
    ensure!(whose.text.contains("nobody's: PJSIP/02161234567"), "{whose}");

    // The queue rings both agents, 801 on both of his phones; he takes it on the second one, and the caller is who called.
    floor.phones.tries(CALLER, "400600").await?;
    second.at(Stage::Ringing).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    ensure!(floor.pops("802", CALLER, "802", "callin").await? == uid);
    second.answer().await?;
    floor.tells("801", &["ringing", "talking"]).await?;
    floor.tells("802", &["ringing", "ended answered_elsewhere"]).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    let channel = floor.ok(hold("801")).await?;
    floor.hears(CALLER, &["music"]).await.context("the package's music, not the class of the queue")?;
    floor.ok(restore("801", &channel)).await?;
    floor.hears(CALLER, &["second phone"]).await?;
    floor.ok(hang_up("801")).await?;
    second.idle().await?;
    floor.on_hook(&["801", "802", CALLER]).await?;
    let name = recorded(&floor, &uid).await?;
    ensure!(name.contains("q-600-") && !name.contains(&uid), "by the leg of the attempt: {name}");

    // The receiver is put down with a survey asked for: in a queue's call, and in a ring group's.
    floor.phones.tries(CALLER, "400600").await?;
    floor.phones.answers("801").await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(survey("801")).await?;
    floor.phones.hangs_up("801").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&[CALLER]).await?;
    floor.free(&["801", "802"]).await?;
    floor.phones.tries(CALLER, "400601").await?;
    floor.phones.answers("802").await?;
    let uid = floor.pops("802", CALLER, "802", "callin").await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.ok(survey("802")).await?;
    // Also when he is held in between.
    let channel = floor.ok(hold("802")).await?;
    floor.hears(CALLER, &["music"]).await?;
    floor.ok(restore("802", &channel)).await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.phones.hangs_up("802").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["801", "802", CALLER]).await?;
    ensure!(recorded(&floor, &uid).await?.contains("rg-601-"));

    // Follow-me: 803's call is taken by 804.
    floor.phones.tries(CALLER, "400803").await?;
    floor.phones.answers("804").await?;
    floor.tells("803", &["ringing", "ended answered_elsewhere"]).await?;
    floor.pops("804", CALLER, "804", "callin").await?;
    floor.hears(CALLER, &["804"]).await?;
    floor.ok(hang_up("804")).await?;
    floor.on_hook(&["803", "804", CALLER]).await?;

    // 802 picks up what rings at 801.
    floor.phones.tries(CALLER, "400801").await?;
    floor.phones.phone("801")?.at(Stage::Ringing).await?;
    let before = floor.told("802").len();
    floor.phones.tries("802", "**801").await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.pops("802", CALLER, "802", "callin").await?;
    let told = floor.told("802").split_off(before);
    ensure!(told == ["talking"], "the code is no call: {told:?}");
    floor.phones.hangs_up("802").await?;
    floor.on_hook(&[CALLER]).await?;
    floor.free(&["801", "802"]).await?;

    // A call that the agent made, with its survey.
    floor.ok(dial("802", CALLER)).await?;
    floor.phones.answers("802").await?;
    floor.phones.answers(CALLER).await?;
    floor.hears(CALLER, &["802"]).await?;
    floor.ok(survey("802")).await?;
    floor.phones.hangs_up("802").await?;
    floor.hears(CALLER, &["survey"]).await?;
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["802", CALLER]).await?;

    // A stranger's line breaks are gone before anybody is rung.
    let stranger = Stranger::calls(lab.address(), "138\r\nEvent: Hangup\r\nUniqueid: 1", "400804").await?;
    floor.pops("804", "138Event: HangupUniqueid: 1", "804", "callin").await?;
    stranger.gives_up().await?;
    floor.free(&["804"]).await?;

    // *78 on the phone is busy on the desk; idle on the desk puts key and lamp out.
    floor.phones.tries("801", "*78").await?;
    lamp(lab, "BUSY").await?;
    floor.on_hook(&["801"]).await?;
    floor.phones.tries(CALLER, "400600").await?;
    floor.phones.phone("802")?.at(Stage::Ringing).await?;
    ensure!(
        floor.phones.phone("801")?.calls().is_empty() && second.calls().is_empty(),
        "801 does not want to be disturbed"
    );
    floor.phones.hangs_up(CALLER).await?;
    floor.on_hook(&["802", CALLER]).await?;
    floor.ok(idle("801")).await?;
    lamp(lab, "NOT_INUSE").await?;
    floor.ok(busy("801")).await?;
    lamp(lab, "BUSY").await
}

/// Waits until the lamp of 801's "do not disturb" is so.
async fn lamp(lab: &Lab, wanted: &str) -> Result<()> {
    let mut admin = lab.manager("admin").await?;
    until(&format!("the lamp is {wanted}"), SOON, async || {
        let answer = admin.ask(&[("Action", "Getvar"), ("Variable", "DEVICE_STATE(Custom:DND801)")]).await?;
        Ok((answer.get("Value") == wanted).then_some(()))
    })
    .await
}
