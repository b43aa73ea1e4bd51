//! A call's figures and recent quality.

use std::time::Duration;

use crate::{Codec, Played};

/// A call's figures so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// The codec being received; before anything is, the one being sent.
    pub codec: Codec,
    /// Packets received from the current sender.
    pub received: u64,
    /// Packets of the current sender that did not arrive.
    pub lost: u64,
    /// Packets sent.
    pub sent: u64,
    /// Datagrams refused: from strangers, damaged, or not decryptable.
    pub refused: u64,
    /// What became of the sound.
    pub played: Played,
    /// Mean deviation of the packet spacing.
    pub jitter: Duration,
    /// How long packets currently wait before they are played.
    pub waits: Duration,
    /// Estimated delay from mouth to ear: half the round trip, the wait, one packet, and 40 ms for the sound cards of both sides.
    pub delay: Duration,
    /// Round-trip time. `None` until the other side has reported.
    pub round_trip: Option<Duration>,
    /// The fraction of packets, 0 to 1, that the other side last reported as lost.
    pub lost_there: Option<f64>,
    /// How long nothing has arrived.
    pub silent: Duration,
    /// Mean opinion score by the E-model, 1 to 4.5, over about the last ten seconds.
    pub opinion: f64,
}

/// Recent loss, for the opinion score.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) since: Duration,
    pub(super) then: Played,
    pub(super) lost: f64,
    pub(super) burst: f64,
}

impl Recent {
    /// Updates the figures every two seconds. `packet` is the usual length of a packet in samples.
    pub(super) fn look(&mut self, played: Played, packet: f64, now: Duration) {
        if now.saturating_sub(self.since) < Duration::from_secs(2) {
            return;
        }
        if played.total < self.then.total {
            // The codec changed, and its counters started at zero.
            self.then = Played::default();
        }
        let total = (played.total - self.then.total).max(1) as f64;
        let bad = played.concealed.saturating_sub(self.then.concealed) as f64;
        let gaps = played.gaps.saturating_sub(self.then.gaps).max(1) as f64;
        // An exponential mean over about ten seconds.
        self.lost += (bad / total - self.lost) * 0.2;
        // BurstR of G.107: the mean length of a loss relative to that of random loss, which is 1 / (1 - p) packets.
        let burst = bad / gaps / packet * (1.0 - bad / total).max(0.0);
        self.burst += (burst.clamp(1.0, 8.0) - self.burst) * 0.2;
        (self.since, self.then) = (now, played);
    }
}
