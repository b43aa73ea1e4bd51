//! Reception statistics of one sender (RFC 3550, sections 6.4.1 and 6.4.4, appendices A.3 and A.8).

use std::time::Duration;

use crate::{
    rtcp::{Report, Sent},
    sequence::Sequence,
};

/// Counts the packets of one sender for reports.
#[derive(Debug)]
pub(crate) struct Reception {
    ssrc: u32,
    /// Ticks per second of the payload's clock.
    clock: u32,
    received: i64,
    /// Arrival minus timestamp of the last packet, in ticks.
    transit: Option<i64>,
    /// Interarrival jitter, in 1/16 tick.
    jitter: i64,
    /// Packets expected and received up to the last report.
    before: (i64, i64),
    /// Losses from before the sender last restarted.
    lost_earlier: i64,
    sender: Option<(u32, Duration)>,
}

impl Reception {
    pub(crate) fn new(ssrc: u32, clock: u32) -> Reception {
        Reception { ssrc, clock, received: 0, transit: None, jitter: 0, before: (0, 0), lost_earlier: 0, sender: None }
    }

    /// Counts a packet. `timestamp` is extended to 64 bits. `spaced` is false for packets whose timestamp says nothing about
    /// their spacing (telephone events).
    pub(crate) fn packet(&mut self, timestamp: i64, spaced: bool, now: Duration) {
        self.received += 1;
        if !spaced {
            return;
        }
        let transit = ticks(now, self.clock) - timestamp;
        if let Some(before) = self.transit.replace(transit) {
            // A jump of a second or more is a new beginning, not jitter.
            let deviation = (transit - before).abs();
            if deviation < i64::from(self.clock) {
                self.jitter += deviation - ((self.jitter + 8) >> 4);
            }
        }
    }

    /// The sender has restarted: settles the losses so far.
    pub(crate) fn restarted(&mut self, sequence: &Sequence) {
        self.lost_earlier += expected(sequence) - self.received;
        self.received = 0;
        self.before = (0, 0);
        self.transit = None;
    }

    /// Remembers the sender's report, for its side of the round-trip calculation.
    pub(crate) fn sender(&mut self, sent: &Sent, now: Duration) {
        self.sender = Some(((sent.time >> 16) as u32, now));
    }

    /// Total losses. Duplicates cannot make them negative.
    pub(crate) fn lost(&self, sequence: &Sequence) -> i64 {
        (self.lost_earlier + expected(sequence) - self.received).max(0)
    }

    /// Mean deviation of the packet spacing.
    pub(crate) fn jitter(&self) -> Duration {
        let micros = (self.jitter >> 4) * 1_000_000 / i64::from(self.clock.max(1));
        Duration::from_micros(micros.max(0) as u64)
    }

    /// The report that is due now.
    pub(crate) fn report(&mut self, sequence: &Sequence, now: Duration) -> Report {
        let expected = expected(sequence);
        let (expected_then, received_then) = std::mem::replace(&mut self.before, (expected, self.received));
        let expected_since = expected - expected_then;
        let lost_since = expected_since - (self.received - received_then);
        let fraction = if expected_since > 0 { (lost_since.max(0) << 8) / expected_since } else { 0 };
        let (last_sender, since) = match self.sender {
            Some((time, at)) => (time, (now.saturating_sub(at).as_micros() * 65_536 / 1_000_000) as u32),
            None => (0, 0),
        };
        Report {
            ssrc: self.ssrc,
            fraction: fraction.min(255) as u8,
            lost: (self.lost_earlier + expected - self.received).clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest: (sequence.highest() & 0xffff_ffff) as u32,
            jitter: (self.jitter >> 4).clamp(0, u32::MAX.into()) as u32,
            last_sender,
            since,
        }
    }
}

fn expected(sequence: &Sequence) -> i64 {
    sequence.highest() - sequence.first() + 1
}

fn ticks(time: Duration, clock: u32) -> i64 {
    (time.as_micros() as i64).saturating_mul(clock.into()) / 1_000_000
}

/// The time of a report: seconds, and fractions of 2^-32 s, with the same zero as `now`. RFC 3550 allows a clock that starts with
/// the call.
pub(crate) fn report_time(now: Duration) -> u64 {
    (now.as_secs() << 32) | (u64::from(now.subsec_nanos()) * (1 << 32) / 1_000_000_000)
}

/// The round-trip time, from the other side's report about this side's packets.
pub(crate) fn round_trip(report: &Report, now: Duration) -> Option<Duration> {
    if report.last_sender == 0 {
        return None;
    }
    let here = (report_time(now) >> 16) as u32;
    let trip = here.wrapping_sub(report.last_sender).wrapping_sub(report.since);
    // A minute or more is no round trip: the report lies, or the clocks differ.
    (trip < 60 << 16).then(|| Duration::from_micros(u64::from(trip) * 1_000_000 / 65_536))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Place;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn losses_and_jitter_are_counted_as_the_appendices_say() {
        let mut sequence = Sequence::new(10);
        let mut reception = Reception::new(1, 8000);
        for n in 0..100u16 {
            if n % 10 == 5 {
                continue;
            }
            assert!(n == 0 || matches!(sequence.place(10 + n), Place::Here(_)));
            // Every other packet comes 8 ms late: the mean deviation is 64 ticks.
            let late = if n % 2 == 0 { 8 } else { 0 };
            reception.packet(160 * i64::from(n), true, at(1000 + 20 * u64::from(n) + late));
        }
        let report = reception.report(&sequence, at(4000));
        assert_eq!((report.lost, report.fraction, report.highest), (10, 25, 109));
        assert!((45..=64).contains(&report.jitter), "{}", report.jitter);
        // Nothing happened since.
        assert_eq!(reception.report(&sequence, at(5000)).fraction, 0);
    }

    /// RFC 3550, figure 2: at 10 Nov 1995 11:33:25.125 UTC a report is answered 5.25 s after it came; the round trip is 6.125 s.
    #[test]
    fn the_round_trip_of_the_standard() {
        let now = Duration::new(0xb710, 0) + Duration::from_micros(0x8000 * 1_000_000 / 65_536);
        let report = Report { last_sender: 0xb705_2000, since: 0x0005_4000, ..Report::default() };
        assert_eq!(round_trip(&report, now), Some(Duration::from_millis(6125)));
        let early = Report { since: 0x000f_ffff, ..report };
        assert_eq!(round_trip(&early, now), None);
    }
}
