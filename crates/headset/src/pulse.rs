//! Linux: PulseAudio, or PipeWire standing in for it. Sound goes through ALSA's `pulse:NAME`; the sound server itself lists the
//! devices.
//!
//! cpal is no alternative: its PulseAudio host has 1.9 s of latency, and its ALSA host cannot name a device (measured, 0.18.2).

use std::{
    ffi::{CStr, CString},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

use alsa::{
    Direction, PCM, ValueOr,
    pcm::{Access, Format, Frames, HwParams},
};
use futures::executor::block_on;
use pulseaudio::{Client, ClientError};

use crate::{CaptureEnd, Card, CardError, CardEvent, Device, FRAME, PlaybackEnd, RATE, Running, Wanted};

/// Samples read or written at once: 5 ms.
const PIECE: usize = FRAME / 2;
/// How often to look for a device that is gone.
const LOOK: Duration = Duration::from_millis(300);
/// A stream without progress for this long has lost its device.
const STILL: Duration = Duration::from_millis(250);
/// Pause between two attempts to read or write.
const NAP: Duration = Duration::from_millis(2);
const PROGRAM: &CStr = c"uncall-panel";

/// What libpulse sends where no file has a cookie. A shorter one is a fault of the protocol, even for servers that ask for none.
const NO_COOKIE: [u8; 256] = [0; 256];

/// Connects to the sound server, with its cookie.
fn connect() -> Result<Client, ClientError> {
    let socket = pulseaudio::socket_path_from_env().ok_or(ClientError::ServerUnavailable)?;
    let own = std::env::var_os("XDG_CONFIG_HOME").map(|folder| PathBuf::from(folder).join("pulse/cookie"));
    let named = std::env::var_os("PULSE_COOKIE").map(PathBuf::from);
    let places = named.into_iter().chain(own).chain(pulseaudio::cookie_path_from_env());
    let cookie = places.filter_map(|place| std::fs::read(place).ok()).find(|cookie| cookie.len() == NO_COOKIE.len());
    let cookie = cookie.unwrap_or_else(|| NO_COOKIE.to_vec());
    Client::new_unix(PROGRAM, UnixStream::connect(socket)?, Some(cookie))
}

/// The machine's sound server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pulse;

impl Card for Pulse {
    fn devices(&self) -> Result<Vec<Device>, CardError> {
        let no_system = |error: &dyn std::fmt::Display| CardError::NoSystem(error.to_string());
        let client = connect().map_err(|error| no_system(&error))?;
        let server = block_on(client.server_info()).map_err(|error| no_system(&error))?;
        let sinks = block_on(client.list_sinks()).map_err(|error| no_system(&error))?;
        let sources = block_on(client.list_sources()).map_err(|error| no_system(&error))?;
        let text = |text: &CStr| text.to_string_lossy().into_owned();
        let device = |name: &CStr, description: &Option<CString>, captures, default: &Option<CString>| Device {
            name: text(name),
            description: description.as_deref().map_or_else(|| text(name), text),
            captures,
            default: default.as_deref() == Some(name),
        };
        let (out, of) = (&server.default_sink_name, &server.default_source_name);
        let mut devices: Vec<Device> =
            sinks.iter().map(|sink| device(&sink.name, &sink.description, false, out)).collect();
        // Monitors record what a loudspeaker plays; they are not microphones.
        let microphones = sources.iter().filter(|source| !source.name.to_bytes().ends_with(b".monitor"));
        devices.extend(microphones.map(|source| device(&source.name, &source.description, true, of)));
        Ok(devices)
    }

    fn record(&self, wanted: Wanted, mut end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        run("microphone", wanted, events, Direction::Capture, move |pcm| {
            if pcm.avail_update()? < PIECE as Frames {
                return Ok(false);
            }
            let mut piece = [0f32; PIECE];
            let read = pcm.io_f32()?.readi(&mut piece)?;
            end.put(piece.get(..read).unwrap_or_default());
            Ok(read > 0)
        })
    }

    fn play(&self, wanted: Wanted, mut end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        run("loudspeaker", wanted, events, Direction::Playback, move |pcm| {
            if pcm.avail_update()? < PIECE as Frames {
                return Ok(false);
            }
            let mut piece = [0f32; PIECE];
            end.fill(&mut piece);
            Ok(pcm.io_f32()?.writei(&piece)? > 0)
        })
    }
}

struct Stop(Arc<AtomicBool>, Option<thread::JoinHandle<()>>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            // The thread stops after the current piece.
            let _ = thread.join();
        }
    }
}

