//! Screen pop: carries out what the settings' rules have for a call. `uncall_screenpop` decides; this opens, starts and posts.

mod answered;
mod carrier;
mod facts;
mod trial;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uncall_desk::{effect::Occasion, problem::Problem, settings::Settings};
use uncall_screenpop::{Courier, Deed, Fired, News, Pace, Rule, Shelf, fire};
use url::Url;

pub(crate) use self::trial::{Tried, run as try_all, tried};
use self::{carrier::Http, facts::facts};
use crate::{notification, panel::Panel, state_file};

/// Managed by Tauri, reached through `app.state::<ScreenPop>()`.
#[derive(Debug)]
pub(crate) struct ScreenPop {
    occasions: UnboundedSender<Occasion>,
    courier: Courier,
    dispositions: Mutex<Option<OfCall>>,
}

/// The dispositions that a webhook's receiver has named for a call.
#[derive(Debug)]
struct OfCall {
    uid: String,
    dispositions: Vec<String>,
}

/// Begins to heed the rules. Webhooks that were not taken are sent again.
pub(crate) fn start(app: &AppHandle, demo: bool, config: Option<&Path>, settings: &Settings) {
    let shelf = shelf(config).filter(|_| !demo).map(Shelf::new);
    let (tell, told) = unbounded_channel();
    // Fails only at the end of the program.
    let news = move |news| drop(tell.send(news));
    let (courier, work) = Courier::new(shelf, Http::default(), Pace::default(), Timestamp::now, news);
    tauri::async_runtime::spawn(work);
    let (occasions, taken) = unbounded_channel();
    let pop = ScreenPop { occasions, courier, dispositions: Mutex::default() };
    pop.set(settings);
    app.manage(pop);
    tauri::async_runtime::spawn(attend(app.clone(), taken));
    tauri::async_runtime::spawn(hear(app.clone(), told));
}

/// The folder of webhooks that wait: one for each file of settings, because each has a panel of its own.
fn shelf(config: Option<&Path>) -> Option<PathBuf> {
    let own = uncall_desk::settings::default_path();
    let folder = state_file::path("webhooks")?;
    let Some(config) = config.filter(|config| own.as_deref() != Some(*config)) else { return Some(folder) };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = config.to_string_lossy().chars().rev().take(100).map(plain).collect();
    Some(folder.join(format!("of{}", name.chars().rev().collect::<String>())))
}

impl ScreenPop {
    /// Uses these settings from now on.
    pub(crate) fn set(&self, settings: &Settings) {
        self.courier.set_rules(Arc::from(settings.screen_pop.clone()));
    }

    /// Something has happened to a call. Returns at once.
    pub(crate) fn heed(&self, occasion: &Occasion) {
        if self.occasions.send(occasion.clone()).is_err() {
            tracing::error!("nobody heeds the screen pop's rules any more");
        }
    }

    /// The dispositions for this call, if a webhook's receiver has named some.
    pub(crate) fn dispositions(&self, uid: &str) -> Option<Vec<String>> {
        let known = self.dispositions.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.uid == uid).map(|known| known.dispositions.clone())
    }

    fn name_dispositions(&self, uid: &str, dispositions: Vec<String>) {
        let of_call = OfCall { uid: uid.to_owned(), dispositions };
        *self.dispositions.lock().unwrap_or_else(PoisonError::into_inner) = Some(of_call);
    }
}

/// One after another, so that what happens to a call arrives in its order.
async fn attend(app: AppHandle, mut occasions: UnboundedReceiver<Occasion>) {
    while let Some(occasion) = occasions.recv().await {
        let settings = app.state::<Panel>().settings();
        let event = occasion.event;
        if !settings.screen_pop.iter().any(|rule| rule.on.contains(&event)) {
            continue;
        }
        let facts = facts(&app, &settings, &occasion).await;
        let (id, now) = (id(), Timestamp::now());
        let about = (event, &facts);
        for Fired { rule, deed } in
            fire(&settings.screen_pop, &settings.screen_pop_schemes, about, (&id, now), cfg!(windows))
        {
            let done = match deed {
                Ok(Deed::Open(url)) => {
                    browse(&app, rule, url);
                    Ok(())
                }
                Ok(Deed::Run { program, arguments }) => start_program(&program, &arguments),
                Ok(Deed::Post { parcel, request: _ }) => {
                    app.state::<ScreenPop>().courier.deliver(*parcel);
                    Ok(())
                }
                Err(misfit) => Err((misfit.code(), misfit.to_string())),
            };
            tracing::info!(rule = rule.name, event = event.name(), uid = facts.uid, "a screen pop's rule fires");
            if let Err((code, why)) = done {
                complain(&app, rule, code, &why);
            }
        }
    }
}

/// Tells the agent that nothing came of a rule. What they see names the rule; the log says why.
fn complain(app: &AppHandle, rule: &Rule, code: &str, why: &str) {
    tracing::warn!(rule = rule.name, code, why, "nothing came of a screen pop's rule");
    notification::tell(app, &Problem::new(code, &rule.name));
}

/// Hands an address to the system's browser, on a thread that may wait for it.
fn browse(app: &AppHandle, rule: &Rule, url: Url) {
    let (app, rule) = (app.clone(), rule.clone());
    tauri::async_runtime::spawn_blocking(move || {
        // Without a shell: `xdg-open` and the like get it as their argument, Windows' `ShellExecuteW` as its file.
        match open::that_detached(url.as_str()) {
            Ok(()) => tracing::info!(rule = rule.name, "a screen pop was handed to the browser"),
            Err(error) => complain(&app, &rule, "pop_no_browser", &error.to_string()),
        }
    });
}

fn start_program(program: &Path, arguments: &[String]) -> Result<(), (&'static str, String)> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| ("pop_no_program", error.to_string()))?;
    let program = program.to_owned();
    tauri::async_runtime::spawn(async move {
        match child.wait().await {
            Ok(status) if status.success() => {}
            Ok(status) => tracing::warn!(program = %program.display(), %status, "a screen pop's program failed"),
            Err(error) => tracing::warn!(program = %program.display(), %error, "a screen pop's program is lost"),
        }
    });
    Ok(())
}

/// Attends to what becomes of webhooks.
async fn hear(app: AppHandle, mut told: UnboundedReceiver<News>) {
    while let Some(news) = told.recv().await {
        match news {
            News::Taken { parcel, body } => answered::heed(&app, &parcel, &body),
            News::Delayed { rule, why } => {
                tracing::warn!(rule, why, "a webhook was not taken and is sent again later");
            }
            News::GivenUp { rule, why } => {
                tracing::warn!(rule, why, "a webhook is given up");
                notification::tell(&app, &Problem::new("pop_given_up", &rule));
            }
        }
    }
}

/// Tells an event from all others.
fn id() -> String {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!("the system has no random numbers: {error}");
        return format!("at-{}", Timestamp::now().as_nanosecond());
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
