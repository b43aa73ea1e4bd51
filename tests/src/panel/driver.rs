//! A panel under WebDriver: its windows, what stands in them, and presses on them.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WindowHandle};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::desktop::{Desktop, until};
use crate::figures::processes;

/// A running panel.
#[derive(Debug)]
pub struct Panel {
    client: Client,
    log: PathBuf,
    driver: Child,
}

/// One of its two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The main window.
    Main,
    /// The pop-up.
    Popup,
}

impl Page {
    fn is_at(self, path: &str) -> bool {
        match self {
            Page::Main => matches!(path, "" | "/" | "/index.html"),
            Page::Popup => path == "/popup.html",
        }
    }
}

/// An element that can be seen.
#[derive(Debug, Deserialize)]
struct Seen {
    place: usize,
    text: String,
    enabled: bool,
}

const SEEN: &str = r#"
    if (document.visibilityState !== "visible") return [];
    return [...document.querySelectorAll(`[data-test="${arguments[0]}"]`)]
        .map((element, place) => ({ element, place }))
        .filter(({ element }) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        .filter(({ element }) => element.getClientRects().length > 0)
        .map(({ element, place }) => ({ place, text: element.innerText.trim(), enabled: !element.disabled }));
"#;

impl Drop for Panel {
    /// Chromium outlives a driver that is killed; a panel goes with its screen.
    fn drop(&mut self) {
        let started = self.driver.id().map(processes::tree).unwrap_or_default();
        let browsers = started.into_iter().filter(|process| processes::name(*process).starts_with("chrom"));
        let browsers: Vec<String> = browsers.map(|process| process.to_string()).collect();
        if !browsers.is_empty() {
            let _gone_already = std::process::Command::new("kill").arg("-KILL").args(browsers).status();
        }
    }
}

impl Panel {
    /// A page that somebody else has opened: what it does not log is empty.
    pub(crate) fn of(client: Client, driver: Child) -> Panel {
        Panel { client, log: PathBuf::new(), driver }
    }

    /// Its own way to the driver.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Starts `uncall-panel` with these arguments on the desktop.
    pub async fn start(desktop: &Desktop, binary: &Path, args: &[&str]) -> anyhow::Result<Panel> {
        let log = desktop.home().join("panel.log");
        let (driver, port) = start_driver(desktop, &log).await?;
        let options = json!({"webkitgtk:browserOptions": {"binary": binary, "args": args}});
        let client = connect(port, options).await.context("the panel did not start under the driver")?;
        Ok(Panel { client, log, driver })
    }

    /// What the panel has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The driver's process; the panel and its web view are its children.
    pub fn driver(&self) -> Option<u32> {
        self.driver.id()
    }

    /// Ends the panel by its own way out, and waits until it has ended: a driver that ends its session closes the windows and
    /// sometimes leaves the panel in the tray, where the next one that is started finds it.
    pub async fn stop(self) -> anyhow::Result<()> {
        let children = self.driver.id().map(processes::tree).unwrap_or_default();
        let panels: Vec<u32> = children.into_iter().filter(|child| processes::name(*child) == "uncall-panel").collect();
        ensure!(!panels.is_empty(), "the panel is no process of its driver's");
        // The answer may be lost with the page.
        let _ = self.script("window.__TAURI__.core.invoke('quit')").await;
        until("the panel has ended", async || panels.iter().all(|panel| processes::has_ended(*panel)).then_some(()))
            .await
    }

    async fn find_page(&self, page: Page) -> Option<WindowHandle> {
        for handle in self.client.windows().await.ok()? {
            if self.client.switch_to_window(handle.clone()).await.is_err() {
                continue;
            }
            if self.client.current_url().await.is_ok_and(|url| page.is_at(url.path())) {
                return Some(handle);
            }
        }
        None
    }

    /// Turns to a page; waits for it.
    pub async fn turn_to(&self, page: Page) -> anyhow::Result<()> {
        let turned = until(&format!("{page:?} is there"), async || self.find_page(page).await).await;
        turned.map(drop).with_context(|| format!("the panel's log:\n{}", self.log()))
    }

    /// Whether there is such a page.
    pub async fn has(&self, page: Page) -> bool {
        self.find_page(page).await.is_some()
    }

    /// What can be seen under this `data-test` name: place among all of the name, words, whether it can be pressed.
    ///
    /// WebDriver's own "is displayed" takes clipped text (an ellipsis) for hidden, so the page is asked.
    async fn seen(&self, name: &str) -> Option<Vec<Seen>> {
        let value = self.client.execute(SEEN, vec![json!(name)]).await.ok()?;
        serde_json::from_value(value).ok()
    }

    async fn first(&self, name: &str) -> Option<Seen> {
        self.seen(name).await?.into_iter().next()
    }

    async fn element(&self, name: &str) -> Option<Element> {
        let place = self.first(name).await?.place;
        let all = self.client.find_all(Locator::Css(&format!("[data-test=\"{name}\"]"))).await.ok()?;
        all.into_iter().nth(place)
    }

    /// Whether the element of this `data-test` name can be seen.
    pub async fn shows(&self, name: &str) -> bool {
        self.first(name).await.is_some()
    }

    /// How many elements of this name can be seen.
    pub async fn count(&self, name: &str) -> usize {
        self.seen(name).await.map_or(0, |seen| seen.len())
    }

    /// Its words, once it can be seen.
    pub async fn text(&self, name: &str) -> anyhow::Result<String> {
        until(&format!("{name} shows"), async || Some(self.first(name).await?.text)).await
    }

    /// Waits until its words contain these.
    pub async fn wait_text(&self, name: &str, words: &str) -> anyhow::Result<()> {
        let mut last = String::new();
        let came = until(&format!("{name} says {words:?}"), async || {
            last = self.first(name).await?.text;
            last.contains(words).then_some(())
        })
        .await;
        came.with_context(|| format!("it said {last:?}"))
    }

    /// Waits until it can no longer be seen.
    pub async fn wait_gone(&self, name: &str) -> anyhow::Result<()> {
        let mut last = None;
        let gone = until(&format!("{name} is gone"), async || {
            last = self.first(name).await;
            last.is_none().then_some(())
        })
        .await;
        gone.with_context(|| format!("there is {last:?}"))
    }

    /// Waits until it says nothing: the room of a message is kept, so that nothing jumps.
    pub async fn wait_silent(&self, name: &str) -> anyhow::Result<()> {
        until(&format!("{name} says nothing"), async || {
            self.first(name).await.is_none_or(|seen| seen.text.is_empty()).then_some(())
        })
        .await
    }

    /// Presses it, once it can be seen and is enabled.
    pub async fn press(&self, name: &str) -> anyhow::Result<()> {
        let mut turns = ["center", "start", "end"].into_iter().cycle();
        until(&format!("{name} can be pressed"), async || {
            let seen = self.first(name).await?;
            if !seen.enabled {
                return None;
            }
            if self.element(name).await?.click().await.is_ok() {
                return Some(());
            }
            // Behind a bar that stays in sight: a person turns the wheel, WebDriver does not.
            let turn = "document.querySelectorAll(`[data-test=\"${arguments[0]}\"]`)[arguments[1]].scrollIntoView({ block: arguments[2] })";
            let _ = self.client.execute(turn, vec![json!(name), json!(seen.place), json!(turns.next())]).await;
            None
        })
        .await
    }

    /// Whether it is there and enabled.
    pub async fn enabled(&self, name: &str) -> bool {
        self.first(name).await.is_some_and(|seen| seen.enabled)
    }

    /// Types into a field, replacing what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let element = until(&format!("{name} shows"), async || self.element(name).await).await?;
        element.clear().await?;
        Ok(element.send_keys(text).await?)
    }

    /// Runs a script in the page and returns its value.
    pub async fn script(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }
}

