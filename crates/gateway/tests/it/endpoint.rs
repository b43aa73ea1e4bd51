//! The endpoint over real HTTP: WSDL, page, SOAP in its styles, and what is refused.

use crate::support::{Gateway, envelope};
use uncall_contract::soap::{Style, Version};
use uncall_contract::{Operation, Request, inner, limit, soap, wsdl};
use uncall_gateway::Settings;

const PATH: &str = "/uncall_services_api/index.php";

#[tokio::test]
async fn the_wsdl_names_the_address_it_was_asked_at() {
    let gateway = Gateway::controlled().await;
    for query in ["?wsdl", "?WSDL", "?Wsdl=1", "?x=1&wsdl", "?singleWsdl&wsdl="] {
        let answer = gateway.get(&format!("{PATH}{query}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/xml; charset=utf-8")), "{query}");
        assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
        assert_eq!(answer.header("link"), Some("</uncall_services_api/events>; rel=\"uncall-events\""));
        let arguments = "\r\nlink: </uncall_services_api/index.php#arguments>; rel=\"uncall-arguments\"\r\n";
        assert!(answer.head.to_ascii_lowercase().contains(arguments), "{}", answer.head);
        assert!(!answer.text().contains("strUid"), "old proxies stay as they are");
        let description = wsdl::read(&answer.body, answer.header("content-type")).unwrap();
        assert_eq!(description.address, format!("http://{}{PATH}", gateway.address));
        assert_eq!(description.operations.len(), Operation::ALL.len());
    }
}

