//! Serves a recording as a WAV file with 16-bit PCM, from any byte on, decoded on demand.

use std::{convert::Infallible, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, stream};
use uncall_client::{
    recording::Reader,
    sound::{self, Decoder, Head},
};

use super::session::{Session, Sound};

/// The size of the header in bytes.
const HEADER: u64 = 44;
/// How many bytes to decode at a time: five seconds of GSM.
const PIECE: usize = 8 * 1024;
/// How much silence follows a sound that is shorter than announced. The page has stopped by then, but players read ahead.
const TAIL: Duration = Duration::from_secs(60);
/// How many bytes of silence to send at a time.
const SILENCE: usize = 64 * 1024;

/// The announced size of the file in bytes.
pub(crate) const fn len(sound: &Sound) -> u64 {
    HEADER + sound.announced
}

/// The size of this much 16-bit PCM in bytes, up to a WAV file's maximum.
pub(crate) fn most(head: &Head, length: Duration) -> u64 {
    let block = u64::from(head.channels) * 2;
    let bytes = length.as_secs() * u64::from(head.rate) * block;
    let limit = u64::from(u32::MAX) - HEADER;
    bytes.min(limit - limit % block.max(1))
}

/// These bytes of the file. Waits for sound that has not arrived; silence follows an end that came too early.
pub(crate) fn bytes(
    session: Arc<Session>,
    reader: Reader,
    sound: Sound,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let size = u32::try_from(sound.announced).unwrap_or(sound::OPEN_END);
    let header = sound::header(sound.head.channels, sound.head.rate, size);
    let skipped = usize::try_from(range.start).unwrap_or(usize::MAX);
    let first = header.get(skipped..).map(Bytes::copy_from_slice).unwrap_or_default();
    let source = Source::new(session, reader, &sound.head, range.start.saturating_sub(HEADER));
    let left = range.end - range.start;
    stream::unfold((first, source, left), async |(first, mut source, left)| {
        let mut piece = if first.is_empty() { source.next().await } else { first };
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - piece.len() as u64;
        (!piece.is_empty()).then_some((Ok(piece), (Bytes::new(), source, left)))
    })
}

/// Samples, from a byte of the PCM on.
struct Source {
    session: Arc<Session>,
    reader: Reader,
    /// Read but not yet decoded.
    pending: Bytes,
    decoder: Decoder,
    samples: Vec<i16>,
    /// How many bytes of PCM to leave out.
    skip: u64,
    /// How many bytes of silence are still to be sent after the end of the sound.
    tail: Option<u64>,
}

impl Source {
    fn new(session: Arc<Session>, mut reader: Reader, head: &Head, at: u64) -> Source {
        let block = u64::from(head.channels.max(1)) * 2;
        let (decoder, skip) = match head.entry(at / block) {
            Some(entry) => {
                reader.seek(entry.at);
                (Decoder::from_entry(head.clone(), entry), at % block)
            }
            None => {
                reader.seek(head.data_at as u64);
                (Decoder::new(head.clone()), at)
            }
        };
        Source { session, reader, pending: Bytes::new(), decoder, samples: Vec::new(), skip, tail: None }
    }

    /// The next bytes, never empty.
    async fn next(&mut self) -> Bytes {
        loop {
            if let Some(tail) = self.tail.as_mut().filter(|_| self.samples.is_empty()) {
                let silent = usize::try_from(*tail).unwrap_or(usize::MAX).min(SILENCE);
                if silent == 0 {
                    // The player will close the connection, or end with it.
                    return std::future::pending().await;
                }
                *tail -= silent as u64;
                return vec![0; silent].into();
            }
            if self.tail.is_none() {
                self.decode().await;
            }
            let mut bytes: Vec<u8> = self.samples.drain(..).flat_map(i16::to_le_bytes).collect();
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= skipped as u64;
            bytes.drain(..skipped);
            if !bytes.is_empty() {
                return bytes.into();
            }
        }
    }

    async fn decode(&mut self) {
        if self.pending.is_empty() {
            match self.reader.read().await {
                Ok(Some(bytes)) => self.pending = bytes,
                // `analysis::follow` reports why it ended.
                Ok(None) | Err(_) => {
                    self.decoder.finish(&mut self.samples);
                    self.tail = Some(most(self.decoder.head(), TAIL));
                    // Wait until the page knows that it ends here.
                    self.session.end().await;
                    return;
                }
            }
        }
        let piece = self.pending.split_to(PIECE.min(self.pending.len()));
        self.decoder.decode(&piece, &mut self.samples);
    }
}
