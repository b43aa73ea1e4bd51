//! Plays faster or slower at the same pitch, by dropping or repeating whole periods (WSOLA).

use super::wave::{fade, most_like, part};

/// How similar two places must be before one may replace the other.
const LIKE: f32 = 0.8;

/// Shortens a sound by a cut at its beginning. Returns how many samples to drop, `least` to `most`, and the cross-fade that
/// replaces the first `overlap` samples after the cut. With `any` set, for near silence, the two ends need not match.
pub(super) fn shortened(sound: &[f32], least: usize, most: usize, rate: usize, any: bool) -> Option<(usize, Vec<f32>)> {
    let overlap = rate / 200;
    let most = most.min(sound.len().checked_sub(overlap)?);
    let field = part(sound, least, most.checked_sub(least)? + overlap);
    let start = part(sound, 0, overlap);
    let (at, likeness) = most_like(start, field, |_| 1.0)?;
    let (at, by) = if any { (most - least, most) } else { (at, least + at) };
    (any || likeness > LIKE).then(|| (by, fade(start, part(field, at, overlap)).collect()))
}

/// Lengthens a sound by repeating the end of `past`, which was played before `next`. Returns `by`, the number of samples added,
/// and what replaces `next`: `by` samples more than it has.
pub(super) fn lengthened(
    past: &[f32],
    next: &[f32],
    least: usize,
    most: usize,
    rate: usize,
    any: bool,
) -> Option<(usize, Vec<f32>)> {
    let overlap = rate / 200;
    let start = part(next, 0, overlap);
    let whole = past.len();
    let from = whole.checked_sub(most)?;
    // The repeated part may reach into `next`.
    let joined: Vec<f32> = past.get(from..)?.iter().chain(next).copied().collect();
    let field = part(&joined, 0, (most - least) + overlap);
    let (at, likeness) = most_like(start, field, |_| 1.0)?;
    let at = if any && likeness <= LIKE { 0 } else { at };
    if !any && likeness <= LIKE {
        return None;
    }
    let by = most - at;
    let mut sound: Vec<f32> = fade(start, part(&joined, at, overlap)).collect();
    sound.extend(part(&joined, at + overlap, by + next.len() - overlap));
    Some((by, sound))
}
