//! G.722: two bands, each coded as the difference from a prediction. The decoder has to track the encoder's state, so a lost
//! packet also damages the ones after it, unless the decoder is fed what was played in its place.

use std::fmt;

use audio_codec::{Decoder as _, Encoder as _, g722};

use super::g711::settle;
use crate::guard::guarded;

/// The encoder.
#[derive(Default)]
pub(crate) struct Encoder(g722::G722Encoder);

impl Encoder {
    pub(super) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        let from = out.len();
        out.resize(from + samples.len() / 2 + 1, 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let Encoder(encoder) = self;
        let encoded = guarded(|| encoder.encode_into(samples, room).ok());
        if encoded.is_none() {
            *self = Encoder::default();
        }
        settle(out, from, encoded.flatten())
    }
}

/// The decoder.
#[derive(Default)]
pub(crate) struct Decoder {
    decoder: g722::G722Decoder,
    unheard: Vec<i16>,
}

impl Decoder {
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        let from = out.len();
        out.resize(from + payload.len() * 2, 0);
        let Some(room) = out.get_mut(from..) else { return false };
        let decoder = &mut self.decoder;
        let decoded = guarded(|| decoder.decode_into(payload, room).ok());
        if decoded.is_none() {
            *self = Decoder::default();
        }
        settle(out, from, decoded.flatten())
    }

    pub(super) fn follow(&mut self, codes: &[u8]) {
        let mut unheard = std::mem::take(&mut self.unheard);
        unheard.clear();
        self.decode(codes, &mut unheard);
        self.unheard = unheard;
    }
}

/// Encodes everything that is played, so that there are codes to feed the decoder for sound that replaced a lost packet (after
/// ITU-T G.722, appendix III: re-encoding the concealed signal keeps the decoder's state up to date).
#[derive(Default)]
pub(crate) struct Follower {
    encoder: Encoder,
    codes: Vec<u8>,
}

impl Follower {
    /// Encodes what is played and returns its codes.
    pub(crate) fn hear(&mut self, played: &[i16]) -> &[u8] {
        self.codes.clear();
        self.encoder.encode(played, &mut self.codes);
        &self.codes
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g722::Encoder")
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g722::Decoder")
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g722::Follower")
    }
}
