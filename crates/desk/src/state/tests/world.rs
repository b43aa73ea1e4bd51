//! A day at the phone, and what a desk makes of it. The history is the judge, that is, what a person next to the phone would say.
//! It knows nothing of how the desk decides.
//!
//! A generator makes a true history of offers, answers, ends, transfers and second calls. A flavour of server shows it to polls
//! or to a stream, and the desk sees only what the server reports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::names::{Directory, Names, Who};

mod history;
mod phone;
mod server;

use history::{History, history};
use server::{Flavour, Memory, flavour};

/// How long after its end a call may still be on the screen, apart from its card in the window.
const GONE_AFTER: i64 = 60;

/// What a person saw: the desk's effects, with their times in seconds.
#[derive(Debug, Default)]
struct Screen {
    popups: BTreeSet<String>,
    notifications: BTreeSet<String>,
    pops: Vec<(String, i64)>,
    rings_loud: Vec<(String, i64)>,
}

impl Screen {
    fn take(&mut self, effects: &[Effect], now: i64) {
        for effect in effects {
            match effect {
                Effect::Popup { uid } => {
                    assert!(self.popups.insert(uid.clone()), "{uid} is in the pop-up twice");
                    self.pops.push((uid.clone(), now));
                }
                Effect::ClosePopup { uid } => {
                    assert!(self.popups.remove(uid), "{uid} left a pop-up that it was not in")
                }
                Effect::Notify(notification) => {
                    assert!(self.notifications.insert(notification.uid.clone()), "told twice of {notification:?}");
                    self.rings_loud.push((notification.uid.clone(), now));
                }
                Effect::CloseNotification { uid } => {
                    assert!(self.notifications.remove(uid), "no notification of {uid}")
                }
                Effect::Journal(_) | Effect::Publish(_) | Effect::Ask { .. } | Effect::Refused(_) => {}
                Effect::Renamed { was, uid, .. } => {
                    for on_screen in [&mut self.popups, &mut self.notifications] {
                        if on_screen.remove(was) {
                            on_screen.insert(uid.clone());
                        }
                    }
                    let told = self.pops.iter_mut().chain(&mut self.rings_loud);
                    told.filter(|(popped, _)| popped == was).for_each(|(popped, _)| uid.clone_into(popped));
                }
                Effect::Tray(_) | Effect::Hurry | Effect::Phone { .. } | Effect::Told(_) => {}
            }
        }
    }
}

/// The calls that anything outside the window still shows.
fn speaks_of(shown: &Snapshot, screen: &Screen) -> BTreeSet<String> {
    let targets = &shown.targets;
    let keys = [&targets.hold, &targets.restore, &targets.transfer, &targets.survey, &targets.hang_up];
    let keys = keys.into_iter().flatten().cloned();
    keys.chain(screen.popups.iter().cloned()).chain(screen.notifications.iter().cloned()).collect()
}

/// An answer to popEvent as the desk got it.
#[derive(Debug, Clone)]
struct Answer {
    at: i64,
    named: Option<String>,
}

impl Flavour {
    /// Whether a server that names each call once has named this uid twice in a row because it was offered again at once. That
    /// cannot be told from a server that repeats.
    fn looks_as_if_it_repeats(self, uid: &str, answers: &[Answer]) -> bool {
        let same = |two: &[Answer]| two.iter().all(|answer| answer.named.as_deref() == Some(uid));
        self.once && answers.windows(2).any(same)
    }

    /// Whether this answer may have been under way when the agent transferred the call, and so proves nothing.
    fn is_late(self, uid: &str, at: usize, answers: &[Answer], transferred: &[(String, i64)]) -> bool {
        let first_after = |second: i64| answers.iter().position(|answer| answer.at >= second);
        !self.once && transferred.iter().any(|(gone, when)| gone == uid && first_after(*when) == Some(at))
    }
}

/// People who change their names: in every second state nobody knows them.
#[derive(Debug, Clone, Default)]
struct Fickle(Arc<AtomicUsize>);

impl Directory for Fickle {
    fn whose(&self, number: &str) -> Vec<Who> {
        let times = self.0.load(Ordering::Relaxed);
        let who = Who { name: format!("{number} for the {times}. time"), company: String::new() };
        Vec::from_iter((times % 2 == 1).then_some(who))
    }
}

