//! The lab itself, and what the dialplan package does in Asterisk alone: real phones that hear each other.

mod line;

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use uncall_tests::lab::{CUSTOMER, Heard, Lab, SOON, Stage, Tone, scenarios::Scene, until};

#[tokio::test]
async fn a_customer_and_an_agent_hear_each_other_and_are_recorded() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.talk().await?;
    let call = scene.agent.calls().pop().context("the agent has a call")?;
    assert_eq!(call.number, CUSTOMER, "the phone's display");
    scene.agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.customer.hang_up().await?;
    scene.over().await?;

    let uid =
        scene.manager.since(0).iter().map(|message| message.get("Linkedid").to_owned()).find(|uid| !uid.is_empty());
    let end = format!("-{}.WAV", uid.context("no uid")?);
    let recording = until("a whole recording with the uid in its name", SOON, async || {
        let files = fs::read_dir(scene.lab.recordings())?.collect::<std::io::Result<Vec<_>>>()?;
        let file = files.into_iter().find(|file| file.file_name().to_string_lossy().ends_with(&end));
        // Until the call is over, it holds its header only; the recorder is a moment behind.
        Ok(file.filter(|file| file.metadata().is_ok_and(|about| about.len() > 60)))
    })
    .await?;
    let name = recording.file_name().to_string_lossy().into_owned();
    ensure!(name.starts_with(&format!("801-{CUSTOMER}-20")), "{name}");
    let bytes = fs::read(recording.path())?;
    assert_eq!((&bytes[..4], &bytes[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    assert_eq!(bytes[20..22], [0x31, 0x00], "GSM 6.10 in a RIFF container");
    Ok(())
}

#[tokio::test]
async fn an_extension_calls_another_which_declines_the_second_time() -> Result<()> {
    let lab = Lab::start().await?;
    let (caller, called) = tokio::try_join!(lab.phone("801"), lab.phone("802"))?;
    caller.call("802").await?;
    assert_eq!(called.at(Stage::Ringing).await?.number, "801");
    called.answer().await?;
    caller.until_hears(&Heard::tones([Tone::Phone802])).await?;
    called.until_hears(&Heard::tones([Tone::Phone801])).await?;
    assert_eq!(caller.hears(Duration::from_millis(500)).await?, Heard::tones([Tone::Phone802]), "nobody else");
    called.hang_up().await?;
    caller.idle().await?;
    caller.call("802").await?;
    called.busy().await?;
    caller.until_hears(&Heard::tones([Tone::BusyPrompt])).await?;
    caller.idle().await
}

#[tokio::test]
async fn a_busy_extension_tells_its_callers_so_and_stays_silent() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.act(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "801"), ("Val", "YES")]).await?;
    scene.customer.call("801").await?;
    scene.customer.until_hears(&Heard::tones([Tone::BusyPrompt])).await?;
    scene.over().await?;
    let legs = scene.manager.since(0);
    ensure!(!legs.iter().any(|message| message.get("Channel").starts_with("PJSIP/801-")), "801 was rung");
    let hangup = legs.iter().find(|message| message.get("Event") == "Hangup").context("the caller's leg has ended")?;
    assert_eq!(hangup.get("Cause"), "17");
    Ok(())
}

#[tokio::test]
async fn busy_and_idle_go_through_the_dialplan_without_the_right_system() -> Result<()> {
    let lab = Lab::start().await?;
    let mut manager = lab.manager("nosystem").await?;
    let refused = manager.ask(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "801"), ("Val", "YES")]).await?;
    assert_eq!(refused.get("Message"), "Permission denied");
    for (context, wanted) in [("uncall-dnd-on", "Success"), ("uncall-dnd-off", "Error")] {
        let from = manager.here();
        let channel = format!("Local/801@{context}/n");
        let noop = [("Application", "NoOp"), ("Timeout", "3000"), ("Async", "true")];
        manager.ask(&[&[("Action", "Originate"), ("Channel", channel.as_str())], noop.as_slice()].concat()).await?;
        manager.event(from, &[("Event", "OriginateResponse"), ("Response", "Success")]).await?;
        let entry = manager.ask(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "801")]).await?;
        assert_eq!(entry.get("Response"), wanted, "after {context}");
    }
    Ok(())
}

