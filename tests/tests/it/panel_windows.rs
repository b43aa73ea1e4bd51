//! The panel's windows on screens of every kind: text sizes, places, screens that come and go, pages that die.

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::process::Command;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Process, Workplace,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary, write_config},
        desktop::{Window, until},
    },
};

/// What of these lies outside of the window, or is cut off.
const OUTSIDE: &str = r#"
    const names = ["popup-number", "popup-callee", "popup-dismiss", "popup-hold", "popup-transfer", "popup-hangup"];
    return names.filter((name) => {
        const element = document.querySelector(`[data-test=${name}]`);
        const box = element.getBoundingClientRect();
        const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
        return !inside || box.width === 0 || element.scrollWidth > element.clientWidth + 1;
    });
"#;

async fn is_whole(panel: &Panel) -> Option<()> {
    let outside = panel.script(OUTSIDE).await.ok()?;
    outside.as_array().is_some_and(Vec::is_empty).then_some(())
}

/// The pop-up: the one that is no main window, whose title is the same.
async fn popup(desktop: &Desktop, is: impl Fn(&Window) -> bool) -> Result<Window> {
    let mut last = Vec::new();
    let seen = until("the pop-up is as wanted", async || {
        last = desktop.windows().await.ok()?;
        last.iter().find(|window| is(window)).cloned()
    })
    .await;
    seen.with_context(|| format!("windows: {last:?}"))
}

async fn signal(signal: &str, processes: &[u32]) -> Result<()> {
    let ids = processes.iter().map(ToString::to_string);
    Command::new("kill").arg(signal).args(ids).status().await?;
    Ok(())
}

/// A panel in the tray, whose agent nobody has called yet.
async fn in_the_tray(gateway: &Gateway, desktop: &Desktop, more: &str) -> Result<Process> {
    let config = write_config(desktop, &gateway.wsdl(), EXTENSION)?;
    let settings = std::fs::read_to_string(&config)?;
    std::fs::write(&config, settings + more)?;
    let panel = Process::start(desktop, &binary().await?, "panel", &["--tray", "--config", &config])?;
    gateway.until_watched().await?;
    Ok(panel)
}

