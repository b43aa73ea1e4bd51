//! Every limit, at its last good value and one beyond.

use crate::support::{envelope, escaped};
use uncall_contract::{
    DecodeError, Operation, charset, inner, limit,
    soap::{self, Answer, FaultCode},
    wsdl,
};

fn passed<T: std::fmt::Debug>(read: Result<T, DecodeError>, expected: &str) -> bool {
    match read {
        Err(DecodeError::Limit { what, max: _ }) => what == expected,
        other => panic!("{other:?}"),
    }
}

fn answer(body: &str) -> Result<Answer, DecodeError> {
    soap::read_answer(body.as_bytes(), None)
}

fn with_return(content: &str) -> String {
    envelope(&format!("<r><return>{content}</return></r>"))
}

#[test]
fn size_of_a_document() {
    let mut body = with_return("x");
    body.push_str(&" ".repeat(limit::DOCUMENT_BYTES - body.len()));
    assert_eq!(answer(&body), Ok(Answer::Return(Some("x".into()))));
    body.push(' ');
    assert!(passed(answer(&body), "size"));
    assert!(passed(wsdl::read(body.as_bytes(), None), "size"));
    assert!(passed(charset::decode(body.as_bytes(), None), "size"));
    let (_, fault) = soap::read_request(body.as_bytes(), None).expect_err("too long");
    assert_eq!(fault.code, FaultCode::Client);
    assert!(fault.reason.contains("size"), "{}", fault.reason);
}

#[test]
fn depth() {
    // Envelope, Body, r and return stand around it.
    let nested = |levels: usize| with_return(&format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)));
    assert!(answer(&nested(limit::DEPTH - 4)).is_ok());
    assert!(passed(answer(&nested(limit::DEPTH - 3)), "depth"));
    assert!(passed(answer(&with_return(&"<a>".repeat(100_000))), "depth"), "before the end is looked for");
    let empty = with_return(&format!("{}<b/>{}", "<a>".repeat(limit::DEPTH - 4), "</a>".repeat(limit::DEPTH - 4)));
    assert!(passed(answer(&empty), "depth"));
    let inner = format!("<uncall>{}", "<a>".repeat(limit::DEPTH));
    assert!(passed(inner::read(Operation::Busy, Some(&inner)), "depth"));
}

#[test]
fn elements() {
    let many = |count: usize| envelope(&format!("<r><return>x</return>{}</r>", "<a/>".repeat(count)));
    assert!(answer(&many(limit::ELEMENTS - 4)).is_ok());
    assert!(passed(answer(&many(limit::ELEMENTS - 3)), "elements"));
}

#[test]
fn attributes_and_namespaces() {
    let attributes = |count: usize| -> String { (0..count).map(|at| format!(" a{at}=\"\"")).collect() };
    let with = |attributes: &str| answer(&envelope(&format!("<r><return{attributes}>x</return></r>")));
    assert!(with(&attributes(limit::ATTRIBUTES)).is_ok());
    assert!(passed(with(&attributes(limit::ATTRIBUTES + 1)), "attributes"));
    // The envelope declares four prefixes itself.
    let declaring = |elements: usize, each: usize| {
        let start = |at: usize| -> String {
            let declarations: String = (0..each).map(|of| format!(" xmlns:p{at}x{of}=\"u\"")).collect();
            format!("<a{declarations}>")
        };
        let open: String = (0..elements).map(start).collect();
        answer(&with_return(&format!("{open}{}", "</a>".repeat(elements))))
    };
    assert!(declaring(4, 63).is_ok());
    assert!(passed(declaring(5, 63), "namespaces"));
}

#[test]
fn size_of_a_value() {
    let text = "x".repeat(limit::VALUE_BYTES);
    assert_eq!(answer(&with_return(&text)), Ok(Answer::Return(Some(text.clone()))));
    assert!(passed(answer(&with_return(&format!("{text}x"))), "value size"));
    let document = |length: usize| format!("<uncall><result>0</result><m>{}</m></uncall>", "x".repeat(length));
    let around = document(0).len();
    assert!(inner::read(Operation::Busy, Some(&document(limit::VALUE_BYTES - around))).is_ok());
    assert!(passed(inner::read(Operation::Busy, Some(&document(limit::VALUE_BYTES - around + 1))), "value size"));
    let fault = envelope(&format!("<soap:Fault><faultstring>{text}x</faultstring></soap:Fault>"));
    assert!(passed(answer(&fault), "value size"));
    let request = envelope(&format!("<u:popEvent><u:strExten>{text}x</u:strExten></u:popEvent>"));
    let (_, fault) = soap::read_request(request.as_bytes(), None).expect_err("too long");
    assert!(fault.reason.contains("value size"), "{}", fault.reason);
}

#[test]
fn no_document_type_and_no_entity_of_its_own() {
    let plain = with_return("x");
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    for doctype in [
        laughs,
        "<!DOCTYPE x>",
        "<!doctype x SYSTEM \"http://evil/x.dtd\">",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;]>",
    ] {
        let body = plain.replace("?>\n", &format!("?>{doctype}")).replace(">x<", ">&c;<");
        assert_eq!(answer(&body), Err(DecodeError::Doctype), "{doctype}");
        let (_, fault) = soap::read_request(body.as_bytes(), None).expect_err("refused");
        assert!(fault.reason.contains("DOCTYPE"), "{}", fault.reason);
        let inside = with_return(&escaped(&format!("{doctype}<uncall><result>1</result></uncall>")));
        let Ok(Answer::Return(text)) = answer(&inside) else { panic!("{doctype}") };
        assert_eq!(inner::read(Operation::Busy, text.as_deref()), Err(DecodeError::Doctype));
    }
    for reference in ["&c;", "&nbsp;", "&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&#+65;", "&", "& ", "&;"] {
        let read = answer(&plain.replace(">x<", &format!(">{reference}<")));
        assert!(matches!(read, Err(DecodeError::Xml(_))), "{reference}: {read:?}");
        let read = answer(&plain.replace("<return>", &format!("<return a=\"{reference}\">")));
        assert!(matches!(read, Err(DecodeError::Xml(_))), "{reference}: {read:?}");
    }
}

#[test]
fn errors_say_which_limit() {
    let error = answer(&with_return(&"<a>".repeat(100))).expect_err("too deep");
    assert_eq!(error.to_string(), "the document passes the limit on depth (64)");
}
