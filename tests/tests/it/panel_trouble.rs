//! What goes wrong at a desk: refusals, a server that goes away, a server that cannot push, a first start.

use anyhow::Result;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Workplace,
        desk::{CUSTOMER_READ, EXTENSION, binary, start_panel},
        desktop::until,
    },
    php::{Flavour, PhpServer},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_beside_its_button_and_changes_nothing() -> Result<()> {
    let desk = Workplace::open(Look::CHINESE).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "已连接").await?;
    desk.talk().await?;
    desk.gateway.ring("13900000001", "802").await?;
    panel.wait_text("call-state", "通话中").await?;
    panel.press("transfer").await?;
    panel.fill("transfer-target", "802").await?;
    panel.press("transfer-send").await?;
    panel.wait_text("call-notice", "目标分机不空闲").await?;
    panel.wait_text("call-state", "通话中").await?;
    panel.press("hold").await?;
    panel.wait_text("call-state", "保持").await?;
    panel.wait_silent("call-notice").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_goes_away_and_comes_back_and_no_call_pops_twice() -> Result<()> {
    let mut desk = Workplace::open(Look::ENGLISH).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    let address = desk.gateway.address;
    desk.ring().await?;
    desk.panel.turn_to(Page::Popup).await?;
    desk.panel.wait_text("popup-number", CUSTOMER_READ).await?;

    desk.gateway.stop().await?;
    desk.panel.turn_to(Page::Main).await?;
    desk.panel.wait_text("connection", "unreachable").await?;
    desk.panel.wait_text("call-number", CUSTOMER_READ).await?;
    assert!(!desk.panel.enabled("hold").await, "nothing can be done without the server");

    // A new server knows nothing of the old call, and another customer calls.
    desk.gateway = Gateway::start_at(address).await?;
    desk.panel.wait_text("connection", "Connected").await?;
    desk.panel.wait_gone("call-number").await?;
    let uid = desk.ring().await?;
    desk.panel.turn_to(Page::Popup).await?;
    desk.panel.wait_text("popup-uid", &uid).await?;
    assert_eq!(desk.panel.count("popup-card").await, 1);
    until("the second notification", async || (desk.desktop.notifications().len() >= 2).then_some(())).await?;
    assert_eq!(desk.desktop.notifications().len(), 2, "two calls, two notifications");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_push_is_polled_and_its_call_pops_once() -> Result<()> {
    let server = PhpServer::start(Flavour::RPC_ENCODED).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &server.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "polling").await?;
    panel.wait_text("call-number", CUSTOMER_READ).await?;
    panel.wait_text("call-state", "Ringing").await?;
    panel.turn_to(Page::Popup).await?;
    panel.press("popup-dismiss").await?;
    panel.turn_to(Page::Main).await?;
    // The call is reported again and again; two more polls change nothing.
    let polls = server.arrived().await?.len();
    until("two more polls", async || (server.arrived().await.ok()?.len() >= polls + 2).then_some(())).await?;
    panel.turn_to(Page::Popup).await?;
    assert!(!panel.shows("popup-card").await, "the same uid popped again");
    until("the notification", async || (!desktop.notifications().is_empty()).then_some(())).await?;
    assert_eq!(desktop.notifications().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_asks_tests_and_saves() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = Panel::start(&desktop, &binary().await?, &[]).await?;
    panel.turn_to(Page::Main).await?;
    panel.fill("settings-server", "127.0.0.1:1").await?;
    panel.fill("settings-extension", "801").await?;
    panel.press("settings-save").await?;
    panel.wait_text("settings-problem", "cannot be reached").await?;
    let file = desktop.home().join("config/uncall-panel/config.toml");
    assert!(!file.exists(), "what was not tested is not saved");

    panel.fill("settings-server", &gateway.address.to_string()).await?;
    panel.press("settings-test").await?;
    panel.wait_text("settings-problem", "It works").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    let saved = std::fs::read_to_string(file)?;
    assert!(saved.contains(&format!("server = \"{}\"", gateway.wsdl())), "{saved}");
    assert!(saved.contains("extension = \"801\""), "{saved}");
    gateway.ring("13421829060", "801").await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", CUSTOMER_READ).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_sends_is_never_markup() -> Result<()> {
    let server = PhpServer::start(Flavour::DOCUMENT_LITERAL).await?;
    let desktop = Desktop::start(Look::CHINESE).await?;
    // This extension's caller has a name with `<VIP>` and `&` in it.
    let panel = start_panel(&desktop, &server.wsdl(), "808").await?;
    let name = r#"王先生 <VIP> & "老客户""#;
    panel.wait_text("call-number", name).await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", name).await?;
    let shown = until("a notification is shown", async || desktop.notifications().into_iter().next()).await?;
    assert!(shown.body.contains("<VIP> &") || shown.body.contains("&lt;VIP&gt; &amp;"), "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_changed_during_a_call_pop_nothing_twice_and_leave_nothing_behind() -> Result<()> {
    let desk = Workplace::open(Look::ENGLISH).await?;
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.press("popup-dismiss").await?;
    panel.wait_gone("popup-card").await?;

    panel.turn_to(Page::Main).await?;
    panel.press("settings-open").await?;
    panel.text("settings-save").await?;
    panel.script("document.querySelector('[data-test=settings-language]').value = 'zh-CN'").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "已连接").await?;
    panel.wait_text("call-state", "响铃").await?;
    assert_eq!(panel.log().matches("pops up").count(), 1, "another language is no new call");

    // The next call's pop-up and notification go with the extension they were for.
    desk.gateway.ring("13900000001", EXTENSION).await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", "139 0000 0001").await?;
    panel.turn_to(Page::Main).await?;
    panel.press("settings-open").await?;
    panel.fill("settings-extension", "802").await?;
    panel.press("settings-save").await?;
    panel.wait_text("extension", "802").await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_gone("popup-card").await?;
    until("no notification is left", async || (desk.desktop.notifications_displayed().await.ok()? == 0).then_some(()))
        .await
}
