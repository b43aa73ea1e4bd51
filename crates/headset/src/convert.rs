//! Converts between sample rates, and between clocks that drift.

use rubato::{
    Adjustable, Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

/// The range of rate adjustment. The clocks of sound cards differ by 0.1 % at most.
const MOST_DRIFT: f64 = 1.005;

/// Converts frames of 10 ms from one rate to another.
pub struct Converter {
    resampler: Async<f32>,
    input: usize,
    output: Vec<f32>,
}

impl Converter {
    /// Converts `from` samples per second to `to`. `None` unless both are between 4,000 and 192,000.
    pub fn new(from: u32, to: u32) -> Option<Converter> {
        if !(4_000..=192_000).contains(&from) || !(4_000..=192_000).contains(&to) {
            return None;
        }
        let parameters = SincInterpolationParameters {
            sinc_len: 64,
            f_cutoff: None,
            oversampling_factor: 128,
            interpolation: SincInterpolationType::Linear,
            window: WindowFunction::BlackmanHarris2,
        };
        let input = from as usize / 100;
        let ratio = f64::from(to) / f64::from(from);
        let resampler = Async::new_sinc(ratio, MOST_DRIFT, &parameters, input, 1, FixedAsync::Input).ok()?;
        let output = vec![0.0; resampler.output_frames_max()];
        Some(Converter { resampler, input, output })
    }

    /// Converts 10 ms. A frame that is too short is filled up with silence. Returns about 10 ms, now and then a sample more or
    /// less.
    pub fn convert(&mut self, frame: &[f32]) -> &[f32] {
        let mut whole;
        let frame = if frame.len() == self.input {
            frame
        } else {
            whole = frame.to_vec();
            whole.resize(self.input, 0.0);
            &whole
        };
        let room = self.output.len();
        let Ok(from) = InterleavedSlice::new(frame, 1, frame.len()) else { return &[] };
        let Ok(mut to) = InterleavedSlice::new_mut(&mut self.output, 1, room) else { return &[] };
        let written = self.resampler.process_into_buffer(&from, &mut to, None).map_or(0, |(_, written)| written);
        self.output.get(..written).unwrap_or_default()
    }

    /// Produces `relative` times as many samples as the rates say, for a playback clock that runs faster (above 1) or slower.
    pub fn adjust(&mut self, relative: f64) {
        let relative = relative.clamp(1.0 / MOST_DRIFT, MOST_DRIFT);
        // Cannot fail: the value is within the range given at construction.
        let _ = self.resampler.set_resample_ratio_relative(relative, true);
    }
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Converter").field("input", &self.input).finish_non_exhaustive()
    }
}

/// Keeps the fill level of a loudspeaker's ring constant although the clocks of sender and card differ.
#[derive(Debug)]
pub struct Pace {
    target: f64,
    level: f64,
    drift: f64,
}

impl Pace {
    /// Aims at `target` waiting samples.
    pub fn new(target: usize) -> Pace {
        Pace { target: target as f64, level: target as f64, drift: 0.0 }
    }

    /// Takes the number of waiting samples, every 10 ms. Returns the factor for [`Converter::adjust`].
    pub fn see(&mut self, waiting: usize) -> f64 {
        // Averaged over a second, so that a card's way of fetching in blocks does not become audible.
        self.level += (waiting as f64 - self.level) * 0.01;
        let off = (self.target - self.level) / f64::from(crate::RATE);
        self.drift = (self.drift + off * 0.000_5).clamp(-0.002, 0.002);
        1.0 + (self.drift + off * 0.1).clamp(-0.004, 0.004)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n as f64 * hertz * std::f64::consts::TAU / f64::from(rate)).sin() as f32).collect()
    }

    fn strength(sound: &[f32], rate: u32, hertz: f64) -> f64 {
        let step = hertz * std::f64::consts::TAU / f64::from(rate);
        let sums = sound.iter().enumerate().fold((0.0, 0.0), |(a, b), (n, sample)| {
            (a + f64::from(*sample) * (n as f64 * step).cos(), b + f64::from(*sample) * (n as f64 * step).sin())
        });
        2.0 * (sums.0 * sums.0 + sums.1 * sums.1).sqrt() / sound.len() as f64
    }

    #[test]
    fn a_tone_stays_what_it_is_and_brings_no_other() {
        for (from, to) in [(8_000, 48_000), (16_000, 48_000), (48_000, 8_000), (48_000, 16_000), (44_100, 48_000)] {
            let mut converter = Converter::new(from, to).expect("a converter");
            let mut out = Vec::new();
            for frame in tone(from, 1000.0, from as usize).chunks(from as usize / 100) {
                out.extend_from_slice(converter.convert(frame));
            }
            assert!((out.len() as i64 - i64::from(to)).abs() < 200, "{}", out.len());
            let middle = &out[to as usize / 4..to as usize / 4 * 3];
            let kept = strength(middle, to, 1000.0);
            assert!((0.97..1.03).contains(&kept), "{from} {to}: {kept}");
            // Where aliasing would put a mirror image of 1 kHz.
            let mirror = f64::from(from.min(to)) - 1000.0;
            if mirror < f64::from(to) / 2.0 {
                let mirrored = strength(middle, to, mirror);
                assert!(mirrored < 0.001, "{from} {to}: {mirrored}");
            }
        }
        assert!(Converter::new(0, 48_000).is_none());
    }

    /// A card whose clock is 1000 ppm off plays from the ring for ten minutes.
    #[test]
    fn what_waits_stays_at_its_level_though_the_clocks_differ() {
        for ppm in [1000.0, -1000.0, 0.0] {
            let (mut pace, mut waiting, mut least, mut most) = (Pace::new(960), 960f64, f64::MAX, 0f64);
            for n in 0..60_000 {
                waiting += 480.0 * pace.see(waiting.max(0.0) as usize);
                waiting -= 480.0 * (1.0 + ppm / 1e6);
                if n > 12_000 {
                    (least, most) = (least.min(waiting), most.max(waiting));
                }
            }
            assert!(least > 960.0 - 480.0 && most < 960.0 + 480.0, "{ppm}: {least} {most}");
        }
    }
}
