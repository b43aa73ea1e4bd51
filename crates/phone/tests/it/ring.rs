//! What rings, at a real sound server: three null sinks as cards, and an ear of the server's own at each.

use std::{
    io::Read as _,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use uncall_headset::{Pulse, RATE};
use uncall_phone::{Devices, LegState};

use crate::server::{SDP, Seen, Server, description, place, register_at, tag};

const THERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);
/// 100 ms.
const PIECE: usize = RATE as usize / 10;
/// Heard in the ring tone of an outside call, and in the knock of a second one.
const RING: f32 = 659.0;
const KNOCK: f32 = 450.0;

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sound_server(folder: &Path) -> Program {
    let mut command = Command::new("pulseaudio");
    command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]);
    let socket = folder.join("socket");
    for sink in ["headset", "speakers", "lamp"] {
        command.arg(format!("--load=module-null-sink sink_name={sink} rate=48000"));
    }
    command.arg(format!("--load=module-native-protocol-unix socket={}", socket.display()));
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("PULSE_RUNTIME_PATH", folder);
    let server = Program(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pulseaudio"));
    let deadline = Instant::now() + Duration::from_secs(60);
    while !socket.exists() {
        assert!(Instant::now() < deadline, "the sound server does not come");
        thread::sleep(Duration::from_millis(20));
    }
    server
}

/// What a sink has played: the loudest ring, the loudest knock, the loudest sample.
#[derive(Debug, Clone, Copy, Default)]
struct Played {
    ring: f32,
    knock: f32,
    peak: f32,
    /// Pieces heard.
    pieces: u32,
}

struct Ear {
    _recorder: Program,
    played: Arc<Mutex<Played>>,
}

