//! Every reading of the inner document that `docs/api.md` names, one case each.

use uncall_contract::{Call, DecodeError, Direction, Operation, Outcome, Reason, Refusal, Reply, inner};

fn read(operation: Operation, text: &str) -> Outcome {
    inner::read(operation, Some(text)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn not_understood(operation: Operation, text: Option<&str>) -> bool {
    matches!(inner::read(operation, text), Err(DecodeError::NotUnderstood(_)))
}

fn reason(operation: Operation, text: &str) -> Reason {
    read(operation, text).expect_err("a refusal").reason
}

fn done(message: &str) -> Outcome {
    Ok(Reply::Done { message: message.into() })
}

fn a_call(status: Direction) -> Outcome {
    let (calla, callb, uid) = ("802".into(), "13421829060".into(), "1372123897.17".into());
    Ok(Reply::Current { call: Some(Call { calla, callb, uid, status }) })
}

const NO_CALL: Outcome = Ok(Reply::Current { call: None });
const CALL: &str = "<uncall><result>1</result><popEvent><calla>802</calla><callb>13421829060</callb>\
                    <uid>1372123897.17</uid><status>callout</status></popEvent></uncall>";
const BUSY: &str =
    "<uncall><result>1</result><setBuys><Response>Success</Response><Message>Fine</Message></setBuys></uncall>";

#[test]
fn names_in_any_letter_case() {
    assert_eq!(read(Operation::Current, &CALL.to_lowercase()), a_call(Direction::Callout));
    let shouted = CALL.to_uppercase();
    assert_eq!(read(Operation::Current, &shouted), a_call(Direction::Callout), "values too, where they are words");
    let mixed = "<Uncall><RESULT>1</RESULT><onclickcall><response>Success</response><actionid>a1</actionid>\
                 <message>m</message></onclickcall></Uncall>";
    let dialled = Reply::Dialled { response: "Success".into(), action_id: "a1".into(), message: "m".into() };
    assert_eq!(read(Operation::Dial, mixed), Ok(dialled));
}

#[test]
fn the_wrapper_by_any_name() {
    for wrapper in ["setBuys", "setDND", "unsetDND", "whatever"] {
        assert_eq!(read(Operation::Busy, &BUSY.replace("setBuys", wrapper)), done("Fine"));
    }
}

#[test]
fn fields_inside_beside_and_deep_below() {
    let beside = "<uncall><result>1</result><setBuys/><Response>Success</Response><Message>Fine</Message></uncall>";
    let inside =
        "<uncall><setBuys><result>1</result><Response>Success</Response><Message>Fine</Message></setBuys></uncall>";
    let deep = "<uncall><a><b><result>1</result></b><c><Message>Fine</Message></c></a></uncall>";
    let twice = "<uncall><Message/><Response> </Response><setBuys><Response>Success</Response><Message>Fine</Message>\
                 </setBuys></uncall>";
    for text in [BUSY, beside, inside, deep, twice] {
        assert_eq!(read(Operation::Busy, text), done("Fine"), "{text}");
    }
}

#[test]
fn no_call_in_every_way_of_saying_so() {
    assert_eq!(inner::read(Operation::Current, None), Ok(NO_CALL), "nil or no return element");
    for text in [
        "",
        " \r\n\t",
        "\u{feff}",
        "<uncall><result>0</result></uncall>",
        "<uncall><result>0</result><popEvent/></uncall>",
        "<uncall><result>0</result><popEvent><calla/><callb/><uid/><status/></popEvent></uncall>",
        "<uncall><result>0</result><popEvent><uid>1.2</uid></popEvent></uncall>",
        "<uncall><result>1</result><popEvent><calla>802</calla><uid></uid></popEvent></uncall>",
        "<uncall><result>1</result><popEvent><calla>802</calla><uid> </uid></popEvent></uncall>",
        "<uncall><result>1</result><popEvent><calla>802</calla></popEvent></uncall>",
        "<uncall><result>1</result></uncall>",
        "<uncall><popEvent/></uncall>",
        "<uncall/>",
        "<uncall><result>0</result><popEvent><Response>Error</Response><Message>x</Message></popEvent></uncall>",
    ] {
        assert_eq!(read(Operation::Current, text), NO_CALL, "{text:?}");
    }
}

#[test]
fn a_call_without_result_and_with_odd_status() {
    let without = CALL.replace("<result>1</result>", "");
    assert_eq!(read(Operation::Current, &without), a_call(Direction::Callout));
    assert_eq!(read(Operation::Current, &CALL.replace("callout", " CallIn\r\n")), a_call(Direction::Callin));
    for status in ["", "ringing"] {
        assert_eq!(read(Operation::Current, &CALL.replace("callout", status)), a_call(Direction::Callin));
    }
    assert_eq!(read(Operation::Current, &CALL.replace("<status>callout</status>", "")), a_call(Direction::Callin));
}

#[test]
fn declaration_bom_white_space_and_line_ends() {
    for before in [
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n",
        "<?xml version='1.0' encoding='gb2312'?>\n",
        "\u{feff}<?xml version=\"1.0\"?>",
        "\u{feff}",
        "\u{feff}\u{feff}\n",
        "\n\n  ",
        "\r\n<br />\n<b>Notice</b>: Undefined index in <b>x.php</b> on line <b>7</b><br />\n",
    ] {
        assert_eq!(read(Operation::Current, &format!("{before}{CALL}\r\n ")), a_call(Direction::Callout), "{before:?}");
    }
    for between in ["\r\n  ", "&#13;\n", "&#xD;&#xA;", "\r", "<!-- x -->", "<?php ?>"] {
        let laid_out = CALL.replace("><", &format!(">{between}<"));
        assert_eq!(read(Operation::Current, &laid_out), a_call(Direction::Callout), "{between:?}");
        let padded = CALL.replace("802", "\r\n802&#13;\n");
        assert_eq!(read(Operation::Current, &padded), a_call(Direction::Callout));
    }
}

#[test]
fn cdata_inside_and_around() {
    let inside = CALL.replace("802", "<![CDATA[802]]>").replace("callout", "<![CDATA[call]]>out");
    assert_eq!(read(Operation::Current, &inside), a_call(Direction::Callout));
    assert_eq!(read(Operation::Current, &format!("<![CDATA[{CALL}]]>")), a_call(Direction::Callout));
    let message = BUSY.replace("Fine", "<![CDATA[<b>&amp;</b>]]>");
    assert_eq!(read(Operation::Busy, &message), done("<b>&amp;</b>"));
}

#[test]
fn escaped_twice_and_more() {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let original = BUSY.replace("Fine", "a &amp; b &lt;");
    let mut text = format!("<?xml version=\"1.0\"?>{original}");
    for layer in 0..=3 {
        assert_eq!(read(Operation::Busy, &text), done("a & b <"), "{layer}");
        text = escape(&text);
    }
    let in_string =
        format!("<?xml version=\"1.0\"?><string xmlns=\"http://tempuri.org/\">{}</string>", escape(&original));
    assert_eq!(read(Operation::Busy, &in_string), done("a & b <"));
    let numeric =
        original.replace('<', "&#60;").replace('>', "&#x3E;").replace("&amp;", "&amp;amp;").replace("&lt;", "&amp;lt;");
    assert_eq!(read(Operation::Busy, &numeric), done("a & b <"));
}

#[test]
fn ping_succeeds_by_its_prefix_alone() {
    let ping = |response: &str| format!("<uncall><UncallWorld><Response>{response}</Response></UncallWorld></uncall>");
    let pong = |text: &str| Ok(Reply::Pong { text: text.into() });
    assert_eq!(read(Operation::Ping, &ping("UncallWorld:Text")), pong("Text"));
    assert_eq!(read(Operation::Ping, &ping("\r\nUncallWorld: a b &amp; 你好 \r\n")), pong(" a b & 你好 "));
    assert_eq!(read(Operation::Ping, &ping("UncallWorld:")), pong(""));
    let with_result = "<uncall><result>0</result><Response>UncallWorld:x</Response></uncall>";
    assert_eq!(read(Operation::Ping, with_result), pong("x"), "there is no result in the sample");
    assert_eq!(reason(Operation::Ping, &ping("Success")), Reason::Other);
    let failed = "<uncall><result>0</result><UncallWorld><Response>Error</Response><Message>Connection Failed</Message>\
                  </UncallWorld></uncall>";
    assert_eq!(reason(Operation::Ping, failed), Reason::ConnectionFailed);
    assert!(not_understood(Operation::Ping, Some("<uncall><UncallWorld/></uncall>")));
}

#[test]
fn success_of_a_verb() {
    let answer =
        |result: &str, response: &str| format!("<uncall>{result}<x>{response}<Message>m</Message></x></uncall>");
    let (one, zero) = ("<result>1</result>", "<result>0</result>");
    let (success, error) = ("<Response>Success</Response>", "<Response>Error</Response>");
    let ringing = "<Response> ringing </Response>";
    for (result, response) in [(one, success), (one, ringing), (one, ""), ("", success), ("", ringing)] {
        assert_eq!(read(Operation::Busy, &answer(result, response)), done("m"), "{result}{response}");
    }
    for word in ["1", "01", "true", "TRUE", "ok", "OK", "success", "Success", "\r\n 1 "] {
        let result = format!("<result>{word}</result>");
        assert_eq!(read(Operation::Busy, &answer(&result, "")), done("m"), "{word:?}");
        assert_eq!(read(Operation::HangUp, &answer(&result, success)), done("m"), "{word:?}");
        assert_eq!(reason(Operation::Survey, &answer(&result, error)), Reason::Other, "{word:?}");
    }
    for word in ["0", "00", "2", "-1", "10", "001", "false", "fail", "error", "no", "yes", "okay", "1;"] {
        let result = format!("<result>{word}</result>");
        assert_eq!(reason(Operation::Busy, &answer(&result, "")), Reason::Other, "{word:?}");
        assert_eq!(reason(Operation::HangUp, &answer(&result, success)), Reason::Other, "{word:?}");
    }
    let strange = "<result>2</result>";
    for (result, response) in
        [(one, error), (zero, success), (zero, error), (zero, ""), ("", error), (strange, success)]
    {
        assert_eq!(reason(Operation::Busy, &answer(result, response)), Reason::Other, "{result}{response}");
    }
    for empty in ["", "<result/>", "<Response></Response>"] {
        assert!(not_understood(Operation::Busy, Some(&answer(empty, ""))), "{empty}");
    }
}

#[test]
fn success_by_one_rule_for_every_verb() {
    for operation in Operation::ALL {
        let answer = |fields: &str| read(operation, &format!("<uncall>{fields}<x><Message>m</Message></x></uncall>"));
        match operation {
            Operation::Ping | Operation::Current | Operation::Recording => continue,
            Operation::Dial
            | Operation::Busy
            | Operation::Idle
            | Operation::Hold
            | Operation::Restore
            | Operation::Transfer
            | Operation::Survey
            | Operation::Listen
            | Operation::Whisper
            | Operation::HangUp => {}
        }
        for fields in [
            "<result>True</result>",
            "<result>01</result><Response>SUCCESS</Response>",
            "<result>OK</result><Response>Ringing</Response>",
            "<Response>ringing</Response>",
        ] {
            assert!(answer(fields).is_ok(), "{operation:?} {fields}");
        }
        for fields in [
            "<result>1</result><Response>Error</Response>",
            "<result>1</result><Response>UncallWorld:x</Response>",
            "<result>false</result><Response>Success</Response>",
            "<Response>ok</Response>",
        ] {
            assert!(answer(fields).is_err(), "{operation:?} {fields}");
        }
        assert!(not_understood(operation, Some("<uncall><x><Message>m</Message></x></uncall>")), "{operation:?}");
    }
    let files = "<files>a.wav</files>";
    for (result, found) in [("1", true), ("01", true), ("True", true), ("ok", true), ("0", false), ("false", false)] {
        let text = format!("<uncall><result>{result}</result>{files}</uncall>");
        assert_eq!(read(Operation::Recording, &text).is_ok(), found, "{result}");
        let text = CALL.replace("<result>1</result>", &format!("<result>{result}</result>"));
        assert_eq!(read(Operation::Current, &text) != NO_CALL, found, "{result}");
    }
}

#[test]
fn success_never_hangs_on_the_message() {
    let answer =
        |message: &str| format!("<uncall><result>1</result><x><Response>Success</Response>{message}</x></uncall>");
    for text in ["Key deleted successfully", "Updated database successfully", "Channel Hungup success", "设置成功"]
    {
        let message = answer(&format!("<Message>{text}</Message>"));
        assert_eq!(read(Operation::Idle, &message), done(text));
        assert_eq!(read(Operation::HangUp, &message), done(text));
    }
    assert_eq!(read(Operation::HangUp, &answer("")), done(""));
    assert_eq!(read(Operation::Hold, &answer("")), Ok(Reply::Held { channel: String::new() }));
}

#[test]
fn every_documented_refusal() {
    let error = |message: &str| {
        format!("<uncall><result>0</result><x><Response>Error</Response><Message>{message}</Message></x></uncall>")
    };
    for (operation, message, expected) in [
        (Operation::Busy, "Connection Failed", Reason::ConnectionFailed),
        (Operation::Idle, "Failed to update entry", Reason::NotUpdated),
        (Operation::Hold, "Agent not in use", Reason::AgentNotInUse),
        (Operation::Restore, "Channel not exist", Reason::ChannelNotExist),
        (Operation::Transfer, "Exten is not idle", Reason::TargetNotIdle),
        (Operation::Transfer, "Transfer not allowed", Reason::TransferNotAllowed),
        (Operation::Transfer, "Agent not in bridge", Reason::NotInBridge),
        (Operation::Survey, "Agent not in use", Reason::AgentNotInUse),
        (Operation::Listen, "Spy or whisper failed", Reason::SpyFailed),
        (Operation::Whisper, "Agent not in use", Reason::AgentNotInUse),
        (Operation::HangUp, "No Channels", Reason::NoChannels),
        (Operation::HangUp, "agent not in use", Reason::NoChannels),
        (Operation::HangUp, "connection failed", Reason::ConnectionFailed),
        (Operation::Dial, "Busy", Reason::Unavailable),
        (Operation::Survey, "坐席不存在", Reason::Other),
        (Operation::Survey, "Busy", Reason::Other),
    ] {
        for spelling in [message.to_owned(), message.to_uppercase(), format!("\r\n {} \t", message.to_lowercase())] {
            assert_eq!(reason(operation, &error(&spelling)), expected, "{spelling:?}");
        }
    }
    let hang_up =
        "<uncall><result>1</result><hangUp><Response>Error</Response><Message>No Channels</Message></hangUp></uncall>";
    assert_eq!(reason(Operation::HangUp, hang_up), Reason::NoChannels, "the vendor's sample, with result 1");
    let in_response = "<uncall><result>0</result><setBuys><Response>Connection Failed</Response></setBuys></uncall>";
    assert_eq!(reason(Operation::Busy, in_response), Reason::ConnectionFailed);
}

#[test]
fn dial_says_why_in_its_response() {
    let dial = |response: &str| {
        format!(
            "<uncall><result>0</result><x><Response>{response}</Response><ActionID>1</ActionID><Message>Agent not in use</Message></x></uncall>"
        )
    };
    assert_eq!(reason(Operation::Dial, &dial("Busy")), Reason::Unavailable);
    assert_eq!(reason(Operation::Dial, &dial("connection failed ")), Reason::ConnectionFailed);
    assert_eq!(reason(Operation::Dial, &dial("Error")), Reason::AgentNotInUse);
    let refusal = read(Operation::Dial, &dial(" Busy ")).expect_err("a refusal");
    assert_eq!((refusal.response.as_str(), refusal.message.as_str()), ("Busy", "Agent not in use"));
    let ringing =
        "<uncall><result>1</result><x><Response>Ringing</Response><ActionID>通话&amp;1</ActionID></x></uncall>";
    let expected = Reply::Dialled { response: "Ringing".into(), action_id: "通话&1".into(), message: String::new() };
    assert_eq!(read(Operation::Dial, ringing), Ok(expected));
    let bare = read(Operation::Dial, "<uncall><result>1</result></uncall>");
    assert!(matches!(bare, Ok(Reply::Dialled { response, .. }) if response == "Success"));
}

#[test]
fn recordings() {
    let answer = |result: &str, fields: &str| format!("<uncall>{result}<getRecording>{fields}</getRecording></uncall>");
    let (one, zero) = ("<result>1</result>", "<result>0</result>");
    let files = "<files>audio:808-1-20130625-093138-1372123897.17.WAV</files>";
    let found = Ok(Reply::Recording { files: "audio:808-1-20130625-093138-1372123897.17.WAV".into() });
    assert_eq!(read(Operation::Recording, &answer(one, files)), found);
    assert_eq!(read(Operation::Recording, &answer("", files)), found);
    for (result, fields) in
        [(zero, ""), (zero, "<files/>"), (zero, files), (one, "<files> </files>"), (one, ""), ("", "<files/>")]
    {
        assert_eq!(reason(Operation::Recording, &answer(result, fields)), Reason::NoRecording, "{result}{fields}");
    }
    let with = |message: &str| answer(zero, &format!("<files/><Message>{message}</Message>"));
    assert_eq!(reason(Operation::Recording, &with("recording NOT ready ")), Reason::RecordingNotReady);
    assert_eq!(reason(Operation::Recording, &with("Connection Failed")), Reason::ConnectionFailed);
    assert_eq!(reason(Operation::Recording, &with("disk full")), Reason::Other);
    assert!(not_understood(Operation::Recording, Some("<uncall><getRecording/></uncall>")));
}

#[test]
fn what_is_not_the_document_is_not_understood() {
    for operation in Operation::ALL {
        if operation != Operation::Current {
            assert!(not_understood(operation, None));
            assert!(not_understood(operation, Some(" \r\n")));
            assert!(not_understood(operation, Some("<uncall/>")));
        }
        for text in ["OK", "0", "<html><body>Fatal error</body></html>", "<UncallWorld/>", "&lt;nothing&gt;", "\0"] {
            let blank = operation == Operation::Current && text == "\0";
            assert_eq!(not_understood(operation, Some(text)), !blank, "{operation:?} {text:?}");
        }
    }
}

#[test]
fn what_is_broken_or_dangerous_is_refused() {
    let read = |text: &str| inner::read(Operation::Busy, Some(text));
    // What can be mended all the same says nothing here; tests/it/repairs.rs has what does.
    for text in [
        "<uncall><result>1</result>",
        "<uncall><result>1<x></result></y></uncall>",
        "<uncall><result>&nbsp;</result></uncall>",
        "<uncall><a b=1/></uncall>",
        "<uncall>a & b</uncall>",
    ] {
        assert!(matches!(read(text), Err(DecodeError::Xml(_) | DecodeError::NotUnderstood(_))), "{text}");
    }
    let entity = "<!DOCTYPE uncall [<!ENTITY e \"1\">]><uncall><result>&e;</result></uncall>";
    assert_eq!(read(entity), Err(DecodeError::Doctype));
    assert_eq!(read(&entity.replace("DOCTYPE", "doctype")), Err(DecodeError::Doctype));
}

#[test]
fn a_refusal_keeps_the_servers_words() {
    let refusal = read(Operation::Busy, "<uncall><result>0</result><Message> 数据库 &lt;错误&gt; </Message></uncall>");
    let expected = Refusal { reason: Reason::Other, response: String::new(), message: "数据库 <错误>".into() };
    assert_eq!(refusal, Err(expected));
}
