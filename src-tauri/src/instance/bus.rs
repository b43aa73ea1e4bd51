//! Linux: the first panel owns a name on the session bus, and a second start asks it for something through the freedesktop
//! interface. That interface passes on the activation token, without which a window manager that prevents focus stealing keeps
//! the window behind. The single-instance plugin only passes arguments.
//!
//! <https://specifications.freedesktop.org/desktop-entry-spec/latest/dbus.html>

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tauri::AppHandle;
use tokio::sync::{mpsc, oneshot};
use zbus::{Connection, OwnedVariant, Variant, connection, fdo, interface};

use super::{Answer, Ask, Request};
use crate::{platform, second::NoAnswer};

const INTERFACE: &str = "org.freedesktop.Application";
/// The interface for questions with answers. A panel of version 0.1 does not have it.
const QUESTIONS: &str = "net.uncall.Panel";
/// The action for `--tray`, which wants no window.
const TRAY: &str = "tray";
/// The action for `--report FILE`.
const REPORT: &str = "report";
/// The time limit for the first panel to accept a request.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(10);

/// The time limit for answers: longer than the client's for any verb.
const ANSWERED_WITHIN: Duration = Duration::from_secs(100);

type PlatformData = HashMap<String, OwnedVariant>;

/// A message from the bus.
#[derive(Debug)]
enum Asked {
    /// A second start, with the token of the user action that caused it.
    Start(Request, Option<String>),
    /// A question, and the sender for its answer.
    Question(Ask, oneshot::Sender<Answer>),
}

/// Whether this is the first panel with its settings.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It is the first. `None` without a session bus, where this cannot be known and nobody can ask.
    First(Option<Instance>),
    /// Another panel is running and has accepted the request of this start.
    HandedOver,
}

/// The first panel's name on the bus, and the requests of second starts.
#[derive(Debug)]
pub(crate) struct Instance {
    _connection: Connection,
    asked: mpsc::UnboundedReceiver<Asked>,
}

impl Instance {
    /// Serves second starts for as long as the panel runs.
    pub(crate) async fn serve(mut self, app: AppHandle) {
        while let Some(asked) = self.asked.recv().await {
            match asked {
                Asked::Start(request, token) => super::serve(&app, &request, token),
                Asked::Question(ask, tell) => {
                    let app = app.clone();
                    // In a task of its own, because a transfer takes long and other questions must not wait for it.
                    tauri::async_runtime::spawn(async move {
                        let _ = tell.send(super::ask::answer(&app, ask).await);
                    });
                }
            }
        }
    }
}

/// Takes the name, or hands over to the panel that owns it.
///
/// # Errors
/// If the panel that owns the name does not answer.
pub(crate) async fn claim(config: Option<&Path>, request: Request) -> anyhow::Result<Claim> {
    let name = name(config);
    let path = format!("/{}", name.replace('.', "/"));
    let (asks, asked) = mpsc::unbounded_channel();
    let questions = Questions { asks: asks.clone() };
    let builder = connection::Builder::session()
        .serve_at(path.as_str(), Application { asks })
        .serve_at(path.as_str(), questions)
        .name(name.as_str());
    match builder.replace_existing_names(false).allow_name_replacements(false).build().await {
        Ok(connection) => Ok(Claim::First(Some(Instance { _connection: connection, asked }))),
        Err(zbus::Error::NameTaken) => {
            let handed = tokio::time::timeout(ACCEPTED_WITHIN, hand_over(&name, &path, request)).await;
            handed.context("the panel that runs does not answer")??;
            Ok(Claim::HandedOver)
        }
        Err(error) => {
            tracing::warn!("no session bus: other panels on the same settings are not seen: {error}");
            Ok(Claim::First(None))
        }
    }
}

/// The name, which includes the settings file. (`SingleInstance` is from version 0.1.)
fn name(config: Option<&Path>) -> String {
    let Some(config) = config else { return "net.uncall.panel.SingleInstance".into() };
    let mut hasher = DefaultHasher::new();
    std::path::absolute(config).unwrap_or_else(|_| config.to_owned()).hash(&mut hasher);
    format!("net.uncall.panel.config{:016x}.SingleInstance", hasher.finish())
}

