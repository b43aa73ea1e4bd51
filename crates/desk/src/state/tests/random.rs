//! Random sequences of inputs, and what must hold after each input.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::line::Command;

/// One step. Answers refer to an ask by its index among those in flight.
#[derive(Debug, Clone)]
enum Step {
    Connected(Means),
    Lost,
    Polled(Option<Call>),
    Event(CallEvent),
    Snapshot(Vec<CallEvent>),
    Presence(Presence),
    Team(Vec<Member>),
    Member(Member),
    Want(Intent),
    Answer(usize, Result<Outcome, Error>),
}

/// Even numbers are incoming calls, odd ones outgoing.
fn call(n: u8) -> Call {
    if n.is_multiple_of(2) { callin(&n.to_string()) } else { callout(&n.to_string()) }
}

fn call_event() -> impl Strategy<Value = CallEvent> {
    let state = prop::sample::select(vec![
        CallState::Ringing,
        CallState::Talking,
        CallState::Held,
        CallState::Transferring,
        CallState::Ended,
    ]);
    let reason = prop::sample::select(vec![
        None,
        Some(EndReason::Hangup),
        Some(EndReason::Transferred),
        Some(EndReason::AnsweredElsewhere),
        Some(EndReason::NoAnswer),
    ]);
    (0..6_u8, state, -9000..9000_i64, prop::option::of("SIP/80[0-9]-[0-9]{2}"), reason).prop_map(
        |(n, state, since, channel, reason)| {
            let Call { calla, callb, uid, status } = call(n);
            CallEvent {
                uid,
                calla,
                callb,
                status,
                state,
                since: at(START + since),
                channel,
                reason,
                was: None,
                sip: None,
            }
        },
    )
}

fn member() -> impl Strategy<Value = Member> {
    let exten = prop::sample::select(vec!["802", "99", "0099", "8001", "front-desk", " ", "803"]);
    let presence = prop::sample::select(vec![Presence::Idle, Presence::Busy]);
    let state = prop::sample::select(vec![MemberState::Free, MemberState::Talking, MemberState::Unavailable]);
    (exten, presence, state, -9000..9000_i64)
        .prop_map(|(exten, presence, state, since)| Member::new(exten, presence, state, at(START + since)))
}

fn intent() -> impl Strategy<Value = Intent> {
    let uid = || (0..6_u8).prop_map(|n| n.to_string());
    let typed = || prop_oneof![Just("802".to_owned()), Just("801".to_owned()), ".{0,6}"];
    prop_oneof![
        Just(Intent::Idle),
        Just(busy()),
        typed().prop_map(|number| Intent::Dial { number, sure: false }),
        uid().prop_map(|uid| Intent::Hold { uid }),
        uid().prop_map(|uid| Intent::Restore { uid }),
        (uid(), typed()).prop_map(|(uid, target)| Intent::Transfer { uid, target, sure: false }),
        uid().prop_map(|uid| Intent::Survey { uid }),
        uid().prop_map(|uid| Intent::HangUp { uid }),
        typed().prop_map(|target| Intent::Listen { target }),
        typed().prop_map(|target| Intent::Whisper { target }),
        uid().prop_map(|uid| Intent::Dismiss { uid }),
        uid().prop_map(|uid| Intent::Over { uid }),
    ]
}

