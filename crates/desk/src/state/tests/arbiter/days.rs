//! Generated days: presses, calls, administrators, locked screens, outages and lost answers. The judge is what a person at the desk
//! would say in the evening.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;

/// The server, as an administrator would see it.
struct Server {
    away: bool,
    presence: Presence,
    reason: Option<String>,
    /// What has reached it and is not yet answered.
    open: VecDeque<(u64, Presence, Option<String>)>,
}

#[derive(Debug, Clone)]
enum Step {
    Press(Intent),
    /// The oldest question is answered; `true` is a refusal.
    Answer(bool),
    /// It is not answered; whether it reached the server, and whether the panel knows that it did not.
    Lost(bool, bool),
    /// The server can no longer be reached, or can be again, and its stream goes on where it stopped (`true`) or begins anew.
    Away,
    Back(bool),
    Administrator(Presence),
    Call(bool),
    Absent(Absence, bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let press = prop_oneof![
        Just(Intent::Idle),
        Just(busy()),
        Just(busy_for("lunch")),
        any::<bool>().prop_map(|on| Intent::BusyAfter { on, reason: None }),
        Just(Intent::WrapUpMore),
        Just(Intent::WrapUpDone),
    ];
    let presence = prop_oneof![Just(Presence::Idle), Just(Presence::Busy)];
    let absence = prop_oneof![Just(Absence::Locked), Just(Absence::Asleep), Just(Absence::Leaving)];
    prop_oneof![
        3 => press.prop_map(Step::Press),
        6 => prop::bool::weighted(0.1).prop_map(Step::Answer),
        1 => presence.prop_map(Step::Administrator),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(reached, knows)| Step::Lost(reached, knows)),
        1 => Just(Step::Away),
        2 => any::<bool>().prop_map(Step::Back),
        3 => any::<bool>().prop_map(Step::Call),
        1 => (absence, any::<bool>()).prop_map(|(why, on)| Step::Absent(why, on)),
        3 => (1..40_i64).prop_map(Step::Wait),
    ]
}

struct Play {
    bench: Bench,
    server: Server,
    calls: u32,
    up: Option<String>,
    /// What the stream would have said while nobody heard it.
    unheard: Vec<Event>,
    /// Why nobody is at the desk, unless somebody has chosen idle or busy since.
    absent: BTreeSet<Absence>,
    /// What somebody chose may be older than an absence, or newer.
    chair_unsure: bool,
    /// The server has refused something: who is busy may stay so.
    refused: bool,
    /// What a person who saw everything would expect once all is quiet, where that is certain.
    expected: Option<Presence>,
    /// What the agent has pressed and the server has not answered.
    pressed: Option<(Presence, Option<String>)>,
}

impl Play {
    fn new() -> Play {
        Play {
            bench: on_stream(),
            server: Server { away: false, presence: Presence::Idle, reason: None, open: VecDeque::new() },
            calls: 0,
            up: None,
            unheard: Vec::new(),
            absent: BTreeSet::new(),
            chair_unsure: false,
            refused: false,
            expected: Some(Presence::Idle),
            pressed: None,
        }
    }

    fn took(&mut self, effects: &[Effect]) {
        for (ask, request) in asks(effects) {
            assert!(!self.server.away, "nobody is asked who is not there");
            let reason = if let Request::Busy { reason, .. } = &request { reason.clone() } else { None };
            let operation = request.operation();
            let presence = if operation == Operation::Busy { Presence::Busy } else { Presence::Idle };
            assert!(matches!(operation, Operation::Busy | Operation::Idle), "{operation:?}");
            self.server.open.push_back((ask, presence, reason));
        }
    }

    fn answer(&mut self, refused: bool) {
        let Some((ask, presence, reason)) = self.server.open.pop_front() else { return };
        self.pressed.take_if(|pressed| *pressed == (presence, reason.clone()));
        if refused {
            (self.expected, self.refused) = (None, true);
            let refusal = Refusal::new(Operation::Busy, Reason::NotUpdated);
            let effects = self.bench.answer(ask, Ok(Err(refusal)));
            return self.took(&effects);
        }
        self.set(presence, reason);
        let effects = self.bench.answer(ask, done());
        self.took(&effects);
    }

