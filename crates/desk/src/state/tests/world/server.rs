//! What kinds of servers say of a history.

use proptest::prelude::*;
use uncall_client::{Means, Observation};
use uncall_contract::Call;
use uncall_contract::event::{CallEvent, CallState, EndReason, Event, Presence, Snapshot};

use super::history::{History, Offer};
use super::{at, callin, event};
use crate::state::tests::START;

/// What a server is like, and the way to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flavour {
    /// It pushes what happens; nothing else of this matters then.
    pub(super) streams: bool,
    /// popEvent names each offer once.
    pub(super) once: bool,
    /// popEvent goes on naming the last call after its end.
    pub(super) for_ever: bool,
    /// popEvent names the newest call, whatever rings.
    newest: bool,
    /// Seconds between two polls.
    pub(super) interval: i64,
    /// Seconds until an answer comes.
    pub(super) delay: i64,
    /// How old an answer is when it is made.
    stale: i64,
    /// Of a hundred polls, so many fail.
    errors: u64,
    pub(super) seed: u64,
}

pub(super) fn flavour() -> impl Strategy<Value = Flavour> {
    let interval = prop_oneof![4 => Just(3_i64), 1 => 1..30_i64];
    let delay = prop_oneof![3 => Just(0_i64), 1 => 0..8_i64];
    let stale = prop_oneof![3 => Just(0_i64), 1 => 0..4_i64];
    let errors = prop_oneof![3 => Just(0_u64), 1 => 0..60_u64];
    (0..5_u8, interval, delay, stale, errors, any::<u64>()).prop_map(|(kind, interval, delay, stale, errors, seed)| {
        Flavour {
            streams: kind == 0,
            once: kind == 1,
            for_ever: kind == 2,
            newest: kind == 3,
            interval,
            delay,
            stale,
            errors,
            seed,
        }
    })
}

/// What a server and the client's watch remember between two seconds.
#[derive(Debug, Default)]
pub(super) struct Memory {
    begun: bool,
    next_poll: i64,
    polls: u64,
    in_flight: Option<(i64, Option<Option<Call>>)>,
    failed: u32,
    lost: bool,
    named: Vec<(String, i64)>,
}

impl Memory {
    /// What the desk is told in this second.
    pub(super) fn said(&mut self, history: &History, flavour: Flavour, second: i64) -> Vec<Observation> {
        if flavour.streams { self.pushed(history, second) } else { self.polled(history, flavour, second) }
    }

    pub(super) fn pushed(&mut self, history: &History, second: i64) -> Vec<Observation> {
        let mut said = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            said.push(Observation::Connected(Means::Push));
            let snapshot = Snapshot::new("801", Presence::Idle, Vec::new());
            said.push(Observation::Pushed(Event::Snapshot(snapshot)));
        }
        // Ends come before beginnings: a uid may be offered again in the second in which it ended.
        for offer in history.offers.iter().filter(|offer| offer.ends == second) {
            let reason = if offer.answered.is_some() { EndReason::Hangup } else { EndReason::NoAnswer };
            said.push(pushed(CallEvent { reason: Some(reason), ..told(offer, CallState::Ended, second) }));
        }
        for offer in &history.offers {
            if offer.rings == second {
                said.push(pushed(told(offer, CallState::Ringing, second)));
            }
            if offer.answered == Some(second) {
                said.push(pushed(told(offer, CallState::Talking, second)));
            }
        }
        said
    }

    fn polled(&mut self, history: &History, flavour: Flavour, second: i64) -> Vec<Observation> {
        let mut said = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            said.push(Observation::Connected(Means::Poll));
        }
        if self.in_flight.is_none() && second >= self.next_poll {
            self.polls += 1;
            let fails = scatter(flavour.seed ^ self.polls) % 100 < flavour.errors;
            let answer = if fails { None } else { Some(self.pop_event(history, flavour, second - flavour.stale)) };
            self.in_flight = Some((second + flavour.delay, answer));
        }
        let Some((_, answer)) = self.in_flight.take_if(|(arrives, _)| *arrives <= second) else { return said };
        self.next_poll = (second - flavour.delay + flavour.interval).max(second + 1);
        match answer {
            Some(call) => {
                self.failed = 0;
                if std::mem::take(&mut self.lost) {
                    said.push(Observation::Connected(Means::Poll));
                }
                said.push(Observation::Polled(call));
            }
            None => {
                self.failed += 1;
                self.next_poll = second + 1;
                if self.failed > 1 && !std::mem::replace(&mut self.lost, true) {
                    said.push(Observation::Lost(uncall_client::Error::Http(502)));
                }
            }
        }
        said
    }

    fn pop_event(&mut self, history: &History, flavour: Flavour, second: i64) -> Option<Call> {
        let up = || history.offers.iter().filter(|offer| offer.lasts_at(second));
        let mut offer = if flavour.newest {
            up().max_by_key(|offer| offer.rings)
        } else {
            up().max_by_key(|offer| (offer.rings_at(second), offer.rings))
        };
        if flavour.once {
            let fresh = |offer: &&Offer| !self.named.contains(&(offer.uid.clone(), offer.rings));
            offer = up().filter(fresh).max_by_key(|offer| offer.rings);
            self.named.extend(offer.map(|offer| (offer.uid.clone(), offer.rings)));
        }
        if flavour.for_ever && offer.is_none() {
            offer = history.offers.iter().filter(|offer| offer.rings <= second).max_by_key(|offer| offer.rings);
        }
        offer.map(|offer| Call { calla: number(&offer.uid), ..callin(&offer.uid) })
    }
}

fn pushed(event: CallEvent) -> Observation {
    Observation::Pushed(Event::Call(event))
}

fn told(offer: &Offer, state: CallState, second: i64) -> CallEvent {
    CallEvent { since: at(START + second), calla: number(&offer.uid), ..event(&offer.uid, state) }
}

/// Who calls, in the call of this uid: everybody once.
pub(super) fn number(uid: &str) -> String {
    format!("1342182{uid:0>4}")
}

/// Numbers that look drawn by chance (the finaliser of SplitMix64).
pub(super) fn scatter(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
