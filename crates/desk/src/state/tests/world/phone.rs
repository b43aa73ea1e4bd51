//! The same days at a desk whose panel is the phone. Each call has a leg; what the phone hears and what the server tells come in any
//! order, the server late, away for a while, or with nothing by which the two could be told to be one but the caller's number.

use proptest::prelude::*;
use uncall_client::{Means, Observation};
use uncall_contract::event::{CallState, Event, Presence, Snapshot as Told};

use super::history::{History, Offer, history};
use super::server::{Flavour, Memory, flavour, number, scatter};
use super::*;
use crate::line::{Leg, LegEnd, LegState, Said};

/// By what a leg and the server's call can be told to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The INVITE carries the uid.
    Uid,
    /// The server tells the Call-ID.
    CallId,
    /// Nothing does.
    Nothing,
}

#[derive(Debug, Clone)]
struct Phone {
    mark: Mark,
    /// So many seconds the phone is behind.
    late: i64,
    /// In a second in which both speak, the phone does first.
    first: bool,
    /// The server is away from then, and back then.
    away: Option<(i64, i64)>,
    /// The line is lost from then, and registered again then; what is up goes on.
    unregistered: Option<(i64, i64)>,
    /// The phone is switched on then; what came before has no leg.
    on: i64,
}

fn phone() -> impl Strategy<Value = Phone> {
    let mark = prop::sample::select(vec![Mark::Uid, Mark::CallId, Mark::Nothing]);
    let window = || prop::option::weighted(0.3, (0..200_i64, 1..60_i64).prop_map(|(from, long)| (from, from + long)));
    let on = prop_oneof![4 => Just(0_i64), 1 => 0..120_i64];
    (mark, 0..3_i64, any::<bool>(), window(), window(), on)
        .prop_map(|(mark, late, first, away, unregistered, on)| Phone { mark, late, first, away, unregistered, on })
}

fn call_id(offer: &Offer) -> String {
    format!("{}-{}@pbx", offer.uid, offer.rings)
}

/// A leg of an offer, and when the phone tells of it.
struct OfLeg<'a> {
    offer: &'a Offer,
    id: u64,
    late: i64,
}

impl OfLeg<'_> {
    fn rings(&self) -> i64 {
        self.offer.rings + self.late
    }

    fn ends(&self) -> i64 {
        self.offer.ends + self.late
    }

    fn is_up(&self, second: i64) -> bool {
        self.offer.answered.is_some_and(|answered| (answered + self.late..self.ends()).contains(&second))
    }

    fn lives(&self, second: i64) -> bool {
        (self.rings()..self.ends()).contains(&second)
    }

    fn told(&self, mark: Mark, state: LegState) -> Input {
        Input::Line(Said::Leg(Leg {
            id: self.id,
            call_id: call_id(self.offer),
            uid: (mark == Mark::Uid).then(|| self.offer.uid.clone()),
            action: None,
            direction: Direction::Callin,
            number: number(&self.offer.uid),
            name: String::new(),
            state,
            consults: None,
            held_by_other: false,
            muted: false,
            codec: None,
            encrypted: false,
            digits: String::new(),
        }))
    }

    /// What the phone says of it in this second.
    fn said(&self, mark: Mark, second: i64) -> Vec<Input> {
        let mut said = Vec::new();
        if second == self.rings() {
            said.push(self.told(mark, LegState::Ringing));
        }
        if self.offer.answered.is_some_and(|answered| second == answered + self.late) {
            said.push(self.told(mark, LegState::Talking));
        }
        if second == self.ends() {
            let end = if self.offer.answered.is_some() { LegEnd::HungUp } else { LegEnd::GaveUp };
            said.push(self.told(mark, LegState::Ended(end)));
        }
        said
    }
}

