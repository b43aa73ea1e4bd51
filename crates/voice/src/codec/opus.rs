//! Opus (RFC 6716, RFC 7587), mono, as speech.

use std::fmt;

use ropus::{Application, Bitrate, Channels, DecodeMode, InbandFec, Signal};

use super::g711::settle;
use crate::guard::guarded;

const RATE: u32 = 16_000;
/// Bits per second while no losses are reported.
const BITS: u32 = 28_000;
/// Bits per second while losses are reported: the redundant copy of the previous packet comes on top.
const BITS_REDUNDANT: u32 = 36_000;
/// On a scale of 0 to 10. Above 5 the gain is hardly audible and the CPU time doubles.
const COMPLEXITY: u8 = 5;
/// Larger than a packet of 120 ms at either bit rate.
const MOST_BYTES: usize = 1275;
/// 120 ms.
const MOST_SAMPLES: usize = RATE as usize * 12 / 100;

/// The encoder. Once the other side reports losses, each packet carries a redundant copy of the one before it.
pub(crate) struct Encoder {
    encoder: Option<ropus::Encoder>,
    /// Expected loss in percent.
    expected: u8,
}

impl Default for Encoder {
    fn default() -> Encoder {
        let builder = ropus::Encoder::builder(RATE, Channels::Mono, Application::Voip);
        let builder = builder.bitrate(Bitrate::Bits(BITS)).complexity(COMPLEXITY).signal(Signal::Voice);
        Encoder { encoder: builder.build().ok(), expected: 0 }
    }
}

impl Encoder {
    pub(super) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        let Some(encoder) = &mut self.encoder else { return false };
        let from = out.len();
        out.resize(from + MOST_BYTES, 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let encoded = guarded(|| encoder.encode(samples, room).ok());
        if encoded.is_none() {
            *self = Encoder::default();
        }
        settle(out, from, encoded.flatten())
    }

    pub(super) fn expect_loss(&mut self, lost: f64) {
        // The estimate rises at once and falls slowly, because losses come in clusters.
        let told = (lost.clamp(0.0, 0.3) * 100.0).ceil() as u8;
        let expected = told.max(self.expected / 2 + self.expected / 4);
        let Some(encoder) = &mut self.encoder else { return };
        if expected == self.expected {
            return;
        }
        self.expected = expected;
        let redundant = expected > 0;
        let bits = if redundant { BITS_REDUNDANT } else { BITS };
        // None of these can fail: the values are in range.
        let _ = encoder.set_bitrate(Bitrate::Bits(bits));
        let _ = encoder.set_inband_fec(if redundant { InbandFec::Enabled } else { InbandFec::Disabled });
        let _ = encoder.set_packet_loss_perc(expected);
    }
}

/// The decoder.
pub(crate) struct Decoder {
    decoder: Option<ropus::Decoder>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder { decoder: ropus::Decoder::new(RATE, Channels::Mono).ok() }
    }
}

impl Decoder {
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        !payload.is_empty() && self.run(payload, MOST_SAMPLES, DecodeMode::Normal, out)
    }

    pub(super) fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) -> bool {
        self.run(&[], samples, DecodeMode::Normal, out)
    }

    pub(super) fn recover(&mut self, payload: &[u8], samples: usize, out: &mut Vec<i16>) -> bool {
        !payload.is_empty() && self.run(payload, samples, DecodeMode::Fec, out)
    }

    fn run(&mut self, payload: &[u8], samples: usize, mode: DecodeMode, out: &mut Vec<i16>) -> bool {
        let Some(decoder) = &mut self.decoder else { return false };
        let from = out.len();
        out.resize(from + samples, 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let decoded = guarded(|| decoder.decode(payload, room, mode).ok());
        if decoded.is_none() {
            *self = Decoder::default();
        }
        settle(out, from, decoded.flatten().filter(|decoded| *decoded <= samples))
    }
}

/// How many samples a packet holds (RFC 6716, section 3.1). `None` if it is not a valid packet or holds more than 120 ms.
pub(crate) fn duration(payload: &[u8]) -> Option<usize> {
    let (&toc, rest) = payload.split_first()?;
    let config = toc >> 3;
    // Length of one frame, in units of 1/400 s.
    let frame = match config {
        0..12 => [4, 8, 16, 24].get(usize::from(config & 3)).copied()?,
        12..16 => {
            if config & 1 == 0 {
                4
            } else {
                8
            }
        }
        _ => 1 << (config & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(rest.first()? & 63),
    };
    let samples = frames * frame * RATE as usize / 400;
    (samples > 0 && samples <= MOST_SAMPLES).then_some(samples)
}

/// Whether a packet carries a redundant copy of the one before it. Only SILK frames can (RFC 6716, section 4.2.4): their first
/// bits are the voice activity of each 20 ms, then this flag.
pub(crate) fn has_redundancy(payload: &[u8]) -> bool {
    let Some((&toc, rest)) = payload.split_first() else { return false };
    let config = toc >> 3;
    // CELT frames have no such flag, and packets with several frames are not examined.
    if config >= 16 || toc & 3 != 0 {
        return false;
    }
    let activities = match config & 3 {
        _ if config >= 12 => 1,
        0 | 1 => 1,
        2 => 2,
        _ => 3,
    };
    rest.first().is_some_and(|first| first >> (7 - activities) & 1 == 1)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("opus::Encoder").field("expected", &self.expected).finish_non_exhaustive()
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("opus::Decoder")
    }
}
