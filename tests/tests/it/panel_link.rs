//! Links that other programs hand over: the number stands in the dial box, and nothing is dialled before Enter.

use anyhow::Result;
use serde_json::{Value, json};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Process, Workplace,
        desk::{CUSTOMER_READ, EXTENSION, binary, write_config},
        desktop::until,
    },
};

const DIAL_BOX: &str = "document.querySelector('[data-test=dial-number]')";

/// What stands in the dial box, and whether the keyboard is there.
async fn dial_box(panel: &Panel) -> Option<(String, bool)> {
    let box_and_focus = format!("return [{DIAL_BOX}.value, document.activeElement === {DIAL_BOX}]");
    serde_json::from_value(panel.script(&box_and_focus).await.ok()?).ok()
}

async fn wait_dial_box(panel: &Panel, value: &str, focused: bool) -> Result<()> {
    until(&format!("{value:?} stands in the dial box"), async || {
        (dial_box(panel).await? == (value.to_owned(), focused)).then_some(())
    })
    .await
}

/// Starts the panel once more with a link, as the system does when one is pressed; it ends at once.
async fn press_link(desktop: &Desktop, link: &str) -> Result<()> {
    let config = desktop.home().join("panel.toml").to_string_lossy().into_owned();
    let mut second = Process::start(desktop, &binary().await?, "second", &["--config", &config, "--", link])?;
    assert!(second.wait_end().await?, "{}", second.log());
    assert!(!second.log().contains("the desk starts"), "{}", second.log());
    Ok(())
}

