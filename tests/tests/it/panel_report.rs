//! "Report a problem": what a second start gets out of the panel that runs.

use std::{collections::BTreeMap, io::Read as _};

use anyhow::Result;
use uncall_desk::effect::Effect;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Process,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_a_test_case_and_has_nobodys_number() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--tray", "--config", &config])?;
    gateway.until_watched().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await?;

    let file = desktop.home().join("report.tar.gz");
    let arguments = ["--config", &config, "--report", &file.to_string_lossy()];
    let mut second = Process::start(&desktop, &binary().await?, "second", &arguments)?;
    assert!(second.wait_end().await?, "{}", second.log());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(&file)?));
    let mut parts = BTreeMap::new();
    for part in archive.entries()? {
        let mut part = part?;
        let name = part.path()?.to_string_lossy().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text)?;
        parts.insert(name, text);
    }
    let names: Vec<_> = parts.keys().map(String::as_str).collect();
    assert!(names.iter().any(|name| name.starts_with("logs/uncall-panel.")), "{names:?}");
    for (name, text) in &parts {
        assert!(!text.contains(CUSTOMER), "a customer's number in {name}: {text}");
    }
    assert!(parts["about.txt"].contains("uncall-panel 0."), "{}", parts["about.txt"]);
    assert!(parts["settings.txt"].contains(&gateway.wsdl()), "{}", parts["settings.txt"]);
    assert!(parts["server.txt"].contains("push stream: http"), "{}", parts["server.txt"]);
    assert!(parts["hearing.json"].contains("\"losses\": 0"), "{}", parts["hearing.json"]);

    let played = uncall_desk::recording::replay(&parts["inputs.jsonl"])?;
    let effects: Vec<_> = played.into_iter().flat_map(|step| step.effects).collect();
    let pops =
        effects.iter().filter(|effect| matches!(effect, Effect::Popup { uid: popped } if *popped == uid)).count();
    assert_eq!(pops, 1, "{effects:?}");
    Ok(())
}
