//! When a download goes on after a failure, and when it is given up.

use std::time::Duration;

use super::Error;
use crate::backoff::Backoff;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many requests in a row may bring nothing new. Fewer before the first byte, because the listener waits for a sound; more
/// after it, because a network may need a moment.
const TRIES_BEFORE: u32 = 4;
const TRIES_AFTER: u32 = 8;
/// How many answers in a row may end at the same byte.
const SAME_END: u32 = 3;

/// What went wrong with one request.
#[derive(Debug)]
pub(crate) enum Broke {
    /// No answer, or a useless one.
    Unanswered(Error),
    /// The answer ended too early: why, and at which byte of the recording.
    Short(Error, u64),
}

/// The requests of one download.
#[derive(Debug)]
pub(crate) struct Tries {
    pauses: Backoff,
    fruitless: u32,
    /// Where the last answer ended too early, and how many in a row ended there.
    end: Option<(u64, u32)>,
}

impl Default for Tries {
    fn default() -> Tries {
        Tries { pauses: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE), fruitless: 0, end: None }
    }
}

impl Tries {
    /// The pause before the next try, given that `len` bytes are there and whether the last request brought new ones (`grew`).
    ///
    /// # Errors
    /// The final error.
    pub(crate) fn failed(&mut self, broke: Broke, grew: bool, len: u64) -> Result<Duration, Error> {
        if grew {
            self.fruitless = 0;
            self.pauses.reset();
        } else {
            // A timeout has taken long enough already.
            let silent = matches!(&broke, Broke::Unanswered(Error::Timeout(_)));
            self.fruitless += if silent { 2 } else { 1 };
        }
        let error = match broke {
            Broke::Unanswered(error) => {
                self.end = None;
                error
            }
            Broke::Short(error, at) => {
                let times = self.end.filter(|(last, _)| *last == at).map_or(1, |(_, times)| times + 1);
                self.end = Some((at, times));
                if times >= SAME_END && at >= len {
                    return Err(Error::Damaged { at: len });
                }
                error
            }
        };
        if self.fruitless >= if len == 0 { TRIES_BEFORE } else { TRIES_AFTER } {
            return Err(error);
        }
        tracing::debug!(%error, fruitless = self.fruitless, len, "a recording is asked for again");
        Ok(self.pauses.pause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unanswered() -> Broke {
        Broke::Unanswered(Error::Unreachable("refused".into()))
    }

    /// How many failures in a row are tolerated.
    fn borne(broke: impl Fn(u32) -> Broke, len: u64) -> (u32, Error) {
        let mut tries = Tries::default();
        for made in 0.. {
            if let Err(error) = tries.failed(broke(made), false, len) {
                return (made, error);
            }
        }
        unreachable!()
    }

    #[test]
    fn patience_ends_sooner_before_the_first_byte() {
        assert_eq!(borne(|_| unanswered(), 0), (3, Error::Unreachable("refused".into())));
        assert_eq!(borne(|_| unanswered(), 9), (7, Error::Unreachable("refused".into())));
        let silent = || Broke::Unanswered(Error::Timeout("silence".into()));
        assert_eq!(borne(|_| silent(), 0), (1, Error::Timeout("silence".into())));
    }

    #[test]
    fn new_bytes_renew_it() {
        let mut tries = Tries::default();
        for len in 1..100 {
            assert!(tries.failed(Broke::Short(Error::Broken("reset".into()), len), true, len).is_ok());
        }
    }

    #[test]
    fn three_ends_at_the_same_byte_are_damage_and_at_earlier_ones_are_not() {
        let short = |at| Broke::Short(Error::Broken("reset".into()), at);
        assert_eq!(borne(|_| short(9), 9), (2, Error::Damaged { at: 9 }));
        assert_eq!(borne(|_| short(5), 9), (7, Error::Broken("reset".into())));
        assert_eq!(borne(|made| short(u64::from(made)), 9).1, Error::Broken("reset".into()));
    }
}