fn no_calls(state: &Value) -> bool {
    state.get("calls").and_then(Value::as_array).is_some_and(Vec::is_empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_starts_the_panel_with_its_number_and_enter_dials_it() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::CHINESE).await?;
    let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
    // At login, with the tray alone; the link opens the window all the same.
    let args = ["--tray", "--config", &config, "tel:134-2182-9060;ext=1?x=y"];
    let panel = Panel::start(&desktop, &binary().await?, &args).await?;
    panel.turn_to(Page::Main).await?;
    wait_dial_box(&panel, "13421829060 x1", true).await?;
    panel.wait_text("dial-preview", CUSTOMER_READ).await?;
    panel.wait_text("dial-preview", "接通后拨 1").await?;
    panel.wait_text("connection", "已连接").await?;
    assert!(no_calls(&gateway.state().await?), "nothing is dialled by itself");

    // The link has moved the focus, and for 600 ms no key acts.
    let settled = "return performance.now() > 700 + (window.moved ??= performance.now())";
    until("keys act again", async || (panel.script(settled).await.ok()? == json!(true)).then_some(())).await?;
    desktop.run("xdotool", &["key", "Return"]).await?;
    // The agent's phone rings first, then the number.
    gateway.phone_when_ready("extensions/801/answer").await?;
    gateway.phone_when_ready("numbers/13421829060/answer").await?;
    wait_dial_box(&panel, "", true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_running_panel_comes_into_its_dial_box() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    for (link, number) in [
        ("tel:+8613421829060", "+8613421829060"),
        ("callto:802", "802"),
        ("sip:%2B861065521234@pbx.example;user=phone", "+861065521234"),
        ("uncall://13421829060/", "13421829060"),
    ] {
        press_link(&desk.desktop, link).await?;
        wait_dial_box(panel, number, true).await?;
    }
    for hostile in ["sip:pbx.example", "tel:1-800-§", "tel:<b>802</b>"] {
        press_link(&desk.desktop, hostile).await?;
        panel.wait_text("dial-preview", "That link has no number").await?;
        wait_dial_box(panel, "13421829060", true).await?;
        press_link(&desk.desktop, "tel:13421829060").await?;
        panel.wait_text("dial-preview", CUSTOMER_READ).await?;
    }
    // A line feed stands between two numbers: neither is taken for the other.
    press_link(&desk.desktop, "tel:802%0d%0a803").await?;
    panel.wait_text("dial-preview", "Which number?").await?;
    // With the window closed, and with the settings open.
    desk.desktop.close_window("Uncall Panel", 380).await?;
    until("the window is gone", async || (!panel.has(Page::Main).await).then_some(())).await?;
    press_link(&desk.desktop, "tel:803").await?;
    panel.turn_to(Page::Main).await?;
    wait_dial_box(panel, "803", true).await?;
    panel.press("settings-open").await?;
    panel.wait_gone("dial-number").await?;
    press_link(&desk.desktop, "tel:804").await?;
    wait_dial_box(panel, "804", true).await?;
    panel.wait_text("dial-preview", "804").await?;
    assert!(no_calls(&desk.gateway.state().await?), "nothing is dialled by itself");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_never_in_the_way_of_what_is_being_typed() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    panel.fill("dial-number", "0105").await?;
    press_link(&desk.desktop, "tel:13421829060").await?;
    panel.wait_text("dial-link", &format!("Take {CUSTOMER_READ} from the link")).await?;
    wait_dial_box(panel, "0105", true).await?;
    panel.press("dial-link").await?;
    wait_dial_box(panel, "13421829060", true).await?;
    panel.wait_gone("dial-link").await?;

    // In a call, with half a transfer's target typed.
    desk.talk().await?;
    panel.wait_text("call-state", "Talking").await?;
    panel.press("transfer").await?;
    panel.fill("transfer-target", "80").await?;
    press_link(&desk.desktop, "tel:802").await?;
    wait_dial_box(panel, "802", false).await?;
    let target = "const it = document.querySelector('[data-test=transfer-target]'); return [it.value, it === document.activeElement]";
    assert_eq!(panel.script(target).await?, json!(["80", true]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_settings_the_number_waits() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let config = desktop.home().join("panel.toml").to_string_lossy().into_owned();
    let panel = Panel::start(&desktop, &binary().await?, &["--config", &config, "tel:13421829060"]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("settings-link", &format!("{CUSTOMER_READ} waits in the dial box")).await?;
    panel.fill("settings-server", &gateway.address.to_string()).await?;
    panel.fill("settings-extension", EXTENSION).await?;
    panel.press("settings-save").await?;
    wait_dial_box(&panel, "13421829060", true).await?;
    panel.wait_text("connection", "Connected").await?;
    assert!(no_calls(&gateway.state().await?), "nothing is dialled by itself");
    Ok(())
}

/// A page that fires links, as GLib's own client hands them over: in one call of the bus.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_fires_links_raises_the_window_once() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    // The default file: its panel has the plain name.
    let folder = desktop.home().join("config/uncall-panel");
    std::fs::create_dir_all(&folder)?;
    std::fs::rename(write_config(&desktop, &gateway.wsdl(), EXTENSION)?, folder.join("config.toml"))?;
    let panel = Process::start(&desktop, &binary().await?, "panel", &["--tray"])?;
    gateway.until_watched().await?;
    let links: Vec<String> = (0..10).map(|link| format!("tel:1342182906{link}")).collect();
    let links = links.iter().map(String::as_str);
    let words: Vec<&str> = ["launch", "net.uncall.panel.SingleInstance"].into_iter().chain(links).collect();
    desktop.run("gapplication", &words).await?;
    panel.wait_log_times("a link's number goes into the dial box", 10).await?;
    panel.wait_log("painted window=\"main\"").await?;
    assert_eq!(panel.log().matches("a link brings the window to the front").count(), 1, "{}", panel.log());
    assert!(no_calls(&gateway.state().await?), "nothing is dialled by itself");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_asks_for_is_done_by_the_agent_alone() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    desk.talk().await?;
    panel.wait_text("call-state", "Talking").await?;
    press_link(&desk.desktop, "uncall://hold").await?;
    panel.wait_text("dial-link", "A link asks: Hold").await?;
    panel.wait_text("call-state", "Talking").await?;
    panel.press("dial-link").await?;
    panel.wait_text("call-state", "On hold").await?;
    // 64 KiB of digits.
    press_link(&desk.desktop, &format!("tel:{}", "1".repeat(64 * 1024))).await?;
    panel.wait_text("dial-preview", "That link has no number").await?;
    press_link(&desk.desktop, &format!("uncall://dial/{}", "%31".repeat(20_000))).await?;
    panel.wait_text("dial-preview", "That link has no number").await?;
    press_link(&desk.desktop, "uncall://dial/13421829060").await?;
    wait_dial_box(panel, "13421829060", true).await
}
