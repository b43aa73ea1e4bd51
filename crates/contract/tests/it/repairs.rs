//! Inner documents that are not well-formed: what can be read of them, and what must not be.

use proptest::{prelude::*, sample::Index};
use uncall_contract::{
    Call, DecodeError, Direction, Operation, Outcome, Reason, Reply, inner, limit,
    soap::{self, Answer},
};

use crate::support::{envelope, escaped};

fn read(operation: Operation, text: &str) -> Result<Outcome, DecodeError> {
    inner::read(operation, Some(text))
}

fn call(calla: &str, callb: &str) -> Outcome {
    let (uid, status) = ("1372123897.17".into(), Direction::Callin);
    Ok(Reply::Current { call: Some(Call { calla: calla.into(), callb: callb.into(), uid, status }) })
}

/// popEvent's answer as string concatenation makes it.
fn glued(calla: &str, callb: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><uncall><result>1</result><popEvent><calla>{calla}</calla><callb>{callb}\
         </callb><uid>1372123897.17</uid><status>callin</status></popEvent></uncall>"
    )
}

/// A verb's answer, the vendor's sample of a failed hang-up: only `Response` says that it failed.
const REFUSED: &str = "<?xml version=\"1.0\"?><uncall><result>1</result><hangUp><Response>Error</Response><Message>No \
                       Channels</Message></hangUp></uncall>";
const DONE: &str =
    "<uncall><result>1</result><hangUp><Response>Success</Response><Message>Fine</Message></hangUp></uncall>";

#[test]
fn text_that_nobody_escaped() {
    for (raw, meant) in [
        ("R&D 801", "R&D 801"),
        ("R & D", "R & D"),
        ("&", "&"),
        ("&&amp;&", "&&&"),
        ("a&b;c", "a&b;c"),
        ("&#;&#x;&#0;&#xD800;", "&#;&#x;&#0;&#xD800;"),
        ("Caf&eacute; &nbsp;1", "Café \u{a0}1"),
        ("&LT;&AMP;lt;", "<&lt;"),
        ("1 < 2", "1 < 2"),
        ("a<", "a<"),
        ("<801>", "<801>"),
        ("\"Li\" <801>", "\"Li\" <801>"),
        ("<sip:801@10.0.0.5;x=1>", "<sip:801@10.0.0.5;x=1>"),
        ("\"Li\" <Li Lei>", "\"Li\" <Li Lei>"),
        ("<Li>", "<Li>"),
        ("<Li><Han> & Co.", "<Li><Han> & Co."),
        ("<李雷>", "<李雷>"),
        ("<3 & >3", "<3 & >3"),
        ("<![CDATA[R&D]]> & <b", "R&D & <b"),
    ] {
        assert_eq!(read(Operation::Current, &glued(raw, "801")), Ok(call(meant, "801")), "{raw}");
        assert_eq!(read(Operation::Current, &glued("801", raw)), Ok(call("801", meant)), "{raw}");
        let message = DONE.replace("Fine", raw);
        assert_eq!(read(Operation::HangUp, &message), Ok(Ok(Reply::Done { message: meant.trim().into() })), "{raw}");
    }
}

#[test]
fn end_tags_that_got_lost() {
    let plain = glued("802", "801");
    for lost in [
        plain.replace("</popEvent>", ""),
        plain.replace("</uncall>", ""),
        plain.replace("</popEvent></uncall>", ""),
        plain.replace("</popEvent></uncall>", "</popEv"),
        plain.replace("</popEvent></uncall>", "</"),
        plain.replace("</popEvent></uncall>", "\n"),
        plain.replace("</status></popEvent></uncall>", "</sta"),
        plain.replace("</status>", ""),
        plain.replace("</calla>", "</CALLA>").replace("<uid>", "<UID>"),
        plain.replace("<popEvent>", "<setOther>").replace("</popEvent>", ""),
    ] {
        assert_eq!(read(Operation::Current, &lost), Ok(call("802", "801")), "{lost}");
    }
    for lost in [DONE.replace("</hangUp>", ""), DONE.replace("</hangUp></uncall>", ""), DONE.replace("</Message>", "")]
    {
        assert_eq!(read(Operation::HangUp, &lost), Ok(Ok(Reply::Done { message: "Fine".into() })), "{lost}");
    }
    let refused = read(Operation::HangUp, &REFUSED.replace("</hangUp></uncall>", "")).expect("understood");
    assert_eq!(refused.expect_err("a refusal").reason, Reason::NoChannels);
    let none = "<uncall><result>0</result><popEvent>";
    assert_eq!(read(Operation::Current, none), Ok(Ok(Reply::Current { call: None })), "result says all");
}

