//! Reading a recording while it comes.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::{Error, Progress, blocking, cached_file::CachedFile, stopped};

/// Bytes of the largest piece.
const PIECE: usize = 64 * 1024;

/// Gives a recording piece by piece, waiting for what has not come.
#[derive(Debug)]
pub struct Reader {
    kept: Arc<CachedFile>,
    progress: watch::Receiver<Progress>,
    at: u64,
    /// Of which edition the pieces were; nothing before the first.
    edition: Option<u64>,
}

impl Reader {
    pub(crate) fn new(kept: Arc<CachedFile>, progress: watch::Receiver<Progress>) -> Reader {
        Reader { kept, progress, at: 0, edition: None }
    }

    /// The next piece, of 64 KiB at most and never empty; nothing at the end of the recording. Cancelled, it has read nothing.
    ///
    /// # Errors
    /// Why the download ended, once everything that came before has been read; [`Error::Changed`] when the pieces so far were
    /// of another state of the recording: [`Reader::restart`] begins with what it is now.
    pub async fn read(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let (received, edition, ended) = {
                let progress = self.progress.borrow_and_update();
                (progress.received, progress.edition, progress.ended.clone())
            };
            let most = usize::try_from(received.saturating_sub(self.at)).unwrap_or(usize::MAX).min(PIECE);
            if most > 0 {
                let (kept, at, mine) = (Arc::clone(&self.kept), self.at, self.edition);
                let (bytes, of) = blocking(move || kept.read(at, most, mine)).await?.map_err(|_| Error::Changed)?;
                if !bytes.is_empty() {
                    self.edition = Some(of);
                    self.at += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
            }
            match ended {
                Some(_) if self.edition.is_some_and(|mine| mine != edition) => return Err(Error::Changed),
                Some(Ok(())) => return Ok(None),
                Some(Err(error)) => return Err(error),
                None => self.progress.changed().await.map_err(|_| stopped())?,
            }
        }
    }

    /// Goes on at this byte. What has not come there is waited for; behind the end there is nothing.
    pub fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// Begins again at the start, with whatever the recording is now.
    pub fn restart(&mut self) {
        self.at = 0;
        self.edition = None;
    }

    /// The byte that comes next.
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// How far the download is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }
}
