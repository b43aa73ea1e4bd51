//! What servers print around and inside the XML of an answer: `docs/api.md`, "On the wire: what servers of this family send".

use crate::support::{self, envelope, escaped};
use uncall_contract::{
    DecodeError,
    soap::{self, Answer, Fault, FaultCode, Version},
};

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<uncall><result>0</result><你好/></uncall>";

fn read(body: &str) -> Answer {
    soap::read_answer(body.as_bytes(), Some("text/xml")).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn returned(text: &str) -> Answer {
    Answer::Return(Some(text.into()))
}

fn response(content: &str) -> String {
    envelope(&format!("<u:popEventResponse>{content}</u:popEventResponse>"))
}

#[test]
fn the_return_element_by_any_name() {
    let text = escaped(DOCUMENT);
    for element in [
        "<return xsi:type=\"xsd:string\">@</return>",
        "<return>@</return>",
        "<return xmlns=\"\">@</return>",
        "<u:popEventResult>@</u:popEventResult>",
        "<popEventResult>@</popEventResult>",
        "<popEventReturn xsi:type=\"xsd:string\">@</popEventReturn>",
        "<popEvent>@</popEvent>",
        "<result>@</result>",
        "<out>@</out>",
        "<other>no</other><return>@</return>",
        "<other/><u:popEventResult>@</u:popEventResult>",
    ] {
        assert_eq!(read(&response(&element.replace('@', &text))), returned(DOCUMENT), "{element}");
    }
    let bare = envelope(&format!("<popEventReturn xmlns=\"urn:x\">{text}</popEventReturn>"));
    assert_eq!(read(&bare), returned(DOCUMENT));
}

#[test]
fn soap_12_names_the_return_element() {
    let body = |name: &str, element: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:u=\"urn:u\"><e:Body \
             xmlns:rpc=\"http://www.w3.org/2003/05/soap-rpc\"><u:popEventResponse><rpc:result>{name}</rpc:result>\
             <return>no</return>{element}</u:popEventResponse></e:Body></e:Envelope>"
        )
    };
    assert_eq!(read(&body("value", "<value>yes</value>")), returned("yes"));
    assert_eq!(read(&body("u:value", "<u:value>yes</u:value>")), returned("yes"));
    assert_eq!(read(&body("missing", "<value>yes</value>")), returned("no"));
    let without_return = |name: &str, element: &str| read(&body(name, element).replace("<return>no</return>", ""));
    assert_eq!(
        without_return("missing", "<value>yes</value>"),
        returned("yes"),
        "the result element is never the value"
    );
    assert_eq!(without_return("return", ""), Answer::Return(None));
}

#[test]
fn nil_empty_and_missing() {
    for nil in
        ["<return xsi:nil=\"true\"/>", "<return xsi:nil='1'></return>", "<u:popEventResult xsi:nil=\"true\"/>", ""]
    {
        assert_eq!(read(&response(nil)), Answer::Return(None), "{nil}");
    }
    assert_eq!(read(&envelope("<u:popEventResponse/>")), Answer::Return(None));
    assert_eq!(read(&response("<return xsi:nil=\"false\"></return>")), returned(""));
    assert_eq!(read(&response("<return/>")), returned(""));
    let other_years = "<return xmlns:i=\"http://www.w3.org/1999/XMLSchema-instance\" i:null=\"1\"/>";
    assert_eq!(read(&response(other_years)), Answer::Return(None));
}

