//! The download against a server that is a function, with the clock paused: no pause takes time.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use proptest::prelude::*;
use reqwest::{Body, Response, header::HeaderMap};
use tokio::time::Instant;

use super::*;

/// What the server does with one request.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// All that was asked for, in pieces of this size.
    Well(usize),
    /// This many bytes of it, then the connection breaks.
    Cut(usize),
    /// This many bytes of it, then silence.
    Stall(usize),
    /// No connection.
    Refuse,
    /// Silence.
    Silence,
    /// This status and no body.
    Status(u16),
    /// The whole recording, whatever part was asked for; cut after this many bytes.
    Whole(usize),
    /// Switches to the recording of this number; this request is cut after this many bytes.
    Become(u8, usize),
    /// The same, but gives a part, ignoring `If-Range`, with the new validator.
    Blindly(u8, usize),
    /// A part from the wrong byte.
    Elsewhere,
    /// A correct part of this many bytes.
    Piece(usize),
}

struct Server {
    script: Mutex<VecDeque<Act>>,
    /// The number of the recording, which determines content and validator.
    version: Mutex<u8>,
    /// Whether to send `ETag`s.
    tags: bool,
    /// Whether to send lengths.
    lengths: bool,
    size: usize,
    /// `Range` of each request.
    asked: Mutex<Vec<Option<String>>>,
}

/// A WAV file of this many bytes. Version 1 differs in its second half, so that the start looks the same, and version 2 is
/// version 0 without its last quarter.
fn sound_of(version: u8, size: usize) -> Vec<u8> {
    let mut bytes = crate::sound::header(1, 8000, u32::try_from(size - 44).unwrap()).to_vec();
    bytes.extend((44..size).map(|at| {
        let noise = (at * 31 + at / 251) as u8;
        if version == 1 && at > size / 2 { noise.wrapping_add(1) } else { noise }
    }));
    if version == 2 {
        bytes.truncate((size * 3 / 4).max(45));
    }
    bytes
}

impl Server {
    fn new(size: usize, tags: bool, script: impl IntoIterator<Item = Act>) -> Arc<Server> {
        Arc::new(Server {
            script: Mutex::new(script.into_iter().collect()),
            version: Mutex::new(0),
            tags,
            lengths: true,
            size,
            asked: Mutex::default(),
        })
    }

    fn sound(&self) -> Vec<u8> {
        sound_of(*self.version.lock().unwrap(), self.size)
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }

    fn then(&self, script: impl IntoIterator<Item = Act>) {
        self.script.lock().unwrap().extend(script);
    }

    async fn answer(&self, headers: HeaderMap) -> Result<Response, crate::Error> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        self.asked.lock().unwrap().push(text("range"));
        let act = self.script.lock().unwrap().pop_front().unwrap_or(Act::Silence);
        if let Act::Become(version, _) | Act::Blindly(version, _) = act {
            *self.version.lock().unwrap() = version;
        }
        let tag = format!("\"{}\"", self.version.lock().unwrap());
        let current = text("if-range").is_none_or(|asked| asked == tag) || matches!(act, Act::Blindly(..));
        let from = text("range")
            .filter(|_| current && !matches!(act, Act::Whole(_)))
            .map(|range| range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse::<usize>().unwrap());
        let (pieces, gives, then_stalls) = match act {
            Act::Well(pieces) => (pieces, usize::MAX, false),
            Act::Cut(bytes) | Act::Whole(bytes) | Act::Become(_, bytes) | Act::Blindly(_, bytes) => (7, bytes, false),
            Act::Stall(bytes) => (7, bytes, true),
            Act::Refuse => return Err(crate::Error::Unreachable("refused".into())),
            Act::Silence => std::future::pending().await,
            Act::Status(status) => return Ok(http::Response::builder().status(status).body("").unwrap().into()),
            Act::Elsewhere | Act::Piece(_) => (7, usize::MAX, false),
        };
        let sound = self.sound();
        let mut answer = http::Response::builder();
        if self.tags {
            answer = answer.header("etag", tag);
        }
        let content = match from {
            Some(from) if from >= sound.len() => {
                let answer = answer.status(416).header("content-range", format!("bytes */{}", sound.len()));
                return Ok(answer.body("").unwrap().into());
            }
            Some(from) => {
                let end = if let Act::Piece(bytes) = act { sound.len().min(from + bytes) } else { sound.len() };
                let from = if matches!(act, Act::Elsewhere) { from - 1 } else { from };
                answer =
                    answer.status(206).header("content-range", format!("bytes {from}-{}/{}", end - 1, sound.len()));
                sound[from..end].to_vec()
            }
            None => sound,
        };
        answer = if self.lengths {
            answer.header("content-length", content.len())
        } else {
            answer.header("transfer-encoding", "chunked")
        };
        let whole = gives >= content.len();
        let content = content[..content.len().min(gives)].to_vec();
        let pieces: Vec<Result<Bytes, std::io::Error>> =
            content.chunks(pieces).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let broken = || stream::once(async { Err(std::io::Error::other("reset")) });
        let body = stream::iter(pieces);
        Ok(answer
            .body(match (whole, then_stalls) {
                (_, true) => Body::wrap_stream(body.chain(stream::pending())),
                (true, false) => Body::wrap_stream(body),
                (false, false) => Body::wrap_stream(body.chain(broken())),
            })
            .unwrap()
            .into())
    }
}

