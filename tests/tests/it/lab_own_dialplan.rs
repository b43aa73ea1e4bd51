//! A PBX that has a dialplan of its own, arranged as FreePBX arranges its files, and only includes the package: what
//! docs/asterisk.md says about such a one.

use std::fs;

use anyhow::Result;
use uncall_asterisk::check::{Check, Verdict, run};
use uncall_asterisk::file::AsteriskFile;
use uncall_tests::lab::{Heard, Lab, Tone, scenarios::Scene};

/// The PBX's own: calls to extensions with its own rules for busy and recording, after which the caller is led to the survey.
const OWN: &str = "
[general]
static=yes
[globals]
DIAL_OPTIONS=gF(uncall-after^s^1)
#include globals_custom.conf
[from-internal]
include => from-internal-custom
include => ext-local
[from-trunk]
exten => _8XX,1,Gosub(uncall-clean,s,1)
 same => n,Goto(ext-local,${EXTEN},1)
[ext-local]
exten => _8XX,1,GotoIf($[\"${DB(DND/${EXTEN})}\" = \"YES\"]?busy)
 same => n,MixMonitor(in-${EXTEN}-${CALLERID(num)}-${STRFTIME(${EPOCH},,%Y%m%d-%H%M%S)}-${CHANNEL(linkedid)}.wav)
 same => n,Dial(PJSIP/${EXTEN},30,${DIAL_OPTIONS})
 same => n,Goto(uncall-after,s,1)
 same => n(busy),Busy(5)
exten => 801,hint,PJSIP/801&Custom:DND801
exten => 802,hint,PJSIP/802&Custom:DND802
#include extensions_custom.conf
";

async fn with_own_dialplan() -> Result<Scene> {
    let mut scene = Scene::start().await?;
    let etc = scene.lab.folder().join("etc");
    let prompts = scene.lab.folder().join("sounds");
    fs::write(etc.join("extensions.conf"), OWN)?;
    let settings = format!(
        "#include uncall/uncall-globals.conf\nUNCALL_RECORD=no\nUNCALL_PROMPTS={}\n\
         UNCALL_TRANSFERRING=uncall-transferring-en\n",
        prompts.display()
    );
    fs::write(etc.join("globals_custom.conf"), settings)?;
    fs::write(etc.join("extensions_custom.conf"), "#include uncall/uncall.conf\n[from-internal-custom]\n")?;
    let mut admin = scene.lab.manager("admin").await?;
    admin.ask(&[("Action", "Command"), ("Command", "dialplan reload")]).await?;
    scene.manager = scene.lab.manager("uncall").await?;
    Ok(scene)
}

#[tokio::test]
async fn the_check_finds_all_that_is_needed() -> Result<()> {
    let scene = with_own_dialplan().await?;
    let (address, secret) = (scene.lab.address(), Lab::secret("uncall"));
    let login = format!("address = \"{address}:5038\"\nuser = \"uncall\"\nsecret = \"{secret}\"\n");
    for (extensions, missing) in [("801-802", None), ("801-803", Some("hints: none for 803;"))] {
        let file: AsteriskFile = toml::from_str(&format!("{login}extensions = [\"{extensions}\"]"))?;
        let findings = run(&Check { options: file.options(|_name| None)?, prompts: None }).await;
        let found: Vec<_> = findings.iter().filter(|finding| finding.verdict == Verdict::Missing).collect();
        assert_eq!(found.len(), missing.iter().count(), "{findings:#?}");
        assert!(missing.is_none_or(|start| found.iter().all(|one| one.text.starts_with(start))), "{findings:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn hold_restore_and_survey_work_on_calls_that_the_pbx_dialled_itself() -> Result<()> {
    let mut scene = with_own_dialplan().await?;
    let (agent, other) = scene.talk().await?;
    scene.hold(&agent, &other, "600").await?;
    scene.customer.until_hears(&Heard::tones([Tone::Music])).await?;
    scene.agent.until_hears(&Heard::Silence).await?;
    scene.restore(&agent, &other).await?;
    scene.customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    scene.set(&other, "UNCALL_FEEDBACK", "801").await?;
    scene.agent.hang_up().await?;
    scene.customer.until_hears(&Heard::tones([Tone::SurveyPrompt])).await?;
    scene.customer.hang_up().await?;
    scene.over().await?;
    let recordings: Vec<_> = fs::read_dir(scene.lab.recordings())?.collect::<std::io::Result<_>>()?;
    assert_eq!(recordings.len(), 1, "the PBX's own, and none of the package: {recordings:?}");
    Ok(())
}

#[tokio::test]
async fn busy_set_by_the_gateway_is_what_the_pbx_asks_for() -> Result<()> {
    let mut scene = with_own_dialplan().await?;
    scene.act(&[("Action", "DBPut"), ("Family", "DND"), ("Key", "801"), ("Val", "YES")]).await?;
    scene.customer.call("801").await?;
    let hangup = scene.manager.event(0, &[("Event", "Hangup")]).await?;
    assert_eq!(hangup.get("Cause"), "17");
    assert!(scene.agent.calls().is_empty());
    Ok(())
}
