//! Sequence numbers and timestamps that never wrap (RFC 3550, appendix A.1).

/// The largest jump ahead within one stream, in packets.
const MOST_LOST: u16 = 3000;
/// The latest a packet may be within one stream, in packets.
const MOST_LATE: u16 = 100;

/// Extends 16-bit sequence numbers to 64 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence {
    first: i64,
    highest: i64,
    /// After a jump: the number that would confirm that the sender has restarted.
    restart: Option<u16>,
}

/// Where a number belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this stream, with this extended number.
    Here(i64),
    /// Far from all before it. One packet alone proves nothing.
    Far,
    /// The second in a row after a jump: the sender has restarted, and this is the extended number.
    Restarted(i64),
}

impl Sequence {
    /// Starts with a packet's number.
    pub(crate) fn new(first: u16) -> Sequence {
        Sequence { first: first.into(), highest: first.into(), restart: None }
    }

    /// Takes the next number.
    pub(crate) fn place(&mut self, number: u16) -> Place {
        let ahead = number.wrapping_sub(self.low());
        if ahead < MOST_LOST {
            self.highest += i64::from(ahead);
            self.restart = None;
            return Place::Here(self.highest);
        }
        let behind = ahead.wrapping_neg();
        if behind <= MOST_LATE {
            return Place::Here(self.highest - i64::from(behind));
        }
        if self.restart == Some(number) {
            // Skip to the next cycle, so that no number comes twice.
            let continued = (self.highest | 0xffff) + 1 + i64::from(number);
            *self = Sequence { first: continued, highest: continued, restart: None };
            return Place::Restarted(continued);
        }
        self.restart = Some(number.wrapping_add(1));
        Place::Far
    }

    /// The first number of the stream.
    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    /// The highest number so far.
    pub(crate) fn highest(&self) -> i64 {
        self.highest
    }

    fn low(&self) -> u16 {
        (self.highest & 0xffff) as u16
    }
}

/// Extends a timestamp to 64 bits: the value closest to the last one.
pub(crate) fn continued(last: i64, timestamp: u32) -> i64 {
    let ahead = timestamp.wrapping_sub((last & 0xffff_ffff) as u32) as i32;
    last + i64::from(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_continue_over_the_wrap_and_back() {
        let mut sequence = Sequence::new(65_534);
        let places: Vec<Place> = [65_535, 1, 0, 65_535, 2].into_iter().map(|n| sequence.place(n)).collect();
        assert_eq!(places, [65_535, 65_537, 65_536, 65_535, 65_538].map(Place::Here));
        assert_eq!((sequence.first(), sequence.highest()), (65_534, 65_538));
    }

    #[test]
    fn a_jump_is_believed_when_the_next_packet_follows_it() {
        let mut sequence = Sequence::new(100);
        assert_eq!(sequence.place(40_000), Place::Far);
        assert_eq!(sequence.place(101), Place::Here(101));
        assert_eq!(sequence.place(40_000), Place::Far);
        assert_eq!(sequence.place(40_001), Place::Restarted(65_536 + 40_001));
        assert_eq!(sequence.place(40_002), Place::Here(65_536 + 40_002));
    }

    #[test]
    fn timestamps_continue_over_the_wrap() {
        let last = 3 * (1 << 32) - 10;
        assert_eq!(continued(last, 150), last + 160);
        assert_eq!(continued(last + 160, u32::MAX - 9), last);
    }
}
