//! Recordings of a real folder over real HTTP.

mod sounds;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uncall_contract::Uid;
use uncall_gateway::Settings;
use uncall_recordings::{Options, Recordings};
use uncall_sound::Named;

use crate::archive::Archive;
use crate::support::{Answer, Gateway, PATIENCE};

const PATH: &str = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=audio:";

struct Stand {
    gateway: Gateway,
    folder: tempfile::TempDir,
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sound/tests/fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

/// A recording's name for the fixture: its number is the uid's.
fn named(number: usize, ending: &str) -> String {
    format!("801-13632510278-20130625-093138-1372123897.{number}.{ending}")
}

impl Stand {
    async fn with(files: &[(&str, &[u8])]) -> Stand {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("monitor");
        let day = root.join("2013/06/25");
        std::fs::create_dir_all(&day).unwrap();
        for (name, bytes) in files {
            std::fs::write(day.join(name), bytes).unwrap();
        }
        let recordings = Recordings::open(&Options::Folder(root)).unwrap();
        let complete = async {
            while !recordings.status().complete {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, complete).await.unwrap();
        let up = Uid::parse("1372123897.99").unwrap();
        let pbx = Archive::new(Arc::clone(&recordings), up);
        let gateway = Gateway::with_recordings(pbx, recordings, Settings::default()).await;
        Stand { gateway, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("monitor/2013/06/25").join(name)
    }

    async fn get(&self, name: &str) -> Answer {
        self.ask("GET", name, "").await
    }

    async fn ask(&self, method: &str, name: &str, headers: &str) -> Answer {
        let request = format!("{method} {PATH}{name} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{headers}\r\n");
        self.gateway.raw(request.as_bytes()).await
    }

    async fn call(&self, uid: &str) -> String {
        self.gateway.call("getRecording", &[("uid", uid)]).await
    }
}

#[tokio::test]
async fn from_the_uid_to_the_bytes() {
    let wav49 = fixture("sweep.WAV");
    let name = named(17, "WAV");
    let stand = Stand::with(&[(&name, &wav49), (&named(99, "WAV"), &[0; 60])]).await;
    let answer = stand.call("1372123897.17").await;
    assert!(answer.contains(&format!("<result>1</result><getRecording><files>audio:{name}</files>")), "{answer}");
    let whole = stand.get(&name).await;
    assert_eq!((whole.status, &whole.body), (200, &wav49));
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-disposition"), Some(format!("inline; filename=\"{name}\"").as_str()));
    let head = stand.ask("HEAD", &name, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for header in ["content-length", "etag", "last-modified", "content-type", "accept-ranges"] {
        assert_eq!(head.header(header), whole.header(header), "{header}");
        assert!(head.header(header).is_some(), "{header}");
    }
    for (uid, words) in [("1372123897.1", ""), ("1372123897.99", "Recording not ready"), ("nonsense *", "")] {
        let refused = stand.call(uid).await;
        assert!(refused.contains("<result>0</result>") && refused.contains(words), "{refused}");
        assert!(refused.contains("<files></files>") || refused.contains("<files/>"), "{refused}");
    }
    let health = stand.gateway.get("/healthz").await;
    assert_eq!(health.status, 200);
    assert!(health.text().starts_with("ok\nrecordings: 2, looked through "), "{}", health.text());
    let metrics = stand.gateway.get("/metrics").await.text();
    for line in
        ["uncall_recordings_indexed 2\n", "uncall_recordings_unreadable 0\n", "uncall_recordings_errors_total 0\n"]
    {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test]
async fn ranges_make_the_whole() {
    let bytes: Vec<u8> = (0..200_003_u32).map(|at| (at % 251) as u8).collect();
    let name = named(17, "mp3");
    let stand = Stand::with(&[(&name, &bytes)]).await;
    let mut all = Vec::new();
    for at in (0..bytes.len()).step_by(30_000) {
        let part = stand.ask("GET", &name, &format!("Range: bytes={at}-{}\r\n", at + 29_999)).await;
        assert_eq!(part.status, 206);
        let end = (at + 30_000).min(bytes.len());
        let told = format!("bytes {at}-{}/{}", end - 1, bytes.len());
        assert_eq!(part.header("content-range"), Some(told.as_str()));
        assert_eq!(part.header("content-length"), Some((end - at).to_string().as_str()));
        all.extend_from_slice(&part.body);
    }
    assert_eq!(all, bytes);
    let last = stand.ask("GET", &name, "Range: bytes=-10\r\n").await;
    assert_eq!((last.status, &last.body[..]), (206, &bytes[bytes.len() - 10..]));
    let beyond = stand.ask("GET", &name, "Range: bytes=200003-\r\n").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */200003")));
    let several = stand.ask("GET", &name, "Range: bytes=0-1,5-6\r\n").await;
    assert_eq!((several.status, several.body.len()), (200, bytes.len()));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let name = named(17, "WAV");
    let stand = Stand::with(&[(&name, &fixture("sweep.WAV"))]).await;
    let first = stand.get(&name).await;
    let (tag, at) = (first.header("etag").unwrap().to_owned(), first.header("last-modified").unwrap().to_owned());
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    for (headers, status) in [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("If-None-Match: \"other\", W/{tag}\r\n"), 304),
        ("If-None-Match: *\r\n".to_owned(), 304),
        ("If-None-Match: \"other\"\r\n".to_owned(), 200),
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {at}\r\n"), 200),
        (format!("If-Modified-Since: {at}\r\n"), 304),
        ("If-Modified-Since: Tue, 25 Jun 2013 09:31:38 GMT\r\n".to_owned(), 200),
        (format!("Range: bytes=0-9\r\nIf-Range: {tag}\r\n"), 206),
        (format!("Range: bytes=0-9\r\nIf-Range: {at}\r\n"), 206),
        ("Range: bytes=0-9\r\nIf-Range: \"other\"\r\n".to_owned(), 200),
        (format!("Range: bytes=0-9\r\nIf-Range: W/{tag}\r\n"), 200),
        ("Range: bytes=0-9\r\nIf-Range: Tue, 25 Jun 2013 09:31:38 GMT\r\n".to_owned(), 200),
    ] {
        let answer = stand.ask("GET", &name, &headers).await;
        assert_eq!(answer.status, status, "{headers}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()), "{headers}");
        assert_eq!(status == 304, answer.body.is_empty(), "{headers}");
    }
    // The decoded one is another thing, and what was written again is one too.
    assert_ne!(stand.get(&format!("{name}&format=wav")).await.header("etag"), Some(tag.as_str()));
    std::fs::write(stand.path(&name), fixture("noise.WAV")).unwrap();
    let other = stand.ask("GET", &name, &format!("Range: bytes=0-9\r\nIf-Range: {tag}\r\n")).await;
    assert_eq!((other.status, &other.body), (200, &fixture("noise.WAV")));
}

#[tokio::test]
async fn hostile_names_find_nothing() {
    let stand = Stand::with(&[(&named(17, "WAV"), &fixture("sweep.WAV"))]).await;
    std::fs::write(stand.folder.path().join("outside-1.1.wav"), b"x").unwrap();
    let name = named(17, "WAV");
    let long = format!("{}-1372123897.17.WAV", "8".repeat(8_000));
    for hostile in [
        "../../../outside-1.1.wav",
        "..%2f..%2f..%2foutside-1.1.wav",
        "%2e%2e%5coutside-1.1.wav",
        "/etc/passwd",
        "%00",
        "%ff%fe",
        "2013/06/25/x.wav",
        &format!("{name}%00"),
        &format!("%00{name}"),
        &format!("audio:{name}"),
        &format!("./{name}"),
        &format!("%252e/{name}"),
        &format!("{}*", &name[..10]),
        &long,
        "",
    ] {
        let answer = stand.get(hostile).await;
        assert_eq!(answer.status, 404, "{hostile}");
    }
    assert_eq!(stand.get(&format!("{name}&format=exe")).await.status, 400);
    assert_eq!(stand.get(&format!("{name}&uniqueid=audio:x")).await.status, 400);
    // As old clients and new ones write it.
    for same in [name.clone(), name.replace('-', "%2D"), name.replace("13632510278", "%313632510278")] {
        assert_eq!(stand.get(&same).await.status, 200, "{same}");
    }
    let plus = name.replace("-1363", "-+861363");
    std::fs::copy(stand.path(&name), stand.path(&plus)).unwrap();
    for same in [plus.clone(), plus.replace('+', "%2B")] {
        let found = async {
            while stand.get(&same).await.status != 200 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect(&same);
    }
}

#[tokio::test]
async fn decoded_as_the_decoder_does_it() {
    let (mut files, mut number) = (Vec::new(), 0);
    let kinds = ["sweep.WAV", "noise.WAV", "pcm16-mono.wav", "pcm16-stereo.wav", "pcm8-stereo.wav", "alaw-stereo.wav"];
    for kind in kinds {
        let whole = fixture(kind);
        // Cut off at every place of a block that makes a difference, and padded with something else.
        for cut in [0, 1, 2, 3, 31, 32, 33, 64, 65, 66, 1000] {
            files.push((named(number, "WAV"), whole[..whole.len() - cut].to_vec()));
            number += 1;
        }
        files.push((named(number, "WAV"), [&whole[..], b"LIST\x04\0\0\0junk"].concat()));
        number += 1;
    }
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let stand = Stand::with(&borrowed).await;
    for (name, bytes) in &files {
        let expected = uncall_sound::to_pcm_wav(bytes, Named::by(name)).unwrap().wav.into_owned();
        let decoded = stand.get(&format!("{name}&format=wav")).await;
        assert_eq!((decoded.status, decoded.header("content-type")), (200, Some("audio/wav")));
        assert_eq!(decoded.header("content-length"), Some(expected.len().to_string().as_str()), "{name}");
        assert!(decoded.body == expected, "{name}");
        let saved = format!("inline; filename=\"{}.wav\"", name.trim_end_matches(".WAV"));
        assert_eq!(decoded.header("content-disposition"), Some(saved.as_str()));
        for (from, to) in [(0, 10), (40, 50), (44, 45), (45, 2000), (1001, 1010), (5001, 9002)] {
            if from >= expected.len() {
                continue;
            }
            let range = format!("Range: bytes={from}-{to}\r\n");
            let part = stand.ask("GET", &format!("{name}&format=wav"), &range).await;
            assert_eq!(part.status, 206, "{name} {range}");
            assert!(part.body == expected[from..=to.min(expected.len() - 1)], "{name} {range}");
        }
    }
}

#[tokio::test]
async fn without_a_known_length_it_is_sent_to_its_end() {
    for (kind, ending, content) in [("tone.mp3", "mp3", "audio/mpeg"), ("raw.gsm", "gsm", "application/octet-stream")] {
        let (name, bytes) = (named(17, ending), fixture(kind));
        let stand = Stand::with(&[(&name, &bytes)]).await;
        assert_eq!(stand.get(&name).await.header("content-type"), Some(content));
        let expected = uncall_sound::to_pcm_wav(&bytes, Named::by(kind)).unwrap().wav.into_owned();
        let answer = stand.ask("GET", &format!("{name}&format=wav"), "Range: bytes=50-59\r\n").await;
        if ending == "mp3" {
            // No ranges of what has no length; the sizes in the header say that they are not known.
            assert_eq!((answer.status, answer.header("content-length")), (200, None));
            assert_eq!((answer.header("accept-ranges"), answer.header("transfer-encoding")), (None, Some("chunked")));
            let body = unchunked(&answer.body);
            assert_eq!(body[..44], uncall_sound::header(1, 8000, uncall_sound::OPEN_END));
            assert!(body[44..] == expected[44..]);
        } else {
            assert_eq!((answer.status, &answer.body[..]), (206, &expected[50..60]));
        }
    }
}

/// A body that came in chunks, to its end.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").expect("a chunk's size");
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return all;
        }
        all.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_is_told() {
    let head = fixture("sweep.WAV")[..60].to_vec();
    let stand = Stand::with(&[
        (&named(1, "WAV"), &head),
        (&named(2, "WAV"), b"<!DOCTYPE html><html><body>Not found</body></html>"),
        (&named(3, "WAV"), b""),
        (&named(4, "WAV"), &fixture("sweep.WAV")[..30]),
        (&named(5, "flac"), &fixture("tone.flac")),
    ])
    .await;
    for (number, ending, status) in
        [(1, "WAV", 200), (2, "WAV", 415), (3, "WAV", 415), (4, "WAV", 415), (5, "flac", 415)]
    {
        let answer = stand.get(&format!("{}&format=wav", named(number, ending))).await;
        assert_eq!(answer.status, status, "{number} {}", answer.text());
    }
    let page = stand.get(&named(2, "WAV")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/octet-stream")));
    assert_eq!(stand.get(&named(5, "flac")).await.header("content-type"), Some("audio/flac"));
}

#[tokio::test]
async fn curl_goes_on_where_it_was_broken_off() {
    let wav49: Vec<u8> = fixture("noise.WAV").repeat(20);
    let name = named(17, "WAV");
    let stand = Stand::with(&[(&name, &wav49)]).await;
    let file = stand.folder.path().join("downloaded");
    std::fs::write(&file, &wav49[..wav49.len() / 3]).unwrap();
    let url = format!("http://{}{PATH}{name}", stand.gateway.address);
    let mut curl = tokio::process::Command::new("curl");
    let curl =
        curl.args(["--silent", "--show-error", "--fail", "--noproxy", "*", "-C", "-", "-o"]).arg(&file).arg(&url);
    let done = tokio::time::timeout(PATIENCE, curl.status()).await.unwrap().unwrap();
    assert!(done.success());
    assert_eq!(std::fs::read(&file).unwrap(), wav49);
}

#[tokio::test]
async fn a_slow_client_holds_nothing_up_and_one_that_goes_stops_the_reading() {
    // More than fits into the buffers of both ends' sockets.
    let bytes = vec![5; 64 * 1024 * 1024];
    let name = named(17, "WAV");
    let stand = Stand::with(&[(&name, &bytes)]).await;
    let mut slow = TcpStream::connect(stand.gateway.address).await.unwrap();
    slow.write_all(format!("GET {PATH}{name} HTTP/1.1\r\nHost: pbx\r\n\r\n").as_bytes()).await.unwrap();
    let mut some = [0; 1000];
    slow.read_exact(&mut some).await.unwrap();
    assert_eq!(stand.get(&name).await.body.len(), bytes.len());
    #[cfg(target_os = "linux")]
    {
        let open = || {
            let files = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
            files.filter_map(|file| std::fs::read_link(file.path()).ok()).filter(|path| path.ends_with(&name)).count()
        };
        assert_eq!(open(), 1, "the slow one's");
        drop(slow);
        let closed = async {
            while open() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("the file is closed");
    }
}

#[tokio::test]
async fn a_recording_that_is_cut_meanwhile_breaks_off_instead_of_lying() {
    let bytes = vec![5; 64 * 1024 * 1024];
    let name = named(17, "WAV");
    let stand = Stand::with(&[(&name, &bytes)]).await;
    let mut client = TcpStream::connect(stand.gateway.address).await.unwrap();
    client.write_all(format!("GET {PATH}{name} HTTP/1.1\r\nHost: pbx\r\n\r\n").as_bytes()).await.unwrap();
    let mut some = [0; 1000];
    client.read_exact(&mut some).await.unwrap();
    std::fs::File::options().write(true).open(stand.path(&name)).unwrap().set_len(100).unwrap();
    let mut rest = Vec::new();
    let _reset = tokio::time::timeout(PATIENCE, client.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.len() < bytes.len() / 2);
}