#[test]
fn what_can_be_read_in_two_ways_is_not_understood() {
    let plain = glued("802", "801");
    for text in [
        plain.replace("</calla>", ""),
        plain.replace("</calla>", "</cala>"),
        plain.replace("<calla>", "<calla"),
        plain.replace("<calla>", ""),
        plain.replace("<calla>802", "<calla>802</b>"),
        plain.replace("<calla>", "<calla x=1>"),
        plain.replace("<calla>", "<calla><!-- "),
        plain.replace("<calla>", "<calla><![CDATA["),
        plain.replace("<uid>1372123897.17</uid>", "<uid>&"),
        plain.replace("<uid>1372123897.17</uid>", ""),
        plain.replace("</popEvent>", "").replace("<uid>1372123897.17</uid>", ""),
        plain.replace("<uid>", "<uid><result>0</result>").replace("</uid>", ""),
    ] {
        // A well-formed answer without a uid is "no call"; a broken one is not.
        if text.contains("</popEvent>") && !text.contains("<uid>") {
            assert_eq!(read(Operation::Current, &text), Ok(Ok(Reply::Current { call: None })), "{text}");
        } else {
            assert!(read(Operation::Current, &text).is_err(), "{text}");
        }
    }
    let doctype = glued("R&D", "801").replace("<calla>", "<calla><!DOCTYPE x>");
    assert!(read(Operation::Current, &doctype).is_err());
}

#[test]
fn an_answer_that_breaks_off_is_the_whole_one_or_not_understood() {
    let hold = DONE.replace("hangUp", "keepCalling").replace("Fine", "SIP/802-1");
    let recording = "<uncall><result>1</result><getRecording><files>a.wav</files></getRecording></uncall>".to_owned();
    let ping = "<uncall><UncallWorld><Response>UncallWorld:x</Response></UncallWorld></uncall>".to_owned();
    let no_call = "<uncall><result>0</result><popEvent></popEvent></uncall>".to_owned();
    for (operation, text) in [
        (Operation::Current, glued("802", "R&D")),
        (Operation::Current, glued("", "801")),
        (Operation::Current, no_call),
        (Operation::HangUp, REFUSED.to_owned()),
        (Operation::HangUp, DONE.to_owned()),
        (Operation::HangUp, REFUSED.replace("<result>1</result>", "")),
        (Operation::Hold, hold),
        (Operation::Recording, recording),
        (Operation::Ping, ping),
    ] {
        let whole = read(operation, &text).expect("understood");
        for end in (text.find("<uncall").expect("it") + 1..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = &text[..end];
            match (read(operation, cut), &whole) {
                (Err(_), _) => {}
                (Ok(Err(refusal)), Err(_)) => assert_eq!(refusal.response, "Error", "{cut}"),
                // The words of a success may be lost, not that it is one.
                (Ok(Ok(Reply::Done { .. })), Ok(Reply::Done { .. })) => {}
                (Ok(read), whole) => assert_eq!(read, *whole, "{cut}"),
            }
        }
    }
}

#[test]
fn no_damage_of_one_byte_makes_a_success_of_a_refusal() {
    let mut read_anyway = 0;
    for at in 0..REFUSED.len() {
        for put in ["", "<", ">", "&", "/", "x", " ", "<x>", "</x>", "<Message>", "</Response>"] {
            let text = format!("{}{put}{}", &REFUSED[..at], &REFUSED[at + 1..]);
            // What is well-formed means what it says, e.g. `<Response xrror>`.
            if let Ok(outcome) = read(Operation::HangUp, &text) {
                assert!(outcome.is_err(), "{text}");
                read_anyway += 1;
            }
        }
    }
    assert!(read_anyway > 100, "{read_anyway}");
}

