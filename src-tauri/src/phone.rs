//! The panel as the phone: runs the line of `uncall-phone`, and translates between it and the desk. The line rings by itself, so it
//! does so without a window, too.

mod told;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc::UnboundedReceiver;
use uncall_desk::{
    Handle,
    line::{Command, Said},
    problem::Problem,
    settings::{self, Settings},
};
use uncall_headset::Card;
use uncall_phone::{Devices, LegId, Line, LineEvent, LineHandle, LineSettings, Refused, Secret};

use told::{Told, problem};

/// Whether this system has a sound card that the panel knows how to use.
pub(crate) const IS_AVAILABLE: bool = cfg!(target_os = "linux");

/// How long leaving the register may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// The phone, if it is on. Managed by Tauri.
#[derive(Debug, Default)]
pub(crate) struct Phone(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    running: Option<Running>,
    desk: Option<Handle>,
    /// Settings that another line needs, while this one has a call.
    later: Option<Settings>,
    /// Counts the lines that ran.
    runs: u64,
}

#[derive(Debug)]
struct Running {
    run: u64,
    wanted: Wanted,
    line: LineHandle,
    told: Told,
}

/// What a line runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    user: String,
    phone: settings::Phone,
}

/// A microphone or a loudspeaker, for the page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SoundDevice {
    name: String,
    description: String,
    captures: bool,
    default: bool,
}

/// The microphones and loudspeakers of this computer.
pub(crate) async fn devices() -> Result<Vec<SoundDevice>, Problem> {
    let listed = tauri::async_runtime::spawn_blocking(|| match card() {
        Some(card) => card.devices().map_err(|error| error.to_string()),
        None => Ok(Vec::new()),
    });
    let listed = listed.await.unwrap_or_else(|error| Err(error.to_string()));
    let shown = |device: uncall_headset::Device| SoundDevice {
        name: device.name,
        description: device.description,
        captures: device.captures,
        default: device.default,
    };
    let listed = listed.map_err(|error| Problem::new("line_system", &error))?;
    Ok(listed.into_iter().map(shown).collect())
}

#[cfg(target_os = "linux")]
fn card() -> Option<Box<dyn Card>> {
    Some(Box::new(uncall_headset::Pulse))
}

#[cfg(not(target_os = "linux"))]
fn card() -> Option<Box<dyn Card>> {
    None
}

impl Phone {
    /// No code panics while it holds the lock.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs as the settings want it, and speaks to this desk from now on. The same line goes on under a new desk. Other devices are
    /// taken at once, another line when the last call has ended.
    pub(crate) async fn attend(&self, app: &AppHandle, settings: &Settings, desk: Handle) {
        let wanted = Wanted::of(settings);
        let old = {
            let mut inner = self.inner();
            let Inner { running, later, desk: of, .. } = &mut *inner;
            *of = Some(desk.clone());
            *later = None;
            if let Some(running) = running {
                let same = wanted.as_ref().filter(|wanted| running.wanted.has_line_of(wanted));
                if same.is_some() || running.told.is_in_call() {
                    match same {
                        Some(wanted) => running.change_devices(wanted),
                        None => {
                            tracing::info!("the phone's settings take effect after the call");
                            *later = Some(settings.clone());
                        }
                    }
                    running.told.all().for_each(|said| desk.said(said));
                    return;
                }
            }
            running.take()
        };
        if let Some(running) = old {
            end(running).await;
            desk.said(Said::Off);
        }
        if let Some(wanted) = wanted {
            self.start(app, wanted, &desk);
        }
    }

    /// Whether a call rings or is up here.
    pub(crate) fn is_in_call(&self) -> bool {
        self.inner().running.as_ref().is_some_and(|running| running.told.is_in_call())
    }

    /// The settings that waited for the end of the last call.
    fn due(&self) -> Option<(Settings, Handle)> {
        let mut inner = self.inner();
        if inner.running.as_ref().is_some_and(|running| running.told.is_in_call()) {
            return None;
        }
        inner.later.take().zip(inner.desk.clone())
    }

    fn start(&self, app: &AppHandle, wanted: Wanted, desk: &Handle) {
        let started = wanted.line().and_then(|line| {
            let card = card().ok_or_else(|| Problem::new("line_system", "no sound card"))?;
            Line::start(line, card).map_err(|error| Problem::new("line_system", &error.to_string()))
        });
        match started {
            Ok((line, events)) => {
                tracing::info!(registrar = wanted.phone.registrar, "the phone starts");
                let run = {
                    let mut inner = self.inner();
                    inner.runs += 1;
                    let run = inner.runs;
                    inner.running = Some(Running { run, wanted, line, told: Told::default() });
                    run
                };
                desk.said(Said::Registering);
                tauri::async_runtime::spawn(follow(app.clone(), run, events));
            }
            Err(problem) => desk.said(Said::Lost(problem)),
        }
    }

