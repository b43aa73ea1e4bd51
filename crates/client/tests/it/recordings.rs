//! Downloads of recordings from servers on real sockets that misbehave.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use uncall_client::{
    Client, Credentials, Secret,
    recording::{Bounds, Cache, Error, Limits, Reader, Recording},
    sound::{self, Named},
};

use crate::{
    client, client_with,
    server::{Answer, Seen, Server, http},
    ways::gzip,
};

/// A WAV file of so many bytes.
fn wav(size: usize) -> Vec<u8> {
    let mut bytes = sound::header(1, 8000, u32::try_from(size - 44).unwrap()).to_vec();
    bytes.extend((44..size).map(|at| (at * 31 + at / 251) as u8));
    bytes
}

/// The head of an answer with the whole, as servers of files send it.
fn head(length: usize) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nETag: \"1\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// The whole, or the part that was asked for.
fn ranged(seen: &Seen, sound: &[u8]) -> Vec<u8> {
    let from = seen.header("range").map(|range| range.trim_start_matches("bytes=").trim_end_matches('-').to_owned());
    match from.map(|from| from.parse::<usize>().unwrap()) {
        None => [head(sound.len()).as_bytes(), sound].concat(),
        Some(from) if from < sound.len() => http(
            "206 Partial Content",
            &format!("ETag: \"1\"\r\nContent-Range: bytes {from}-{}/{}\r\n", sound.len() - 1, sound.len()),
            &sound[from..],
        ),
        Some(_) => http("416 Range Not Satisfiable", &format!("Content-Range: bytes */{}\r\n", sound.len()), ""),
    }
}

type Act = Box<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// Does this with the first request, that with the second, and so on; the last goes for all that follow.
fn doing(acts: Vec<Act>) -> Server {
    let made = AtomicUsize::new(0);
    Server::start(move |seen| acts[made.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1)](seen))
}

fn saying(bytes: Vec<u8>) -> Server {
    Server::start(move |_| Answer::Bytes(bytes.clone()))
}

fn limits() -> Limits {
    Limits { overall: Duration::from_secs(60), ..Limits::default() }
}

fn begin(server: &Server, limits: Limits) -> (Client, Recording) {
    let client = client(server.wsdl());
    let recording = client.recording(server.url("/rec"), Named::Nothing, None, limits);
    (client, recording)
}

/// How it ended, and all that can be read.
async fn fetched(server: &Server) -> (Result<u64, Error>, Vec<u8>) {
    fetched_within(server, limits()).await
}

async fn fetched_within(server: &Server, limits: Limits) -> (Result<u64, Error>, Vec<u8>) {
    let (_client, recording) = begin(server, limits);
    let ended = recording.finished().await;
    (ended, rest(&mut recording.reader()).await)
}

async fn rest(reader: &mut Reader) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = reader.read().await {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

fn asked(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.header("range").unwrap_or("all").to_owned()).collect()
}