impl Ear {
    fn at(sink: &str) -> Ear {
        let mut command = Command::new("parec");
        command.args(["--raw", "--format=float32le", "--rate=48000", "--channels=1", "--latency-msec=50"]);
        command.arg(format!("--device={sink}.monitor")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut recorder = Program(command.spawn().expect("parec"));
        let mut sound = recorder.0.stdout.take().expect("its sound");
        let played = Arc::<Mutex<Played>>::default();
        let heard = Arc::clone(&played);
        thread::spawn(move || {
            let mut bytes = vec![0; PIECE * 4];
            while sound.read_exact(&mut bytes).is_ok() {
                let samples: Vec<f32> = bytes
                    .chunks_exact(4)
                    .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                    .collect();
                let mut played = heard.lock().unwrap_or_else(PoisonError::into_inner);
                played.ring = played.ring.max(strength(&samples, RING));
                played.knock = played.knock.max(strength(&samples, KNOCK));
                played.peak = samples.iter().fold(played.peak, |most, sample| most.max(sample.abs()));
                played.pieces += 1;
            }
        });
        Ear { _recorder: recorder, played }
    }

    fn inner(&self) -> MutexGuard<'_, Played> {
        self.played.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn played(&self) -> Played {
        *self.inner()
    }

    fn forget(&self) {
        *self.inner() = Played::default();
    }

    /// Waits for what comes now.
    async fn until(&self, what: &str, enough: impl Fn(Played) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !enough(self.played()) {
            assert!(Instant::now() < deadline, "{what}: {:?}", self.played());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// How much of a frequency there is, as its amplitude.
fn strength(sound: &[f32], hertz: f32) -> f32 {
    let step = hertz * std::f32::consts::TAU / RATE as f32;
    let sums = sound.iter().enumerate().fold((0.0, 0.0), |(a, b), (n, sample)| {
        (a + sample * (n as f32 * step).cos(), b + sample * (n as f32 * step).sin())
    });
    2.0 * (sums.0 * sums.0 + sums.1 * sums.1).sqrt() / sound.len() as f32
}

/// The test below runs this in a process of its own.
#[tokio::test]
async fn the_ring_is_on_its_own_devices_at_its_own_volume() {
    let Some(folder) = std::env::var_os("UNCALL_PULSE_FOLDER") else { return in_a_process_of_its_own() };
    let _sounds = sound_server(Path::new(&folder));
    let [headset, speakers, lamp] = ["headset", "speakers", "lamp"].map(Ear::at);
    let ears = [&headset, &speakers, &lamp];
    for ear in ears {
        ear.until("an ear", |played| played.pieces > 0).await;
    }
    let server = Server::start().await;
    let mut seen = Seen::with(server.address(), Box::new(Pulse), |settings| {
        settings.devices = ringing_on(&["speakers", "lamp"], 0.4);
    });
    let line = register_at(&server, &mut seen).await;
    let ring = async |call: &str, seen: &mut Seen| {
        ears.iter().for_each(|ear| ear.forget());
        server.send(line, &server.request("INVITE", call, 1, (line, ""), SDP, &description(THERE, "sendrecv"))).await;
        seen.leg(LegState::Ringing).await.id
    };
    let first = ring("c1", &mut seen).await;
    for ear in [&speakers, &lamp] {
        ear.until("the ring", |played| played.ring > 0.04).await;
    }
    // Half of full scale, at this volume.
    assert!((0.1..0.22).contains(&speakers.played().peak), "{:?}", speakers.played());
    assert_eq!(headset.played().peak, 0.0, "the headset does not ring");
    // Louder, and on one device alone.
    seen.line.devices(ringing_on(&["lamp"], 1.0)).await.expect("other devices");
    lamp.until("the louder ring", |played| played.peak > 0.35).await;
    assert_eq!(headset.played().peak, 0.0, "the headset does not ring");
    seen.line.devices(ringing_on(&["speakers"], 0.4)).await.expect("other devices");
    // A second call while the first talks on the headset.
    seen.line.answer(first).await.expect("answered");
    let answer = server.expect("SIP/2.0 200").await;
    assert_eq!(place(&answer).port() % 2, 0);
    server.send(line, &server.request("ACK", "c1", 1, (line, &tag(&answer)), "", "")).await;
    seen.leg(LegState::Talking).await;
    let second = ring("c2", &mut seen).await;
    speakers.until("the ring beside a call", |played| played.ring > 0.04).await;
    headset.until("the knock", |played| played.knock > 0.01).await;
    let played = headset.played();
    assert!(played.ring < 0.005 && played.peak < 0.06, "no loud tone enters a call: {played:?}");
    seen.line.decline(second, false).await.expect("declined");
    // Where the headset is also what rings, it only knocks while it has a call.
    seen.line.devices(ringing_on(&["headset", "lamp"], 0.4)).await.expect("other devices");
    let third = ring("c3", &mut seen).await;
    lamp.until("the ring on the other device", |played| played.ring > 0.04).await;
    headset.until("the knock", |played| played.knock > 0.01).await;
    let played = headset.played();
    assert!(played.ring < 0.005 && played.peak < 0.06, "no loud tone enters a call: {played:?}");
    seen.line.decline(third, false).await.expect("declined");
}

fn ringing_on(names: &[&str], ring_volume: f32) -> Devices {
    let ring_on = names.iter().map(|name| (*name).to_owned()).collect();
    Devices { output: Some("headset".to_owned()), ring_on, ring_volume, ..Devices::default() }
}

/// The client libraries find the server through environment variables, which a test must not change for the others.
fn in_a_process_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = format!("unix:{}", folder.path().join("socket").display());
    let mut test = Command::new(std::env::current_exe().expect("this program"));
    test.args(["--exact", "ring::the_ring_is_on_its_own_devices_at_its_own_volume", "--nocapture"]);
    test.env("UNCALL_PULSE_FOLDER", folder.path()).env("PULSE_SERVER", socket).env("HOME", folder.path());
    test.env("XDG_RUNTIME_DIR", folder.path()).env_remove("PULSE_RUNTIME_PATH");
    assert!(test.status().expect("the test").success());
}
