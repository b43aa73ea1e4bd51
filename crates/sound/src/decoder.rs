//! From data to samples, piece by piece.

use std::time::Duration;

use oxideav_gsm::{DecoderState, MSGSM_BLOCK_LEN, UnpackedFrame};

use crate::{
    head::{Format, Head},
    law,
};

/// Bytes of a WAV49 block that hold its first frame, 260 bits.
const FIRST_FRAME: usize = 33;

/// Decodes the data of a WAV file as it arrives, in pieces of any size.
#[derive(Debug)]
pub struct Decoder {
    head: Head,
    /// Bytes of data that are still to come, where the head says.
    left: Option<usize>,
    /// The start of a block whose rest has not come.
    begun: Vec<u8>,
    gsm: DecoderState,
    samples: u64,
}

impl Decoder {
    /// A decoder for the data behind this head.
    pub fn new(head: Head) -> Decoder {
        let left = head.data_bytes.map(|bytes| bytes as usize);
        Decoder { head, left, begun: Vec::new(), gsm: DecoderState::new(), samples: 0 }
    }

    /// Adds the samples of the next piece to `out`; of stereo the left and the right one in turn. What stands behind the
    /// data is left out.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<i16>) {
        let mut piece = piece;
        if let Some(left) = &mut self.left {
            piece = piece.get(..*left).unwrap_or(piece);
            *left -= piece.len();
        }
        let before = out.len();
        let block = self.head.block();
        if !self.begun.is_empty() {
            let (fill, rest) = piece.split_at_checked(block - self.begun.len()).unwrap_or((piece, &[]));
            self.begun.extend_from_slice(fill);
            piece = rest;
            if self.begun.len() == block {
                let begun = std::mem::take(&mut self.begun);
                self.blocks(&begun, out);
            }
        }
        let (whole, begun) = piece.split_at_checked(piece.len() - piece.len() % block).unwrap_or((piece, &[]));
        self.blocks(whole, out);
        self.begun.extend_from_slice(begun);
        self.samples += (out.len() - before) as u64;
    }

    /// There is no more: adds what can be had of a block that was cut off. Says where the sound breaks off, as a time
    /// from its start, if there is less than the head promised or the last block is not whole. One byte too many is
    /// padding; one too few is padding that was counted and not written, as by Asterisk.
    pub fn finish(&mut self, out: &mut Vec<i16>) -> Option<Duration> {
        let begun = std::mem::take(&mut self.begun);
        let broken = self.left.is_some_and(|left| left > 1) || begun.len() > 1;
        if self.head.format == Format::Wav49 && begun.len() >= FIRST_FRAME {
            let mut block = begun;
            block.resize(MSGSM_BLOCK_LEN, 0);
            if let Ok((first, _)) = UnpackedFrame::pair_from_msgsm_block(&block) {
                let frame = self.gsm.decode_frame(&first);
                out.extend_from_slice(&frame);
                self.samples += frame.len() as u64;
            }
        }
        broken.then(|| self.decoded())
    }

    /// How long the sound is that has been decoded.
    pub fn decoded(&self) -> Duration {
        self.head.lasts(self.samples)
    }

    /// Whole blocks.
    fn blocks(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        match self.head.format {
            Format::Wav49 => {
                let (blocks, _) = bytes.as_chunks::<MSGSM_BLOCK_LEN>();
                for block in blocks {
                    // Fails only on short blocks.
                    let Ok((first, second)) = UnpackedFrame::pair_from_msgsm_block(block) else { return };
                    // Without the homing of GSM 06.10 §4.4, which is for testing equipment: SoX has none either.
                    out.extend_from_slice(&self.gsm.decode_frame(&first));
                    out.extend_from_slice(&self.gsm.decode_frame(&second));
                }
            }
            Format::Pcm8 => out.extend(bytes.iter().map(|&byte| (i16::from(byte) - 128) << 8)),
            Format::Pcm16 => out.extend(bytes.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two))),
            Format::ALaw => out.extend(bytes.iter().map(|&byte| law::a(byte))),
            Format::MuLaw => out.extend(bytes.iter().map(|&byte| law::mu(byte))),
        }
    }
}
