//! What the loop needs from a server, and the client that is one.

use std::future::Future;

use uncall_client::{Client, Error, Observation, Watch};
use uncall_contract::{Extension, Outcome, Request};

/// What the loop needs from a server. Tests supply their own.
pub(super) trait Server: Send + 'static {
    type Watcher: Watcher;
    /// Whether there is one at all.
    const IS_THERE: bool = true;
    fn ask(&self, request: Request) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static;
    fn watch(&self, extension: Extension) -> Self::Watcher;
}

/// What the loop needs from a watch.
pub(super) trait Watcher: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Option<Observation>> + Send;
    fn hurry(&self);
    fn wake(&self);
}

/// No server.
pub(super) struct Nobody;

impl Server for Nobody {
    type Watcher = Nobody;
    const IS_THERE: bool = false;

    fn ask(&self, _request: Request) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static {
        std::future::ready(Err(Error::Unreachable("there is no server".into())))
    }

    fn watch(&self, _extension: Extension) -> Nobody {
        Nobody
    }
}

impl Watcher for Nobody {
    fn next(&mut self) -> impl Future<Output = Option<Observation>> + Send {
        std::future::pending()
    }

    fn hurry(&self) {}

    fn wake(&self) {}
}

impl Server for Client {
    type Watcher = Watch;

    fn ask(&self, request: Request) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static {
        let client = self.clone();
        async move { client.call(&request).await }
    }

    fn watch(&self, extension: Extension) -> Watch {
        self.watch(extension)
    }
}

impl Watcher for Watch {
    fn next(&mut self) -> impl Future<Output = Option<Observation>> + Send {
        Watch::next(self)
    }

    fn hurry(&self) {
        Watch::hurry(self);
    }

    fn wake(&self) {
        Watch::wake(self);
    }
}