#[tokio::test]
async fn a_break_at_any_place_is_mended() {
    let sound = wav(400);
    let whole = [head(sound.len()).into_bytes(), sound.clone()].concat();
    let body_at = whole.len() - sound.len();
    // In the head of the answer, right behind it, in the file's head, in the sound, before its last byte.
    let places = [0, 1, 20, body_at - 1, body_at, body_at + 4, body_at + 30, body_at + 100, whole.len() - 1];
    let checks = places.map(|place| {
        let (whole, sound) = (whole.clone(), sound.clone());
        async move {
            let again = sound.clone();
            let server = doing(vec![
                Box::new(move |_| Answer::Bytes(whole[..place].to_vec())),
                Box::new(move |seen| Answer::Bytes(ranged(seen, &again))),
            ]);
            let (ended, bytes) = fetched(&server).await;
            assert_eq!((ended, bytes), (Ok(400), sound), "cut at {place}");
            let asked = asked(&server);
            let got = place.saturating_sub(body_at);
            let second = if got >= 12 { format!("bytes={got}-") } else { "all".into() };
            assert_eq!(asked, ["all".to_owned(), second], "cut at {place}");
        }
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_resume_shows_the_servers_own_validator() {
    let sound = wav(400);
    let (first, second) = (sound.clone(), sound.clone());
    let modified = "Last-Modified: Tue, 25 Jun 2013 01:31:38 GMT\r\nDate: Tue, 25 Jun 2013 02:00:00 GMT\r\n";
    let server = doing(vec![
        Box::new(move |_| {
            let whole = http("200 OK", modified, &first);
            Answer::Bytes(whole[..whole.len() - 100].to_vec())
        }),
        Box::new(move |_| {
            let headers = format!("{modified}Content-Range: bytes 300-399/400\r\n");
            Answer::Bytes(http("206 Partial Content", &headers, &second[300..]))
        }),
    ]);
    assert_eq!(fetched(&server).await, (Ok(400), sound));
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("if-range"), Some("Tue, 25 Jun 2013 01:31:38 GMT"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_length_that_promises_too_much_is_damage_unless_the_server_takes_it_back() {
    let sound = wav(400);
    // It says 500 each time, and has 400.
    let lying = [head(500).into_bytes(), sound.clone()].concat();
    let (ended, bytes) = fetched(&saying(lying.clone())).await;
    assert_eq!((ended, bytes), (Err(Error::Damaged { at: 400 }), sound.clone()));
    // Asked for the rest it says that there is none.
    let again = sound.clone();
    let server = doing(vec![
        Box::new(move |_| Answer::Bytes(lying.clone())),
        Box::new(move |seen| Answer::Bytes(ranged(seen, &again))),
    ]);
    assert_eq!(fetched(&server).await, (Ok(400), sound));
    assert_eq!(asked(&server), ["all", "bytes=400-"]);
}

#[tokio::test]
async fn a_length_that_promises_too_little_is_believed_and_the_sound_tells() {
    let sound = wav(400);
    let lying = [head(300).into_bytes(), sound.clone()].concat();
    let (ended, bytes) = fetched(&saying(lying)).await;
    assert_eq!((ended, &*bytes), (Ok(300), &sound[..300]));
    assert!(sound::to_pcm_wav(&bytes, Named::Nothing).unwrap().damaged_at.is_some());
}

#[tokio::test]
async fn an_end_without_a_length_is_believed_only_if_the_file_has_one() {
    let sound = wav(400);
    let old = |bytes: &[u8]| [b"HTTP/1.0 200 OK\r\nContent-Type: audio/x-wav\r\n\r\n", bytes].concat();
    assert_eq!(fetched(&saying(old(&sound))).await, (Ok(400), sound.clone()));
    let (ended, bytes) = fetched(&saying(old(&sound[..300]))).await;
    assert_eq!((ended, &*bytes), (Err(Error::Damaged { at: 300 }), &sound[..300]));
    let (half, whole) = (old(&sound[..300]), old(&sound));
    let server =
        doing(vec![Box::new(move |_| Answer::Bytes(half.clone())), Box::new(move |_| Answer::Bytes(whole.clone()))]);
    assert_eq!(fetched(&server).await, (Ok(400), sound));
}

#[tokio::test]
async fn chunks_and_gzip_are_taken_and_broken_ones_are_asked_for_again() {
    let sound = wav(400);
    let chunked = |bytes: &[u8], end: &str| {
        let head = format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", bytes.len());
        [head.as_bytes(), bytes, b"\r\n", end.as_bytes()].concat()
    };
    let zipped = http("200 OK", "ETag: \"1\"\r\nContent-Encoding: gzip\r\n", gzip(&sound));
    let chunks = chunked(&sound, "0\r\n\r\n");
    assert_eq!(fetched(&saying(chunks.clone())).await, (Ok(400), sound.clone()));
    assert_eq!(fetched(&saying(zipped.clone())).await, (Ok(400), sound.clone()));
    for (broken, whole) in [
        (chunked(&sound[..300], ""), chunks.clone()),
        (zipped[..zipped.len() - 80].to_vec(), zipped),
        (chunked(&sound, "zz\r\n"), chunks),
    ] {
        let server = doing(vec![
            Box::new(move |_| Answer::Bytes(broken.clone())),
            Box::new(move |_| Answer::Bytes(whole.clone())),
        ]);
        assert_eq!(fetched(&server).await, (Ok(400), sound.clone()));
        // Bytes of what is packed are none of the sound's.
        assert_eq!(asked(&server), ["all", "all"]);
    }
}

#[tokio::test]
async fn bytes_that_nobody_can_unpack_are_no_recording() {
    for coding in ["br", "gzip, zstd"] {
        let server = saying(http("200 OK", &format!("Content-Encoding: {coding}\r\n"), wav(400)));
        let (ended, bytes) = fetched(&server).await;
        assert!(matches!(ended, Err(Error::NotASound(_))), "{ended:?}");
        assert_eq!((bytes, asked(&server)), (vec![], vec!["all".to_owned()]), "{coding}");
    }
    let server = saying(http("200 OK", "Content-Encoding: gzip\r\n", wav(400)));
    let (ended, bytes) = fetched(&server).await;
    assert_eq!((ended, bytes), (Err(Error::Damaged { at: 0 }), vec![]));
}

#[tokio::test]
async fn an_endless_answer_stops_at_the_limit() {
    let endless = |head: &'static str, piece: Vec<u8>| {
        Server::start(move |_| {
            let (sender, pieces) = mpsc::sync_channel(0);
            let piece = piece.clone();
            std::thread::spawn(move || {
                let start = [head.as_bytes(), &wav(100_000)].concat();
                let _ = sender.send(start);
                while sender.send(piece.clone()).is_ok() {}
            });
            Answer::Stream(pieces)
        })
    };
    let limits = Limits { bytes: 1 << 20, ..limits() };
    for (head, piece) in [
        ("HTTP/1.0 200 OK\r\n\r\n", vec![7; 50_000]),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n",
            [b"\r\nC350\r\n", &*vec![7; 50_000]].concat(),
        ),
    ] {
        let (ended, bytes) = fetched_within(&endless(head, piece), limits).await;
        assert_eq!(ended, Err(Error::TooLarge { limit: 1 << 20 }));
        assert!(bytes.len() <= 1 << 20 && bytes.starts_with(&wav(100_000)[..1000]));
    }
    let server = saying(head(1 << 40).into_bytes());
    assert_eq!(fetched(&server).await, (Err(Error::TooLarge { limit: 64 << 20 }), vec![]));
    let bomb = http("200 OK", "Content-Encoding: gzip\r\n", gzip(&wav(2 << 20)));
    assert_eq!(fetched_within(&saying(bomb), limits).await.0, Err(Error::TooLarge { limit: 1 << 20 }));
}

#[tokio::test]
async fn a_page_is_no_sound_whatever_it_calls_itself() {
    let login = "\n\n<!DOCTYPE html><html><body>Please log in</body></html>";
    let warning =
        "<br />\n<b>Warning</b>: readfile(): failed to open stream in <b>/var/www/x.php</b> on line <b>7</b><br />";
    for (headers, body, what) in [
        ("Content-Type: text/html\r\n", login, "an HTML page"),
        ("Content-Type: audio/x-wav\r\n", login, "an HTML page"),
        ("Content-Type: audio/x-wav\r\n", warning, "a text"),
        ("Content-Type: text/html; charset=gbk\r\n", "\u{1}\u{2}", "a text"),
        ("Content-Type: audio/x-wav\r\n", "", "nothing"),
    ] {
        let server = saying(http("200 OK", headers, body));
        assert_eq!(fetched(&server).await, (Err(Error::NotASound(what.into())), vec![]), "{headers}{body}");
        assert_eq!(server.seen().len(), 1);
    }
    // PHP says text/html of whatever it is not told otherwise.
    let server = saying(http("200 OK", "Content-Type: text/html\r\n", wav(400)));
    assert_eq!(fetched(&server).await, (Ok(400), wav(400)));
}

#[tokio::test]
async fn a_login_page_in_the_middle_does_not_spoil_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let sound = wav(400);
    let (first, last) = (sound.clone(), sound.clone());
    let server = doing(vec![
        Box::new(move |seen| {
            let whole = ranged(seen, &first);
            Answer::Bytes(whole[..whole.len() - 100].to_vec())
        }),
        Box::new(|seen| match &*seen.target {
            "/rec" => Answer::Bytes(http("302 Found", "Location: /login\r\n", "")),
            _ => unreachable!("{seen:?}"),
        }),
        Box::new(|_| Answer::Bytes(http("200 OK", "Content-Type: text/html\r\n", "<html>log in</html>"))),
        Box::new(move |seen| Answer::Bytes(ranged(seen, &last))),
    ]);
    let client = client(server.wsdl());
    let cache = Cache::new(folder.path(), Bounds::default());
    let recording = client.recording(server.url("/rec"), Named::Nothing, Some(cache.clone()), limits());
    assert_eq!(recording.finished().await, Err(Error::NotASound("an HTML page".into())));
    drop(recording);
    let recording = client.recording(server.url("/rec"), Named::Nothing, Some(cache), limits());
    assert_eq!((recording.finished().await, rest(&mut recording.reader()).await), (Ok(400), sound));
    assert_eq!(asked(&server), ["all", "bytes=300-", "bytes=300-", "bytes=300-"]);
}

#[tokio::test]
async fn a_recording_that_has_only_its_head_is_not_ready_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Mutex::new(sound::header(1, 8000, 0).to_vec()));
    let now = Arc::clone(&recorded);
    let server = Server::start(move |seen| Answer::Bytes(ranged(seen, &now.lock().unwrap())));
    let client = client(server.wsdl());
    let fetch = || {
        client.recording(
            server.url("/rec"),
            Named::Nothing,
            Some(Cache::new(folder.path(), Bounds::default())),
            limits(),
        )
    };
    assert_eq!(fetch().finished().await, Err(Error::NotReady));
    // The call goes on: there is sound, and the head says nothing of its length yet.
    let mut growing = sound::header(1, 8000, 0).to_vec();
    growing.extend([7; 100]);
    *recorded.lock().unwrap() = growing;
    assert_eq!(fetch().finished().await, Ok(144));
    *recorded.lock().unwrap() = wav(400);
    let recording = fetch();
    assert_eq!((recording.finished().await, rest(&mut recording.reader()).await), (Ok(400), wav(400)));
    assert_eq!(server.seen().len(), 4, "asked, asked, asked for the rest, and asked anew: {:?}", asked(&server));
    assert_eq!(fetch().finished().await, Ok(400));
    assert_eq!(server.seen().len(), 4, "now it is kept");
}