#[test]
fn references_within_the_body() {
    let text = escaped(DOCUMENT);
    let value = format!("<multiRef id=\"id0\" xsi:type=\"xsd:string\">{text}</multiRef>");
    let call = "<u:popEventResponse><popEventReturn href=\"#id0\"/></u:popEventResponse>";
    assert_eq!(read(&envelope(&format!("{call}{value}"))), returned(DOCUMENT));
    assert_eq!(read(&envelope(&format!("{value}{call}"))), returned(DOCUMENT), "the value first");
    let chain = "<multiRef id=\"id0\" href=\"#id1\"/><multiRef id=\"id1\">x</multiRef>";
    assert_eq!(read(&envelope(&format!("{call}{chain}"))), returned("x"));
    let ring = "<multiRef id=\"id0\" href=\"#id1\"/><multiRef id=\"id1\" href=\"#id0\"/>";
    for broken in [ring, "<multiRef id=\"other\">x</multiRef>", ""] {
        let read = soap::read_answer(envelope(&format!("{call}{broken}")).as_bytes(), None);
        assert!(matches!(read, Err(DecodeError::NotUnderstood(_))), "{broken}: {read:?}");
    }
    for no_reference in ["xmlns:href=\"#id9\"", "undeclared:href=\"#id9\"", "href=\"http://x/\""] {
        assert_eq!(read(&response(&format!("<return {no_reference}>x</return>"))), returned("x"), "{no_reference}");
    }
    let soap_12 = "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
                   xmlns:enc=\"http://www.w3.org/2003/05/soap-encoding\"><e:Body><popEventResponse><return enc:ref=\"a\"/>\
                   <other enc:id=\"a\">x</other></popEventResponse></e:Body></e:Envelope>";
    assert_eq!(read(soap_12), returned("x"));
}

#[test]
fn rubbish_before_and_behind() {
    let plain = response(&format!("<return>{}</return>", escaped(DOCUMENT)));
    let undeclared = plain.split_once("?>\n").expect("a declaration").1;
    let warning = "<br />\n<b>Warning</b>:  mysql_connect() [<a href='function.mysql-connect'>x</a>]: Can't & won't in \
                   <b>/var/www/index.php</b> on line <b>7</b><br />\n";
    for before in ["", "\n\n \r\n", "\u{feff}", "\u{feff}\u{feff}\n", warning, "Notice: <x", "<!DOCTYPE html><p>"] {
        assert_eq!(read(&format!("{before}{plain}")), returned(DOCUMENT), "{before:?}");
        assert_eq!(read(&format!("{before}{undeclared}")), returned(DOCUMENT), "{before:?}");
    }
    let between = plain.replacen("?>\n", &format!("?>\n{warning}"), 1);
    assert_eq!(read(&between), returned(DOCUMENT));
    for behind in ["\r\n\r\n", "<br><b>Notice</b>", "\0\0", "<!-- 0.01 s -->", "</html>", "&&"] {
        assert_eq!(read(&format!("{plain}{behind}")), returned(DOCUMENT), "{behind:?}");
    }
}

#[test]
fn content_in_every_wrapping() {
    assert_eq!(read(&response(&format!("<return><![CDATA[{DOCUMENT}]]></return>"))), returned(DOCUMENT));
    let bom = format!("<return>\u{feff}{}</return>", escaped(DOCUMENT));
    assert_eq!(read(&response(&bom)), returned(&format!("\u{feff}{DOCUMENT}")));
    assert_eq!(read(&response("<return>a&#13;\nb\r\nc&#x4F60;</return>")), returned("a\r\nb\nc你"));
    let elements = "<uncall><result>1</result><x><Message>a &amp; &lt;b&gt;</Message></x></uncall>";
    assert_eq!(read(&response(&format!("<return>\n{elements}\n</return>"))), returned(&format!("\n{elements}\n")));
    assert_eq!(read(&response(elements)), returned(elements), "the document as the return element");
    let qualified = elements.replace("<uncall>", "<uncall xmlns=\"urn:v\">");
    assert_eq!(read(&response(&format!("<return>{qualified}</return>"))), returned(elements));
}

