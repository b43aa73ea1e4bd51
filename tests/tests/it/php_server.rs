//! The client against a real PHP server: all operations and their documented refusals, in every style.

use anyhow::{Context, Result};
use uncall_client::{Client, Error, Settings};
use uncall_contract::{Call, Direction, Operation, Outcome, Reason, Refusal, Reply, Request};
use uncall_tests::php::{Arrived, Flavour, PhpServer};

fn client(server: &PhpServer) -> Result<Client> {
    Ok(Client::new(Settings::new(server.wsdl().parse()?))?)
}

/// The request of an operation with these arguments.
fn request(operation: &str, arguments: &[&str]) -> Result<Request> {
    let operation = Operation::from_name(operation).with_context(|| format!("no operation {operation}"))?;
    let arguments: Vec<_> = arguments.iter().copied().map(Some).collect();
    Request::from_arguments(operation, &arguments).map_err(|missing| anyhow::anyhow!("{operation:?} needs {missing}"))
}

fn done(message: &str) -> Outcome {
    Ok(Reply::Done { message: message.into() })
}

fn held(channel: &str) -> Outcome {
    Ok(Reply::Held { channel: channel.into() })
}

fn dialled(response: &str, action_id: &str, message: &str) -> Outcome {
    Ok(Reply::Dialled { response: response.into(), action_id: action_id.into(), message: message.into() })
}

fn call(calla: &str, callb: &str, uid: &str, status: Direction) -> Outcome {
    Ok(Reply::Current { call: Some(Call { calla: calla.into(), callb: callb.into(), uid: uid.into(), status }) })
}

fn no_call() -> Outcome {
    Ok(Reply::Current { call: None })
}

fn refused(reason: Reason, message: &str) -> Outcome {
    answered(reason, "Error", message)
}

fn answered(reason: Reason, response: &str, message: &str) -> Outcome {
    Err(Refusal { reason, response: response.into(), message: message.into() })
}

