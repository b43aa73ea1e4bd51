//! `recording -o`: a whole file or none.

use std::{fs, path::Path};

use crate::{
    Ended, command, run,
    server::{Answer, Server, healthy, http},
};

/// A server whose recording is this.
fn recorded(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |seen| if seen.target.starts_with("/outbound/") { answer() } else { healthy(seen) })
}

fn holding(content_type: &'static str, bytes: Vec<u8>) -> Server {
    recorded(move || Answer::Bytes(http("200 OK", &format!("Content-Type: {content_type}\r\n"), &bytes)))
}

fn wave(tag: u16) -> Vec<u8> {
    let mut bytes = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    bytes.extend(tag.to_le_bytes());
    bytes.extend([1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]);
    bytes.extend(b"data\x04\0\0\0\x01\x02\x03\x04");
    bytes
}

fn fetch(server: &Server, file: &Path, more: &[&str]) -> Ended {
    let file = file.to_str().unwrap();
    run(command()
        .args(["--server", server.wsdl().as_str(), "--json", "recording", "1372123897.17", "-o", file])
        .args(more))
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_recording_is_saved_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b.wav");
    for (tag, more) in [(1, &[][..]), (0x31, &[]), (1, &["--format", "wav"])] {
        let server = holding("audio/x-wav", wave(tag));
        let ended = fetch(&server, &file, more);
        assert_eq!((ended.status, &*ended.stderr), (0, ""));
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(object["file"], file.to_str().unwrap());
        assert!(object["url"].as_str().unwrap().ends_with(object["files"].as_str().unwrap()));
        assert_eq!(fs::read(&file).unwrap(), wave(tag));
        assert_eq!(names(folder.path()), ["a b.wav"]);
        fs::remove_file(&file).unwrap();
    }
}

/// WAV49 with this size before its data.
fn gsm(size: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x14\0\0\0".to_vec();
    bytes.extend([0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 6, 0, 0, 65, 0, 0, 0, 2, 0, 0x40, 1]);
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn gsm_is_converted_if_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    for (size, words) in
        [(130, ""), (6500, "uncall: the recording breaks off after 0.1 seconds; what is before that is saved\n")]
    {
        // 80 ms.
        let server = holding("audio/x-wav", gsm(size, &[0; 130]));
        let ended = fetch(&server, &file, &["--format", "wav"]);
        assert_eq!((ended.status, &*ended.stderr), (0, words));
        let saved = fs::read(&file).unwrap();
        assert!(saved.starts_with(
            b"RIFF\x24\x05\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\x05\0\0"
        ));
        assert_eq!(saved.len(), 44 + 2 * 640);
        assert_eq!(names(folder.path()), ["call.wav"]);
    }
}

/// A server that calls its recording so; the ending has three letters.
fn ending(ending: &'static str, bytes: Vec<u8>) -> Server {
    Server::start(move |seen| {
        if seen.target.starts_with("/outbound/") {
            // As PHP calls what it does not know.
            return Answer::Bytes(http("200 OK", "Content-Type: text/html\r\n", &bytes));
        }
        let answer = healthy(seen);
        let Answer::Bytes(answer) = answer else { return answer };
        let answer = String::from_utf8(answer).unwrap().replace(".wav", &format!(".{ending}"));
        Answer::Bytes(answer.into_bytes())
    })
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../sound/tests/fixtures/named").join(name)).unwrap()
}

#[test]
fn sound_without_a_head_goes_by_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    for (name, sound, seconds) in [("alw", "tone.alaw", 0.75), ("sln", "tone.sln", 0.75), ("gsm", "tone.gsm", 0.76)] {
        let server = ending(name, fixture(sound));
        let ended = fetch(&server, &file, &["--format", "wav"]);
        assert_eq!((ended.status, &*ended.stderr), (0, ""), "{name}");
        let saved = fs::read(&file).unwrap();
        assert_eq!(saved.len(), 44 + (seconds * 16_000.0) as usize, "{name}");
    }
    // Silence of A-law under the name of something else is no sound: it was loud noise, taken for GSM.
    let ended = fetch(&ending("WAV", fixture("tone.alaw")), &file, &["--format", "wav"]);
    assert_eq!(ended.status, 4, "{ended:?}");
    let ended = fetch(&ending("mp3", fixture("empty-ffmpeg.mp3")), &file, &["--format", "wav"]);
    let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status, &object["message"]), (1, &"Recording empty".into()), "{ended:?}");
}

