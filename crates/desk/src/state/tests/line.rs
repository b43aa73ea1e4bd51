//! The panel's own phone.

use super::*;
use crate::line::{Command, Device, Leg, LegEnd, LegState, Said, Sound};
use crate::order::Order;
use crate::problem::Problem;
use crate::snapshot::LineState;
use crate::state::WrapUpRule;

const CUSTOMER: &str = "13421829060";

fn leg(id: u64, state: LegState) -> Leg {
    Leg {
        id,
        call_id: format!("{id}@pbx"),
        uid: None,
        action: None,
        direction: Direction::Callin,
        number: CUSTOMER.into(),
        name: "Li Lei".into(),
        state,
        consults: None,
        held_by_other: false,
        muted: false,
        codec: Some("opus".into()),
        encrypted: true,
        digits: String::new(),
    }
}

fn of_call(id: u64, uid: &str, state: LegState) -> Leg {
    Leg { uid: Some(uid.into()), ..leg(id, state) }
}

impl Bench {
    fn say(&mut self, said: Said) -> Vec<Effect> {
        self.put(Input::Line(said))
    }

    fn leg(&mut self, leg: Leg) -> Vec<Effect> {
        self.say(Said::Leg(leg))
    }

    /// What the phone is asked for, and told to be done.
    fn by_phone(&mut self, intent: Intent) -> Vec<Command> {
        let effects = self.want(intent);
        assert!(asks(&effects).is_empty(), "the server was asked: {effects:?}");
        let mut commands = Vec::new();
        for effect in effects {
            if let Effect::Phone { ask, command } = effect {
                commands.push(command);
                self.say(Said::Done { ask, result: Ok(()) });
            }
        }
        commands
    }

    /// A phone alone, registered.
    fn alone() -> Bench {
        Bench::alone_with(Options::default())
    }

    fn alone_with(options: Options) -> Bench {
        let mut bench = Bench::new(options.clone());
        bench.desk = Desk::alone(Extension::parse("801").unwrap(), options, moment(START));
        bench.recording = bench.recording.alone();
        bench.effects = bench.desk.start(moment(START));
        bench.say(Said::Registered);
        bench
    }

    fn verbs(&self, uid: &str) -> Vec<Verb> {
        self.view(uid).verbs
    }
}

fn uid_of(effects: &[Effect]) -> Option<String> {
    effects.iter().find_map(|effect| if let Effect::Popup { uid } = effect { Some(uid.clone()) } else { None })
}

fn answer(uid: &str) -> Intent {
    Intent::Answer { uid: uid.into() }
}

#[test]
fn nothing_is_shown_of_a_phone_that_is_off() {
    let mut bench = Bench::pushing();
    bench.push(event("A", CallState::Ringing));
    assert_eq!((bench.shown().line, bench.view("A").phone), (None, None));
    assert_eq!(bench.verbs("A"), [Verb::HangUp]);
    bench.want(answer("A"));
    assert_eq!(bench.notice(), Some((Verb::Answer, "not_now".into())));
    assert_eq!(bench.desk.meant(Order::Answer), Err(Problem::new("no_phone", "")));
}

#[test]
fn the_line_says_how_it_stands_and_since_when() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registering);
    let since = bench.moment();
    bench.say(Said::Registering);
    let line = bench.shown().line.unwrap();
    assert_eq!((line.state, line.since, line.problem), (LineState::Registering, since, None));
    bench.say(Said::Lost(Problem::new("line_wrong_secret", "403")));
    let line = bench.shown().line.unwrap();
    assert_eq!((line.state, line.problem.unwrap().code.as_str()), (LineState::Lost, "line_wrong_secret"));
    bench.say(Said::Registered);
    assert_eq!(bench.shown().line.unwrap().problem, None);
    bench.say(Said::Device(Device { name: "Speakers".into(), gone: true }));
    assert_eq!(bench.shown().line.unwrap().device.unwrap().name, "Speakers");
    bench.wait(30);
    assert_eq!(bench.shown().line.unwrap().device, None);
    bench.say(Said::Off);
    assert_eq!(bench.shown().line, None);
}

