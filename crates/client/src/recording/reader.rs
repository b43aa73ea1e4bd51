//! Reading a recording while it arrives.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::{Error, Progress, blocking, cached_file::CachedFile, stopped};

/// The size of the largest piece in bytes.
const PIECE: usize = 64 * 1024;

/// Gives a recording piece by piece, and waits for parts that have not arrived.
#[derive(Debug)]
pub struct Reader {
    kept: Arc<CachedFile>,
    progress: watch::Receiver<Progress>,
    at: u64,
    /// The edition of the pieces so far. `None` before the first.
    edition: Option<u64>,
}

impl Reader {
    pub(crate) fn new(kept: Arc<CachedFile>, progress: watch::Receiver<Progress>) -> Reader {
        Reader { kept, progress, at: 0, edition: None }
    }

    /// The next piece, at most 64 KiB and never empty. `None` at the end of the recording. Cancel safe.
    ///
    /// # Errors
    /// Why the download ended, once everything received before has been read; [`Error::Changed`] if the pieces so far were from
    /// another version of the recording: [`Reader::restart`] begins the present one.
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

    /// Continues at this byte. Reading waits until it has arrived; after the end of the recording there is nothing.
    pub fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// Begins again at the start of the recording as it is now.
    pub fn restart(&mut self) {
        self.at = 0;
        self.edition = None;
    }

    /// The position of the next byte.
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// How far the download is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }
}
