//! Opus in Ogg (RFC 7845): packets of 2.5 to 120 ms, after a head and a page of comments.

use std::time::Duration;

use ropus::{DecodeMode, DecoderInitError};

use crate::{
    Error, Format, Head,
    guard::guarded,
    head::{Detail, lasts},
    pages::{self, Packet, Pages},
};

/// Positions in a file count samples at this rate, whatever the sound was made from.
const GRANULES: u64 = 48_000;
/// The bytes of the head that exist in every version 1.x of the format.
const HEAD: usize = 19;

/// What the head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// The stream to decode: the first one in the file.
    serial: u32,
    /// Granules to leave out.
    pre_skip: u16,
    /// The factor for the samples, in 1/256 dB.
    gain: i16,
}

impl Start {
    /// The length of the sound that ends with these bytes.
    pub(crate) fn length(&self, tail: &[u8]) -> Option<Duration> {
        let last = pages::last_position(tail, self.serial)?;
        Some(lasts(last.saturating_sub(self.pre_skip.into()), GRANULES as u32))
    }
}

/// Reads the head from the first page. `None` while more is needed.
pub(crate) fn read(start: &[u8]) -> Result<Option<Head>, Error> {
    let (Some(serial), Some(packet)) = (start.get(14..18).and_then(|four| four.first_chunk()), start.get(28..)) else {
        return Ok(None);
    };
    let Some(head) = packet.first_chunk::<HEAD>() else { return Ok(None) };
    let [.., version, channels, skip_low, skip_high, r0, r1, r2, r3, gain_low, gain_high, mapping] = *head;
    match (version >> 4, channels, mapping) {
        (0, 1 | 2, 0) => {}
        (0, 0, _) => return Err(Error::Damaged("it has no channel")),
        (0, ..) => return Err(Error::Unsupported(format!("Ogg Opus with {channels} channels"))),
        _ => return Err(Error::Unsupported(format!("Ogg Opus of version {version}"))),
    }
    let start = Start {
        serial: u32::from_le_bytes(*serial),
        pre_skip: u16::from_le_bytes([skip_low, skip_high]),
        gain: i16::from_le_bytes([gain_low, gain_high]),
    };
    Ok(Some(Head {
        format: Format::Opus,
        channels: channels.into(),
        rate: rate(u32::from_le_bytes([r0, r1, r2, r3])),
        data_at: 0,
        data_bytes: None,
        detail: Detail::Opus(start),
    }))
}

/// The decoder's lowest rate that keeps everything of a sound written at this rate; 0 is unknown.
fn rate(written: u32) -> u32 {
    match written {
        1..=8_000 => 8_000,
        8_001..=12_000 => 12_000,
        12_001..=16_000 => 16_000,
        16_001..=24_000 => 24_000,
        0 | 24_001.. => 48_000,
    }
}

/// Decodes pages as they arrive.
pub(crate) struct Packets {
    pages: Pages,
    decoder: Result<ropus::Decoder, DecoderInitError>,
    channels: usize,
    rate: u32,
    /// In units of 1/65,536.
    gain: i64,
    pcm: Vec<i16>,
    /// The head and the notes are packets too.
    packets: u64,
    /// Decoded granules, and which of them the sound begins with.
    decoded: u64,
    pre_skip: u64,
    /// The position before the first granule, once a page has told it. Not zero in a piece cut out of something longer.
    base: Option<u64>,
    /// Moments given out, and how many of them before the first damage.
    given: u64,
    broken: Option<u64>,
    ended: bool,
}

impl Packets {
    pub(crate) fn new(start: &Start, channels: u16, rate: u32) -> Packets {
        let of_decoder = if channels == 1 { ropus::Channels::Mono } else { ropus::Channels::Stereo };
        let channels = usize::from(channels);
        Packets {
            pages: Pages::new(start.serial),
            decoder: ropus::Decoder::new(rate, of_decoder),
            channels,
            rate,
            gain: (10f64.powf(f64::from(start.gain) / 256.0 / 20.0) * 65_536.0).round() as i64,
            // 120 ms, the longest packet.
            pcm: vec![0; rate as usize / 25 * 3 * channels],
            packets: 0,
            decoded: 0,
            pre_skip: start.pre_skip.into(),
            base: None,
            given: 0,
            broken: None,
            ended: false,
        }
    }

    /// Adds the samples of complete packets.
    pub(crate) fn decode(&mut self, piece: &[u8], out: &mut Vec<i16>) {
        self.pages.push(piece);
        while !self.ended
            && let Some(next) = self.pages.next()
        {
            match next {
                Ok(packet) => self.packet(&packet, out),
                Err(pages::Gap) => self.breaks(),
            }
        }
    }

    /// Ends the data. Returns how many moments there were before the first damage, if any.
    pub(crate) fn finish(&mut self) -> Option<u64> {
        if !self.pages.has_ended() {
            self.breaks();
        }
        self.broken
    }

    fn breaks(&mut self) {
        self.broken.get_or_insert(self.given);
    }

    fn packet(&mut self, packet: &Packet, out: &mut Vec<i16>) {
        self.packets += 1;
        if self.packets <= 2 {
            return;
        }
        let Some(moments) = self.moments(&packet.bytes) else {
            self.breaks();
            self.ended |= packet.last;
            return;
        };
        let granules = GRANULES / u64::from(self.rate);
        let (from, to) = (self.decoded, self.decoded + moments as u64 * granules);
        self.decoded = to;
        // The first page that ends a packet tells where the sound began; the last page tells where it ends within its last
        // packet.
        let mut end = to;
        if let Some(position) = packet.position {
            let base = *self.base.get_or_insert(if packet.last { 0 } else { position.saturating_sub(to) });
            if packet.last {
                end = to.min(position.saturating_sub(base));
            }
        }
        let first = from.max(self.pre_skip).min(end);
        let skip = usize::try_from((first - from.min(first)) / granules).unwrap_or(moments).min(moments);
        let wanted = usize::try_from(end.saturating_sub(first) / granules).unwrap_or(0).min(moments - skip);
        let samples = self.pcm.iter().skip(skip * self.channels).take(wanted * self.channels);
        if self.gain == 65_536 {
            out.extend(samples);
        } else {
            out.extend(samples.map(|sample| louder(*sample, self.gain)));
        }
        self.given += wanted as u64;
        self.ended |= packet.last;
    }

    /// Decodes a packet and returns how many moments of it are in `pcm`. A decoder that has panicked is not used again.
    fn moments(&mut self, packet: &[u8]) -> Option<usize> {
        let decoder = self.decoder.as_mut().ok()?;
        if packet.is_empty() {
            return None;
        }
        let pcm = &mut self.pcm;
        // No input is known that makes this decoder panic.
        let Some(outcome) = guarded(|| decoder.decode(packet, pcm, DecodeMode::Normal)) else {
            self.decoder = Err(DecoderInitError::BadArg);
            return None;
        };
        outcome.ok().filter(|moments| moments * self.channels <= self.pcm.len())
    }
}

fn louder(sample: i16, gain: i64) -> i16 {
    let product = (i64::from(sample).saturating_mul(gain) + 32_768) >> 16;
    i16::try_from(product).unwrap_or(if product < 0 { i16::MIN } else { i16::MAX })
}
