//! The codecs: 16-bit samples to bytes and back. A frame may be any whole number of milliseconds.

mod g711;
mod g722;
mod opus;

pub(crate) use g722::Follower;
pub(crate) use opus::has_redundancy;

/// A codec that a call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// RFC 6716, mono, at 16,000 samples a second: telephone networks carry no more than that.
    Opus,
    /// ITU-T G.722 at 64 kbit/s, 16,000 samples a second.
    G722,
    /// ITU-T G.711, A-law, 8,000 samples a second.
    Pcma,
    /// ITU-T G.711, µ-law, 8,000 samples a second.
    Pcmu,
}

impl Codec {
    /// All codecs, best first.
    pub const ALL: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu];

    /// Samples per second, for both encoding and decoding.
    pub fn rate(self) -> u32 {
        match self {
            Codec::Opus | Codec::G722 => 16_000,
            Codec::Pcma | Codec::Pcmu => 8_000,
        }
    }

    /// RTP timestamp ticks per second. Always 48,000 for Opus; 8,000 for G.722 because of a historic error (RFC 3551, section
    /// 4.5.2).
    pub fn clock(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::G722 | Codec::Pcma | Codec::Pcmu => 8_000,
        }
    }

    /// Its name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::G722 => "G722",
            Codec::Pcma => "PCMA",
            Codec::Pcmu => "PCMU",
        }
    }

    /// Samples in 10 ms.
    pub fn frame(self) -> usize {
        self.rate() as usize / 100
    }

    /// Converts ticks to samples.
    pub(crate) fn samples(self, ticks: i64) -> i64 {
        ticks.saturating_mul(self.rate().into()) / i64::from(self.clock())
    }

    /// Converts samples to ticks.
    pub(crate) fn ticks(self, samples: i64) -> i64 {
        samples.saturating_mul(self.clock().into()) / i64::from(self.rate())
    }

    /// How many samples a payload holds. `None` if it is not a packet of this codec or holds more than 120 ms.
    pub(crate) fn length(self, payload: &[u8]) -> Option<usize> {
        let samples = match self {
            Codec::Opus => opus::duration(payload)?,
            Codec::G722 => payload.len() * 2,
            Codec::Pcma | Codec::Pcmu => payload.len(),
        };
        (samples > 0 && samples <= self.frame() * 12).then_some(samples)
    }
}

/// Encodes one direction of a call.
#[derive(Debug)]
pub(crate) enum Encoder {
    Opus(Box<opus::Encoder>),
    G722(Box<g722::Encoder>),
    Law(g711::Law),
}

impl Encoder {
    pub(crate) fn new(codec: Codec) -> Encoder {
        match codec {
            Codec::Opus => Encoder::Opus(Box::default()),
            Codec::G722 => Encoder::G722(Box::default()),
            Codec::Pcma => Encoder::Law(g711::Law::A),
            Codec::Pcmu => Encoder::Law(g711::Law::Mu),
        }
    }

    /// Appends the encoded samples to `out`. On failure returns false and appends nothing.
    pub(crate) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        match self {
            Encoder::Opus(opus) => opus.encode(samples, out),
            Encoder::G722(g722) => g722.encode(samples, out),
            Encoder::Law(law) => law.encode(samples, out),
        }
    }

    /// Tells the encoder which fraction of the packets, 0 to 1, the other side loses.
    pub(crate) fn expect_loss(&mut self, lost: f64) {
        match self {
            Encoder::Opus(opus) => opus.expect_loss(lost),
            Encoder::G722(_) | Encoder::Law(_) => {}
        }
    }
}

/// Decodes one direction of a call.
#[derive(Debug)]
pub(crate) enum Decoder {
    Opus(Box<opus::Decoder>),
    G722(Box<g722::Decoder>),
    Law(g711::Law),
}

impl Decoder {
    pub(crate) fn new(codec: Codec) -> Decoder {
        match codec {
            Codec::Opus => Decoder::Opus(Box::default()),
            Codec::G722 => Decoder::G722(Box::default()),
            Codec::Pcma => Decoder::Law(g711::Law::A),
            Codec::Pcmu => Decoder::Law(g711::Law::Mu),
        }
    }

    /// Appends a payload's samples to `out`. On failure returns false and appends nothing.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        match self {
            Decoder::Opus(opus) => opus.decode(payload, out),
            Decoder::G722(g722) => g722.decode(payload, out),
            Decoder::Law(law) => law.decode(payload, out),
        }
    }

    /// Conceals this many samples with the codec's own method. Only Opus has one.
    pub(crate) fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) -> bool {
        match self {
            Decoder::Opus(opus) => opus.conceal(samples, out),
            Decoder::G722(_) | Decoder::Law(_) => false,
        }
    }

    /// Recovers a lost packet from the redundancy in `payload`, the packet after it. Only Opus has this.
    pub(crate) fn recover(&mut self, payload: &[u8], samples: usize, out: &mut Vec<i16>) -> bool {
        match self {
            Decoder::Opus(opus) => has_redundancy(payload) && opus.recover(payload, samples, out),
            Decoder::G722(_) | Decoder::Law(_) => false,
        }
    }

    /// Whether the codec has a concealment of its own, see [`Decoder::conceal`].
    pub(crate) fn conceals(&self) -> bool {
        match self {
            Decoder::Opus(_) => true,
            Decoder::G722(_) | Decoder::Law(_) => false,
        }
    }

    /// Feeds the decoder the sound that was played in place of lost packets, to keep its state in step.
    pub(crate) fn follow(&mut self, codes: &[u8]) {
        match self {
            Decoder::G722(g722) => g722.follow(codes),
            Decoder::Opus(_) | Decoder::Law(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