#[tokio::test]
async fn silence_in_the_middle_and_a_drip_end_in_time() {
    let sound = wav(400);
    let (first, second) = (sound.clone(), sound.clone());
    let (_held, holds) = {
        let (sender, pieces) = mpsc::channel();
        sender.send([head(400).as_bytes(), &first[..200]].concat()).unwrap();
        (sender, Mutex::new(Some(pieces)))
    };
    let server = doing(vec![
        Box::new(move |_| Answer::Stream(holds.lock().unwrap().take().unwrap())),
        Box::new(move |seen| Answer::Bytes(ranged(seen, &second))),
    ]);
    let impatient = Limits { silence: Duration::from_secs(2), ..limits() };
    assert_eq!(fetched_within(&server, impatient).await, (Ok(400), sound.clone()));
    assert_eq!(asked(&server), ["all", "bytes=200-"]);

    // Never silent for long, and hopeless: the time for all of it decides.
    let sound = wav(1_000_000);
    let whole = [head(sound.len()).into_bytes(), sound.clone()].concat();
    let server = Server::start(move |_| Answer::Drip(whole.clone(), Duration::from_millis(1)));
    let limits = Limits { silence: Duration::from_secs(20), overall: Duration::from_secs(2), ..Limits::default() };
    let (ended, bytes) = fetched_within(&server, limits).await;
    assert!(matches!(ended, Err(Error::Timeout(_))), "{ended:?}");
    assert!(bytes.len() >= 12 && sound.starts_with(&bytes), "{}", bytes.len());
}

