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
    let window =
        until("the pop-up is on the screen", async || desktop.windows().await.ok()?.into_iter().next()).await?;
    let window = window.id.as_str();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_tray_that_comes_after_the_panel_is_waited_for() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look { tray: false, ..Look::ENGLISH }).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--tray", "--config", &config])?;
    // All the rest of the start is done.
    gateway.until_watched().await?;
    desktop.tray.appear().await?;
    let menu = desktop.tray.menu().await?;
    assert!(menu.iter().any(|line| line.label == "Show the panel"), "{menu:?}");
    panel.wait_log("the tray is there").await?;
    assert!(!panel.log().contains("painted"), "a window opened: {}", panel.log());
    Ok(())
}

/// Who has the keyboard, by window title.
async fn active(desktop: &Desktop) -> Option<String> {
    Some(desktop.run("xdotool", &["getactivewindow", "getwindowname"]).await.ok()?.trim().to_owned())
}

/// The X server's time of the last press in a window, as its program tells the window manager.
async fn user_time(desktop: &Desktop, window: &str) -> Result<u32> {
    let property =
        desktop.run("xprop", &["-id", window, "-notype", "_NET_WM_USER_TIME_WINDOW", "_NET_WM_USER_TIME"]).await?;
    let of = |name: &str| {
        property
            .lines()
            .find_map(|line| line.strip_prefix(name)?.split(['=', '#']).next_back().map(str::trim).map(str::to_owned))
    };
    let time = match of("_NET_WM_USER_TIME_WINDOW:") {
        Some(own) => {
            let told = desktop.run("xprop", &["-id", &own, "-notype", "_NET_WM_USER_TIME"]).await?;
            told.split('=').next_back().map(str::trim).map(str::to_owned)
        }
        None => of("_NET_WM_USER_TIME"),
    };
    Ok(time.unwrap_or_default().parse()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_comes_in_front_where_stealing_of_focus_is_prevented() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look { manager: "metacity", ..Look::ENGLISH }).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--config", &config])?;
    panel.wait_log("painted window=\"main\"").await?;
    until("the panel is in front", async || (active(&desktop).await? == "Uncall Panel").then_some(())).await?;

    // The agent goes on in another program.
    let mut other = desktop.start_program("zenity", &["--entry", "--title", "Mail", "--text", "To"])?;
    let mail = until("the other program is there", async || {
        let found = desktop.run("xdotool", &["search", "--onlyvisible", "--name", "^Mail$"]).await.ok()?;
        found.split_whitespace().next().map(str::to_owned)
    })
    .await?;
    desktop.run("xdotool", &["windowactivate", "--sync", &mail]).await?;
    let type_there = async || -> Result<u32> {
        desktop.run("xdotool", &["windowfocus", "--sync", &mail]).await?;
        desktop.type_text("hello").await?;
        user_time(&desktop, &mail).await
    };
    let in_front = async |name: &str| {
        until(&format!("{name} is in front"), async || (active(&desktop).await? == name).then_some(())).await
    };
    type_there().await?;
    in_front("Mail").await?;

    // A press on a link there: the program that starts the panel says when that was.
    let pressed = type_there().await?;
    let id = format!("mail/uncall-panel/1-0-desk_TIME{pressed}");
    let start = async |name: &str, more: &[&str], environment: &[(&str, &str)]| -> Result<()> {
        let args = [&["--config", config.as_str()], more].concat();
        let mut second = Process::start_with(&desktop, &binary().await?, name, &args, environment)?;
        assert!(second.wait_end().await?, "{}", second.log());
        Ok(())
    };
    start("link", &["tel:13421829060"], &[("DESKTOP_STARTUP_ID", &id)]).await?;
    in_front("Uncall Panel").await?;

    // A start from a terminal names no time; it is what the person does now.
    desktop.run("xdotool", &["windowactivate", "--sync", &mail]).await?;
    type_there().await?;
    in_front("Mail").await?;
    start("second", &[], &[]).await?;
    in_front("Uncall Panel").await?;

    // A press that is older than what the person does meanwhile does not take the keyboard away: so says the window manager.
    desktop.run("xdotool", &["windowactivate", "--sync", &mail]).await?;
    type_there().await?;
    in_front("Mail").await?;
    start("late", &["tel:13421829060"], &[("DESKTOP_STARTUP_ID", &id)]).await?;
    panel.wait_log_times("a link's number goes into the dial box", 2).await?;
    assert_eq!(active(&desktop).await.as_deref(), Some("Mail"));
    other.kill().await?;
    Ok(())
}

/// GLib's own client of the interface by which a second start is handed over.
#[tokio::test(flavor = "multi_thread")]
async fn the_running_panel_speaks_the_desktops_own_interface() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    // The default file: its panel has the plain name.
    let folder = desktop.home().join("config/uncall-panel");
    std::fs::create_dir_all(&folder)?;
    std::fs::rename(write_config(&desktop, &gateway.wsdl(), EXTENSION)?, folder.join("config.toml"))?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--tray"])?;
    gateway.until_watched().await?;
    desktop.run("gapplication", &["launch", "net.uncall.panel.SingleInstance", "tel:13421829060"]).await?;
    panel.wait_log("a link's number goes into the dial box characters=11").await?;
    panel.wait_log("painted window=\"main\"").await
}