#[test]
fn why_a_recording_cannot_be_converted_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    let server = holding("audio/x-wav", b"fLaC\0\0\0\x22\x10\0\x10\0".to_vec());
    let ended = fetch(&server, &file, &["--format", "wav"]);
    assert_eq!(ended.status, 4);
    let words = "the sound is FLAC, which cannot be decoded here; fetch it without --format";
    assert!(ended.stderr.contains(words), "{ended:?}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_recording_of_a_call_that_is_up_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    let only_its_head = wave(1).split_off(0)[..40].iter().chain(&[0; 4]).copied().collect::<Vec<u8>>();
    for (server, more) in [
        (holding("audio/x-wav", only_its_head.clone()), &[][..]),
        (holding("audio/x-wav", only_its_head), &["--format", "wav"]),
        (recorded(|| Answer::Bytes(http("425 Too Early", "", ""))), &[]),
    ] {
        let ended = fetch(&server, &file, more);
        assert_eq!(ended.status, 1, "{ended:?}");
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&object["ok"], &object["message"]), (&false.into(), &"Recording not ready".into()));
        assert!(ended.stderr.contains("not ready yet"), "{ended:?}");
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn what_is_no_recording_leaves_the_old_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    fs::write(&file, "old").unwrap();
    let half =
        || Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nContent-Length: 5000\r\n\r\nRIFF".to_vec());
    let cases: Vec<(&str, Server, &[&str], i32, &str)> = vec![
        ("half", recorded(half), &[], 3, "io"),
        ("page", holding("text/html; charset=utf-8", b"<html>log in</html>".to_vec()), &[], 4, "not-understood"),
        ("nothing", holding("audio/x-wav", vec![]), &[], 4, "not-understood"),
        ("gone", recorded(|| Answer::Bytes(http("404 Not Found", "", ""))), &[], 4, "http"),
        ("MP3", holding("audio/mpeg", b"ID3\x04\0\0\0\0\0\0".to_vec()), &["--format", "wav"], 4, "not-understood"),
        ("page as sound", holding("audio/x-wav", b"<html></html>".to_vec()), &["--format", "wav"], 4, "not-understood"),
    ];
    for (name, server, more, status, error) in cases {
        let ended = fetch(&server, &file, more);
        assert_eq!(ended.status, status, "{name}: {ended:?}");
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&object["ok"], &object["error"]), (&false.into(), &error.into()), "{name}");
        assert_eq!(fs::read(&file).unwrap(), b"old", "{name}");
        assert_eq!(names(folder.path()), ["call.wav"], "{name}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_a_matter_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    let server = holding("audio/x-wav", wave(1));
    for file in [folder.path().to_owned(), folder.path().join("no/such/folder.wav")] {
        let ended = fetch(&server, &file, &[]);
        assert_eq!((ended.status, &*ended.stdout), (2, ""), "{ended:?}");
        assert!(ended.stderr.starts_with("uncall: cannot write "));
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_colon_in_a_name_is_one_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = holding("audio/x-wav", wave(1));
    let ended = fetch(&server, &folder.path().join("1372123897:17.wav"), &[]);
    if cfg!(windows) {
        assert_eq!((ended.status, names(folder.path()).len()), (2, 0), "{ended:?}");
        assert!(ended.stderr.contains("takes no colon"), "{ended:?}");
    } else {
        assert_eq!((ended.status, names(folder.path())), (0, vec!["1372123897:17.wav".to_owned()]), "{ended:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing_and_a_device_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real.wav"), folder.path().join("link.wav"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let server = holding("audio/x-wav", wave(1));
    assert_eq!(fetch(&server, &link, &[]).status, 0);
    assert!(link.is_symlink());
    assert_eq!(fs::read(&file).unwrap(), wave(1));
    assert_eq!(fetch(&server, Path::new("/dev/null"), &[]).status, 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}
