//! Queries of verbs: where a leg is now, and what has become of an originated one.

use uncall_contract::{Channel, Extension, Uid};

use super::Model;
use super::ids::{Origin, origin};
use super::leg::{Dialled, Id, Leg, Place, State};
use super::lines::Line;

/// Where a leg of a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has ended.
    Gone,
    /// It talks.
    Talks,
    /// It hears hold music.
    Held,
    /// It is the agent's leg of a hold.
    Silent,
    /// It waits for a transfer's target.
    Waits,
    /// It is the agent's leg of a transfer.
    Announced,
    /// It is in the survey.
    Aside,
    /// Anywhere else: it rings, dials, or is between two places.
    Elsewhere,
}

impl Model {
    /// The leg's unique id and the name that AMI accepts. The unique id shows later whether it is still the same leg, because
    /// names start again with every start of the PBX.
    pub(crate) fn leg(&self, channel: &Channel) -> Option<(String, String)> {
        let leg = self.legs.get(self.channels.get(channel)?)?;
        let fit = channel.as_str() == leg.name;
        Some((leg.unique.clone(), if fit { leg.name.clone() } else { leg.unique.clone() }))
    }

    /// Notes that the agent of this leg is about to hang up.
    pub(crate) fn puts_down(&mut self, channel: &Channel) {
        if let Some(leg) = self.channels.get(channel).and_then(|id| self.legs.get_mut(id)) {
            leg.put_down = true;
        }
    }

    /// Where the leg with this unique id is.
    pub(crate) fn standing(&self, unique: &str) -> Standing {
        let Some((id, leg)) = self.by_unique(unique) else { return Standing::Gone };
        if self.conversation(id).is_some_and(|talk| talk.others(id).next().is_some()) {
            return Standing::Talks;
        }
        match leg.place {
            Place::Hold(_) => Standing::Held,
            Place::HoldAgent => Standing::Silent,
            Place::Transfer => Standing::Waits,
            Place::TransferAgent => Standing::Announced,
            Place::Survey => Standing::Aside,
            Place::LeftHold | Place::Nowhere => Standing::Elsewhere,
        }
    }

    /// Whether the two talk with each other.
    pub(crate) fn together(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.ids.get(one), self.ids.get(other)) else { return false };
        one != other && self.conversation(*one).is_some_and(|talk| talk.has(*other))
    }

    /// Whether the leg talks with a phone of this extension.
    pub(crate) fn talks_with(&self, unique: &str, exten: &Extension) -> bool {
        let Some(id) = self.ids.get(unique) else { return false };
        let Some(talk) = self.conversation(*id) else { return false };
        talk.others(*id).filter_map(|id| self.legs.get(&id)).any(|leg| leg.phone() == Some(exten))
    }

    /// Whether a transfer that the leg waited for has failed, and it has not been in a bridge since.
    pub(crate) fn turned_back(&self, unique: &str) -> bool {
        self.by_unique(unique).is_some_and(|(_, leg)| leg.turned_back)
    }

    /// Whether the target of the transfer that the leg waited for has answered.
    pub(crate) fn handed_on(&self, unique: &str) -> bool {
        self.by_unique(unique).is_some_and(|(_, leg)| leg.handed_on)
    }

    /// Whether the phone of this leg rings or has answered.
    pub(crate) fn has_rung(&self, unique: &str) -> bool {
        let rung = |leg: &Leg| leg.rings() || leg.state == State::Up;
        // For an agent with several phones, this leg is only the way to them.
        let phones = || self.calls.legs(unique).filter_map(|id| self.legs.get(&id));
        self.by_unique(unique).is_some_and(|(_, leg)| rung(leg))
            || phones().any(|leg| leg.phone().is_some() && rung(leg))
    }

    /// Whether the phone of this leg rings because the dialplan calls it.
    pub(crate) fn is_called(&self, unique: &str) -> bool {
        let called = |leg: &Leg| leg.dialled != Dialled::Originated && matches!(origin(&leg.unique), Origin::Pbx);
        self.by_unique(unique).is_some_and(|(_, leg)| leg.rings() && called(leg))
    }

    /// The result in `OriginateResponse` for this `ActionID`.
    pub(crate) fn originated(&self, id: &str) -> Option<bool> {
        self.originated.get(id).copied().flatten()
    }

    /// Whether a phone of the extension is being rung for the held party of this call.
    pub(crate) fn fetching(&self, uid: &Uid, exten: &Extension) -> bool {
        self.legs.values().any(|leg| {
            let back = |id: &str| matches!(origin(id), Origin::Back(call) if call == uid.as_str());
            let ours = back(&leg.unique) || back(&leg.linked);
            let recalled = leg.linked == uid.as_str() && leg.rings();
            (ours || recalled) && leg.phone() == Some(exten)
        })
    }

    /// How the leg's party is shown, if that is valid in a caller id: digits and the like.
    pub(crate) fn shown(&self, unique: &str) -> String {
        let told = self.ids.get(unique).and_then(|id| self.told.get(id));
        let text = told.map(|told| told.party.as_str()).unwrap_or_default();
        text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '*' | '#')).collect()
    }

    /// Whether a channel of this name belongs to an agent's phone.
    pub(crate) fn is_phone(&self, channel: &str) -> bool {
        self.served.channel(channel).is_some()
    }

    /// Whether a phone is registered.
    pub(crate) fn is_registered(&self, exten: &Extension) -> bool {
        self.lines.get(exten).is_some_and(Line::registered)
    }

    /// Whether the call has a leg.
    pub(crate) fn is_up(&self, uid: &Uid) -> bool {
        self.calls.contains(uid.as_str())
    }

    /// The number of legs in calls.
    pub(crate) fn parties(&self) -> usize {
        self.told.len()
    }

    fn by_unique(&self, unique: &str) -> Option<(Id, &Leg)> {
        let id = *self.ids.get(unique)?;
        Some((id, self.legs.get(&id)?))
    }
}
