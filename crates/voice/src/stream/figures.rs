//! A call's figures, and how good it sounds of late.

use std::time::Duration;

use crate::{Codec, Played};

/// A call's figures so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// What is heard.
    pub codec: Codec,
    /// Packets with sound that came.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// Packets that were sent.
    pub sent: u64,
    /// Datagrams that were not believed: of strangers, damaged, not decrypted.
    pub refused: u64,
    /// What became of the sound.
    pub played: Played,
    /// Mean deviation of the packets' spacing.
    pub jitter: Duration,
    /// How long packets wait before they are played.
    pub waits: Duration,
    /// There and back, once the other side has reported.
    pub round_trip: Option<Duration>,
    /// The part, 0 to 1, that the other side has last reported as lost.
    pub lost_there: Option<f64>,
    /// Since when nothing has come.
    pub silent: Duration,
    /// Mean opinion by the E-model, 1 to 4.5, of the last ten seconds or so.
    pub opinion: f64,
}

/// Loss of late, for the opinion.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) since: Duration,
    pub(super) then: Played,
    pub(super) lost: f64,
    pub(super) burst: f64,
}

impl Recent {
    /// `packet` is the usual length of one, in samples.
    pub(super) fn look(&mut self, played: Played, packet: f64, now: Duration) {
        if now.saturating_sub(self.since) < Duration::from_secs(2) {
            return;
        }
        if played.total < self.then.total {
            // Another codec has begun to count.
            self.then = Played::default();
        }
        let total = (played.total - self.then.total).max(1) as f64;
        let bad = played.concealed.saturating_sub(self.then.concealed) as f64;
        let gaps = played.gaps.saturating_sub(self.then.gaps).max(1) as f64;
        // Loss counts for some ten seconds.
        self.lost += (bad / total - self.lost) * 0.2;
        // BurstR of G.107: the mean length of a loss beside that of random ones, 1 / (1 - p) packets.
        let burst = bad / gaps / packet * (1.0 - bad / total).max(0.0);
        self.burst += (burst.clamp(1.0, 8.0) - self.burst) * 0.2;
        (self.since, self.then) = (now, played);
    }
}