#[tokio::test]
async fn what_has_come_is_heard_before_the_rest_comes() {
    let sound = wav(400_000);
    let (sender, pieces) = mpsc::channel();
    let pieces = Mutex::new(Some(pieces));
    let server = Server::start(move |_| Answer::Stream(pieces.lock().unwrap().take().unwrap()));
    let (_client, recording) = begin(&server, Limits::default());
    let mut reader = recording.reader();
    sender.send([head(sound.len()).as_bytes(), &sound[..100_000]].concat()).unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 100_000 {
        bytes.extend(reader.read().await.unwrap().unwrap());
    }
    assert_eq!(bytes, sound[..100_000]);
    assert_eq!((recording.progress().received, recording.progress().total), (100_000, Some(400_000)));
    // A place that has not come is waited for, without what is between.
    let mut ahead = recording.reader();
    ahead.seek(250_000);
    assert!(futures::FutureExt::now_or_never(ahead.read()).is_none());
    sender.send(sound[100_000..].to_vec()).unwrap();
    drop(sender);
    let piece = ahead.read().await.unwrap().unwrap();
    assert!(sound[250_000..].starts_with(&piece));
    bytes.extend(rest(&mut reader).await);
    assert_eq!(bytes, sound);
    reader.seek(399_990);
    assert_eq!(reader.read().await.unwrap().unwrap(), sound[399_990..]);
    reader.seek(500_000);
    assert_eq!(reader.read().await, Ok(None));
}

