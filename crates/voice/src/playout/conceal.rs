//! What is played instead of sound that did not come: the last period of the voice, again and again, through the voice's own filter;
//! and from both sides, if what comes after it is there. The figures are those that PESQ liked best (`cargo xtask bench voice`).

use super::wave::{Filter, fade, most_like, part, peak, strength, tail};

/// Goes on from a sound, without an end.
#[derive(Debug, Clone)]
pub(super) struct Continuation {
    filter: Filter,
    /// What drives the filter: the last period.
    drive: Vec<f32>,
    /// What was played last, for the filter.
    past: Vec<f32>,
    /// Nothing made up is louder than what was heard.
    peak: f32,
    played: usize,
    rate: usize,
}

impl Continuation {
    /// Goes on from `past`: 20 ms of it at least, better 30.
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

    /// How long it has gone on, in samples.
    pub(super) fn played(&self) -> usize {
        self.played
    }
}

/// The period of a voice: the least that is as good as any, from 2.5 to 16 ms. Of a hiss, any.
fn period(past: &[f32], rate: usize) -> usize {
    // 6 ms of the end, looked for before it.
    let pattern = tail(past, rate * 6 / 1000);
    let end = past.len() - pattern.len();
    let most = (rate * 16 / 1000).min(end);
    let from = end - most;
    let field = part(past, from, past.len().saturating_sub(rate / 400 + from));
    // Twice the period is as good: the shorter one is the voice's.
    let prefer = |at: usize| 1.0 - 0.1 * (most - at.min(most)) as f32 / most.max(1) as f32;
    let found = most_like(pattern, field, prefer);
    found.map_or(most, |(at, _)| most - at.min(most)).max(1)
}

/// As it was for 40 ms, then less and less: nothing after 140.
fn loudness(played: usize, rate: usize) -> f32 {
    let ms = played as f32 * 1000.0 / rate as f32;
    (1.0 - (ms - 40.0).max(0.0) / 100.0).max(0.0)
}

/// Fills `gap` samples between what was played and `future`, which comes after them. The result covers the gap alone; it ends where
/// the future begins.
pub(super) fn bridge(going_on: &Continuation, gap: usize, future: &[f32], rate: usize) -> Vec<f32> {
    if gap == 0 {
        return Vec::new();
    }
    let compared = (rate / 100).min(future.len());
    let start = part(future, 0, compared);
    // The continuation is drawn out or pressed together, by a quarter of a period at most, so that it meets the future in phase.
    let reach = (going_on.drive.len() / 4).min(gap / 2);
    let forward = going_on.clone().next(gap + reach + compared);
    let from = gap - reach;
    let meets = match most_like(start, part(&forward, from, 2 * reach + compared), |_| 1.0) {
        Some((at, likeness)) if likeness > 0.5 => from + at,
        _ => gap,
    };
    let mut forward = warp(&forward, meets as f32 / gap as f32, gap + compared);
    // And gets as loud as it.
    let here = strength(part(&forward, gap.saturating_sub(rate / 200), rate / 100));
    let ratio = (strength(start) / here.max(1.0)).min(1.5);
    let step = (ratio - 1.0) / (gap + compared) as f32;
    let loudest = going_on.peak.max(peak(start));
    for (n, sample) in forward.iter_mut().enumerate() {
        *sample = (*sample * (1.0 + step * n as f32)).clamp(-loudest, loudest);
    }
    // What comes, gone on from backwards.
    let reversed: Vec<f32> = future.iter().rev().copied().collect();
    let mut backward = Continuation::new(&reversed, rate).next(gap);
    backward.reverse();
    fade(part(&forward, 0, gap), &backward).collect()
}

/// A sound played by `speed`, between its samples.
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