    fn lose(&mut self, reached: bool, knows: bool) {
        let Some((ask, presence, reason)) = self.server.open.pop_front() else { return };
        if self.pressed.take_if(|pressed| *pressed == (presence, reason.clone())).is_some() {
            // The agent is told, and presses again or does not.
            self.expected = None;
        }
        if reached {
            self.set(presence, reason);
        }
        let error = if knows && !reached { Error::Unreachable } else { Error::OutcomeUnknown };
        let effects = self.bench.answer(ask, Err(error("reset".into())));
        self.took(&effects);
    }

    /// The server's presence becomes this one, and the stream says so.
    fn set(&mut self, presence: Presence, reason: Option<String>) {
        if (self.server.presence, &self.server.reason) != (presence, &reason) {
            (self.server.presence, self.server.reason) = (presence, reason.clone());
            self.say(Event::Presence(PresenceEvent { reason, ..PresenceEvent::new("801", presence) }));
        }
    }

    fn say(&mut self, event: Event) {
        if self.server.away {
            return self.unheard.push(event);
        }
        let effects = self.bench.see(Observation::Pushed(event));
        self.took(&effects);
    }

    fn press(&mut self, intent: Intent) {
        let free = self.bench.shown().calls.is_empty();
        let pressed = if intent == Intent::Idle {
            Some((Presence::Idle, None))
        } else if let Intent::Busy { reason } = &intent {
            Some((Presence::Busy, reason.clone()))
        } else if let Intent::BusyAfter { on: true, reason } = &intent {
            free.then(|| (Presence::Busy, reason.clone()))
        } else {
            None
        };
        let refused = self.server.away && is_for_now(&intent, self.bench.shown().calls.is_empty());
        self.expected = match (refused, &intent) {
            // It was refused, and said so: nothing changes.
            (true, Intent::Idle) => self.expected,
            // Nothing goes idle behind the back of who wanted to be busy. What is the case depends on what was.
            (true, _) => None,
            // Nobody can say which came first.
            (false, _) if self.unheard.iter().any(|event| matches!(event, Event::Presence(_))) => None,
            (false, _) => expected(&intent, self.expected),
        };
        if !refused && is_for_now(&intent, true) {
            self.absent.clear();
            self.chair_unsure = false;
        }
        let effects = self.bench.want(intent);
        if let Some(pressed) = pressed.filter(|_| !refused) {
            self.pressed = Some(pressed);
        }
        self.took(&effects);
    }

    fn go_away(&mut self) {
        if std::mem::replace(&mut self.server.away, true) {
            return;
        }
        let effects = self.bench.lost();
        self.took(&effects);
        if self.pressed.take().is_some() {
            // The agent is told that it was not done.
            self.expected = None;
        }
        while !self.server.open.is_empty() {
            self.lose(self.calls.is_multiple_of(2), false);
        }
    }

    fn come_back(&mut self, goes_on: bool) {
        if !std::mem::replace(&mut self.server.away, false) {
            return;
        }
        let unheard = std::mem::take(&mut self.unheard);
        let mut effects = self.bench.see(Observation::Connected(Means::Push));
        if goes_on && unheard.iter().any(|event| matches!(event, Event::Call(_))) {
            // What a call of that time leads to and what somebody set then cross.
            self.expected = self.expected.filter(|_| !unheard.iter().any(|event| matches!(event, Event::Presence(_))));
        }
        if goes_on {
            for event in unheard {
                self.chair_unsure |= matches!(event, Event::Presence(_));
                effects.extend(self.bench.see(Observation::Pushed(event)));
            }
        } else {
            let calls = self.up.iter().map(|uid| event(uid, CallState::Talking)).collect();
            let reason = self.server.reason.clone();
            let all = event::Snapshot { reason, ..event::Snapshot::new("801", self.server.presence, calls) };
            effects.extend(self.bench.see(Observation::Pushed(Event::Snapshot(all))));
        }
        self.took(&effects);
    }

    fn administrator(&mut self, presence: Presence) {
        let changes = (self.server.presence, &self.server.reason) != (presence, &None);
        // What somebody else sets while a question is open may be seen in either order, and what says nothing new is not seen.
        // So is what undoes, while nobody hears the server, what a lost question had done.
        let unseen = self.server.away && self.bench.shown().presence.value == Some(presence);
        if unseen || !self.server.open.is_empty() || self.up.is_some() || !self.bench.shown().calls.is_empty() {
            self.expected = None;
        } else if changes {
            // While nobody heard the server, it may have been before the chair was empty, or after.
            self.expected = Some(presence).filter(|_| self.absent.is_empty());
        }
        if changes && !self.server.away {
            if self.server.open.is_empty() {
                self.absent.clear();
            } else {
                self.chair_unsure = true;
            }
        }
        self.set(presence, None);
    }

