//! Formats whose data is a sequence of blocks of equal size.

use audio_codec::g722::G722Decoder;
use oxideav_gsm::{DecoderState, FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, MSGSM_BLOCK_LEN, UnpackedFrame};

use crate::{
    head::{FIRST_FRAME, Format, Head},
    law,
};

/// Decodes blocks as they arrive.
pub(crate) struct Blocks {
    format: Format,
    channels: u64,
    /// The size of a block in bytes.
    block: usize,
    /// The start of a block whose rest has not arrived.
    begun: Vec<u8>,
    gsm: DecoderState,
    g722: G722Decoder,
    /// Samples given out, and how many of them before the first damage.
    given: u64,
    broken: Option<u64>,
}

impl Blocks {
    pub(crate) fn new(head: &Head) -> Blocks {
        let block = head.block().map_or(1, |(bytes, _)| bytes.max(1));
        let (format, channels) = (head.format, head.channels.max(1).into());
        let (gsm, g722) = (DecoderState::new(), G722Decoder::new());
        Blocks { format, channels, block, begun: Vec::new(), gsm, g722, given: 0, broken: None }
    }

    /// Adds the samples of complete blocks.
    pub(crate) fn decode(&mut self, piece: &[u8], out: &mut Vec<i16>) {
        let mut piece = piece;
        if !self.begun.is_empty() {
            let (fill, rest) = piece.split_at_checked(self.block - self.begun.len()).unwrap_or((piece, &[]));
            self.begun.extend_from_slice(fill);
            piece = rest;
            if self.begun.len() == self.block {
                let begun = std::mem::take(&mut self.begun);
                self.whole(&begun, out);
            }
        }
        let (whole, begun) = piece.split_at_checked(piece.len() - piece.len() % self.block).unwrap_or((piece, &[]));
        self.whole(whole, out);
        self.begun.extend_from_slice(begun);
    }

    /// Ends the data. Returns how many moments there were before the first damage, if any, and whether the last block is cut.
    pub(crate) fn finish(&mut self, out: &mut Vec<i16>) -> (Option<u64>, bool) {
        let begun = std::mem::take(&mut self.begun);
        let cut = begun.len() > 1;
        if self.format == Format::Wav49 && begun.len() >= FIRST_FRAME {
            let mut block = begun;
            block.resize(MSGSM_BLOCK_LEN, 0);
            if let Ok((first, _)) = UnpackedFrame::pair_from_msgsm_block(&block) {
                out.extend_from_slice(&self.gsm.decode_frame(&first));
            }
        }
        (self.broken.map(|samples| samples / self.channels), cut)
    }

    /// Decodes complete blocks.
    fn whole(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        let before = out.len();
        match self.format {
            Format::Wav49 => {
                let (blocks, _) = bytes.as_chunks::<MSGSM_BLOCK_LEN>();
                for block in blocks {
                    // Fails only on short blocks.
                    let Ok((first, second)) = UnpackedFrame::pair_from_msgsm_block(block) else { return };
                    // Without the homing of GSM 06.10 §4.4, which is for testing equipment. SoX leaves it out as well.
                    out.extend_from_slice(&self.gsm.decode_frame(&first));
                    out.extend_from_slice(&self.gsm.decode_frame(&second));
                }
            }
            Format::Gsm => {
                let (frames, _) = bytes.as_chunks::<GSM_BYTE_FRAME_LEN>();
                for frame in frames {
                    if let Ok(frame) = UnpackedFrame::from_gsm_byte_frame(frame) {
                        out.extend_from_slice(&self.gsm.decode_frame(&frame));
                    } else {
                        // Without its mark it is not a frame. Silence instead of it keeps the rest in its place.
                        self.broken.get_or_insert(self.given + (out.len() - before) as u64);
                        out.extend_from_slice(&[0; FRAME_SAMPLES]);
                    }
                }
            }
            Format::G722 => out.extend(self.g722.decode_frame(bytes)),
            Format::Pcm8 => out.extend(bytes.iter().map(|&byte| (i16::from(byte) - 128) << 8)),
            Format::Pcm16 => out.extend(bytes.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two))),
            Format::Pcm24 => out.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|[low, middle, high]| rounded(i32::from_le_bytes([0, *low, *middle, *high]))),
            ),
            Format::Pcm32 => out.extend(bytes.as_chunks().0.iter().map(|four| rounded(i32::from_le_bytes(*four)))),
            // Values above 1.0 saturate, NaN becomes 0.
            Format::Float32 => out.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|four| rounded((f64::from(f32::from_le_bytes(*four)) * 2_147_483_648.0) as i32)),
            ),
            Format::ALaw => out.extend(bytes.iter().map(|&byte| law::a(byte))),
            Format::MuLaw => out.extend(bytes.iter().map(|&byte| law::mu(byte))),
            // These have no blocks.
            Format::Mp3 | Format::Opus => {}
        }
        self.given += (out.len() - before) as u64;
    }
}

/// The upper half of a sample, to the nearest.
fn rounded(sample: i32) -> i16 {
    (sample.saturating_add(0x8000) >> 16) as i16
}
