//! The inner document as this project's server writes it.

use uncall_contract::{Call, Direction, Operation, Outcome, Reason, Refusal, Reply, Request, inner};

fn body(operation: Operation, outcome: &Outcome) -> String {
    let written = inner::write(operation, outcome);
    written.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").expect("declared").to_owned()
}

fn refusal(operation: Operation, reason: Reason) -> String {
    body(operation, &Err(Refusal::new(operation, reason)))
}

#[test]
fn result_is_beside_the_wrapper_and_the_fields_in_it() {
    let done = Ok(Reply::Done { message: "Updated database successfully".into() });
    assert_eq!(
        body(Operation::Busy, &done),
        "<uncall><result>1</result><setBuys><Response>Success</Response><Message>Updated database successfully</Message>\
         </setBuys></uncall>"
    );
    let pong = Ok(Reply::Pong { text: "Text".into() });
    let expected = "<uncall><UncallWorld><Response>UncallWorld:Text</Response></UncallWorld></uncall>";
    assert_eq!(body(Operation::Ping, &pong), expected, "no result in the vendor's sample");
}

#[test]
fn no_call_is_an_empty_element() {
    let none = Ok(Reply::Current { call: None });
    assert_eq!(body(Operation::Current, &none), "<uncall><result>0</result><popEvent></popEvent></uncall>");
}

#[test]
fn a_refusal_has_all_fields() {
    assert_eq!(
        refusal(Operation::Recording, Reason::NoRecording),
        "<uncall><result>0</result><getRecording><files></files></getRecording></uncall>"
    );
    assert_eq!(
        refusal(Operation::Recording, Reason::RecordingNotReady),
        "<uncall><result>0</result><getRecording><files></files><Message>Recording not ready</Message></getRecording></uncall>"
    );
    assert_eq!(
        refusal(Operation::Dial, Reason::Unavailable),
        "<uncall><result>0</result><OnClickCall><Response>Busy</Response><ActionID></ActionID><Message>Busy</Message>\
         </OnClickCall></uncall>"
    );
    assert_eq!(
        refusal(Operation::HangUp, Reason::NoChannels),
        "<uncall><result>0</result><hangUp><Response>Error</Response><Message>No Channels</Message></hangUp></uncall>"
    );
    assert_eq!(
        refusal(Operation::Current, Reason::Other),
        "<uncall><result>0</result><popEvent><calla></calla><callb></callb><uid></uid><status></status></popEvent></uncall>"
    );
}

#[test]
fn a_refused_dial_echoes_its_action_id() {
    let request = Request::Dial { exten: "801".into(), number: "1".into(), action_id: Some("a<1".into()) };
    let written = inner::answer(&request, &Err(Refusal::new(Operation::Dial, Reason::ConnectionFailed)));
    assert!(written.contains("<Response>Connection Failed</Response><ActionID>a&lt;1</ActionID>"), "{written}");
}

#[test]
fn every_refusal_is_read_back() {
    let reasons = [
        Reason::AgentNotInUse,
        Reason::TargetNotIdle,
        Reason::TransferNotAllowed,
        Reason::NotInBridge,
        Reason::ChannelNotExist,
        Reason::ConnectionFailed,
        Reason::NotUpdated,
        Reason::SpyFailed,
        Reason::NoChannels,
        Reason::RecordingNotReady,
    ];
    for operation in Operation::ALL.into_iter().filter(|operation| *operation != Operation::Current) {
        for reason in reasons {
            let refusal = Refusal::new(operation, reason);
            let written = inner::write(operation, &Err(refusal.clone()));
            let mut expected = refusal;
            if operation == Operation::Recording {
                // getRecording has no `Response`.
                expected.response = String::new();
            }
            if operation == Operation::HangUp && reason == Reason::AgentNotInUse {
                expected.reason = Reason::NoChannels;
            }
            assert_eq!(inner::read(operation, Some(&written)), Ok(Err(expected)), "{operation:?} {reason:?}");
        }
    }
    let no_such = Refusal::no_such_agent();
    let written = inner::write(Operation::HangUp, &Err(no_such.clone()));
    assert_eq!(inner::read(Operation::HangUp, Some(&written)), Ok(Err(no_such)));
}

#[test]
fn markup_is_escaped_and_forbidden_characters_replaced() {
    let call = Call {
        calla: "</calla><uid>1</uid>".into(),
        callb: "a&b\u{1}\u{0}\u{ffff}".into(),
        uid: "1.2".into(),
        status: Direction::Callin,
    };
    let written = inner::write(Operation::Current, &Ok(Reply::Current { call: Some(call.clone()) }));
    assert!(written.contains("<calla>&lt;/calla&gt;&lt;uid&gt;1&lt;/uid&gt;</calla>"), "{written}");
    let expected = Call { callb: "a&b\u{fffd}\u{fffd}\u{fffd}".into(), ..call };
    assert_eq!(inner::read(Operation::Current, Some(&written)), Ok(Ok(Reply::Current { call: Some(expected) })));
}
