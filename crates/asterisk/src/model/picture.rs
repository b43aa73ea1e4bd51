//! A leg's state in the call table's terms, and the facts that lead from one picture to the next.

use std::borrow::Cow;

use uncall_contract::{Channel, Extension, Uid};
use uncall_switch::calls::{Fact, Party, Purpose};

use super::bridges::Conversation;
use super::ids::{Origin, call_of, origin, spelt};
use super::leg::{Dialled, Id, Kind, Leg, Place, State};
use super::shown::{outside, some};
use super::{Model, Touched};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// What it was derived from: while these are the same, so are channel, uid, party and purpose.
    linked: String,
    name: String,
    pub(super) channel: Channel,
    pub(super) uid: Uid,
    pub(super) party: Party,
    pub(super) purpose: Purpose,
    pub(super) rings: bool,
    /// Whether its own phone holds the call.
    pub(super) on_hold: bool,
    pub(super) stands: Stands,
}

/// Where the leg is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stands {
    Free,
    Bridge(u64),
    WithPbx,
    Held { by: Extension, own: Channel },
    Transferring { other: Channel },
    Aside,
}

impl Picture {
    pub(super) fn began(&self) -> Fact {
        Fact::LegBegan {
            channel: self.channel.clone(),
            uid: self.uid.clone(),
            party: self.party.clone(),
            purpose: self.purpose.clone(),
            rings: self.rings,
        }
    }

    /// Whether its own phone holds it, as a fact.
    pub(super) fn phone_hold(&self) -> Fact {
        Fact::PhoneHold { channel: self.channel.clone(), on: self.on_hold }
    }

    /// Where it is, as a fact. `None` for a leg that is nowhere in particular.
    pub(super) fn stands(&self) -> Option<Fact> {
        let channel = self.channel.clone();
        match &self.stands {
            Stands::Free => None,
            Stands::WithPbx => Some(Fact::WithPbx { channel }),
            Stands::Bridge(bridge) => Some(Fact::Bridged { channel, bridge: *bridge }),
            Stands::Held { by, own } => Some(Fact::Held { channel, by: by.clone(), own: own.clone() }),
            Stands::Transferring { other } => Some(Fact::Transferring { channel, other: other.clone() }),
            Stands::Aside => Some(Fact::Aside { channel }),
        }
    }

    /// Whether it is the same leg for the call table.
    fn is(&self, other: &Picture) -> bool {
        self.channel == other.channel
            && self.uid == other.uid
            && self.party == other.party
            && (self.purpose == Purpose::Spies) == (other.purpose == Purpose::Spies)
            && (self.rings || !other.rings)
    }
}

impl Model {
    /// The changes of these legs, and of those that wait for one of them.
    pub(super) fn changes(&mut self, touched: &Touched) -> Vec<Fact> {
        let ids = self.concerned(touched);
        let mut talks: Vec<Conversation> = Vec::new();
        for id in ids.iter() {
            if !talks.iter().any(|talk| talk.has(*id)) {
                talks.extend(self.conversation(*id));
            }
        }
        let talk = |id: Id| talks.iter().find(|talk| talk.has(id));
        for id in ids.iter() {
            self.meet(*id, talk(*id));
        }
        let (mut ended, mut began, mut moved) = (Vec::new(), Vec::new(), Vec::new());
        for id in ids.iter().copied() {
            if self.stays(id, talk(id), &mut began, &mut moved) {
                continue;
            }
            let now = self.picture(id, talk(id));
            let before = self.told.get(&id);
            if before == now.as_ref() {
                continue;
            }
            match (before, &now) {
                (Some(before), Some(now)) if before.is(now) => {
                    let channel = now.channel.clone();
                    if before.rings && !now.rings {
                        began.push(Fact::LegAnswered { channel: channel.clone() });
                    }
                    if before.purpose != now.purpose {
                        began.push(Fact::LegMeans { channel: channel.clone(), purpose: now.purpose.clone() });
                    }
                    if before.on_hold != now.on_hold {
                        moved.push(now.phone_hold());
                    }
                    if before.stands != now.stands {
                        moved.push(now.stands().unwrap_or(Fact::Unbridged { channel }));
                    }
                }
                (_, _) => {
                    let reason = self.reason(id, "");
                    ended.extend(self.tell_ended(id, reason));
                    began.extend(now.as_ref().map(Picture::began));
                    began.extend(now.as_ref().and_then(|now| self.since(id, now)));
                    moved.extend(now.as_ref().filter(|now| now.on_hold).map(Picture::phone_hold));
                    moved.extend(now.as_ref().and_then(Picture::stands));
                }
            }
            if let Some(now) = now {
                if self.channels.get(&now.channel) != Some(&id) {
                    self.channels.insert(now.channel.clone(), id);
                }
                self.told.insert(id, now);
            }
        }
        ended.append(&mut began);
        ended.append(&mut moved);
        ended
    }