#[test]
fn a_phone_alone_is_a_desk() {
    let mut bench = Bench::alone();
    assert_eq!(bench.shown().mood, Mood::Idle);
    let uid = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    assert_eq!((bench.shown().mood, bench.verbs(&uid)), (Mood::Ringing, vec![Verb::Answer, Verb::HangUp]));
    assert_eq!(bench.desk.meant(Order::Answer), Ok(answer(&uid)));
    assert_eq!(bench.by_phone(answer(&uid)), [Command::Answer { leg: 1 }]);
    assert_eq!(bench.view(&uid).state, CallViewState::Ringing, "answered is what the phone says is");
    bench.leg(leg(1, LegState::Talking));
    let view = bench.view(&uid);
    assert_eq!(
        (view.state, view.other.as_str(), view.unconfirmed, view.closable),
        (CallViewState::Talking, CUSTOMER, false, false)
    );
    let verbs = [Verb::Hold, Verb::Transfer, Verb::Consult, Verb::Mute, Verb::Dtmf, Verb::HangUp];
    assert_eq!(view.verbs, verbs);
    assert_eq!(bench.by_phone(hold(&uid)), [Command::Hold { leg: 1 }]);
    bench.leg(leg(1, LegState::Held));
    assert_eq!(
        (bench.shown().mood, bench.verbs(&uid)),
        (Mood::Held, vec![Verb::Restore, Verb::Transfer, Verb::Consult, Verb::HangUp])
    );
    assert_eq!(bench.by_phone(restore(&uid)), [Command::Resume { leg: 1 }]);
    bench.leg(leg(1, LegState::Talking));
    assert_eq!(bench.by_phone(hang_up(&uid)), [Command::HangUp { leg: 1 }]);
    bench.leg(leg(1, LegState::Ended(LegEnd::HungUp)));
    assert!(bench.uids().is_empty() && bench.shown().popups.is_empty());
    let entry = bench.entry(&uid);
    assert_eq!((entry.reason, entry.missed, entry.holds.len()), (Some(EndReason::Hangup), Missed::No, 1));
    bench.want(busy());
    assert_eq!(bench.notice(), Some((Verb::Busy, "unreachable".into())));
}

#[test]
fn a_call_that_rings_for_long_and_is_not_answered_is_missed() {
    let mut bench = Bench::alone();
    let uid = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.wait(50);
    assert_eq!(bench.view(&uid).state, CallViewState::Ringing);
    bench.leg(leg(1, LegState::Ended(LegEnd::GaveUp)));
    assert_eq!((bench.entry(&uid).missed, bench.entry(&uid).reason), (Missed::Yes, Some(EndReason::NoAnswer)));
    let uid = uid_of(&bench.leg(leg(2, LegState::Ringing))).unwrap();
    bench.leg(leg(2, LegState::Ended(LegEnd::AnsweredElsewhere)));
    assert_eq!(bench.entry(&uid).missed, Missed::No);
    let uid = uid_of(&bench.leg(leg(3, LegState::Ringing))).unwrap();
    bench.by_phone(hang_up(&uid));
    bench.leg(leg(3, LegState::Ended(LegEnd::HungUp)));
    assert_eq!(bench.entry(&uid).missed, Missed::No, "declined");
}

#[test]
fn the_invites_uid_makes_leg_and_call_one_whoever_comes_first() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.leg(of_call(1, "A", LegState::Ringing));
    bench.push(event("A", CallState::Ringing));
    bench.push(event("B", CallState::Ringing));
    bench.leg(of_call(2, "B", LegState::Ringing));
    assert_eq!((bench.pops("A"), bench.pops("B"), bench.uids().len()), (1, 1, 2));
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.uids().len(), 2, "it rings here");
    bench.leg(of_call(1, "A", LegState::Ended(LegEnd::GaveUp)));
    assert_eq!(bench.uids(), ["B"]);
    assert_eq!(bench.entry("A").reason, Some(EndReason::NoAnswer));
}

