//! Decodes data to samples, piece by piece.

use std::time::Duration;

use crate::{
    blocks::Blocks,
    head::{Detail, Entry, Head},
    mp3::Frames,
    opus::Packets,
};

/// The longest sound to decode: a day. The rest is left out.
pub const MOST_LENGTH: Duration = Duration::from_secs(24 * 3600);

/// Decodes the data of a file as it arrives, in pieces of any size. The samples do not depend on the pieces.
///
/// A piece of 16 KiB gives at most 60 MB of samples, with the worst possible Opus; with GSM it gives 160 kB.
pub struct Decoder {
    head: Head,
    codec: Codec,
    /// Bytes of data still to come, if the head says how many.
    left: Option<u64>,
    /// Samples to leave out.
    skip: u64,
    /// Samples from the start of the sound, including those left out.
    samples: u64,
}

enum Codec {
    Blocks(Box<Blocks>),
    Mp3(Box<Frames>),
    Opus(Box<Packets>),
}

impl Decoder {
    /// A decoder for the data after this head.
    pub fn new(head: Head) -> Decoder {
        let codec = match &head.detail {
            Detail::None => Codec::Blocks(Box::new(Blocks::new(&head))),
            Detail::Mp3(start) => Codec::Mp3(Box::new(Frames::new(start, head.channels, head.rate))),
            Detail::Opus(start) => Codec::Opus(Box::new(Packets::new(start, head.channels, head.rate))),
        };
        let left = head.data_bytes.map(u64::from);
        Decoder { head, codec, left, skip: 0, samples: 0 }
    }

    /// A decoder for the data from this entry on. Its output begins with the requested moment.
    pub fn from_entry(head: Head, entry: Entry) -> Decoder {
        let channels = u64::from(head.channels);
        let before = entry.at.saturating_sub(head.data_at as u64);
        let mut decoder = Decoder::new(head);
        decoder.left = decoder.left.map(|left| left.saturating_sub(before));
        decoder.skip = entry.skip.saturating_mul(channels);
        decoder.samples = (entry.moment - entry.skip.min(entry.moment)).saturating_mul(channels);
        decoder
    }

    /// Adds the samples of the next piece to `out`, for stereo left and right in turn. Ignores anything after the data.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<i16>) {
        if self.is_too_long() {
            return;
        }
        let mut piece = piece;
        if let Some(left) = &mut self.left {
            piece = usize::try_from(*left).ok().and_then(|left| piece.get(..left)).unwrap_or(piece);
            *left -= piece.len() as u64;
        }
        let before = out.len();
        match &mut self.codec {
            Codec::Blocks(blocks) => blocks.decode(piece, out),
            Codec::Mp3(frames) => frames.decode(piece, out),
            Codec::Opus(packets) => packets.decode(piece, out),
        }
        self.added(before, out);
    }

    /// Ends the data: adds what can be decoded of a cut block. Returns where the sound is damaged for the first time, as a time
    /// from its start: a part of it is wrong or missing there, there is less than the head promised, or the last block is
    /// incomplete. One byte too many is padding; one too few is padding that was counted but not written, as by Asterisk. An MP3
    /// without information about its length that was cut between two frames cannot be told from a complete one.
    pub fn finish(&mut self, out: &mut Vec<i16>) -> Option<Duration> {
        let before = out.len();
        let (broken, cut) = match &mut self.codec {
            Codec::Blocks(blocks) => blocks.finish(out),
            Codec::Mp3(frames) => (frames.finish(out), false),
            Codec::Opus(packets) => (packets.finish(), false),
        };
        self.added(before, out);
        let missing = cut || self.left.is_some_and(|left| left > 1);
        let broken = broken.map(|moments| self.head.lasts(moments.saturating_mul(self.head.channels.into())));
        broken.or_else(|| missing.then(|| self.decoded()))
    }

    /// The length of the sound decoded so far, from the start of the file.
    pub fn decoded(&self) -> Duration {
        self.head.lasts(self.samples)
    }

    /// Whether there was more than [`MOST_LENGTH`].
    pub fn is_too_long(&self) -> bool {
        self.decoded() > MOST_LENGTH
    }

    /// The file's head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    fn added(&mut self, before: usize, out: &mut Vec<i16>) {
        let added = out.len() - before;
        self.samples += added as u64;
        let skip = usize::try_from(self.skip).map_or(added, |skip| skip.min(added));
        if skip > 0 {
            out.drain(before..before + skip);
            self.skip -= skip as u64;
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Decoder")
            .field("head", &self.head)
            .field("samples", &self.samples)
            .finish_non_exhaustive()
    }
}
