//! A browser, the page in it, and the host that the test plays.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::{Router, extract::State, routing::get};
use fantoccini::{
    Client,
    actions::{InputSource, KeyAction, KeyActions},
};
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{chromium, desk, served};
use crate::panel::{
    Page, Panel,
    desktop::until,
    driver,
    twin::{self, Host},
};

/// How the page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// `zh-CN` or `en`.
    pub language: &'static str,
    /// The dark theme.
    pub dark: bool,
    /// How large text is, in per cent of the usual.
    pub text: u32,
    /// The window on a screen of usual text, in pixels.
    pub size: (u32, u32),
}

impl Look {
    /// The main window in English, as it opens.
    pub const ENGLISH: Look = Look { language: "en", dark: false, text: 100, size: (380, 640) };
    /// The main window in Chinese, as it opens.
    pub const CHINESE: Look = Look { language: "zh-CN", ..Look::ENGLISH };
    /// The pop-up in English, with room for one card.
    pub const CARD: Look = Look { size: (360, 168), ..Look::ENGLISH };

    /// The same with text of this many per cent.
    pub const fn text(self, text: u32) -> Look {
        Look { text, ..self }
    }

    /// The same in a window of this size.
    pub const fn sized(self, width: u32, height: u32) -> Look {
        Look { size: (width, height), ..self }
    }

    /// The page's size in its own pixels.
    pub(super) fn page(self) -> (u32, u32) {
        let own = |length: u32| length.saturating_mul(100).checked_div(self.text).unwrap_or(length);
        (own(self.size.0), own(self.size.1))
    }
}

/// A browser with a page of the panel's.
#[derive(Debug)]
pub struct Stage {
    page: Panel,
    address: String,
    answers: Arc<Mutex<Value>>,
    _host: Host,
    _home: TempDir,
}