    /// The touched legs, those that wait in their calls, and those that they wait for.
    fn concerned<'a>(&self, touched: &'a Touched) -> Cow<'a, Touched> {
        let mut ids = Cow::Borrowed(touched);
        for leg in touched.iter().filter_map(|id| self.legs.get(id)) {
            for waits in self.calls.waiting(&leg.linked) {
                let mate = self.legs.get(&waits).and_then(|waits| waits.mate.as_ref());
                let mate = mate.and_then(|mate| self.names.get(mate)).copied();
                ids.to_mut().extend([waits].into_iter().chain(mate));
            }
        }
        ids
    }

    /// Remembers whom the leg talks with, and whether the leg that it waits for has gone.
    fn meet(&mut self, id: Id, talk: Option<&Conversation>) {
        let left = self.legs.get(&id).is_some_and(|leg| leg.place == Place::HoldAgent && self.is_left(id, leg));
        if let Some(leg) = self.legs.get_mut(&id).filter(|_| left) {
            leg.left = true;
        }
        let Some(mate) = talk.and_then(|talk| talk.others(id).next()) else { return };
        let Some(name) = self.legs.get(&mate).map(|mate| &mate.name) else { return };
        let met = self.legs.get(&id).is_none_or(|leg| leg.talked && leg.mate.as_ref() == Some(name));
        let name = if met { return } else { name.clone() };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.mate = Some(name);
            leg.talked = true;
        }
    }

    /// Whether it is still the leg that was reported to the call table, with at most another place. Most events change no more
    /// than that, and many change nothing.
    fn stays(&mut self, id: Id, talk: Option<&Conversation>, began: &mut Vec<Fact>, moved: &mut Vec<Fact>) -> bool {
        let Some(leg) = self.legs.get(&id) else { return false };
        let Some(told) = self.told.get(&id) else { return !leg.is_party() };
        let same = leg.is_party()
            && told.name == leg.name
            && told.linked == leg.linked
            && spies(leg) == (told.purpose == Purpose::Spies)
            && (told.rings || !rings(leg))
            && self.means(id, leg, &told.purpose, talk) == told.purpose;
        if !same {
            return false;
        }
        let (rings, on_hold, stands) = (rings(leg), leg.on_hold, self.stands(id, leg, talk));
        let Some(told) = self.told.get_mut(&id) else { return false };
        if told.rings && !rings {
            told.rings = false;
            began.push(Fact::LegAnswered { channel: told.channel.clone() });
        }
        if told.on_hold != on_hold {
            told.on_hold = on_hold;
            moved.push(told.phone_hold());
        }
        if told.stands != stands {
            told.stands = stands;
            moved.push(told.stands().unwrap_or_else(|| Fact::Unbridged { channel: told.channel.clone() }));
        }
        true
    }

    fn picture(&self, id: Id, talk: Option<&Conversation>) -> Option<Picture> {
        let leg = self.legs.get(&id)?;
        let told = self.told.get(&id);
        let unclear = !begun(leg) || self.codes.has(id);
        if !leg.is_party() || (told.is_none() && talk.is_none() && unclear) {
            return None;
        }
        let uid = call_of(&leg.linked)?;
        let channel = channel_of(leg)?;
        // A reported leg keeps its party: names and numbers that come later are the other side's.
        let same = told.filter(|told| told.uid == uid && told.channel == channel);
        let same = same.filter(|told| spies(leg) == (told.purpose == Purpose::Spies));
        let (party, purpose) = match same {
            Some(told) => (told.party.clone(), self.means(id, leg, &told.purpose, talk)),
            None => (party(leg), self.purpose(id, leg, &uid, told, talk)),
        };
        let (on_hold, stands) = (leg.on_hold, self.stands(id, leg, talk));
        let (linked, name) = (leg.linked.clone(), leg.name.clone());
        Some(Picture { linked, name, channel, uid, party, purpose, rings: rings(leg), on_hold, stands })
    }

    /// For a leg found in a list: since when it has existed, by the PBX.
    pub(super) fn since(&self, id: Id, picture: &Picture) -> Option<Fact> {
        let at = self.legs.get(&id)?.since?;
        Some(Fact::LegSince { channel: picture.channel.clone(), at })
    }

    /// A leg's purpose stays, with two exceptions: it is known late whom a program's call reaches, and a transfer brings together
    /// two parties of whom one has known only the transferer.
    fn means(&self, id: Id, leg: &Leg, told: &Purpose, talk: Option<&Conversation>) -> Purpose {
        if let (Some(reached), Purpose::Calls { .. }) = (&leg.reached, told) {
            return Purpose::Calls { to: outside([reached.as_str()]).as_str().to_owned() };
        }
        let Some(talk) = talk.filter(|_| leg.handed) else { return told.clone() };
        let stays = |other: &Id| self.legs.get(other).is_some_and(|other| !other.transferred);
        let mut others = talk.others(id).filter(stays);
        match (others.next().and_then(|other| self.text(other)), others.next(), told) {
            (Some(other), None, Purpose::CalledBy { .. }) => Purpose::CalledBy { from: other },
            (Some(other), None, Purpose::Calls { .. }) => Purpose::Calls { to: other },
            (_, _, told) => told.clone(),
        }
    }

    /// Whether the dialplan has answered an agent's call: a voicemail, a menu, a queue's music. A leg made by a program is up as
    /// soon as its agent has answered, and may still be ringing somebody.
    fn is_with_pbx(&self, id: Id, leg: &Leg) -> bool {
        let calls = leg.dialled == Dialled::No && leg.is_first() && !leg.dials && self.made_for(id, leg) == Origin::Pbx;
        leg.state == State::Up && leg.phone().is_some() && !leg.spies && (calls || leg.hears_dialplan)
    }

    fn stands(&self, id: Id, leg: &Leg, talk: Option<&Conversation>) -> Stands {
        if let Some(talk) = talk {
            return Stands::Bridge(talk.number);
        }
        match &leg.place {
            Place::Hold(holder) => self.held(leg, holder.as_ref()).unwrap_or(Stands::Free),
            Place::Survey => Stands::Aside,
            Place::HoldAgent if leg.left => Stands::Aside,
            Place::Nowhere | Place::LeftHold | Place::HoldAgent | Place::Transfer | Place::TransferAgent => {
                let call = self.calls.waiting(&leg.linked).filter(|waits| *waits != id);
                let call = call.filter_map(|waits| self.legs.get(&waits));
                let mut waiting = call.filter(|other| other.place == Place::Transfer);
                let other = waiting.find(|other| other.mate.as_deref() == Some(&leg.name)).and_then(channel_of);
                match other {
                    Some(other) => Stands::Transferring { other },
                    None if leg.place == Place::Nowhere && self.is_with_pbx(id, leg) => Stands::WithPbx,
                    None => Stands::Free,
                }
            }
        }
    }

    fn held(&self, leg: &Leg, holder: Option<&Extension>) -> Option<Stands> {
        let mate = leg.mate.as_deref();
        let by = holder.cloned().or_else(|| self.served.channel(mate?))?;
        let own = mate.filter(|mate| self.served.channel(mate).as_ref() == Some(&by));
        let own = own.and_then(|own| Channel::parse(own).ok());
        // Found after the agent's leg had gone. Nobody can use its name, but it needs one.
        let phone = || self.served.phones(&by).first().map(|device| format!("{}-gone", device.key()));
        let gone = || phone().and_then(|name| Channel::parse(&name).ok());
        Some(Stands::Held { own: own.or_else(gone)?, by })
    }

    /// Whether somebody else has fetched the party that this silent leg waits for, or sent it elsewhere (not possible with the
    /// API, but other programs on the PBX can). Then there is no call at this phone any more, only a receiver off the hook.
    fn is_left(&self, id: Id, leg: &Leg) -> bool {
        let elsewhere = |other: Id| {
            self.conversation(other).is_some_and(|talk| talk.others(other).next().is_some() && !talk.has(id))
        };
        let gone = |other: Id| self.legs.get(&other).is_some_and(|leg| leg.place == Place::LeftHold);
        if let Some(mate) = &leg.mate {
            return self.names.get(mate).is_some_and(|mate| elsewhere(*mate) || gone(*mate));
        }
        // Found in a list, so it is not known whose leg it waited for.
        let call = || self.calls.legs(&leg.linked);
        let held = |id: Id| self.legs.get(&id).is_some_and(|leg| matches!(leg.place, Place::Hold(_)));
        call().any(elsewhere) && !call().any(held)
    }

    fn purpose(&self, id: Id, leg: &Leg, uid: &Uid, told: Option<&Picture>, talk: Option<&Conversation>) -> Purpose {
        if leg.spies {
            return Purpose::Spies;
        }
        // Joined to another call: the parties there count.
        if told.is_some_and(|told| told.uid != *uid)
            && let Some(from) = talk.and_then(|talk| self.text(talk.others(id).next()?))
        {
            return Purpose::CalledBy { from };
        }
        // Found with a colleague, it shows who waits for that to end.
        if let Some(party) = leg.asks_for.and_then(|party| self.text(party)) {
            let calls = leg.is_first() || self.made_for(id, leg) == Origin::Dial;
            return if calls { Purpose::Calls { to: party } } else { Purpose::CalledBy { from: party } };
        }
        let connected = || some(&leg.connected).map(str::to_owned);
        match (self.made_for(id, leg), &leg.dialled) {
            (Origin::Spy, _) => Purpose::Spies,
            (Origin::Dial, _) => {
                let number = self.dials.get(&leg.linked).map(|number| number.as_str().to_owned());
                Purpose::Calls { to: number.or_else(connected).unwrap_or_default() }
            }
            (Origin::Back(_), _) => {
                let legs = self.legs_of(uid).filter(|other| matches!(other.place, Place::Hold(_)));
                let from = legs.map(party).next().map(|party| party.as_str().to_owned());
                Purpose::CalledBy { from: from.or_else(connected).unwrap_or_else(anonymous) }
            }
            (Origin::Pbx, Dialled::By(by)) => {
                let from = self.caller(*by).or_else(connected).unwrap_or_else(anonymous);
                Purpose::CalledBy { from }
            }
            (Origin::Pbx, Dialled::No | Dialled::Originated | Dialled::Found) if leg.is_first() => {
                Purpose::Calls { to: number_called(leg) }
            }
            (Origin::Pbx, Dialled::No | Dialled::Originated | Dialled::Found) => {
                let first = || self.text(*self.ids.get(&leg.linked)?);
                Purpose::CalledBy { from: connected().or_else(first).unwrap_or_else(anonymous) }
            }
        }
    }

    /// The leg's purpose. If an agent has several phones, the gateway's `Local` channel has the id that says so, and the phones
    /// that it rings are in its call.
    fn made_for<'a>(&self, id: Id, leg: &'a Leg) -> Origin<'a> {
        let own = origin(&leg.unique);
        if own != Origin::Pbx || leg.phone().is_none() || leg.is_first() {
            return own;
        }
        match origin(&leg.linked) {
            // The called party is in that call as well, but the agent's phones were there first.
            Origin::Dial => {
                let call = self.calls.legs(&leg.linked);
                let mut phones = call.filter_map(|other| Some((other, self.legs.get(&other)?.phone()?)));
                let first = phones.next();
                let own = first.is_none_or(|(first, exten)| first == id || Some(exten) == leg.phone());
                if own { Origin::Dial } else { Origin::Pbx }
            }
            rung @ (Origin::Spy | Origin::Back(_) | Origin::Pbx) => rung,
        }
    }

    /// The one who dials, through any number of `Local` channels.
    fn caller(&self, by: Id) -> Option<String> {
        let mut id = by;
        for _ in 0..8 {
            match &self.legs.get(&id)?.kind {
                Kind::Phone(_) | Kind::Outside => return self.text(id),
                Kind::Inner => return None,
                Kind::Local(other) => match self.legs.get(&self.half(other)?)?.dialled {
                    Dialled::By(next) => id = next,
                    Dialled::No | Dialled::Originated | Dialled::Found => return None,
                },
            }
        }
        None
    }

    fn text(&self, id: Id) -> Option<String> {
        let party = self.told.get(&id).map(|told| told.party.clone()).or_else(|| self.legs.get(&id).map(party));
        party.map(|party| party.as_str().to_owned())
    }

    fn legs_of(&self, uid: &Uid) -> impl Iterator<Item = &Leg> {
        self.calls.legs(uid.as_str()).filter_map(|id| self.legs.get(&id))
    }
}

