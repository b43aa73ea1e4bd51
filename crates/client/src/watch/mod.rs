//! Watches an extension, by push if the server announces a stream and by polling otherwise.

mod nudge;
mod push;
mod run;
mod server;
mod several;
mod sleep;
mod sse;

#[cfg(test)]
mod tests;

use std::{fmt, pin::Pin, time::SystemTime};

use futures::{Stream, StreamExt as _, stream};
use uncall_contract::{Call, Extension, event::Event};

use self::{
    run::Run,
    server::Server,
    several::{Pace, Several},
};
use crate::{Client, Error};

pub use nudge::Nudge;
pub(crate) use server::PollAnswer;

/// How the extension is being watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// The server's push stream.
    Push,
    /// Polling with popEvent.
    Poll,
}

/// What a server supports beyond the vendor's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Additions {
    /// Verbs take the uid of their call, and setBuys takes a reason (`Link: …; rel="uncall-arguments"` on the WSDL answer).
    pub uid: bool,
}

/// Something the watch saw.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// What the server supports beyond the vendor's API. Comes before [`Observation::Connected`] whenever it differs from before;
    /// at the start it counts as nothing.
    Described(Additions),
    /// The server answers. Comes on every change of means and after every [`Observation::Lost`].
    Connected(Means),
    /// The server does not answer. Comes once per loss, and again if the login turns out to be the reason. The watch keeps
    /// trying.
    Lost(Error),
    /// An event of the push stream.
    Pushed(Event),
    /// The answer to one popEvent.
    Polled(Option<Call>),
    /// An answer to popEvent that could not be read. It only shows that the server is there.
    Unreadable,
}

/// A running watch. It works while [`Watch::next`] is awaited, so it needs no task of its own. Dropping it ends it.
///
/// - The WSDL is read first. If it announces a push stream, the watch uses it. The first stream counts from its first byte on,
///   since a proxy may hold everything back; a reopened one counts at once.
/// - Without a stream, and while one is being opened, popEvent is polled every
///   [`Settings::poll_seconds`](crate::Settings::poll_seconds) (±10 %), or every second for half a minute after [`Watch::hurry`].
///   There is never more than one poll at a time.
/// - A stream that is silent for 30 s (two heartbeats) is given up. Polling takes over while it is reopened from the last event
///   id, after pauses of 0.25 s growing to 10 s. If the server refuses the stream, it is asked again once a minute.
/// - An event over 64 KiB is skipped. If it is of a known kind, a new stream fetches its content, after a minute at first and
///   then more and more rarely. After a snapshot over 64 KiB, polling takes over for a minute.
/// - The server counts as lost when it cannot be reached, or when two polls in a row fail in another way; the second comes 1 s
///   after the first. A poll that times out while a verb is under way is merely late and does not count. A lost server is tried
///   again, including its WSDL, after 1 s growing to 5 s.
/// - A server that rejects the login (401, 403, 429) is lost at once and tried again every half minute.
/// - After the machine has slept, everything pending is tried at once.
///
/// With [further servers](crate::Settings::further), one server is watched at a time:
/// - The server in use gets a health check every 0.4 of [`Settings::patience`](crate::Settings::patience) (1 s) and has 0.6 of it
///   (1.5 s) to answer. The check is `/healthz`, and any status below 500 passes, since only a gateway has that page.
/// - If that server fails the check or is lost, and another one passes it, the watch changes over once the other one's stream or
///   answer has come, for which it has 3 s. Otherwise the watch reports what the old one said meanwhile. The change appears as
///   another [`Observation::Connected`], followed by the new server's state. [`Observation::Lost`] is reported only if none of
///   them is there.
/// - Servers preferred to the one in use are checked as often, and used again once they have been healthy for twice the patience.
///   If such a server had to be left within a minute of being used again, the wait doubles, up to five minutes.
/// - A server that rejects the login is not left for that reason.
pub struct Watch {
    observations: Pin<Box<dyn Stream<Item = Observation> + Send>>,
    nudge: Nudge,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch {
    pub(crate) fn new(client: Client, exten: Extension) -> Watch {
        let mut servers: Vec<Server> =
            client.each().into_iter().map(|client| Server::new(client, exten.clone())).collect();
        match (servers.pop(), servers.is_empty()) {
            (Some(only), true) => Watch::of(only, SystemTime::now),
            (last, _) => {
                servers.extend(last);
                let pace = Pace::of(client.settings().patience);
                Watch::of_several(servers, pace, SystemTime::now, move |place| client.use_server(place))
            }
        }
    }

    /// Watches several servers, in order of preference. `uses` learns which one is in use.
    fn of_several(
        sources: Vec<impl server::Source>,
        pace: Pace,
        wall: impl Fn() -> SystemTime + Clone + Send + 'static,
        uses: impl FnMut(usize) + Send + 'static,
    ) -> Watch {
        let nudge = Nudge::default();
        let start = (None, Some((sources, wall, nudge.clone(), uses)));
        let observations = stream::unfold(start, move |(several, parts)| async move {
            let mut several = match (several, parts) {
                (Some(several), _) => several,
                (None, Some((sources, wall, nudge, uses))) => Several::new(sources, pace, wall, nudge, uses)?,
                (None, None) => return None,
            };
            let seen = several.next().await;
            Some((seen, (Some(several), None)))
        });
        Watch { observations: Box::pin(observations), nudge }
    }

    fn of(source: impl server::Source, wall: impl Fn() -> SystemTime + Send + 'static) -> Watch {
        let nudge = Nudge::default();
        // The run starts with the first `next`, because only that has to be called within a runtime.
        let start = (None, Some((source, wall, nudge.clone())));
        let observations = stream::unfold(start, |(run, parts)| async move {
            let mut run = match (run, parts) {
                (Some(run), _) => run,
                (None, Some((source, wall, nudge))) => Run::new(source, wall, nudge),
                (None, None) => return None,
            };
            let seen = run.next().await;
            Some((seen, (Some(run), None)))
        });
        Watch { observations: Box::pin(observations), nudge }
    }

    /// The next observation. Cancel safe. Must be called within a tokio runtime. `None` would mean that the watch has ended,
    /// which it never does by itself.
    pub async fn next(&mut self) -> Option<Observation> {
        self.observations.next().await
    }

    /// Polls every second for the next 30 s, e.g. after a dial. Has no effect while there is a stream.
    pub fn hurry(&self) {
        self.nudge.hurry();
    }

    /// Tries everything again now, e.g. after sleep or when the network is back, and gives up connections that may be dead.
    pub fn wake(&self) {
        self.nudge.wake();
    }

    /// A handle for [`Watch::hurry`] and [`Watch::wake`] while somebody else awaits [`Watch::next`].
    pub fn nudge(&self) -> Nudge {
        self.nudge.clone()
    }
}