/// Plays a history to a desk through a server of this flavour, while names change in these seconds, and checks every second of it.
fn live_through(history: &History, flavour: Flavour, renames: &[i64]) {
    let people = Fickle::default();
    let options = Options { names: Names::of(people.clone()), ..Options::default() };
    let mut desk = Desk::new(Extension::parse("801").unwrap(), options, moment(START));
    let mut screen = Screen::default();
    let mut memory = Memory::default();
    let mut answers: Vec<Answer> = Vec::new();
    let mut closed: BTreeMap<String, i64> = BTreeMap::new();
    let mut transferred: Vec<(String, i64)> = Vec::new();
    screen.take(&desk.start(moment(START)), 0);
    let patience = GONE_AFTER.max(2 * flavour.interval);
    let last = history.end() + patience + 2 * flavour.interval + flavour.delay + 30;
    for second in 0..=last {
        let now = moment(START + second);
        if desk.due().is_some_and(|due| due <= now.ms) {
            let effects = desk.handle(Input::Due, now);
            screen.take(&effects, second);
        }
        for offer in history.offers.iter().filter(|offer| offer.transferred && offer.ends == second) {
            let wanted = desk.handle(Input::Wanted(transfer(&offer.uid, "802")), now);
            screen.take(&wanted, second);
            for (ask, _) in asks(&wanted) {
                let effects = desk.handle(Input::Answered { ask, result: done() }, now);
                screen.take(&effects, second);
                transferred.push((offer.uid.clone(), second));
            }
        }
        for observation in memory.said(history, flavour, second) {
            if let Observation::Polled(call) = &observation {
                answers.push(Answer { at: second, named: call.as_ref().map(|call| call.uid.clone()) });
            }
            let effects = desk.handle(Input::Seen(observation), now);
            screen.take(&effects, second);
        }
        for _ in renames.iter().filter(|rename| **rename == second) {
            people.0.fetch_add(1, Ordering::Relaxed);
            let effects = desk.handle(Input::Renamed, now);
            let announces = |effect: &Effect| matches!(effect, Effect::Popup { .. } | Effect::Notify(_));
            assert!(!effects.iter().any(announces), "a name announces a call: {effects:?}");
            screen.take(&effects, second);
        }
        let mut shown = desk.snapshot();
        let misnamed = shown.calls.iter().find(|call| call.who != people.whose(&call.other));
        assert_eq!(misnamed, None, "nobody is called so at {second}");
        // The agent closes calls that have long ended, if the server does not report their ends.
        for call in &shown.clone().calls {
            let over = history.last_up(&call.uid, second).is_none_or(|up| second - up > 10);
            if flavour.for_ever && over && call.closable {
                closed.insert(call.uid.clone(), second);
                let effects = desk.handle(Input::Wanted(over_intent(&call.uid)), now);
                screen.take(&effects, second);
                shown = desk.snapshot();
            }
        }
        let window: BTreeSet<String> = shown.calls.iter().map(|call| call.uid.clone()).collect();
        judge(history, flavour, second, &shown, &screen, &window, &answers, &closed, &transferred, patience);
    }
    judge_pops(history, flavour, &screen, &answers, &transferred);
    // Everything that is left can be closed.
    let now = moment(START + last + 1);
    for call in desk.snapshot().calls {
        assert!(call.unconfirmed && call.closable, "{call:?} is left");
        let effects = desk.handle(Input::Wanted(over_intent(&call.uid)), now);
        screen.take(&effects, last + 1);
    }
    assert!(desk.snapshot().calls.is_empty());
}

fn over_intent(uid: &str) -> Intent {
    Intent::Over { uid: uid.into() }
}