fn result() -> impl Strategy<Value = Result<Outcome, Error>> {
    let refusal = |reason| Ok(Err(Refusal::new(uncall_contract::Operation::Hold, reason)));
    prop_oneof![
        3 => Just(done()),
        2 => Just(held("SIP/801-00000023")),
        1 => Just(refusal(Reason::AgentNotInUse)),
        1 => Just(refusal(Reason::NoChannels)),
        1 => Just(refusal(Reason::TargetNotIdle)),
        1 => Just(Err(Error::OutcomeUnknown("closed".into()))),
        1 => Just(Err(Error::Fault("no".into()))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => prop::sample::select(vec![Means::Push, Means::Poll]).prop_map(Step::Connected),
        1 => Just(Step::Lost),
        6 => prop::option::of((0..6_u8).prop_map(call)).prop_map(Step::Polled),
        6 => call_event().prop_map(Step::Event),
        1 => prop::collection::vec(call_event(), 0..4).prop_map(Step::Snapshot),
        1 => prop::sample::select(vec![Presence::Idle, Presence::Busy]).prop_map(Step::Presence),
        1 => prop::collection::vec(member(), 0..6).prop_map(Step::Team),
        2 => member().prop_map(Step::Member),
        5 => intent().prop_map(Step::Want),
        4 => (0..4_usize, result()).prop_map(|(which, result)| Step::Answer(which, result)),
    ]
}

/// Checks the invariants from outside.
#[derive(Default)]
struct Watcher {
    pops: HashMap<String, usize>,
    journal: HashSet<String>,
    in_flight: Vec<(u64, Request, Option<String>)>,
    of_phone: Vec<(u64, Command)>,
    published: Option<Snapshot>,
    told: HashSet<(uncall_screenpop::Event, String, Timestamp, u32)>,
}

impl Watcher {
    /// The calls that this step shows.
    fn shows(step: &Step) -> Vec<String> {
        match step {
            Step::Event(event) if event.state == CallState::Ended => Vec::new(),
            Step::Event(event) => vec![event.uid.clone()],
            Step::Snapshot(calls) => {
                calls.iter().filter(|call| call.state != CallState::Ended).map(|call| call.uid.clone()).collect()
            }
            Step::Polled(call) => call.iter().map(|call| call.uid.clone()).collect(),
            Step::Connected(_) | Step::Lost | Step::Presence(_) | Step::Team(_) | Step::Member(_) => Vec::new(),
            Step::Want(_) | Step::Answer(..) => Vec::new(),
        }
    }

    fn after(&mut self, effects: &[Effect], wanted: Option<&Intent>) {
        for effect in effects {
            match effect {
                Effect::Journal(entry) => drop(self.journal.insert(entry.uid.clone())),
                Effect::Publish(snapshot) => {
                    assert_ne!(self.published.as_ref(), Some(snapshot.as_ref()), "published twice");
                    assert!(snapshot.calls.iter().all(|call| self.journal.contains(&call.uid)), "shown before written");
                    self.published = Some(snapshot.as_ref().clone());
                }
                Effect::Popup { uid } => {
                    assert!(self.journal.contains(uid), "popped before written");
                    *self.pops.entry(uid.clone()).or_default() += 1;
                }
                Effect::Notify(notification) => assert!(self.journal.contains(&notification.uid)),
                Effect::Ask { ask, request } => {
                    let uid = wanted.and_then(of_call);
                    let same = |(_, other, of): &(u64, Request, Option<String>)| {
                        other.operation() == request.operation() && *of == uid
                    };
                    assert!(!self.in_flight.iter().any(same), "asked twice at once: {request:?}");
                    self.in_flight.push((*ask, request.clone(), uid));
                }
                Effect::Renamed { was, uid, .. } => {
                    assert!(self.journal.contains(was), "renamed before written");
                    self.journal.insert(uid.clone());
                    let pops = self.pops.remove(was).unwrap_or_default();
                    *self.pops.entry(uid.clone()).or_default() += pops;
                }
                Effect::Phone { ask, command } => self.of_phone.push((*ask, command.clone())),
                Effect::ClosePopup { .. } | Effect::CloseNotification { .. } | Effect::Refused(_) => {}
                Effect::Tray(_) | Effect::Hurry => {}
                Effect::Told(occasion) => {
                    let Entry { uid, began, offers, .. } = occasion.entry.clone();
                    assert!(self.journal.contains(&uid), "told before written");
                    let told = (occasion.event, uid, began, offers);
                    let may_repeat = [uncall_screenpop::Event::Transfer, uncall_screenpop::Event::Manual];
                    assert!(self.told.insert(told) || may_repeat.contains(&occasion.event), "told twice: {occasion:?}");
                }
            }
        }
    }
}

fn of_call(intent: &Intent) -> Option<String> {
    match intent {
        Intent::Hold { uid } | Intent::Restore { uid } | Intent::Transfer { uid, .. } => Some(uid.clone()),
        Intent::Answer { uid } | Intent::Mute { uid, .. } | Intent::Dtmf { uid, .. } => Some(uid.clone()),
        Intent::Consult { uid, .. } | Intent::Complete { uid } | Intent::Swap { uid } | Intent::Back { uid } => {
            Some(uid.clone())
        }
        Intent::Survey { uid } | Intent::HangUp { uid } | Intent::Dismiss { uid } | Intent::Over { uid } => {
            Some(uid.clone())
        }
        Intent::ScreenPop { uid } => Some(uid.clone()),
        Intent::Idle | Intent::Busy { .. } | Intent::BusyAfter { .. } | Intent::StopCountdown => None,
        Intent::WrapUpMore | Intent::WrapUpDone | Intent::Dial { .. } => None,
        Intent::Listen { .. } | Intent::Whisper { .. } => None,
    }
}

/// Removes milliseconds, which look like phone numbers but have no stand-ins in a recording.
fn without_times(text: &str) -> String {
    let mut parts = text.split("ms: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold(steps in prop::collection::vec(step(), 1..80), popup_callout in any::<bool>()) {
        let mut bench = Bench::new(Options { popup_callout, ..Options::default() });
        let mut watcher = Watcher::default();
        let mut team: Option<HashSet<String>> = None;
        watcher.after(&bench.effects, None);
        for step in steps {
            let up = Watcher::shows(&step);
            let wanted = if let Step::Want(intent) = &step { Some(intent.clone()) } else { None };
            let effects = match step {
                Step::Connected(means) => bench.see(Observation::Connected(means)),
                Step::Lost => bench.lost(),
                Step::Polled(call) => bench.see(Observation::Polled(call)),
                Step::Event(event) => bench.push(event),
                Step::Snapshot(calls) => {
                    team = None;
                    bench.snapshot(&calls)
                }
                Step::Presence(presence) => {
                    bench.see(Observation::Pushed(Event::Presence(PresenceEvent::new("801", presence))))
                }
                Step::Team(members) => {
                    team = Some(members.iter().map(|member| member.exten.clone()).collect::<HashSet<_>>());
                    bench.see(Observation::Pushed(Event::Team(Team { members })))
                }
                Step::Member(member) => {
                    if let Some(team) = &mut team {
                        team.insert(member.exten.clone());
                    }
                    bench.see(Observation::Pushed(Event::Member(member)))
                }
                Step::Want(intent) => bench.want(intent),
                Step::Answer(which, result) => {
                    if watcher.in_flight.is_empty() {
                        continue;
                    }
                    let (ask, _, _) = watcher.in_flight.remove(which % watcher.in_flight.len());
                    bench.answer(ask, result)
                }
            };
            watcher.after(&effects, wanted.as_ref());

            // Each incoming call that was seen has popped. `world` checks how often.
            for uid in up.iter().filter(|uid| uid.parse::<u8>().unwrap().is_multiple_of(2)) {
                prop_assert!(watcher.pops.get(uid).is_some_and(|pops| *pops >= 1), "{} did not pop", uid);
            }
            for uid in watcher.pops.keys() {
                prop_assert!(popup_callout || uid.parse::<u8>().unwrap().is_multiple_of(2));
            }
            let shown = bench.shown();
            let recent = bench.recent();
            prop_assert_eq!(watcher.published.as_ref(), Some(&shown), "what is published is what is");
            let uids: HashSet<&str> = shown.calls.iter().map(|call| call.uid.as_str()).collect();
            prop_assert_eq!(uids.len(), shown.calls.len());
            prop_assert!(shown.popups.iter().all(|uid| uids.contains(uid.as_str())));
            prop_assert!(recent.len() <= 50);
            for call in &shown.calls {
                prop_assert!(call.since.ms <= bench.moment().ms && call.began.ms <= bench.moment().ms);
                prop_assert!(call.verbs.is_empty() || shown.mood != Mood::Offline);
            }
            prop_assert!(recent.iter().all(|entry| entry.ended.is_none_or(|ended| ended >= entry.began)));
            // The team has everybody reported since the last snapshot, once each.
            let shown_team = shown.team.as_ref().map(|all| all.iter().map(|m| m.exten.as_str()).collect::<Vec<_>>());
            let told = team.as_ref().map(|all| all.iter().map(String::as_str).filter(|e| *e != " ").collect::<HashSet<_>>());
            prop_assert_eq!(shown_team.as_ref().map(Vec::len), told.as_ref().map(HashSet::len));
            prop_assert_eq!(shown_team.map(HashSet::from_iter), told);
            let members = shown.team.iter().flatten();
            prop_assert!(members.clone().all(|member| member.since.ms <= bench.moment().ms));
            prop_assert!(members.filter(|member| member.pending.is_some()).count() <= 1);
            let json = serde_json::to_string(&shown).unwrap();
            prop_assert_eq!(serde_json::from_str::<Snapshot>(&json).unwrap(), shown);
        }
        // A report can be replayed: a desk with the same inputs has the same effects.
        let played = crate::recording::replay(&bench.recording.written()).unwrap();
        let effects: Vec<_> = played.into_iter().flat_map(|step| step.effects).collect();
        let told = bench.recording.with_stand_ins(&without_times(&format!("{:?}", bench.effects)));
        prop_assert_eq!(without_times(&format!("{effects:?}")), told);
    }

    #[test]
    fn what_is_typed_never_reaches_the_server_unchecked(typed in ".{0,60}") {
        let mut bench = Bench::pushing();
        bench.push(event("A", CallState::Talking));
        let wishes = [dial(&typed), Intent::Listen { target: typed.clone() }, transfer("A", &typed)];
        for (_, request) in wishes.into_iter().flat_map(|intent| asks(&bench.want(intent))) {
            for argument in request.arguments().into_iter().flatten() {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '#' | '+' | '_' | '-');
                prop_assert!(!argument.is_empty() && argument.chars().all(plain), "{:?}", argument);
            }
        }
    }
}
