//! Level meters.

use std::time::Duration;

/// The loudest samples of a while, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Levels {
    /// What came from the microphone, muted or not.
    pub microphone: f32,
    /// What the loudspeaker played.
    pub speaker: f32,
}

/// Gathers what [`Microphone::level`](crate::Microphone::level) and [`Speaker::level`](crate::Speaker::level) say, for a screen.
/// Belongs to the call's thread; the card's thread only leaves its peak in an atomic.
#[derive(Debug)]
pub struct Meter {
    loudest: Levels,
    since: Duration,
}

impl Meter {
    /// Levels come this often: 20 times a second.
    pub const EVERY: Duration = Duration::from_millis(50);

    /// Starts at `now`, measured from any fixed moment.
    pub fn new(now: Duration) -> Meter {
        Meter { loudest: Levels::default(), since: now }
    }

    /// Takes the peaks since the last time this was called. Returns the levels when they are due.
    pub fn see(&mut self, peaks: Levels, now: Duration) -> Option<Levels> {
        self.loudest.microphone = self.loudest.microphone.max(peaks.microphone);
        self.loudest.speaker = self.loudest.speaker.max(peaks.speaker);
        if now.saturating_sub(self.since) < Meter::EVERY {
            return None;
        }
        // After a stall there is nothing to make up for.
        let next = self.since + Meter::EVERY;
        self.since = if now.saturating_sub(next) < Meter::EVERY { next } else { now };
        Some(std::mem::take(&mut self.loudest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_twenty_times_a_second_and_no_peak_is_lost() {
        let mut meter = Meter::new(Duration::ZERO);
        let mut levels = Vec::new();
        for n in 1..=400u32 {
            let peaks =
                Levels { microphone: if n == 173 { 0.7 } else { 0.1 }, speaker: if n == 174 { 0.9 } else { 0.0 } };
            levels.extend(meter.see(peaks, Duration::from_millis(5) * n));
        }
        assert_eq!(levels.len(), 40, "in two seconds");
        let loud: Vec<&Levels> =
            levels.iter().filter(|levels| levels.microphone > 0.5 || levels.speaker > 0.5).collect();
        assert_eq!(loud, [&Levels { microphone: 0.7, speaker: 0.9 }]);
        // After a second without the thread: one, not twenty.
        let late: Vec<Levels> = (0..9u32)
            .filter_map(|n| meter.see(Levels::default(), Duration::from_millis(3000 + 5 * u64::from(n))))
            .collect();
        assert_eq!(late.len(), 1);
    }
}
