//! Decodes a recording to 16-bit PCM WAV while streaming, with its length known beforehand if the format allows it.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::Semaphore;
use uncall_sound::{Decoder, Format, Head, Named};

use uncall_switch::Sound;

/// The size of the header before the samples, in bytes.
const HEADER: u64 = 44;
/// How many bytes of the start to search for the head, at first and at most.
const HEAD: u64 = 4 * 1024;
const MOST_HEAD: u64 = 2 * 1024 * 1024;
/// How many bytes to decode at a time: ten seconds of WAV49, some 10 ms of work.
const PIECE: usize = 16 * 1024;
/// How many pieces are decoded at once, so that downloads leave a core to calls.
static DECODING: Semaphore = Semaphore::const_new(2);

/// A recording with the properties of its decoded form.
pub struct Decoded {
    sound: Arc<dyn Sound>,
    head: Head,
    /// The size of its samples in bytes, if known.
    pcm: Option<u64>,
}

/// Why it cannot be decoded.
#[derive(Debug)]
pub enum Undecodable {
    /// Its bytes could not be read.
    Unreadable(io::Error),
    /// They are no sound that can be decoded.
    Sound(uncall_sound::Error),
}

impl Decoded {
    /// Reads the recording's head. The name says what it is if it has no head.
    ///
    /// # Errors
    /// When there is nothing to hear.
    pub async fn new(sound: Arc<dyn Sound>, named: Named) -> Result<Decoded, Undecodable> {
        let mut looked_at = HEAD;
        let head = loop {
            let bytes = start(&*sound, looked_at).await.map_err(Undecodable::Unreadable)?;
            match Head::read(&bytes, named).map_err(Undecodable::Sound)? {
                Some(head) => break head,
                None if looked_at < sound.len() && looked_at < MOST_HEAD => looked_at *= 16,
                None => break Head::of_whole(&bytes, named).map_err(Undecodable::Sound)?,
            }
        };
        let pcm = head.pcm_len(sound.len());
        Ok(Decoded { sound, head, pcm })
    }

    /// The size of the WAV file in bytes, if known.
    pub fn wav_len(&self) -> Option<u64> {
        Some(HEADER + self.pcm?)
    }

    /// A range of the WAV file. If its length is unknown, leaves out anything beyond its end.
    pub fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let told = self.pcm.and_then(|pcm| u32::try_from(pcm).ok()).unwrap_or(uncall_sound::OPEN_END);
        let header = Bytes::copy_from_slice(&uncall_sound::header(self.head.channels, self.head.rate, told));
        let within = |at: u64| usize::try_from(at.min(HEADER)).unwrap_or_default();
        let before = header.slice(within(range.start)..within(range.end));
        let pcm = range.start.saturating_sub(HEADER)..range.end.saturating_sub(HEADER);
        stream::iter((!before.is_empty()).then_some(Ok(before))).chain(self.samples(pcm)).boxed()
    }

    /// The head of the original recording.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The size of the samples in bytes, if known.
    pub(crate) fn pcm(&self) -> Option<u64> {
        self.pcm
    }

    /// A range of the samples.
    pub(crate) fn samples(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        if range.start >= range.end {
            return stream::empty().boxed();
        }
        // PCM can begin anywhere. Formats that depend on earlier data begin at the start, so that a range has the same bytes as
        // the whole.
        let moment = u64::from(self.head.channels) * 2;
        let entry = match self.head.format {
            Format::Pcm8
            | Format::Pcm16
            | Format::Pcm24
            | Format::Pcm32
            | Format::Float32
            | Format::ALaw
            | Format::MuLaw => self.head.entry(range.start / moment),
            Format::Wav49 | Format::Gsm | Format::G722 | Format::Mp3 | Format::Opus => None,
        };
        let (at, decoder, skip) = match entry {
            Some(entry) => (entry.at, Decoder::from_entry(self.head.clone(), entry), range.start % moment),
            None => (self.head.data_at as u64, Decoder::new(self.head.clone()), range.start),
        };
        let end = self.sound.len();
        let state = Decoding {
            source: self.sound.read(at.min(end)..end),
            read: Bytes::new(),
            decoder: Some(decoder),
            skip,
            left: range.end - range.start,
            exact: self.pcm.is_some(),
        };
        stream::try_unfold(state, Decoding::next).boxed()
    }
}

/// Up to this many bytes from the start.
///
/// # Errors
/// When they cannot be read.
pub async fn start(sound: &dyn Sound, count: u64) -> io::Result<BytesMut> {
    let pieces = sound.read(0..count.min(sound.len()));
    pieces
        .try_fold(BytesMut::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
}

struct Decoding {
    source: BoxStream<'static, io::Result<Bytes>>,
    /// Read but not yet decoded.
    read: Bytes,
    /// `None` once the source has ended.
    decoder: Option<Decoder>,
    /// How many bytes of samples to skip at the beginning.
    skip: u64,
    left: u64,
    /// Whether all of them must be delivered.
    exact: bool,
}

impl Decoding {
    async fn next(mut self) -> io::Result<Option<(Bytes, Decoding)>> {
        while self.left > 0 {
            let Some(mut decoder) = self.decoder.take() else {
                if !self.exact {
                    break;
                }
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the recording has become shorter"));
            };
            while self.read.is_empty() {
                match self.source.try_next().await? {
                    Some(piece) => self.read = piece,
                    None => break,
                }
            }
            let piece = self.read.split_to(self.read.len().min(PIECE));
            let _turn = DECODING.acquire().await.map_err(io::Error::other)?;
            let work = move || {
                let mut samples = Vec::new();
                if piece.is_empty() {
                    // It does not matter here where it breaks off: everything before that is sent.
                    let _damaged_at = decoder.finish(&mut samples);
                    return (None, samples);
                }
                decoder.decode(&piece, &mut samples);
                (Some(decoder), samples)
            };
            let (decoder, samples) = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?;
            self.decoder = decoder;
            let mut pcm: Bytes = samples.into_iter().flat_map(i16::to_le_bytes).collect::<Vec<u8>>().into();
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(pcm.len());
            pcm = pcm.split_off(skipped);
            self.skip -= skipped as u64;
            pcm.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left -= pcm.len() as u64;
            if !pcm.is_empty() {
                return Ok(Some((pcm, self)));
            }
        }
        Ok(None)
    }
}
