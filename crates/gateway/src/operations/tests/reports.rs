//! What popEvent and the stream report.

use uncall_contract::Direction;

use super::*;

fn call(calla: &str, callb: &str, uid: &str, status: Direction) -> Option<Call> {
    Some(Call { calla: calla.into(), callb: callb.into(), uid: uid.into(), status })
}

#[tokio::test(start_paused = true)]
async fn an_incoming_call_is_reported_as_long_as_it_lasts() {
    let lab = Lab::new();
    assert_eq!(lab.current("801"), None);
    let uid = lab.call(CUSTOMER, "801");
    let expected = call(CUSTOMER, "801", &uid, Direction::Callin);
    assert_eq!((lab.current("801"), lab.current("801")), (expected.clone(), expected.clone()));
    assert_eq!(lab.hears(CUSTOMER), ["ringback"]);
    lab.answer("801");
    assert_eq!(lab.current(" 801 "), expected);
    assert_eq!((lab.hears(CUSTOMER), lab.hears("801")), (vec!["801".to_owned()], vec![CUSTOMER.to_owned()]));
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(lab.current("801"), None);
    assert_eq!(lab.told("801"), ["ringing", "talking", "ended hangup"]);
    assert_eq!(lab.legs(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_and_nonsense_have_no_call() {
    let lab = Lab::new();
    lab.call(CUSTOMER, "801");
    for exten in ["", "999", "8 01", "801;802", "\u{0}", "８０１"] {
        let answer = lab.ask(Request::Current { exten: exten.into() }).await;
        assert_eq!(answer, Ok(Reply::Current { call: None }), "{exten:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_agents_see_one_call_each_from_his_side() {
    let lab = Lab::new();
    let uid = lab.call("801", "802");
    assert_eq!(lab.current("801"), call("801", "802", &uid, Direction::Callout));
    assert_eq!(lab.current("802"), call("801", "802", &uid, Direction::Callin));
    lab.answer("802");
    assert_eq!((lab.state("801"), lab.state("802")), (Some(CallState::Talking), Some(CallState::Talking)));
}

#[tokio::test(start_paused = true)]
async fn click_to_dial_is_a_callout_from_the_first_ring() {
    let lab = Lab::new();
    let request = Request::Dial { exten: "801".into(), number: "010-6552 1234".into(), action_id: Some("a1".into()) };
    let Ok(Reply::Dialled { response, action_id, message }) = lab.ask(request).await else { panic!() };
    assert_eq!([response.as_str(), &action_id, &message], ["Success", "a1", "Originate successfully queued"]);
    let ringing = lab.current("801").unwrap();
    assert_eq!(Some(ringing.clone()), call("801", "01065521234", &ringing.uid, Direction::Callout));
    assert_eq!(lab.legs(), 1, "the number is called when the agent has answered");
    lab.answer("801");
    assert_eq!((lab.hears("801"), lab.state("801")), (vec!["ringback".to_owned()], Some(CallState::Ringing)));
    lab.answer("01065521234");
    assert_eq!((lab.hears("801"), lab.state("801")), (vec!["01065521234".to_owned()], Some(CallState::Talking)));
    assert_eq!(lab.current("801"), Some(ringing));
    assert_eq!(lab.told("801"), ["ringing", "talking"]);
}

#[tokio::test(start_paused = true)]
async fn of_several_calls_the_newest_that_rings_then_the_talking_then_the_held() {
    let (lab, held) = Lab::talking();
    lab.ok(hold("801")).await;
    let talking = lab.call("13500000001", "801");
    lab.answer("801");
    let first = lab.call("13500000002", "801");
    let second = lab.call("13500000003", "801");
    let current = || lab.current("801").unwrap().uid;
    assert_eq!(current(), second);
    lab.gesture("13500000003", Gesture::HangUp);
    assert_eq!(current(), first);
    lab.gesture("13500000002", Gesture::HangUp);
    assert_eq!(current(), talking);
    lab.gesture("13500000001", Gesture::HangUp);
    assert_eq!(current(), held);
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(lab.current("801"), None);
}

#[tokio::test(start_paused = true)]
async fn with_once_a_call_is_reported_once() {
    let lab = Lab::new();
    let pbx: Arc<dyn Pbx> = lab.sim.clone();
    let site = Site::new(pbx, "e".to_owned(), true, None);
    let first = lab.call(CUSTOMER, "801");
    let ask = || site.board().current("801").map(|call| call.uid);
    assert_eq!((ask(), ask()), (Some(first), None));
    let second = lab.call("13500000001", "801");
    assert_eq!((ask(), ask()), (Some(second), None));
    lab.answer("801");
    assert_eq!(ask(), None);
}

#[tokio::test(start_paused = true)]
async fn why_a_call_ended() {
    let lab = Lab::new();
    lab.call(CUSTOMER, "801");
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(lab.told("801"), ["ringing", "ended no_answer"], "given up");
    lab.call(CUSTOMER, "802");
    lab.pass(60).await;
    assert_eq!(lab.told("802"), ["ringing", "ended no_answer"], "rung long enough");
    lab.call(CUSTOMER, "803");
    lab.gesture("803", Gesture::Decline);
    assert_eq!(lab.told("803"), ["ringing", "ended hangup"], "declined");
    assert_eq!(lab.hears(CUSTOMER), ["busy"]);
    lab.ok(dial("804", "13800000001")).await;
    lab.answer("804");
    assert_eq!(lab.hears("804"), ["busy"], "a number that ends in 0001");
    lab.pass(2).await;
    assert_eq!(lab.told("804"), ["ringing", "ended no_answer"]);
    assert_eq!(lab.legs(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_control_phones_and_numbers_answer_by_themselves() {
    let lab = Lab::with(Options::default());
    assert!(lab.sim.hands().is_none());
    lab.call(CUSTOMER, "801");
    lab.pass(3).await;
    assert_eq!(lab.state("801"), Some(CallState::Ringing));
    lab.pass(1).await;
    assert_eq!(lab.state("801"), Some(CallState::Talking));
    for (exten, number, after) in
        [("802", "13800138000", CallState::Talking), ("803", "13800130002", CallState::Ringing)]
    {
        lab.ok(dial(exten, number)).await;
        lab.pass(4).await;
        assert_eq!((lab.hears(exten), lab.state(exten)), (vec!["ringback".to_owned()], Some(CallState::Ringing)));
        lab.pass(3).await;
        assert_eq!(lab.state(exten), Some(after), "{number}");
    }
    lab.pass(45).await;
    assert_eq!(lab.told("803"), ["ringing", "ended no_answer"]);
}

#[tokio::test(start_paused = true)]
async fn traffic_calls_801_soon_and_is_the_same_for_the_same_seed() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let lab = Lab::with(Options { traffic: Some(42), ..Options::default() });
        lab.pass(8).await;
        let first = lab.current("801").unwrap();
        assert_eq!(first.status, Direction::Callin);
        lab.pass(600).await;
        let calls = |exten: &str| lab.told(exten).iter().filter(|told| told.as_str() == "ringing").count();
        assert!(calls("801") > 3, "{:?}", lab.told("801"));
        let others: usize = (802..=810).map(|exten| calls(&exten.to_string())).sum();
        assert!(others > 5, "{others}");
        seen.push((first.calla, lab.told("801"), others));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(start_paused = true)]
async fn without_a_seed_nobody_calls() {
    let lab = Lab::with(Options::default());
    lab.pass(3600).await;
    assert!((801..=810).all(|exten| lab.told(&exten.to_string()).is_empty()));
}
