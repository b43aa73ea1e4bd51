//! Linux: the name on the session bus that the first panel owns, and the freedesktop interface by which a second start
//! asks it for something. That interface carries the activation token, without which a window manager that prevents
//! stealing of focus leaves the window behind. The single-instance plugin carries only arguments.
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
/// What is asked for with an answer. Additive: a panel of version 0.1 does not have it.
const QUESTIONS: &str = "net.uncall.Panel";
/// The action by which `--tray` says that no window is wanted.
const TRAY: &str = "tray";
/// The action by which `--report FILE` asks for what the panel knows.
const REPORT: &str = "report";
/// How long the first panel may take to accept what it is asked for.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(10);

/// Longer than the client gives any verb.
const ANSWERED_WITHIN: Duration = Duration::from_secs(100);

type PlatformData = HashMap<String, OwnedVariant>;

/// What came over the bus.
#[derive(Debug)]
enum Asked {
    /// A second start, with the token of the deed that it comes from.
    Start(Request, Option<String>),
    /// A question, and where its answer goes.
    Question(Ask, oneshot::Sender<Answer>),
}

/// Whether this is the first panel on its settings.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It is. Without a session bus nobody can tell: then there is no instance to be asked.
    First(Option<Instance>),
    /// Another one runs, and has accepted what this start is for.
    HandedOver,
}

/// The first panel's name on the bus, and what second starts ask for.
#[derive(Debug)]
pub(crate) struct Instance {
    _connection: Connection,
    asked: mpsc::UnboundedReceiver<Asked>,
}

impl Instance {
    /// Serves second starts as long as the panel runs.
    pub(crate) async fn serve(mut self, app: AppHandle) {
        while let Some(asked) = self.asked.recv().await {
            match asked {
                Asked::Start(request, token) => super::serve(&app, &request, token),
                Asked::Question(ask, tell) => {
                    let app = app.clone();
                    // A transfer takes its time, and what is asked meanwhile does not wait.
                    tauri::async_runtime::spawn(async move {
                        let _ = tell.send(super::ask::answer(&app, ask).await);
                    });
                }
            }
        }
    }
}

/// Takes the name, or hands over to the panel that has it.
///
/// # Errors
/// The panel that has the name does not answer.
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

/// The settings file is part of the name. (`SingleInstance` is how version 0.1 called it.)
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
            // Whoever names a file wants a new one in its place; it is there when it is written.
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
        // A panel of version 0.1, which was not ended before the update.
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

/// Asks the panel that runs on these settings.
///
/// # Errors
/// Why there is no answer.
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

/// Whether the panel that has the name does not know what it is asked.
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
    /// Does what `--do` says; answers with its exit status and, where that is not 0, the problem's code and detail.
    #[zbus(name = "Do")]
    async fn order(&self, order: String, platform_data: PlatformData) -> fdo::Result<(u8, String, String)> {
        let Answer { status, code, detail, .. } = self.ask(Ask::Do { order, token: token_of(&platform_data) }).await?;
        Ok((status, code, detail))
    }

    /// What is shown, as JSON.
    async fn state(&self) -> fdo::Result<String> {
        Ok(self.ask(Ask::State).await?.state.unwrap_or_default())
    }
}

struct Application {
    asks: mpsc::UnboundedSender<Asked>,
}

impl Application {
    fn ask(&self, request: Request, data: &PlatformData) {
        // The receiver lives as long as the panel.
        let _ = self.asks.send(Asked::Start(request, token_of(data)));
    }
}

fn token_of(data: &PlatformData) -> Option<String> {
    let text = |name: &str| data.get(name).and_then(|value| <&str>::try_from(value).ok());
    // Under X11 the startup id has the time of the press in it; a token of Wayland's may stand in its place.
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