#[test]
fn faults_of_both_versions() {
    let fault = |code, reason: &str| Answer::Fault(Fault { code, reason: reason.into() });
    for (code, expected) in [
        ("soap:Client", FaultCode::Client),
        ("Client.Authentication", FaultCode::Client),
        ("SOAP-ENV:Server", FaultCode::Server),
        ("soapenv:Server.userException", FaultCode::Server),
        ("soap:VersionMismatch", FaultCode::VersionMismatch),
        ("soap:MustUnderstand", FaultCode::MustUnderstand),
        ("WSDL", FaultCode::Server),
        ("", FaultCode::Server),
    ] {
        let body = format!(
            "<soap:Fault><faultcode>{code}</faultcode><faultstring> 出错 &lt;x&gt;\n</faultstring></soap:Fault>"
        );
        assert_eq!(read(&envelope(&body)), fault(expected, "出错 <x>"), "{code}");
    }
    assert_eq!(read(&envelope("<Fault><faultstring>x</faultstring></Fault>")), fault(FaultCode::Server, "x"));
    assert_eq!(read(&envelope("<soap:Fault/>")), fault(FaultCode::Server, ""));
    for (code, expected) in [("Sender", FaultCode::Client), ("Receiver", FaultCode::Server)] {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Header/><e:Body><e:Fault><e:Code><e:Value>\
             e:{code}</e:Value><e:Subcode><e:Value>x:y</e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang=\"en\">why\
             </e:Text><e:Text xml:lang=\"zh\">为什么</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>"
        );
        assert_eq!(read(&body), fault(expected, "why"));
    }
}

#[test]
fn our_faults_are_read_back() {
    for version in support::VERSIONS {
        for code in [FaultCode::Client, FaultCode::Server, FaultCode::VersionMismatch, FaultCode::MustUnderstand] {
            let fault = Fault { code, reason: "<\"操作\" & more>".into() };
            let message = soap::write_fault(version, &fault);
            let read = soap::read_answer(&message.body, Some(&message.content_type));
            assert_eq!(read, Ok(Answer::Fault(fault)));
            assert_eq!(message.soap_action, None);
        }
    }
    let fault = Fault { code: FaultCode::Client, reason: "x".into() };
    let soap_11 = String::from_utf8(soap::write_fault(Version::V11, &fault).body).expect("UTF-8");
    assert!(soap_11.contains("<faultcode>SOAP-ENV:Client</faultcode><faultstring>x</faultstring>"), "{soap_11}");
    let soap_12 = String::from_utf8(soap::write_fault(Version::V12, &fault).body).expect("UTF-8");
    assert!(soap_12.contains("<env:Code><env:Value>env:Sender</env:Value></env:Code>"), "{soap_12}");
    assert!(soap_12.contains("<env:Reason><env:Text xml:lang=\"en\">x</env:Text></env:Reason>"), "{soap_12}");
}

#[test]
fn what_is_no_answer_is_not_understood() {
    for body in [
        "",
        " \r\n",
        "OK",
        "<html><head><title>404 Not Found</title></head><body><br></body></html>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0//EN\"><html>&nbsp;</html>",
        "{\"error\":1}",
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"/>",
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body/></soap:Envelope>",
        "<soap:Envelope xmlns:soap=\"urn:other\"><soap:Body><a/></soap:Body></soap:Envelope>",
        "<soap:Envelope><soap:Body><a/></soap:Body></soap:Envelope>",
    ] {
        let read = soap::read_answer(body.as_bytes(), Some("text/html"));
        assert!(matches!(read, Err(DecodeError::NotUnderstood(_))), "{body}: {read:?}");
    }
}

#[test]
fn broken_xml_is_named_as_such() {
    let plain = response("<return>x</return>");
    let truncated = &plain[..plain.len() - 12];
    for body in [truncated, &plain.replace("<return>", "<return a=b>"), &plain.replace(">x<", ">&copy;<")] {
        let read = soap::read_answer(body.as_bytes(), None);
        assert!(matches!(read, Err(DecodeError::Xml(_))), "{body}: {read:?}");
    }
    for tag in ["<1a/>", "<a\"b/>", "<a:/>", "<a:b:c/>", "<a -b=\"\"/>", "<a b=\"1\" b=\"2\"/>"] {
        let read = soap::read_answer(plain.replace(">x<", &format!(">{tag}<")).as_bytes(), None);
        assert!(matches!(read, Err(DecodeError::Xml(_))), "{tag}: {read:?}");
    }
    let doctype = plain.replace("?>\n", "?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n");
    assert_eq!(soap::read_answer(doctype.as_bytes(), None), Err(DecodeError::Doctype));
}