    /// Asks the line; the desk is told what came of it.
    pub(crate) fn ask(&self, ask: u64, command: Command) {
        let (line, desk) = {
            let inner = self.inner();
            (inner.running.as_ref().map(|running| running.line.clone()), inner.desk.clone())
        };
        let Some(desk) = desk else { return };
        tauri::async_runtime::spawn(async move {
            let result = match line {
                Some(line) => carry_out(&line, command).await.map_err(|refused| problem(&refused)),
                None => Err(Problem::new("no_phone", "")),
            };
            desk.said(Said::Done { ask, result });
        });
    }

    /// Hangs up and leaves the register.
    pub(crate) async fn stop(&self) {
        let running = self.inner().running.take();
        if let Some(running) = running {
            end(running).await;
        }
    }

    fn told(&self, run: u64, event: LineEvent) {
        let mut inner = self.inner();
        let Some(running) = inner.running.as_mut().filter(|running| running.run == run) else { return };
        let said = running.told.said(event);
        if let (Some(said), Some(desk)) = (said, &inner.desk) {
            desk.said(said);
        }
    }
}

/// A registrar that does not answer holds nothing up.
async fn end(running: Running) {
    if !matches!(tokio::time::timeout(FAREWELL, running.line.end()).await, Ok(Ok(()))) {
        tracing::debug!("the line did not say goodbye");
    }
}

async fn follow(app: AppHandle, run: u64, mut events: UnboundedReceiver<LineEvent>) {
    while let Some(event) = events.recv().await {
        let phone = app.state::<Phone>();
        phone.told(run, event);
        if let Some((settings, desk)) = phone.due() {
            let app = app.clone();
            tauri::async_runtime::spawn(async move { app.state::<Phone>().attend(&app, &settings, desk).await });
        }
    }
}

impl Running {
    fn change_devices(&mut self, wanted: &Wanted) {
        let devices = wanted.devices();
        let changed = devices != self.wanted.devices();
        self.wanted = wanted.clone();
        if changed {
            let line = self.line.clone();
            tauri::async_runtime::spawn(async move {
                if let Err(refused) = line.devices(devices).await {
                    tracing::warn!(?refused, "the phone did not take other devices");
                }
            });
        }
    }
}

impl Wanted {
    fn of(settings: &Settings) -> Option<Wanted> {
        let phone = settings.phone.clone();
        let user = phone.user.clone().or_else(|| settings.extension.as_ref().map(ToString::to_string))?;
        phone.can_run().then_some(Wanted { user, phone })
    }

    fn line(&self) -> Result<LineSettings, Problem> {
        let registrar = self.phone.registrar.as_deref().unwrap_or_default();
        let registrar = registrar.parse().map_err(|_| Problem::new("registrar_invalid", ""))?;
        if self.phone.echo == settings::Echo::On {
            tracing::warn!("the phone does not take out echo yet: use a headset");
        }
        let secret = self.phone.secret.as_ref().map_or("", |secret| secret.expose());
        let mut line = LineSettings::new(registrar, self.user.clone(), Secret::new(secret));
        line.devices = self.devices();
        Ok(line)
    }

    fn devices(&self) -> Devices {
        Devices {
            input: self.phone.input.clone(),
            output: self.phone.output.clone(),
            ring_on: self.phone.ring_on.clone(),
            ..Devices::default()
        }
    }

    /// Whether both are the same user of the same registrar.
    fn has_line_of(&self, other: &Wanted) -> bool {
        let line = |wanted: &Wanted| (wanted.user.clone(), wanted.phone.registrar.clone(), wanted.phone.secret.clone());
        line(self) == line(other)
    }
}

async fn carry_out(line: &LineHandle, command: Command) -> Result<(), Refused> {
    match command {
        Command::Answer { leg } => line.answer(LegId(leg)).await,
        Command::HangUp { leg } => line.hang_up(LegId(leg)).await,
        Command::Hold { leg } => line.hold(LegId(leg)).await,
        Command::Resume { leg } => line.resume(LegId(leg)).await,
        Command::Mute { leg, on } => line.mute(LegId(leg), on).await,
        Command::Dtmf { leg, digits } => line.press(LegId(leg), digits).await,
        Command::Dial { number, hold } => {
            if let Some(leg) = hold {
                line.hold(LegId(leg)).await?;
            }
            line.dial(number).await.map(drop)
        }
        Command::Transfer { leg, target } => line.transfer(LegId(leg), target).await,
        Command::Consult { leg, target } => line.consult(LegId(leg), target).await.map(drop),
        Command::Complete { leg } => line.complete(LegId(leg)).await,
        Command::Swap { leg } => line.swap(LegId(leg)).await,
        Command::Back { leg } => line.back(LegId(leg)).await,
    }
}
