//! The panel's pages in Chromium, the engine of Windows' WebView2: on the commands and events of a panel that runs, under its
//! content policy, with the arguments that it gives to WebView2. What a page of Tauri's is there, it is here: one of another
//! address space than the loopback's.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use fantoccini::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    Desktop,
    driver::{self, Panel},
};
use crate::page::served;

/// Arguments without which Chromium asks the network for what is not there.
const QUIET: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
const BRIDGE: &str = include_str!("bridge.js");
/// Collects in the panel's own page what it is told.
const LISTEN: &str = "if (window.__told) return; window.__told = []; \
    for (const name of ['desk_changed', 'journal_changed', 'settings_changed', 'playback_changed', 'show_settings', 'show_transfer', 'link_came']) \
        window.__TAURI__.event.listen(name, (event) => window.__told.push([name, event.payload]));";
const INVOKE: &str = "const [name, args, done] = arguments; \
    window.__TAURI__.core.invoke(name, args).then((value) => done({ value }), (error) => done({ error }));";

/// A second view of a panel.
#[derive(Debug)]
pub struct Twin {
    /// Its page.
    pub page: Panel,
    /// What the page lives on.
    pub host: Host,
}

/// Serves the page, and leads to the panel.
#[derive(Debug)]
pub struct Host(JoinHandle<()>);

impl Drop for Host {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Twin {
    /// The main window of this panel, in English and at its size.
    pub async fn open(desktop: &Desktop, panel: &Panel) -> Result<Twin> {
        panel.client().execute(LISTEN, Vec::new()).await?;
        let routes = Router::new()
            .route("/bridge/invoke", post(invoke))
            .route("/bridge/told", get(told))
            .route("/bridge.js", get(async || served::script(BRIDGE)))
            .merge(served::pages(&["bridge.js"]))
            .with_state(panel.client());
        let (host, at) = Host::serve(routes).await?;

        let (environment, log) = (desktop.environment(), desktop.home().join("chromedriver.log"));
        let (driver, port) =
            driver::start("chromedriver", "chromium-driver", || environment.iter().cloned(), &log).await?;
        let foreign = format!("--ip-address-space-overrides={at}=public");
        let client = chromium(port, desktop.home(), &[&foreign]).await?;
        client.goto(&format!("http://tauri.localhost:{}/index.html", at.port())).await?;
        // Outside there is a frame, also of a window that nobody sees.
        let frame: (u32, u32) = serde_json::from_value(
            client.execute("return [outerWidth - innerWidth, outerHeight - innerHeight]", Vec::new()).await?,
        )?;
        client.set_window_size(380 + frame.0, 640 + frame.1).await?;
        Ok(Twin { page: Panel::of(client, driver), host })
    }
}

impl Host {
    /// Serves these routes on a free port of the loopback's, until it is dropped.
    pub(crate) async fn serve(routes: Router) -> Result<(Host, SocketAddr)> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let at = listener.local_addr()?;
        let served = async move {
            // It ends with the test.
            let _ended = axum::serve(listener, routes).await;
        };
        Ok((Host(tokio::spawn(served)), at))
    }
}

/// A session of Chromium, with the arguments that the panel gives to WebView2 and these, and its profile in this folder.
pub(crate) async fn chromium(port: u16, home: &Path, more: &[&str]) -> Result<Client> {
    let profile = format!("--user-data-dir={}", home.join("chromium").display());
    let given = include_str!("../../../src-tauri/webview2-arguments.txt").split_whitespace();
    let args: Vec<&str> =
        QUIET.into_iter().chain([profile.as_str()]).chain(more.iter().copied()).chain(given).collect();
    let options = json!({"goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": args}});
    driver::connect(port, options).await.context("Chromium did not start")
}

/// What went wrong in the page of a twin: errors, broken promises, what its policy refused.
pub async fn faults(page: &Panel) -> Result<Vec<String>> {
    Ok(serde_json::from_value(page.script("return window.__faults").await?)?)
}

#[derive(Debug, Deserialize)]
struct Asked {
    name: String,
    args: Value,
}

async fn invoke(State(panel): State<Client>, Json(asked): Json<Asked>) -> Response {
    match panel.execute_async(INVOKE, vec![asked.name.into(), asked.args]).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// What the panel's page was told since the last time, as soon as there is something.
async fn told(State(panel): State<Client>) -> Response {
    loop {
        match panel.execute("return window.__told.splice(0)", Vec::new()).await {
            Ok(told) if told.as_array().is_some_and(|told| !told.is_empty()) => return Json(told).into_response(),
            Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }
}
