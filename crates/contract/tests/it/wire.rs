//! The captured traffic of `tests/wire`: every response as the client reads it, every request as the server reads it.

use crate::support::{captured, exchanges, file};
use uncall_contract::{
    Call, DecodeError, Direction, Operation, Outcome, Reason, Refusal, Reply, Request, inner,
    soap::{self, Answer, Dialect, Fault, FaultCode, Style, Version},
    wsdl,
};

const FOLDERS: [(&str, Style, &str); 2] = [
    ("rpc-encoded", Style::RpcEncoded, "urn:uncall"),
    ("document-literal", Style::DocumentLiteral, "http://tempuri.org/"),
];

fn done(message: &str) -> Outcome {
    Ok(Reply::Done { message: message.into() })
}

fn dialled(response: &str, action_id: &str, message: &str) -> Outcome {
    Ok(Reply::Dialled { response: response.into(), action_id: action_id.into(), message: message.into() })
}

fn refused(reason: Reason, response: &str, message: &str) -> Outcome {
    Err(Refusal { reason, response: response.into(), message: message.into() })
}

fn call(calla: &str, callb: &str, uid: &str, status: Direction) -> Outcome {
    Ok(Reply::Current { call: Some(Call { calla: calla.into(), callb: callb.into(), uid: uid.into(), status }) })
}

/// What the exchange of this number asks and answers, for the pass over all operations.
fn pass(number: u32) -> Option<(Request, Outcome)> {
    let (exten, agent) = (str::to_owned, str::to_owned);
    let dial = |exten: &str, id: Option<&str>| Request::Dial {
        exten: exten.into(),
        number: "13800138000".into(),
        action_id: id.map(str::to_owned),
    };
    let current = |exten: &str| Request::Current { exten: exten.into() };
    let none = || Ok(Reply::Current { call: None });
    let restore = |channel: &str| Request::Restore { agent: "802".into(), channel: channel.into() };
    let (queued, error) = ("Originate successfully queued", "Error");
    let transfer =
        |agent: &str, target: &str| Request::Transfer { agent: agent.into(), target: target.into(), uid: None };
    let chinese = "你好 <&> \"q\" 'a' 座席801";
    let recording = "audio:808-13632510278-20130625-093138-1372123897.17.WAV";
    let callout = || call("802", "13421829060", "1372123897.17", Direction::Callout);
    Some(match number {
        1 => (Request::Ping { text: "Text".into() }, Ok(Reply::Pong { text: "Text".into() })),
        2 => (Request::Ping { text: chinese.into() }, Ok(Reply::Pong { text: chinese.into() })),
        3 => (dial("803", Some("123456")), dialled("Success", "123456", queued)),
        4 => (dial("803", Some("")), dialled("Success", "", queued)),
        5 => (dial("803", None), dialled("Success", "", queued)),
        6 => (dial("888", Some("cn-1")), dialled("Success", "cn-1", "外呼请求已加入队列")),
        7 => (dial("805", Some("a-1")), refused(Reason::Unavailable, "Busy", "Extension is busy")),
        8 => (dial("807", Some("通话&1")), dialled("Ringing", "通话&1", queued)),
        9 => (current("801"), call("13421829060", "801", "1375861809.4", Direction::Callin)),
        10 => (current("801"), none()),
        11 | 12 => (current("802"), callout()),
        13 => (current("803"), none()),
        14 => (current("804"), none()),
        15 => (current("810"), none()),
        16 => (Request::Recording { uid: "1372123897.17".into() }, Ok(Reply::Recording { files: recording.into() })),
        17 => (Request::Recording { uid: "0.0".into() }, refused(Reason::NoRecording, "", "")),
        18 => (Request::Busy { exten: exten("803"), reason: None }, done("Updated database successfully")),
        19 => (
            Request::Busy { exten: exten("899"), reason: None },
            refused(Reason::ConnectionFailed, error, "Connection Failed"),
        ),
        20 => (Request::Idle { exten: exten("803") }, done("Key deleted successfully")),
        21 => (Request::Idle { exten: exten("803") }, refused(Reason::NotUpdated, error, "Failed to update entry")),
        22 => {
            (Request::Hold { exten: exten("802"), uid: None }, Ok(Reply::Held { channel: "SIP/802-00000023".into() }))
        }
        23 => (
            Request::Hold { exten: exten("809"), uid: None },
            refused(Reason::AgentNotInUse, error, "Agent not in use"),
        ),
        24 => (restore("SIP/802-99999999"), refused(Reason::ChannelNotExist, error, "Channel not exist")),
        25 => (restore("SIP/802-00000023"), done("Restorepark successful")),
        26 => (Request::Survey { agent: agent("801"), uid: None }, done("Feedback successful")),
        27 => (
            Request::Survey { agent: agent("809"), uid: None },
            refused(Reason::AgentNotInUse, error, "Agent not in use"),
        ),
        28 => (Request::Listen { agent: agent("803"), target: exten("801") }, done("Spy or whisper success")),
        29 => (
            Request::Listen { agent: agent("803"), target: exten("804") },
            refused(Reason::SpyFailed, error, "Spy or whisper failed"),
        ),
        30 => (Request::Whisper { agent: agent("803"), target: exten("802") }, done("Spy or whisper success")),
        31 => (
            Request::Whisper { agent: agent("809"), target: exten("802") },
            refused(Reason::AgentNotInUse, error, "Agent not in use"),
        ),
        32 => (transfer("803", "804"), refused(Reason::AgentNotInUse, error, "Agent not in use")),
        33 => (transfer("801", "802"), refused(Reason::TargetNotIdle, error, "Exten is not idle")),
        34 => (transfer("801", "804"), done("Transfer successful")),
        35 => (Request::HangUp { agent: agent("802"), uid: None }, done("Authentication accepted")),
        36 => (Request::HangUp { agent: agent("802"), uid: None }, refused(Reason::NoChannels, error, "No Channels")),
        37 => {
            (Request::HangUp { agent: agent("809"), uid: None }, refused(Reason::NoChannels, error, "agent not in use"))
        }
        _ => return None,
    })
}

