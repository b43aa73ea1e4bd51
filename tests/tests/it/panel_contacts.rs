//! Names in a real panel: a file that changes while a call is up, one that breaks, an export, and a web service.

use std::path::Path;

use anyhow::{Result, ensure};
use axum::{Json, Router, extract::Query, routing::get};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary, write_config},
        desktop::until,
    },
};

/// Adds settings to a panel's, and starts it.
async fn start(desktop: &Desktop, gateway: &Gateway, settings: &str) -> Result<(Panel, String)> {
    let config = write_config(desktop, &gateway.wsdl(), EXTENSION)?;
    let own = std::fs::read_to_string(&config)?;
    std::fs::write(&config, own + settings)?;
    let panel = Panel::start(desktop, &binary().await?, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    gateway.until_watched().await?;
    Ok((panel, config))
}

/// A file of contacts in GBK, as a spreadsheet on a Chinese Windows writes it, with the customer under this name.
fn write(file: &Path, name: &str) -> Result<()> {
    let text = format!("姓名,公司,手机,分机\r\n{name},海淀科技,{CUSTOMER},\r\n王芳,,,{EXTENSION}\r\n");
    Ok(std::fs::write(file, encoding_rs::GBK.encode(&text).0)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_names_the_call_that_is_up() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::CHINESE).await?;
    let file = desktop.home().join("客户 (CRM).csv");
    write(&file, "李雷")?;
    let (panel, config) = start(&desktop, &gateway, &format!("contacts = {:?}\n", file.display().to_string())).await?;
    panel.wait_text("agent", "王芳").await?;
    gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_text("call-number", "李雷").await?;
    panel.wait_text("call-second", CUSTOMER_READ).await?;
    panel.wait_text("recent-number", "李雷").await?;
    let told = until("the notification", async || desktop.notifications().into_iter().next()).await?;
    ensure!(told.body.contains("李雷") && told.body.contains(CUSTOMER), "{told:?}");
    until("the tray names the caller", async || {
        let lines = desktop.tray.menu().await.ok()?;
        lines.first()?.label.contains("李雷").then_some(())
    })
    .await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", "李雷").await?;
    panel.wait_text("popup-second", CUSTOMER_READ).await?;
    until("the pop-up is painted", async || panel.log().contains("painted in the pop-up").then_some(())).await?;
    let seen = panel.log().matches("painted in the pop-up").count();

    // The CRM writes it anew, while the phone rings.
    write(&file, "李雷雷")?;
    panel.wait_text("popup-number", "李雷雷").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-number", "李雷雷").await?;
    panel.wait_text("recent-number", "李雷雷").await?;
    ensure!(panel.log().matches("pops up").count() == 1, "a name is no call: {}", panel.log());
    ensure!(panel.log().matches("painted in the pop-up").count() == seen, "and no card");

    // Half of it is there, or something else: those of before stay, and the settings say so.
    std::fs::write(&file, b"PK\x03\x04\0\0\0")?;
    panel.press("settings-open").await?;
    panel.wait_text("contacts-files", "不是 CSV").await?;
    panel.press("settings-close").await?;
    ensure!(panel.text("call-number").await? == "李雷雷");
    write(&file, "李雷雷")?;

    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel.wait_text("no-call", "李雷雷").await?;
    // The search finds names, also such as are not in the journal's own lines.
    write(&file, "韩梅梅")?;
    panel.wait_text("recent-number", "韩梅梅").await?;
    panel.press("recent-find").await?;
    for typed in ["hanmeimei", "韩梅", "hmm"] {
        panel.fill("recent-search", typed).await?;
        panel.wait_text("recent-number", "韩梅梅").await?;
    }
    panel.fill("recent-search", "nobody").await?;
    panel.text("recent-none").await?;

    // The dial box finds her as well.
    panel.fill("dial-number", "hmm").await?;
    panel.wait_text("suggestions", CUSTOMER_READ).await?;

    let table = desktop.home().join("calls.csv");
    let mut export = Command::new(binary().await?);
    export.arg("--export").arg(&table).args(["--config", &config]).envs(desktop.environment().iter().cloned());
    let done = export.output().await?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(&table)?;
    ensure!(text.contains(&format!("{CUSTOMER},韩梅梅")), "{text}");

    let mut state = Command::new(binary().await?);
    state.args(["--state", "--config", &config]).envs(desktop.environment().iter().cloned());
    let state: Value = serde_json::from_slice(&state.output().await?.stdout)?;
    ensure!(state["name"] == json!("王芳"), "{state}");
    Ok(())
}

/// A web service of people's names.
async fn names() -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Asked {
        number: String,
    }
    let who = async |Query(Asked { number }): Query<Asked>| {
        Json(
            json!({"name": format!("Caller {}", number.get(number.len() - 2..).unwrap_or_default()), "company": "<b>Web</b>"}),
        )
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/who", get(who))).await });
    Ok(format!("http://{address}/who?key=secret&number={{number}}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_service_names_the_caller_on_the_card_that_is_there() -> Result<()> {
    let gateway = Gateway::start().await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let (panel, config) = start(&desktop, &gateway, &format!("contacts_url = {:?}\n", names().await?)).await?;
    // A machine that is busy may take longer than the service has: another caller is another question.
    let mut uids = Vec::new();
    for n in 0..10 {
        uids.push(gateway.ring(&format!("138001380{n:02}"), EXTENSION).await?);
        let named = until("the service has answered, or is given up", async || {
            let text = panel.script("return document.body.textContent").await.ok()?.to_string();
            let given_up = panel.log().matches("does not say who calls").count() > n;
            text.contains(&format!("Caller {n:02}")).then_some(true).or(given_up.then_some(false))
        });
        if named.await? {
            break;
        }
    }
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", "Caller ").await?;
    panel.wait_text("popup-second", "<b>Web</b>").await?;
    for uid in &uids {
        ensure!(
            panel.log().matches(&format!("pops up uid=\"{uid}\"")).count() == 1,
            "a name is no call: {}",
            panel.log()
        );
    }
    // What an administrator asks shows no secret of it.
    let mut explain = Command::new(binary().await?);
    explain.args(["--explain-settings", "--config", &config]).envs(desktop.environment().iter().cloned());
    let said = String::from_utf8(explain.output().await?.stdout)?;
    ensure!(said.contains("key=********&number={number}") && !said.contains("secret&"), "{said}");
    Ok(())
}
