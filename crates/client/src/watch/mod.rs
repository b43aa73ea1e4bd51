//! What happens to an extension: by push where the server announces a stream, else by polling.

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
use crate::{Additions, Client, Error};

pub use nudge::Nudge;

/// How the extension is watched at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// The server's push stream.
    Push,
    /// popEvent, asked again and again.
    Poll,
}

/// One thing seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// What the server takes beyond the vendor's API; sent before [`Observation::Connected`] when the WSDL was read and
    /// says something else than before (nothing of it, to begin with).
    Described(Additions),
    /// The server answers; sent on every change of means and after every [`Observation::Lost`].
    Connected(Means),
    /// The server does not answer; sent once per loss, and again when it turns out to be the login. Attempts go on by
    /// themselves.
    Lost(Error),
    /// An event of the push stream.
    Pushed(Event),
    /// The answer to one popEvent.
    Polled(Option<Call>),
    /// An answer to popEvent that could not be read: all it says is that the server is there.
    Unreadable,
}

/// A running watch; dropping it ends it. It works while [`Watch::next`] is awaited, so it needs no task of its own.
///
/// - The WSDL is read first. Where it announces a push stream, the stream is taken; the first one counts from its first
///   byte on (a proxy may hold everything back), a reopened one at once.
/// - Without a stream, and while one is being opened, popEvent is asked every [`Settings::poll_seconds`](crate::Settings::poll_seconds)
///   (±10 %), every second for half a minute after [`Watch::hurry`], never twice at once.
/// - A stream on which nothing was heard for 30 s (two heartbeats) is given up: polling goes on while it is opened again,
///   from the last event id, after pauses of 0.25 s growing to 10 s. A server that refuses the stream is asked for it
///   again once a minute.
/// - An event over 64 KiB is passed over; one of ours is asked for again with a new stream, after a minute at first and
///   then ever more rarely. A snapshot over it means polls for a minute.
/// - The server counts as lost when it cannot be reached, or when two polls in a row fail in another way: the second is
///   asked 1 s after the first. A poll that runs out of time while a verb is under way is late and does not count. Then it is looked for again, WSDL included, after 1 s growing to 5 s.
/// - A server that does not take the login (401, 403, 429) is lost at once, and asked again every half minute.
/// - After the machine slept, everything that waits is tried at once.
///
/// Of a client with [further servers](crate::Settings::further) one is watched at a time:
/// - The one in use is asked whether it is well every 0.4 of [`Settings::patience`](crate::Settings::patience) (1 s), for which it
///   has 0.6 of it (1.5 s): `/healthz`, where any answer below 500 will do, since only a gateway has it.
/// - One that is not well, or lost, is left when another one is well, and only when that one's stream or answer has come, for
///   which it has 3 s; else what the old one has said meanwhile is told. The change shows as [`Observation::Connected`] anew, followed by what the
///   new one has. [`Observation::Lost`] is told when none of them is there.
/// - One that stands before the one in use is asked as often, and taken again when it has been well for twice the patience; for
///   longer, up to five minutes, when it had been left within a minute of being taken.
/// - A server that does not take the login is not left for that.
pub struct Watch {
    observations: Pin<Box<dyn Stream<Item = Observation> + Send>>,
    nudge: Nudge,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Client {
    /// Watches an extension from the first [`Watch::next`] on; see there.
    pub fn watch(&self, exten: Extension) -> Watch {
        Watch::new(self.clone(), exten)
    }
}

impl Watch {
    fn new(client: Client, exten: Extension) -> Watch {
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

    /// Of servers in the order in which they are wanted; `uses` is told which one is in use.
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
        // The run starts with the first `next`, which is inside a runtime; this need not be.
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

    /// The next thing seen. Cancel safe. Has to be called inside a tokio runtime. `None` would mean that the watch has
    /// ended, which it does not by itself.
    pub async fn next(&mut self) -> Option<Observation> {
        self.observations.next().await
    }

    /// Polls every second for the next 30 s, e.g. after a dial. Changes nothing while the stream is there.
    pub fn hurry(&self) {
        self.nudge.hurry();
    }

    /// Looks again now, e.g. after sleep or when the network came back: connections that may be dead are given up.
    pub fn wake(&self) {
        self.nudge.wake();
    }

    /// [`Watch::hurry`] and [`Watch::wake`] for someone else than the one who awaits [`Watch::next`].
    pub fn nudge(&self) -> Nudge {
        self.nudge.clone()
    }
}
