//! Hold and restore.

use super::*;

#[tokio::test(start_paused = true)]
async fn hold_and_restore() {
    let (lab, _) = Lab::talking();
    for _ in 0..3 {
        let channel = lab.ok(hold("801")).await;
        assert!(channel.starts_with("SIP/"), "{channel}");
        assert_eq!((lab.hears(CUSTOMER), lab.hears("801")), (vec!["music".to_owned()], vec![]));
        assert_eq!(lab.state("801"), Some(CallState::Held));
        let held = lab.site.board().look(|table| table.snapshot("801")).unwrap().calls.remove(0);
        assert_eq!(held.channel, Some(channel.clone()), "travels with the call");
        assert_eq!(lab.ok(restore("801", &channel)).await, "Restorepark successful");
        assert_eq!((lab.hears(CUSTOMER), lab.hears("801")), (vec!["801".to_owned()], vec![CUSTOMER.to_owned()]));
    }
    assert_eq!(lab.told("801"), ["ringing", "talking", "held", "talking", "held", "talking", "held", "talking"]);
}

#[tokio::test(start_paused = true)]
async fn only_a_connected_call_can_be_held() {
    let lab = Lab::new();
    for exten in ["801", "899", "", "x y"] {
        lab.refused(hold(exten), "Agent not in use").await;
    }
    lab.call(CUSTOMER, "801");
    lab.refused(hold("801"), "Agent not in use").await;
    lab.answer("801");
    lab.ok(hold("801")).await;
    lab.refused(hold("801"), "Agent not in use").await;
    lab.ok(dial("802", "13800138000")).await;
    lab.answer("802");
    lab.refused(hold("802"), "Agent not in use").await;
}

#[tokio::test(start_paused = true)]
async fn the_held_colleague_cannot_hold() {
    let lab = Lab::new();
    lab.call("801", "802");
    lab.answer("802");
    lab.ok(hold("801")).await;
    assert_eq!((lab.hears("802"), lab.state("802")), (vec!["music".to_owned()], Some(CallState::Talking)));
    lab.refused(hold("802"), "Agent not in use").await;
    lab.ok(hang_up("802")).await;
    assert_eq!((lab.legs(), lab.current("801")), (0, None));
}

#[tokio::test(start_paused = true)]
async fn restore_takes_the_returned_channel_or_the_agents_own_and_no_other() {
    let (lab, _) = Lab::talking();
    let channel = lab.ok(hold("801")).await;
    for other in ["", "SIP/801-ffffffff", "SIP/8", "x\r\ny", "801"] {
        lab.refused(restore("801", other), "Channel not exist").await;
    }
    lab.refused(restore("802", &channel), "Channel not exist").await;
    lab.refused(restore("899", &channel), "Channel not exist").await;
    let own = "SIP/801-00000001";
    lab.ok(restore("801", own)).await;
    assert_eq!(lab.state("801"), Some(CallState::Talking));
    lab.refused(restore("801", own), "Channel not exist").await;
    lab.refused(restore("801", &channel), "Channel not exist").await;
}

#[tokio::test(start_paused = true)]
async fn a_held_caller_who_goes_ends_the_call() {
    let (lab, _) = Lab::talking();
    let channel = lab.ok(hold("801")).await;
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!((lab.legs(), lab.current("801")), (0, None));
    lab.refused(restore("801", &channel), "Channel not exist").await;
}

#[tokio::test(start_paused = true)]
async fn hanging_up_ends_a_held_call() {
    let (lab, _) = Lab::talking();
    lab.ok(hold("801")).await;
    lab.ok(hang_up("801")).await;
    assert_eq!(lab.legs(), 0);
    lab.call(CUSTOMER, "801");
    lab.answer("801");
    lab.ok(hold("801")).await;
    lab.gesture("801", Gesture::HangUp);
    assert_eq!(lab.legs(), 1);
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.legs(), lab.current("801")), (0, None));
}

#[tokio::test(start_paused = true)]
async fn when_the_phone_drops_the_caller_stays_and_restore_rings_the_phone() {
    for drop in [Gesture::HangUp, Gesture::Unregister] {
        let (lab, uid) = Lab::talking();
        let channel = lab.ok(hold("801")).await;
        lab.gesture("801", drop);
        assert_eq!((lab.hears(CUSTOMER), lab.state("801")), (vec!["music".to_owned()], Some(CallState::Held)));
        assert_eq!(lab.current("801").unwrap().uid, uid);
        if drop == Gesture::Unregister {
            lab.refused(restore("801", &channel), "Connection Failed").await;
            lab.gesture("801", Gesture::Register);
        }
        lab.ok(restore("801", &channel)).await;
        lab.ok(restore("801", &channel)).await;
        assert_eq!((lab.legs(), lab.state("801")), (2, Some(CallState::Ringing)), "rung once, however often asked");
        lab.gesture("801", Gesture::Decline);
        assert_eq!(lab.state("801"), Some(CallState::Held));
        lab.ok(restore("801", "SIP/801-00000001")).await;
        lab.answer("801");
        assert_eq!((lab.hears(CUSTOMER), lab.state("801")), (vec!["801".to_owned()], Some(CallState::Talking)));
        assert_eq!(lab.told("801"), ["ringing", "talking", "held", "ringing", "held", "ringing", "talking"]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_ten_minutes_the_agent_is_rung_once() {
    let (lab, _) = Lab::talking();
    lab.ok(hold("801")).await;
    lab.pass(598).await;
    assert_eq!(lab.state("801"), Some(CallState::Held));
    lab.pass(2).await;
    assert_eq!(lab.state("801"), Some(CallState::Ringing));
    lab.pass(30).await;
    assert_eq!(lab.state("801"), Some(CallState::Held), "not answered: still held");
    lab.pass(2000).await;
    assert_eq!(lab.told("801"), ["ringing", "talking", "held", "ringing", "held"], "once");
    assert_eq!(lab.hears(CUSTOMER), ["music"]);
}

#[tokio::test(start_paused = true)]
async fn the_reminder_answered_brings_the_two_together() {
    let (lab, _) = Lab::talking();
    lab.ok(hold("801")).await;
    lab.pass(600).await;
    lab.answer("801");
    assert_eq!(
        (lab.hears(CUSTOMER), lab.state("801"), lab.legs()),
        (vec!["801".to_owned()], Some(CallState::Talking), 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_hold_has_its_own_ten_minutes() {
    let (lab, _) = Lab::talking();
    let channel = lab.ok(hold("801")).await;
    lab.pass(400).await;
    lab.ok(restore("801", &channel)).await;
    lab.ok(hold("801")).await;
    lab.pass(400).await;
    assert_eq!(lab.state("801"), Some(CallState::Held));
    lab.pass(200).await;
    assert_eq!(lab.state("801"), Some(CallState::Ringing));
}

#[tokio::test(start_paused = true)]
async fn a_phone_has_one_receiver() {
    let (lab, first) = Lab::talking();
    let second = lab.call("13500000001", "801");
    lab.answer("801");
    assert_eq!(lab.calls("801"), [(first.clone(), CallState::Held), (second.clone(), CallState::Talking)]);
    assert_eq!(lab.hears(CUSTOMER), ["music"]);
    lab.ok(restore("801", "SIP/trunk-00000000")).await;
    assert_eq!(lab.calls("801"), [(first, CallState::Talking), (second, CallState::Held)]);
    assert_eq!((lab.hears(CUSTOMER), lab.hears("13500000001")), (vec!["801".to_owned()], vec!["music".to_owned()]));
}