/// Something to be seen on a stage.
pub type Check = (&'static str, for<'a> fn(&'a Stage) -> LocalBoxFuture<'a, Result<()>>);

/// Runs all of these in one browser, and tells of each that failed.
pub async fn run(checks: &[Check]) -> Result<()> {
    let stage = Stage::open().await?;
    let mut failed = Vec::new();
    for (name, check) in checks {
        let done = check(&stage).await.and(stage.faultless().await);
        failed.extend(done.err().map(|error| format!("{name}: {error:#}")));
    }
    ensure!(failed.is_empty(), "{} of {} checks failed\n\n{}", failed.len(), checks.len(), failed.join("\n\n"));
    Ok(())
}

impl Stage {
    /// Starts the browser; no page is open yet.
    pub async fn open() -> Result<Stage> {
        let answers = Arc::new(Mutex::new(json!({})));
        let routes: Router = Router::new()
            .route("/played.js", get(played))
            .route("/host.js", get(async || served::script(include_str!("host.js"))))
            .merge(served::pages(&["played.js", "host.js"]))
            .with_state(Arc::clone(&answers));
        let (host, at) = Host::serve(routes).await?;
        let home = TempDir::with_prefix("uncall-page-")?;
        let environment = || [("HOME".to_owned(), home.path().to_string_lossy().into_owned())].into_iter();
        let log = home.path().join("chromedriver.log");
        let (driver, port) = driver::start("chromedriver", "chromium-driver", environment, &log).await?;
        let client = twin::chromium(port, home.path(), &[]).await?;
        let address = format!("http://tauri.localhost:{}", at.port());
        Ok(Stage { page: Panel::of(client, driver), address, answers, _host: host, _home: home })
    }

    fn client(&self) -> Client {
        self.page.client()
    }

    /// Reads the page's words and presses its buttons.
    pub fn page(&self) -> &Panel {
        &self.page
    }

    /// Opens a page on a desk that is like this, with usual settings.
    pub async fn show(&self, page: Page, look: Look, snapshot: &Value) -> Result<()> {
        self.show_with(page, look, snapshot, json!({})).await
    }

    /// The same with settings (and other answers of the host's) that differ.
    pub async fn show_with(&self, page: Page, look: Look, snapshot: &Value, answers: Value) -> Result<()> {
        let settings = desk::settings(look.language);
        let (journal, lines) = desk::journal(snapshot)?;
        let mut all = json!({
            "snapshot": {"value": desk::checked(snapshot)?},
            "settings": {"value": settings},
            "journal": {"value": journal},
            "recent": {"value": lines},
            "caller": {"value": null},
            "take_link": {"value": null},
            "player_choice": {"value": {"speed": 1.0, "volume": 1.0, "skipSilence": false, "output": ""}},
            "explain_number": {"value": {"dialled": null, "then": null, "rules": [], "steps": [], "ask": null, "choices": [], "problem": null}},
        });
        desk::merge(&mut all, answers);
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = all;
        let client = self.client();
        chromium::wear(&client, look).await?;
        let name = match page {
            Page::Main => "index.html",
            Page::Popup => "popup.html",
        };
        client.goto(&format!("{}/{name}", self.address)).await?;
        let ready = until("the page is ready", async || {
            let ready = self.page.script("return document.body.dataset.ready ?? null").await.ok()?;
            (ready == json!("true")).then_some(())
        });
        ready.await.with_context(|| "the page did not start")?;
        // Whatever has come with the page has been there for a while.
        self.pass(700, 0).await?;
        self.take("act").await.map(drop)
    }

    /// Another look at the page that is open.
    pub async fn wear(&self, look: Look) -> Result<()> {
        chromium::wear(&self.client(), look).await
    }

    /// The desk has changed, and the journal with it where the desk has lines.
    pub async fn change(&self, snapshot: &Value) -> Result<()> {
        if snapshot.get("recent").is_some() {
            self.journal(snapshot).await?;
        }
        self.tell("desk_changed", desk::checked(snapshot)?).await
    }

    /// The journal has changed: it has the lines of this desk.
    pub async fn journal(&self, snapshot: &Value) -> Result<()> {
        let (journal, lines) = desk::journal(snapshot)?;
        self.answer("recent", json!({"value": lines})).await?;
        self.tell("journal_changed", journal).await
    }

    /// The host tells the page something.
    pub async fn tell(&self, name: &str, payload: Value) -> Result<()> {
        let script = "window.__host.tell(...arguments)";
        Ok(self.client().execute(script, vec![json!(name), payload]).await.map(drop)?)
    }

    /// From now on the host answers this command so: `{"value": …}` or `{"error": …}`.
    pub async fn answer(&self, name: &str, answer: Value) -> Result<()> {
        let script = "window.__host.answers[arguments[0]] = arguments[1]";
        Ok(self.client().execute(script, vec![json!(name), answer]).await.map(drop)?)
    }

    /// What the page has asked of this command since the last time.
    pub async fn take(&self, name: &str) -> Result<Vec<Value>> {
        let taken = self.client().execute("return window.__host.take(arguments[0])", vec![json!(name)]).await?;
        Ok(serde_json::from_value(taken)?)
    }

    /// What the agent wanted since the last time.
    pub async fn wanted(&self) -> Result<Vec<Value>> {
        let acts = self.take("act").await?;
        Ok(acts.into_iter().filter_map(|act| act.get("intent").cloned()).collect())
    }

    /// Where this `data-test` name is: its middle, in the page's pixels.
    pub async fn place(&self, name: &str) -> Result<(f64, f64)> {
        let script = "const box = [...document.querySelectorAll(`[data-test=${name}]`)].find((it) => it.checkVisibility()).getBoundingClientRect(); \
                      return [box.x + box.width / 2, box.y + box.height / 2]";
        self.ask(&format!("const name = '{name}'; {script}")).await
    }

    /// The mouse's button goes down there: for the first time, or as the second press of a double click.
    pub async fn mouse_down(&self, at: (f64, f64), count: u32) -> Result<()> {
        chromium::mouse(&self.client(), true, at, count).await
    }

    /// And up.
    pub async fn mouse_up(&self, at: (f64, f64), count: u32) -> Result<()> {
        chromium::mouse(&self.client(), false, at, count).await
    }

    /// Both.
    pub async fn click(&self, at: (f64, f64), count: u32) -> Result<()> {
        self.mouse_down(at, count).await?;
        self.mouse_up(at, count).await
    }

    /// Presses keys together, e.g. Alt and `h`; the last is the letter.
    pub async fn chord(&self, keys: &[char]) -> Result<()> {
        let down = keys.iter().map(|value| KeyAction::Down { value: *value });
        let up = keys.iter().rev().map(|value| KeyAction::Up { value: *value });
        let actions = down.chain(up).fold(KeyActions::new("keyboard".into()), KeyActions::then);
        Ok(self.client().perform_actions(actions).await?)
    }

    /// Types on the keyboard: whatever has the focus gets it.
    pub async fn typed(&self, text: &str) -> Result<()> {
        for letter in text.chars() {
            self.chord(&[letter]).await?;
        }
        Ok(())
    }

    /// So much time passes for the page after what it has shown is painted, in ms, and so much on the wall; what runs is painted.
    pub async fn pass(&self, page: i64, wall: i64) -> Result<()> {
        let script = "const [page, wall, done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => { \
                      window.__ahead.page += page; window.__ahead.wall += wall; \
                      document.dispatchEvent(new Event('visibilitychange')); done(null); }))";
        Ok(self.client().execute_async(script, vec![json!(page), json!(wall)]).await.map(drop)?)
    }

    /// Asks the page.
    pub async fn ask<T: serde::de::DeserializeOwned>(&self, script: &str) -> Result<T> {
        let value = self.page.script(script).await.with_context(|| script.to_owned())?;
        serde_json::from_value(value.clone()).with_context(|| format!("{script}: {value}"))
    }

    /// The `data-test` name of what has the focus; empty when nothing has it.
    pub async fn focus(&self) -> Result<String> {
        self.ask("return document.activeElement?.dataset.test ?? ''").await
    }

    /// What is typed in a field.
    pub async fn value(&self, name: &str) -> Result<String> {
        self.ask(&format!("return document.querySelector('[data-test={name}]').value")).await
    }

    /// What of the page cannot be read or is outside of the window, in words.
    pub async fn illegible(&self) -> Result<Vec<String>> {
        self.ask(include_str!("legible.js")).await
    }

    /// A picture of the page.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        Ok(self.client().screenshot().await?)
    }

    async fn faultless(&self) -> Result<()> {
        let faults = twin::faults(&self.page).await?;
        ensure!(faults.is_empty(), "the page has broken: {faults:?}");
        Ok(())
    }
}

async fn played(State(answers): State<Arc<Mutex<Value>>>) -> axum::response::Response {
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    served::script(format!("window.__played = {answers};"))
}
