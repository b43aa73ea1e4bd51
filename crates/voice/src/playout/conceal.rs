//! Replaces missing sound: repeats the last pitch period of the voice through a linear prediction filter, and works from both
//! sides if the sound after the gap is there. The constants are the ones with the best PESQ scores (`cargo xtask bench voice`).

use super::wave::{Filter, fade, most_like, part, peak, strength, tail};

/// Continues a sound for as long as needed.
#[derive(Debug, Clone)]
pub(super) struct Continuation {
    filter: Filter,
    /// The excitation of the filter: the residual of the last period.
    drive: Vec<f32>,
    /// The last samples played, which the filter predicts from.
    past: Vec<f32>,
    /// The peak of the last 30 ms: made-up sound never exceeds it.
    peak: f32,
    played: usize,
    rate: usize,
}

impl Continuation {
    /// Continues `past`, which should be at least 20 ms, better 30 ms.
    pub(super) fn new(past: &[f32], rate: usize) -> Continuation {
        let filter = Filter::of(tail(past, rate / 50), rate / 1000 + 2);
        let mut drive = filter.residual(past, period(past, rate));
        if drive.is_empty() {
            drive.push(0.0);
        }
        let loudest = peak(tail(past, rate / 33));
        Continuation { past: tail(past, filter.order()).to_vec(), drive, filter, peak: loudest, played: 0, rate }
    }

    /// The next samples.
    pub(super) fn next(&mut self, samples: usize) -> Vec<f32> {
        let mut sound = std::mem::take(&mut self.past);
        let before = sound.len();
        let drive = self.drive.iter().cycle().skip(self.played % self.drive.len().max(1));
        for push in drive.take(samples) {
            let next = push + self.filter.predict(&sound);
            sound.push(next.clamp(-self.peak, self.peak));
        }
        self.past = tail(&sound, self.filter.order()).to_vec();
        let mut new = sound.split_off(before);
        for (n, sample) in new.iter_mut().enumerate() {
            *sample *= loudness(self.played + n, self.rate);
        }
        self.played += samples;
        new
    }

    /// Samples produced so far.
    pub(super) fn played(&self) -> usize {
        self.played
    }
}

/// The pitch period of a voice, 2.5 to 16 ms: the shortest of equally good ones. For noise the result is arbitrary.
fn period(past: &[f32], rate: usize) -> usize {
    // Searches the past for the last 6 ms.
    let pattern = tail(past, rate * 6 / 1000);
    let end = past.len() - pattern.len();
    let most = (rate * 16 / 1000).min(end);
    let from = end - most;
    let field = part(past, from, past.len().saturating_sub(rate / 400 + from));
    // A multiple of the period matches just as well, so shorter ones are preferred.
    let prefer = |at: usize| 1.0 - 0.1 * (most - at.min(most)) as f32 / most.max(1) as f32;
    let found = most_like(pattern, field, prefer);
    found.map_or(most, |(at, _)| most - at.min(most)).max(1)
}

/// Full level for 40 ms, then a linear fade to silence at 140 ms.
fn loudness(played: usize, rate: usize) -> f32 {
    let ms = played as f32 * 1000.0 / rate as f32;
    (1.0 - (ms - 40.0).max(0.0) / 100.0).max(0.0)
}

/// Fills the `gap` samples between what was played and `future`. Returns exactly the gap; its end joins the beginning of
/// `future`.
pub(super) fn bridge(going_on: &Continuation, gap: usize, future: &[f32], rate: usize) -> Vec<f32> {
    if gap == 0 {
        return Vec::new();
    }
    let compared = (rate / 100).min(future.len());
    let start = part(future, 0, compared);
    // Stretch or compress the continuation, by at most a quarter of a period, so that it meets the future in phase.
    let reach = (going_on.drive.len() / 4).min(gap / 2);
    let forward = going_on.clone().next(gap + reach + compared);
    let from = gap - reach;
    let meets = match most_like(start, part(&forward, from, 2 * reach + compared), |_| 1.0) {
        Some((at, likeness)) if likeness > 0.5 => from + at,
        _ => gap,
    };
    let mut forward = warp(&forward, meets as f32 / gap as f32, gap + compared);
    // Bring it to the level of the future.
    let here = strength(part(&forward, gap.saturating_sub(rate / 200), rate / 100));
    let ratio = (strength(start) / here.max(1.0)).min(1.5);
    let step = (ratio - 1.0) / (gap + compared) as f32;
    let loudest = going_on.peak.max(peak(start));
    for (n, sample) in forward.iter_mut().enumerate() {
        *sample = (*sample * (1.0 + step * n as f32)).clamp(-loudest, loudest);
    }
    // Continue the future backwards into the gap.
    let reversed: Vec<f32> = future.iter().rev().copied().collect();
    let mut backward = Continuation::new(&reversed, rate).next(gap);
    backward.reverse();
    fade(part(&forward, 0, gap), &backward).collect()
}

/// Resamples a sound by `speed` with linear interpolation.
fn warp(sound: &[f32], speed: f32, length: usize) -> Vec<f32> {
    (0..length)
        .map(|n| {
            let at = n as f32 * speed;
            let (whole, part) = (at as usize, at.fract());
            let a = sound.get(whole).copied().unwrap_or(0.0);
            let b = sound.get(whole + 1).copied().unwrap_or(a);
            a + (b - a) * part
        })
        .collect()
}