#[test]
fn the_servers_uid_takes_the_place_of_the_phones_own_name_and_the_page_may_still_use_that() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    let own = uid_of(&bench.leg(leg(7, LegState::Ringing))).unwrap();
    assert_eq!(own, "sip:7@pbx");
    let stranger = CallEvent { calla: "01065521234".into(), ..event("other", CallState::Ringing) };
    bench.push(stranger);
    assert_eq!(bench.uids().len(), 2, "another caller is another call");
    // The number is withheld there, and the Call-ID says it.
    let call = CallEvent { calla: "anonymous".into(), sip: Some("7@pbx".into()), ..event("A", CallState::Ringing) };
    let effects = bench.push(call);
    let renamed = Effect::Renamed {
        was: own.clone(),
        began: bench.entry("A").began,
        uid: "A".into(),
        now_began: bench.entry("A").began,
    };
    assert_eq!(effects.first(), Some(&renamed));
    assert_eq!((bench.pops("A"), bench.uids().len()), (0, 2));
    assert!(bench.shown().popups.contains(&"A".to_owned()) && !bench.shown().popups.contains(&own));
    assert_eq!(bench.by_phone(answer(&own)), [Command::Answer { leg: 7 }]);
    assert_eq!(bench.recent().iter().filter(|entry| entry.uid == own).count(), 0);
}

#[test]
fn two_calls_of_one_caller_are_not_guessed_at() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.push(event("A", CallState::Ringing));
    bench.push(event("B", CallState::Ringing));
    bench.leg(leg(1, LegState::Ringing));
    assert_eq!(bench.uids().len(), 3, "which of the two is it?");
    bench.push(CallEvent { sip: Some("1@pbx".into()), ..event("B", CallState::Ringing) });
    assert_eq!(bench.uids().len(), 2);
    assert!(bench.view("B").phone.is_some() && bench.view("A").phone.is_none());
    assert_eq!(bench.recent().len(), 2, "and one line each");
}

#[test]
fn after_bye_the_server_is_late() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.leg(of_call(1, "A", LegState::Ringing));
    bench.leg(of_call(1, "A", LegState::Talking));
    bench.leg(of_call(1, "A", LegState::Ended(LegEnd::HungUp)));
    for late in [CallState::Ringing, CallState::Talking] {
        bench.push(event("A", late));
        assert!(bench.uids().is_empty(), "{late:?}");
    }
    bench.push(ended("A", EndReason::Hangup));
    bench.leg(of_call(2, "A", LegState::Ringing));
    assert_eq!((bench.pops("A"), bench.uids().len()), (2, 1), "an INVITE is an offer");
}

#[test]
fn the_server_holds_a_call_whose_leg_drops() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.leg(of_call(1, "A", LegState::Talking));
    bench.push(event("A", CallState::Talking));
    let (ask, request) = bench.asked(hold("A"));
    assert!(matches!(request, Request::Hold { .. }), "the server's verb, as long as it answers");
    bench.leg(of_call(1, "A", LegState::Ended(LegEnd::HungUp)));
    assert_eq!(bench.uids(), ["A"], "the server may be about to hold it");
    bench.answer(ask, held("SIP/1"));
    bench.push(CallEvent { channel: Some("SIP/1".into()), ..event("A", CallState::Held) });
    assert_eq!((bench.view("A").state, bench.view("A").phone.is_some()), (CallViewState::Held, false));
    // Taken back: the phone is rung.
    bench.asked(restore("A"));
    bench.leg(of_call(2, "A", LegState::Ringing));
    assert_eq!((bench.pops("A"), bench.verbs("A").contains(&Verb::Answer)), (1, true));
    bench.leg(of_call(2, "A", LegState::Talking));
    bench.push(event("A", CallState::Talking));
    bench.leg(of_call(2, "A", LegState::Ended(LegEnd::HungUp)));
    assert!(bench.uids().is_empty());
}