async fn hand_over(name: &str, path: &str, request: Request) -> anyhow::Result<()> {
    let bus = Connection::session().await?;
    let mut data: HashMap<&str, Variant<'_>> = HashMap::new();
    if let Some(token) = platform::activation_token() {
        data.insert("desktop-startup-id", Variant::from(token));
        data.insert("activation-token", Variant::from(token));
    }
    let to = Some(name);
    let asked = match request {
        Request::Show => bus.call_method(to, path, Some(INTERFACE), "Activate", &(data,)).await,
        Request::Link(link) => bus.call_method(to, path, Some(INTERFACE), "Open", &(vec![link], data)).await,
        Request::Report(file) => {
            // Remove an old file, so that the new one's existence means that it is written.
            let _ = std::fs::remove_file(&file);
            let file = file.to_string_lossy().into_owned();
            let parameter = vec![Variant::from(file.as_str())];
            bus.call_method(to, path, Some(INTERFACE), "ActivateAction", &(REPORT, parameter, data)).await
        }
        Request::Tray => {
            let none: Vec<Variant<'_>> = Vec::new();
            bus.call_method(to, path, Some(INTERFACE), "ActivateAction", &(TRAY, none, data)).await
        }
    };
    match asked {
        Ok(_) => Ok(()),
        // A panel of version 0.1 that kept running during the update.
        Err(error) if is_unknown(&error) => {
            let arguments: Vec<String> =
                std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
            let old = Some("org.SingleInstance.DBus");
            bus.call_method(to, path, old, "ExecuteCallback", &(arguments, "")).await?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks the panel that runs with these settings.
///
/// # Errors
/// The reason why there is no answer.
pub(crate) async fn ask(config: Option<&Path>, ask: Ask) -> Result<Answer, NoAnswer> {
    let name = name(config);
    let path = format!("/{}", name.replace('.', "/"));
    let asking = async {
        let bus = Connection::session().await.map_err(|_| NoAnswer::NoPanel)?;
        let to = Some(name.as_str());
        let answer = match &ask {
            Ask::Do { order, token } => {
                let mut data: HashMap<&str, Variant<'_>> = HashMap::new();
                if let Some(token) = token {
                    data.insert("desktop-startup-id", Variant::from(token.as_str()));
                }
                bus.call_method(to, path.as_str(), Some(QUESTIONS), "Do", &(order.as_str(), data)).await
            }
            Ask::State => bus.call_method(to, path.as_str(), Some(QUESTIONS), "State", &()).await,
        };
        let answer = answer.map_err(|error| no_answer(&error))?;
        match &ask {
            Ask::Do { .. } => {
                let (status, code, detail) = answer.body().deserialize().map_err(|_| NoAnswer::Old)?;
                Ok(Answer { status, code, detail, state: None })
            }
            Ask::State => {
                let state: String = answer.body().deserialize().map_err(|_| NoAnswer::Old)?;
                Ok(Answer { state: Some(state), ..Answer::default() })
            }
        }
    };
    tokio::time::timeout(ANSWERED_WITHIN, asking).await.unwrap_or(Err(NoAnswer::Lost))
}

fn no_answer(error: &zbus::Error) -> NoAnswer {
    if is_unknown(error) {
        return NoAnswer::Old;
    }
    let zbus::Error::FDO(error) = error else { return NoAnswer::Lost };
    let nobody = matches!(**error, fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_));
    if nobody { NoAnswer::NoPanel } else { NoAnswer::Lost }
}

/// Whether the panel that owns the name does not know the question.
fn is_unknown(error: &zbus::Error) -> bool {
    let zbus::Error::FDO(error) = error else { return matches!(error, zbus::Error::MethodError(..)) };
    matches!(**error, fdo::Error::UnknownMethod(_) | fdo::Error::UnknownInterface(_) | fdo::Error::UnknownObject(_))
}

struct Questions {
    asks: mpsc::UnboundedSender<Asked>,
}

impl Questions {
    async fn ask(&self, ask: Ask) -> fdo::Result<Answer> {
        let (tell, answered) = oneshot::channel();
        let _ = self.asks.send(Asked::Question(ask, tell));
        answered.await.map_err(|_| fdo::Error::Failed("the panel ends".into()))
    }
}

#[interface(name = "net.uncall.Panel")]
impl Questions {
    /// Carries out `--do`. Returns the exit status and, unless it is 0, the problem's code and detail.
    #[zbus(name = "Do")]
    async fn order(&self, order: String, platform_data: PlatformData) -> fdo::Result<(u8, String, String)> {
        let Answer { status, code, detail, .. } = self.ask(Ask::Do { order, token: token_of(&platform_data) }).await?;
        Ok((status, code, detail))
    }

    /// The snapshot as JSON.
    async fn state(&self) -> fdo::Result<String> {
        Ok(self.ask(Ask::State).await?.state.unwrap_or_default())
    }
}

struct Application {
    asks: mpsc::UnboundedSender<Asked>,
}

impl Application {
    fn ask(&self, request: Request, data: &PlatformData) {
        // Fails only if the panel is ending.
        let _ = self.asks.send(Asked::Start(request, token_of(data)));
    }
}

fn token_of(data: &PlatformData) -> Option<String> {
    let text = |name: &str| data.get(name).and_then(|value| <&str>::try_from(value).ok());
    // On X11 the startup id contains the time of the click. On Wayland there may be a token instead.
    let token = text("desktop-startup-id").or_else(|| text("activation-token"));
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

#[interface(name = "org.freedesktop.Application")]
impl Application {
    fn activate(&self, platform_data: PlatformData) {
        self.ask(Request::Show, &platform_data);
    }

    fn open(&self, uris: Vec<String>, platform_data: PlatformData) {
        for uri in uris.into_iter().filter(|uri| uncall_desk::link::is_link(uri)) {
            self.ask(Request::Link(uri), &platform_data);
        }
    }

    fn activate_action(&self, action_name: &str, parameter: Vec<OwnedVariant>, platform_data: PlatformData) {
        let file = || parameter.first().and_then(|value| <&str>::try_from(value).ok()).map(PathBuf::from);
        match action_name {
            TRAY => self.ask(Request::Tray, &platform_data),
            REPORT => file().into_iter().for_each(|file| self.ask(Request::Report(file), &platform_data)),
            _ => {}
        }
    }
}
