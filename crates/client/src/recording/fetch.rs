//! The download: sends requests, continues after a break, and checks what arrives.

use std::{future::Future, ops::Range, sync::Arc, time::SystemTime};

use bytes::Bytes;
use reqwest::{
    StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE, TRANSFER_ENCODING},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    Cache, Error, Limits, Progress, blocking,
    body::{Body, Failed, ended_early},
    cache::Name,
    cached_file::CachedFile,
    identity::{ContentRange, Identity, Validator},
    tries::{Broke, Tries},
};
use crate::{
    sound::{self, Named},
    transport::{Incoming, content_type},
};

/// How far from the start to look for a WAV file's header, in bytes.
const HEAD_WITHIN: usize = 64 * 1024;

/// One download. `O` sends a request with the given headers to the recording's address.
pub(crate) struct Fetch<O> {
    origin: O,
    named: Named,
    kept: Arc<CachedFile>,
    cache: Option<(Cache, Arc<Name>)>,
    limits: Limits,
    progress: watch::Sender<Progress>,
}

/// The result of one request.
enum Step {
    /// The recording is complete and has this length.
    Whole(u64),
    /// A part arrived in good order, and there is more.
    More,
}

impl<O, F> Fetch<O>
where
    O: Fn(HeaderMap) -> F,
    F: Future<Output = Result<Incoming, crate::Error>>,
{
    pub(crate) fn new(
        origin: O,
        named: Named,
        kept: Arc<CachedFile>,
        cache: Option<(Cache, Arc<Name>)>,
        limits: Limits,
        progress: watch::Sender<Progress>,
    ) -> Fetch<O> {
        Fetch { origin, named, kept, cache, limits, progress }
    }

    /// Fetches until the end, which the progress reports.
    pub(crate) async fn run(mut self) {
        let deadline = Instant::now() + self.limits.overall;
        let ended = match self.open().await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let result = timeout_at(deadline, self.come()).await;
                let result = result.unwrap_or_else(|_| Err(Error::Timeout("the time was up".into())));
                self.close(result).await
            }
            Err(error) => Err(error),
        };
        match &ended {
            Ok(()) => tracing::debug!(bytes = self.kept.len(), "a recording is there"),
            Err(error) => tracing::debug!(code = error.code(), %error, "a recording did not come"),
        }
        let trouble = self.kept.trouble();
        self.progress.send_modify(|progress| {
            progress.waits = false;
            progress.trouble = trouble;
            progress.ended = Some(ended);
        });
    }

    /// Looks into the cache. True if the complete recording is there.
    async fn open(&mut self) -> Result<bool, Error> {
        let Some((cache, name)) = self.cache.clone() else { return Ok(false) };
        let kept = Arc::clone(&self.kept);
        let whole = blocking(move || {
            sweep(&cache);
            Ok(cache.open(&name, &kept, SystemTime::now()).unwrap_or_else(|error| {
                kept.troubled(&error);
                false
            }))
        })
        .await?;
        let (received, total, trouble) = (self.kept.len(), self.kept.identity().total, self.kept.trouble());
        self.progress.send_modify(|progress| {
            progress.received = if whole { received } else { 0 };
            progress.total = total;
            progress.trouble = trouble;
        });
        Ok(whole)
    }

    /// Keeps what was received in the cache, or removes it.
    async fn close(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        let kept = Arc::clone(&self.kept);
        let keeps = match &result {
            Ok(()) => self.is_closed().await?,
            // Not for this listener, or of no use to anybody.
            Err(Error::NotReady | Error::Gone | Error::NotAllowed(_) | Error::TooLarge { .. }) => {
                blocking(move || {
                    kept.remove();
                    Ok(())
                })
                .await?;
                return result;
            }
            // A login page or a missing one says nothing about what was received before.
            Err(
                Error::NotASound(_)
                | Error::NotLoggedIn { .. }
                | Error::Damaged { .. }
                | Error::Changed
                | Error::Unreachable(_)
                | Error::Certificate(_)
                | Error::Timeout(_)
                | Error::Broken(_)
                | Error::Http(_)
                | Error::Storage(_),
            ) => false,
        };
        if let (true, Some((cache, name))) = (keeps, self.cache.clone()) {
            blocking(move || {
                if let Err(error) = cache.complete(&name, &kept) {
                    kept.troubled(&error);
                }
                sweep(&cache);
                Ok(())
            })
            .await?;
        }
        result
    }

    /// Sends one request after the other, with pauses after failures.
    async fn come(&mut self) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let before = (self.kept.len(), self.kept.edition());
            match self.ask().await {
                Ok(Step::Whole(len)) => return self.whole(len).await,
                Ok(Step::More) => {}
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Again(broke)) => {
                    let grew = self.kept.len() > before.0 || self.kept.edition() != before.1;
                    let pause = tries.failed(broke, grew, self.kept.len())?;
                    self.progress.send_modify(|progress| progress.waits = true);
                    sleep(pause).await;
                }
            }
        }
    }

    /// Sends one request and handles the answer.
    async fn ask(&mut self) -> Result<Step, Failed> {
        let (at, known) = (self.kept.len(), self.kept.identity());
        // Without a known size and a validator, a part could be from a different version.
        let resumes = known.validator.clone().filter(|_| at > 0 && known.total.is_some());
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(validator) = &resumes {
            insert(&mut headers, RANGE, &format!("bytes={at}-"))?;
            insert(&mut headers, IF_RANGE, validator.as_str())?;
        }
        let silence = self.limits.silence;
        let response = match timeout(silence, (self.origin)(headers)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let error = Error::from(error);
                let decides = matches!(error, Error::NotLoggedIn { .. } | Error::NotAllowed(_) | Error::Certificate(_));
                return Err(if decides { error.into() } else { Failed::Again(Broke::Unanswered(error)) });
            }
            Err(_) => return Err(Failed::Again(Broke::Unanswered(Error::Timeout("the server says nothing".into())))),
        };
        let (status, range) = (response.status, ContentRange::of(&response.headers));
        tracing::debug!(status = status.as_u16(), at, ?range, "a recording is answered");
        match (status, resumes) {
            (StatusCode::PARTIAL_CONTENT, Some(validator)) => {
                let fits = range.filter(|range| range.total == known.total).and_then(|range| range.bytes);
                // A part of a compressed body cannot be decompressed alone.
                let fits = fits.filter(|_| !response.is_packed);
                match fits.filter(|bytes| bytes.start == at && !validator.is_contradicted_by(&response.headers)) {
                    Some(bytes) => self.part(response, bytes, known.total.unwrap_or_default()).await,
                    None => self.forget().await,
                }
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => match range {
                // The server once promised more, but has no more.
                Some(ContentRange { total: Some(total), .. }) if total == at => Ok(Step::Whole(at)),
                Some(_) | None => self.forget().await,
            },
            (StatusCode::OK, _) => self.all(response, known.validator).await,
            (StatusCode::NO_CONTENT, _) => Err(Error::NotASound("nothing".into()).into()),
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Err(Error::Gone.into()),
            (StatusCode::CONFLICT | StatusCode::TOO_EARLY, _) => Err(Error::NotReady.into()),
            (status, _) if status.is_server_error() => {
                Err(Failed::Again(Broke::Unanswered(Error::Http(status.as_u16()))))
            }
            (status, _) => Err(Error::Http(status.as_u16()).into()),
        }
    }

    /// Forgets what was known about the recording, because it no longer holds: the next request asks for all of it.
    async fn forget(&self) -> Result<Step, Failed> {
        self.identify(Identity::default()).await?;
        Err(Failed::Again(Broke::Unanswered(Error::Broken(
            "the server answered with another part than asked for".into(),
        ))))
    }

    /// Handles some or all of the missing bytes.
    async fn part(&mut self, response: Incoming, bytes: Range<u64>, total: u64) -> Result<Step, Failed> {
        if total > self.limits.bytes {
            return Err(Error::TooLarge { limit: self.limits.bytes }.into());
        }
        self.show(bytes.start, Some(total));
        let mut body = Body::new(response, bytes.start, self.limits);
        while body.at < bytes.end {
            let (at, Some(piece)) = (body.at, body.next().await?) else {
                return Err(ended_early(body.at));
            };
            // Anything beyond the stated size is not part of this recording.
            let most = usize::try_from(bytes.end - at).unwrap_or(usize::MAX);
            self.put(at, piece.slice(..piece.len().min(most)), Some(total)).await?;
        }
        Ok(if bytes.end == total { Step::Whole(total) } else { Step::More })
    }

    /// Handles the recording from its start. Bytes received before are compared, not discarded, because readers have already read
    /// them.
    async fn all(&mut self, response: Incoming, before: Option<Validator>) -> Result<Step, Failed> {
        let headers = &response.headers;
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.limits.bytes) {
            return Err(Error::TooLarge { limit: self.limits.bytes }.into());
        }
        let identity = Identity { total: length, validator: Validator::of(headers) };
        let ends_are_told = length.is_some() || response.is_packed || headers.contains_key(TRANSFER_ENCODING);
        let says_text =
            content_type(headers).is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/"));
        let mut body = Body::new(response, 0, self.limits);
        let start = body.start(says_text, self.named).await?;
        if start.is_empty() {
            return Err(Error::NotASound("nothing".into()).into());
        }
        let compared = self.kept.len();
        let is_same = before.is_some() && before == identity.validator;
        if !is_same {
            // The new validator must not be stored with the old bytes before they have been compared.
            self.identify(Identity::default()).await?;
        }
        let mut is_told = false;
        let (mut at, mut piece) = (0, start);
        loop {
            let end = at + piece.len() as u64;
            self.put(at, piece, length).await?;
            if end >= compared && !is_told {
                is_told = true;
                self.identify(identity.clone()).await?;
            }
            at = end;
            piece = match body.next().await? {
                Some(piece) => piece,
                None => break,
            };
        }
        // Without a stated length, the end is just the end of the connection, whatever caused it. A WAV header knows better, and
        // so does having received more before.
        if !ends_are_told && self.promised().await?.unwrap_or(0).max(self.kept.len()) > at {
            return Err(ended_early(at));
        }
        Ok(Step::Whole(at))
    }

    /// Handles a recording of which every byte has arrived.
    async fn whole(&self, len: u64) -> Result<(), Error> {
        let kept = Arc::clone(&self.kept);
        blocking(move || {
            kept.end_at(len)?;
            kept.identify(Identity { total: Some(len), ..kept.identity() })
        })
        .await?;
        self.show(len, Some(len));
        match self.wav().await? {
            // Recorders write the header first and the sound when the call has ended.
            Some(head) if head.data_bytes.is_none() && head.data_at as u64 >= len => Err(Error::NotReady),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the recorder has completed the header. If not, it was killed or the call goes on, so the recording is requested
    /// again next time.
    async fn is_closed(&self) -> Result<bool, Error> {
        Ok(self.wav().await?.is_none_or(|head| head.data_bytes.is_some()))
    }

    /// The size that a WAV header promises, in bytes.
    async fn promised(&self) -> Result<Option<u64>, Error> {
        let head = self.wav().await?;
        Ok(head.and_then(|head| Some(head.data_at as u64 + u64::from(head.data_bytes?))))
    }

    /// The WAV header, if there is one.
    async fn wav(&self) -> Result<Option<sound::Head>, Error> {
        let kept = Arc::clone(&self.kept);
        let start = blocking(move || Ok(kept.read(0, HEAD_WITHIN, None)?.map(|(start, _)| start).unwrap_or_default()));
        Ok(Some(start.await?)
            .filter(|start| start.starts_with(b"RIFF"))
            .and_then(|start| sound::Head::read(&start, self.named).ok()?))
    }

    async fn put(&self, at: u64, piece: Bytes, total: Option<u64>) -> Result<(), Error> {
        let (kept, end) = (Arc::clone(&self.kept), at + piece.len() as u64);
        blocking(move || kept.put(at, &piece)).await?;
        self.show(end, total);
        Ok(())
    }

    async fn identify(&self, identity: Identity) -> Result<(), Error> {
        let kept = Arc::clone(&self.kept);
        blocking(move || kept.identify(identity)).await
    }

    /// Makes everything before `end` available to readers.
    fn show(&self, end: u64, total: Option<u64>) {
        let (edition, trouble) = (self.kept.edition(), self.kept.trouble());
        self.progress.send_modify(|progress| {
            let same = progress.edition == edition;
            progress.received = if same { progress.received.max(end) } else { end };
            progress.edition = edition;
            progress.total = total;
            progress.trouble = trouble;
            progress.waits = false;
        });
    }
}

/// Sweeps the cache. Failures are left to the next time.
fn sweep(cache: &Cache) {
    if let Err(error) = cache.sweep(SystemTime::now()) {
        tracing::warn!(%error, "the cache of recordings cannot be cleaned up");
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Error> {
    let value = HeaderValue::from_str(value).map_err(|error| Error::Storage(error.to_string()))?;
    headers.insert(name, value);
    Ok(())
}
