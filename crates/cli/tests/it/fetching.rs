//! `recording -o` while it comes: killed, interrupted, piped, and with a disk that takes no more.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Ended, command, run,
    server::{Answer, Seen, Server, healthy, http},
};

const SIZE: usize = 3_000_000;

/// A recording of PCM in a canonical WAV file.
fn sound(version: u8) -> Vec<u8> {
    let data = u32::try_from(SIZE - 44).unwrap();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((data + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    bytes.extend(data.to_le_bytes());
    bytes.extend((44..SIZE).map(|at| if at > SIZE / 4 { (at * 31 + at / 251) as u8 ^ version } else { at as u8 }));
    bytes
}

fn whole(sound: &[u8], tag: &str) -> Vec<u8> {
    http("200 OK", &format!("Content-Type: audio/x-wav\r\nETag: \"{tag}\"\r\n"), sound)
}

/// A server that gives the first `held` bytes of the recording and then nothing until `go` is used; every further request
/// gets what it asks for.
struct Held {
    server: Server,
    /// Hand in what else the first answer has, or drop it to break off.
    go: mpsc::Sender<Vec<u8>>,
}

fn holding(held: usize) -> Held {
    let (go, pieces) = mpsc::channel();
    let sound = sound(0);
    go.send(whole(&sound, "0")[..whole(&sound, "0").len() - SIZE + held].to_vec()).unwrap();
    let first = Mutex::new(Some(pieces));
    let server = serving(move |seen| match first.lock().unwrap().take() {
        Some(pieces) => Answer::Stream(pieces),
        None => Answer::Bytes(asked_for(seen, &sound)),
    });
    Held { server, go }
}

fn serving(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |seen| if seen.target.starts_with("/outbound/") { answer(seen) } else { healthy(seen) })
}

fn asked_for(seen: &Seen, sound: &[u8]) -> Vec<u8> {
    let Some(range) = seen.header("range") else { return whole(sound, "0") };
    let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
    let headers = format!("ETag: \"0\"\r\nContent-Range: bytes {from}-{}/{}\r\n", sound.len() - 1, sound.len());
    http("206 Partial Content", &headers, &sound[from..])
}

/// `Range` of each request for the recording.
fn ranges(server: &Server) -> Vec<Option<String>> {
    let seen = server.seen();
    let recordings = seen.iter().filter(|seen| seen.target.starts_with("/outbound/"));
    recordings.map(|seen| seen.header("range").map(str::to_owned)).collect()
}

fn fetching(server: &Server, cache: &Path, to: &str, more: &[&str]) -> Command {
    let mut command = command();
    command.env("XDG_CACHE_HOME", cache);
    command.args(["--server", server.wsdl().as_str(), "recording", "1372123897.17", "-o", to]).args(more);
    command
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Bytes of a recording in the cache, and in parts beside the file.
fn sizes(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    // Of the file, not of the entry: Windows' entries of files that grow are behind.
    let sizes = entries.filter(|entry| entry.file_name() != "lock").map(|entry| fs::metadata(entry.path()).unwrap());
    sizes.map(|found| found.len()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Where the command keeps recordings. Windows says itself where that is, for all tests together, and it is not looked at.
fn kept(cache: &Path) -> Option<PathBuf> {
    cfg!(unix).then(|| cache.join("uncall/recordings"))
}

/// How a command ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    /// On Windows another test does that from outside: no process can press the keys of one that it started itself.
    #[cfg(unix)]
    CtrlC,
}

impl End {
    fn come(self, child: &mut Child) {
        match self {
            End::Killed => child.kill().unwrap(),
            #[cfg(unix)]
            End::CtrlC => {
                assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            }
        }
    }
}

/// Fetches a third, ends the command, and fetches again.
fn ended_in_the_middle(format: &[&str], end: End) {
    let (cache, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let recordings = kept(cache.path());
    let file = folder.path().join("call.wav");
    let held = holding(1_000_000);
    let mut child = spawn(&mut fetching(&held.server, cache.path(), file.to_str().unwrap(), format));
    if let Some(recordings) = &recordings {
        until("a third of it has come", || sizes(recordings) == [1024 + 1_000_000]);
    }
    until("it is written beside", || sizes(folder.path()).iter().any(|size| *size > 900_000));
    assert!(!file.exists());
    end.come(&mut child);
    let status = child.wait().unwrap();
    if end == End::Killed {
        assert!(!status.success());
    } else {
        assert_eq!(status.code(), Some(130));
        assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
    }
    assert!(!file.exists());
    let again: Ended = run(&mut fetching(&held.server, cache.path(), file.to_str().unwrap(), format));
    assert_eq!((again.status, &*again.stderr), (0, ""));
    assert_eq!(fs::read(&file).unwrap(), sound(0));
    let [None, Some(from)] = &ranges(&held.server)[..] else { panic!("{:?}", ranges(&held.server)) };
    let from: u64 = from.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
    assert_eq!(names(folder.path()), ["call.wav"]);
    if let Some(recordings) = &recordings {
        assert_eq!(from, 1_000_000);
        assert!(sizes(recordings).is_empty(), "what is saved is not kept a second time");
    }
    assert!((900_000..=1_000_000).contains(&from), "{from}");
}

#[test]
fn a_killed_command_is_gone_on_with() {
    ended_in_the_middle(&[], End::Killed);
    ended_in_the_middle(&["--format", "wav"], End::Killed);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_beside_and_is_gone_on_with() {
    ended_in_the_middle(&[], End::CtrlC);
    ended_in_the_middle(&["--format", "wav"], End::CtrlC);
}

#[test]
fn a_pipe_gets_the_sound_while_it_comes() {
    for (format, silent) in [(&[][..], 44), (&["--format", "wav"], 48)] {
        let cache = tempfile::tempdir().unwrap();
        let held = holding(500_000);
        let mut child = spawn(&mut fetching(&held.server, cache.path(), "-", format));
        let mut bytes = vec![0; 400_000];
        child.stdout.as_mut().unwrap().read_exact(&mut bytes).unwrap();
        held.go.send(sound(0)[500_000..].to_vec()).unwrap();
        drop(held.go);
        let mut stderr = String::new();
        child.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert!(child.wait().unwrap().success(), "{stderr}");
        assert_eq!(stderr, "3000000 bytes saved as -\n");
        // In a pipe the header cannot know the length.
        assert_eq!(bytes[silent..], sound(0)[silent..]);
        assert_eq!(bytes[..4], *b"RIFF");
    }
}

/// `script` (of Debian's essential bsdutils) is the terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_how_far_it_is() {
    let (cache, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("call.wav");
    let held = holding(1_000_000);
    let inner = fetching(&held.server, cache.path(), file.to_str().unwrap(), &[]);
    let words: Vec<&str> =
        std::iter::once(inner.get_program()).chain(inner.get_args()).map(|word| word.to_str().unwrap()).collect();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("stty cols 100; '{}'", words.join("' '")), "/dev/null"]);
    terminal.env("XDG_CACHE_HOME", cache.path()).env("TERM", "xterm");
    let mut child = spawn(terminal.stdin(Stdio::null()));
    let mut screen = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    let mut until_shown = |what: &str| {
        while !String::from_utf8_lossy(&shown).contains(what) {
            let mut some = [0; 1000];
            let got = screen.read(&mut some).unwrap();
            assert!(got > 0, "{what} is not in {}", String::from_utf8_lossy(&shown));
            shown.extend_from_slice(&some[..got]);
        }
    };
    until_shown("of 2.86 MiB");
    held.go.send(sound(0)[1_000_000..].to_vec()).unwrap();
    drop(held.go);
    until_shown("3000000 bytes saved as ");
    assert!(child.wait().unwrap().success());
    assert!(fs::read(&file).unwrap() == sound(0));
}

#[test]
fn a_recording_that_changes_on_the_way_is_saved_as_it_is_in_the_end() {
    for format in [&[][..], &["--format", "wav"]] {
        let (cache, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = folder.path().join("call.wav");
        let (go, pieces) = mpsc::channel();
        let first = Mutex::new(Some(pieces));
        let server = serving(move |_| match first.lock().unwrap().take() {
            Some(pieces) => Answer::Stream(pieces),
            None => Answer::Bytes(whole(&sound(7), "7")),
        });
        let old = whole(&sound(0), "0");
        go.send(old[..2_000_000].to_vec()).unwrap();
        let mut child = spawn(&mut fetching(&server, cache.path(), file.to_str().unwrap(), format));
        until("most of the old one is written", || sizes(folder.path()).iter().any(|size| *size > 1_900_000));
        drop(go);
        assert!(child.wait().unwrap().success());
        assert!(fs::read(&file).unwrap() == sound(7));
        assert_eq!(names(folder.path()), ["call.wav"]);
        assert_eq!(ranges(&server).len(), 2);
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_does_not_stop_a_pipe() {
    let sound = std::sync::Arc::new(sound(0));
    let served = std::sync::Arc::clone(&sound);
    let server = serving(move |seen| Answer::Bytes(asked_for(seen, &served)));
    let cache = tempfile::tempdir().unwrap();
    // No file may be larger than a megabyte: writing on fails, in the middle.
    let mut limited = Command::new("sh");
    let inner = fetching(&server, cache.path(), "-", &[]);
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    limited.env("XDG_CACHE_HOME", cache.path());
    let output = limited.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(output.stdout == *sound);
    assert!(stderr.contains("the recording cannot be kept on disk: "), "{stderr}");
    // A file has no other place to be.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    let inner = fetching(&server, cache.path(), file.to_str().unwrap(), &[]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    limited.env("XDG_CACHE_HOME", cache.path());
    let ended = run(&mut limited);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("cannot write "), "{ended:?}");
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn without_a_cache_it_is_fetched_all_the_same() {
    let served = sound(0);
    let server = serving(move |seen| Answer::Bytes(asked_for(seen, &served)));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    let ended = run(&mut fetching(&server, Path::new("/dev/null"), file.to_str().unwrap(), &[]));
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.stderr.starts_with("uncall: the recording cannot be kept on disk: "), "{ended:?}");
    assert!(fs::read(&file).unwrap() == sound(0));
}

#[test]
fn a_pipe_that_nobody_reads_ends_the_command() {
    let served = sound(0);
    let server = serving(move |seen| Answer::Bytes(asked_for(seen, &served)));
    let cache = tempfile::tempdir().unwrap();
    let mut child = spawn(&mut fetching(&server, cache.path(), "-", &[]));
    let mut some = [0; 1000];
    child.stdout.as_mut().unwrap().read_exact(&mut some).unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn one_output_cannot_be_both() {
    let server = serving(|_| Answer::Close);
    let ended = run(&mut fetching(&server, Path::new("/dev/null"), "-", &["--json"]));
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("the standard output takes either"), "{ended:?}");
    assert!(server.seen().is_empty());
}