fn fetch(server: &Arc<Server>, folder: Option<&Path>, limits: Limits) -> Recording {
    let server = Arc::clone(server);
    let cache = folder.map(|folder| Cache::new(folder, Bounds::default()));
    begin(
        move |headers| {
            let server = Arc::clone(&server);
            async move { server.answer(headers).await.map(Incoming::from) }
        },
        Named::Nothing,
        Name::of("x", ""),
        cache,
        limits,
    )
}

/// Everything that a reader gets, and how it ended.
async fn read(reader: &mut Reader) -> (Vec<u8>, Result<(), Error>) {
    let mut bytes = Vec::new();
    loop {
        match reader.read().await {
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => return (bytes, Ok(())),
            Err(error) => return (bytes, Err(error)),
        }
    }
}

fn ranges(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(Option::unwrap_or_default).collect()
}

#[tokio::test(start_paused = true)]
async fn a_download_goes_on_where_it_broke() {
    let server = Server::new(1000, true, [Act::Cut(300), Act::Refuse, Act::Status(503), Act::Stall(70), Act::Well(50)]);
    let recording = fetch(&server, None, Limits::default());
    let mut reader = recording.reader();
    let (bytes, ended) = read(&mut reader).await;
    assert_eq!((ended, recording.finished().await), (Ok(()), Ok(1000)));
    assert_eq!(bytes, server.sound());
    assert_eq!(ranges(&server), ["", "bytes=300-", "bytes=300-", "bytes=300-", "bytes=370-"]);
    let progress = recording.progress();
    assert_eq!((progress.received, progress.total, progress.waits), (1000, Some(1000), false));
}

