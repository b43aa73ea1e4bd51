//! The gateway as an old server: a proxy in front of it that neither announces nor has the stream of events, so that the
//! panel polls.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, Uri, header::LINK},
    response::{IntoResponse, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, task::JoinHandle};
use uncall_contract::event::EVENTS_PATH;

use super::rates::PATH;

/// The proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
    task: JoinHandle<std::io::Result<()>>,
}

#[derive(Debug)]
struct Way {
    calls: AtomicUsize,
    gateway: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl Proxy {
    /// A proxy in front of this gateway.
    pub async fn start(gateway: SocketAddr) -> Result<Proxy> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let way = Arc::new(Way { calls: AtomicUsize::new(0), gateway, client });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&way));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Proxy { address, way, task: tokio::spawn(axum::serve(listener, router).into_future()) })
    }

    /// How many operations have been called through it so far; a panel at rest only polls.
    pub fn calls(&self) -> usize {
        self.way.calls.load(Ordering::Relaxed)
    }

    /// The address of the WSDL.
    pub fn wsdl(&self) -> String {
        format!("http://{}{PATH}?wsdl", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// `Host` stays the one that was asked, so that the WSDL names the proxy.
async fn forward(State(way): State<Arc<Way>>, mut request: Request) -> Response {
    if request.uri().path() == EVENTS_PATH {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let Ok(uri) = Uri::try_from(format!("http://{}{path}", way.gateway)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    let method = request.method().clone();
    match way.client.request(request).await {
        Ok(mut response) => {
            if method == Method::POST {
                way.calls.fetch_add(1, Ordering::Relaxed);
            }
            response.headers_mut().remove(LINK);
            response.map(Body::new).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
