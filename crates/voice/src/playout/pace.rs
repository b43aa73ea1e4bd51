//! How long sound waits, and how that changes without anybody noticing.

use std::time::Duration;

use super::{Playout, micros, stretch, wave::tail};

/// The longest delay behind the fastest packets, in µs. Older sound is not played.
const LIMIT: i64 = 150_000;
/// Added to the network's lateness, in µs, because clocks are read a little late.
const MARGIN: i64 = 1_000;
/// Added to a packet's length, in µs, so that the packet after a lost one arrives in time.
const AHEAD: i64 = 500;
/// The most that one stretch may add or drop, in µs.
const MOST_STRETCH: i64 = 15_000;

impl Playout {
    /// Increases or reduces the delay a little if the network asks for it and the sound allows it. `before` is where the sound of
    /// the last packet begins.
    pub(super) fn adapt(&mut self, before: usize, now: Duration) {
        let Some(next) = self.next else { return };
        let rate = self.rate();
        let frame = self.codec.frame() as i64;
        let pending = before.saturating_sub(self.given) as i64;
        // Compares the packet's age at decoding with the wanted age.
        let age = self.age(next - self.packet, now);
        let spare = age - self.wanted();
        let sound = self.line.split_off(before);
        let quiet = self.background.is_quiet(&sound);
        let least = rate / 400;
        // Sound is requested in frames, so the delay shrinks in steps of a frame: past the next step, or within the current one.
        let step = 1_000_000 / 100;
        let most_sooner = if spare >= step { pending + frame } else { pending };
        let most = most_sooner.min(MOST_STRETCH * rate / 1_000_000).min(sound.len() as i64);
        let rushed = spare > 60_000;
        if most >= least && (spare >= step || pending > least) {
            let most_any = if quiet || rushed { most } else { most_sooner.min(MOST_STRETCH * rate / 1_000_000) };
            let cut = stretch::shortened(&sound, least as usize, most_any as usize, rate as usize, quiet);
            if let Some((by, joint)) = cut {
                let covered = by + joint.len();
                self.line.extend(joint);
                self.line.extend(sound.iter().skip(covered));
                self.played.removed += by as u64;
                return;
            }
        } else if spare < 0 {
            let most = MOST_STRETCH * rate / 1_000_000;
            let past = tail(&self.line, most as usize);
            let drawn = stretch::lengthened(past, &sound, least as usize, most as usize, rate as usize, quiet);
            if let Some((by, longer)) = drawn {
                self.line.extend(longer);
                self.played.inserted += by as u64;
                return;
            }
        }
        self.line.extend(sound);
    }

    /// The greatest age at which a packet is still played, in µs of the clock of [`Delay`].
    pub(super) fn oldest(&self) -> i64 {
        (self.wanted() + 60_000).min(self.delay.base() + LIMIT)
    }

    /// How old a packet should be when it is decoded, in µs of the clock of [`Delay`].
    pub(super) fn wanted(&self) -> i64 {
        let packet = self.micros(self.packet) + AHEAD;
        self.delay.base() + (self.delay.lateness() + MARGIN).max(packet).min(LIMIT)
    }

    pub(super) fn age(&self, position: i64, now: Duration) -> i64 {
        micros(now) - self.micros(position)
    }
}
