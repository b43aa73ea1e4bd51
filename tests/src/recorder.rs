//! A server of recordings whose every byte is the test's: it holds back, breaks off, lies and sends pages.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch, task::AbortHandle};

/// Samples a second of what is made here.
pub const RATE: u32 = 8000;

/// What is at an address.
#[derive(Debug, Clone)]
pub enum Tape {
    /// A file.
    Whole(Vec<u8>),
    /// A file of which the server sends so many bytes, and the rest when it is let go; never, when the server vanishes.
    Held(Vec<u8>, usize),
    /// A file of which the server promises more than it sends, each time.
    Lying(Vec<u8>, usize),
    /// A page of this status, as servers send them instead.
    Page(u16, &'static str),
}

/// The server; it ends with its last handle's runtime.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    shelf: Arc<Shelf>,
    listens: Mutex<AbortHandle>,
}

#[derive(Debug)]
struct Shelf {
    tapes: Mutex<HashMap<String, Tape>>,
    fate: watch::Sender<Fate>,
}

/// Of what is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Waits,
    LetGo,
    Lost,
}

impl Recorder {
    /// Starts it with nothing on its shelf.
    pub async fn start() -> Result<Recorder> {
        let shelf = Arc::new(Shelf { tapes: Mutex::default(), fate: watch::Sender::new(Fate::Waits) });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let listens = Mutex::new(serve(listener, Arc::clone(&shelf)));
        Ok(Recorder { address, shelf, listens })
    }

    /// The template of its addresses, for the panel's settings.
    pub fn template(&self) -> String {
        format!("http://{}/{{uid}}", self.address)
    }

    /// Puts the recording of a call on the shelf.
    pub fn put(&self, uid: &str, tape: Tape) {
        self.shelf.tapes.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), tape);
    }

    /// Sends what is held back.
    pub fn let_go(&self) {
        self.shelf.fate.send_replace(Fate::LetGo);
    }

    /// The server is gone: what it was sending breaks off, and nobody can connect any more.
    pub fn vanish(&self) {
        self.listens.lock().unwrap_or_else(PoisonError::into_inner).abort();
        self.shelf.fate.send_replace(Fate::Lost);
    }

    /// The server is there again, where it was.
    pub async fn come_back(&self) -> Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.shelf.fate.send_replace(Fate::LetGo);
        *self.listens.lock().unwrap_or_else(PoisonError::into_inner) = serve(listener, Arc::clone(&self.shelf));
        Ok(())
    }

    /// How many are waiting for what is held back.
    pub fn waiting(&self) -> usize {
        self.shelf.fate.receiver_count()
    }
}

fn serve(listener: TcpListener, shelf: Arc<Shelf>) -> AbortHandle {
    let app = Router::new().route("/{name}", get(send)).with_state(shelf);
    tokio::spawn(async move { axum::serve(listener, app).await }).abort_handle()
}

async fn send(State(shelf): State<Arc<Shelf>>, Path(uid): Path<String>) -> Response {
    if *shelf.fate.borrow() == Fate::Lost {
        // On a connection that was kept.
        let breaks = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the server is gone")) });
        return Body::from_stream(breaks).into_response();
    }
    let tape = shelf.tapes.lock().unwrap_or_else(PoisonError::into_inner).get(&uid).cloned();
    let sound = [(header::CONTENT_TYPE, "audio/x-wav".to_owned())];
    let long = |bytes: usize| [sound[0].clone(), (header::CONTENT_LENGTH, bytes.to_string())];
    match tape {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Tape::Whole(bytes)) => (sound, bytes).into_response(),
        Some(Tape::Page(status, page)) => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Some(Tape::Lying(bytes, more)) => {
            let headers = long(bytes.len() + more);
            // What was given is sent before the connection breaks.
            let breaks = async {
                tokio::task::yield_now().await;
                Err(std::io::Error::other("there is no more"))
            };
            let sent = futures::stream::iter([Ok(Bytes::from(bytes))]);
            let pieces = futures::StreamExt::chain(sent, futures::stream::once(breaks));
            (headers, Body::from_stream(pieces)).into_response()
        }
        Some(Tape::Held(bytes, first)) => {
            let headers = long(bytes.len());
            let bytes = Bytes::from(bytes);
            let (first, rest) = (bytes.slice(..first), bytes.slice(first..));
            let mut fate = shelf.fate.subscribe();
            let later = async move {
                match fate.wait_for(|fate| *fate != Fate::Waits).await.as_deref() {
                    Ok(Fate::LetGo) => Ok(rest),
                    Ok(Fate::Waits | Fate::Lost) | Err(_) => Err(std::io::Error::other("the server is gone")),
                }
            };
            let pieces = futures::StreamExt::chain(futures::stream::iter([Ok(first)]), futures::stream::once(later));
            (headers, Body::from_stream(pieces)).into_response()
        }
    }
}

/// Speech as a picture shows it: three seconds of syllables and two of silence, again and again. Of stereo the right one
/// speaks where the left one is silent, and both are silent in each last second.
pub fn speech(seconds: u32, channels: u16) -> Vec<u8> {
    let mut samples = Vec::new();
    for at in 0..seconds * RATE {
        let phase = at % (5 * RATE);
        let syllable = f64::from(at % (RATE / 4)) / f64::from(RATE / 4);
        let envelope = (syllable * std::f64::consts::PI).sin() * (0.4 + 0.6 * f64::from(at / RATE % 7) / 7.0);
        let tone = (f64::from(at) * 0.35).sin() * envelope * 14_000.0;
        let speaks = phase < 3 * RATE;
        let answers = (3 * RATE..4 * RATE).contains(&phase);
        samples.push(sample(tone, speaks));
        if channels == 2 {
            samples.push(sample(tone, answers));
        }
    }
    let data = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = uncall_client::sound::header(channels, RATE, data).to_vec();
    file.extend(samples.into_iter().flat_map(i16::to_le_bytes));
    file
}

#[expect(clippy::cast_possible_truncation, reason = "it is within 14,000")]
fn sample(tone: f64, speaks: bool) -> i16 {
    if speaks { tone as i16 } else { 0 }
}

/// The same as Asterisk records: WAV with GSM, made by SoX.
pub async fn wav49(seconds: u32) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let (from, to) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    std::fs::write(&from, speech(seconds, 1))?;
    let mut sox = tokio::process::Command::new("sox");
    sox.arg(&from).args(["-e", "gsm"]).arg(&to);
    let made = sox.output().await.context("cannot start sox")?;
    anyhow::ensure!(made.status.success(), "sox: {}", String::from_utf8_lossy(&made.stderr));
    Ok(std::fs::read(to)?)
}
