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
mod hearing;
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
mod verbs;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uncall_contract::event::{EVENTS_PATH, QUEUES_PATH};

use crate::access::Access;
use crate::exchange::Exchange;
use crate::pbx::Pbx;
use crate::settings::Settings;
use metrics::Metrics;
use polls::Polls;
use streams::Streams;
use verbs::Verbs;

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
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // Fail here rather than at the first connection.
    let local = listener.local_addr()?;
    let stop = CancellationToken::new();
    let unfit = |error: crate::access::Error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error);
    let pbx_ended = pbx.ended();
    let app = Arc::new(App::new(pbx, settings, local, stop.clone()).map_err(unfit)?);
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
    exchange: Exchange,
    settings: Settings,
    access: Access,
    metrics: Metrics,
    polls: Polls,
    streams: Streams,
    room: body::Room,
    /// The running verbs. They are completed even if the client is gone.
    verbs: Verbs,
    /// Event streams end with it.
    stop: CancellationToken,
}

impl App {
    fn new(
        pbx: Arc<dyn Pbx>,
        settings: Settings,
        local: SocketAddr,
        stop: CancellationToken,
    ) -> Result<App, crate::access::Error> {
        let access = Access::new(&settings, local)?;
        // Event ids must not be mistaken for those of an earlier run, so time and a random number tell runs apart.
        let epoch = format!("{:x}{:08x}", jiff::Timestamp::now().as_millisecond(), fastrand::u32(..));
        let exchange = Exchange::new(pbx, epoch, settings.once);
        let metrics = Metrics::of(exchange.pbx().pressure());
        let (polls, streams, room, verbs) =
            (Polls::default(), Streams::default(), body::Room::default(), Verbs::default());
        Ok(App { exchange, settings, access, metrics, polls, streams, room, verbs, stop })
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
    let mut router = Router::new()
        .route(ENDPOINT_PATH, get(page::get).post(soap::post))
        .route(EVENTS_PATH, get(events::get))
        .route(QUEUES_PATH, get(queues::get).post(queues::post))
        .route(recordings::PATH, get(recordings::get))
        .route("/healthz", get(health::get))
        .route("/metrics", get(metrics::get));
    if app.exchange.pbx().hands().is_some() {
        router = router
            .route("/sim/calls", post(control::call))
            .route("/sim/extensions/{exten}/{gesture}", post(control::extension))
            .route("/sim/numbers/{number}/{gesture}", post(control::number))
            .route("/sim/queues/{queue}/{exten}/{gesture}", post(control::member))
            .route("/sim/state", get(control::state));
    }
    router.with_state(app)
}
