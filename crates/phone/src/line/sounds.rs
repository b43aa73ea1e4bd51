//! Decides what sounds where from the state of the calls.

use super::dialogue::Dialogue;
use crate::{
    Direction, LegId, LegState,
    media::{Media, Order, RingPlace, Sound},
};

/// Longest extension number; longer ones are outside numbers.
const INSIDE: usize = 6;

/// What sounds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sounding {
    /// The call that is heard.
    talks: Option<LegId>,
    /// The microphone is open. It stays open during hold so that a Bluetooth headset keeps its profile.
    speaks: bool,
    ring: Option<(Sound, RingPlace)>,
    beside: Option<Sound>,
    /// Open the headphones in advance.
    soon: bool,
}

/// During a call a second one only knocks in the headphones, and rings on other devices: no loud tone enters a call.
pub(super) fn of(dialogues: &[Dialogue], rings: bool) -> Sounding {
    let find = |matches: &dyn Fn(&Dialogue) -> bool| dialogues.iter().find(|dialogue| matches(dialogue));
    let talking = find(&|one| one.leg.state == LegState::Talking && !one.holds);
    let early = find(&|one| one.leg.state == LegState::Early && one.sounds);
    let ringing = find(&|one| one.leg.state == LegState::Ringing && one.leg.direction == Direction::Incoming);
    let dialling = find(&|one| {
        one.leg.direction == Direction::Outgoing && matches!(one.leg.state, LegState::Calling | LegState::Ringing)
    });
    let rings_there =
        find(&|one| one.leg.direction == Direction::Outgoing && one.leg.state == LegState::Ringing && !one.sounds);
    let answered = find(&|one| one.answered());
    let occupied = talking.or(early).or(dialling).is_some();
    let place = if occupied { RingPlace::ApartFromCall } else { RingPlace::Everywhere };
    let ring = ringing.filter(|_| rings).map(|one| match one.leg.number.len() <= INSIDE {
        true => (Sound::Inside, place),
        false => (Sound::Outside, place),
    });
    let knock = ring.filter(|_| occupied).map(|_| Sound::Knock);
    Sounding {
        talks: talking.or(early).map(|one| one.leg.id),
        speaks: answered.is_some(),
        ring,
        beside: if talking.is_none() && rings_there.is_some() { Some(Sound::RingBack) } else { knock },
        soon: ringing.or(dialling).or(answered).is_some(),
    }
}

impl Sounding {
    /// Sends the differences to the sound thread.
    pub(super) fn order(&self, before: &Sounding, media: &Media) {
        if self.soon != before.soon && self.soon {
            media.order(Order::Prepare(true));
        }
        if self.ring != before.ring {
            media.order(Order::Ring(self.ring));
        }
        if (self.talks, self.speaks) != (before.talks, before.speaks) {
            media.order(Order::Talk { leg: self.talks, speaks: self.speaks });
        }
        if self.beside != before.beside {
            media.order(Order::Beside(self.beside));
        }
        if self.soon != before.soon && !self.soon {
            media.order(Order::Prepare(false));
        }
    }
}
