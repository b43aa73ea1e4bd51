//! An answer's content, recognised as a sound by its start and limited in size while it arrives.

use bytes::{Bytes, BytesMut};
use tokio::time::timeout;

use super::{Error, Limits, tries::Broke};
use crate::{
    Error as Failure,
    sound::{self, Named},
    transport::Incoming,
};

/// How many bytes are needed to tell text from sound; enough for a WAV file as well.
const LOOKED_AT: usize = 4096;
const RIFF: usize = 12;

/// Why a request failed.
pub(crate) enum Failed {
    /// Another request would fail as well.
    ForGood(Error),
    /// Another request may succeed.
    Again(Broke),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::ForGood(error)
    }
}

/// An answer's content as it arrives.
pub(crate) struct Body {
    response: Incoming,
    /// The position of the next byte in the recording.
    pub(crate) at: u64,
    limits: Limits,
}

impl Body {
    pub(crate) fn new(response: Incoming, at: u64, limits: Limits) -> Body {
        Body { response, at, limits }
    }

    /// The next piece. `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failed> {
        let piece = match timeout(self.limits.silence, self.response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return Ok(None),
            Ok(Err(Failure::NotUnderstood(why))) => {
                return Err(Error::NotASound(format!("something else ({why})")).into());
            }
            Ok(Err(error)) => return Err(Failed::Again(Broke::Short(error.into(), self.at))),
            Err(_) => {
                let seconds = self.limits.silence.as_secs_f32();
                let error = Error::Timeout(format!("no byte for {seconds} seconds"));
                return Err(Failed::Again(Broke::Unanswered(error)));
            }
        };
        self.at += piece.len() as u64;
        if self.at > self.limits.bytes {
            return Err(Error::TooLarge { limit: self.limits.bytes }.into());
        }
        Ok(Some(piece))
    }

    /// Enough of the start to see that it is a sound.
    pub(crate) async fn start(&mut self, says_text: bool, named: Named) -> Result<Bytes, Failed> {
        let mut start = BytesMut::new();
        loop {
            let piece = self.next().await?;
            let is_all = piece.is_none();
            start.extend_from_slice(&piece.unwrap_or_default());
            let enough = is_all || start.len() >= LOOKED_AT;
            let told =
                if is_all { sound::Head::of_whole(&start, named).map(Some) } else { sound::Head::read(&start, named) };
            match told {
                Ok(Some(_)) => return Ok(start.freeze()),
                Ok(None) if enough || start.len() >= RIFF && start.starts_with(b"RIFF") => return Ok(start.freeze()),
                Err(sound::Error::NotSound(what)) if enough => return Err(Error::NotASound(what.into()).into()),
                Err(sound::Error::Unknown) if enough && says_text => {
                    return Err(Error::NotASound("a text".into()).into());
                }
                Err(_) if enough => return Ok(start.freeze()),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// The error for an answer that broke off at this byte.
pub(crate) fn ended_early(at: u64) -> Failed {
    Failed::Again(Broke::Short(Error::Broken("the answer ended too early".into()), at))
}