/// Whether it listens, or rings in order to: see [`Model::made_for`].
fn spies(leg: &Leg) -> bool {
    let rung = || leg.phone().is_some() && !leg.is_first() && origin(&leg.linked) == Origin::Spy;
    leg.spies
        || match origin(&leg.unique) {
            Origin::Spy => true,
            Origin::Pbx => rung(),
            Origin::Dial | Origin::Back(_) => false,
        }
}

fn rings(leg: &Leg) -> bool {
    leg.rings() && leg.phone().is_some() && !leg.talked
}

/// Whether a leg has to be reported: somebody calls, or a phone rings. A leg that is still being created may turn out to be a
/// busy phone, which does not ring.
fn begun(leg: &Leg) -> bool {
    match (&leg.kind, leg.state) {
        (_, State::Down) if leg.rings() => true,
        (_, State::Calling | State::Ringing | State::Up) => true,
        (Kind::Outside, State::Down) => leg.dialled != Dialled::No,
        (Kind::Phone(_) | Kind::Local(_) | Kind::Inner, State::Down) => false,
    }
}

fn party(leg: &Leg) -> Party {
    match leg.phone() {
        Some(exten) => Party::Extension(exten.clone()),
        None => outside([leg.caller.as_str(), leg.caller_name.as_str()]),
    }
}

