//! Background noise, played where nobody speaks and nothing arrives, so that the line does not sound dead.

use super::wave::{Chance, Filter, strength, tail};

/// The noise is never learned from anything louder than this: -50 dBFS.
const LOUDEST: f32 = 100.0;

/// Learns the quietest sound heard and plays noise like it.
#[derive(Debug)]
pub(super) struct Background {
    rate: usize,
    filter: Filter,
    drive: f32,
    level: f32,
    past: Vec<f32>,
    chance: Chance,
}

impl Background {
    pub(super) fn new(rate: usize, seed: u32) -> Background {
        Background {
            rate,
            filter: Filter::default(),
            drive: 0.0,
            level: f32::MAX,
            past: Vec::new(),
            chance: Chance::new(seed),
        }
    }

    /// Learns from about 20 ms of decoded sound.
    pub(super) fn hear(&mut self, sound: &[f32]) {
        let level = strength(sound);
        // The estimate creeps up, so that a room that gets louder is accepted within seconds.
        self.level *= 1.003;
        if level > self.level || level > LOUDEST {
            return;
        }
        self.level = level;
        self.filter = Filter::of(sound, self.rate / 1000 + 2);
        // The RMS of uniform random numbers is their bound divided by the square root of three.
        self.drive = strength(&self.filter.residual(sound, sound.len())) * 1.732;
    }

    /// Whether a sound is nothing but background noise.
    pub(super) fn is_quiet(&self, sound: &[f32]) -> bool {
        strength(sound) < (self.level.min(LOUDEST) * 2.0).max(20.0)
    }

    /// The next samples of noise.
    pub(super) fn next(&mut self, samples: usize) -> Vec<f32> {
        let mut sound = std::mem::take(&mut self.past);
        let before = sound.len();
        for _ in 0..samples {
            let next = self.chance.next() * self.drive + self.filter.predict(&sound);
            sound.push(next.clamp(-LOUDEST * 8.0, LOUDEST * 8.0));
        }
        self.past = tail(&sound, self.filter.order()).to_vec();
        sound.split_off(before)
    }
}
