//! Joins both halves of a call, which the recorder put into separate files, in one stereo WAV file: what came from the recorded
//! channel on the left, what it was given to hear on the right. So the sides stay apart but both are heard, on any player.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use uncall_sound::Named;
use uncall_switch::{Sound, Version};

use super::decoded::{Decoded, Undecodable};

/// The size of the header before the samples, in bytes.
const HEADER: u64 = 44;
/// The size of one sample of both sides, in bytes.
const BOTH: u64 = 4;
/// How many bytes of silence to make at a time.
const SILENCE: u64 = 16 * 1024;

/// The two halves.
pub(super) struct Halves {
    left: Decoded,
    right: Decoded,
    version: Version,
    /// The number of samples of the longer one.
    moments: u64,
}

impl Halves {
    /// `None` if the two do not fit together: stereo halves, different rates, or a kind whose length only decoding tells.
    ///
    /// # Errors
    /// If one of them cannot be read or decoded.
    pub(super) async fn new(
        left: Arc<dyn Sound>,
        right: Arc<dyn Sound>,
        named: Named,
    ) -> Result<Option<Halves>, Undecodable> {
        let version = Version {
            tag: format!("{}-{}", left.version().tag, right.version().tag),
            modified: left.version().modified.max(right.version().modified),
        };
        let (left, right) = (Decoded::new(left, named).await?, Decoded::new(right, named).await?);
        let fit = [&left, &right].iter().all(|half| half.head().channels == 1) && left.head().rate == right.head().rate;
        let (true, Some(one), Some(other)) = (fit, left.pcm(), right.pcm()) else { return Ok(None) };
        Ok(Some(Halves { left, right, version, moments: one.max(other) / 2 }))
    }

    /// Samples of both sides, from one moment to another.
    fn samples(&self, moments: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let bytes = moments.start * 2..moments.end * 2;
        let (left, right) = (padded(&self.left, bytes.clone()), padded(&self.right, bytes));
        let state = (left, right, BytesMut::new(), BytesMut::new());
        stream::try_unfold(state, |(mut left, mut right, mut one, mut other)| async move {
            while one.len() < 2 {
                match left.try_next().await? {
                    Some(piece) => one.extend_from_slice(&piece),
                    None => return Ok(None),
                }
            }
            while other.len() < 2 {
                match right.try_next().await? {
                    Some(piece) => other.extend_from_slice(&piece),
                    None => return Ok(None),
                }
            }
            let count = one.len().min(other.len()) / 2;
            let mut both = BytesMut::with_capacity(count * 4);
            for _ in 0..count {
                both.put_u16_le(one.get_u16_le());
                both.put_u16_le(other.get_u16_le());
            }
            Ok(Some((both.freeze(), (left, right, one, other))))
        })
        .boxed()
    }
}

impl Sound for Halves {
    fn len(&self) -> u64 {
        HEADER + self.moments * BOTH
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let data = u32::try_from(self.moments * BOTH).unwrap_or(uncall_sound::OPEN_END);
        let header = Bytes::copy_from_slice(&uncall_sound::header(2, self.left.head().rate, data));
        let within = |at: u64| usize::try_from(at.min(HEADER)).unwrap_or_default();
        let before = header.slice(within(range.start)..within(range.end));
        let pcm = range.start.saturating_sub(HEADER)..range.end.saturating_sub(HEADER);
        let (mut skip, mut left) = (pcm.start % BOTH, pcm.end.saturating_sub(pcm.start));
        let samples = self.samples(pcm.start / BOTH..pcm.end.div_ceil(BOTH)).map_ok(move |mut piece: Bytes| {
            piece.advance(usize::try_from(std::mem::take(&mut skip)).unwrap_or_default().min(piece.len()));
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= piece.len() as u64;
            piece
        });
        stream::iter((!before.is_empty()).then_some(Ok(before))).chain(samples).boxed()
    }
}

/// A half's samples, followed by silence after its end.
fn padded(half: &Decoded, bytes: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
    let end = half.pcm().unwrap_or_default();
    let sound = half.samples(bytes.start.min(end)..bytes.end.min(end));
    let silent = bytes.end.max(end) - bytes.start.max(end);
    let silence = stream::unfold(silent, |left| async move {
        let count = left.min(SILENCE);
        let piece = Bytes::from(vec![0; usize::try_from(count).unwrap_or_default()]);
        (count > 0).then_some((Ok(piece), left - count))
    });
    sound.chain(silence).boxed()
}
