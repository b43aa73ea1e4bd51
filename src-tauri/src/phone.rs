//! The panel as the phone: runs the line of `uncall-phone`, and translates between it and the desk. The line rings by itself, so it
//! does so without a window, too.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc::UnboundedReceiver;
use uncall_contract::Direction;
use uncall_desk::{
    Handle,
    line::{Command, Device, Leg, LegEnd, LegState, Said, Sound},
    problem::Problem,
    settings::{self, Settings},
};
use uncall_headset::Card;
use uncall_phone::{
    self as own, DeviceChange, Devices, LegId, Line, LineEvent, LineHandle, LineSettings, Quality, Refused, Secret,
    TroubleKind, Why,
};

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

/// What a line said last, for a desk that comes later.
#[derive(Debug, Default)]
struct Told {
    legs: BTreeMap<u64, Said>,
    state: Option<Said>,
    /// Of microphone and headphones: a device is gone.
    gone: [bool; 2],
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
            ring_volume: 0.5,
            volume: 1.0,
        }
    }

    /// Whether both are the same user of the same registrar.
    fn has_line_of(&self, other: &Wanted) -> bool {
        let line = |wanted: &Wanted| (wanted.user.clone(), wanted.phone.registrar.clone(), wanted.phone.secret.clone());
        line(self) == line(other)
    }
}

impl Told {
    fn is_in_call(&self) -> bool {
        !self.legs.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = Said> + '_ {
        self.legs.values().chain(&self.state).cloned()
    }

    /// What the desk is told of an event.
    fn said(&mut self, event: LineEvent) -> Option<Said> {
        let said = match event {
            LineEvent::Registering => Said::Registering,
            LineEvent::Registered => Said::Registered,
            LineEvent::Lost { why, .. } => Said::Lost(Problem::new(trouble(why.kind), &why.detail)),
            LineEvent::Leg(leg) => {
                let (id, said) = (leg.id.0, Said::Leg(self::leg(*leg)));
                if matches!(&said, Said::Leg(leg) if leg.state.is_over()) {
                    self.legs.remove(&id);
                } else {
                    self.legs.insert(id, said.clone());
                }
                return Some(said);
            }
            LineEvent::Quality(quality) => return Some(Said::Sound { leg: quality.leg.0, sound: sound(&quality) }),
            // Nothing asks for an echo test yet.
            LineEvent::Echo { .. } => return None,
            LineEvent::Device(change) => return self.device(change).map(Said::Device),
        };
        self.state = Some(said.clone());
        Some(said)
    }

