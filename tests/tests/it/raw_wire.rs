//! What clients of this family need from a server (`docs/api.md`), as bytes on the wire.

use anyhow::Result;
use uncall_tests::{
    envelope::{apart, returned},
    gateway::Gateway,
    wire::{self, Connection, Response},
    working_day::{dialled, no_call, refusal},
};

const PATH: &str = "/uncall_services_api/index.php";
const OURS: &str = "urn:uncall";
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
const TEXT_XML: &str = "Content-Type: text/xml; charset=utf-8\r\n";

/// A document/literal popEvent, as a C# proxy writes it.
fn pop_event() -> String {
    soap(SOAP_11, &format!("<popEvent xmlns=\"{OURS}\"><strExten>801</strExten></popEvent>"))
}

fn soap(version: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{version}\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

async fn post(gateway: &Gateway, headers: &str, body: &str) -> Result<Response> {
    wire::post(gateway.address, PATH, headers, body.as_bytes()).await
}

/// The answer to `pop_event()` when nothing rings, in document/literal.
fn assert_no_call(response: &Response) -> Result<()> {
    let answer = returned(response)?;
    assert_eq!((answer.wrapper.as_str(), answer.namespace.as_str()), ("popEventResponse", OURS));
    assert!(answer.element.ends_with("popEventResult"), "{answer:?}");
    assert_eq!(answer.document, no_call());
    Ok(())
}

#[tokio::test]
async fn an_answer_is_plain() -> Result<()> {
    let gateway = Gateway::start().await?;
    for asked in ["", "Accept-Encoding: identity\r\n"] {
        let response = post(&gateway, &format!("{TEXT_XML}{asked}"), &pop_event()).await?;
        assert_no_call(&response)?;
        let head = &response.head;
        assert_eq!(head.header("content-length")?, Some(response.body.len().to_string().as_str()));
        for absent in ["content-encoding", "transfer-encoding", "location"] {
            assert_eq!(head.header(absent)?, None, "{head:?}");
        }
        let text = response.text()?;
        assert!(text.starts_with('<') && !text.contains("<![CDATA["), "no BOM, no CDATA: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn the_body_may_wait_for_100_continue() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut connection = Connection::open(gateway.address).await?;
    let (host, body) = (gateway.address, pop_event());
    let length = body.len();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {host}\r\n{TEXT_XML}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.send(head.as_bytes()).await?;
    assert_eq!(connection.head().await?.status, 100);
    connection.send(body.as_bytes()).await?;
    assert_no_call(&connection.response().await?)
}

#[tokio::test]
async fn a_connection_is_kept_until_close_is_asked_for() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut connection = Connection::open(gateway.address).await?;
    let (host, body) = (gateway.address, pop_event());
    let length = body.len();
    for last in [false, false, true] {
        let close = if last { "Connection: close\r\n" } else { "" };
        let head = format!("POST {PATH} HTTP/1.1\r\nHost: {host}\r\n{TEXT_XML}{close}Content-Length: {length}\r\n\r\n");
        connection.send(&[head.as_bytes(), body.as_bytes()].concat()).await?;
        let response = connection.response().await?;
        assert_no_call(&response)?;
        assert_eq!(response.head.header("connection")?, last.then_some("close"));
    }
    connection.closed().await
}

#[tokio::test]
async fn a_chunked_request_is_read() -> Result<()> {
    let gateway = Gateway::start().await?;
    let (host, body) = (gateway.address, pop_event());
    let (first, second) = body.split_at(17);
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {host}\r\n{TEXT_XML}Transfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    assert_no_call(&wire::exchange(gateway.address, request.as_bytes()).await?)
}

#[tokio::test]
async fn the_address_in_the_wsdl_is_the_one_that_was_asked() -> Result<()> {
    let gateway = Gateway::start().await?;
    for host in ["192.168.160.211", "pbx.example:8088", "[::1]:8088", "localhost"] {
        let request = format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let response = wire::exchange(gateway.address, request.as_bytes()).await?;
        assert_eq!(response.head.status, 200);
        assert_eq!(response.head.header("content-type")?, Some("text/xml; charset=utf-8"));
        let wsdl = response.text()?;
        assert!(wsdl.contains(&format!("location=\"http://{host}{PATH}\"")), "{host}: {wsdl}");
    }
    Ok(())
}

#[tokio::test]
async fn a_strangers_forwarded_host_is_not_believed() -> Result<()> {
    let gateway = Gateway::start().await?;
    let request = format!(
        "GET {PATH}?wsdl HTTP/1.1\r\nHost: pbx.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n\r\n"
    );
    let response = wire::exchange(gateway.address, request.as_bytes()).await?;
    let wsdl = response.text()?;
    assert!(wsdl.contains(&format!("location=\"http://pbx.example{PATH}\"")), "{wsdl}");
    assert!(!wsdl.contains("evil.example"), "{wsdl}");
    Ok(())
}

#[tokio::test]
async fn a_host_with_markup_never_reaches_the_wsdl() -> Result<()> {
    let gateway = Gateway::start().await?;
    let request = format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: a\"/><evil x=\"\r\n\r\n");
    let response = wire::exchange(gateway.address, request.as_bytes()).await?;
    assert!(!response.text()?.contains("<evil"), "{response:?}");
    Ok(())
}

#[tokio::test]
async fn the_wsdl_has_the_shape_that_foreign_generators_take() -> Result<()> {
    let gateway = Gateway::start().await?;
    let response = wire::get(gateway.address, &format!("{PATH}?wsdl")).await?;
    let wsdl = response.text()?;
    // Parts named otherwise, and the C# proxy gets no `string popEvent(string)`.
    assert_eq!(wsdl.matches("<wsdl:part name=\"parameters\" element=").count(), 26, "{wsdl}");
    assert!(wsdl.contains("<soap:binding style=\"document\"") && !wsdl.contains("style=\"rpc\""), "{wsdl}");
    // gSOAP switches to SOAP 1.2 as soon as its namespace is declared.
    assert!(!wsdl.contains("http://schemas.xmlsoap.org/wsdl/soap12/"), "{wsdl}");
    // The stream comes first: panels of version 0.1 read one link and no more.
    assert_eq!(
        response.head.headers("link"),
        [
            "</uncall_services_api/events>; rel=\"uncall-events\"",
            "</uncall_services_api/index.php#arguments>; rel=\"uncall-arguments\"",
            "</uncall_services_api/queues>; rel=\"uncall-queues\"",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn any_soap_action_or_none() -> Result<()> {
    let gateway = Gateway::start().await?;
    for action in
        ["", "SOAPAction:\r\n", "SOAPAction: \"\"\r\n", "SOAPAction: \"hangUp\"\r\n", "SOAPAction: urn:a#b\r\n"]
    {
        assert_no_call(&post(&gateway, &format!("{TEXT_XML}{action}"), &pop_event()).await?)?;
    }
    Ok(())
}

#[tokio::test]
async fn requests_as_generators_write_them() -> Result<()> {
    let gateway = Gateway::start().await?;
    let encoding = "http://schemas.xmlsoap.org/soap/encoding/";
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"";
    let envelopes = [
        // An empty header.
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_11}\"><s:Header/><s:Body><u:popEvent xmlns:u=\"{OURS}\"><u:strExten>801</u:strExten></u:popEvent></s:Body></s:Envelope>"
        ),
        // Two prefixes for one namespace (suds).
        format!(
            "<S:Envelope xmlns:ns0=\"{OURS}\" xmlns:ns1=\"{SOAP_11}\" xmlns:S=\"{SOAP_11}\"><S:Header/><ns1:Body><ns0:popEvent><ns0:strExten>801</ns0:strExten></ns0:popEvent></ns1:Body></S:Envelope>"
        ),
        // encodingStyle on the envelope, on the body, on the wrapper; xsi:type on a qualified argument (gSOAP, suds).
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_11}\" s:encodingStyle=\"{encoding}\"><s:Body><popEvent xmlns=\"{OURS}\"><strExten>801</strExten></popEvent></s:Body></s:Envelope>"
        ),
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_11}\"><s:Body s:encodingStyle=\"{encoding}\"><popEvent xmlns=\"{OURS}\"><strExten>801</strExten></popEvent></s:Body></s:Envelope>"
        ),
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_11}\" {xsi}><s:Body><popEvent xmlns=\"{OURS}\" s:encodingStyle=\"{encoding}\"><strExten xsi:type=\"xsd:string\">801</strExten></popEvent></s:Body></s:Envelope>"
        ),
        // White space and comments between everything, CDATA, a BOM.
        format!(
            "\u{feff}<?xml version=\"1.0\"?>\r\n<!-- c -->\r\n<s:Envelope xmlns:s=\"{SOAP_11}\">\r\n <s:Body>\r\n  <popEvent xmlns=\"{OURS}\">\r\n   <strExten><![CDATA[801]]></strExten>\r\n  </popEvent>\r\n </s:Body>\r\n</s:Envelope>\r\n"
        ),
    ];
    for envelope in envelopes {
        let response = post(&gateway, TEXT_XML, &envelope).await?;
        assert_no_call(&response).map_err(|error| error.context(envelope))?;
    }
    Ok(())
}

