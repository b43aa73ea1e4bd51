//! Bytes that no PBX should send.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_message_may_come_byte_by_byte() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    for byte in b"Event: Hangup\r\nCause: 16\r\nEmpty:\r\n\r\nEvent: Newchannel\r\n\r\n" {
        pbx.stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let hangup = world.event().await;
    assert_eq!((hangup.event(), hangup.get("cause"), hangup.get("Empty")), ("Hangup", "16", ""));
    assert_eq!(world.event().await.event(), "Newchannel");
}

#[tokio::test(start_paused = true)]
async fn odd_bytes_in_values_stay_in_their_values() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    pbx.stream
        .write_all(b"Event: Newchannel\r\nCallerIDName: caf\xe9 \x01 x\ry\r\nnonsense\r\nExten: 801\r\n\r\n")
        .await
        .unwrap();
    let event = world.event().await;
    assert_eq!(event.get("CallerIDName"), "caf\u{fffd} \u{1} x\ry");
    assert_eq!(event.get("Exten"), "801");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_manager_interface_is_left() {
    let megabyte = "x".repeat(1 << 20);
    let headers = "a: b\r\n".repeat(600) + "\r\n";
    let login = format!("{BANNER}Response: Success\r\n\r\n");
    let after_login = format!("{login}{megabyte}");
    let too_many = format!("{login}{headers}");
    for wrong in ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", &megabyte, &after_login, &too_many] {
        let mut world = World::new();
        let (mut pbx, _at) = world.arrival().await;
        let sent = pbx.stream.write_all(wrong.as_bytes()).await;
        drop(sent);
        let (_again, _at) = world.arrival().await;
        assert!(pbx.is_closed().await, "{}", &wrong[..20]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_comes_whole_and_in_order() {
    const EVENTS: u32 = 50_000;
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("Bridge");
    let id = pbx.hear_id("Bridge").await;
    let flood = tokio::spawn(async move {
        for number in 0..EVENTS {
            pbx.say(&format!("Event: Newstate\r\nNumber: {number}\r\n\r\n")).await;
            if number == EVENTS / 2 {
                pbx.say(&format!("Response: Success\r\nActionID: {id}\r\n\r\n")).await;
            }
        }
        pbx
    });
    // Nobody reads meanwhile.
    let _pbx = flood.await.unwrap();
    assert!(ask.await.unwrap().is_ok());
    for number in 0..EVENTS {
        assert_eq!(world.event().await.get("Number"), number.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_pbx_that_reads_nothing_loses_asks_and_no_events() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let long = Action::new("Setvar").with("Value", "v".repeat(900)).unwrap();
    let asks: Vec<_> = (0..1000)
        .map(|_| {
            let (link, action) = (world.link.clone(), long.clone());
            tokio::spawn(async move { link.ask(action).await })
        })
        .collect();
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        pbx.say("Event: Newstate\r\n\r\n").await;
        world.event().await;
    }
    for ask in asks {
        assert_eq!(ask.await.unwrap(), Err(LinkError::Lost));
    }
    // It reads again: what nobody waits for is not sent any more.
    let mut heard = 0;
    let ask = world.ask("Bridge");
    while !pbx.hear().await.starts_with("Action: Bridge") {
        heard += 1;
    }
    assert!((100..600).contains(&heard), "{heard}");
    drop(ask);
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_asked_for_are_left_alone() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    for odd in [
        "Response: Success\r\n\r\n",
        "Response: Error\r\nMessage: Missing action in request\r\n\r\n",
        "Event: ThingListComplete\r\nEventList: Complete\r\n\r\n",
        "Nothing: at all\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        ": \r\n\r\n",
    ] {
        pbx.say(odd).await;
    }
    pbx.say("Event: Newstate\r\n\r\n").await;
    assert_eq!(world.event().await.event(), "ThingListComplete");
    for _what_no_pbx_says in 0..2 {
        let odd = world.event().await;
        assert!(odd.event().is_empty() && !odd.is_whole(), "{odd:?}");
    }
    assert_eq!(world.event().await.event(), "Newstate");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_reads_is_passed_over() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    pbx.say("Event: RTCPSent\r\nChannel: a\r\n\r\nEvent: RTCPReceived\r\n\r\nEvent: Newstate\r\n\r\n").await;
    assert_eq!(world.event().await.event(), "Newstate");
}

/// A caller's number that ends the item of a list and says what it likes.
#[tokio::test(start_paused = true)]
async fn a_torn_item_of_a_list_is_one_item() {
    let mut world = World::new();
    let mut pbx = world.up().await;
    let ask = world.ask("CoreShowChannels");
    let id = pbx.hear_id("CoreShowChannels").await;
    pbx.say(&format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
    for (channel, number) in [("a", "1"), ("b", "138\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\n\r\n"), ("c", "2")] {
        pbx.say(&format!(
            "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: {channel}\r\nChannelState: 6\r\nCallerIDNum: \
             {number}\r\nUniqueid: of-{channel}\r\nBridgeId: bridge-{channel}\r\n\r\n"
        ))
        .await;
    }
    pbx.say(&format!("Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")).await;
    let items = ask.await.unwrap().unwrap().items;
    let seen: Vec<_> = items.iter().map(|item| (item.get("Channel"), item.is_whole(), item.last("BridgeId"))).collect();
    assert_eq!(seen, [("a", true, "bridge-a"), ("b", false, "bridge-b"), ("c", true, "bridge-c")]);
    assert!(world.news.try_recv().is_err(), "nothing of it is an event");
}