async fn painted(panel: &Process, uid: &str) -> Result<()> {
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pop_up_holds_its_buttons_at_every_text_size() -> Result<()> {
    for text in [100, 125, 150, 200] {
        let desk = Workplace::open(Look { text, ..Look::ENGLISH }).await?;
        desk.panel.wait_text("connection", "Connected").await?;
        desk.ring().await?;
        desk.panel.turn_to(Page::Popup).await?;
        desk.panel.wait_text("popup-number", CUSTOMER_READ).await?;
        let whole = until("everything lies inside of the pop-up", async || is_whole(&desk.panel).await).await;
        if whole.is_err() {
            let outside: Value = desk.panel.script(OUTSIDE).await?;
            let windows = desk.desktop.windows().await?;
            whole.with_context(|| format!("at {text} %: {outside}; {windows:?}"))?;
        }
        let factor = f64::from(text) / 100.0;
        popup(&desk.desktop, |window| {
            let wide = (f64::from(window.width) - 360.0 * factor).abs() <= 1.0;
            wide && window.x + window.width == 1280 - 16 && window.y + window.height == 800 - 16
        })
        .await
        .with_context(|| format!("at {text} %"))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_in_large_text_never_leave_the_screen() -> Result<()> {
    let desk = Workplace::open(Look { text: 200, ..Look::ENGLISH }).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    for other in ["13900000001", "13900000002", "13900000003"] {
        desk.gateway.ring(other, EXTENSION).await?;
    }
    popup(&desk.desktop, |window| window.width == 720 && window.height == 800 - 32 && window.y == 16).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_comes_back_where_it_was() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    let start = async |name: &str| -> Result<(Process, Window)> {
        let panel = Process::start(&desktop, &binary().await?, name, &["--config", &config])?;
        panel.wait_log("painted window=\"main\"").await?;
        let window = until("the window is there", async || desktop.windows().await.ok()?.into_iter().next()).await?;
        Ok((panel, window))
    };
    let state = desktop.home().join("data/uncall-panel/window.json");
    let (first, window) = start("first").await?;
    desktop.run("wmctrl", &["-i", "-r", &window.id, "-e", "0,300,90,520,600"]).await?;
    let moved = popup(&desktop, |window| (window.width, window.height) == (520, 600)).await?;
    first.stop().await?;
    for name in ["second", "third"] {
        let (panel, _) = start(name).await?;
        popup(&desktop, |window| {
            (window.x, window.y, window.width, window.height) == (moved.x, moved.y, moved.width, moved.height)
        })
        .await
        .with_context(|| format!("{name} start, after {moved:?}: {:?}", std::fs::read_to_string(&state)))?;
        panel.stop().await?;
    }
    // The screen on which it was is gone.
    std::fs::write(&state, r#"{"main":{"x":4000,"y":-900,"width":520,"height":600,"maximized":false}}"#)?;
    let (_panel, _) = start("fourth").await?;
    popup(&desktop, |window| window.x >= 700 && window.x + window.width <= 1280 && (0..100).contains(&window.y))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_died_is_built_anew() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = in_the_tray(&gateway, &desktop, "").await?;
    let first = gateway.ring(CUSTOMER, EXTENSION).await?;
    painted(&panel, &first).await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    until("the pop-up is hidden", async || desktop.windows().await.ok()?.is_empty().then_some(())).await?;

    // In the pop-up that waits, warm and hidden, for the next call.
    signal("-KILL", &panel.pages()).await?;
    let second = gateway.ring(CUSTOMER, EXTENSION).await?;
    painted(&panel, &second).await?;

    // Under a call that is up.
    signal("-KILL", &panel.pages()).await?;
    let again = format!("painted in the pop-up uid=\"{second}\"");
    until("the call is painted again", async || (panel.log().matches(&again).count() == 2).then_some(())).await?;

    // A page that lives and does nothing: it is missed with the next call.
    signal("-STOP", &panel.pages()).await?;
    let third = gateway.ring("13900000001", EXTENSION).await?;
    painted(&panel, &third).await?;

    let main = "painted window=\"main\"";
    desktop.tray.press("Show the panel").await?;
    panel.wait_log(main).await?;
    signal("-KILL", &panel.pages()).await?;
    until("the window is painted again", async || (panel.log().matches(main).count() == 2).then_some(()))
        .await
        .with_context(|| panel.log())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_window_stays_behind_on_a_screen_that_goes() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = in_the_tray(&gateway, &desktop, "").await?;
    desktop.tray.press("Show the panel").await?;
    panel.wait_log("painted window=\"main\"").await?;
    let main = popup(&desktop, |window| window.width == 380).await?;
    desktop.run("wmctrl", &["-i", "-r", &main.id, "-e", "0,850,60,-1,-1"]).await?;
    popup(&desktop, |window| window.width == 380 && window.x >= 850).await?;
    painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
    // Beside the main window, which would lie under it in the corner.
    popup(&desktop, |window| window.width == 360 && window.x + window.width <= 850 && window.y == 800 - 168 - 16)
        .await?;
    // The laptop is taken from its dock, under the call: its own screen is smaller.
    let small = ["--newmode", "small", "25", "640", "656", "752", "800", "480", "490", "492", "525"];
    desktop.run("xrandr", &small).await?;
    desktop.run("xrandr", &["--addmode", "screen", "small"]).await?;
    desktop.run("xrandr", &["--output", "screen", "--mode", "small"]).await?;
    popup(&desktop, |window| {
        window.width == 360 && (window.x + window.width, window.y + window.height) == (640 - 16, 480 - 16)
    })
    .await?;
    // Its frame is as wide as the window manager wants it.
    popup(&desktop, |window| window.width == 380 && window.x >= 0 && window.x + window.width <= 640 + 4).await.map(drop)
}

/// The pop-up's first appearance of a day, on a machine with much to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_pop_up_comes_with_its_call_and_not_before() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = in_the_tray(&gateway, &desktop, "popup_warm_minutes = 0\n").await?;
    for times in 1..=2 {
        let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
        panel.wait_log_times("the pop-up is shown", times).await?;
        let log = panel.log();
        assert!(!log.contains("the pop-up is shown empty=true"), "it was shown before its call: {log}");
        panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await?;
        popup(&desktop, |window| window.width == 360).await?;
        gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
        until("the pop-up is gone", async || desktop.windows().await.ok()?.is_empty().then_some(())).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pop_up_has_a_place_of_its_own_where_that_is_set() -> Result<()> {
    for (place, at) in [("top-left on primary", (16, 16)), ("bottom-left on a screen that is not there", (16, 616))] {
        let gateway = Gateway::start().await?;
        let desktop = Desktop::start(Look::ENGLISH).await?;
        let panel = in_the_tray(&gateway, &desktop, &format!("popup_place = \"{place}\"\n")).await?;
        painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
        popup(&desktop, |window| (window.x, window.y) == at).await.context(place)?;
    }
    Ok(())
}
