//! Proxies that were made from another server's WSDL long ago: rpc/encoded, another namespace, arguments by position.

use anyhow::Result;
use uncall_tests::{
    envelope::{Returned, returned},
    foreign::ForeignClient,
    gateway::Gateway,
    wire,
    working_day::{Day, call, dialled, expect, no_call, refusal, success},
};

const PATH: &str = "/uncall_services_api/index.php";
const ENVELOPE: &str = "xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
     xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xmlns:SOAP-ENC=\"http://schemas.xmlsoap.org/soap/encoding/\"";
const ENCODED: &str = "SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"";

async fn asked(gateway: &Gateway, headers: &str, envelope: &str) -> Result<Returned> {
    let headers = format!("Content-Type: text/xml; charset=UTF-8\r\n{headers}");
    let response = wire::post(gateway.address, PATH, &headers, envelope.as_bytes()).await?;
    returned(&response).map_err(|error| error.context(envelope.to_owned()))
}

/// The answer is rpc/encoded, in the namespace of the request.
fn assert_encoded(answer: &Returned, operation: &str, namespace: &str) {
    assert_eq!(
        (answer.wrapper.as_str(), answer.namespace.as_str()),
        (format!("{operation}Response").as_str(), namespace)
    );
    assert_eq!(answer.element, "return xsi:type=\"xsd:string\"");
}

#[tokio::test]
async fn a_php_proxy_of_any_namespace_works_all_day() -> Result<()> {
    for namespace in ["http://192.168.160.211/uncall_services_api/index.php", "urn:UncallService#Uncall"] {
        let gateway = Gateway::start().await?;
        let mut client = ForeignClient::php_old(&gateway.endpoint(), namespace).await?;
        Day::new(&mut client, &gateway).whole().await?;
    }
    Ok(())
}

#[tokio::test]
async fn named_arguments_count_by_name_in_any_order() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut client = ForeignClient::php_old(&gateway.endpoint(), "http://tempuri.org/").await?;
    let dial = [("strActionID", "7"), ("strToTel", "10010"), ("strExten", "801")];
    let answered = client.call_named("OnClickCall", &dial).await?;
    expect("OnClickCall", answered, dialled("1", "Success", "7", "Originate successfully queued"))?;
    let answered = client.call_named("popEvent", &[("strExten", "801")]).await?;
    let uid = gateway_uid(&answered);
    expect("popEvent", answered, call("801", "10010", &uid, "callout"))?;
    let answered = client.call_named("hangUp", &[("strAgent", "801")]).await?;
    expect("hangUp", answered, success("hangUp", "Channel Hungup success"))
}

fn gateway_uid(answered: &uncall_tests::foreign::Answered) -> String {
    let uncall_tests::foreign::Answered::Document(document) = answered else { return String::new() };
    document.pointer("/popEvent/uid").and_then(|uid| uid.as_str()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn nusoap() -> Result<()> {
    let gateway = Gateway::start().await?;
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope {ENCODED} {ENVELOPE} xmlns:ns4821=\"urn:uncallwsdl\">\
         <SOAP-ENV:Body><ns4821:popEvent><strExten xsi:type=\"xsd:string\">801</strExten></ns4821:popEvent>\
         </SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    let answer = asked(&gateway, "SOAPAction: \"urn:uncallwsdl#popEvent\"\r\n", &envelope).await?;
    assert_encoded(&answer, "popEvent", "urn:uncallwsdl");
    assert_eq!(answer.document, no_call());
    Ok(())
}

#[tokio::test]
async fn a_csharp_proxy_of_an_encoded_service() -> Result<()> {
    let gateway = Gateway::start().await?;
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><SOAP-ENV:Envelope {ENVELOPE} \
         xmlns:tns=\"http://192.168.160.211/uncall\" xmlns:types=\"http://192.168.160.211/uncall/encodedTypes\">\
         <SOAP-ENV:Body {ENCODED}><tns:restoreCalling><strAgent xsi:type=\"xsd:string\">801</strAgent>\
         <strExten xsi:type=\"xsd:string\">SIP/801-00000001</strExten></tns:restoreCalling>\
         </SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    let headers = "SOAPAction: \"http://192.168.160.211/uncall_services_api/index.php/restoreCalling\"\r\n";
    let answer = asked(&gateway, headers, &envelope).await?;
    assert_encoded(&answer, "restoreCalling", "http://192.168.160.211/uncall");
    assert_eq!(answer.document, refusal("restoreCalling", "Channel not exist"));
    Ok(())
}

#[tokio::test]
async fn arguments_by_position_whatever_their_names() -> Result<()> {
    let gateway = Gateway::start().await?;
    let uid = gateway.ring("13421829060", "802").await?;
    for name in ["param0", "arg0", "in0", "c-gensym3"] {
        let envelope = format!(
            "<SOAP-ENV:Envelope {ENVELOPE}><SOAP-ENV:Body><m:popEvent xmlns:m=\"urn:old\" {ENCODED}>\
             <{name} xsi:type=\"xsd:string\">802</{name}></m:popEvent></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        );
        let answer = asked(&gateway, "", &envelope).await?;
        assert_encoded(&answer, "popEvent", "urn:old");
        assert_eq!(answer.document, call("13421829060", "802", &uid, "callin"));
    }
    Ok(())
}

#[tokio::test]
async fn two_arguments_by_position_keep_their_places() -> Result<()> {
    let gateway = Gateway::start().await?;
    gateway.ring("13421829060", "802").await?;
    gateway.phone("extensions/802/answer").await?;
    let listen = |first: &str, second: &str| {
        format!(
            "<SOAP-ENV:Envelope {ENVELOPE}><SOAP-ENV:Body {ENCODED}><m:monitorExten xmlns:m=\"urn:old\">\
             <a xsi:type=\"xsd:string\">{first}</a><b xsi:type=\"xsd:string\">{second}</b></m:monitorExten>\
             </SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
    };
    let wrong = asked(&gateway, "", &listen("802", "803")).await?;
    assert_eq!(wrong.document, refusal("monitorExten", "Agent not in use"));
    let right = asked(&gateway, "", &listen("803", "802")).await?;
    assert_encoded(&right, "monitorExten", "urn:old");
    assert_eq!(right.document, success("monitorExten", "Spy or whisper success"));
    Ok(())
}

#[tokio::test]
async fn an_argument_may_stand_behind_a_reference() -> Result<()> {
    let gateway = Gateway::start().await?;
    let envelope = format!(
        "<SOAP-ENV:Envelope {ENVELOPE}><SOAP-ENV:Body {ENCODED}><m:UncallWorld xmlns:m=\"urn:old\">\
         <text href=\"#id0\"/></m:UncallWorld>\
         <multiRef id=\"id0\" SOAP-ENC:root=\"0\" {ENCODED} xsi:type=\"xsd:string\">你好</multiRef>\
         </SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    let answer = asked(&gateway, "SOAPAction: \"\"\r\n", &envelope).await?;
    assert_encoded(&answer, "UncallWorld", "urn:old");
    assert_eq!(answer.document, serde_json::json!({"UncallWorld": {"Response": "UncallWorld:你好"}}));
    Ok(())
}
