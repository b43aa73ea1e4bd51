//! Finds silences, for marking and skipping.

use std::ops::Range;

use crate::peaks::loudest;

/// The length of the stretches whose loudness is compared, in milliseconds.
const STRETCH: u64 = 50;
/// The shortest silence, in stretches: one second.
const SHORTEST: usize = 20;
/// Loudness is counted in steps of a quarter of a doubling (1.5 dB): 60 steps are full scale.
const STEPS: usize = 64;
/// Anything louder than 5 % of full scale (-26 dB) never counts as silence.
const LOUDEST: u8 = 43;
/// Anything fainter than 0.4 % of full scale (-48 dB) always counts as silence.
const FAINTEST: u8 = 28;
/// Silence may be this much louder than the noise of the line: 6 dB.
const MARGIN: u8 = 4;

/// Collects the silences of a sound while it is decoded. Keeps 20 bytes for each second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silences {
    /// Samples per stretch, of all channels together.
    width: usize,
    /// The peak of each stretch.
    steps: Vec<u8>,
    now: u16,
    samples: usize,
}

impl Silences {
    /// For sound with this many channels and samples a second.
    pub fn new(channels: u16, rate: u32) -> Silences {
        let width = u64::from(rate) * STRETCH / 1000 * u64::from(channels);
        Silences { width: usize::try_from(width).unwrap_or(1).max(1), steps: Vec::new(), now: 0, samples: 0 }
    }

    /// Takes the next samples, as the decoder gives them.
    pub fn push(&mut self, samples: &[i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (part, behind) = rest.split_at_checked(self.width - self.samples).unwrap_or((rest, &[]));
            rest = behind;
            let [even, odd] = loudest(part);
            self.now = self.now.max(even).max(odd);
            self.samples += part.len();
            if self.samples == self.width {
                self.steps.push(step(self.now));
                (self.now, self.samples) = (0, 0);
            }
        }
    }

    /// The silences of at least a second so far, in milliseconds from the start, in which both channels are silent. A stretch is
    /// silent if it is at most 6 dB above the noise of the line, which is the level that the quietest tenth of the sound does not
    /// exceed.
    pub fn spans(&self) -> Vec<Range<u64>> {
        let threshold = self.threshold();
        let mut spans = Vec::new();
        let mut at = 0;
        for run in self.steps.chunk_by(|one, next| (*one <= threshold) == (*next <= threshold)) {
            let from = at;
            at += run.len();
            if run.len() >= SHORTEST && run.iter().all(|step| *step <= threshold) {
                spans.push(from as u64 * STRETCH..at as u64 * STRETCH);
            }
        }
        spans
    }

    fn threshold(&self) -> u8 {
        let mut counts = [0usize; STEPS];
        for step in &self.steps {
            if let Some(count) = counts.get_mut(usize::from(*step)) {
                *count += 1;
            }
        }
        let mut quietest = self.steps.len() / 10;
        let noise = counts.iter().position(|count| {
            let found = *count > quietest;
            quietest = quietest.saturating_sub(*count);
            found
        });
        let noise = noise.and_then(|noise| u8::try_from(noise).ok()).unwrap_or(0);
        (noise + MARGIN).clamp(FAINTEST, LOUDEST)
    }
}

/// Loudness with four steps for each doubling: 0 is nothing, 60 full scale.
fn step(peak: u16) -> u8 {
    let Some(doublings) = peak.checked_ilog2() else { return 0 };
    let within = u32::from(peak) * 4 / (1 << doublings) % 4;
    u8::try_from(4 * doublings + within).unwrap_or(u8::MAX)
}
