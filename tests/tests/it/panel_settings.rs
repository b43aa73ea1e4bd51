//! What the panel does with settings of its own and of others.

use std::process::Command;

use anyhow::{Result, ensure};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary},
        desktop::until,
    },
};

/// An old editor's charset costs no call, and a save freezes nothing that the environment gives.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_another_charset_costs_no_call_and_is_kept_when_settings_are_saved() -> Result<()> {
    for charset in ["GBK", "UTF-16"] {
        let gateway = Gateway::start().await?;
        let mut desktop = Desktop::start(Look::ENGLISH).await?;
        desktop.set("UNCALL_SERVER", &gateway.wsdl());
        desktop.set("UNCALL_EXTEN", EXTENSION);
        let (plain, file) = (desktop.home().join("plain.toml"), desktop.home().join("config.toml"));
        std::fs::write(&plain, "# 王芳的面板\nserver = \"http://nowhere.invalid/\"\nextension = \"899\"\n")?;
        let made = Command::new("iconv").args(["-f", "UTF-8", "-t", charset]).arg(&plain).output()?;
        ensure!(made.status.success() && !made.stdout.is_empty(), "iconv: {}", made.status);
        std::fs::write(&file, &made.stdout)?;

        let config = file.to_string_lossy().into_owned();
        let panel = Panel::start(&desktop, &binary().await?, &["--config", &config]).await?;
        // The settings are open: an extension that is not the agent's own would go unnoticed.
        panel.turn_to(Page::Main).await?;
        panel.wait_text("settings-problem", "save it as UTF-8").await?;
        panel.press("settings-close").await?;
        panel.wait_text("connection", "Connected").await?;
        gateway.ring(CUSTOMER, EXTENSION).await?;
        panel.wait_text("call-number", CUSTOMER_READ).await?;

        panel.press("settings-open").await?;
        panel.wait_text("settings-problem", "save it as UTF-8").await?;
        panel.wait_text("settings-problem", "kept as config.toml.broken").await?;
        panel.wait_text("settings", "From the environment").await?;
        assert_eq!(std::fs::read(&file)?, made.stdout, "{charset}: it is not touched before a save");
        panel.press("settings-letters").await?;
        panel.press("settings-save").await?;
        let kept = desktop.home().join("config.toml.broken");
        until("the file is kept", async || kept.exists().then_some(())).await?;
        panel.wait_text("connection", "Connected").await?;
        assert_eq!(std::fs::read(kept)?, made.stdout, "{charset}");
        assert_eq!(std::fs::read_to_string(&file)?, "letter_keys = true\n", "{charset}: what was changed, and no more");
        // The same save again finds nothing wrong any more.
        panel.press("settings-open").await?;
        panel.press("settings-save").await?;
        panel.wait_text("connection", "Connected").await?;
        assert!(!desktop.home().join("config.toml.broken-2").exists());
    }
    Ok(())
}
