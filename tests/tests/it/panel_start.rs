//! How the panel starts: into the tray, a second time, with settings that cannot be read.

use anyhow::Result;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Process,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
        desktop::until,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_tray_alone_a_call_pops_up_in_the_pointers_corner() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--tray", "--config", &config])?;
    gateway.until_watched().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await?;
    let windows = desktop.run("xdotool", &["search", "--onlyvisible", "--name", "Uncall Panel"]).await?;
    let window = windows.split_whitespace().next().unwrap_or_default();
    let place = desktop.run("xdotool", &["getwindowgeometry", "--shell", window]).await?;
    let line = |name: &str| place.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    assert_eq!((line("WIDTH="), line("HEIGHT=")), ("360".into(), "168".into()), "{place}");
    assert_eq!(
        (line("X="), line("Y=")),
        ("904".into(), "616".into()),
        "16 pixels from the lower right of 1280 × 800: {place}"
    );
    assert_eq!(panel.log().matches("pops up").count(), 1);
    // The same lines for later, where no terminal is.
    let folder = std::fs::read_dir(desktop.home().join("state/uncall-panel"))?;
    let files = folder.map(|file| std::fs::read_to_string(file?.path())).collect::<std::io::Result<Vec<_>>>()?;
    assert_eq!(files.len(), 1);
    assert!(files.concat().contains(&format!("pops up uid=\"{uid}\"")), "{files:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_shows_the_first_ones_window() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let mut first = Process::start(&desktop, &binary().await?, "first", &["--tray", "--config", &config])?;
    first.wait_log("the desk starts").await?;
    // As the machine's entry for the login does beside the user's.
    let mut tray = Process::start(&desktop, &binary().await?, "tray", &["--tray", "--config", &config])?;
    assert!(tray.wait_end().await?, "{}", tray.log());
    first.wait_log("started again for the tray").await?;
    let mut second = Process::start(&desktop, &binary().await?, "second", &["--config", &config])?;
    assert!(second.wait_end().await?, "{}", second.log());
    first.wait_log("painted window=\"main\"").await?;
    assert!(first.runs());
    assert!(!second.log().contains("the desk starts"), "two desks would both act: {}", second.log());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_read_are_asked_for_and_kept() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let file = desktop.home().join("panel.toml");
    std::fs::write(&file, "server = unquoted\n")?;
    let config = file.to_string_lossy().into_owned();
    let panel = Panel::start(&desktop, &binary().await?, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("settings-problem", "settings file cannot be read").await?;
    panel.fill("settings-server", &gateway.address.to_string()).await?;
    panel.fill("settings-extension", EXTENSION).await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    let kept = until("the broken file is kept", async || {
        std::fs::read_to_string(desktop.home().join("panel.toml.broken")).ok()
    });
    assert_eq!(kept.await?, "server = unquoted\n");
    Ok(())
}