/// What the server says in this second, late and with gaps as it is.
fn of_server(memory: &mut Memory, history: &History, flavour: Flavour, phone: &Phone, second: i64) -> Vec<Observation> {
    let away = |second: i64| phone.away.is_some_and(|(from, to)| (from..to).contains(&second));
    if !flavour.streams {
        // Polls fail by the flavour.
        return memory.said(history, flavour, second);
    }
    let tells = second - flavour.delay;
    let mut said = memory.pushed(history, tells);
    let begins = matches!(said.first(), Some(Observation::Connected(_)));
    if let Some((from, _)) = phone.away.filter(|(from, _)| *from == second) {
        assert!(away(from));
        return vec![Observation::Lost(Error::Unreachable("gone".into()))];
    }
    if away(second) && !begins {
        return Vec::new();
    }
    if phone.away.is_some_and(|(_, to)| to == second) {
        let up = history.offers.iter().filter(|offer| offer.lasts_at(tells));
        let calls = up.map(|offer| {
            let state = if offer.rings_at(tells) { CallState::Ringing } else { CallState::Talking };
            CallEvent { calla: number(&offer.uid), ..event(&offer.uid, state) }
        });
        let snapshot = Told::new("801", Presence::Idle, calls.collect());
        said = vec![Observation::Connected(Means::Push), Observation::Pushed(Event::Snapshot(snapshot))];
    }
    if phone.mark == Mark::CallId {
        let sip = |call: &mut CallEvent| {
            let of = history.offers_of(&call.uid).filter(|offer| offer.rings <= tells).max_by_key(|offer| offer.rings);
            call.sip = of.map(call_id);
        };
        for observation in &mut said {
            if let Observation::Pushed(Event::Call(call)) = observation {
                sip(call);
            }
            if let Observation::Pushed(Event::Snapshot(snapshot)) = observation {
                snapshot.calls.iter_mut().for_each(sip);
            }
        }
    }
    said
}

/// The journal as it is written.
#[derive(Debug, Default)]
struct Lines(BTreeMap<(String, Timestamp), Entry>);

impl Lines {
    fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Journal(entry) = effect {
                self.0.insert((entry.uid.clone(), entry.began), entry.clone());
            } else if let Effect::Renamed { was, began, uid, now_began } = effect {
                let line = self.0.remove(&(was.clone(), *began)).expect("a line is renamed that is there");
                self.0.entry((uid.clone(), *now_began)).or_insert(line);
            }
        }
    }
}

fn live_through(history: &History, flavour: Flavour, mut phone: Phone) {
    // What follows at once is told in order, whoever is late.
    let close = history.uids().into_iter().any(|uid| {
        let offers: Vec<&Offer> = history.offers_of(uid).collect();
        offers.windows(2).any(|two| two[1].rings - two[0].ends < 8)
    });
    if close {
        phone.late = 0;
    }
    let legs: Vec<OfLeg<'_>> = (1..)
        .zip(&history.offers)
        .map(|(id, offer)| OfLeg { offer, id, late: phone.late })
        .filter(|leg| leg.rings() >= phone.on)
        .collect();
    let all = legs.len() == history.offers.len();
    let options = Options { poll_seconds: u32::try_from(flavour.interval).unwrap(), ..Options::default() };
    let mut desk = Desk::new(Extension::parse("801").unwrap(), options, moment(START));
    let (mut screen, mut lines, mut memory) = (Screen::default(), Lines::default(), Memory::default());
    let started = desk.start(moment(START));
    screen.take(&started, 0);
    let last = history.end() + phone.late + flavour.delay + 70;
    for second in 0..=last {
        let now = moment(START + second);
        let mut inputs: Vec<Input> = Vec::new();
        inputs.extend(of_server(&mut memory, history, flavour, &phone, second).into_iter().map(Input::Seen));
        let mut said: Vec<Input> = legs.iter().flat_map(|leg| leg.said(phone.mark, second)).collect();
        // Ends before beginnings.
        said.sort_by_key(|input| !matches!(input, Input::Line(Said::Leg(leg)) if leg.state.is_over()));
        if second == phone.on {
            said.insert(0, Input::Line(Said::Registered));
        }
        match phone.unregistered {
            Some((from, _)) if from == second && from > phone.on => {
                said.push(Input::Line(Said::Lost(crate::problem::Problem::new("line_unreachable", ""))));
            }
            Some((from, to)) if to == second && from > phone.on => said.push(Input::Line(Said::Registered)),
            Some(_) | None => {}
        }
        let mine_first = phone.first ^ scatter(flavour.seed ^ second.unsigned_abs()).is_multiple_of(2);
        let at = if mine_first { 0 } else { inputs.len() };
        inputs.splice(at..at, said);
        if desk.due().is_some_and(|due| due <= now.ms) {
            inputs.insert(0, Input::Due);
        }
        for input in inputs {
            let effects = desk.handle(input, now);
            screen.take(&effects, second);
            lines.take(&effects);
        }
        judge(history, &legs, &desk.snapshot(), second);
    }
    // A call without a leg is the server's to end, as ever.
    if all {
        let shown = desk.snapshot();
        assert!(shown.calls.is_empty() && shown.popups.is_empty(), "{:?} is left", shown.calls);
        let mut pops: BTreeMap<&str, usize> = BTreeMap::new();
        for (uid, _) in &screen.rings_loud {
            let offer = history.offers.iter().find(|offer| *uid == offer.uid || uid.ends_with(&call_id(offer)));
            *pops.entry(offer.expect("nobody pops up who never rang").uid.as_str()).or_default() += 1;
        }
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for ((uid, _), line) in &lines.0 {
            assert!(line.ended.is_some(), "{line:?} has no end");
            let offer = history.offers.iter().find(|offer| *uid == offer.uid || uid.ends_with(&call_id(offer)));
            let offer = offer.expect("nobody is in the journal who never rang");
            *ends.entry(offer.uid.as_str()).or_default() += usize::try_from(line.offers).unwrap();
        }
        for uid in history.uids() {
            let offers = history.offers_of(uid).count();
            assert_eq!(pops.get(uid).copied().unwrap_or_default(), offers, "{uid} pops up once for each INVITE");
            assert_eq!(
                ends.get(uid).copied().unwrap_or_default(),
                offers,
                "{uid} is in the journal once for each INVITE"
            );
        }
    }
}

