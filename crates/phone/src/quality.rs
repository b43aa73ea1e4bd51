//! How a call sounds: each second, and over the whole call.

use std::time::Duration;

use serde::Serialize;

use crate::LegId;

/// The quality of a call now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// The call.
    pub leg: LegId,
    /// The codec that is heard.
    pub codec: &'static str,
    /// Mean opinion score by the E-model (ITU-T G.107), 1 to 4.5.
    pub mos: f64,
    /// The fraction of packets lost so far, 0 to 1.
    pub loss: f64,
    /// The fraction that the other side reported lost, 0 to 1.
    pub loss_there: Option<f64>,
    /// Interarrival jitter (RFC 3550).
    pub jitter: Duration,
    /// Estimated mouth-to-ear delay.
    pub delay: Duration,
    /// No sound has arrived for five seconds.
    pub nothing_arrives: bool,
    /// The microphone is on and has been silent for five seconds.
    pub microphone_silent: bool,
    /// Peak levels of the last second, 0 to 1: the microphone's, and that of the other side.
    pub levels: (f32, f32),
}

/// The quality of a call from its beginning to its end. Seconds on hold do not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CallQuality {
    /// The codec that was heard last.
    pub codec: &'static str,
    /// The mean opinion score, averaged over the seconds, 1 to 4.5.
    pub mos: f64,
    /// That of the worst second.
    pub worst: f64,
    /// The fraction of packets lost, 0 to 1.
    pub loss: f64,
    /// The fraction that the other side reported lost, averaged, 0 to 1. None if it never reported.
    pub loss_there: Option<f64>,
    /// Interarrival jitter, averaged.
    pub jitter: Duration,
    /// Estimated mouth-to-ear delay, averaged.
    pub delay: Duration,
}

/// Adds up a call's seconds.
#[derive(Debug, Default)]
pub(crate) struct Seconds {
    last: Option<Quality>,
    count: u32,
    mos: f64,
    worst: f64,
    reports: u32,
    loss_there: f64,
    jitter: Duration,
    delay: Duration,
}

impl Seconds {
    pub(crate) fn add(&mut self, second: Quality) {
        self.worst = if self.last.is_none() { second.mos } else { self.worst.min(second.mos) };
        self.last = Some(second);
        self.count = self.count.saturating_add(1);
        self.mos += second.mos;
        if let Some(loss) = second.loss_there {
            self.reports = self.reports.saturating_add(1);
            self.loss_there += loss;
        }
        self.jitter = self.jitter.saturating_add(second.jitter);
        self.delay = self.delay.saturating_add(second.delay);
    }

    pub(crate) fn whole(&self) -> Option<CallQuality> {
        let last = self.last?;
        Some(CallQuality {
            codec: last.codec,
            mos: self.mos / f64::from(self.count),
            worst: self.worst,
            loss: last.loss,
            loss_there: (self.reports > 0).then(|| self.loss_there / f64::from(self.reports)),
            jitter: self.jitter / self.count,
            delay: self.delay / self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_the_mean_of_its_seconds() {
        assert_eq!(Seconds::default().whole(), None);
        let mut seconds = Seconds::default();
        for (mos, loss, loss_there, ms) in [(4.4, 0.0, None, 10), (2.0, 0.2, Some(0.5), 50), (3.2, 0.1, Some(0.1), 30)]
        {
            seconds.add(Quality {
                leg: LegId(1),
                codec: "PCMA",
                mos,
                loss,
                loss_there,
                jitter: Duration::from_millis(ms),
                delay: Duration::from_millis(100 + ms),
                nothing_arrives: false,
                microphone_silent: false,
                levels: (0.0, 0.0),
            });
        }
        let whole = seconds.whole().unwrap();
        assert!((whole.mos - 3.2).abs() < 1e-9 && (whole.loss_there.unwrap() - 0.3).abs() < 1e-9, "{whole:?}");
        // What is lost is counted from the beginning, so the last second has all of it.
        assert_eq!((whole.codec, whole.worst, whole.loss), ("PCMA", 2.0, 0.1));
        assert_eq!((whole.jitter, whole.delay), (Duration::from_millis(30), Duration::from_millis(130)));
    }
}