#[tokio::test]
async fn redirects_lead_to_the_recording_but_not_into_a_circle() {
    let server = Server::start(|seen| match &*seen.target {
        "/rec" => Answer::Bytes(http("302 Found", "Location: /store/1\r\n", "")),
        "/store/1" => Answer::Bytes(ranged(seen, &wav(400))),
        _ => Answer::Bytes(http("302 Found", "Location: /circle\r\n", "")),
    });
    assert_eq!(fetched(&server).await, (Ok(400), wav(400)));
    let client = client(server.wsdl());
    let recording = client.recording(server.url("/circle"), Named::Nothing, None, limits());
    assert_eq!(recording.finished().await, Err(Error::Http(302)));
}

#[tokio::test]
async fn a_login_goes_to_its_own_server_and_a_refusal_has_the_servers_words() {
    let open = |seen: &Seen| match seen.header("authorization") {
        Some("Basic ODAyOnB3") => Answer::Bytes(ranged(seen, &wav(400))),
        Some(_) => Answer::Bytes(http("403 Forbidden", "Content-Type: text/plain\r\n", "not your call")),
        None => Answer::Bytes(http("401 Unauthorized", "", "")),
    };
    let (server, stranger) = (Server::start(open), Server::start(open));
    let fetch = |user: Option<&str>, address| {
        let login = user.map(|user| Credentials::basic(user, Secret::new("pw")).unwrap());
        let client = client_with(server.wsdl(), |settings| settings.login = login);
        client.recording(address, Named::Nothing, None, limits())
    };
    assert_eq!(fetch(Some("802"), server.url("/rec")).finished().await, Ok(400));
    let refused = fetch(Some("803"), server.url("/rec")).finished().await;
    assert_eq!(refused, Err(Error::NotAllowed("not your call".into())));
    let denied = fetch(None, server.url("/rec")).finished().await;
    assert!(matches!(denied, Err(Error::NotLoggedIn { tried: false, .. })), "{denied:?}");
    let abroad = fetch(Some("802"), stranger.url("/rec")).finished().await;
    assert!(matches!(abroad, Err(Error::NotLoggedIn { tried: false, .. })), "{abroad:?}");
    assert_eq!((server.seen().len(), stranger.seen().len()), (3, 1));
}

#[tokio::test]
async fn nobody_there_is_said_after_some_tries() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/rec", listener.local_addr().unwrap())
    };
    let client = client(address.parse().unwrap());
    let recording = client.recording(address.parse().unwrap(), Named::Nothing, None, limits());
    let error = recording.finished().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_dropped_recording_lets_the_server_go() {
    let (sender, pieces) = mpsc::channel::<Vec<u8>>();
    let pieces = Mutex::new(Some(pieces));
    let server = Server::start(move |_| Answer::Stream(pieces.lock().unwrap().take().unwrap()));
    let (_client, recording) = begin(&server, Limits::default());
    let mut reader = recording.reader();
    sender.send([head(400).as_bytes(), &wav(400)[..100]].concat()).unwrap();
    assert_eq!(reader.read().await.unwrap().unwrap(), wav(400)[..100]);
    drop(recording);
    let error = reader.read().await.unwrap_err();
    assert!(matches!(error, Error::Broken(_)), "{error:?}");
    // The server's write fails as soon as the connection is gone.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while sender.send(vec![7; 100_000]).is_ok() {
        assert!(std::time::Instant::now() < deadline, "nobody reads, and nobody hung up");
        tokio::task::yield_now().await;
    }
}