#[test]
fn inside_an_envelope_that_nobody_escaped_either() {
    let answer = |inner: &str| {
        let body = envelope(&format!("<u:popEventResponse><return>{inner}</return></u:popEventResponse>"));
        match soap::read_answer(body.as_bytes(), None) {
            Ok(Answer::Return(text)) => inner::read(Operation::Current, text.as_deref()),
            other => panic!("{inner}: {other:?}"),
        }
    };
    let document = glued("R&D <801>", "801").replace("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "");
    assert_eq!(answer(&document), Ok(call("R&D <801>", "801")), "as elements");
    assert_eq!(answer(&format!("<![CDATA[{document}]]>")), Ok(call("R&D <801>", "801")), "as CDATA");
    assert_eq!(answer(&escaped(&document)), Ok(call("R&D <801>", "801")), "escaped once");
    // An envelope of its own is not mended.
    let broken = envelope(&format!("<u:popEventResponse><return>{document}</return>&</u:popEventResponse>"));
    assert!(matches!(soap::read_answer(broken.as_bytes(), None), Err(DecodeError::Xml(_))));
    let cut = envelope(&format!("<return>{document}</return>"));
    let cut = &cut[..cut.find("</popEvent>").expect("it")];
    assert!(matches!(soap::read_answer(cut.as_bytes(), None), Err(DecodeError::Xml(_))));
}

/// Whoever makes mending slow would notice it here: each of these takes minutes where it is not linear.
#[test]
fn long_rubbish_is_soon_done_with() {
    for piece in [
        "<",
        "&",
        "<a",
        "</",
        "<a>",
        "</a>",
        "<a b=\"",
        "<a b='",
        "<a b=\"' ",
        "<!--",
        "<?",
        "<![CDATA[",
        "&a",
        "&#",
        "<a ",
        "<a:",
        "&a;",
        "<result>",
        "</result",
        "<a b=''",
        "<a>&",
        "\u{4f60}<",
    ] {
        let room = limit::VALUE_BYTES - 64;
        let long = piece.repeat(room / piece.len());
        for text in [format!("<uncall>{long}</uncall>"), format!("<uncall><result>1</result>{long}")] {
            let _ = read(Operation::Busy, &text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whatever a person is called: glued together without escaping, it is read as it was meant.
    #[test]
    fn values_without_markup_of_ours(calla in "[a-zA-Z0-9 &<>\"'.@#;/(){}=+é你😀-]{0,30}", lost in 0..4_usize) {
        // An end tag, a comment or a reference means something; so does a tag of the API.
        let names = names_the_api(&calla);
        prop_assume!(!calla.contains("</") && !calla.contains("/>") && !names);
        prop_assume!(!calla.split('&').skip(1).any(|behind| behind.contains(';')));
        let text = glued(&calla, "801");
        let text = match lost {
            0 => text,
            1 => text.replace("</popEvent>", ""),
            2 => text.replace("</uncall>", ""),
            _ => text.replace("</popEvent></uncall>", ""),
        };
        prop_assert_eq!(read(Operation::Current, &text), Ok(call(calla.trim(), "801")), "{}", text);
    }

    /// A document that is well-formed reads as it always did: the values that were escaped, and nothing is mended.
    #[test]
    fn escaped_values(calla in "([^\0-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]){0,40}", callb in "[0-9&<>;a-z/]{0,20}") {
        let text = glued(&escaped(&calla).replace('\r', "&#13;"), &escaped(&callb));
        prop_assert_eq!(read(Operation::Current, &text), Ok(call(calla.trim(), callb.trim())));
    }

    /// However many places of a refusal are damaged, no reader panics; and cut anywhere it is no success.
    #[test]
    fn damaged_and_cut(hits in prop::collection::vec((any::<Index>(), "[<>&/a-z;#\" ]{0,2}"), 0..5), end in any::<Index>()) {
        let mut text = REFUSED.to_owned();
        for (at, put) in &hits {
            let at = at.index(text.len());
            text.replace_range(at..at + 1, put);
            prop_assume!(!text.is_empty());
        }
        for operation in Operation::ALL {
            let _ = read(operation, &text);
        }
        let cut = &REFUSED[..end.index(REFUSED.len())];
        prop_assert!(!matches!(read(Operation::HangUp, cut), Ok(Ok(_))), "{}", cut);
    }
}

/// Whether a text has something that looks like a tag of the API.
fn names_the_api(text: &str) -> bool {
    const NAMES: [&str; 10] =
        ["result", "response", "message", "actionid", "calla", "callb", "uid", "status", "files", "uncall"];
    text.split('<').skip(1).any(|behind| {
        let name = behind.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
        NAMES.contains(&name.as_str()) || Operation::ALL.iter().any(|op| op.name().eq_ignore_ascii_case(&name))
    })
}
