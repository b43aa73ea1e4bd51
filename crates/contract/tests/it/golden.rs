//! One file per operation and direction: what the client writes and the server reads, and back.
//!
//! `UPDATE_GOLDEN=1` writes the files anew; the difference is then to be read like any other change of the wire.

use crate::support::{self, STYLES, VERSIONS, binding, requests};
use uncall_contract::{
    Call, Direction, Operation, Outcome, Reply, Request, inner,
    soap::{self, Answer, Dialect, Message, Style, Version},
};

fn reply(request: &Request) -> Outcome {
    let done = |message: &str| Reply::Done { message: message.into() };
    Ok(match request {
        Request::Ping { text } => Reply::Pong { text: text.clone() },
        Request::Dial { action_id, .. } => Reply::Dialled {
            response: "Success".into(),
            action_id: action_id.clone().unwrap_or_default(),
            message: "Originate successfully queued".into(),
        },
        Request::Current { exten } => Reply::Current {
            call: Some(Call {
                calla: exten.clone(),
                callb: "13421829060".into(),
                uid: "1372123897.17".into(),
                status: Direction::Callout,
            }),
        },
        Request::Recording { uid } => {
            Reply::Recording { files: format!("audio:808-13632510278-20130625-093138-{uid}.WAV") }
        }
        Request::Busy { .. } => done("Updated database successfully"),
        Request::Idle { .. } => done("Key deleted successfully"),
        Request::Hold { .. } => Reply::Held { channel: "SIP/802-00000023".into() },
        Request::Restore { .. } => done("Restorepark successful"),
        Request::Transfer { .. } => done("Transfer successful"),
        Request::Survey { .. } => done("Feedback successful"),
        Request::Listen { .. } | Request::Whisper { .. } => done("Spy or whisper success"),
        Request::HangUp { .. } => done("Channel Hungup success"),
    })
}

fn section(style: Style, version: Version, message: &Message) -> String {
    let action = message.soap_action.as_ref().map(|action| format!("SOAPAction: {action}\n")).unwrap_or_default();
    let body = std::str::from_utf8(&message.body).expect("UTF-8");
    format!("=== {style:?} {version:?}\n{action}Content-Type: {}\n\n{body}", message.content_type)
}

fn hold_to_file(operation: Operation, direction: &str, written: &str) {
    let name = format!("golden/{}.{direction}.txt", operation.name());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR")), written).expect("written");
    }
    let golden = String::from_utf8(support::file(&name)).expect("UTF-8");
    assert_eq!(written, golden.replace("\r\n", "\n"), "{name}");
}

#[test]
fn requests_are_written_as_ever_and_read_back() {
    for request in requests() {
        let operation = request.operation();
        let mut written = String::new();
        for (style, version) in STYLES.into_iter().flat_map(|style| VERSIONS.map(|version| (style, version))) {
            let message = soap::write_request(&request, &binding(operation, style, version));
            written.push_str(&section(style, version, &message));
            let incoming = soap::read_request(&message.body, Some(&message.content_type)).expect("read back");
            assert_eq!(incoming.request, request, "{style:?} {version:?}");
            assert_eq!(incoming.dialect, Dialect { version, style, namespace: "urn:uncall".into() });
        }
        hold_to_file(operation, "request", &written);
    }
}

#[test]
fn answers_are_written_as_ever_and_read_back() {
    for request in requests() {
        let operation = request.operation();
        let outcome = reply(&request);
        let document = inner::answer(&request, &outcome);
        assert_eq!(document, inner::write(operation, &outcome), "only refusals differ");
        let mut written = String::new();
        for (style, version) in STYLES.into_iter().flat_map(|style| VERSIONS.map(|version| (style, version))) {
            let dialect = Dialect { version, style, namespace: "urn:uncall".into() };
            let message = soap::write_answer(&dialect, operation, &document);
            written.push_str(&section(style, version, &message));
            let answer = soap::read_answer(&message.body, Some(&message.content_type)).expect("read back");
            let Answer::Return(text) = answer else { panic!("a fault: {answer:?}") };
            assert_eq!(text.as_deref(), Some(document.as_str()), "{style:?} {version:?}");
            assert_eq!(inner::read(operation, text.as_deref()).as_ref(), Ok(&outcome));
        }
        hold_to_file(operation, "answer", &written);
    }
}

#[test]
fn an_action_id_that_is_not_given_is_left_out() {
    let request = Request::Dial { exten: "801".into(), number: "10086".into(), action_id: None };
    for (style, version) in STYLES.into_iter().flat_map(|style| VERSIONS.map(|version| (style, version))) {
        let message = soap::write_request(&request, &binding(Operation::Dial, style, version));
        assert!(!String::from_utf8_lossy(&message.body).contains("strActionID"));
        let incoming = soap::read_request(&message.body, Some(&message.content_type)).expect("read back");
        assert_eq!(incoming.request, request);
    }
}
