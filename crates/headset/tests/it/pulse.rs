//! Runs a PulseAudio of its own with null sinks as cards. The choice of the server is a setting of the whole process, so this is
//! a single test.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use uncall_headset::{Card, CardEvent, FRAME, Pulse, Wanted, capture, playback};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn server(folder: &Path) -> Server {
    let socket = format!("module-native-protocol-unix socket={}", folder.join("socket").display());
    let mut command = Command::new("pulseaudio");
    command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]);
    for module in
        ["module-null-sink sink_name=headset rate=48000", "module-null-sink sink_name=speakers rate=48000", &socket]
    {
        command.arg(format!("--load={module}"));
    }
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("PULSE_RUNTIME_PATH", folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server(command.spawn().expect("pulseaudio"));
    wait("the server", || folder.join("socket").exists());
    server
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !until() {
        assert!(Instant::now() < deadline, "{what} does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

fn pactl(arguments: &[&str]) -> String {
    let output = Command::new("pactl").args(arguments).output().expect("pactl");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn runs_on(told: &Receiver<CardEvent>, wanted: Option<&str>) {
    wait(&format!("the stream on {wanted:?}"), || {
        told.try_iter().any(|event| matches!(event, CardEvent::Runs { device, .. } if device.as_deref() == wanted))
    });
}

/// The test below runs this in a process of its own.
#[test]
fn a_headset_that_is_unplugged_and_comes_back() {
    let Some(folder) = std::env::var_os("UNCALL_PULSE_FOLDER") else { return in_a_process_of_its_own() };
    let _server = server(Path::new(&folder));
    let device = |name: &str, captures| {
        Pulse.devices().expect("a list").iter().any(|d| d.name == name && d.captures == captures)
    };
    assert!(device("headset", false) && device("speakers", false));
    assert!(!device("headset.monitor", true), "what is played is no microphone");
    // A loudspeaker and a microphone of a headset. The microphone records what the loudspeaker plays.
    let source = ["load-module", "module-remap-source", "master=headset.monitor", "source_name=microphone"];
    let remapped = pactl(&source);
    let spare = ["load-module", "module-remap-source", "master=speakers.monitor", "source_name=spare"];
    pactl(&spare);
    pactl(&["set-default-sink", "speakers"]);
    pactl(&["set-default-source", "spare"]);
    let wanted = |name: &str| Wanted::device(Some(name.to_owned()));
    let ((events, out_told), (in_events, in_told)) = (channel(), channel());
    let ((end, mut speaker), (in_end, mut microphone)) = (playback(), capture());
    let _playing = Pulse.play(wanted("headset"), end, events).expect("playing");
    let _recording = Pulse.record(wanted("microphone"), in_end, in_events).expect("recording");
    runs_on(&out_told, Some("headset"));
    runs_on(&in_told, Some("microphone"));
    let mut n = 0u32;
    let mut heard = || {
        // Play a tone into whatever room there is, and see whether it comes back.
        let tone: Vec<f32> = (0..FRAME)
            .map(|_| {
                n += 1;
                (n as f32 * 0.05).sin() * 0.5
            })
            .collect();
        if speaker.waiting() < 4 * FRAME {
            speaker.put(&tone);
        }
        let mut frame = [0f32; FRAME];
        let mut loud = false;
        while microphone.take(&mut frame) {
            loud |= frame.iter().any(|sample| sample.abs() > 0.3);
        }
        thread::sleep(Duration::from_millis(5));
        loud
    };
    wait("the tone through the headset", &mut heard);
    // Unplugged: both streams lose their device.
    pactl(&["unload-module", &remapped]);
    let sink = pactl(&["list", "short", "modules"]);
    let sink = sink.lines().find(|line| line.contains("sink_name=headset")).expect("the headset");
    pactl(&["unload-module", sink.split_whitespace().next().expect("a number")]);
    runs_on(&out_told, None);
    runs_on(&in_told, None);
    wait("the tone through the others", &mut heard);
    // Plugged in again.
    pactl(&["load-module", "module-null-sink", "sink_name=headset", "rate=48000"]);
    pactl(&source);
    runs_on(&out_told, Some("headset"));
    runs_on(&in_told, Some("microphone"));
    wait("the tone through the headset again", &mut heard);
}

/// The client libraries find the server through environment variables, which a test must not change for the others.
fn in_a_process_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = format!("unix:{}", folder.path().join("socket").display());
    let mut test = Command::new(std::env::current_exe().expect("this program"));
    test.args(["--exact", "pulse::a_headset_that_is_unplugged_and_comes_back", "--nocapture"]);
    test.env("UNCALL_PULSE_FOLDER", folder.path()).env("PULSE_SERVER", socket).env("HOME", folder.path());
    test.env("XDG_RUNTIME_DIR", folder.path()).env_remove("PULSE_RUNTIME_PATH");
    assert!(test.status().expect("the test").success());
}
