//! Calls that come by themselves, for demo and training: from a seed, the same ones every time.

use std::time::Duration;

use uncall_contract::event::Presence;
use uncall_contract::{Extension, Uid};

use super::{Leg, LegId, Model, Timer};

/// The agent for whom the demo is made.
const AGENT: &str = "801";
/// Every third call to an extension comes through this queue, if the extension is its first member.
const QUEUE: &str = "600";

/// The generator.
#[derive(Debug)]
pub(super) struct Traffic {
    rng: fastrand::Rng,
    /// Calls of 801 so far.
    calls: u32,
}

impl Traffic {
    pub(super) const fn new(seed: u64) -> Traffic {
        Traffic { rng: fastrand::Rng::with_seed(seed), calls: 0 }
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.rng.u64(from * 1000..=to * 1000))
    }

    /// A number as it comes in: mostly mobiles, some landlines.
    fn caller(&mut self) -> String {
        const MOBILE: [&str; 8] = ["130", "135", "138", "139", "150", "158", "186", "189"];
        const CITY: [&str; 4] = ["010", "021", "020", "0755"];
        if self.rng.u8(0..4) == 0 {
            let city = self.rng.choice(CITY).unwrap_or("010");
            format!("{city}{}", self.rng.u32(20_000_000..90_000_000))
        } else {
            let mobile = self.rng.choice(MOBILE).unwrap_or("138");
            format!("{mobile}{:08}", self.rng.u32(0..100_000_000))
        }
    }
}

impl Model {
    pub(super) fn begin_traffic(&mut self) {
        let Some(traffic) = self.traffic.as_mut() else { return };
        let (agent, others) = (traffic.seconds(2, 6), traffic.seconds(5, 15));
        self.after(agent, Timer::CallsAgent);
        self.after(others, Timer::CallsOthers);
    }

    pub(super) fn traffic_calls_agent(&mut self) {
        let Some(traffic) = self.traffic.as_mut() else { return };
        let (from, talk, pause) = (traffic.caller(), traffic.seconds(25, 80), traffic.seconds(15, 40));
        traffic.calls += 1;
        let by_queue = traffic.calls.is_multiple_of(3);
        let to = if by_queue && self.is_first_in(QUEUE, AGENT) { QUEUE } else { AGENT };
        let free = self.idle_extensions().iter().any(|exten| exten.as_str() == AGENT);
        if free && let Ok(uid) = self.call(&from, to) {
            self.limit_call(&uid, talk);
            self.after(talk.saturating_add(pause), Timer::CallsAgent);
        } else {
            self.after(Duration::from_secs(3), Timer::CallsAgent);
        }
    }

    pub(super) fn traffic_calls_others(&mut self) {
        let mut idle = self.idle_extensions();
        idle.retain(|exten| exten.as_str() != AGENT);
        let Some(traffic) = self.traffic.as_mut() else { return };
        let (from, talk, pause) = (traffic.caller(), traffic.seconds(20, 90), traffic.seconds(12, 40));
        let callee = traffic.rng.choice(&idle).map(ToString::to_string);
        let colleague = traffic.rng.choice(&idle).map(ToString::to_string);
        let internal = traffic.rng.u8(0..3) == 0;
        self.after(pause, Timer::CallsOthers);
        // Two of them always stay free: somebody has to be there for transfers and listening.
        let (Some(callee), Some(colleague), true) = (callee, colleague, idle.len() > 3) else { return };
        let from = if internal && colleague != callee { colleague } else { from };
        if let Ok(uid) = self.call(&from, &callee) {
            self.limit_call(&uid, talk);
        }
    }

    fn limit_call(&mut self, uid: &Uid, talk: Duration) {
        if let Some(caller) = self.first_leg(uid) {
            self.after(talk, Timer::HadEnough { leg: caller });
        }
    }

    fn first_leg(&self, uid: &Uid) -> Option<LegId> {
        self.legs.iter().find(|(_, leg): &(&LegId, &Leg)| leg.uid == *uid).map(|(id, _)| *id)
    }

    /// Phones that are there, not busy, and in nobody's hand.
    fn idle_extensions(&self) -> Vec<Extension> {
        let there = self.phones.iter().filter(|(_, phone)| phone.registered && phone.presence == Presence::Idle);
        let idle = there.filter(|(exten, _)| !self.legs.values().any(|leg| leg.party.extension() == Some(exten)));
        idle.map(|(exten, _)| exten.clone()).collect()
    }
}
