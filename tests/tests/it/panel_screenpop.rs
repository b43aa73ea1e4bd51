//! Screen pop in a real panel: the system's opener is a script that writes down what it is given, the CRM a real local web server,
//! and the panel is killed in between.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::Command,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel, Process,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
        desktop::until,
    },
};

/// A program that writes its arguments to a file, one a line.
fn recorder(program: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(program.parent().unwrap_or(program))?;
    std::fs::write(program, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\n", to.display()))?;
    Ok(std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755))?)
}

/// The lines of a file; none where there is none yet.
fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Waits for so many lines.
async fn wait_lines(file: &Path, count: usize) -> Result<Vec<String>> {
    until(&format!("{count} lines in {}", file.display()), async || {
        Some(lines(file)).filter(|lines| lines.len() >= count)
    })
    .await
}

/// A desktop whose opener of addresses is a recorder, and its record.
async fn desktop(look: Look) -> Result<(Desktop, PathBuf)> {
    let mut desktop = Desktop::start(look).await?;
    let (bin, opened) = (desktop.home().join("bin"), desktop.home().join("opened"));
    recorder(&bin.join("xdg-open"), &opened)?;
    let path = std::env::var("PATH").unwrap_or_default();
    desktop.set("PATH", &format!("{}:{path}", bin.display()));
    Ok((desktop, opened))
}

/// Adds settings to a panel's, readable by their owner only.
fn configure(desktop: &Desktop, gateway: &Gateway, settings: &str) -> Result<String> {
    let config = write_config(desktop, &gateway.wsdl(), EXTENSION)?;
    let own = std::fs::read_to_string(&config)?;
    std::fs::write(&config, own + settings)?;
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600))?;
    Ok(config)
}

/// What the CRM was sent.
type Got = (HeaderMap, Value);

#[derive(Clone)]
struct Crm {
    tell: UnboundedSender<Got>,
    takes: Arc<AtomicBool>,
    says: &'static str,
}

/// A CRM that takes webhooks only while `takes` says so, and answers with this.
async fn crm(takes: &Arc<AtomicBool>, says: &'static str) -> Result<(String, UnboundedReceiver<Got>)> {
    let (tell, got) = unbounded_channel();
    let take = async |State(crm): State<Crm>, headers: HeaderMap, body: Bytes| {
        let _ = crm.tell.send((headers, serde_json::from_slice(&body).unwrap_or_default()));
        let takes = crm.takes.load(Ordering::SeqCst);
        (if takes { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }, crm.says)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let crm = Crm { tell, takes: Arc::clone(takes), says };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take)).with_state(crm)).await });
    Ok((format!("http://{address}/hook"), got))
}

