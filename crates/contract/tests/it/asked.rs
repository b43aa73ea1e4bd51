//! Requests at the server: dialects, arguments, headers, faults.

use crate::support::envelope;
use uncall_contract::{
    Operation, Request,
    soap::{self, Dialect, Fault, FaultCode, Incoming, Style, Version},
};

fn read(body: &str) -> Incoming {
    soap::read_request(body.as_bytes(), Some("text/xml")).unwrap_or_else(|fault| panic!("{body}: {fault:?}"))
}

fn fault(body: &str) -> (Version, Fault) {
    soap::read_request(body.as_bytes(), Some("text/xml")).expect_err(body)
}

fn style(body: &str) -> Style {
    let incoming = read(body);
    assert_eq!(incoming.request, Request::Current { exten: "801".into() }, "{body}");
    incoming.dialect.style
}

fn restore(agent: &str, channel: &str) -> Request {
    Request::Restore { agent: agent.into(), channel: channel.into() }
}

#[test]
fn our_own_wsdls_clients_get_document_literal() {
    let encoded = "soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"";
    for body in [
        "<u:popEvent><u:strExten>801</u:strExten></u:popEvent>".to_owned(),
        "<popEvent xmlns=\"urn:uncall\"><strExten>801</strExten></popEvent>".into(),
        "<u:popEvent><u:strExten xsi:type=\"xsd:string\">801</u:strExten></u:popEvent>".into(),
        format!("<u:popEvent {encoded}><u:strExten>801</u:strExten></u:popEvent>"),
        format!("<u:popEvent><u:strExten {encoded}>801</u:strExten></u:popEvent>"),
        "<a:popEvent xmlns:a=\"urn:uncall\"><b:strExten xmlns:b=\"urn:uncall\">801</b:strExten></a:popEvent>".into(),
    ] {
        assert_eq!(style(&envelope(&body)), Style::DocumentLiteral, "{body}");
    }
    let on_envelope = envelope("<u:popEvent><u:strExten>801</u:strExten></u:popEvent>")
        .replace("<soap:Body>", &format!("<soap:Header/><soap:Body {encoded}>"));
    assert_eq!(style(&on_envelope), Style::DocumentLiteral);
}

#[test]
fn old_proxies_get_rpc() {
    let encoded = "soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"";
    for body in [
        "<u:popEvent><strExten xsi:type=\"xsd:string\">801</strExten></u:popEvent>".to_owned(),
        format!("<u:popEvent {encoded}><strExten>801</strExten></u:popEvent>"),
        "<popEvent xmlns=\"urn:old\"><c-gensym3 xsi:type=\"xsd:string\">801</c-gensym3></popEvent>".into(),
        "<popEvent><in0 xsi:type=\"xsd:string\">801</in0></popEvent>".into(),
        "<m:popEvent xmlns:m=\"http://10.0.0.1/index.php\"><param0 xsi:type=\"xsd:string\">801</param0></m:popEvent>"
            .into(),
    ] {
        assert_eq!(style(&envelope(&body)), Style::RpcEncoded, "{body}");
    }
    let plain = envelope("<u:popEvent><strExten>801</strExten></u:popEvent>");
    assert_eq!(style(&plain.replace("<soap:Body>", &format!("<soap:Body {encoded}>"))), Style::RpcEncoded);
    assert_eq!(style(&plain.replace("<soap:Envelope ", &format!("<soap:Envelope {encoded} "))), Style::RpcEncoded);
    assert_eq!(style(&plain), Style::RpcLiteral);
    assert_eq!(style(&envelope("<popEvent><strExten>801</strExten></popEvent>")), Style::RpcLiteral);
    let foreign = "<popEvent xmlns=\"http://tempuri.org/\"><strExten>801</strExten></popEvent>";
    assert_eq!(style(&envelope(foreign)), Style::DocumentLiteral);
    assert_eq!(read(&envelope(foreign)).dialect.namespace, "http://tempuri.org/");
}

#[test]
fn answers_take_the_namespace_of_the_request() {
    let write = |style, namespace: &str| {
        let dialect = Dialect { version: Version::V11, style, namespace: namespace.into() };
        let message = soap::write_answer(&dialect, Operation::Current, "<a>\r\n");
        assert_eq!(message.content_type, "text/xml; charset=utf-8");
        let body = String::from_utf8(message.body).expect("UTF-8");
        assert!(!body.contains("CDATA") && !body.contains('\u{feff}') && body.contains(">&lt;a&gt;&#13;\n<"), "{body}");
        body
    };
    let body = write(Style::DocumentLiteral, "http://x/?a=1&b=\"2\"");
    assert!(body.contains("xmlns:ns1=\"http://x/?a=1&amp;b=&quot;2&quot;\""), "{body}");
    assert!(body.contains("<ns1:popEventResponse><ns1:popEventResult>"), "{body}");
    let body = write(Style::RpcEncoded, "");
    assert!(body.contains("<popEventResponse SOAP-ENV:encodingStyle=") && !body.contains("ns1"), "{body}");
}

