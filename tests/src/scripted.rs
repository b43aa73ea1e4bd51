//! A server whose every event and answer is the test's: for what no PBX brings about at the press of a key.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event as SseEvent, Sse},
    },
    routing::get,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, broadcast},
};
use uncall_contract::{
    Operation, Outcome, Reason, Refusal, Reply, Request,
    event::{EVENTS_PATH, Event, LINK_RELATION, Presence, Snapshot, Team},
    inner, soap, wsdl,
};

const ENDPOINT: &str = "/uncall_services_api/index.php";

/// The server; it ends with its last handle's runtime.
#[derive(Debug)]
pub struct Scripted {
    /// Where it listens.
    pub address: SocketAddr,
    script: Arc<Script>,
}

#[derive(Debug)]
struct Script {
    /// The `Authorization` header that is wanted.
    login: Mutex<Option<String>>,
    team: Mutex<Option<Team>>,
    events: Mutex<broadcast::Sender<Event>>,
    refusals: Mutex<HashMap<String, Reason>>,
    /// Verbs wait for this when it is there.
    held: Mutex<Option<Arc<Notify>>>,
    asked: Mutex<Vec<Request>>,
}

/// Verbs are answered when it is let go.
#[derive(Debug)]
pub struct Held(Arc<Notify>);

impl Held {
    /// Lets every waiting verb be answered, and those that come.
    pub fn release(self, server: &Scripted) {
        *lock(&server.script.held) = None;
        self.0.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scripted {
    /// Starts it, with this team for every extension that follows its stream.
    pub async fn start(team: Option<Team>) -> Result<Scripted> {
        let script = Arc::new(Script {
            login: Mutex::default(),
            team: Mutex::new(team),
            events: Mutex::new(broadcast::channel(1024).0),
            refusals: Mutex::default(),
            held: Mutex::default(),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let app = Router::new()
            .route(ENDPOINT, get(describe).post(answer))
            .route(EVENTS_PATH, get(stream))
            .with_state((Arc::clone(&script), address));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Scripted { address, script })
    }

    /// The address of the WSDL.
    pub fn wsdl(&self) -> String {
        format!("http://{}{ENDPOINT}?wsdl", self.address)
    }

    /// Wants this `Authorization` header from now on.
    pub fn want_login(&self, header: &str) {
        *lock(&self.script.login) = Some(header.to_owned());
    }

    /// Sends an event on every open stream; a change of the team is remembered for the next one.
    pub fn send(&self, event: Event) {
        if let Event::Team(team) = &event {
            *lock(&self.script.team) = Some(team.clone());
        }
        if let (Event::Member(member), Some(team)) = (&event, &mut *lock(&self.script.team))
            && let Some(known) = team.members.iter_mut().find(|known| known.exten == member.exten)
        {
            *known = member.clone();
        }
        // Nobody need be listening.
        let _ = lock(&self.script.events).send(event);
    }

    /// Refuses every verb that is aimed at this extension, and the recording of this call.
    pub fn refuse(&self, target: &str, reason: Reason) {
        lock(&self.script.refusals).insert(target.to_owned(), reason);
    }

    /// Lets verbs wait for their answers.
    pub fn hold(&self) -> Held {
        let held = Arc::new(Notify::new());
        *lock(&self.script.held) = Some(Arc::clone(&held));
        Held(held)
    }

    /// Ends every open stream.
    pub fn drop_streams(&self) {
        *lock(&self.script.events) = broadcast::channel(1024).0;
    }

    /// The verbs that were asked for so far.
    pub fn asked(&self) -> Vec<Request> {
        lock(&self.script.asked).clone()
    }
}

type Shared = State<(Arc<Script>, SocketAddr)>;

/// What is said to somebody without the login.
fn denied(script: &Script, headers: &HeaderMap) -> Option<Response> {
    let wanted = lock(&script.login).clone()?;
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let answer = (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"uncall\"")], "Log in first.\n");
    (shown != Some(wanted.as_str())).then(|| answer.into_response())
}

async fn describe(State((script, address)): Shared, headers: HeaderMap) -> Response {
    if let Some(denied) = denied(&script, &headers) {
        return denied;
    }
    let link = format!("<{EVENTS_PATH}>; rel=\"{LINK_RELATION}\"");
    let wsdl = wsdl::write(&format!("http://{address}{ENDPOINT}"));
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8".to_owned()), (header::LINK, link)], wsdl).into_response()
}

async fn answer(State((script, _)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(denied) = denied(&script, &headers) {
        return denied;
    }
    let Ok(incoming) = soap::read_request(&body, Some("text/xml; charset=utf-8")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let request = incoming.request;
    if !request.operation().is_read() {
        lock(&script.asked).push(request.clone());
        let held = lock(&script.held).clone();
        if let Some(held) = held {
            held.notified().await;
        }
    }
    let message = soap::write_answer(
        &incoming.dialect,
        request.operation(),
        &inner::answer(&request, &outcome(&script, &request)),
    );
    ([(header::CONTENT_TYPE, message.content_type)], message.body).into_response()
}

fn outcome(script: &Script, request: &Request) -> Outcome {
    let arguments = request.arguments();
    let aimed = usize::from(request.operation() != Operation::Recording);
    let target = arguments.get(aimed).copied().flatten().unwrap_or_default();
    if let Some(reason) = lock(&script.refusals).get(target) {
        return Err(Refusal::new(request.operation(), *reason));
    }
    Ok(if let Request::Ping { text } = request {
        Reply::Pong { text: text.clone() }
    } else if let Request::Recording { uid } = request {
        Reply::Recording { files: format!("audio:{uid}.WAV") }
    } else if request.operation() == Operation::Current {
        Reply::Current { call: None }
    } else {
        Reply::Done { message: "Spy or whisper success".into() }
    })
}

async fn stream(State((script, _)): Shared, headers: HeaderMap) -> Response {
    if let Some(denied) = denied(&script, &headers) {
        return denied;
    }
    let mut first = vec![Event::Snapshot(Snapshot::new("801", Presence::Idle, Vec::new()))];
    first.extend(lock(&script.team).clone().map(Event::Team));
    let told = futures::stream::unfold(
        (first.into_iter(), lock(&script.events).subscribe()),
        |(mut first, mut later)| async {
            let event = match first.next() {
                Some(event) => event,
                None => later.recv().await.ok()?,
            };
            let event = SseEvent::default().event(event.name()).data(event.to_json());
            Some((Ok::<_, Infallible>(event), (first, later)))
        },
    );
    Sse::new(told).into_response()
}