/// A session with the driver on this port, of a program that it starts as it is told here.
pub(crate) async fn connect(port: u16, options: Value) -> anyhow::Result<Client> {
    let Value::Object(capabilities) = options else { bail!("capabilities are an object") };
    let mut session = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
    Ok(session.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await?)
}

async fn start_driver(desktop: &Desktop, log: &Path) -> anyhow::Result<(Child, u16)> {
    let environment = || desktop.environment().iter().cloned().chain([("RUST_LOG".into(), "info,uncall=debug".into())]);
    start("WebKitWebDriver", "webkit2gtk-driver", environment, log).await
}

/// Starts a driver (of this package of Debian's), which logs there, on a free port.
pub(crate) async fn start<E: Iterator<Item = (String, String)>>(
    program: &str,
    package: &str,
    environment: impl Fn() -> E,
    log: &Path,
) -> anyhow::Result<(Child, u16)> {
    // The port is free now; should another program take it before the driver does, the driver ends, and the next is tried.
    for _attempt in 0..5 {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let file = std::fs::File::create(log)?;
        let mut command = Command::new(program);
        command.arg(format!("--port={port}")).envs(environment()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let mut driver = command.spawn().with_context(|| format!("cannot start {program} (package {package})"))?;
        let ready = until("the driver listens", async || {
            let ended = driver.try_wait().ok().flatten().is_some();
            let listens = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok();
            (ended || listens).then_some(listens && !ended)
        });
        if ready.await? {
            return Ok((driver, port));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("{program} found no port")
}