/// What a person beside the phone would say of the screen.
fn judge(history: &History, legs: &[OfLeg<'_>], shown: &Snapshot, second: i64) {
    // One real call is one card. Of one at another phone the server may go on telling when the same caller rings here.
    let of_phone = |offer: &Offer| legs.iter().find(|leg| std::ptr::eq(leg.offer, offer));
    let elsewhere = |other: &str| {
        let theirs = history.offers.iter().filter(|offer| other == number(&offer.uid));
        theirs.into_iter().any(|offer| of_phone(offer).is_none())
    };
    let others = shown.calls.iter().map(|call| call.other.as_str());
    let mut others: Vec<&str> = others.filter(|other| !elsewhere(other)).collect();
    others.sort_unstable();
    let cards = others.len();
    others.dedup();
    assert_eq!(others.len(), cards, "one call has two cards at {second}: {:?}", shown.calls);
    let mut moods = Vec::new();
    for leg in legs.iter().filter(|leg| leg.lives(second)) {
        let card = shown.calls.iter().find(|call| call.phone.is_some() && call.other == number(&leg.offer.uid));
        let card = card.unwrap_or_else(|| panic!("{:?} is at the phone and not on the screen at {second}", leg.offer));
        let state = if leg.is_up(second) { CallViewState::Talking } else { CallViewState::Ringing };
        assert_eq!(card.state, state, "{:?} at {second}", leg.offer);
        assert!(card.phone.is_some() && !card.unconfirmed && !card.closable && card.verbs.contains(&Verb::HangUp));
        moods.push(state.mood());
    }
    if let Some(mood) = [Mood::Ringing, Mood::Talking].into_iter().find(|mood| moods.contains(mood)) {
        assert!(shown.mood == mood || shown.mood == Mood::Ringing, "{:?} with {moods:?} at {second}", shown.mood);
    }
    // What is over at the phone is over; what has not rung there yet may be known of by the server.
    for call in &shown.calls {
        let offers = history.offers.iter().filter(|offer| call.other == number(&offer.uid));
        let there = offers.filter(|offer| offer.rings <= second).any(|offer| match of_phone(offer) {
            Some(leg) => second < leg.ends(),
            // At another phone: the server's word is all that there is.
            None => true,
        });
        assert!(there, "{call:?} is over at the phone, and on the screen at {second}");
        let talks = matches!(call.state, CallViewState::Talking | CallViewState::InCall);
        if talks && history.offers.iter().all(|offer| of_phone(offer).is_some()) {
            let up = legs.iter().any(|leg| leg.is_up(second) && call.other == number(&leg.offer.uid));
            let not_yet = history.offers.iter().any(|offer| {
                offer.lasts_at(second) && of_phone(offer).is_some_and(|leg| !leg.lives(second) && second < leg.rings())
            });
            assert!(up || not_yet, "{call:?} talks at {second}, and nobody does");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_call_is_one_card_whoever_tells_of_it_first(history in history(), flavour in flavour(), phone in phone()) {
        live_through(&history, flavour, phone);
    }
}