/// The next webhook; `None` where none comes in time.
async fn next(got: &mut UnboundedReceiver<Got>) -> Result<Got> {
    until("a webhook", async || got.try_recv().ok()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_offer_pops_once_and_its_webhook_arrives_over_two_kills() -> Result<()> {
    let gateway = Gateway::start().await?;
    let (desktop, opened) = desktop(Look::ENGLISH).await?;
    let takes = Arc::new(AtomicBool::new(false));
    let (hook, mut got) = crm(&takes, "").await?;
    let (program, started) = (desktop.home().join("crm pop"), desktop.home().join("started"));
    recorder(&program, &started)?;
    let contacts = desktop.home().join("names.csv");
    std::fs::write(&contacts, format!("name,company,mobile\n\"-Tom & \"\"Jerry\"\" #1\",$(id),{CUSTOMER}\n"))?;
    let settings = format!(
        r#"contacts = [{contacts:?}]
[[screen_pop]]
name = "CRM"
on = "ring"
open = "https://crm.example/pop?n={{other}}&who={{name}}&uid={{uid}}"
[[screen_pop]]
on = "answer"
run = [{program:?}, "{{raw:name}}", "--company={{raw:company}}", "{{other}}"]
[[screen_pop]]
on = "end"
post = "{hook}"
secret = "between us"
[[screen_pop]]
on = "ring"
direction = "callout"
open = "https://crm.example/never"
"#
    );
    let config = configure(&desktop, &gateway, &settings)?;
    let start = async |name: &str| -> Result<Process> {
        Process::start(&desktop, &binary().await?, name, &["--tray", "--config", &config])
    };
    let panel = start("first").await?;
    panel.wait_log("the contacts were read").await?;
    gateway.until_watched().await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    let first = format!("https://crm.example/pop?n={CUSTOMER}&who=-Tom%20%26%20%22Jerry%22%20%231&uid={uid}");
    ensure!(wait_lines(&opened, 1).await? == [first.clone()], "{:?}", lines(&opened));
    gateway.phone("extensions/801/answer").await?;
    // Its name is no option, and no shell has read it.
    let expected = ["Tom & \"Jerry\" #1", "--company=$(id)", CUSTOMER];
    ensure!(wait_lines(&started, 3).await? == expected, "{:?}", lines(&started));
    panel.kill().await?;

    let panel = start("second").await?;
    panel.wait_log("the contacts were read").await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    let (headers, body) = next(&mut got).await?;
    let id = headers.get("webhook-id").cloned();
    ensure!(id.is_some() && headers.contains_key("webhook-signature"), "{headers:?}");
    ensure!(body["event"] == json!("end") && body["call"]["uid"] == json!(uid), "{body}");
    // It was not taken, and the panel dies: the next one brings it.
    panel.kill().await?;
    while got.try_recv().is_ok() {}
    takes.store(true, Ordering::SeqCst);
    let panel = start("third").await?;
    let (headers, again) = next(&mut got).await?;
    ensure!(headers.get("webhook-id") == id.as_ref() && again == body, "{again}");

    // Nothing popped twice, and what comes now pops.
    panel.wait_log("the contacts were read").await?;
    let uid = gateway.ring(CUSTOMER, EXTENSION).await?;
    let second = format!("https://crm.example/pop?n={CUSTOMER}&who=-Tom%20%26%20%22Jerry%22%20%231&uid={uid}");
    ensure!(wait_lines(&opened, 2).await? == [first, second], "{:?}", lines(&opened));
    ensure!(lines(&started).len() == 3, "{:?}", lines(&started));
    panel.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_opens_an_address_and_names_the_caller() -> Result<()> {
    let gateway = Gateway::start().await?;
    let (desktop, opened) = desktop(Look::ENGLISH).await?;
    let takes = Arc::new(AtomicBool::new(true));
    let says = r#"{"open":"https://crm.example/case/7","name":"Li <b>Lei</b>","company":"CRM"}"#;
    let (hook, mut got) = crm(&takes, says).await?;
    let evil = r#"{"open":"https://evil.example/"}"#;
    let (other, mut other_got) = crm(&takes, evil).await?;
    let settings = format!(
        "[[screen_pop]]\non = \"ring\"\npost = \"{other}\"\nname = \"other\"\nanswer_hosts = [\"crm.example\"]\n\
         [[screen_pop]]\non = \"ring\"\npost = \"{hook}\"\nname = \"CRM\"\nanswer_hosts = [\"crm.example\"]\n"
    );
    let config = configure(&desktop, &gateway, &settings)?;
    let panel = Panel::start(&desktop, &binary().await?, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    gateway.until_watched().await?;
    gateway.ring(CUSTOMER, EXTENSION).await?;
    next(&mut got).await?;
    next(&mut other_got).await?;
    panel.wait_text("call-number", "Li <b>Lei</b>").await?;
    until("the other answer is refused", async || panel.log().contains("pop_host").then_some(())).await?;
    ensure!(wait_lines(&opened, 1).await? == ["https://crm.example/case/7"], "{:?}", lines(&opened));
    panel.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_it_shows_what_would_be_done_and_does_nothing() -> Result<()> {
    let gateway = Gateway::start().await?;
    let (desktop, opened) = desktop(Look::ENGLISH).await?;
    let rules = "[[screen_pop]]\nname = \"CRM\"\non = \"ring\"\nopen = \"https://crm.example/?n={other}\"\n\
                 [[screen_pop]]\nname = \"SAP\"\non = \"ring\"\nopen = \"sap:call?n={other}\"\n\
                 [[screen_pop]]\nname = \"Hook\"\non = \"end\"\npost = \"http://127.0.0.1:1/\"\nheaders = { Authorization = \"Bearer t\" }\n";
    let config = configure(&desktop, &gateway, rules)?;
    let mut tried = Command::new(binary().await?);
    tried.args(["--try-screen-pop", "--config", &config]).envs(desktop.environment().iter().cloned());
    let tried = tried.output().await?;
    let said = String::from_utf8(tried.stdout)?;
    ensure!(tried.status.code() == Some(1), "one of them is not allowed: {said}");
    ensure!(said.contains("CRM: ring → https://crm.example\n  https://crm.example/?n=13800138000\n"), "{said}");
    ensure!(said.contains("nothing: addresses with sap: are not allowed"), "{said}");
    ensure!(said.contains("POST http://127.0.0.1:1/") && said.contains("\"event\":\"end\""), "{said}");
    ensure!(!said.contains("Bearer") && lines(&opened).is_empty(), "{said}");
    Ok(())
}
