//! Estimates how long a packet has to wait so that nearly all packets sent before it have arrived.

use std::{collections::VecDeque, time::Duration};

/// The histogram counts lateness up to this many ms.
const BINS: usize = 300;
/// One percent of the packets is worth this many ms of waiting. Later packets are rare and get concealed.
const WORTH: f64 = 10.0;
/// The weights decay by a factor of e over this many packets: 20 s at 20 ms each.
const MEMORY: f64 = 1000.0;
/// Lateness is measured against the fastest packet of this many seconds, so that the estimate follows clock drift.
const SECONDS: usize = 8;

/// What is known of the network's delay. Times are microseconds between two unrelated clocks: only their changes mean anything.
#[derive(Debug)]
pub(super) struct Delay {
    /// A histogram: the weight of the packets that were late by this many ms.
    bins: Box<[f64; BINS]>,
    total: f64,
    packets: f64,
    /// The shortest transit of each of the last seconds.
    fastest: VecDeque<(u64, i64)>,
    base: Option<i64>,
    /// How long waiting is worthwhile, in ms.
    lateness: usize,
}

impl Delay {
    pub(super) fn new() -> Delay {
        Delay {
            bins: Box::new([0.0; BINS]),
            total: 0.0,
            packets: 0.0,
            fastest: VecDeque::new(),
            base: None,
            lateness: 0,
        }
    }

    /// Counts a packet. `transit` is its arrival minus its position.
    pub(super) fn arrived(&mut self, transit: i64, now: Duration) {
        let second = now.as_secs();
        match self.fastest.back_mut() {
            Some((last, least)) if *last == second => *least = (*least).min(transit),
            _ => self.fastest.push_back((second, transit)),
        }
        while self.fastest.len() > SECONDS {
            self.fastest.pop_front();
        }
        let base = self.fastest.iter().map(|(_, least)| *least).min().unwrap_or(transit);
        if let Some(before) = self.base.replace(base) {
            self.shift((base - before) / 1000);
        }
        let lateness = usize::try_from((transit - base) / 1000).unwrap_or(0).min(BINS - 1);
        // All packets count the same at first; later, newer ones count more.
        self.packets = (self.packets + 1.0).min(MEMORY);
        let weight = self.total / (self.packets - 1.0).max(1.0) + f64::MIN_POSITIVE;
        let weight = if self.packets <= 1.0 { 1.0 } else { weight };
        if self.packets >= MEMORY {
            let keep = 1.0 - 1.0 / MEMORY;
            self.bins.iter_mut().for_each(|bin| *bin *= keep);
            self.total *= keep;
        }
        if let Some(bin) = self.bins.get_mut(lateness) {
            *bin += weight;
            self.total += weight;
        }
        self.lateness = self.best();
    }

    /// The shortest transit, which is that of a packet that waited for nothing.
    pub(super) fn base(&self) -> i64 {
        self.base.unwrap_or(0)
    }

    /// How much later than the fastest a packet may come and still be waited for, in µs.
    pub(super) fn lateness(&self) -> i64 {
        self.lateness as i64 * 1000
    }

    /// The cheapest wait: each ms costs 1, and each packet that would be missed costs what it is worth.
    fn best(&self) -> usize {
        let mut later = 0.0;
        let mut best = (f64::MAX, 0);
        for (ms, bin) in self.bins.iter().enumerate().rev() {
            let cost = ms as f64 + WORTH * 100.0 * later / self.total;
            if cost <= best.0 {
                best = (cost, ms);
            }
            later += bin;
        }
        best.1
    }

    /// Moves the histogram because the fastest packet, which lateness is measured against, has changed by this many ms.
    fn shift(&mut self, ms: i64) {
        let by = usize::try_from(ms.unsigned_abs()).unwrap_or(BINS).min(BINS);
        if by == 0 {
            return;
        }
        let lost: f64;
        if ms > 0 {
            lost = self.bins.iter().take(by).sum();
            self.bins.rotate_left(by.min(BINS));
            self.bins.iter_mut().rev().take(by).for_each(|bin| *bin = 0.0);
            if let Some(first) = self.bins.first_mut() {
                *first += lost;
            }
        } else {
            lost = self.bins.iter().rev().take(by).sum();
            self.bins.rotate_right(by.min(BINS));
            self.bins.iter_mut().take(by).for_each(|bin| *bin = 0.0);
            if let Some(last) = self.bins.last_mut() {
                *last += lost;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(delay: &mut Delay, packets: std::ops::Range<u64>, ms: u64, seed: u64) {
        let mut state = seed;
        for n in packets {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let wait = ((state >> 33) % (ms * 1000 + 1)) as i64;
            delay.arrived(5_000_000 + wait, Duration::from_millis(20 * n));
        }
    }

    #[test]
    fn nearly_all_packets_are_waited_for() {
        let mut delay = Delay::new();
        uniform(&mut delay, 0..500, 60, 1);
        assert!((55_000..=60_000).contains(&delay.lateness()), "{}", delay.lateness());
        // The network calms down. Two minutes later there is no more waiting.
        uniform(&mut delay, 500..7000, 1, 2);
        assert!(delay.lateness() <= 1000, "{}", delay.lateness());
    }

    #[test]
    fn a_longer_way_is_no_lateness_for_long() {
        let mut delay = Delay::new();
        uniform(&mut delay, 0..500, 1, 1);
        for n in 500..1000 {
            delay.arrived(5_070_000, Duration::from_millis(20 * n));
        }
        assert_eq!(delay.base(), 5_070_000);
        assert!(delay.lateness() <= 2000, "{}", delay.lateness());
    }
}
