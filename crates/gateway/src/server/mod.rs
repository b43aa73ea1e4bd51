//! HTTP: the router, and what its handlers share.

mod address;
mod body;
mod connection;
mod control;
mod events;
mod follow;
mod gate;
mod head;
mod health;
mod metrics;
mod page;
mod places;
mod polls;
mod queues;
mod recordings;
mod request_id;
mod soap;
mod streams;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uncall_contract::event::{EVENTS_PATH, QUEUES_PATH};
use uncall_recordings::Recordings;
use uncall_switch::{Pbx, Site, Talks};

use crate::access::Access;
use crate::operations::Operations;
use crate::settings::Settings;
use metrics::Metrics;
use polls::Polls;
use streams::Streams;

/// The endpoint's path, the vendor's.
pub(crate) const ENDPOINT_PATH: &str = "/uncall_services_api/index.php";

/// Serves the API on `listener` until `shutdown` is done. Then accepts no more connections, ends event streams, and gives running
/// requests and verbs five seconds to finish, including those of clients that have gone.
///
/// The error is the listener's, or says which setting prevents the start, or why nothing is known of the PBX any more
/// ([`Pbx::ended`]). Errors on a connection end only that connection.
pub async fn serve(
    listener: TcpListener,
    pbx: Arc<dyn Pbx>,
    recordings: Option<Arc<Recordings>>,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // Fail here rather than at the first connection.
    let local = listener.local_addr()?;
    let stop = CancellationToken::new();
    let unfit = |error: crate::access::Error| {
        let kind = if error.may_pass() { std::io::ErrorKind::Other } else { std::io::ErrorKind::InvalidInput };
        std::io::Error::new(kind, error)
    };
    let pbx_ended = pbx.ended();
    let app = Arc::new(App::new(pbx, recordings, settings, local, stop.clone()).map_err(unfit)?);
    app.access.announce(local);
    let door = connection::Door::new(&app).map_err(|error| unfit(error.into()))?;
    if app.access.has_files() {
        tokio::spawn(follow::files(Arc::downgrade(&app), stop.clone()));
    }
    let mut broken = None;
    let over = async {
        tokio::select! {
            () = shutdown => {}
            why = pbx_ended => {
                tracing::error!("{why}: what is known of calls would grow old, so the gateway ends");
                broken = Some(why);
            }
        }
    };
    connection::accept(listener, door, router(Arc::clone(&app)), &app, over).await;
    app.access.finish();
    broken.map_or(Ok(()), |why| Err(std::io::Error::other(why)))
}

/// What the handlers share.
struct App {
    operations: Arc<Operations>,
    settings: Settings,
    access: Access,
    metrics: Metrics,
    polls: Polls,
    streams: Streams,
    room: body::Room,
    /// Event streams end with it.
    stop: CancellationToken,
}

impl App {
    fn new(
        pbx: Arc<dyn Pbx>,
        recordings: Option<Arc<Recordings>>,
        settings: Settings,
        local: SocketAddr,
        stop: CancellationToken,
    ) -> Result<App, crate::access::Error> {
        let access = settings.access(local)?;
        // Event ids must not be mistaken for those of an earlier run, so time and a random number tell runs apart.
        let epoch = format!("{:x}{:08x}", jiff::Timestamp::now().as_millisecond(), fastrand::u32(..));
        let talks = recordings.as_ref().map(|recordings| Arc::clone(recordings.ledger()) as Arc<dyn Talks>);
        let site = Site::new(pbx, epoch, settings.once, talks);
        let (metrics, requests) = Metrics::of(site.pbx().pressure());
        let operations = Arc::new(Operations::new(site, recordings, Arc::clone(&access.audit), requests));
        let (polls, streams, room) = (Polls::default(), Streams::default(), body::Room::default());
        Ok(App { operations, settings, access, metrics, polls, streams, room, stop })
    }

    fn site(&self) -> &Site {
        self.operations.site()
    }
}

/// Both ends of a connection; every request carries them.
#[derive(Debug, Clone, Copy)]
struct Ends {
    peer: SocketAddr,
    local: SocketAddr,
    /// Whether this connection is encrypted.
    tls: bool,
}

fn router(app: Arc<App>) -> Router {
    let known = || from_fn_with_state(Arc::clone(&app), gate::known);
    let named = || from_fn_with_state(Arc::clone(&app), gate::named);
    let own = |sentence| from_fn_with_state((Arc::clone(&app), sentence), gate::of_this_site);
    // Of several gates the first is the outer one.
    let soap = post(soap::post).route_layer((from_fn(soap::takes_xml), own(gate::ACTS), known(), named()));
    let queues = get(queues::get).route_layer((known(), own(gate::FOLLOWS), named()));
    let change = post(queues::post).route_layer((known(), own(gate::ACTS), named()));
    let mut router = Router::new()
        .route(ENDPOINT_PATH, get(page::get).merge(soap))
        // It could not read them, but it could take the place of those who do.
        .route(EVENTS_PATH, get(events::get).route_layer((known(), own(gate::FOLLOWS), named())))
        .route(QUEUES_PATH, queues.merge(change))
        // People open them in browsers by whatever name they know, and no page can guess their addresses.
        .route(recordings::PATH, get(recordings::get).route_layer(known()))
        .route("/healthz", get(health::get))
        .route("/metrics", get(metrics::get).route_layer((known(), named())));
    if app.site().pbx().hands().is_some() {
        router = router
            .route("/sim/calls", post(control::call))
            .route("/sim/extensions/{exten}/{gesture}", post(control::extension))
            .route("/sim/numbers/{number}/{gesture}", post(control::number))
            .route("/sim/queues/{queue}/{exten}/{gesture}", post(control::member))
            .route("/sim/state", get(control::state));
    }
    router.with_state(app)
}