/// The number that a call's first leg called. `s` and the like are places in the dialplan, not numbers.
fn number_called(leg: &Leg) -> String {
    let dialled = some(&leg.exten).filter(|exten| exten.chars().any(|c| c.is_ascii_digit()));
    // A program may have given the agent's own number as caller, or only a name.
    let own = leg.phone().is_some_and(|exten| exten.as_str() == leg.connected);
    let connected = Some(leg.connected.as_str()).filter(|_| !own);
    // The first leg of a call rings only if a program has made it, whether that has been reported yet or not.
    let made = leg.dialled == Dialled::Originated || leg.rings();
    let name = Some(leg.connected_name.as_str()).filter(|_| made);
    let place = Some(leg.exten.as_str()).filter(|_| !made);
    outside(dialled.into_iter().chain(connected).chain(name).chain(place)).as_str().to_owned()
}

/// The channel for the API. If its name is not valid there, its unique id, which AMI accepts as well. A leg with neither cannot
/// be addressed, but it exists.
pub(super) fn channel_of(leg: &Leg) -> Option<Channel> {
    let unique = || Channel::parse(&leg.unique);
    Channel::parse(&leg.name).or_else(|_| unique()).or_else(|_| Channel::parse(&spelt(&leg.unique))).ok()
}

fn anonymous() -> String {
    "anonymous".to_owned()
}