    fn call(&mut self, on: bool) {
        match (on, self.up.take()) {
            (true, None) => {
                self.calls += 1;
                let uid = format!("{}", self.calls);
                self.up = Some(uid.clone());
                self.say(Event::Call(event(&uid, CallState::Talking)));
            }
            (_, Some(uid)) => self.say(Event::Call(ended(&uid, EndReason::Hangup))),
            (false, None) => {}
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Press(intent) => self.press(intent),
            Step::Answer(refused) => self.answer(refused),
            Step::Lost(reached, knows) => self.lose(reached, knows),
            Step::Away => self.go_away(),
            Step::Back(goes_on) => self.come_back(goes_on),
            Step::Administrator(presence) => self.administrator(presence),
            Step::Call(on) => self.call(on),
            Step::Absent(why, on) => {
                if on {
                    self.expected = None;
                    self.absent.insert(why);
                } else {
                    self.absent.remove(&why);
                }
                let effects = self.bench.put(Input::Away { why, on });
                self.took(&effects);
            }
            Step::Wait(seconds) => {
                let effects = self.bench.wait(seconds);
                self.took(&effects);
            }
        }
    }
}

/// Whether the server is needed for it at once.
fn is_for_now(intent: &Intent, no_call: bool) -> bool {
    matches!(intent, Intent::Idle | Intent::Busy { .. })
        || (no_call && matches!(intent, Intent::BusyAfter { on: true, .. }))
}

/// What is to be in the end after this press.
fn expected(intent: &Intent, before: Option<Presence>) -> Option<Presence> {
    if *intent == Intent::Idle {
        return Some(Presence::Idle);
    }
    let (busy, undone) = match intent {
        Intent::Busy { .. } => (true, false),
        Intent::BusyAfter { on, .. } => (*on, !*on),
        Intent::Idle | Intent::WrapUpMore | Intent::WrapUpDone | Intent::Dial { .. } | Intent::Hold { .. } => {
            (false, false)
        }
        Intent::Restore { .. } | Intent::Transfer { .. } | Intent::Survey { .. } | Intent::HangUp { .. } => {
            (false, false)
        }
        Intent::Listen { .. } | Intent::Whisper { .. } | Intent::Over { .. } => (false, false),
        Intent::Answer { .. } | Intent::Mute { .. } | Intent::Dtmf { .. } | Intent::Consult { .. } => (false, false),
        Intent::Complete { .. } | Intent::Swap { .. } | Intent::Back { .. } => (false, false),
        Intent::StopCountdown | Intent::Dismiss { .. } | Intent::ScreenPop { .. } => (false, false),
    };
    if busy { Some(Presence::Busy) } else { before.filter(|_| !undone) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_the_end_the_screen_says_what_the_server_has_and_the_last_wish_counts(steps in prop::collection::vec(step(), 1..60)) {
        let mut play = Play::new();
        for step in steps {
            play.step(step);
            prop_assert!(play.server.open.len() <= 1, "one wish at a time");
        }
        // The end of the day: the server is there, the call is over, everything is answered.
        play.step(Step::Back(false));
        play.step(Step::Call(false));
        for _ in 0..40 {
            play.step(Step::Answer(false));
            play.step(Step::Wait(60));
        }
        let presence = play.bench.shown().presence;
        prop_assert!(play.server.open.is_empty());
        prop_assert_eq!(presence.value, Some(play.server.presence), "the screen says what is the case");
        prop_assert_eq!((presence.pending, presence.owed, presence.wrap_up, presence.after_call), (None, None, None, false));
        if let Some(expected) = play.expected {
            prop_assert_eq!(play.server.presence, expected, "the last wish counts");
        }
        if !play.refused && !play.chair_unsure && !play.absent.is_empty() {
            prop_assert_eq!(play.server.presence, Presence::Busy, "nobody is there");
        }
        if !play.refused && play.expected.is_some() {
            let wrap_up = (Presence::Busy, Some(WRAP_UP_REASON));
            prop_assert_ne!((play.server.presence, play.server.reason.as_deref()), wrap_up, "no wrap-up is running");
        }
    }
}