#[tokio::test]
async fn asterisk_comes_back_after_a_power_cut_and_after_a_stop() -> Result<()> {
    let mut lab = Lab::start().await?;
    let (mut agent, customer) = tokio::try_join!(lab.phone("801"), lab.customer())?;
    customer.call("801").await?;
    agent.answer().await?;
    let manager = lab.manager("uncall").await?;
    lab.kill().await?;
    until("the manager's connection has ended", SOON, async || Ok(manager.closed().then_some(()))).await?;
    assert_eq!(agent.hears(Duration::from_millis(300)).await?, Heard::Nothing);
    // What was written within the last second is lost, so this phone may have to register again. The customer's does not
    // know that its call is gone.
    agent.vanish().await?;
    customer.hang_up().await?;
    lab.boot().await?;
    let mut manager = lab.manager("uncall").await?;
    assert!(manager.list(&[("Action", "CoreShowChannels")]).await?.is_empty());
    let agent = lab.phone("801").await?;
    customer.call("801").await?;
    agent.answer().await?;
    agent.until_hears(&Heard::tones([Tone::Customer])).await?;

    manager.ask(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "802"), ("Val", "YES")]).await?;
    lab.stop().await?;
    agent.idle().await?;
    customer.idle().await?;
    lab.boot().await?;
    let mut manager = lab.manager("uncall").await?;
    assert_eq!(manager.list(&[("Action", "DBGet"), ("Family", "DND"), ("Key", "802")]).await?.len(), 1);
    // Registered as before.
    customer.call("801").await?;
    agent.answer().await
}

#[tokio::test]
async fn the_agent_whose_phone_dropped_is_rung_by_the_pbx_alone() -> Result<()> {
    let mut scene = Scene::start().await?;
    let (agent, other) = scene.talk().await?;
    scene.hold(&agent, &other, "3").await?;
    scene.customer.until_hears(&Heard::tones([Tone::Music])).await?;
    scene.agent.until_hears(&Heard::Silence).await?;
    // From here on there is no gateway.
    scene.manager = scene.lab.manager("viewer").await?;
    scene.agent.hang_up().await?;
    assert_eq!(scene.agent.at(Stage::Ringing).await?.number, CUSTOMER);
    scene.customer.until_hears(&Heard::tones([Tone::Music])).await?;
    scene.agent.answer().await?;
    scene.agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.agent.hang_up().await?;
    scene.customer.idle().await
}

#[tokio::test]
async fn an_agent_who_stays_on_the_line_is_not_rung_and_a_half_done_restore_ends_like_any_call() -> Result<()> {
    let mut scene = Scene::start().await?;
    let (agent, other) = scene.talk().await?;
    let from = scene.manager.here();
    scene.hold(&agent, &other, "1").await?;
    // The dialplan looks after a second, finds the agent's leg, and goes on with the music.
    let music = |event: &'static str| [("Event", event), ("Channel", other.as_str())];
    let stopped = scene.manager.event(from, &music("MusicOnHoldStop")).await?;
    let looked = scene.manager.since(0).iter().position(|message| *message == stopped).unwrap_or(from);
    scene.manager.event(looked, &music("MusicOnHoldStart")).await?;
    assert_eq!(scene.agent.calls().len(), 1);
    // A gateway that dies here never empties UNCALL_PEER.
    let from = scene.manager.here();
    scene.act(&[("Action", "Bridge"), ("Channel1", &agent), ("Channel2", &other)]).await?;
    scene.together(from, &agent, &other).await?;
    scene.agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.agent.hang_up().await?;
    scene.customer.idle().await?;
    scene.over().await
}

#[tokio::test]
async fn a_hold_does_not_last_for_ever() -> Result<()> {
    let mut scene = Scene::start().await?;
    let mut admin = scene.lab.manager("admin").await?;
    admin.ask(&[("Action", "Setvar"), ("Variable", "UNCALL_HOLD_LIMIT"), ("Value", "2")]).await?;
    let (agent, other) = scene.talk().await?;
    scene.hold(&agent, &other, "600").await?;
    scene.customer.until_hears(&Heard::tones([Tone::Music])).await?;
    scene.customer.idle().await?;
    scene.agent.idle().await?;
    scene.over().await
}

#[tokio::test]
async fn a_dialled_number_cannot_carry_a_second_phone() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.agent.auto_answer(true);
    scene.click("801", "13700000001&PJSIP/803&PJSIP/802", "5000").await?;
    scene.manager.event(0, &[("Event", "DialBegin"), ("Channel", &leg(&scene).await?)]).await?;
    scene.agent.hang_up().await.ok();
    scene.over().await?;
    let rung: Vec<_> =
        scene.manager.since(0).into_iter().filter(|message| message.get("Event") == "Newchannel").collect();
    let rung: Vec<&str> =
        rung.iter().map(|message| message.get("Channel").split('-').next().unwrap_or_default()).collect();
    assert_eq!(rung, ["PJSIP/801", "PJSIP/trunk"]);
    Ok(())
}