    /// Worth telling is what takes the place of a device that is gone, and that one's return.
    fn device(&mut self, change: DeviceChange) -> Option<Device> {
        let [headphones, microphone] = &mut self.gone;
        let gone = if change.microphone { microphone } else { headphones };
        if change.lost.is_some() {
            *gone = true;
            return None;
        }
        if !std::mem::replace(gone, *gone && !change.chosen) {
            return None;
        }
        Some(Device { name: change.device.unwrap_or_default(), gone: !change.chosen })
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

const fn trouble(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::WrongSecret => "line_wrong_secret",
        TroubleKind::UnknownUser => "line_unknown_user",
        TroubleKind::Refused => "line_refused",
        TroubleKind::NoSuchHost => "line_no_host",
        TroubleKind::NoNetwork => "line_no_network",
        TroubleKind::Unreachable => "line_unreachable",
        TroubleKind::CertificateRefused => "line_certificate",
        TroubleKind::NoTls => "line_no_tls",
    }
}

fn problem(refused: &Refused) -> Problem {
    let (code, detail) = match refused {
        Refused::NoSuchLeg => ("no_such_call", String::new()),
        Refused::WrongState => ("not_now", String::new()),
        Refused::OnHold => ("keys_on_hold", String::new()),
        Refused::NotRegistered => ("line_not_registered", String::new()),
        Refused::TooMany => ("line_too_many", String::new()),
        Refused::NoNumber => ("callee_unknown", String::new()),
        Refused::NoKeys => ("keys_invalid", String::new()),
        Refused::ByOther { code, detail } => ("line_said", format!("{code} {detail}")),
        Refused::Unknown => ("outcome_unknown", String::new()),
        Refused::System(why) => ("line_system", why.clone()),
        Refused::Gone => ("no_phone", String::new()),
    };
    Problem::new(code, &detail)
}

fn leg(leg: own::Leg) -> Leg {
    Leg {
        id: leg.id.0,
        call_id: leg.call_id,
        uid: leg.uid,
        action: leg.action,
        direction: match leg.direction {
            own::Direction::Incoming => Direction::Callin,
            own::Direction::Outgoing => Direction::Callout,
        },
        number: leg.number,
        name: leg.name.unwrap_or_default(),
        state: match leg.state {
            own::LegState::Calling | own::LegState::Ringing => LegState::Ringing,
            own::LegState::Early => LegState::Early,
            own::LegState::Talking => LegState::Talking,
            own::LegState::Held => LegState::Held,
            own::LegState::Ended => LegState::Ended(leg.ended.map_or(LegEnd::HungUp, |ended| end_of(ended.why))),
        },
        consults: leg.consults.map(|other| other.0),
        held_by_other: leg.held_by_other,
        muted: leg.muted,
        codec: leg.codec.map(str::to_owned),
        encrypted: leg.encrypted,
        digits: leg.sent,
    }
}

const fn end_of(why: Why) -> LegEnd {
    match why {
        Why::Here | Why::There => LegEnd::HungUp,
        Why::GaveUp => LegEnd::GaveUp,
        Why::AnsweredElsewhere => LegEnd::AnsweredElsewhere,
        Why::Busy => LegEnd::Busy,
        Why::Declined => LegEnd::Declined,
        Why::NoAnswer => LegEnd::NoAnswer,
        Why::NoSuchNumber => LegEnd::NoSuchNumber,
        Why::Moved | Why::Refused => LegEnd::Refused,
        Why::NoCommonSound => LegEnd::NoCommonSound,
        Why::Silence => LegEnd::Silence,
        Why::Lost => LegEnd::Lost,
        Why::Transferred => LegEnd::Transferred,
    }
}

/// In whole numbers, which is all that a screen shows.
fn sound(quality: &Quality) -> Sound {
    // Within its bounds by `clamp`; what is no number is 0.
    let whole = |value: f64, least: f64, most: f64| value.clamp(least, most).round() as u8;
    let millis = |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    Sound {
        mos: whole(quality.mos * 10.0, 10.0, 45.0),
        loss: whole(quality.loss * 100.0, 0.0, 100.0),
        jitter: millis(quality.jitter),
        delay: millis(quality.delay),
        nothing_arrives: quality.nothing_arrives,
        microphone_silent: quality.microphone_silent,
        level: whole(f64::from(quality.levels.0) * 100.0, 0.0, 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(device: &str, lost: bool, chosen: bool) -> DeviceChange {
        DeviceChange {
            microphone: false,
            device: Some(device.to_owned()),
            lost: lost.then(|| "gone".to_owned()),
            chosen,
        }
    }

    #[test]
    fn a_device_is_told_of_when_it_is_gone_and_when_it_is_back() {
        let mut told = Told::default();
        assert_eq!(told.device(change("headset", false, true)), None, "as ever");
        assert_eq!(told.device(change("headset", true, true)), None, "not before it is known what takes its place");
        let instead = Device { name: "speakers".to_owned(), gone: true };
        assert_eq!(told.device(change("speakers", false, false)), Some(instead));
        let back = Device { name: "headset".to_owned(), gone: false };
        assert_eq!(told.device(change("headset", false, true)), Some(back));
        assert_eq!(told.device(change("headset", false, true)), None);
    }

    #[test]
    fn every_trouble_has_a_sentence() {
        let kinds = [
            TroubleKind::WrongSecret,
            TroubleKind::UnknownUser,
            TroubleKind::Refused,
            TroubleKind::NoSuchHost,
            TroubleKind::NoNetwork,
            TroubleKind::Unreachable,
            TroubleKind::CertificateRefused,
            TroubleKind::NoTls,
        ];
        let refusals = [
            Refused::NoSuchLeg,
            Refused::WrongState,
            Refused::OnHold,
            Refused::NotRegistered,
            Refused::TooMany,
            Refused::NoNumber,
            Refused::NoKeys,
            Refused::ByOther { code: 488, detail: "Not Acceptable Here".to_owned() },
            Refused::Unknown,
            Refused::System("no port".to_owned()),
            Refused::Gone,
        ];
        let codes = kinds.into_iter().map(|kind| trouble(kind).to_owned());
        for code in codes.chain(refusals.iter().map(|refused| problem(refused).code)) {
            assert!(uncall_desk::problem::CODES.contains(&code.as_str()), "{code}");
        }
    }

    #[test]
    fn figures_are_whole_and_within_bounds() {
        let quality = Quality {
            leg: LegId(1),
            codec: "PCMU",
            mos: f64::NAN,
            loss: 7.0,
            loss_there: None,
            jitter: std::time::Duration::MAX,
            delay: std::time::Duration::from_millis(61),
            nothing_arrives: false,
            microphone_silent: true,
            levels: (0.5, 0.0),
        };
        let sound = sound(&quality);
        assert_eq!((sound.loss, sound.jitter, sound.delay, sound.level), (100, u32::MAX, 61, 50));
    }
}