#[tokio::test]
async fn an_action_id_may_be_given_empty_absent_or_nil() -> Result<()> {
    let gateway = Gateway::start().await?;
    let nil = "<strActionID xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>";
    let rows = [
        ("<strActionID>a &amp; b</strActionID>", "a & b"),
        ("<strActionID></strActionID>", ""),
        ("<strActionID/>", ""),
        ("", ""),
        (nil, ""),
    ];
    for (argument, echo) in rows {
        let arguments = format!("<strExten>801</strExten><strToTel>10010</strToTel>{argument}");
        let dial = soap(SOAP_11, &format!("<OnClickCall xmlns=\"{OURS}\">{arguments}</OnClickCall>"));
        let answer = returned(&post(&gateway, TEXT_XML, &dial).await?)?;
        assert_eq!(answer.document, dialled("1", "Success", echo, "Originate successfully queued"), "{argument}");
        gateway.phone("extensions/801/decline").await?;
    }
    Ok(())
}

#[tokio::test]
async fn soap_12_is_answered_in_soap_12() -> Result<()> {
    let gateway = Gateway::start().await?;
    let body = soap(SOAP_12, &format!("<hangUp xmlns=\"{OURS}\"><strAgent>899</strAgent></hangUp>"));
    let media = "Content-Type: application/soap+xml; charset=utf-8; action=\"urn:uncall#hangUp\"\r\n";
    let response = post(&gateway, media, &body).await?;
    let text = response.text()?;
    assert_eq!(response.head.status, 200, "{text}");
    let media = response.head.header("content-type")?.unwrap_or_default();
    assert!(media.starts_with("application/soap+xml"), "{media}");
    assert!(text.contains(SOAP_12) && !text.contains(SOAP_11), "{text}");
    assert_eq!(apart(text)?.document, refusal("hangUp", "agent not in use"));
    Ok(())
}

