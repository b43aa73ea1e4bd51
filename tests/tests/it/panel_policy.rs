//! An administrator's policy on a desk that nobody has set up.

use anyhow::Result;
use serde_json::json;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary},
    },
};

/// A desktop with this policy; `{env:EXTEN}` is the agent's extension there.
async fn desktop_with(policy: &str) -> Result<Desktop> {
    let mut desktop = Desktop::start(Look::ENGLISH).await?;
    let folder = desktop.home().join("etc");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("policy.toml"), policy)?;
    desktop.set("UNCALL_PANEL_ETC", &folder.to_string_lossy());
    desktop.set("EXTEN", EXTENSION);
    Ok(desktop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_with_a_policy_asks_nothing_and_locks_what_it_says() -> Result<()> {
    let gateway = Gateway::start().await?;
    let policy = format!(
        "[locked]\nserver = \"{}\"\nextension = \"{{env:EXTEN}}\"\n[default]\npoll_seconds = 7\n",
        gateway.wsdl()
    );
    let desktop = desktop_with(&policy).await?;
    let panel = Panel::start(&desktop, &binary().await?, &[]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("connection", "Connected").await?;
    let hidden = panel.script("return document.getElementById('settings').hidden").await?;
    assert_eq!(hidden, json!(true), "nothing is asked");
    gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_text("call-number", CUSTOMER_READ).await?;

    panel.press("settings-open").await?;
    panel.wait_text("settings", "Locked by your administrator in").await?;
    panel.wait_text("settings", "policy.toml").await?;
    let fields = "return ['server', 'extension', 'poll'].map(id => document.getElementById('settings-' + id).disabled)";
    assert_eq!(panel.script(fields).await?, json!([true, true, false]));
    // What is a default can be changed, and what is locked stays.
    panel.press("settings-letters").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    let own = desktop.home().join("config/uncall-panel/config.toml");
    assert_eq!(std::fs::read_to_string(own)?, "letter_keys = true\n", "what was changed, and no more");

    let explained = desktop.run(&binary().await?.to_string_lossy(), &["--explain-settings"]).await?;
    let line = |name: &str| explained.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(
        line("server ").contains(&gateway.wsdl()) && line("server ").ends_with("policy.toml  locked"),
        "{explained}"
    );
    assert!(line("extension ").ends_with("policy.toml  locked"), "{explained}");
    assert!(line("poll_seconds ").contains(" 7 ") && line("poll_seconds ").ends_with("policy.toml"), "{explained}");
    assert!(line("letter_keys ").contains(" true ") && line("letter_keys ").ends_with("config.toml"), "{explained}");
    assert!(line("notify ").ends_with("default"), "{explained}");
    Ok(())
}

/// Of a policy that cannot be used in full the desk works with what is left, and says what is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_with_a_pattern_that_is_not_filled_in_asks_for_that_alone() -> Result<()> {
    let gateway = Gateway::start().await?;
    let policy = format!("[locked]\nserver = \"{}\"\nextension = \"{{user:ldap:telephoneNumber}}\"\n", gateway.wsdl());
    let desktop = desktop_with(&policy).await?;
    let panel = Panel::start(&desktop, &binary().await?, &[]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("settings-problem", "put the value into a variable at login").await?;
    assert_eq!(panel.script("return document.activeElement.id").await?, json!("settings-extension"));
    panel.fill("settings-extension", EXTENSION).await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    Ok(())
}
