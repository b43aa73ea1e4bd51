//! Synthesised tones.

use std::f32::consts::TAU;

use uncall_headset::RATE;

/// What sounds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Ring tone of an outside call.
    Outside,
    /// Ring tone of an internal call.
    Inside,
    /// Ring-back tone: 450 Hz, 1 s on, 4 s off, as in China (ITU-T E.180).
    RingBack,
    /// Call waiting: two soft beeps of 60 ms at -26 dB.
    Knock,
}

/// Two frequencies in Hz (0 for none) and a duration in ms.
type Part = (f32, f32, u32);

impl Sound {
    /// The parts, repeated for ever.
    fn parts(self) -> &'static [Part] {
        match self {
            Sound::Outside => &[
                (587.0, 740.0, 180),
                (659.0, 880.0, 180),
                (587.0, 740.0, 180),
                (659.0, 880.0, 180),
                (740.0, 987.0, 400),
                (0.0, 0.0, 2_200),
            ],
            Sound::Inside => &[(523.0, 659.0, 350), (0.0, 0.0, 150), (523.0, 659.0, 350), (0.0, 0.0, 2_600)],
            Sound::RingBack => &[(450.0, 0.0, 1_000), (0.0, 0.0, 4_000)],
            Sound::Knock => &[(450.0, 0.0, 60), (0.0, 0.0, 120), (450.0, 0.0, 60), (0.0, 0.0, 4_760)],
        }
    }

    fn strength(self) -> f32 {
        match self {
            Sound::Outside | Sound::Inside => 0.5,
            Sound::RingBack => 0.1,
            Sound::Knock => 0.05,
        }
    }
}

/// A playing sound.
#[derive(Debug)]
pub(crate) struct Tone {
    pub(crate) sound: Sound,
    at: u64,
}

impl Tone {
    pub(crate) fn new(sound: Sound) -> Tone {
        Tone { sound, at: 0 }
    }

    /// Adds the next samples.
    pub(crate) fn add(&mut self, volume: f32, out: &mut [f32]) {
        let parts = self.sound.parts();
        let length: u64 = parts.iter().map(|part| samples(part.2)).sum();
        let strength = self.sound.strength() * volume.clamp(0.0, 1.0);
        for sample in out {
            let mut at = self.at % length.max(1);
            self.at += 1;
            for (one, two, milliseconds) in parts {
                let long = samples(*milliseconds);
                if at < long {
                    if *one > 0.0 {
                        let voices = if *two > 0.0 { 0.5 * (wave(*one, at) + wave(*two, at)) } else { wave(*one, at) };
                        *sample += strength * edge(at, long) * voices;
                    }
                    break;
                }
                at -= long;
            }
        }
    }
}

fn samples(milliseconds: u32) -> u64 {
    u64::from(milliseconds) * u64::from(RATE) / 1_000
}

fn wave(hertz: f32, at: u64) -> f32 {
    (at as f32 * hertz * TAU / RATE as f32).sin()
}

/// Fades in and out within 8 ms to avoid clicks.
fn edge(at: u64, long: u64) -> f32 {
    let rise = samples(8) as f32;
    let near = at.min(long.saturating_sub(at)) as f32;
    (near / rise).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(sound: Sound, volume: f32) -> Vec<f32> {
        let mut out = vec![0.0; RATE as usize];
        Tone::new(sound).add(volume, &mut out);
        out
    }

    #[test]
    fn a_knock_is_soft_whatever_the_volume_and_nothing_clicks() {
        let loudest = |sound: &[f32]| sound.iter().fold(0f32, |most, sample| most.max(sample.abs()));
        let knock = second(Sound::Knock, 9.0);
        assert!((0.04..=0.05).contains(&loudest(&knock)), "{}", loudest(&knock));
        for sound in [Sound::Outside, Sound::Inside, Sound::RingBack, Sound::Knock] {
            let sound = second(sound, 1.0);
            assert!(loudest(&sound) <= 0.5 && sound[0].abs() < 0.001);
            let steepest = sound.windows(2).fold(0f32, |most, pair| most.max((pair[1] - pair[0]).abs()));
            assert!(steepest < 0.07, "{steepest}");
        }
        assert!(second(Sound::Outside, 0.0).iter().all(|sample| *sample == 0.0));
    }
}
