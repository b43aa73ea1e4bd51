//! MP3: a sequence of frames without a container. The first frame may describe the others (Xing, Info). The encoder's delay,
//! which it states, is left out, as players do.

use std::time::Duration;

use nanomp3::{Channels, DecodeError, FrameInfo, MAX_SAMPLES_PER_FRAME, VbrTag};

use crate::{
    Format, Head,
    guard::guarded,
    head::{Detail, lasts},
};

/// The decoder always sees this many bytes, unless the file ends, because it accepts a frame on account of those after it. So the
/// same bytes are decoded in the same way, in whatever pieces they arrive.
const WINDOW: usize = 16 * 1024;
/// The delay of any decoder, in moments.
const DECODER_DELAY: u64 = 529;

/// What is known before the first frame of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// Moments to leave out.
    delay: u64,
    /// Moments after these, if the file says so.
    moments: Option<u64>,
    /// Of the first frame, in bits a second; 0 if unknown.
    bit_rate: u64,
}

impl Start {
    /// The duration of this many bytes of frames.
    pub(crate) fn length(&self, rate: u32, bytes: u64) -> Option<Duration> {
        match self.moments {
            Some(moments) => Some(lasts(moments, rate)),
            None => bytes.saturating_mul(8_000).checked_div(self.bit_rate).map(Duration::from_millis),
        }
    }
}

/// The head of a file whose frames begin here, after a tag of this length. Without a tag that says MP3, they have to begin at
/// once.
pub(crate) fn read(frames: &[u8], tag: usize) -> Option<Head> {
    let first = nanomp3::frames(frames).next().filter(|frame| tag > 0 || frame.offset == 0)?;
    let note = VbrTag::parse(first.data);
    let (delay, padding) = note.and_then(|note| note.encoder_delay_padding).unzip();
    let delay = delay.map_or(0, |delay| u64::from(delay) + DECODER_DELAY);
    let padding = padding.map_or(0, |padding| u64::from(padding).saturating_sub(DECODER_DELAY));
    let all = note.and_then(|note| note.frames).map(|frames| u64::from(frames) * first.samples as u64);
    let start = Start {
        delay,
        moments: all.map(|all| all.saturating_sub(delay + padding)),
        bit_rate: u64::from(first.bitrate_kbps) * 1000,
    };
    Some(Head {
        format: Format::Mp3,
        channels: first.channels.num().into(),
        rate: first.sample_rate,
        data_at: tag + first.offset,
        data_bytes: None,
        detail: Detail::Mp3(start),
    })
}

/// Decodes frames as they arrive.
pub(crate) struct Frames {
    decoder: nanomp3::Decoder,
    channels: u16,
    rate: u32,
    begun: bool,
    /// Received bytes, and how many of them have been processed.
    bytes: Vec<u8>,
    done: usize,
    pcm: [i16; MAX_SAMPLES_PER_FRAME],
    delay: u64,
    left: Option<u64>,
    /// Moments given out, and how many of them before the first damage.
    given: u64,
    broken: Option<u64>,
}

impl Frames {
    pub(crate) fn new(start: &Start, channels: u16, rate: u32) -> Frames {
        Frames {
            decoder: nanomp3::Decoder::new(),
            channels,
            rate,
            begun: false,
            bytes: Vec::new(),
            done: 0,
            pcm: [0; MAX_SAMPLES_PER_FRAME],
            delay: start.delay,
            left: start.moments,
            given: 0,
            broken: None,
        }
    }

    /// Adds the samples of the available frames.
    pub(crate) fn decode(&mut self, piece: &[u8], out: &mut Vec<i16>) {
        self.bytes.extend_from_slice(piece);
        while self.bytes.len() - self.done >= WINDOW {
            self.step(out);
        }
        self.bytes.drain(..self.done);
        self.done = 0;
    }

    /// Ends the data. Returns how many moments there were before the first damage, if any.
    pub(crate) fn finish(&mut self, out: &mut Vec<i16>) -> Option<u64> {
        let end = nanomp3::strip_trailing_tags(&self.bytes).len();
        self.bytes.truncate(end);
        while self.done < self.bytes.len() {
            self.step(out);
        }
        // If an encoder padded too little, the decoder's delay cuts off the end.
        if self.left.is_some_and(|left| left > DECODER_DELAY) {
            self.breaks();
        }
        self.broken
    }

    fn breaks(&mut self) {
        self.broken.get_or_insert(self.given);
    }

    /// Processes one frame, or the bytes between two.
    fn step(&mut self, out: &mut Vec<i16>) {
        let window = self.bytes.get(self.done..).unwrap_or_default();
        let window = window.get(..WINDOW).unwrap_or(window);
        if !std::mem::replace(&mut self.begun, true)
            && let Some(first) = nanomp3::frames(window).next()
            && VbrTag::parse(first.data).is_some()
        {
            self.done += first.offset + first.data.len();
            return;
        }
        let Some((used, outcome)) = guarded(|| self.decoder.decode(window, &mut self.pcm)) else {
            // Some damaged frames make version 0.2 panic. The frames after them are decoded nevertheless.
            self.decoder = nanomp3::Decoder::new();
            self.done += 1;
            self.breaks();
            return;
        };
        let full = window.len() == WINDOW;
        let frame_begins = matches!(window, [0xFF, 0xE0..=0xFF, ..]);
        self.done += used.max(1);
        match outcome {
            Ok(frame) if frame.sample_rate == self.rate => {
                if used > longest(&frame) {
                    self.breaks();
                }
                self.add(&frame, out);
            }
            // A frame's sound may begin in earlier frames, which do not exist at the start.
            Err(DecodeError::ReservoirUnavailable(_)) if self.given == 0 => {}
            // Bytes after the last frame are some tag, unless they are a part of a frame.
            Err(DecodeError::NoFrame) if !full && !frame_begins => {}
            Ok(_) | Err(_) => self.breaks(),
        }
    }

    /// Adds a frame's samples, in as many channels as the first frame had.
    fn add(&mut self, frame: &FrameInfo, out: &mut Vec<i16>) {
        let moments = frame.samples_produced;
        let late = usize::try_from(self.delay).map_or(moments, |delay| delay.min(moments));
        self.delay -= late as u64;
        let left = self.left.map_or(moments, |left| usize::try_from(left).unwrap_or(moments));
        let wanted = (moments - late).min(left);
        self.left = self.left.map(|left| left - wanted as u64);
        self.given += wanted as u64;
        match (frame.channels, self.channels) {
            (Channels::Mono, 1) => out.extend(self.pcm.iter().skip(late).take(wanted)),
            (Channels::Mono, _) => out.extend(self.pcm.iter().skip(late).take(wanted).flat_map(|sample| [*sample; 2])),
            (Channels::Stereo, 1) => {
                let pairs = self.pcm.as_chunks().0.iter().skip(late).take(wanted);
                out.extend(pairs.map(|[left, right]| left.midpoint(*right)));
            }
            (Channels::Stereo, _) => out.extend(self.pcm.iter().skip(2 * late).take(2 * wanted)),
        }
    }
}

/// The maximum size of a frame like this in bytes.
fn longest(frame: &FrameInfo) -> usize {
    let samples = if frame.sample_rate < 32_000 { 576 } else { 1152 };
    match frame.bitrate {
        0 => WINDOW,
        kilobits => samples / 8 * kilobits as usize * 1000 / frame.sample_rate.max(1) as usize + 1,
    }
}
