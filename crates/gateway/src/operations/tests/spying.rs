//! Listening and whispering: who hears whom.

use super::*;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_listener_hears_both_and_nobody_hears_him() {
    let (lab, _) = Lab::talking();
    assert_eq!(lab.ok(listen("803", "801")).await, "Spy or whisper success");
    assert_eq!((lab.hears("803"), lab.current("803")), (vec![], None), "it rings, and that is no call");
    lab.answer("803");
    assert_eq!(lab.hears("803"), words(&["801", CUSTOMER]));
    assert_eq!((lab.hears("801"), lab.hears(CUSTOMER)), (words(&[CUSTOMER]), words(&["801"])));
    assert_eq!((lab.current("803"), lab.told("803")), (None, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_whisperer_is_heard_by_the_agent_alone() {
    let lab = Lab::new();
    lab.call("801", "802");
    lab.answer("802");
    assert_eq!(lab.ok(whisper("803", "802")).await, "Spy or whisper success");
    lab.answer("803");
    assert_eq!(lab.hears("802"), words(&["801", "803"]), "the vendor's example");
    assert_eq!(lab.hears("803"), words(&["802", "801"]));
    assert_eq!(lab.hears("801"), words(&["802"]));
}

#[tokio::test(start_paused = true)]
async fn the_listener_has_to_be_free() {
    let (lab, _) = Lab::talking();
    lab.call("13500000001", "802");
    lab.gesture("803", Gesture::Unregister);
    lab.call("13500000002", "804");
    lab.answer("804");
    lab.ok(hold("804")).await;
    lab.ok(listen("805", "801")).await;
    for agent in ["801", "802", "803", "804", "805", "899", "", "x y"] {
        lab.refused(listen(agent, "801"), "Agent not in use").await;
        lab.refused(whisper(agent, "801"), "Agent not in use").await;
    }
    lab.ok(busy("806")).await;
    lab.ok(listen("806", "801")).await;
}

#[tokio::test(start_paused = true)]
async fn the_target_has_to_be_in_a_call() {
    let lab = Lab::new();
    lab.call(CUSTOMER, "802");
    for target in ["801", "802", "899", "", "x y"] {
        lab.refused(listen("803", target), "Spy or whisper failed").await;
        lab.refused(whisper("803", target), "Spy or whisper failed").await;
    }
}

#[tokio::test(start_paused = true)]
async fn listening_survives_hold_and_ends_with_the_call() {
    let (lab, _) = Lab::talking();
    lab.ok(listen("803", "801")).await;
    lab.answer("803");
    let channel = lab.ok(hold("801")).await;
    assert_eq!(lab.hears("803"), words(&["801"]));
    lab.ok(restore("801", &channel)).await;
    assert_eq!(lab.hears("803"), words(&["801", CUSTOMER]));
    lab.ok(hang_up("801")).await;
    assert_eq!(lab.legs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_stops_the_listeners_ringing() {
    let (lab, _) = Lab::talking();
    lab.ok(listen("803", "801")).await;
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(lab.legs(), 0);
    lab.call(CUSTOMER, "801");
    lab.answer("801");
    lab.ok(listen("803", "801")).await;
    lab.pass(30).await;
    assert_eq!(lab.legs(), 2, "not answered");
    lab.ok(listen("803", "801")).await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_can_hang_up_and_the_call_goes_on() {
    let (lab, _) = Lab::talking();
    lab.ok(listen("803", "801")).await;
    lab.answer("803");
    lab.ok(hang_up("803")).await;
    assert_eq!((lab.legs(), lab.state("801")), (2, Some(CallState::Talking)));
    lab.refused(hang_up("803"), "No Channels").await;
    lab.ok(dial("803", "13800138000")).await;
}
