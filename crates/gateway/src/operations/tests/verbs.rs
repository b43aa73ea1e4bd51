//! Dialling, busy and idle, hanging up, survey, recordings.

use super::*;

fn unavailable() -> (String, String) {
    ("Busy".to_owned(), "Busy".to_owned())
}

#[tokio::test(start_paused = true)]
async fn ping_echoes() {
    let lab = Lab::new();
    assert_eq!(lab.ok(Request::Ping { text: "你好 <&>".into() }).await, "你好 <&>");
}

#[tokio::test(start_paused = true)]
async fn dialling_needs_a_free_phone() {
    let (lab, _) = Lab::talking();
    lab.call("13500000001", "802");
    lab.gesture("803", Gesture::Unregister);
    for exten in ["801", "802", "803", "899", "", "8 1"] {
        assert_eq!(lab.no(dial(exten, "13800138000")).await, unavailable(), "{exten}");
    }
    lab.ok(dial("804", "13800138000")).await;
    assert_eq!(lab.no(dial("804", "13800138000")).await, unavailable(), "while it rings");
    lab.gesture("803", Gesture::Register);
    lab.ok(dial("803", "13800138000")).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_none_is_not_dialled() {
    let lab = Lab::new();
    for number in ["", " ", "abc", "138&SIP/803", "1\r\nAction: x", &"1".repeat(41)] {
        let (response, message) = lab.no(dial("801", number)).await;
        assert_eq!(response, "Error", "{number:?}");
        assert!(message.starts_with("The number "), "{message}");
    }
    assert_eq!(lab.legs(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_holds_a_call_can_dial_and_so_can_a_busy_agent() {
    let (lab, held) = Lab::talking();
    lab.ok(hold("801")).await;
    lab.ok(busy("801")).await;
    lab.ok(dial("801", "802")).await;
    lab.answer("801");
    lab.answer("802");
    assert_eq!(lab.hears("802"), ["801"]);
    assert!(lab.calls("801").contains(&(held, CallState::Held)));
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_busy_extension_hear_that_it_is_busy() {
    let lab = Lab::new();
    assert_eq!(lab.ok(busy("801")).await, "Updated database successfully");
    assert_eq!(lab.ok(busy("801")).await, "Updated database successfully");
    lab.call(CUSTOMER, "801");
    assert_eq!((lab.current("801"), lab.hears(CUSTOMER)), (None, vec!["busy".to_owned()]));
    lab.pass(2).await;
    assert_eq!(lab.legs(), 0);
    assert_eq!(lab.ok(idle("801")).await, "Key deleted successfully");
    assert_eq!(lab.ok(idle("801")).await, "Key deleted successfully");
    lab.call(CUSTOMER, "801");
    assert!(lab.current("801").is_some());
    assert_eq!(lab.told("801"), ["busy", "idle", "ringing"]);
}

#[tokio::test(start_paused = true)]
async fn busy_and_idle_need_an_extension() {
    let lab = Lab::new();
    for exten in ["899", "", "8\n1"] {
        lab.refused(busy(exten), "Failed to update entry").await;
        lab.refused(idle(exten), "Failed to update entry").await;
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_up_ends_both_sides() {
    let (lab, _) = Lab::talking();
    assert_eq!(lab.ok(hang_up("801")).await, "Channel Hungup success");
    assert_eq!((lab.legs(), lab.current("801")), (0, None));
    lab.refused(hang_up("801"), "No Channels").await;
    for exten in ["899", "", "x y"] {
        lab.refused(hang_up(exten), "agent not in use").await;
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_up_ends_what_the_agent_began() {
    let lab = Lab::new();
    lab.ok(dial("801", "13800138000")).await;
    lab.ok(hang_up("801")).await;
    assert_eq!(lab.legs(), 0, "click-to-dial at the agent's phone");
    lab.ok(dial("801", "802")).await;
    lab.answer("801");
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.legs(), lab.told("802")), (0, vec!["ringing".to_owned(), "ended no_answer".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn hanging_up_declines_what_rings() {
    let lab = Lab::new();
    lab.call(CUSTOMER, "801");
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.current("801"), lab.hears(CUSTOMER)), (None, vec!["busy".to_owned()]));
    assert_eq!(lab.told("801"), ["ringing", "ended hangup"]);
    lab.pass(5).await;
    assert_eq!(lab.legs(), 0);
    lab.ok(dial("801", "802")).await;
    lab.answer("801");
    lab.ok(hang_up("802")).await;
    assert_eq!((lab.current("802"), lab.hears("801")), (None, vec!["busy".to_owned()]), "the caller is not cut off");
}

#[tokio::test(start_paused = true)]
async fn hanging_up_means_the_call_that_is_heard_and_by_its_uid_any() {
    let (lab, talking) = Lab::talking();
    let ringing = lab.call("13500000001", "801");
    assert_eq!(lab.current("801").unwrap().uid, ringing);
    lab.ok(hang_up("801")).await;
    assert_eq!(lab.calls("801"), [(ringing.clone(), CallState::Ringing)]);
    lab.answer("801");
    lab.refused(hang_up("801").about(Some(talking)), "No Channels").await;
    let second = lab.call(CUSTOMER, "801");
    lab.ok(hang_up("801").about(Some(second))).await;
    assert_eq!((lab.calls("801"), lab.hears(CUSTOMER)), (vec![(ringing, CallState::Talking)], vec!["busy".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_verb_that_waits_its_turn_is_about_the_call_that_was_meant() {
    let (lab, first) = Lab::talking();
    let turn = lab.site.turn(&uncall_contract::Uid::parse(&first).unwrap()).await;
    let asked = lab.begin(hold("801")).await;
    lab.gesture(CUSTOMER, Gesture::HangUp);
    let second = lab.call("13500000001", "801");
    lab.answer("801");
    drop(turn);
    assert_eq!(asked.await.unwrap().unwrap_err().message, "Agent not in use");
    assert_eq!(lab.calls("801"), [(second, CallState::Talking)], "not held in place of the first");
}

#[tokio::test(start_paused = true)]
async fn the_survey_comes_when_the_agents_call_ends() {
    let lab = Lab::new();
    lab.refused(survey("801"), "Agent not in use").await;
    lab.refused(survey("899"), "Agent not in use").await;
    let uid = lab.call(CUSTOMER, "801");
    lab.refused(survey("801"), "Agent not in use").await;
    lab.answer("801");
    assert_eq!(lab.ok(survey("801")).await, "Feedback successful");
    assert_eq!(lab.sim.state()["surveys"]["armed"][0]["uid"], uid.as_str());
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.current("801"), lab.hears(CUSTOMER)), (None, vec!["survey".to_owned()]));
    lab.refused(hang_up("801"), "No Channels").await;
    lab.pass(10).await;
    assert_eq!(lab.legs(), 0);
    assert_eq!(lab.sim.state()["surveys"]["done"][0]["agent"], "801");
}

#[tokio::test(start_paused = true)]
async fn no_survey_for_a_customer_who_hangs_up_and_one_for_the_phones_own_hang_up() {
    let (lab, _) = Lab::talking();
    lab.ok(survey("801")).await;
    lab.gesture(CUSTOMER, Gesture::HangUp);
    assert_eq!(lab.legs(), 0);
    lab.call(CUSTOMER, "801");
    lab.answer("801");
    lab.ok(survey("801")).await;
    lab.gesture("801", Gesture::HangUp);
    assert_eq!(lab.hears(CUSTOMER), ["survey"]);
}

#[tokio::test(start_paused = true)]
async fn the_survey_of_a_colleague_is_not_reported_and_customers_rate_by_themselves() {
    let lab = Lab::with(Options::default());
    lab.call("802", "801");
    lab.pass(4).await;
    lab.ok(survey("801")).await;
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.hears("802"), lab.current("802")), (vec!["survey".to_owned()], None));
    lab.pass(10).await;
    let score = lab.sim.state()["surveys"]["done"][0]["score"].as_u64();
    assert!(score.is_some_and(|score| (1..=5).contains(&score)), "{score:?}");
}

#[tokio::test(start_paused = true)]
async fn the_survey_of_a_held_call() {
    let (lab, _) = Lab::talking();
    lab.ok(hold("801")).await;
    lab.ok(survey("801")).await;
    lab.ok(hang_up("801")).await;
    assert_eq!((lab.hears(CUSTOMER), lab.current("801")), (vec!["survey".to_owned()], None));
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_there_when_the_conversation_is_over() {
    let lab = Lab::new();
    for uid in ["1.1", "", "../../etc/passwd", "a b"] {
        lab.refused(recording(uid), "").await;
    }
    let uid = lab.call(CUSTOMER, "801");
    lab.refused(recording(&uid), "Recording not ready").await;
    lab.answer("801");
    lab.pass(3).await;
    lab.ok(hold("801")).await;
    lab.refused(recording(&uid), "Recording not ready").await;
    lab.ok(survey("801")).await;
    lab.pass(2).await;
    lab.ok(hang_up("801")).await;
    let files = lab.ok(recording(&uid)).await;
    assert!(files.starts_with(&format!("audio:801-{CUSTOMER}-")) && files.ends_with(&format!("-{uid}.wav")), "{files}");
    let file = files.strip_prefix("audio:").unwrap().to_owned();
    let length = lab.sim.sound(file).await.unwrap().unwrap().len();
    assert!((44 + 5 * 16_000..44 + 6 * 16_000).contains(&length), "{length}");
    let unanswered = lab.call(CUSTOMER, "802");
    lab.gesture(CUSTOMER, Gesture::HangUp);
    lab.gesture(CUSTOMER, Gesture::HangUp);
    lab.refused(recording(&unanswered), "").await;
}
