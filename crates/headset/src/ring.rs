//! The ring buffers between a sound card and a call.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::FRAME;

/// A ring holds 200 ms, more than any card asks for at once.
const RING: usize = FRAME * 20;

/// State shared by both ends of a ring.
#[derive(Debug, Default)]
struct Shared {
    silent: AtomicBool,
    /// The largest sample since [`Microphone::level`] or [`Speaker::level`] last asked, as the bits of an `f32`.
    peak: AtomicU32,
    /// Samples that did not fit (capture) or were not there in time (playback).
    missed: AtomicU64,
}

impl Shared {
    fn heard(&self, sound: &[f32]) {
        // Passes over what is no number.
        let peak = sound.iter().fold(0f32, |peak, sample| peak.max(sample.abs())).min(1.0);
        // Non-negative floats sort like their bits.
        self.peak.fetch_max(peak.to_bits(), Ordering::Relaxed);
    }
}

/// Creates a ring from a microphone.
pub fn capture() -> (CaptureEnd, Microphone) {
    let (producer, consumer) = RingBuffer::new(RING);
    let shared = Arc::<Shared>::default();
    (CaptureEnd { ring: producer, shared: Arc::clone(&shared) }, Microphone { ring: consumer, shared })
}

/// Creates a ring to a loudspeaker.
pub fn playback() -> (PlaybackEnd, Speaker) {
    let (producer, consumer) = RingBuffer::new(RING);
    let shared = Arc::<Shared>::default();
    (PlaybackEnd { ring: consumer, shared: Arc::clone(&shared) }, Speaker { ring: producer, shared })
}

/// The card's end of a microphone's ring.
#[derive(Debug)]
pub struct CaptureEnd {
    ring: Producer<f32>,
    shared: Arc<Shared>,
}

impl CaptureEnd {
    /// Takes recorded samples. Those that do not fit are dropped and counted. Neither allocates nor blocks.
    pub fn put(&mut self, sound: &[f32]) {
        self.shared.heard(sound);
        let silent = self.shared.silent.load(Ordering::Relaxed);
        let room = sound.len().min(self.ring.slots());
        if let Ok(chunk) = self.ring.write_chunk_uninit(room) {
            chunk.fill_from_iter(sound.iter().map(|sample| if silent { 0.0 } else { *sample }));
        }
        self.shared.missed.fetch_add((sound.len() - room) as u64, Ordering::Relaxed);
    }
}

/// The call's end of a microphone's ring.
#[derive(Debug)]
pub struct Microphone {
    ring: Consumer<f32>,
    shared: Arc<Shared>,
}

impl Microphone {
    /// Samples waiting to be taken.
    pub fn waiting(&self) -> usize {
        self.ring.slots()
    }

    /// Takes 10 ms. Returns false and takes nothing if they are not complete yet.
    pub fn take(&mut self, frame: &mut [f32; FRAME]) -> bool {
        take(&mut self.ring, frame) == FRAME
    }

    /// Drops the oldest samples down to `most`, after the call's thread was held up.
    pub fn catch_up(&mut self, most: usize) {
        let over = self.ring.slots().saturating_sub(most);
        if let Ok(chunk) = self.ring.read_chunk(over) {
            chunk.commit_all();
        }
    }

    /// Mutes or unmutes, starting with the next recorded sample.
    pub fn mute(&self, muted: bool) {
        self.shared.silent.store(muted, Ordering::Relaxed);
    }

    /// The peak since the last call, 0 to 1, whether muted or not.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.shared.peak.swap(0, Ordering::Relaxed))
    }

    /// Samples dropped because the call did not take them in time.
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }
}

/// The card's end of a loudspeaker's ring.
#[derive(Debug)]
pub struct PlaybackEnd {
    ring: Consumer<f32>,
    shared: Arc<Shared>,
}

impl PlaybackEnd {
    /// Fills `sound` with what is to be played. Missing samples become silence and are counted. Neither allocates nor blocks.
    pub fn fill(&mut self, sound: &mut [f32]) {
        let there = sound.len().min(self.ring.slots());
        let (full, empty) = sound.split_at_mut(there);
        take(&mut self.ring, full);
        empty.fill(0.0);
        self.shared.missed.fetch_add(empty.len() as u64, Ordering::Relaxed);
        if self.shared.silent.load(Ordering::Relaxed) {
            full.fill(0.0);
        }
        self.shared.heard(full);
    }

    /// Samples waiting to be taken.
    pub fn waiting(&self) -> usize {
        self.ring.slots()
    }
}

/// The call's end of a loudspeaker's ring.
#[derive(Debug)]
pub struct Speaker {
    ring: Producer<f32>,
    shared: Arc<Shared>,
}

impl Speaker {
    /// Samples waiting to be played.
    pub fn waiting(&self) -> usize {
        RING - self.ring.slots()
    }

    /// Adds samples to play and returns how many fitted. The rest is dropped.
    pub fn put(&mut self, sound: &[f32]) -> usize {
        let room = sound.len().min(self.ring.slots());
        match self.ring.write_chunk_uninit(room) {
            Ok(chunk) => chunk.fill_from_iter(sound.iter().copied()),
            Err(_) => 0,
        }
    }

    /// Silences playback, starting with the next sample: on hold nothing is heard, whatever the other side sends.
    pub fn silence(&self, silent: bool) {
        self.shared.silent.store(silent, Ordering::Relaxed);
    }

    /// The peak since the last call, 0 to 1.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.shared.peak.swap(0, Ordering::Relaxed))
    }

    /// Samples of silence played because nothing was there.
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }
}

/// Fills all of `sound` or takes nothing. Returns how many samples were taken.
fn take(ring: &mut Consumer<f32>, sound: &mut [f32]) -> usize {
    let Ok(chunk) = ring.read_chunk(sound.len()) else { return 0 };
    sound.iter_mut().zip(chunk).map(|(to, from)| *to = from).count()
}