#[test]
fn arguments_by_name_in_any_order_and_namespace() {
    let expected = restore("802", "SIP/802-1");
    for arguments in [
        "<strAgent>802</strAgent><strExten>SIP/802-1</strExten>",
        "<strExten>SIP/802-1</strExten><strAgent>802</strAgent>",
        "<STREXTEN>SIP/802-1</STREXTEN><stragent>802</stragent>",
        "<x:strExten xmlns:x=\"urn:x\">SIP/802-1</x:strExten><strAgent>802</strAgent>",
        "<extra>1</extra><strExten>SIP/802-1</strExten><more><a/></more><strAgent>802</strAgent>",
        "<in0>802</in0><in1>SIP/802-1</in1>",
        "<in0>802</in0><in1>SIP/802-1</in1><in2>extra</in2>",
        "<a href=\"#1\"/><b href=\"#2\"/>",
        "<strAgent><![CDATA[802]]></strAgent><strExten>SIP<!-- x -->/802-1</strExten>",
    ] {
        let body = format!(
            "<u:restoreCalling>{arguments}</u:restoreCalling><multiRef id=\"1\">802</multiRef><multiRef id=\"2\">SIP/802-1</multiRef>"
        );
        assert_eq!(read(&envelope(&body)).request, expected, "{arguments}");
    }
}

#[test]
fn the_action_id_may_be_given_empty_nil_or_absent() {
    let dial = |id: &str| {
        let body =
            format!("<u:OnClickCall><u:strExten>801</u:strExten><u:strToTel>10086</u:strToTel>{id}</u:OnClickCall>");
        let Request::Dial { action_id, .. } = read(&envelope(&body)).request else { panic!("{id}") };
        action_id
    };
    assert_eq!(dial("<u:strActionID>a-1</u:strActionID>"), Some("a-1".into()));
    assert_eq!(dial("<u:strActionID/>"), Some(String::new()));
    assert_eq!(dial("<u:strActionID xsi:nil=\"true\"/>"), None);
    assert_eq!(dial(""), None);
    let positional = envelope("<m:OnClickCall xmlns:m=\"urn:m\"><a>801</a><b>10086</b></m:OnClickCall>");
    let expected = Request::Dial { exten: "801".into(), number: "10086".into(), action_id: None };
    assert_eq!(read(&positional).request, expected);
}

#[test]
fn an_empty_argument_is_there() {
    for empty in ["<strExten/>", "<strExten></strExten>", "<strExten xsi:nil=\"true\"/>"] {
        let request = read(&envelope(&format!("<u:popEvent>{empty}</u:popEvent>"))).request;
        assert_eq!(request, Request::Current { exten: String::new() }, "{empty}");
    }
}

#[test]
fn a_missing_argument_is_a_fault_that_names_it() {
    for (body, name) in [
        ("<u:popEvent/>", "strExten"),
        ("<u:restoreCalling><strExten>SIP/802-1</strExten></u:restoreCalling>", "strAgent"),
        ("<u:transferCall><strAgent>801</strAgent></u:transferCall>", "strExten"),
        ("<u:OnClickCall><u:strExten>801</u:strExten><u:foo>1</u:foo></u:OnClickCall>", "strToTel"),
        ("<u:OnClickCall><in0>801</in0></u:OnClickCall>", "strToTel"),
        ("<u:popEvent><u:foo>801</u:foo></u:popEvent>", "strExten"),
    ] {
        let (version, fault) = fault(&envelope(body));
        assert_eq!((version, fault.code), (Version::V11, FaultCode::Client), "{body}");
        assert!(fault.reason.contains(name), "{body}: {}", fault.reason);
    }
}

#[test]
fn an_unknown_operation_is_a_fault_that_names_it() {
    let (_, unknown) = fault(&envelope("<u:makeCoffee/>"));
    assert_eq!(unknown.code, FaultCode::Client);
    assert!(unknown.reason.contains("makeCoffee"));
    let (_, long) = fault(&envelope(&format!("<u:{}/>", "é".repeat(5000))));
    assert!(long.reason.chars().count() < 120, "{}", long.reason);
    let lower = read(&envelope("<u:popevent><strexten>801</strexten></u:popevent>"));
    assert_eq!(lower.request, Request::Current { exten: "801".into() });
}