#[test]
fn with_the_server_away_the_phone_goes_on() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.leg(of_call(1, "A", LegState::Talking));
    bench.push(event("A", CallState::Talking));
    bench.lost();
    bench.wait(120);
    let view = bench.view("A");
    assert_eq!((view.state, view.unconfirmed, bench.shown().mood), (CallViewState::Talking, false, Mood::Talking));
    assert_eq!(bench.by_phone(hold("A")), [Command::Hold { leg: 1 }]);
    bench.leg(of_call(1, "A", LegState::Held));
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    assert_eq!(bench.view("A").state, CallViewState::Held, "a server that knows nothing of it does not end it");
    bench.leg(of_call(1, "A", LegState::Ended(LegEnd::HungUp)));
    assert!(bench.uids().is_empty());
    bench.lost();
    assert_eq!(bench.shown().mood, Mood::Offline);
}

#[test]
fn with_the_phone_away_the_panel_goes_on() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    bench.leg(of_call(1, "A", LegState::Talking));
    bench.push(event("A", CallState::Talking));
    bench.leg(leg(2, LegState::Ringing));
    bench.say(Said::Off);
    assert_eq!(bench.uids(), ["A"], "what nobody else knows of is over");
    let view = bench.view("A");
    assert_eq!((view.state, view.phone), (CallViewState::Talking, None));
    assert!(view.verbs.contains(&Verb::Hold));
}

#[test]
fn a_colleague_is_asked_and_the_caller_handed_over() {
    for wraps_up in [false, true] {
        handed_over(wraps_up);
    }
}

/// The wrap-up is the customer's, though the colleague's call ends last.
fn handed_over(wraps_up: bool) {
    let rule = WrapUpRule { seconds: if wraps_up { 30 } else { 0 }, ..WrapUpRule::default() };
    let mut bench = Bench::alone_with(Options { wrap_up: rule, ..Options::default() });
    let customer = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.leg(leg(1, LegState::Talking));
    let consult = Intent::Consult { uid: customer.clone(), target: "802".into(), sure: false };
    assert_eq!(bench.by_phone(consult), [Command::Consult { leg: 1, target: "802".into() }]);
    bench.leg(leg(1, LegState::Held));
    let colleague =
        |state| Leg { direction: Direction::Callout, number: "802".into(), consults: Some(1), ..leg(2, state) };
    bench.leg(colleague(LegState::Early));
    let asked = "sip:2@pbx";
    assert_eq!(bench.view(asked).phone.unwrap().consults, Some(customer.clone()));
    assert_eq!(bench.verbs(asked), [Verb::Back, Verb::HangUp], "nobody is there yet to hand over to");
    assert_eq!(bench.verbs(&customer), [Verb::Back, Verb::HangUp]);
    bench.leg(colleague(LegState::Talking));
    assert_eq!(bench.verbs(&customer), [Verb::Complete, Verb::Swap, Verb::Back, Verb::HangUp]);
    for (intent, command) in [
        (Intent::Swap { uid: customer.clone() }, Command::Swap { leg: 2 }),
        (Intent::Swap { uid: asked.into() }, Command::Swap { leg: 2 }),
        (Intent::Back { uid: customer.clone() }, Command::Back { leg: 2 }),
        (Intent::Complete { uid: customer.clone() }, Command::Complete { leg: 2 }),
    ] {
        assert_eq!(bench.by_phone(intent), [command]);
    }
    bench.leg(leg(1, LegState::Ended(LegEnd::Transferred)));
    bench.leg(Leg { state: LegState::Ended(LegEnd::HungUp), ..colleague(LegState::Talking) });
    assert!(bench.uids().is_empty());
    assert_eq!(bench.shown().presence.wrap_up.map(|wrap_up| wrap_up.other), wraps_up.then(|| CUSTOMER.to_owned()));
    let entry = bench.entry(&customer);
    assert_eq!(entry.reason, Some(EndReason::Transferred));
    assert_eq!(entry.transfers.iter().map(|handed| handed.target.as_str()).collect::<Vec<_>>(), ["802"]);
}

