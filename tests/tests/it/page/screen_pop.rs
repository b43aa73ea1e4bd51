//! What the settings show of the screen pop's rules.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{Look, Stage, desk::idle, run},
    panel::{Page, desktop::until},
};

use super::looks::picture;

#[tokio::test(flavor = "multi_thread")]
async fn screen_pop() -> Result<()> {
    run(checks![rules_are_tried_and_nothing_else_happens, without_rules_there_is_nothing_to_try]).await
}

async fn rules_are_tried_and_nothing_else_happens(stage: &Stage) -> Result<()> {
    let tried = json!([
        {"rule": "CRM: ring → https://crm.example", "does": "https://crm.example/?q=<b>13800138000</b>", "problem": null},
        {"rule": "SAP: ring → sap:", "does": null, "problem": {"code": "pop_scheme", "detail": "SAP: ring → sap:"}},
    ]);
    for look in [Look::CHINESE, Look::ENGLISH] {
        let known = json!({"sources": {"screen_pop": "locked_policy"}});
        let answers = json!({"settings": {"value": known}, "try_screen_pop": {"value": tried}});
        for text in [100, 150] {
            stage.show_with(Page::Main, look.text(text), &idle(), answers.clone()).await?;
            stage.page().press("settings-open").await?;
            stage.page().press("pop-sample").await?;
            stage.page().wait_text("pop-tried", "https://crm.example/?q=<b>13800138000</b>").await?;
            stage.page().wait_text("pop-tried", "screen_pop_schemes").await?;
            let faults = stage.illegible().await?;
            ensure!(faults.is_empty(), "{look:?} {text}: {faults:?}");
            stage
                .ask::<Value>("document.querySelector('[data-test=settings-pop]').scrollIntoView({block: 'center'})")
                .await?;
            picture(stage, "settings", "screen-pop", look.text(text)).await?;
        }
    }
    let sample = stage.take("try_screen_pop").await?;
    ensure!(sample.last().is_some_and(|asked| asked.to_string().contains("\"last\":false")), "{sample:?}");
    stage.page().press("pop-last").await?;
    let asked = async || stage.take("try_screen_pop").await.ok().filter(|asked| !asked.is_empty());
    let last = until("the host is asked", asked).await?;
    ensure!(last.iter().all(|asked| asked.to_string().contains("\"last\":true")), "{last:?}");
    Ok(())
}

async fn without_rules_there_is_nothing_to_try(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &idle()).await?;
    stage.page().press("settings-open").await?;
    until("the settings are open", async || stage.page().shows("contacts-pick").await.then_some(())).await?;
    ensure!(!stage.page().shows("settings-pop").await);
    Ok(())
}