#[test]
fn headers_that_must_be_understood() {
    let with = |header: &str| {
        envelope("<u:popEvent><u:strExten>801</u:strExten></u:popEvent>")
            .replace("<soap:Body>", &format!("<soap:Header>{header}</soap:Header><soap:Body>"))
    };
    for header in [
        "",
        "<a/>",
        "<a soap:mustUnderstand=\"0\"/>",
        "<a mustUnderstand=\"1\"/>",
        "<a soap:mustUnderstand=\"1\" soap:actor=\"http://other/proxy\"/>",
    ] {
        assert_eq!(style(&with(header)), Style::DocumentLiteral, "{header}");
    }
    for header in [
        "<a soap:mustUnderstand=\"1\"/>",
        "<a/><b soap:mustUnderstand=\"true\"/>",
        "<a soap:mustUnderstand=\"1\" soap:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"/>",
    ] {
        let (version, fault) = fault(&with(header));
        assert_eq!((version, fault.code), (Version::V11, FaultCode::MustUnderstand), "{header}");
    }
}

#[test]
fn the_version_is_the_envelopes() {
    let body = envelope("<u:popEvent><u:strExten>801</u:strExten></u:popEvent>");
    let soap_12 = body.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(read(&soap_12).dialect.version, Version::V12, "whatever the Content-Type");
    let encoded =
        soap_12.replace("<u:popEvent>", "<u:popEvent soap:encodingStyle=\"http://www.w3.org/2003/05/soap-encoding\">");
    assert_eq!(style(&encoded.replace("u:strExten", "strExten")), Style::RpcEncoded);
    let none = encoded.replace("soap-encoding\"", "soap-envelope/encoding/none\"");
    assert_eq!(style(&none.replace("u:strExten", "strExten")), Style::RpcLiteral);
    let (version, mismatch) = fault(&body.replace("http://schemas.xmlsoap.org/soap/envelope/", "urn:soap13"));
    assert_eq!((version, mismatch.code), (Version::V11, FaultCode::VersionMismatch));
    let broken = soap::read_request(b"<x", Some("application/soap+xml; charset=utf-8")).expect_err("broken");
    assert_eq!((broken.0, broken.1.code), (Version::V12, FaultCode::Client));
}

#[test]
fn what_is_no_request_is_a_fault() {
    let good = envelope("<u:popEvent><u:strExten>801</u:strExten></u:popEvent>");
    assert_eq!(style(&format!("\u{feff}\r\n{good}\r\n<!-- x -->")), Style::DocumentLiteral);
    for body in [
        String::new(),
        "<hello/>".into(),
        "hello".into(),
        envelope(""),
        envelope("text"),
        good.replace("soap:Body", "soap:Leib"),
        format!("{good}<more/>"),
        format!("{good}more"),
        format!("<!DOCTYPE x>{good}"),
        good.replace("801", "&e;"),
        good.replace("<u:strExten>801", "<u:strExten>8<1"),
    ] {
        assert_eq!(fault(&body).1.code, FaultCode::Client, "{body}");
    }
}

#[test]
fn a_reason_of_busy_follows_the_vendors_arguments() {
    let busy = |reason: Option<&str>| Request::Busy { exten: "801".into(), reason: reason.map(str::to_owned) };
    for (more, reason) in [
        ("", None),
        ("<u:strReason/>", None),
        ("<u:strReason>  </u:strReason>", None),
        ("<u:strReason xsi:nil=\"true\"/>", None),
        ("<u:strReason>午餐 &amp; 休息</u:strReason>", Some("午餐 & 休息")),
        ("<strreason>lunch</strreason>", Some("lunch")),
        ("<u:strUid>1.1</u:strUid><u:strReason>lunch</u:strReason>", Some("lunch")),
    ] {
        let body = envelope(&format!("<u:setBuys><u:strExten>801</u:strExten>{more}</u:setBuys>"));
        assert_eq!(read(&body).request, busy(reason), "{more}");
    }
    // Of another verb it is nothing.
    let body = envelope("<u:setIdle><u:strExten>801</u:strExten><u:strReason>x</u:strReason></u:setIdle>");
    assert_eq!(read(&body).request, Request::Idle { exten: "801".into() });
    assert_eq!(busy(Some("x")).as_the_vendor_has_it(), busy(None));
}
