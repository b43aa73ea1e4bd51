//! Playing faster or slower without another pitch: whole periods are left away or said twice (WSOLA).

use super::wave::{fade, most_like, part};

/// How like two places must be for one to stand for the other.
const LIKE: f32 = 0.8;

/// Where the sound may be shortened: the samples to leave away, at least `least` and at most `most`, and what takes the place of the
/// first `overlap` that stay. `sound` begins where the cut may.
pub(super) fn shortened(sound: &[f32], least: usize, most: usize, rate: usize, any: bool) -> Option<(usize, Vec<f32>)> {
    let overlap = rate / 200;
    let most = most.min(sound.len().checked_sub(overlap)?);
    let field = part(sound, least, most.checked_sub(least)? + overlap);
    let start = part(sound, 0, overlap);
    let (at, likeness) = most_like(start, field, |_| 1.0)?;
    let (at, by) = if any { (most - least, most) } else { (at, least + at) };
    (any || likeness > LIKE).then(|| (by, fade(start, part(field, at, overlap)).collect()))
}

/// Where the sound may be drawn out, at its end: the samples that are said again after the end, faded in over what follows. `past` is
/// what came before `next`; the result replaces the beginning of `next`, as long as it is, plus `by` samples.
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
    // The place from which on it is said again may reach into `next`.
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