fn number(name: &str) -> u32 {
    name[..2].parse().expect("a number in front")
}

fn read_response(folder: &str, name: &str) -> Result<Answer, DecodeError> {
    let response = captured(&format!("wire/{folder}/{name}.response.http"));
    soap::read_answer(&response.body, response.content_type.as_deref())
}

#[test]
fn every_capture_is_here() {
    for (folder, _, _) in FOLDERS {
        let numbers: Vec<u32> = exchanges(folder).iter().map(|name| number(name)).collect();
        let all: Vec<u32> = (1..=37).chain(61..=76).collect();
        assert_eq!(numbers, all, "{folder}");
    }
}

#[test]
fn the_client_reads_every_answer_of_the_pass() {
    for (folder, _, _) in FOLDERS {
        for name in exchanges(folder) {
            let Some((request, expected)) = pass(number(&name)) else { continue };
            let answer = read_response(folder, &name).unwrap_or_else(|error| panic!("{folder}/{name}: {error}"));
            let Answer::Return(text) = answer else { panic!("{folder}/{name}: {answer:?}") };
            assert_eq!(inner::read(request.operation(), text.as_deref()), Ok(expected), "{folder}/{name}");
        }
    }
}

#[test]
fn the_server_reads_every_request_of_the_pass() {
    for (folder, style, namespace) in FOLDERS {
        for name in exchanges(folder) {
            let Some((expected, _)) = pass(number(&name)) else { continue };
            let request = captured(&format!("wire/{folder}/{name}.request.http"));
            let incoming = soap::read_request(&request.body, request.content_type.as_deref());
            let incoming = incoming.unwrap_or_else(|fault| panic!("{folder}/{name}: {fault:?}"));
            assert_eq!(incoming.request, expected, "{folder}/{name}");
            assert_eq!(incoming.dialect, Dialect { version: Version::V11, style, namespace: namespace.into() });
        }
    }
}

/// What the client reads from the odd exchanges: the servers' faults, and answers where they were lenient.
#[test]
fn the_client_reads_the_answers_to_odd_requests() {
    let fault = |code, reason: &str| Some(Fault { code, reason: reason.into() });
    for (folder, style, _) in FOLDERS {
        let rpc = style == Style::RpcEncoded;
        for name in exchanges(folder) {
            let expected = match number(&name) {
                61 => fault(FaultCode::Server, "Procedure 'noSuchOp' not present"),
                62 | 64 => fault(FaultCode::Client, "Bad Request"),
                63 => fault(FaultCode::VersionMismatch, "Wrong Version"),
                65 => fault(FaultCode::Client, "looks like we got \"Body\" without function call"),
                66 => fault(FaultCode::Server, "DTD are not supported by SOAP"),
                67 => fault(FaultCode::MustUnderstand, "Header not understood"),
                71 if rpc => fault(FaultCode::Client, "Missing parameter"),
                74 if !rpc => fault(FaultCode::Server, "Procedure 'popEvent' not present"),
                68..=75 => None,
                _ => continue,
            };
            let answer = read_response(folder, &name).unwrap_or_else(|error| panic!("{folder}/{name}: {error}"));
            match (answer, expected) {
                (Answer::Fault(fault), Some(expected)) => assert_eq!(fault, expected, "{folder}/{name}"),
                (Answer::Return(Some(text)), None) => {
                    let operation = if number(&name) == 73 { Operation::Restore } else { Operation::Current };
                    let outcome = inner::read(operation, Some(&text)).expect("understood");
                    let is_error = matches!(&outcome, Err(refusal) if refusal.reason == Reason::ChannelNotExist);
                    assert_eq!(is_error, operation == Operation::Restore, "{folder}/{name}: {outcome:?}");
                }
                (answer, expected) => panic!("{folder}/{name}: {answer:?}, expected {expected:?}"),
            }
        }
    }
}