async fn leg(scene: &Scene) -> Result<String> {
    until("801 has a leg", SOON, async || Ok(scene.leg("801").ok())).await
}

#[test]
fn the_package_brings_all_that_its_settings_name() -> Result<()> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialplan");
    let installed = |path: &str| package.join(path.trim_start_matches("/etc/asterisk/uncall/"));
    for language in ["zh", "en"] {
        for prompt in ["busy", "survey", "thanks"] {
            assert!(fs::metadata(package.join(format!("sounds/{language}/{prompt}.ulaw")))?.len() > 10_000);
        }
    }
    let classes = fs::read_to_string(package.join("musiconhold.conf"))?;
    let folders: Vec<&str> = classes.lines().filter_map(|line| line.strip_prefix("directory=")).collect();
    assert_eq!(folders.len(), 4);
    for folder in folders {
        assert!(fs::read_dir(installed(folder))?.next().is_some(), "{folder} is empty");
    }
    let settings = fs::read_to_string(package.join("uncall-globals.conf"))?;
    let setting = |name: &str| settings.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    assert!(installed(&setting("UNCALL_PROMPTS=")).join("busy.ulaw").exists());
    for name in ["UNCALL_MUSIC=", "UNCALL_SILENCE=", "UNCALL_TRANSFERRING="] {
        assert!(classes.contains(&format!("[{}]", setting(name))), "{name}");
    }
    Ok(())
}

#[test]
fn the_labs_users_have_the_rights_of_the_sample() -> Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rights = |file: &Path, user: usize| -> Result<Vec<String>> {
        let text = fs::read_to_string(file)?.replace("\n;", "\n");
        let user = text.split("[uncall]").nth(user).context("no such user")?;
        Ok(user
            .lines()
            .filter(|line| line.starts_with("read =") || line.starts_with("write ="))
            .take(2)
            .map(str::to_owned)
            .collect())
    };
    let (sample, lab) = (tests.join("../dialplan/manager.sample.conf"), tests.join("src/lab/etc/manager.conf"));
    assert_eq!(rights(&sample, 1)?, rights(&lab, 1)?);
    assert_eq!(rights(&sample, 1)?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_transferred_caller_hears_music_and_then_the_target_or_the_agent_again() -> Result<()> {
    let mut scene = Scene::start().await?;
    let (agent, other) = scene.talk().await?;
    let from = scene.transfer(&agent, &other, "802", "15").await?;
    scene.colleague.at(Stage::Ringing).await?;
    assert_eq!(scene.colleague.calls().first().map(|call| call.number.clone()), Some(CUSTOMER.to_owned()));
    scene.customer.until_hears(&Heard::tones([Tone::Music])).await?;
    scene.agent.until_hears(&Heard::tones([Tone::Transferring])).await?;
    scene.colleague.busy().await?;
    scene.together(from, &agent, &other).await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.agent.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.transfer(&agent, &other, "802", "15").await?;
    scene.colleague.answer().await?;
    scene.agent.idle().await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone802])).await?;
    scene.colleague.until_hears(&Heard::tones([Tone::Customer])).await?;
    scene.set(&other, "UNCALL_FEEDBACK", "801").await?;
    scene.colleague.hang_up().await?;
    scene.customer.until_hears(&Heard::tones([Tone::SurveyPrompt])).await?;
    scene.customer.press('5').await?;
    scene.customer.until_hears(&Heard::tones([Tone::ThanksPrompt])).await?;
    let survey = scene.manager.event(from, &[("Event", "UserEvent"), ("UserEvent", "UncallSurvey")]).await?;
    assert_eq!((survey.get("Agent"), survey.get("Score")), ("801", "5"));
    scene.customer.idle().await
}

#[tokio::test]
async fn a_whisper_reaches_the_agent_alone() -> Result<()> {
    let mut scene = Scene::start().await?;
    let (agent, _) = scene.talk().await?;
    scene.supervisor.auto_answer(true);
    let spy = format!("{agent},qwES");
    let spying = [("Application", "ChanSpy"), ("Data", spy.as_str()), ("Timeout", "10000"), ("Async", "true")];
    scene.act(&[&[("Action", "Originate"), ("Channel", "PJSIP/803")], spying.as_slice()].concat()).await?;
    scene.supervisor.until_hears(&Heard::tones([Tone::Phone801, Tone::Customer])).await?;
    scene.agent.until_hears(&Heard::tones([Tone::Customer, Tone::Phone803])).await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.customer.hang_up().await?;
    scene.supervisor.idle().await
}
