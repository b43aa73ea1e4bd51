//! The room behind the voice: what is played where nothing is said and nothing comes, so that the line does not sound dead.

use super::wave::{Chance, Filter, strength, tail};

/// No louder than this, whatever the quietest frame was: -50 dBFS.
const LOUDEST: f32 = 100.0;

/// Learns the quietest of what was heard, and plays on like it.
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

    /// Hears 20 ms or so that were decoded.
    pub(super) fn hear(&mut self, sound: &[f32]) {
        let level = strength(sound);
        // A room that gets louder is believed within some seconds.
        self.level *= 1.003;
        if level > self.level || level > LOUDEST {
            return;
        }
        self.level = level;
        self.filter = Filter::of(sound, self.rate / 1000 + 2);
        // Uniform numbers are weaker than their bounds by the root of three.
        self.drive = strength(&self.filter.residual(sound, sound.len())) * 1.732;
    }

    /// Whether a sound is no more than the room.
    pub(super) fn is_quiet(&self, sound: &[f32]) -> bool {
        strength(sound) < (self.level.min(LOUDEST) * 2.0).max(20.0)
    }

    /// Plays on.
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