#[tokio::test(start_paused = true)]
async fn parts_that_a_server_gives_one_by_one_are_put_together() {
    let server = Server::new(1000, true, [Act::Cut(300), Act::Piece(100), Act::Piece(500), Act::Piece(5000)]);
    assert_eq!(fetch(&server, None, Limits::default()).finished().await, Ok(1000));
    assert_eq!(ranges(&server), ["", "bytes=300-", "bytes=400-", "bytes=900-"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_validator_or_ranges_it_starts_again_and_readers_do_not_notice() {
    for tags in [false, true] {
        let server = Server::new(1000, tags, [Act::Cut(600), Act::Whole(400), Act::Whole(800), Act::Whole(5000)]);
        let recording = fetch(&server, None, Limits::default());
        assert_eq!(read(&mut recording.reader()).await, (server.sound(), Ok(())));
        assert_eq!(server.asked().iter().filter(|asked| asked.is_some()).count(), if tags { 3 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_changed_is_fetched_anew_and_a_reader_is_told() {
    for act in [Act::Become(1, 5000), Act::Become(1, 700)] {
        let server = Server::new(1000, true, [Act::Stall(900), act, Act::Well(50)]);
        let recording = fetch(&server, None, Limits::default());
        let mut reader = recording.reader();
        let mut before = Vec::new();
        while before.len() < 900 {
            before.extend(reader.read().await.unwrap().unwrap());
        }
        assert_eq!(before, sound_of(0, 1000)[..900]);
        assert_eq!(recording.finished().await, Ok(1000));
        assert_eq!(reader.read().await, Err(Error::Changed));
        reader.restart();
        assert_eq!(read(&mut reader).await, (sound_of(1, 1000), Ok(())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_became_shorter_ends_where_it_ends() {
    let server = Server::new(1000, true, [Act::Stall(900), Act::Become(2, 5000)]);
    let recording = fetch(&server, None, Limits::default());
    assert_eq!(recording.finished().await, Ok(750));
    assert_eq!(read(&mut recording.reader()).await, (sound_of(2, 1000), Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_mixes_states_up_is_seen_through() {
    // A part of the new version, with its own ETag, in spite of If-Range.
    let server = Server::new(1000, true, [Act::Cut(900), Act::Blindly(1, 5000), Act::Well(90)]);
    let recording = fetch(&server, None, Limits::default());
    assert_eq!(recording.finished().await, Ok(1000));
    assert_eq!(read(&mut recording.reader()).await, (sound_of(1, 1000), Ok(())));
    // A part from another byte.
    let server = Server::new(1000, true, [Act::Cut(900), Act::Elsewhere, Act::Cut(950), Act::Well(90)]);
    let recording = fetch(&server, None, Limits::default());
    assert_eq!(read(&mut recording.reader()).await, (sound_of(0, 1000), Ok(())));
    assert_eq!(ranges(&server), ["", "bytes=900-", "", "bytes=950-"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_server_lacks_of_what_it_promised_is_damage_and_the_rest_can_be_read() {
    let server = Server::new(1000, false, [Act::Cut(600); 3]);
    let recording = fetch(&server, None, Limits::default());
    let (bytes, ended) = read(&mut recording.reader()).await;
    assert_eq!((bytes, ended), (server.sound()[..600].to_vec(), Err(Error::Damaged { at: 600 })));
    let mut reader = recording.reader();
    reader.seek(590);
    assert_eq!(reader.read().await.unwrap().unwrap(), server.sound()[590..600]);
    assert_eq!(reader.read().await, Err(Error::Damaged { at: 600 }));
}

#[tokio::test(start_paused = true)]
async fn silence_and_slowness_end_in_time() {
    let began = Instant::now();
    let server = Server::new(1000, true, []);
    let error = fetch(&server, None, Limits::default()).finished().await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error:?}");
    assert_eq!(server.asked().len(), 2);
    assert!(began.elapsed() < Duration::from_secs(40));

    let began = Instant::now();
    let server = Server::new(1000, true, [Act::Stall(20); 500]);
    let limits = Limits { overall: Duration::from_secs(300), ..Limits::default() };
    let recording = fetch(&server, None, limits);
    assert_eq!(recording.finished().await, Err(Error::Timeout("the time was up".into())));
    assert_eq!(began.elapsed().as_secs(), 300);
    assert_eq!(recording.progress().received, 20 * 20);
}

#[tokio::test(start_paused = true)]
async fn a_status_says_what_is_wrong() {
    for (status, error, requests) in [
        (404, Error::Gone, 1),
        (410, Error::Gone, 1),
        (409, Error::NotReady, 1),
        (425, Error::NotReady, 1),
        (204, Error::NotASound("nothing".into()), 1),
        (302, Error::Http(302), 1),
        (400, Error::Http(400), 1),
        (416, Error::Http(416), 1),
        (503, Error::Http(503), 4),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(1000, true, [Act::Status(status); 9]);
        let recording = fetch(&server, Some(folder.path()), Limits::default());
        assert_eq!(recording.finished().await, Err(error.clone()), "{status}");
        assert_eq!(server.asked().len(), requests, "{status}");
        assert_eq!(recording.reader().read().await, Err(error), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_above_the_limit_is_cut_off() {
    let limits = Limits { bytes: 900, ..Limits::default() };
    let server = Server::new(1000, true, [Act::Well(50)]);
    let recording = fetch(&server, None, limits);
    assert_eq!(recording.finished().await, Err(Error::TooLarge { limit: 900 }));
    assert_eq!(recording.progress().received, 0, "its length says so");
    let server =
        Arc::new(Server { lengths: false, ..Arc::into_inner(Server::new(1000, true, [Act::Well(50)])).unwrap() });
    let recording = fetch(&server, None, limits);
    assert_eq!(recording.finished().await, Err(Error::TooLarge { limit: 900 }));
    assert_eq!(recording.progress().received, 900);
}

#[tokio::test(start_paused = true)]
async fn a_cache_gives_it_again_and_goes_on_after_the_end_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(1000, true, [Act::Stall(400)]);
    let mut recording = fetch(&server, Some(folder.path()), Limits::default());
    while recording.changed().await.unwrap().received < 400 {}
    drop(recording);
    server.then([Act::Well(100)]);
    let recording = fetch(&server, Some(folder.path()), Limits::default());
    assert_eq!(read(&mut recording.reader()).await, (server.sound(), Ok(())));
    assert_eq!(ranges(&server), ["", "bytes=400-"]);
    // The third time sends no request.
    let again = fetch(&server, Some(folder.path()), Limits::default());
    assert_eq!(read(&mut again.reader()).await, (server.sound(), Ok(())));
    assert_eq!(again.progress().trouble, None);
    assert_eq!(server.asked().len(), 2);
    again.discard();
    server.then([Act::Well(100)]);
    assert_eq!(fetch(&server, Some(folder.path()), Limits::default()).finished().await, Ok(1000));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_cannot_be_used_is_no_reason_for_silence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let server = Server::new(1000, true, [Act::Well(50)]);
    let recording = fetch(&server, Some(&file.join("cache")), Limits::default());
    assert_eq!(read(&mut recording.reader()).await, (server.sound(), Ok(())));
    let trouble = recording.progress().trouble.unwrap();
    assert!(trouble.starts_with("the recording cannot be kept on disk: "), "{trouble}");
}

fn act() -> impl Strategy<Value = Act> {
    let bytes = || 0..700usize;
    prop_oneof![
        4 => (1..200usize).prop_map(Act::Well),
        4 => bytes().prop_map(Act::Cut),
        2 => bytes().prop_map(Act::Stall),
        1 => Just(Act::Refuse),
        1 => Just(Act::Silence),
        1 => prop_oneof![Just(500), Just(503), Just(404), Just(416)].prop_map(Act::Status),
        2 => bytes().prop_map(Act::Whole),
        2 => (0..3u8, bytes()).prop_map(|(version, bytes)| Act::Become(version, bytes)),
        2 => (0..3u8, bytes()).prop_map(|(version, bytes)| Act::Blindly(version, bytes)),
        1 => Just(Act::Elsewhere),
        2 => (1..300usize).prop_map(Act::Piece),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the download is cut, and however often the process ends: a recording that is reported complete is exact to the
    /// byte, and a reader gets the start of one version of it.
    #[test]
    fn the_bytes_are_right_or_an_error_is_told(
        lives in prop::collection::vec(prop::collection::vec(act(), 1..6), 1..5),
        tags: bool,
        lengths: bool,
        on_disk: bool,
        size in 61..600usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let server = Server { lengths, ..Arc::into_inner(Server::new(size, tags, [])).unwrap() };
        let server = Arc::new(server);
        runtime.block_on(async {
            for life in &lives {
                server.script.lock().unwrap().clear();
                server.then(life.iter().copied());
                let limits = Limits { overall: Duration::from_secs(120), ..Limits::default() };
                let recording = fetch(&server, on_disk.then(|| folder.path()), limits);
                let mut reader = recording.reader();
                let (bytes, ended) = read(&mut reader).await;
                let is_start = (0..3).any(|version| sound_of(version, size).starts_with(&bytes));
                assert!(is_start, "what was read is no start of any state");
                let finished = recording.finished().await;
                match ended {
                    Err(Error::Changed) => {}
                    ended => assert_eq!(ended, finished.clone().map(drop)),
                }
                if finished.is_ok() {
                    reader.restart();
                    let (bytes, ended) = read(&mut reader).await;
                    assert_eq!(ended, Ok(()));
                    // The version that the server had last, or when it was cached.
                    assert!((0..3).any(|version| sound_of(version, size) == bytes), "what is whole is none of the states");
                }
            }
        });
    }
}