#[tokio::test]
async fn what_is_no_call_is_a_fault() -> Result<()> {
    let gateway = Gateway::start().await?;
    let doctype = format!("<!DOCTYPE a [<!ENTITY e \"801\">]>{}", pop_event().replace("801", "&e;"));
    let bodies = [
        String::new(),
        "<a/>".into(),
        "not XML".into(),
        pop_event().replace("</s:Body>", ""),
        soap(SOAP_11, ""),
        soap(SOAP_11, &format!("<popEvents xmlns=\"{OURS}\"><strExten>801</strExten></popEvents>")),
        soap(SOAP_11, &format!("<popEvent xmlns=\"{OURS}\"/>")),
        soap(SOAP_11, &format!("<OnClickCall xmlns=\"{OURS}\"><strExten>801</strExten></OnClickCall>")),
        doctype.replacen("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "", 1),
    ];
    for body in bodies {
        let response = post(&gateway, TEXT_XML, &body).await?;
        let text = response.text()?;
        assert_eq!(response.head.status, 500, "{body}: {text}");
        assert_eq!(response.head.header("content-type")?, Some("text/xml; charset=utf-8"));
        assert!(text.contains("Fault>") && text.contains("Client</faultcode>"), "{body}: {text}");
        assert!(!text.contains("uncall&gt;"), "{body}: {text}");
    }
    // Nothing of this shook the service.
    assert_no_call(&post(&gateway, TEXT_XML, &pop_event()).await?)
}