/// Starts a thread that moves pieces between a ring and whichever device is available.
fn run(
    name: &str,
    wanted: Wanted,
    events: Sender<CardEvent>,
    direction: Direction,
    mut carry: impl FnMut(&PCM) -> alsa::Result<bool> + Send + 'static,
) -> Result<Running, CardError> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let captures = direction == Direction::Capture;
        let (mut told, mut watch) = (None, Watch::default());
        while !stopped.load(Ordering::Relaxed) {
            let Some((device, pcm)) = any(&wanted, direction, &mut watch) else {
                thread::sleep(LOOK);
                continue;
            };
            if told.as_ref() != Some(&device) {
                // A failed send only means that nobody wants the events.
                let _ = events.send(CardEvent::Runs { captures, device: device.clone() });
                told = Some(device.clone());
            }
            let settled = device == wanted.device;
            let (mut looked, mut moved) = (Instant::now(), Instant::now());
            let why = loop {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                match carry(&pcm).or_else(|error| again(&pcm, error)) {
                    Ok(true) => moved = Instant::now(),
                    // A stream that lost its device neither advances nor fails: ALSA's plugin waits for ever.
                    Ok(false) if moved.elapsed() >= STILL => break Some("nothing moves".to_owned()),
                    Ok(false) => thread::sleep(NAP),
                    Err(error) => break Some(error.to_string()),
                }
                // The server silently moves a stream to another device when its own goes, and the wanted device may come back.
                if let Some(name) = &wanted.device
                    && looked.elapsed() >= LOOK
                {
                    looked = Instant::now();
                    match watch.is_there(name, captures) {
                        Some(true) if !settled => break None,
                        Some(false) if settled => break Some("it was unplugged".to_owned()),
                        _ => {}
                    }
                }
            };
            if let Some(why) = why {
                tracing::info!(%why, captures, "a sound device is gone");
                let _ = events.send(CardEvent::Lost { captures, device, why });
                told = None;
            }
        }
    });
    let thread = thread.map_err(|error| CardError::NoThread(error.to_string()))?;
    Ok(Running::until(Stop(stop, Some(thread))))
}

/// A connection to the sound server, kept for repeated look-ups.
#[derive(Default)]
struct Watch(Option<Client>);

impl Watch {
    /// The name of the system's default. `None` if the server does not answer.
    fn usual(&mut self, captures: bool) -> Option<String> {
        if self.0.is_none() {
            self.0 = connect().ok();
        }
        let Ok(server) = block_on(self.0.as_ref()?.server_info()) else {
            self.0 = None;
            return None;
        };
        let name = if captures { server.default_source_name } else { server.default_sink_name };
        name.map(|name| name.to_string_lossy().into_owned())
    }

    /// Whether a device is present. `None` if the server does not answer.
    fn is_there(&mut self, device: &str, captures: bool) -> Option<bool> {
        let name = CString::new(device).ok()?;
        if self.0.is_none() {
            self.0 = connect().ok();
        }
        let client = self.0.as_ref()?;
        let found = if captures {
            block_on(client.lookup_source_by_name(name))
        } else {
            block_on(client.lookup_sink_by_name(name))
        };
        match found {
            Ok(_) => Some(true),
            Err(ClientError::ServerError(_)) => Some(false),
            Err(_) => {
                self.0 = None;
                None
            }
        }
    }
}

/// Recovers from an underrun or overrun. A lost device stays an error.
fn again(pcm: &PCM, error: alsa::Error) -> alsa::Result<bool> {
    const LATE: i32 = 32; // EPIPE
    const NOT_YET: i32 = 11; // EAGAIN
    match error.errno() {
        LATE => begin(pcm).map(|()| false),
        NOT_YET => Ok(false),
        _ => Err(error),
    }
}

fn begin(pcm: &PCM) -> alsa::Result<()> {
    pcm.prepare()?;
    // Playback starts by itself with the first pieces.
    if pcm.info()?.get_stream() == Direction::Capture { pcm.start() } else { Ok(()) }
}

/// Opens the wanted device or, failing that, the system's default.
fn any(wanted: &Wanted, direction: Direction, watch: &mut Watch) -> Option<(Option<String>, PCM)> {
    let captures = direction == Direction::Capture;
    if let Some(other) = &wanted.apart_from {
        let name = wanted.device.as_ref().filter(|name| watch.is_there(name, captures) == Some(true))?;
        let taken = other.device.clone().filter(|name| watch.is_there(name, captures) == Some(true));
        let taken = taken.or_else(|| watch.usual(captures))?;
        let pcm = (*name != taken).then(|| open(&format!("pulse:{name}"), direction))?.ok()?;
        return Some((Some(name.clone()), pcm));
    }
    if let Some(name) = &wanted.device
        && watch.is_there(name, captures) == Some(true)
        && let Ok(pcm) = open(&format!("pulse:{name}"), direction)
    {
        return Some((Some(name.clone()), pcm));
    }
    open("pulse", direction).ok().map(|pcm| (None, pcm))
}

fn open(name: &str, direction: Direction) -> alsa::Result<PCM> {
    let pcm = PCM::new(name, direction, true)?;
    {
        let parameters = HwParams::any(&pcm)?;
        parameters.set_access(Access::RWInterleaved)?;
        parameters.set_format(Format::float())?;
        parameters.set_channels(1)?;
        parameters.set_rate(RATE, ValueOr::Nearest)?;
        parameters.set_period_size_near(PIECE as Frames, ValueOr::Nearest)?;
        parameters.set_buffer_size_near(4 * PIECE as Frames)?;
        pcm.hw_params(&parameters)?;
        let software = pcm.sw_params_current()?;
        software.set_start_threshold(2 * PIECE as Frames)?;
        pcm.sw_params(&software)?;
    }
    begin(&pcm)?;
    Ok(pcm)
}