#[allow(clippy::too_many_arguments)]
fn judge(
    history: &History,
    flavour: Flavour,
    second: i64,
    shown: &Snapshot,
    screen: &Screen,
    window: &BTreeSet<String>,
    answers: &[Answer],
    closed: &BTreeMap<String, i64>,
    transferred: &[(String, i64)],
    patience: i64,
) {
    assert_eq!(shown.popups.iter().cloned().collect::<BTreeSet<_>>(), screen.popups, "snapshot and pop-up differ");
    for uid in window {
        assert!(history.offers_of(uid).any(|offer| offer.rings <= second), "{uid} never rang, and is in the window");
    }
    // Every offer that an answer named is in the window for as long as it lasts.
    for offer in history.offers.iter().filter(|offer| offer.lasts_at(second)) {
        let named = answers.iter().enumerate().any(|(at, answer)| {
            answer.named.as_ref() == Some(&offer.uid)
                && (offer.rings..=second).contains(&answer.at)
                && !flavour.is_late(&offer.uid, at, answers, transferred)
        });
        if named && !closed.contains_key(&offer.uid) && !flavour.looks_as_if_it_repeats(&offer.uid, answers) {
            assert!(window.contains(&offer.uid), "{offer:?} is up and not in the window at {second}");
        }
    }
    // A call that the agent cannot hang up says which other call is in the way.
    for call in shown.calls.iter().filter(|call| !call.unconfirmed && !call.verbs.contains(&Verb::HangUp)) {
        let other = call.behind.as_ref().filter(|other| **other != call.uid && window.contains(*other));
        assert!(other.is_some() || flavour.streams, "{call:?} is greyed at {second}, and nothing says why");
    }
    // Calls that have ended disappear from everywhere but the window.
    for uid in speaks_of(shown, screen) {
        let up = history.last_up(&uid, second).unwrap_or(i64::MIN / 2);
        if !flavour.for_ever {
            assert!(second - up <= patience, "{uid} ended at {up} and is on the screen at {second}");
        }
    }
    if !flavour.for_ever && history.quiet_for(second) > patience {
        assert!(
            matches!(shown.mood, Mood::Idle | Mood::Offline),
            "the tray says {:?} at {second}, and nothing is up",
            shown.mood
        );
    }
}

/// Each offer that an answer named has popped, unless its uid came back before anybody could know that it had been gone.
fn judge_pops(history: &History, flavour: Flavour, screen: &Screen, answers: &[Answer], transferred: &[(String, i64)]) {
    for (uid, at) in &screen.pops {
        assert!(history.offers_of(uid).any(|offer| offer.rings <= *at), "{uid} popped at {at} before it rang");
    }
    // A card that left because nothing confirmed its call comes back with it, silently.
    for (uid, at) in screen.pops.iter().filter(|pop| !screen.rings_loud.contains(pop)) {
        let named = answers.iter().any(|answer| answer.at == *at && answer.named.as_ref() == Some(uid));
        assert!(named && !flavour.streams, "{uid} popped at {at} without a notification and without news of it");
        let first = screen.rings_loud.iter().any(|(loud, when)| loud == uid && when < at);
        assert!(first, "{uid} came back at {at} and was never announced");
    }
    let mut pops: BTreeMap<&str, usize> = BTreeMap::new();
    for (uid, _) in &screen.rings_loud {
        *pops.entry(uid).or_default() += 1;
    }
    for uid in history.uids() {
        let popped = pops.get(uid).copied().unwrap_or_default();
        if flavour.streams {
            assert_eq!(popped, history.offers_of(uid).count(), "the stream told of each offer of {uid}");
            continue;
        }
        // It is unknown whether the answer after a transfer was already under way, so both readings are right.
        let one = lives_told(uid, answers, transferred, |_| true);
        let other = lives_told(uid, answers, transferred, |at| !flavour.is_late(uid, at, answers, transferred));
        let right = one.min(other)..=one.max(other);
        assert!(right.contains(&popped), "{uid} popped {popped} times, not {right:?}: {answers:?} {transferred:?}");
    }
}

/// How often a person who reads the answers would say that `uid` appeared anew. Between two sightings it was gone if two answers
/// in a row said "no call", the last of them 6 s or more after the sighting; or if the agent had transferred it, and one answer
/// said so.
fn lives_told(uid: &str, answers: &[Answer], transferred: &[(String, i64)], counts: impl Fn(usize) -> bool) -> usize {
    let none = |answer: &Answer| answer.named.is_none();
    let sightings: Vec<usize> =
        (0..answers.len()).filter(|at| answers[*at].named.as_deref() == Some(uid) && counts(*at)).collect();
    let gone = sightings.windows(2).filter(|pair| {
        let seen = answers[pair[0]].at;
        let between = &answers[pair[0] + 1..pair[1]];
        let quiet = between.windows(2).any(|two| two.iter().all(none) && two[1].at - seen >= 6);
        let mut handed_on = transferred.iter().filter(|(gone, when)| gone == uid && *when >= seen);
        quiet || handed_on.any(|(_, when)| between.iter().any(|answer| answer.at >= *when && none(answer)))
    });
    usize::from(!sightings.is_empty()) + gone.count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_desk_shows_what_is_true_whatever_the_server_is_like(
        history in history(),
        flavour in flavour(),
        renames in prop::collection::vec(0..200_i64, 0..6),
    ) {
        live_through(&history, flavour, &renames);
    }
}