/// The same odd requests at our server: faults for what is no request, and the API's own form for the rest.
#[test]
fn the_server_reads_the_odd_requests() {
    let current = || Request::Current { exten: "802".into() };
    for (folder, _, namespace) in FOLDERS {
        for name in exchanges(folder) {
            let request = captured(&format!("wire/{folder}/{name}.request.http"));
            let read = soap::read_request(&request.body, request.content_type.as_deref());
            let expected = match number(&name) {
                61..=66 | 71 => Err(FaultCode::Client),
                67 => Err(FaultCode::MustUnderstand),
                68 | 69 | 70 | 74 | 75 => Ok(current()),
                // An argument under another name is known by its position.
                72 => Ok(Request::Current { exten: "1".into() }),
                73 => Ok(Request::Restore { agent: "802".into(), channel: "SIP/802-00000023".into() }),
                _ => continue,
            };
            let asked = read.as_ref().map(|incoming| incoming.request.clone()).map_err(|(_, fault)| fault.code);
            assert_eq!(asked, expected, "{folder}/{name}");
            if let Ok(incoming) = read {
                let version = if number(&name) == 68 { Version::V12 } else { Version::V11 };
                assert_eq!(incoming.dialect.version, version, "{folder}/{name}");
                let namespace = if number(&name) == 74 { "urn:other" } else { namespace };
                assert_eq!(incoming.dialect.namespace, namespace, "{folder}/{name}");
            }
        }
    }
}

#[test]
fn faults_name_what_was_wrong() {
    let reason = |name: &str| {
        let request = captured(&format!("wire/document-literal/{name}.request.http"));
        soap::read_request(&request.body, None).expect_err("a fault").1.reason
    };
    assert!(reason("61-fault-unknown-operation").contains("noSuchOp"));
    assert!(reason("71-missing-argument").contains("strExten"));
    assert!(reason("66-fault-doctype").contains("DOCTYPE"));
}

#[test]
fn the_wsdls_are_read_as_files_and_as_answers() {
    for (folder, style, namespace) in FOLDERS {
        let from_file = wsdl::read(&file(&format!("wire/{folder}/uncall.wsdl")), Some("text/xml")).expect("read");
        assert_eq!(from_file.address, "@LOCATION@");
        let response = captured(&format!("wire/{folder}/76-get-wsdl.response.http"));
        assert!(response.start.contains("200"));
        let answered = wsdl::read(&response.body, response.content_type.as_deref()).expect("read");
        assert!(answered.address.ends_with("/uncall_services_api/index.php"), "{}", answered.address);
        assert_eq!(answered.operations, from_file.operations);
        assert_eq!(answered.operations.len(), 13);
        let separator = if style == Style::RpcEncoded { "#" } else { "" };
        for operation in Operation::ALL {
            let binding = answered.binding(operation).expect("offered");
            assert_eq!((binding.version, binding.style), (Version::V11, style));
            assert_eq!(binding.wrapper, operation.name());
            assert_eq!(binding.namespace, namespace);
            assert_eq!(binding.qualified, style == Style::DocumentLiteral);
            assert_eq!(binding.action, format!("{namespace}{separator}{}", operation.name()));
            assert_eq!(binding.parameters, operation.parameters());
        }
    }
}

/// What our client writes after reading a server's WSDL is what ext-soap wrote after reading it.
#[test]
fn our_requests_say_the_same_as_the_captured_ones() {
    for (folder, _, _) in FOLDERS {
        let description = wsdl::read(&file(&format!("wire/{folder}/uncall.wsdl")), None).expect("read");
        for name in exchanges(folder) {
            let Some((request, _)) = pass(number(&name)) else { continue };
            let binding = description.binding(request.operation()).expect("offered");
            let ours = soap::write_request(&request, binding);
            let theirs = captured(&format!("wire/{folder}/{name}.request.http"));
            let ours_read = soap::read_request(&ours.body, Some(&ours.content_type));
            assert_eq!(ours_read, soap::read_request(&theirs.body, theirs.content_type.as_deref()), "{folder}/{name}");
        }
    }
}
