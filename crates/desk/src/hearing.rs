//! The quality of the connection: how late polls and events come, and what was missed.

use std::collections::VecDeque;

use serde::Serialize;
use uncall_client::{Means, Observation};
use uncall_contract::event::Event;

use crate::moment::Moment;

/// How many of the latest polls and events count.
const COUNTED: usize = 1000;

/// Collects the figures.
#[derive(Debug, Default)]
pub struct Hearing {
    means: Option<Means>,
    last_poll: Option<Moment>,
    late: VecDeque<i64>,
    delays: VecDeque<i64>,
    longest_gap: i64,
    missed: u64,
    losses: u64,
}

/// The figures. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Quality {
    /// Answered polls.
    pub polls: usize,
    /// Median delay of answered polls, relative to the interval.
    pub late_p50: i64,
    /// The 95th percentile of the same.
    pub late_p95: i64,
    /// The longest time between two answered polls, losses excluded.
    pub longest_gap: i64,
    /// How many polls are missing from gaps longer than the interval.
    pub missed: u64,
    /// Call events on the stream.
    pub events: usize,
    /// Median delay of these events, relative to their time by the server's clock.
    pub event_p50: i64,
    /// The 95th percentile of the same.
    pub event_p95: i64,
    /// How often the server was lost.
    pub losses: u64,
}

impl Hearing {
    /// Takes an observation at `now`. `every` is the poll interval in seconds.
    pub fn heard(&mut self, seen: &Observation, now: Moment, every: u32) {
        match seen {
            Observation::Connected(means) => {
                self.means = Some(*means);
                self.last_poll = None;
            }
            Observation::Lost(_) => {
                self.losses = self.losses.saturating_add(1);
                self.last_poll = None;
            }
            Observation::Polled(_) => self.polled(now, i64::from(every.max(1)) * 1000),
            Observation::Pushed(Event::Call(call)) => {
                let delay = now.at.as_millisecond().saturating_sub(call.since.as_millisecond());
                count(&mut self.delays, delay.max(0));
            }
            Observation::Pushed(
                Event::Snapshot(_) | Event::Presence(_) | Event::Team(_) | Event::Member(_) | Event::Queues(_),
            )
            | Observation::Described(_)
            | Observation::Unreadable => {}
        }
    }

    fn polled(&mut self, now: Moment, pace: i64) {
        let Some(before) = self.last_poll.replace(now) else { return };
        let gap = now.since(before);
        count(&mut self.late, (gap - pace).max(0));
        // With the stream, polls are rare on purpose.
        if self.means == Some(Means::Push) {
            return;
        }
        self.longest_gap = self.longest_gap.max(gap);
        let whole = u64::try_from(gap / pace).unwrap_or_default();
        self.missed = self.missed.saturating_add(whole.saturating_sub(1));
    }

    /// The figures.
    pub fn quality(&self) -> Quality {
        Quality {
            polls: self.late.len(),
            late_p50: percentile(&self.late, 50),
            late_p95: percentile(&self.late, 95),
            longest_gap: self.longest_gap,
            missed: self.missed,
            events: self.delays.len(),
            event_p50: percentile(&self.delays, 50),
            event_p95: percentile(&self.delays, 95),
            losses: self.losses,
        }
    }
}

fn count(counted: &mut VecDeque<i64>, value: i64) {
    if counted.len() >= COUNTED {
        counted.pop_front();
    }
    counted.push_back(value);
}

/// The smallest value that this percentage of the values does not exceed. Zero without values.
fn percentile(values: &VecDeque<i64>, of_hundred: usize) -> i64 {
    let mut sorted: Vec<i64> = values.iter().copied().collect();
    sorted.sort_unstable();
    let at = (sorted.len() * of_hundred).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uncall_client::Error;

    use super::*;

    fn at(ms: i64) -> Moment {
        Moment { at: jiff::Timestamp::from_millisecond(ms).unwrap(), ms }
    }

    #[test]
    fn lateness_gaps_and_losses_are_counted() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.quality(), Quality::default());
        hearing.heard(&Observation::Connected(Means::Poll), at(0), 3);
        // Nineteen polls at most 0.2 s late, and one 7 s late, during which two were missed.
        let mut now = 0;
        for poll in 0..21 {
            hearing.heard(&Observation::Polled(None), at(now), 3);
            now += if poll == 19 {
                10_000
            } else if poll % 2 == 0 {
                3000
            } else {
                3200
            };
        }
        let quality = hearing.quality();
        assert_eq!((quality.polls, quality.late_p50, quality.late_p95), (20, 0, 200));
        assert_eq!((quality.longest_gap, quality.missed, quality.losses), (10_000, 2, 0));
        // An outage counts as a loss, not as a gap.
        hearing.heard(&Observation::Lost(Error::Timeout(String::new())), at(now), 3);
        hearing.heard(&Observation::Connected(Means::Poll), at(now + 100_000), 3);
        hearing.heard(&Observation::Polled(None), at(now + 100_000), 3);
        let quality = hearing.quality();
        assert_eq!((quality.longest_gap, quality.losses, quality.polls), (10_000, 1, 20));
    }

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let values: VecDeque<i64> = (1..=100).collect();
        assert_eq!((percentile(&values, 50), percentile(&values, 95)), (50, 95));
        assert_eq!(percentile(&[7].into(), 95), 7);
        assert_eq!(percentile(&VecDeque::new(), 95), 0);
    }
}
