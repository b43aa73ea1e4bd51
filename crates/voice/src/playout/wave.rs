//! Signal processing for concealment and stretching: similarity, level, linear prediction. Samples are `f32` on the scale of
//! 16-bit ones.

/// A slice of a sound, shorter where the sound ends.
pub(super) fn part(sound: &[f32], from: usize, length: usize) -> &[f32] {
    let rest = sound.get(from..).unwrap_or_default();
    rest.get(..length).unwrap_or(rest)
}

/// The last `length` samples of a sound.
pub(super) fn tail(sound: &[f32], length: usize) -> &[f32] {
    part(sound, sound.len().saturating_sub(length), length)
}

/// The dot product.
pub(super) fn product(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums at a time, which the compiler turns into SIMD.
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0f32; 8];
    for (a, b) in a8.iter().zip(b8) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = if a8.len() == b8.len() { a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum() } else { 0.0 };
    sums.iter().sum::<f32>() + rest
}

/// Root of the mean square.
pub(super) fn strength(sound: &[f32]) -> f32 {
    (product(sound, sound) / sound.len().max(1) as f32).sqrt()
}

/// The largest sample.
pub(super) fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// The place in `field` that is most similar to `pattern`, and how similar it is: 1 for the same shape.
pub(super) fn most_like(pattern: &[f32], field: &[f32], prefer: impl Fn(usize) -> f32) -> Option<(usize, f32)> {
    let length = pattern.len();
    let of_pattern = product(pattern, pattern);
    let last = field.len().checked_sub(length)?;
    let mut best: Option<(usize, f32, f32)> = None;
    for from in 0..=last {
        let there = part(field, from, length);
        let of_there = product(there, there);
        let likeness = product(pattern, there) / (of_pattern * of_there + 1.0).sqrt();
        let rank = likeness * prefer(from);
        if best.is_none_or(|(_, _, most)| rank > most) {
            best = Some((from, likeness, rank));
        }
    }
    best.map(|(from, likeness, _)| (from, likeness))
}

/// Cross-fades between two sounds of the same length.
pub(super) fn fade(from: &[f32], to: &[f32]) -> impl Iterator<Item = f32> {
    let step = 1.0 / (from.len().min(to.len()) + 1) as f32;
    from.iter().zip(to).enumerate().map(move |(n, (from, to))| {
        let part = (n + 1) as f32 * step;
        from + (to - from) * part
    })
}

/// Linear prediction: each sample is predicted from those before it, which models the vocal tract.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// The weight of the last sample, of the one before it, and so on.
    weights: Vec<f32>,
}

impl Filter {
    /// Derives the filter from about 20 ms of sound.
    pub(super) fn of(sound: &[f32], order: usize) -> Filter {
        let length = sound.len().max(1) as f32;
        let windowed: Vec<f32> = sound
            .iter()
            .enumerate()
            .map(|(n, sample)| sample * (0.54 - 0.46 * ((n as f32 + 0.5) * std::f32::consts::TAU / length).cos()))
            .collect();
        let mut likeness: Vec<f32> =
            (0..=order).map(|lag| product(&windowed, windowed.get(lag..).unwrap_or_default())).collect();
        if let Some(first) = likeness.first_mut() {
            // White noise at -40 dB keeps the filter stable.
            *first = *first * 1.0001 + 1.0;
        }
        Filter { weights: levinson(&likeness) }
    }

    /// How many past samples a prediction needs.
    pub(super) fn order(&self) -> usize {
        self.weights.len()
    }

    /// Predicts the sample after `past`.
    pub(super) fn predict(&self, past: &[f32]) -> f32 {
        self.weights.iter().zip(past.iter().rev()).map(|(weight, sample)| weight * sample).sum()
    }

    /// The prediction error over the last `length` samples.
    pub(super) fn residual(&self, sound: &[f32], length: usize) -> Vec<f32> {
        let from = sound.len().saturating_sub(length).max(self.order());
        (from..sound.len()).filter_map(|at| Some(sound.get(at)? - self.predict(sound.get(..at)?))).collect()
    }
}

/// Levinson's recursion.
fn levinson(likeness: &[f32]) -> Vec<f32> {
    let mut weights: Vec<f32> = Vec::new();
    let Some((&first, rest)) = likeness.split_first() else { return weights };
    let mut error = first;
    for (order, next) in rest.iter().enumerate() {
        let told: f32 =
            weights.iter().zip(likeness.get(1..=order).unwrap_or_default().iter().rev()).map(|(w, r)| w * r).sum();
        let reflection = (next - told) / error;
        if !reflection.is_finite() || reflection.abs() >= 1.0 {
            break;
        }
        let mirrored: Vec<f32> = weights.iter().rev().copied().collect();
        weights.iter_mut().zip(mirrored).for_each(|(weight, other)| *weight -= reflection * other);
        weights.push(reflection);
        error *= 1.0 - reflection * reflection;
    }
    weights
}

/// Random numbers for noise (xorshift).
#[derive(Debug, Clone)]
pub(super) struct Chance(u32);

impl Chance {
    pub(super) fn new(seed: u32) -> Chance {
        Chance(seed | 1)
    }

    /// Between -1 and 1.
    pub(super) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / (u32::MAX / 2) as f32 - 1.0
    }
}
