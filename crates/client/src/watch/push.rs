//! The push stream's state: absent, resting until the next try, being opened, or open.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep_until};
use uncall_contract::event::HEARTBEAT_SECONDS;

use super::{
    server::{Bytestream, NoStream},
    sse::Parser,
};
use crate::Error;

/// The longest silence of a stream: two heartbeats.
const SILENCE: Duration = Duration::from_secs(2 * HEARTBEAT_SECONDS);

pub(super) enum Push {
    /// The server announces none, or is not known yet.
    Absent,
    /// Waits until this time for the next try.
    Resting(Instant),
    Opening(BoxFuture<'static, Result<Bytestream, NoStream>>),
    Open(Open),
}

pub(super) struct Open {
    pub(super) stream: Bytestream,
    pub(super) parser: Parser,
    pub(super) opened: Instant,
    pub(super) heard: Instant,
    /// Something was received: even a proxy that holds everything back can open a stream.
    pub(super) proven: bool,
}

/// The result of waiting for the stream.
pub(super) enum Turn {
    Due,
    Opened(Result<Bytestream, NoStream>),
    Piece(Bytes),
    Broken(Option<Error>),
    Silent,
}

impl Push {
    /// Waits for the next turn. Cancel safe.
    pub(super) async fn turn(&mut self) -> Turn {
        match self {
            Push::Absent => pending().await,
            Push::Resting(until) => {
                sleep_until(*until).await;
                Turn::Due
            }
            Push::Opening(opening) => Turn::Opened(opening.await),
            Push::Open(open) => tokio::select! {
                // Data that has arrived counts even if nobody polled this for longer than the silence.
                biased;
                piece = open.stream.next() => match piece {
                    Some(Ok(bytes)) => Turn::Piece(bytes),
                    Some(Err(error)) => Turn::Broken(Some(error)),
                    None => Turn::Broken(None),
                },
                () = sleep_until(open.heard + SILENCE) => Turn::Silent,
            },
        }
    }
}