#[tokio::test]
async fn the_wsdl_does_not_repeat_a_hostile_host() {
    let gateway = Gateway::controlled().await;
    let ask = async |host: &str| {
        let head = format!("GET {PATH}?wsdl HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        let answer = gateway.raw(head.as_bytes()).await;
        assert_eq!(answer.status, 200, "{host}");
        wsdl::read(&answer.body, None).unwrap().address
    };
    assert_eq!(ask("Host: pbx.example:8081\r\n").await, format!("http://pbx.example:8081{PATH}"));
    let own = format!("http://{}{PATH}", gateway.address);
    for host in ["", "Host: a\"><b\r\n", "Host: evil/x?\r\n", "Host: u@h\r\n", "Host: pbx:70000\r\n"] {
        assert_eq!(ask(host).await, own, "{host}");
    }
    assert_eq!(
        ask("Host: pbx\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n").await,
        format!("http://pbx{PATH}")
    );

    let settings = Settings { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..Settings::default() };
    let behind = Gateway::start(true, settings).await;
    let head = format!(
        "GET {PATH}?wsdl HTTP/1.1\r\nHost: inner\r\nX-Forwarded-Host: api.example\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    );
    let answer = behind.raw(head.as_bytes()).await;
    assert_eq!(wsdl::read(&answer.body, None).unwrap().address, format!("https://api.example{PATH}"));
}

#[tokio::test]
async fn http_1_0_is_answered() {
    let gateway = Gateway::controlled().await;
    let answer = gateway.raw(format!("GET {PATH}?wsdl HTTP/1.0\r\n\r\n").as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert!(wsdl::read(&answer.body, None).is_ok());
}

#[tokio::test]
async fn a_plain_get_shows_a_page_for_people() {
    let gateway = Gateway::controlled().await;
    let page = gateway.get(PATH).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for operation in Operation::ALL {
        assert!(page.text().contains(&format!("<b>{}</b>", operation.name())), "{operation:?}");
    }
    assert!(page.text().contains("href=\"?wsdl\"") && !page.text().contains("://"), "self-contained");
    let head =
        gateway.raw(format!("HEAD {PATH}?wsdl HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n\r\n").as_bytes()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for path in ["/", "/uncall_services_api/", "/uncall_services_api/index.php/x", "/sim", "/outbound/index.php"] {
        assert_eq!(gateway.get(path).await.status, 404, "{path}");
    }
    let put = format!("PUT {PATH} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(gateway.raw(put.as_bytes()).await.status, 405);
}

/// What a client of the contract crate writes in each style, it reads the answer to.
#[tokio::test]
async fn every_style_and_version_is_answered_in_kind() {
    let gateway = Gateway::controlled().await;
    let bytes = gateway.get(&format!("{PATH}?wsdl")).await.body;
    let description = wsdl::read(&bytes, None).unwrap();
    let request = Request::Ping { text: "你好 <&> \"x\"".into() };
    let own = description.binding(Operation::Ping).unwrap();
    for version in [Version::V11, Version::V12] {
        for style in [Style::RpcEncoded, Style::RpcLiteral, Style::DocumentLiteral] {
            for namespace in [wsdl::NAMESPACE, "http://tempuri.org/"] {
                let qualified = style == Style::DocumentLiteral;
                let binding = soap::Binding { version, style, qualified, namespace: namespace.into(), ..own.clone() };
                let message = soap::write_request(&request, &binding);
                let answer = gateway.post(PATH, Some(&message.content_type), &message.body).await;
                assert_eq!(answer.status, 200, "{version:?} {style:?}: {}", answer.text());
                let type_of = answer.header("content-type").unwrap();
                let expected = if version == Version::V11 { "text/xml" } else { "application/soap+xml" };
                assert!(type_of.starts_with(expected) && type_of.contains("utf-8"), "{type_of}");
                assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
                let soap::Answer::Return(Some(text)) = soap::read_answer(&answer.body, Some(type_of)).unwrap() else {
                    panic!("{}", answer.text());
                };
                let outcome = inner::read(Operation::Ping, Some(&text)).unwrap();
                assert_eq!(outcome, Ok(uncall_contract::Reply::Pong { text: "你好 <&> \"x\"".into() }));
            }
        }
    }
}

#[tokio::test]
async fn the_query_and_old_content_types_do_not_disturb() {
    let gateway = Gateway::controlled().await;
    let body = envelope("popEvent", &[("strExten", "801")]);
    for content_type in
        [None, Some("text/plain"), Some("application/xml"), Some("text/xml"), Some("application/soap+xml")]
    {
        let answer = gateway.post(&format!("{PATH}?wsdl"), content_type, body.as_bytes()).await;
        assert_eq!(answer.inner(), "<uncall><result>0</result><popEvent></popEvent></uncall>", "{content_type:?}");
    }
    for content_type in ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"] {
        assert_eq!(gateway.post(PATH, Some(content_type), body.as_bytes()).await.status, 415, "{content_type}");
    }
}

#[tokio::test]
async fn what_is_no_request_gets_a_fault() {
    let gateway = Gateway::controlled().await;
    let with_doctype = format!(
        "<!DOCTYPE x [<!ENTITY a \"b\">]>{}",
        envelope("popEvent", &[("strExten", "801")]).split_once("?>").unwrap().1
    );
    let deep = "<a>".repeat(500);
    let bodies = [
        "",
        "not xml",
        "<html></html>",
        &envelope("noSuchOperation", &[]),
        &envelope("popEvent", &[]),
        &envelope("transferCall", &[("strAgent", "801")]),
        &envelope("popEvent", &[("strExten", "801")]).replace("</s:Body>", ""),
        &with_doctype,
        &deep,
    ];
    for body in bodies {
        let answer = gateway.soap(body).await;
        assert_eq!(answer.status, 500, "{body:.80}");
        let fault = soap::read_answer(&answer.body, answer.header("content-type")).unwrap();
        assert!(matches!(fault, soap::Answer::Fault(_)), "{}", answer.text());
    }
    assert!(gateway.get("/metrics").await.text().contains("uncall_faults_total 9\n"));
}

#[tokio::test]
async fn an_argument_that_is_empty_or_nonsense_is_refused_in_the_apis_form() {
    let gateway = Gateway::controlled().await;
    for operation in Operation::ALL {
        if operation == Operation::Ping {
            continue;
        }
        for value in
            ["", "  ", "no such &amp; thing", "../../etc/passwd", "801&#10;Action: Originate", &"9".repeat(5000)]
        {
            let arguments: Vec<(&str, &str)> = operation.parameters().iter().map(|name| (*name, value)).collect();
            let inner = gateway.call(operation.name(), &arguments).await;
            assert!(inner.starts_with("<uncall><result>0</result>"), "{operation:?} {value:?}: {inner}");
        }
    }
    let refused = gateway.call("OnClickCall", &[("strExten", "899"), ("strToTel", "1"), ("strActionID", "a1")]).await;
    assert_eq!(
        refused,
        "<uncall><result>0</result><OnClickCall><Response>Busy</Response><ActionID>a1</ActionID><Message>Busy</Message></OnClickCall></uncall>"
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_however_it_comes() {
    let gateway = Gateway::controlled().await;
    let announced = format!(
        "POST {PATH} HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        limit::DOCUMENT_BYTES + 1
    );
    assert_eq!(gateway.raw(announced.as_bytes()).await.status, 413, "before it is sent");
    let chunk = format!("{:x}\r\n{}\r\n", 256 * 1024, " ".repeat(256 * 1024));
    let chunked = format!(
        "POST {PATH} HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}{chunk}0\r\n\r\n",
        chunk.repeat(4)
    );
    assert_eq!(gateway.raw(chunked.as_bytes()).await.status, 413, "without a length");
    let padded = format!("{}{}", envelope("popEvent", &[("strExten", "801")]), " ".repeat(500_000));
    assert_eq!(gateway.soap(&padded).await.status, 200, "within it");
}

#[tokio::test]
async fn a_client_that_waits_for_100_gets_it() {
    let gateway = Gateway::controlled().await;
    let body = envelope("UncallWorld", &[("text", "x")]);
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = gateway.raw(head.as_bytes()).await;
    assert_eq!(answer.status, 100);
    assert!(
        answer.text().starts_with("HTTP/1.1 200 OK\r\n") && answer.text().contains("UncallWorld:x"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn nothing_is_compressed_or_redirected() {
    let gateway = Gateway::controlled().await;
    let head =
        format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: pbx\r\nAccept-Encoding: gzip, br\r\nConnection: close\r\n\r\n");
    let answer = gateway.raw(head.as_bytes()).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, None));
    assert!(answer.text().starts_with("<?xml"));
}

#[tokio::test]
async fn a_web_page_of_another_site_cannot_act_for_an_agent() {
    let gateway = Gateway::controlled().await;
    let body = envelope("OnClickCall", &[("strExten", "801"), ("strToTel", "13800138000")]);
    let post = async |path: &str, origin: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: pbx:8088\r\nOrigin: {origin}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        gateway.raw(head.as_bytes()).await.status
    };
    assert_eq!(post(PATH, "https://evil.example").await, 403);
    assert_eq!(post("/sim/extensions/801/unregister", "https://evil.example").await, 403);
    let current = gateway.call("popEvent", &[("strExten", "801")]).await;
    assert!(current.contains("<result>0</result>"), "{current}");
    assert_eq!(post(PATH, "http://pbx:8088").await, 200);
    let events = "GET /uncall_services_api/events?exten=801 HTTP/1.1\r\nHost: pbx\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(gateway.raw(events.as_bytes()).await.status, 403);
}
