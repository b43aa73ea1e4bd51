//! The sections of the settings: all can be read, locked or not, and a technical detail stands behind its sentence.

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{idle, settings, with},
        run,
    },
    panel::Page,
};

use super::looks::picture;

#[tokio::test(flavor = "multi_thread")]
async fn sections() -> Result<()> {
    run(checks![every_section_is_whole, a_technical_detail_stands_behind_its_sentence]).await
}

/// Something in each section, from its top.
const SECTIONS: [&str; 6] = ["server", "screen", "phone", "wrap-up", "mask", "poll"];

const LOCKED: [&str; 9] = [
    "server",
    "login",
    "language",
    "popup_place",
    "letter_keys",
    "mask_numbers",
    "wrap_up_seconds",
    "busy_reasons",
    "poll_seconds",
];

/// With a login and the panel as the phone.
fn known(language: &str) -> Value {
    let phone = json!({"available": true, "enabled": true, "registrar": "sips:pbx.example", "input": "gone"});
    with(settings(language), json!({"login": "password", "user": "agent801", "secret_set": true, "phone": phone}))
}

fn locked(language: &str) -> Value {
    let sources: Map<String, Value> = LOCKED.into_iter().map(|key| (key.to_owned(), json!("locked_policy"))).collect();
    with(known(language), json!({"sources": sources}))
}

async fn every_section_is_whole(stage: &Stage) -> Result<()> {
    for look in [Look::ENGLISH, Look::CHINESE] {
        for text in [100, 150] {
            let look = look.text(text);
            for (kind, settings) in [("settings", known(look.language)), ("locked", locked(look.language))] {
                let answers = json!({"settings": {"value": settings}, "sound_devices": {"value": []}});
                stage.show_with(Page::Main, look, &idle(), answers).await?;
                stage.page().press("settings-open").await?;
                stage.page().text("settings-save").await?;
                let faults = stage.illegible().await?;
                ensure!(faults.is_empty(), "{kind}, {look:?}: {faults:?}");
                for section in SECTIONS {
                    let top = format!("document.querySelector('[data-test=settings-{section}]').scrollIntoView()");
                    stage.ask::<Value>(&top).await?;
                    picture(stage, kind, section, look).await?;
                }
            }
        }
    }
    Ok(())
}

async fn a_technical_detail_stands_behind_its_sentence(stage: &Stage) -> Result<()> {
    let problem = json!({"code": "settings_not_saved", "detail": "config.toml: Permission denied (os error 13)"});
    for (look, detail) in [(Look::CHINESE, "技术细节：config.toml"), (Look::ENGLISH, "Details: config.toml")] {
        let answers = json!({"save_settings": {"error": problem}});
        stage.show_with(Page::Main, look, &idle(), answers).await?;
        stage.page().press("settings-open").await?;
        stage.page().press("settings-save").await?;
        stage.page().wait_text("settings-problem", detail).await?;
        let apart = "const line = document.querySelector('[data-test=settings-problem]'); const range = document.createRange(); \
                     range.selectNodeContents(line.firstChild); const said = range.getBoundingClientRect(); \
                     const detail = line.querySelector('.technical').getBoundingClientRect(); \
                     return !line.firstChild.textContent.includes('os error') && detail.top >= said.bottom - 2";
        ensure!(stage.ask::<bool>(apart).await?, "{}: the system's words are in the sentence", look.language);
        let faults = stage.illegible().await?;
        ensure!(faults.is_empty(), "{}: {faults:?}", look.language);
        picture(stage, "settings", "not-saved", look).await?;
    }
    Ok(())
}
