//! A server that wants a login, and the panel that asks for it.

use anyhow::Result;
use serde_json::json;
use uncall_gateway::{Settings, access::secret};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Page, Panel,
        desk::{CUSTOMER, CUSTOMER_READ, EXTENSION, binary, start_panel},
        desktop::until,
    },
    scripted::Scripted,
};

/// `wang:open sesame`
const LOGIN: &str = "Basic d2FuZzpvcGVuIHNlc2FtZQ==";

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_login_is_told_in_words_and_mended_by_typing_the_password() -> Result<()> {
    let server = Scripted::start(None).await?;
    server.want_login(LOGIN);
    let desktop = Desktop::start(Look::CHINESE).await?;
    let panel = start_panel(&desktop, &server.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "需要登录").await?;
    panel.wait_text("login-open", "服务器需要登录").await?;

    // The words lead to where it is mended, with the cursor where something is missing.
    panel.press("login-open").await?;
    panel.wait_text("settings-problem", "服务器需要登录").await?;
    assert_eq!(focused(&panel).await?, "settings-user");
    panel.fill("settings-user", "wang").await?;
    panel.fill("settings-secret", "open barley").await?;
    panel.press("settings-save").await?;
    panel.wait_text("settings-problem", "用户名或密码").await?;
    let file = desktop.home().join("panel.toml");
    assert!(!std::fs::read_to_string(&file)?.contains("barley"), "what the server does not take is not saved");
    assert_eq!(focused(&panel).await?, "settings-secret");

    panel.fill("settings-secret", "open sesame").await?;
    panel.press("settings-test").await?;
    panel.wait_text("settings-problem", "连接成功").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "已连接").await?;
    panel.wait_gone("login-open").await?;
    let saved = std::fs::read_to_string(&file)?;
    assert!(saved.contains("user = \"wang\"") && saved.contains("password = \"open sesame\""), "{saved}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600, "its owner's alone");
    }

    // The page never gets the password back, and an empty field keeps it.
    panel.press("settings-open").await?;
    panel.wait_text("settings-secret-where", "仅您本人可读").await?;
    let page = panel.script("return document.querySelector('[data-test=settings-secret]').value").await?;
    assert_eq!(page, "");
    let known = panel.script("return window.__TAURI__.core.invoke('settings').then(JSON.stringify)").await?;
    assert!(!known.to_string().contains("sesame") && known.to_string().contains("wang"), "{known}");
    panel.press("settings-test").await?;
    panel.wait_text("settings-problem", "连接成功").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "已连接").await?;
    assert!(!panel.log().contains("sesame") && !panel.log().contains("barley"), "{}", panel.log());

    // Another password on the server: the panel says so by itself.
    server.want_login("Basic other");
    server.drop_streams();
    panel.wait_text("connection", "登录未通过").await?;
    panel.wait_text("login-open", "用户名或密码").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_asks_for_the_login_when_the_server_does() -> Result<()> {
    let server = Scripted::start(None).await?;
    server.want_login("Bearer t0ken");
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = Panel::start(&desktop, &binary().await?, &[]).await?;
    panel.turn_to(Page::Main).await?;
    panel.fill("settings-server", &server.address.to_string()).await?;
    panel.fill("settings-extension", "801").await?;
    assert!(!panel.shows("settings-user").await, "no login is asked for before one is wanted");
    panel.press("settings-save").await?;
    panel.wait_text("settings-problem", "wants a login").await?;
    assert_eq!(focused(&panel).await?, "settings-user");
    choose_login(&panel, "token").await?;
    assert!(!panel.shows("settings-user").await, "a token has no user");
    panel.fill("settings-secret", "t0ken").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    let file = desktop.home().join("config/uncall-panel/config.toml");
    assert!(std::fs::read_to_string(&file)?.contains("token = \"t0ken\""));

    // A server elsewhere does not get the token of this one.
    panel.press("settings-open").await?;
    panel.fill("settings-server", "http://localhost:9/").await?;
    panel.press("settings-save").await?;
    panel.wait_text("settings-problem", "or the token").await
}

/// With the real gateway: a token for one extension, and what it does not allow.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_lets_its_agent_in_and_says_what_the_account_may_not() -> Result<()> {
    let mut settings = Settings::default();
    settings.access.open = Some(Vec::new());
    let agent = json!({"extension": EXTENSION, "token_sha256": secret::digest("t0ken")});
    settings.access.roster.agents.insert("wang".into(), serde_json::from_value(agent)?);
    let gateway = Gateway::start_with(settings).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
    panel.wait_text("connection", "Login needed").await?;
    panel.press("login-open").await?;
    panel.wait_text("settings-problem", "wants a login").await?;
    choose_login(&panel, "token").await?;
    panel.fill("settings-secret", "t0ken").await?;
    panel.press("settings-save").await?;
    panel.wait_text("connection", "Connected").await?;
    gateway.ring(CUSTOMER, EXTENSION).await?;
    panel.wait_text("call-number", CUSTOMER_READ).await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;

    // Listening is for supervisors; another's extension is not this account's.
    panel.press("tab-supervisor").await?;
    panel.fill("listen-target", "802").await?;
    panel.press("listen").await?;
    panel.wait_text("supervisor-notice", "may not do that").await?;
    panel.press("settings-open").await?;
    panel.fill("settings-extension", "802").await?;
    panel.press("settings-save").await?;
    panel.wait_text("settings-problem", "may not do that").await
}

async fn choose_login(panel: &Panel, kind: &str) -> Result<()> {
    let script = format!(
        "const field = document.querySelector('[data-test=settings-login]'); field.value = '{kind}'; \
         field.dispatchEvent(new Event('change'))"
    );
    panel.script(&script).await.map(drop)
}

/// The `data-test` name of what has the focus.
async fn focused(panel: &Panel) -> Result<String> {
    until("something has the focus", async || {
        let name = panel.script("return document.activeElement?.dataset.test ?? null").await.ok()?;
        name.as_str().map(str::to_owned)
    })
    .await
}
