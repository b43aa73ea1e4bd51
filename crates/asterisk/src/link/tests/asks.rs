//! What is asked, and what comes back.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_login_asks_for_events_and_then_the_link_is_up() {
    let mut world = World::new();
    let (mut pbx, _at) = world.arrival().await;
    pbx.say(BANNER).await;
    let login = pbx.hear().await;
    for expected in ["Action: Login\r\n", "Username: uncall\r\n", "Secret: hush hush\r\n", "Events: on\r\n"] {
        assert!(login.contains(expected), "{login}");
    }
    assert!(world.news.try_recv().is_err(), "nothing is known before the answer");
    pbx.say("Response: Success\r\nMessage: Authentication accepted\r\n\r\n").await;
    assert_eq!(world.news.recv().await, Some(News::Up));
    assert!(!format!("{:?}", super::login()).contains("hush"));
}

#[tokio::test(start_paused = true)]
async fn answers_find_their_asks_in_any_order() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let (first, second) = (world.ask("Redirect"), world.ask("Bridge"));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let action = pbx.hear().await;
        ids.push((header(&action, "Action"), header(&action, "ActionID")));
    }
    for (name, id) in ids.iter().rev() {
        pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nMessage: {name} done\r\n\r\n")).await;
    }
    assert_eq!(first.await.unwrap().unwrap().response.get("message"), "Redirect done");
    assert_eq!(second.await.unwrap().unwrap().response.get("message"), "Bridge done");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_the_pbx_words() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("DBPut");
    let id = pbx.hear_id("DBPut").await;
    pbx.say(&format!("Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n")).await;
    assert_eq!(ask.await.unwrap(), Err(LinkError::Refused("Permission denied".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_one_answer_and_no_news() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("CoreShowChannels");
    let id = pbx.hear_id("CoreShowChannels").await;
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
    pbx.say(&format!("Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: a\r\nUniqueid: 1.1\r\n\r\n")).await;
    pbx.say("Event: Newchannel\r\nChannel: between\r\n\r\n").await;
    pbx.say(&format!("Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: b\r\nUniqueid: 1.2\r\n\r\n")).await;
    pbx.say(&format!(
        "Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"
    ))
    .await;
    pbx.say("Event: Hangup\r\nChannel: after\r\n\r\n").await;
    let answer = ask.await.unwrap().unwrap();
    let channels: Vec<&str> = answer.items.iter().map(|item| item.get("Channel")).collect();
    assert_eq!(channels, ["a", "b"]);
    assert_eq!(answer.response.get("EventList"), "start");
    assert_eq!(world.event().await.get("Channel"), "between");
    assert_eq!(world.event().await.get("Channel"), "after");
}

#[tokio::test(start_paused = true)]
async fn what_an_action_causes_is_an_event() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let link = world.link.clone();
    let ask = tokio::spawn(async move { link.ask_as("click-1", Action::new("Originate")).await });
    assert_eq!(pbx.hear_id("Originate").await, "click-1");
    // It may even come before the answer, and other managers' ones come as well.
    pbx.say("Event: OriginateResponse\r\nActionID: click-1\r\nResponse: Failure\r\nReason: 0\r\n\r\n").await;
    pbx.say("Event: OriginateResponse\r\nActionID: theirs\r\nResponse: Success\r\n\r\n").await;
    pbx.say("Event: UserEvent\r\nActionID: click-1\r\nUserEvent: Theirs\r\n\r\n").await;
    pbx.say("Response: Success\r\nActionID: click-1\r\nMessage: Originate successfully queued\r\n\r\n").await;
    assert_eq!(world.event().await.get("Reason"), "0");
    assert_eq!(world.event().await.get("ActionID"), "theirs");
    assert_eq!(world.event().await.get("UserEvent"), "Theirs");
    assert_eq!(ask.await.unwrap().unwrap().response.get("Message"), "Originate successfully queued");
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_lost_after_three_seconds_and_the_connection_stays() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let asked = Instant::now();
    let ask = world.ask("CoreShowChannels");
    let id = pbx.hear_id("CoreShowChannels").await;
    assert_eq!(ask.await.unwrap(), Err(LinkError::Lost));
    let waited = asked.elapsed().as_secs_f64();
    assert!((3.0..3.2).contains(&waited), "{waited}");
    // What comes too late is nobody's: no news, no other ask's answer.
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
    pbx.say(&format!("Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: late\r\n\r\n")).await;
    let ask = world.ask("Ping");
    pbx.answer("Ping").await;
    assert!(ask.await.unwrap().unwrap().items.is_empty());
    assert!(world.news.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_is_lost_after_ten_seconds() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let asked = Instant::now();
    let ask = world.ask("DeviceStateList");
    let id = pbx.hear_id("DeviceStateList").await;
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
    let talk = tokio::spawn(async move {
        loop {
            pbx.say(&format!("Event: DeviceStateChange\r\nActionID: {id}\r\nDevice: PJSIP/801\r\n\r\n")).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(ask.await.unwrap(), Err(LinkError::Lost));
    let waited = asked.elapsed().as_secs_f64();
    assert!((10.0..10.3).contains(&waited), "{waited}");
    assert!(world.news.try_recv().is_err(), "its items are no news, before or after");
    talk.abort();
}

#[tokio::test(start_paused = true)]
async fn a_line_break_in_an_id_is_refused_and_nothing_is_sent() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let refused = world.link.ask_as("1\r\nAction: DBPut", Action::new("Ping")).await;
    assert!(matches!(refused, Err(LinkError::Refused(_))), "{refused:?}");
    let ask = world.ask("Bridge");
    pbx.answer("Bridge").await;
    assert!(ask.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_and_goes_away_leaves_nothing_behind() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("Bridge");
    let id = pbx.hear_id("Bridge").await;
    ask.abort();
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\n\r\n")).await;
    let ask = world.ask("Redirect");
    pbx.answer("Redirect").await;
    assert!(ask.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_hundred_asks_are_on_the_way_together() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let asks: Vec<_> = (0..100).map(|_| world.ask("DBGet")).collect();
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(pbx.hear_id("DBGet").await);
    }
    for id in ids {
        pbx.say(&format!("Response: Success\r\nActionID: {id}\r\n\r\n")).await;
    }
    for ask in asks {
        assert!(ask.await.unwrap().is_ok());
    }
}
