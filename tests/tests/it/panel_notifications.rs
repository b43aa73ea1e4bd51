//! When notifications come, what they offer, and when they go. What was shown is read back from the daemon.

use anyhow::Result;
use tokio::process::Command;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Process,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
        desktop::until,
    },
    scripted::Scripted,
};
use zbus::{connection, interface};

/// A panel in the tray on this server.
async fn start(desktop: &Desktop, wsdl: &str, more: &str, environment: &[(&str, &str)]) -> Result<Process> {
    let config = write_config(desktop, wsdl, EXTENSION)?;
    let settings = std::fs::read_to_string(&config)?;
    std::fs::write(&config, settings + more)?;
    Process::start_with(desktop, &binary().await?, "panel", &["--tray", "--config", &config], environment)
}

async fn displayed(desktop: &Desktop, count: usize) -> Result<()> {
    until(&format!("{count} notifications are on the screen"), async || {
        (desktop.notifications_displayed().await.ok()? == count).then_some(())
    })
    .await
}

async fn painted(panel: &Process, uid: &str) -> Result<()> {
    panel.wait_log(&format!("painted in the pop-up uid=\"{uid}\"")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_offer_is_told_until_it_is_answered() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start(&desktop, &gateway.wsdl(), "", &[]).await?;
    gateway.until_watched().await?;
    for offer in 1..=2 {
        painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
        displayed(&desktop, 1).await?;
        assert_eq!(desktop.notifications().len(), offer);
        gateway.phone(&format!("extensions/{EXTENSION}/answer")).await?;
        // The call goes on.
        displayed(&desktop, 0).await?;
        gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
        until("the pop-up is hidden", async || desktop.windows().await.ok()?.is_empty().then_some(())).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_pop_up_says_it_no_notification_comes() -> Result<()> {
    for (settings, environment) in [
        ("notify = \"never\"\n", None),
        ("notify = \"hidden\"\n", None),
        // Its notifications come up in the pop-up's corner.
        ("", Some(("XDG_CURRENT_DESKTOP", "KDE"))),
    ] {
        let gateway = Gateway::start().await?;
        let desktop = Desktop::start(Look::ENGLISH).await?;
        let panel = start(&desktop, &gateway.wsdl(), settings, environment.as_slice()).await?;
        gateway.until_watched().await?;
        painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
        gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
        until("the pop-up is hidden", async || desktop.windows().await.ok()?.is_empty().then_some(())).await?;
        panel.stop().await?;
        assert_eq!(desktop.notifications(), [], "{settings}{environment:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn none_lies_over_a_pop_up_that_is_as_high_as_the_screen() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look { text: 200, ..Look::ENGLISH }).await?;
    let panel = start(&desktop, &gateway.wsdl(), "", &[]).await?;
    gateway.until_watched().await?;
    painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
    displayed(&desktop, 1).await?;
    // The second card makes it reach into the notifications' corner.
    painted(&panel, &gateway.ring("13900000001", EXTENSION).await?).await?;
    until("the pop-up has grown", async || {
        desktop.windows().await.ok()?.iter().any(|window| window.height >= 2 * 336).then_some(())
    })
    .await?;
    displayed(&desktop, 0).await?;
    assert_eq!(desktop.notifications().len(), 1, "the second call was told over its own card");
    Ok(())
}

struct ScreenSaver;

/// <https://specifications.freedesktop.org/idle-inhibit-spec/latest/> has the name; GNOME and KDE answer this method.
#[interface(name = "org.freedesktop.ScreenSaver")]
impl ScreenSaver {
    fn get_active(&self) -> bool {
        true
    }
}

/// A page that hangs behind a locked screen: nobody sees it, so it is left alone, and the call is told by a notification. When the
/// screen is unlocked, it is built anew.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_pop_up_stays_white_the_notification_comes() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start(&desktop, &gateway.wsdl(), "notify = \"hidden\"\n", &[]).await?;
    gateway.until_watched().await?;
    painted(&panel, &gateway.ring(CUSTOMER, EXTENSION).await?).await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    until("the pop-up is hidden", async || desktop.windows().await.ok()?.is_empty().then_some(())).await?;

    let bus = desktop.environment().iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
    let bus = bus.map(|(_, address)| address.as_str()).unwrap_or_default();
    let locked = connection::Builder::address(bus)
        .serve_at("/org/freedesktop/ScreenSaver", ScreenSaver)
        .name("org.freedesktop.ScreenSaver")
        .build()
        .await?;
    let pages: Vec<String> = panel.pages().iter().map(ToString::to_string).collect();
    Command::new("kill").arg("-STOP").args(pages).status().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    displayed(&desktop, 1).await?;
    assert!(!panel.log().contains("built anew"), "{}", panel.log());
    locked.close().await?;
    panel.wait_log("it is built anew").await?;
    painted(&panel, &uid).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_no_window_shows_is_told() -> Result<()> {
    let server = Scripted::start(None).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let _panel = start(&desktop, &server.wsdl(), "", &[]).await?;
    // From now on no verb is permitted, while the stream goes on.
    until("the tray offers Busy", async || {
        desktop.tray.menu().await.ok()?.iter().any(|line| line.label == "Busy" && line.enabled).then_some(())
    })
    .await?;
    server.want_login("Basic bm9ib2R5Og==");
    desktop.tray.press("Busy").await?;
    let told = until("the refusal is told", async || desktop.notifications().into_iter().next()).await?;
    assert_eq!((told.summary.as_str(), told.body.contains("login")), ("Busy", true), "{told:?}");
    Ok(())
}