/// Every answer that the vendor's document names, by the extension that provokes it; see `tests/php/telephony.php`.
fn documented() -> Vec<(&'static str, &'static [&'static str], Outcome)> {
    use Reason::{
        AgentNotInUse, ChannelNotExist, ConnectionFailed, NoChannels, NoRecording, NotInBridge, NotUpdated,
        RecordingNotReady, SpyFailed, TargetNotIdle, Unavailable,
    };
    let unreachable = || refused(ConnectionFailed, "Connection Failed");
    let not_in_use = || refused(AgentNotInUse, "Agent not in use");
    let spy_failed = || refused(SpyFailed, "Spy or whisper failed");
    let not_idle = || refused(TargetNotIdle, "Exten is not idle");
    let no_channel = || refused(ChannelNotExist, "Channel not exist");
    let queued = "Originate successfully queued";
    vec![
        ("UncallWorld", &["hello"], Ok(Reply::Pong { text: "hello".into() })),
        (
            "UncallWorld",
            &["你好 <b>&amp;</b> \"x\" ]]>"],
            Ok(Reply::Pong { text: "你好 <b>&amp;</b> \"x\" ]]>".into() }),
        ),
        ("UncallWorld", &[""], Ok(Reply::Pong { text: String::new() })),
        ("OnClickCall", &["801", "13800138000", "123456"], dialled("Success", "123456", queued)),
        ("OnClickCall", &["801", "13800138000", "客户 #7 <&>"], dialled("Success", "客户 #7 <&>", queued)),
        ("OnClickCall", &["801", "10086", "7"], dialled("Success", "7", "呼叫“10086”已排队 <请稍候> & 勿挂机")),
        ("OnClickCall", &["806", "10010", "8"], dialled("Ringing", "8", "Originate in progress")),
        ("OnClickCall", &["804", "10010", "9"], answered(Unavailable, "Busy", "")),
        ("OnClickCall", &["809", "10010", "10"], answered(ConnectionFailed, "Connection Failed", "")),
        ("popEvent", &["801"], call("13421829060", "801", "1375861809.4", Direction::Callin)),
        ("popEvent", &["802"], call("802", "13421829060", "1372123897.17", Direction::Callout)),
        ("popEvent", &["808"], call("王先生 <VIP> & \"老客户\"", "808", "1375862000.9", Direction::Callin)),
        ("popEvent", &["820"], call("820", "075583001234", "1375862100.12", Direction::Callout)),
        ("popEvent", &["803"], no_call()),
        ("popEvent", &["804"], no_call()),
        ("popEvent", &["805"], no_call()),
        ("popEvent", &["807"], no_call()),
        (
            "getRecording",
            &["1372123897.17"],
            Ok(Reply::Recording { files: "audio:808-13632510278-20130625-093138-1372123897.17.WAV".into() }),
        ),
        ("getRecording", &["1375861809.4"], answered(RecordingNotReady, "", "Recording not ready")),
        ("getRecording", &["1.1"], answered(NoRecording, "", "")),
        ("setBuys", &["801"], done("Updated database successfully")),
        ("setBuys", &["804"], done("Updated database successfully")),
        ("setBuys", &["809"], unreachable()),
        ("setIdle", &["801"], done("Key deleted successfully")),
        ("setIdle", &["804"], done("Updated database successfully")),
        ("setIdle", &["810"], refused(NotUpdated, "Failed to update entry")),
        ("setIdle", &["809"], unreachable()),
        ("keepCalling", &["802"], held("SIP/802-00000023")),
        ("keepCalling", &["820"], held("SIP/820-00000041")),
        ("keepCalling", &["803"], not_in_use()),
        ("keepCalling", &["809"], unreachable()),
        ("restoreCalling", &["802", "SIP/802-00000023"], done("Restorepark successful")),
        ("restoreCalling", &["802", "SIP/801-00000021"], no_channel()),
        ("restoreCalling", &["803", "SIP/802-00000023"], no_channel()),
        ("restoreCalling", &["809", "SIP/802-00000023"], unreachable()),
        ("transferCall", &["801", "803"], done("Transfer successful")),
        ("transferCall", &["803", "801"], not_in_use()),
        ("transferCall", &["801", "802"], not_idle()),
        ("transferCall", &["801", "804"], not_idle()),
        ("transferCall", &["806", "803"], refused(NotInBridge, "Agent not in bridge")),
        ("transferCall", &["809", "803"], unreachable()),
        ("feedBack", &["801"], done("Feedback successful")),
        ("feedBack", &["803"], not_in_use()),
        ("feedBack", &["809"], unreachable()),
        ("monitorExten", &["803", "801"], done("Spy or whisper success")),
        ("monitorExten", &["801", "803"], not_in_use()),
        ("monitorExten", &["803", "805"], spy_failed()),
        ("monitorExten", &["809", "801"], unreachable()),
        ("whisper", &["803", "802"], done("Spy or whisper success")),
        ("whisper", &["802", "803"], not_in_use()),
        ("whisper", &["803", "804"], spy_failed()),
        ("whisper", &["809", "801"], unreachable()),
        ("hangUp", &["801"], done("Authentication accepted")),
        ("hangUp", &["802"], done("Channel Hungup success")),
        // The vendor's sample: a failure that carries result 1.
        ("hangUp", &["803"], refused(NoChannels, "No Channels")),
        ("hangUp", &["899"], refused(NoChannels, "agent not in use")),
        ("hangUp", &["809"], unreachable()),
    ]
}

/// Runs all rows against one server; what arrived there has to be what was asked, character for character.
async fn all_documented(flavour: Flavour) -> Result<()> {
    let server = PhpServer::start(flavour).await?;
    let client = client(&server)?;
    let mut asked = Vec::new();
    for (operation, arguments, expected) in documented() {
        let outcome = client.call(&request(operation, arguments)?).await;
        assert_eq!(outcome, Ok(expected), "{operation}{arguments:?}, {flavour:?}");
        asked.push(Arrived {
            operation: operation.into(),
            arguments: arguments.iter().map(|argument| Some((*argument).to_owned())).collect(),
        });
    }
    assert_eq!(server.arrived().await?, asked, "each call arrives once, in order, with its arguments in their places");
    Ok(())
}

#[tokio::test]
async fn rpc_encoded() -> Result<()> {
    all_documented(Flavour::RPC_ENCODED).await
}

#[tokio::test]
async fn document_literal() -> Result<()> {
    all_documented(Flavour::DOCUMENT_LITERAL).await
}

#[tokio::test]
async fn rpc_literal() -> Result<()> {
    all_documented(Flavour::RPC_LITERAL).await
}

#[tokio::test]
async fn rpc_encoded_soap_12() -> Result<()> {
    all_documented(Flavour { soap: "1.2", ..Flavour::RPC_ENCODED }).await
}

#[tokio::test]
async fn document_literal_soap_12() -> Result<()> {
    all_documented(Flavour { soap: "1.2", ..Flavour::DOCUMENT_LITERAL }).await
}

#[test]
fn all_operations_have_rows() {
    for operation in Operation::ALL {
        assert!(documented().iter().any(|(name, _, outcome)| *name == operation.name() && outcome.is_ok()));
        let refusals =
            documented().iter().filter(|(name, _, outcome)| *name == operation.name() && outcome.is_err()).count();
        let expected = !matches!(operation, Operation::Ping | Operation::Current);
        assert_eq!(refusals > 0, expected, "{operation:?}");
    }
}

#[tokio::test]
async fn what_php_prints_before_the_answer_does_no_harm() -> Result<()> {
    for noise in ["bom", "blank", "warning"] {
        all_documented(Flavour { noise, ..Flavour::RPC_ENCODED }).await?;
        all_documented(Flavour { noise, ..Flavour::DOCUMENT_LITERAL }).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_server_is_a_fault_and_the_verb_is_not_sent_again() -> Result<()> {
    for style in [Flavour::RPC_ENCODED, Flavour::RPC_LITERAL, Flavour::DOCUMENT_LITERAL] {
        for soap in ["1.1", "1.2"] {
            let server = PhpServer::start(Flavour { soap, ..style }).await?;
            let outcome = client(&server)?.call(&request("hangUp", &["888"])?).await;
            assert_eq!(outcome, Err(Error::Fault("数据库连接失败 <mysql> & co".into())), "{style:?}, SOAP {soap}");
            assert_eq!(server.calls("hangUp").await?, 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_typed_host_is_called_when_the_wsdl_names_another() -> Result<()> {
    // A LAN address behind NAT: nothing listens on this loopback address, and the port is one that nobody may take.
    let elsewhere = "http://127.77.0.1:1/uncall_services_api/index.php";
    let server = PhpServer::start(Flavour { address: Some(elsewhere), ..Flavour::RPC_ENCODED }).await?;
    let typed = client(&server)?;
    assert_eq!(typed.call(&request("hangUp", &["801"])?).await, Ok(done("Authentication accepted")));
    let follows = Settings { follow_wsdl_host: true, ..Settings::new(server.wsdl().parse()?) };
    let outcome = Client::new(follows)?.call(&request("hangUp", &["801"])?).await;
    assert!(matches!(outcome, Err(Error::Unreachable(_))), "{outcome:?}");
    assert_eq!(server.arrived().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_dial_without_an_id_of_the_users_gets_one_of_its_own() -> Result<()> {
    for flavour in [Flavour::RPC_ENCODED, Flavour::DOCUMENT_LITERAL] {
        let server = PhpServer::start(flavour).await?;
        let client = client(&server)?;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let dial = Request::Dial { exten: "801".into(), number: "10010".into(), action_id: None };
            let Ok(Ok(Reply::Dialled { action_id, .. })) = client.call(&dial).await else {
                panic!("the dial was not taken");
            };
            let arrived = server.last().await?;
            assert_eq!(arrived.arguments, [Some("801".into()), Some("10010".into()), Some(action_id.clone())]);
            ids.push(action_id);
        }
        assert!(ids.iter().all(|id| !id.is_empty()) && ids.first() != ids.last(), "{ids:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable() -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let wsdl = format!("http://{}/uncall_services_api/index.php?wsdl", listener.local_addr()?);
    drop(listener);
    let outcome = Client::new(Settings::new(wsdl.parse()?))?.call(&request("hangUp", &["801"])?).await;
    assert!(matches!(outcome, Err(Error::Unreachable(_))), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn a_path_without_a_service_is_an_http_error() -> Result<()> {
    let server = PhpServer::start(Flavour::RPC_ENCODED).await?;
    let wsdl = server.wsdl().replace("index.php", "nowhere.php");
    let outcome = Client::new(Settings::new(wsdl.parse()?))?.call(&request("hangUp", &["801"])?).await;
    assert_eq!(outcome, Err(Error::Http(404)));
    Ok(())
}
