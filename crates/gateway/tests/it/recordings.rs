//! Recordings of a real folder over real HTTP.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uncall_contract::Uid;
use uncall_gateway::Settings;
use uncall_gateway::recordings::{Options, Recordings};
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
        let gateway = Gateway::on(Archive::new(recordings, up), Settings::default()).await;
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
    for line in ["uncall_recordings_indexed 2\n", "uncall_recordings_unreadable 0\n", "uncall_recordings_errors 0\n"] {
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

/// Recordings that begin with a quarter of a second of silence and go on with a tone, by their ending: its frequency and samples a
/// second.
const TONES: [(&str, f64, u32); 7] = [
    ("ulaw", 1_000.0, 8_000),
    ("alaw", 1_000.0, 8_000),
    ("gsm", 1_000.0, 8_000),
    ("sln", 1_000.0, 8_000),
    ("sln16", 3_000.0, 16_000),
    ("wav16", 3_000.0, 16_000),
    ("g722", 3_000.0, 16_000),
];

/// Which part of a sound's power is this tone, and how long the sound is, in seconds; of 16-bit PCM in one channel.
fn heard(wav: &[u8], frequency: f64, rate: u32) -> (f64, f64) {
    assert_eq!(&wav[..44], uncall_sound::header(1, rate, u32::try_from(wav.len() - 44).unwrap()));
    let samples: Vec<f64> = wav[44..].chunks(2).map(|two| f64::from(i16::from_le_bytes([two[0], two[1]]))).collect();
    let angle = |at: usize| std::f64::consts::TAU * frequency * at as f64 / f64::from(rate);
    let part =
        |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(at, sample)| sample * wave(angle(at))).sum::<f64>();
    let power: f64 = samples.iter().map(|sample| sample * sample).sum();
    let (sine, cosine) = (part(f64::sin), part(f64::cos));
    // The tone is there for two thirds of the time.
    let share = (sine * sine + cosine * cosine) * 2.0 / (samples.len() as f64 * 2.0 / 3.0) / power;
    (share, samples.len() as f64 / f64::from(rate))
}

#[tokio::test]
async fn what_has_no_head_goes_by_its_ending() {
    let files: Vec<_> = TONES
        .iter()
        .enumerate()
        .map(|(at, (ending, ..))| (named(at, ending), fixture(&format!("named/tone.{ending}"))))
        .chain([(named(50, "g729"), vec![1; 5000]), (named(51, "g722"), b"<html>no</html>".repeat(500))])
        .collect();
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let stand = Stand::with(&borrowed).await;
    for (at, (ending, frequency, rate)) in TONES.into_iter().enumerate() {
        let found = stand.call(&format!("1372123897.{at}")).await;
        assert!(found.contains(&format!("<files>audio:{}</files>", named(at, ending))), "{found}");
        let wav = stand.get(&format!("{}&format=wav", named(at, ending))).await;
        assert_eq!(wav.status, 200, "{ending}");
        let (share, length) = heard(&wav.body, frequency, rate);
        assert!(share > 0.95 && (0.75..0.77).contains(&length), "{ending}: {share} of the power, {length} s");
    }
    let refused = stand.get(&format!("{}&format=wav", named(50, "g729"))).await;
    assert_eq!((refused.status, refused.text().contains("G.729")), (415, true), "{}", refused.text());
    assert_eq!(stand.get(&format!("{}&format=wav", named(51, "g722"))).await.status, 415);
}

#[tokio::test]
async fn names_with_anything_in_them_are_heard() {
    let sound = fixture("pcm16-mono.wav");
    let odd = [
        "801-13 632 &  co-20130625-093138-1372123897.1.wav",
        "801-+86 136-20130625-093138-1372123897.2.wav",
        "801-50%#1=?a'b-20130625-093138-1372123897.3.wav",
        "客服-张三-20130625-093138-1372123897.4.wav",
        "1372123897.5-20130625-093138-801-\"x\".wav",
    ];
    let stand = Stand::with(&odd.map(|name| (name, &sound[..]))).await;
    for (at, name) in odd.iter().enumerate() {
        let found = stand.call(&format!("1372123897.{}", at + 1)).await;
        let told = name.replace('&', "&amp;").replace('"', "&quot;");
        assert!(
            found.contains(&format!("audio:{told}</files>"))
                || found.contains(&format!("audio:{}</files>", name.replace('&', "&amp;"))),
            "{found}"
        );
        // As our client writes it, and as a form does.
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(stand.get(&encoded).await.body, sound, "{name}");
        assert_eq!(stand.get(&encoded.replace("%20", "+")).await.body, sound, "{name}");
        let answer = stand.get(&encoded).await;
        assert!(answer.header("content-disposition").unwrap().is_ascii(), "{name}");
    }
    // And a client that follows the vendor's sample, which sends a plus as it is.
    assert_eq!(stand.get("801-+86%20136-20130625-093138-1372123897.2.wav").await.body, sound);
}

