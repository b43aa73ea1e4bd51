//! What truly happened to the calls of one extension.

use proptest::prelude::*;

/// A call is offered to the extension: it rings, is answered or not, and ends for this extension. A uid may be offered
/// again: a queue comes back, a transfer returns.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) uid: String,
    pub(super) rings: i64,
    pub(super) answered: Option<i64>,
    /// The first second in which it is over.
    pub(super) ends: i64,
    /// The agent's panel hands it on then, where it can; else it ends by itself.
    pub(super) transferred: bool,
}

impl Offer {
    pub(super) fn lasts_at(&self, second: i64) -> bool {
        (self.rings..self.ends).contains(&second)
    }

    pub(super) fn rings_at(&self, second: i64) -> bool {
        self.lasts_at(second) && self.answered.is_none_or(|answered| second < answered)
    }
}

#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) offers: Vec<Offer>,
}

impl History {
    pub(super) fn end(&self) -> i64 {
        self.offers.iter().map(|offer| offer.ends).max().unwrap_or_default()
    }

    pub(super) fn offers_of(&self, uid: &str) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(move |offer| offer.uid == uid)
    }

    pub(super) fn uids(&self) -> Vec<&str> {
        let mut uids: Vec<&str> = self.offers.iter().map(|offer| offer.uid.as_str()).collect();
        uids.sort_unstable();
        uids.dedup();
        uids
    }

    /// The last second up to `second` in which this uid was up.
    pub(super) fn last_up(&self, uid: &str, second: i64) -> Option<i64> {
        let begun = self.offers_of(uid).filter(|offer| offer.rings <= second);
        begun.map(|offer| second.min(offer.ends - 1)).max()
    }

    /// For how long nothing has been up.
    pub(super) fn quiet_for(&self, second: i64) -> i64 {
        let last = self.uids().into_iter().filter_map(|uid| self.last_up(uid, second)).max();
        last.map_or(i64::MAX, |up| second - up)
    }
}

/// One offer as it is drawn: seconds since the one before has ended (or, for a second call, has begun), how long it rings,
/// whether and how long it is talked, and whose uid it has.
#[derive(Debug, Clone)]
struct Draw {
    pause: i64,
    rings: i64,
    talks: Option<i64>,
    again: bool,
    meanwhile: bool,
    transferred: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    let pause = prop_oneof![4 => 0..4_i64, 4 => 4..40_i64, 1 => 40..900_i64];
    let talks = prop::option::weighted(0.6, prop_oneof![1..8_i64, 8..90_i64]);
    (pause, 1..35_i64, talks, prop::bool::weighted(0.4), prop::bool::weighted(0.3), prop::bool::weighted(0.2)).prop_map(
        |(pause, rings, talks, again, meanwhile, transferred)| Draw {
            pause,
            rings,
            talks,
            again,
            meanwhile,
            transferred,
        },
    )
}

/// Up to eight offers, never more than two at once.
pub(super) fn history() -> impl Strategy<Value = History> {
    prop::collection::vec(draw(), 1..8).prop_map(|draws| {
        let mut offers: Vec<Offer> = Vec::new();
        // Since when nobody may begin: the end of what is up, or of the second call.
        let mut free = 5;
        for (n, draw) in draws.into_iter().enumerate() {
            let talks = offers.last().filter(|last| last.answered.is_some() && last.ends == free);
            let second = draw.meanwhile && talks.is_some();
            let rings = match talks {
                Some(first) if second => first.answered.unwrap_or(first.rings) + draw.pause.min(20),
                Some(_) | None => free + draw.pause,
            };
            let answered = draw.talks.map(|_| rings + draw.rings);
            let ends = rings + draw.rings + draw.talks.unwrap_or_default();
            let is_over = |uid: &str| offers.iter().all(|offer| offer.uid != uid || offer.ends < rings);
            let earlier = offers.iter().rev().map(|offer| offer.uid.clone()).find(|uid| is_over(uid));
            let uid = earlier.filter(|_| draw.again).unwrap_or_else(|| format!("{}", n * 2));
            free = free.max(ends);
            offers.push(Offer { uid, rings, answered, ends, transferred: draw.transferred && answered.is_some() });
        }
        History { offers }
    })
}