#[test]
fn a_second_call_is_answered_and_swapped() {
    let mut bench = Bench::alone();
    let first = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.leg(leg(1, LegState::Talking));
    let other = |state| Leg { number: "01065521234".into(), ..leg(2, state) };
    let second = uid_of(&bench.leg(other(LegState::Ringing))).unwrap();
    // The phone holds the first by itself.
    assert_eq!(bench.by_phone(answer(&second)), [Command::Answer { leg: 2 }]);
    bench.leg(leg(1, LegState::Held));
    bench.leg(other(LegState::Talking));
    assert!(bench.verbs(&first).contains(&Verb::Swap) && !bench.verbs(&second).contains(&Verb::Complete));
    assert_eq!(bench.by_phone(Intent::Swap { uid: first.clone() }), [Command::Resume { leg: 1 }]);
    assert_eq!(bench.desk.meant(Order::Swap), Ok(Intent::Swap { uid: first }));
}

#[test]
fn keys_and_the_microphone_wait_for_nobody() {
    let mut bench = Bench::alone();
    let uid = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.leg(leg(1, LegState::Talking));
    let press = |digits: &str| Intent::Dtmf { uid: uid.clone(), digits: digits.into() };
    let keys: Vec<Effect> = ["1", "2"].iter().flat_map(|digit| bench.want(press(digit))).collect();
    let pressed = keys.iter().filter(|effect| matches!(effect, Effect::Phone { command: Command::Dtmf { .. }, .. }));
    assert_eq!(pressed.count(), 2, "without an answer to the first");
    assert_eq!(bench.view(&uid).pending, None);
    bench.want(press("hello"));
    assert_eq!(bench.notice(), Some((Verb::Dtmf, "keys_invalid".into())));
    bench.leg(leg(1, LegState::Held));
    bench.want(press("3"));
    assert_eq!(bench.notice(), Some((Verb::Dtmf, "keys_on_hold".into())));
    bench.leg(leg(1, LegState::Talking));
    let mute = Intent::Mute { uid: uid.clone(), on: true };
    assert_eq!(bench.by_phone(mute), [Command::Mute { leg: 1, on: true }]);
    bench.leg(Leg { muted: true, digits: "12".into(), ..leg(1, LegState::Talking) });
    let phone = bench.view(&uid).phone.unwrap();
    assert_eq!((phone.muted, phone.digits.as_str(), phone.encrypted), (true, "12", true));
    let sound =
        Sound { mos: 21, loss: 12, jitter: 60, delay: 180, nothing_arrives: false, microphone_silent: true, level: 0 };
    bench.say(Said::Sound { leg: 1, sound });
    assert_eq!(bench.view(&uid).phone.unwrap().sound, Some(sound));
    let report = bench.recording.written();
    assert!(!report.contains("\"12\"") && report.contains("\"**\""), "keys may be a secret: {report}");
}

#[test]
fn only_what_this_desk_has_just_asked_for_is_answered_by_itself() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registering);
    let stranger = Leg { action: Some("panel-1".into()), ..leg(1, LegState::Ringing) };
    let effects = bench.leg(stranger);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Phone { .. })), "someone could listen in");
    bench.leg(leg(1, LegState::Ended(LegEnd::GaveUp)));
    let (ask, request) = bench.asked(dial("01065521234"));
    let Request::Dial { action_id: Some(action), .. } = request else { panic!("{request:?}") };
    bench.answer(ask, done());
    let mine = Leg { action: Some(action.clone()), number: "801".into(), ..leg(2, LegState::Ringing) };
    let effects = bench.leg(mine.clone());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Phone { command: Command::Answer { leg: 2 }, .. })));
    assert!(uid_of(&effects).is_none(), "the agent dialled it");
    let view = bench.shown().calls.remove(0);
    assert_eq!((view.direction, view.other.as_str()), (Direction::Callout, "01065521234"));
    bench.leg(Leg { state: LegState::Ended(LegEnd::HungUp), ..mine.clone() });
    let again = bench.leg(Leg { id: 3, call_id: "3@pbx".into(), ..mine });
    assert!(!again.iter().any(|effect| matches!(effect, Effect::Phone { .. })), "once");
    let (_, request) = {
        bench.say(Said::Off);
        bench.asked(dial("01065521234"))
    };
    assert!(matches!(request, Request::Dial { action_id: None, .. }), "without a phone as ever");
}

