//! G.711: one byte a sample.

use audio_codec::{Decoder as _, Encoder as _, pcma, pcmu};

/// The companding law. Neither keeps state.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Law {
    A,
    Mu,
}

impl Law {
    pub(super) fn encode(self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        let from = out.len();
        out.resize(from + samples.len(), 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let encoded = match self {
            Law::A => pcma::PcmaEncoder::new().encode_into(samples, room),
            Law::Mu => pcmu::PcmuEncoder::new().encode_into(samples, room),
        };
        settle(out, from, encoded.ok())
    }

    pub(super) fn decode(self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        let from = out.len();
        out.resize(from + payload.len(), 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let decoded = match self {
            Law::A => pcma::PcmaDecoder::new().decode_into(payload, room),
            Law::Mu => pcmu::PcmuDecoder::new().decode_into(payload, room),
        };
        settle(out, from, decoded.ok())
    }
}

/// Cuts `out` down to what the codec wrote after `from`. False if the codec failed.
pub(super) fn settle<T>(out: &mut Vec<T>, from: usize, written: Option<usize>) -> bool {
    out.truncate(from + written.unwrap_or(0));
    written.is_some()
}
