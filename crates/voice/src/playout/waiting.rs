//! The packets that wait to be played.

use std::time::Duration;

use super::{Playout, micros};

/// How many packets may wait. A sender of more is not in a normal call.
const MOST: usize = 100;

/// A packet, by position.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) sequence: i64,
    pub(super) length: i64,
    pub(super) payload: Vec<u8>,
}

impl Playout {
    /// Takes a packet. `position` is the position of its first sample.
    pub(crate) fn insert(&mut self, sequence: i64, position: i64, payload: &[u8], now: Duration) {
        let Some(length) = self.codec.length(payload) else { return };
        let length = length as i64;
        self.delay.arrived(micros(now) - self.micros(position), now);
        self.packet = length;
        let late = self.next.is_some_and(|next| position + length <= next);
        let far = self.next.is_some_and(|next| position - next > 2 * self.rate());
        if late || self.waiting.contains_key(&position) {
            self.played.useless += 1;
            return;
        }
        if far || self.waiting.len() >= MOST {
            // The sender has jumped, or sends faster than real time.
            self.waiting.clear();
            self.pause();
        }
        self.waiting.insert(position, Waiting { sequence, length, payload: payload.to_vec() });
    }

    /// Drops packets that end before `next`.
    pub(super) fn drop_passed(&mut self, next: i64) {
        while let Some(entry) = self.waiting.first_entry()
            && entry.key() + entry.get().length <= next
        {
            entry.remove();
            self.played.useless += 1;
        }
    }

    /// Drops packets that would be played too late. Returns the position to play next.
    pub(super) fn drop_old(&mut self, next: i64, now: Duration) -> i64 {
        let oldest = self.oldest();
        let mut next = next;
        while let Some((position, _)) = self.waiting.first_key_value()
            && self.age(*position, now) > oldest
        {
            self.waiting.pop_first();
            self.played.useless += 1;
            let Some((position, _)) = self.waiting.first_key_value() else { break };
            if self.ahead == 0 {
                next = *position;
                self.continuation = Some(self.take_continuation());
                self.next = Some(next);
            }
        }
        next
    }
}
