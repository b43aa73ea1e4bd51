//! Transfer, its answer, and its way back.

use tokio::time::Instant;

use super::*;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_target_answers() {
    let (lab, uid) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    assert!(!asked.is_finished());
    assert_eq!((lab.hears(CUSTOMER), lab.hears("801")), (words(&["music"]), words(&["transferring"])));
    assert_eq!((lab.state("801"), lab.state("802")), (Some(CallState::Transferring), Some(CallState::Ringing)));
    let seen = lab.current("802").unwrap();
    assert_eq!([seen.calla.as_str(), &seen.callb, &seen.uid, seen.status.as_str()], [CUSTOMER, "802", &uid, "callin"]);
    assert_eq!(lab.current("801").unwrap().uid, uid);
    lab.answer("802");
    assert_eq!(asked.await.unwrap(), Ok(Reply::Done { message: "Transfer successful".into() }));
    assert_eq!(
        (lab.hears(CUSTOMER), lab.hears("802"), lab.current("801")),
        (words(&["802"]), words(&[CUSTOMER]), None)
    );
    assert_eq!(lab.told("801"), ["ringing", "talking", "transferring", "ended transferred"]);
    assert_eq!(lab.told("802"), ["ringing", "talking"]);
    let asked = lab.begin(transfer("802", "803")).await;
    lab.answer("803");
    assert!(asked.await.unwrap().is_ok(), "and on");
    let asked = lab.begin(transfer("803", "801")).await;
    lab.answer("801");
    assert!(asked.await.unwrap().is_ok(), "and back to the first");
    assert_eq!(lab.current("801").unwrap().uid, uid);
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_and_the_agent_is_back_after_fifteen_seconds() {
    let (lab, _) = Lab::talking();
    let began = Instant::now();
    lab.refused(transfer("801", "802"), "Exten is not idle").await;
    let took = began.elapsed();
    assert!((15.0..15.1).contains(&took.as_secs_f64()), "{took:?}");
    assert_eq!(
        (lab.hears(CUSTOMER), lab.hears("801"), lab.current("802")),
        (words(&["801"]), words(&[CUSTOMER]), None)
    );
    assert_eq!(lab.told("801"), ["ringing", "talking", "transferring", "talking"]);
    assert_eq!(lab.told("802"), ["ringing", "ended no_answer"]);
}

#[tokio::test(start_paused = true)]
async fn the_target_declines_or_drops_off() {
    for gesture in [Gesture::Decline, Gesture::HangUp, Gesture::Unregister] {
        let (lab, _) = Lab::talking();
        let asked = lab.begin(transfer("801", "802")).await;
        lab.gesture("802", gesture);
        assert_eq!(asked.await.unwrap().unwrap_err().message, "Exten is not idle");
        assert_eq!((lab.hears(CUSTOMER), lab.current("802")), (words(&["801"]), None));
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_up_the_ringing_target_is_declining() {
    let (lab, _) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    lab.ok(hang_up("802")).await;
    assert_eq!(asked.await.unwrap().unwrap_err().message, "Exten is not idle");
    assert_eq!((lab.hears(CUSTOMER), lab.state("801")), (words(&["801"]), Some(CallState::Talking)));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_at_once_changes_nothing() {
    let (lab, _) = Lab::talking();
    lab.ok(busy("802")).await;
    lab.gesture("803", Gesture::Unregister);
    lab.call("13500000001", "804");
    lab.call("13500000002", "805");
    lab.answer("805");
    lab.ok(listen("806", "805")).await;
    lab.call("13500000003", "807");
    lab.answer("807");
    lab.ok(hold("807")).await;
    lab.gesture("807", Gesture::HangUp);
    let told = lab.told("801");
    for target in ["801", "802", "803", "804", "805", "806", "807"] {
        lab.refused(transfer("801", target), "Exten is not idle").await;
    }
    for target in ["899", "13800138000", "", "a b"] {
        lab.refused(transfer("801", target), "Transfer not allowed").await;
    }
    assert_eq!((lab.told("801"), lab.hears(CUSTOMER)), (told, words(&["801"])));
}

#[tokio::test(start_paused = true)]
async fn an_agent_without_a_conversation_cannot_transfer() {
    let lab = Lab::new();
    for agent in ["801", "899", "", "x y"] {
        lab.refused(transfer(agent, "802"), "Agent not in use").await;
    }
    lab.call(CUSTOMER, "801");
    lab.refused(transfer("801", "802"), "Agent not in bridge").await;
    lab.answer("801");
    lab.ok(hold("801")).await;
    lab.refused(transfer("801", "802"), "Agent not in bridge").await;
    lab.ok(restore("801", "SIP/trunk-00000000")).await;
    let asked = lab.begin(transfer("801", "802")).await;
    lab.refused(transfer("801", "803"), "Agent not in bridge").await;
    lab.refused(hold("801"), "Agent not in use").await;
    lab.answer("802");
    assert!(asked.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn hanging_up_does_not_wait_and_ends_it_all() {
    let (lab, _) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    let began = Instant::now();
    lab.ok(hang_up("801")).await;
    assert_eq!((began.elapsed(), lab.legs()), (Duration::ZERO, 0));
    assert_eq!(asked.await.unwrap().unwrap_err().message, "Agent not in use");
    assert_eq!(lab.told("802"), ["ringing", "ended no_answer"]);
}

#[tokio::test(start_paused = true)]
async fn the_other_party_goes_while_the_target_rings() {
    let (lab, _) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(asked.await.unwrap().unwrap_err().message, "Agent not in use");
    assert_eq!((lab.legs(), lab.current("801"), lab.current("802")), (0, None, None));
}

#[tokio::test(start_paused = true)]
async fn the_agent_puts_down_while_the_target_rings() {
    let (lab, _) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    lab.gesture("801", Gesture::HangUp);
    assert_eq!((lab.current("801"), lab.state("802")), (None, Some(CallState::Ringing)));
    lab.answer("802");
    assert!(asked.await.unwrap().is_ok());
    assert_eq!(lab.hears(CUSTOMER), ["802"]);

    let asked = lab.begin(transfer("802", "803")).await;
    lab.gesture("802", Gesture::HangUp);
    assert_eq!(asked.await.unwrap().unwrap_err().message, "Exten is not idle");
    assert_eq!(lab.legs(), 0, "nobody is left for the customer");
}

#[tokio::test(start_paused = true)]
async fn who_called_out_and_who_talks_with_a_colleague_can_transfer() {
    let lab = Lab::new();
    lab.ok(dial("801", "13800138000")).await;
    lab.answer("801");
    lab.answer("13800138000");
    let asked = lab.begin(transfer("801", "802")).await;
    assert_eq!(lab.current("802").unwrap().calla, "13800138000");
    lab.answer("802");
    assert!(asked.await.unwrap().is_ok());

    lab.call("803", "804");
    lab.answer("804");
    let asked = lab.begin(transfer("804", "805")).await;
    lab.answer("805");
    assert!(asked.await.unwrap().is_ok());
    assert_eq!((lab.hears("803"), lab.current("804")), (words(&["805"]), None));
    assert_eq!(lab.current("805").unwrap().calla, "803");
}

#[tokio::test(start_paused = true)]
async fn the_survey_stays_armed_for_whoever_ends_the_call() {
    let (lab, _) = Lab::talking();
    let asked = lab.begin(transfer("801", "802")).await;
    lab.ok(survey("801")).await;
    lab.answer("802");
    assert!(asked.await.unwrap().is_ok());
    lab.ok(hang_up("802")).await;
    assert_eq!(lab.hears(CUSTOMER), ["survey"]);
}

#[tokio::test(start_paused = true)]
async fn two_transfers_at_once_are_one_after_the_other() {
    let (lab, _) = Lab::talking();
    let first = lab.begin(transfer("801", "802")).await;
    let second = lab.begin(transfer("801", "803")).await;
    assert_eq!(second.await.unwrap().unwrap_err().message, "Agent not in bridge");
    assert_eq!(lab.current("803"), None);
    lab.answer("802");
    assert!(first.await.unwrap().is_ok());
}
