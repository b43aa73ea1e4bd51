//! The rings between a card and a call.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::FRAME;

/// A ring holds 200 ms: more than any card asks for at once.
const RING: usize = FRAME * 20;

/// What both ends of a ring see.
#[derive(Debug, Default)]
struct Shared {
    silent: AtomicBool,
    /// The bits of an f32, the largest sample since it was last asked for.
    peak: AtomicU32,
    /// Samples that found no room, or were not there in time.
    missed: AtomicU64,
}

impl Shared {
    fn heard(&self, sound: &[f32]) {
        let peak = sound.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        // Positive floats are ordered as their bits are.
        self.peak.fetch_max(peak.to_bits(), Ordering::Relaxed);
    }
}

/// A ring from a microphone.
pub fn capture() -> (CaptureEnd, Microphone) {
    let (producer, consumer) = RingBuffer::new(RING);
    let shared = Arc::<Shared>::default();
    (CaptureEnd { ring: producer, shared: Arc::clone(&shared) }, Microphone { ring: consumer, shared })
}

/// A ring to a loudspeaker.
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
    /// Takes what was recorded. What finds no room is lost and counted. Neither allocates nor waits.
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
    /// Samples that wait.
    pub fn waiting(&self) -> usize {
        self.ring.slots()
    }

    /// Takes 10 ms. False if they are not all there yet: then nothing was taken.
    pub fn take(&mut self, frame: &mut [f32; FRAME]) -> bool {
        take(&mut self.ring, frame) == FRAME
    }

    /// Leaves away what is more than `most` samples: after the call's thread was held up.
    pub fn catch_up(&mut self, most: usize) {
        let over = self.ring.slots().saturating_sub(most);
        if let Ok(chunk) = self.ring.read_chunk(over) {
            chunk.commit_all();
        }
    }

    /// Silent from the next sample on that is recorded.
    pub fn mute(&self, muted: bool) {
        self.shared.silent.store(muted, Ordering::Relaxed);
    }

    /// The largest sample since this was last asked, 0 to 1, muted or not.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.shared.peak.swap(0, Ordering::Relaxed))
    }

    /// Samples that were lost because the call did not take them.
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
    /// Fills what is to be played; what is not there is silence, and counted. Neither allocates nor waits.
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

    /// Samples that wait.
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
    /// Samples that wait to be played.
    pub fn waiting(&self) -> usize {
        RING - self.ring.slots()
    }

    /// Adds what is to be played. What finds no room is left away: how many samples were taken.
    pub fn put(&mut self, sound: &[f32]) -> usize {
        let room = sound.len().min(self.ring.slots());
        match self.ring.write_chunk_uninit(room) {
            Ok(chunk) => chunk.fill_from_iter(sound.iter().copied()),
            Err(_) => 0,
        }
    }

    /// Silent from the next sample on that is played: on hold, whatever the other side sends.
    pub fn silence(&self, silent: bool) {
        self.shared.silent.store(silent, Ordering::Relaxed);
    }

    /// The largest sample since this was last asked, 0 to 1.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.shared.peak.swap(0, Ordering::Relaxed))
    }

    /// Samples of silence that were played because nothing was there.
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }
}

/// Fills all of `sound`, or nothing of it.
fn take(ring: &mut Consumer<f32>, sound: &mut [f32]) -> usize {
    let Ok(chunk) = ring.read_chunk(sound.len()) else { return 0 };
    sound.iter_mut().zip(chunk).map(|(to, from)| *to = from).count()
}