/// Samples of the left and the right side of a stereo file.
fn sides(wav: &[u8]) -> (Vec<i16>, Vec<i16>) {
    let pairs = wav[44..]
        .chunks(4)
        .map(|four| (i16::from_le_bytes([four[0], four[1]]), i16::from_le_bytes([four[2], four[3]])));
    pairs.unzip()
}

#[tokio::test]
async fn two_halves_are_heard_side_by_side() {
    let (tone, speech) = (fixture("named/tone.gsm"), fixture("speech.gsm"));
    let half = |uid: &str, half: &str, ending: &str| format!("q600-20130625-093138-1372123897.{uid}-{half}.{ending}");
    let stand = Stand::with(&[
        (&half("1", "in", "gsm"), &tone),
        (&half("1", "out", "gsm"), &speech),
        (&half("2", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("3", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("3", "out", "wav"), &fixture("not-ready.WAV")[..44]),
        (&half("4", "in", "g729"), &[1; 5000]),
        (&half("4", "out", "g729"), &[1; 5000]),
        (&half("5", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("5", "out", "wav"), &fixture("pcm16-mono.wav")),
        ("q600-20130625-093138-1372123897.5.wav", &fixture("pcm8-mono.wav")),
    ])
    .await;
    for (uid, files) in [
        ("1", "q600-20130625-093138-1372123897.1.wav".to_owned()),
        ("2", half("2", "in", "wav")),
        ("4", half("4", "in", "g729")),
        // What was mixed already is better.
        ("5", "q600-20130625-093138-1372123897.5.wav".to_owned()),
    ] {
        let found = stand.call(&format!("1372123897.{uid}")).await;
        assert!(found.contains(&format!("<files>audio:{files}</files>")), "{found}");
    }
    let whole = stand.get("q600-20130625-093138-1372123897.1.wav").await;
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/wav")));
    let decoded = |bytes: &[u8]| sides_of_one(&uncall_sound::to_pcm_wav(bytes, Named::Gsm).unwrap().wav);
    let (mut left, mut right) = (decoded(&tone), decoded(&speech));
    let longer = left.len().max(right.len());
    left.resize(longer, 0);
    right.resize(longer, 0);
    let data = u32::try_from(longer * 4).unwrap();
    assert_eq!(whole.body[..44], uncall_sound::header(2, 8000, data));
    assert!(sides(&whole.body) == (left, right));
    for (from, to) in [(0, 10), (40, 50), (45, 46), (47, 9002), (5001, 5002), (20_000, 30_000)] {
        let part =
            stand.ask("GET", "q600-20130625-093138-1372123897.1.wav", &format!("Range: bytes={from}-{to}\r\n")).await;
        assert!(part.status == 206 && part.body == whole.body[from..=to.min(whole.body.len() - 1)], "{from} to {to}");
    }
    // Decoded it is the same, and each half can be had as it is.
    assert!(stand.get("q600-20130625-093138-1372123897.1.wav&format=wav").await.body == whole.body);
    assert_eq!(stand.get(&half("1", "out", "gsm")).await.body, speech);
    assert_eq!(stand.get("q600-20130625-093138-1372123897.2.wav").await.status, 404);
}

/// Samples of a file in one channel.
fn sides_of_one(wav: &[u8]) -> Vec<i16> {
    wav[44..].chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

#[tokio::test]
async fn a_call_that_nobody_answered_is_empty() {
    let names: Vec<_> = (0..3).map(|at| named(at, "mp3")).collect();
    let bytes =
        ["empty-ffmpeg.mp3", "empty-lame-vbr.mp3", "empty-lame-64.mp3"].map(|name| fixture(&format!("named/{name}")));
    let files: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(bytes.iter().map(Vec::as_slice)).collect();
    let stand = Stand::with(&files).await;
    for at in 0..3 {
        let refused = stand.call(&format!("1372123897.{at}")).await;
        assert!(refused.contains("<result>0</result>") && refused.contains("Recording empty"), "{refused}");
    }
}
