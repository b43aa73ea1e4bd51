//! The gateway as an old server: a proxy in front of it that neither announces nor has the stream of events, so that the
//! panel polls.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, Uri, header::LINK},
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
    task: JoinHandle<std::io::Result<()>>,
}

struct Way {
    gateway: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl Proxy {
    /// A proxy in front of this gateway.
    pub async fn start(gateway: SocketAddr) -> Result<Proxy> {
        let way = Way { gateway, client: Client::builder(TokioExecutor::new()).build_http() };
        let router = Router::new().fallback(forward).with_state(Arc::new(way));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Proxy { address, task: tokio::spawn(axum::serve(listener, router).into_future()) })
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
    match way.client.request(request).await {
        Ok(mut response) => {
            response.headers_mut().remove(LINK);
            response.map(Body::new).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