#[test]
fn the_phone_dials_and_says_why_nobody_came() {
    let mut bench = Bench::pushing();
    bench.say(Said::Registered);
    let dialled = Command::Dial { number: "01065521234".into(), hold: None };
    assert_eq!(bench.by_phone(dial("010 6552-1234")), [dialled]);
    let out = |state| Leg { direction: Direction::Callout, number: "01065521234".into(), ..leg(1, state) };
    bench.leg(out(LegState::Ringing));
    assert!(bench.shown().popups.is_empty(), "who dials knows whom");
    let event = CallEvent {
        sip: Some("1@pbx".into()),
        calla: "801".into(),
        callb: "01065521234".into(),
        status: Direction::Callout,
        ..event("A", CallState::Ringing)
    };
    bench.push(event);
    assert_eq!(bench.uids(), ["A"]);
    bench.leg(out(LegState::Ended(LegEnd::Busy)));
    assert_eq!((bench.uids().len(), bench.notice()), (0, Some((Verb::Dial, "callee_busy".into()))));
    bench.want(dial("802"));
    bench.say(Said::Done { ask: 2, result: Err(Problem::new("line_too_many", "")) });
    assert_eq!(bench.notice(), Some((Verb::Dial, "line_too_many".into())));
}

#[test]
fn a_line_of_an_earlier_phone_is_over_when_the_next_one_begins() {
    let mut bench = Bench::alone();
    let uid = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.leg(leg(1, LegState::Talking));
    let past = vec![bench.entry(&uid)];
    let mut desk = Desk::alone(Extension::parse("801").unwrap(), Options::default(), bench.moment());
    desk.resume(past);
    desk.start(bench.moment());
    let effects = desk.handle(Input::Line(Said::Registering), moment(bench.now + 5));
    let written = effects.iter().any(|effect| matches!(effect, Effect::Journal(entry) if entry.ended.is_some()));
    assert!(written && desk.snapshot().calls.is_empty());
}

#[test]
fn a_colleague_who_cannot_be_reached_is_said_at_the_customers_call_and_another_is_asked() {
    let mut bench = Bench::alone();
    let customer = uid_of(&bench.leg(leg(1, LegState::Ringing))).unwrap();
    bench.leg(leg(1, LegState::Talking));
    let consult = |target: &str| Intent::Consult { uid: customer.clone(), target: target.into(), sure: false };
    bench.by_phone(consult("850"));
    bench.leg(leg(1, LegState::Held));
    let colleague =
        |id, state| Leg { direction: Direction::Callout, number: "850".into(), consults: Some(1), ..leg(id, state) };
    bench.leg(colleague(2, LegState::Ringing));
    bench.want(Intent::Complete { uid: customer.clone() });
    assert_eq!(bench.notice(), Some((Verb::Complete, "colleague_rings".into())));
    bench.leg(colleague(2, LegState::Ended(LegEnd::NoSuchNumber)));
    let notice = bench.shown().notice.unwrap();
    assert_eq!(
        (notice.verb, notice.problem.code.as_str(), notice.uid),
        (Verb::Consult, "callee_unknown", Some(customer.clone()))
    );
    // The customer is on hold still, and the next one may be asked.
    assert!(bench.verbs(&customer).contains(&Verb::Consult));
    assert_eq!(bench.by_phone(consult("803")), [Command::Consult { leg: 1, target: "803".into() }]);
}
