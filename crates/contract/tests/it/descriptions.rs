//! WSDLs: ours as written, everybody's as read.

use crate::support::{self, captured, file};
use uncall_contract::{
    DecodeError, Operation, Request,
    soap::{self, Style, Version},
    wsdl::{self, Description},
};

fn read(wsdl: &str) -> Description {
    wsdl::read(wsdl.as_bytes(), Some("text/xml")).unwrap_or_else(|error| panic!("{wsdl}: {error}"))
}

/// A WSDL with popEvent only, made of its parts.
fn of(types: &str, message: &str, bindings: &str, service: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" \
         xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:s12=\"http://schemas.xmlsoap.org/wsdl/soap12/\" \
         xmlns:http=\"http://schemas.xmlsoap.org/wsdl/http/\" xmlns:x=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:t=\"urn:t\" xmlns:o=\"urn:other\" targetNamespace=\"urn:t\"><w:types>{types}</w:types>\
         <w:message name=\"in\">{message}</w:message><w:message name=\"out\"/><w:portType name=\"P\"><w:operation \
         name=\"popEvent\"><w:input message=\"t:in\"/><w:output message=\"t:out\"/></w:operation></w:portType>\
         {bindings}<w:service name=\"S\">{service}</w:service></w:definitions>"
    )
}

const RPC_MESSAGE: &str = "<w:part name=\"strExten\" type=\"x:string\"/>";
const DOCUMENT_MESSAGE: &str = "<w:part name=\"parameters\" element=\"o:PopEventRequest\"/>";
const PORT: &str = "<w:port name=\"p\" binding=\"t:B\"><s:address location=\"http://pbx/api\"/></w:port>";

/// A SOAP 1.1 binding `B`.
fn binding(style: &str, operation: &str, body: &str) -> String {
    format!(
        "<w:binding name=\"B\" type=\"t:P\"><s:binding {style} transport=\"http://schemas.xmlsoap.org/soap/http\"/>\
         <w:operation name=\"popEvent\"><s:operation {operation}/><w:input><s:body {body}/></w:input></w:operation></w:binding>"
    )
}

fn document_with(schema: &str) -> soap::Binding {
    let bindings = binding("style=\"document\"", "soapAction=\"urn:a\"", "use=\"literal\"");
    let description = read(&of(schema, DOCUMENT_MESSAGE, &bindings, PORT));
    description.binding(Operation::Current).expect("offered").clone()
}

#[test]
fn ours_is_as_in_its_golden_file_and_is_read_back() {
    let address = "http://pbx.example/uncall_services_api/index.php";
    let written = wsdl::write(address);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(format!("{}/tests/golden/uncall.wsdl", env!("CARGO_MANIFEST_DIR")), &written).expect("written");
    }
    let golden = String::from_utf8(file("golden/uncall.wsdl")).expect("UTF-8");
    assert_eq!(written, golden.replace("\r\n", "\n"));
    let description = read(&written);
    assert_eq!(description.address, address);
    assert_eq!(description.operations.len(), 13);
    for (operation, binding) in &description.operations {
        assert_eq!(*binding, support::binding(*operation, Style::DocumentLiteral, Version::V11));
    }
}

#[test]
fn ours_has_what_foreign_clients_need() {
    let written = wsdl::write("http://x/?a=1&b=\"<>");
    assert!(written.contains("<soap:address location=\"http://x/?a=1&amp;b=&quot;&lt;&gt;\"/>"));
    assert_eq!(read(&written).address, "http://x/?a=1&b=\"<>");
    assert!(!written.contains("soap12"), "gSOAP switches to SOAP 1.2 when its namespace is declared");
    assert!(!written.contains("complexType name="), "anonymous types only");
    assert_eq!(written.matches("name=\"parameters\"").count(), 26);
    assert!(written.contains("<xsd:element name=\"strActionID\" type=\"xsd:string\" minOccurs=\"0\"/>"));
    assert!(written.contains("elementFormDefault=\"qualified\""));
}

#[test]
fn rpc_takes_names_from_the_message_and_the_namespace_from_the_body() {
    let bindings = binding(
        "style=\"rpc\"",
        "soapAction=\"urn:t#Uncall#popEvent\"",
        "use=\"encoded\" namespace=\"http://pbx/api\"",
    );
    let description = read(&of("", "<w:part name=\"exten\" type=\"x:string\"/>", &bindings, PORT));
    assert_eq!(description.address, "http://pbx/api");
    let known = description.binding(Operation::Current).expect("offered");
    assert_eq!((known.version, known.style, known.qualified), (Version::V11, Style::RpcEncoded, false));
    assert_eq!((known.wrapper.as_str(), known.namespace.as_str()), ("popEvent", "http://pbx/api"));
    assert_eq!(
        (known.action.as_str(), known.parameters.as_slice()),
        ("urn:t#Uncall#popEvent", ["exten".to_owned()].as_slice())
    );
    assert_eq!(description.operations.len(), 1, "what is not offered is absent");
    let literal = binding("", "style=\"rpc\"", "use=\"literal\"");
    let known = read(&of("", RPC_MESSAGE, &literal, PORT));
    let known = known.binding(Operation::Current).expect("offered");
    assert_eq!((known.style, known.namespace.as_str(), known.action.as_str()), (Style::RpcLiteral, "urn:t", ""));
    let message = "<w:part name=\"head\" type=\"x:string\"/><w:part name=\"body\" type=\"x:string\"/>";
    let parts = read(&of("", message, &binding("style=\"rpc\"", "", "use=\"literal\" parts=\"body\""), PORT));
    assert_eq!(parts.binding(Operation::Current).expect("offered").parameters, ["body"]);
}

#[test]
fn document_parameters_through_every_kind_of_type() {
    let sequence = "<x:sequence><x:element name=\"Exten\" type=\"x:string\"/></x:sequence>";
    let schema =
        |form: &str, content: &str| format!("<x:schema targetNamespace=\"urn:other\" {form}>{content}</x:schema>");
    let qualified = "elementFormDefault=\"qualified\"";
    let anonymous =
        format!("<x:element name=\"PopEventRequest\"><x:complexType>{sequence}</x:complexType></x:element>");
    let named = format!(
        "<x:element name=\"PopEventRequest\" type=\"o:T\"/><x:complexType name=\"T\">{sequence}</x:complexType>"
    );
    let extended = format!(
        "<x:element name=\"PopEventRequest\" type=\"o:U\"/><x:complexType name=\"U\"><x:complexContent><x:extension \
         base=\"o:T\"/></x:complexContent></x:complexType><x:complexType name=\"T\">{sequence}</x:complexType>"
    );
    let grouped = format!(
        "<x:group name=\"G\">{sequence}</x:group><x:element name=\"PopEventRequest\"><x:complexType><x:all><x:group \
         ref=\"o:G\"/></x:all></x:complexType></x:element>"
    );
    for content in [&anonymous, &named, &extended, &grouped] {
        let known = document_with(&schema(qualified, content));
        assert_eq!((known.style, known.qualified), (Style::DocumentLiteral, true), "{content}");
        assert_eq!((known.wrapper.as_str(), known.namespace.as_str()), ("PopEventRequest", "urn:other"));
        assert_eq!((known.parameters, known.action), (vec!["Exten".to_owned()], "urn:a".to_owned()));
        assert!(!document_with(&schema("", content)).qualified, "{content}");
    }
    let form = anonymous.replace("type=\"x:string\"", "type=\"x:string\" form=\"qualified\"");
    assert!(document_with(&schema("", &form)).qualified);
    let unqualified = form.replace("form=\"qualified\"", "form=\"unqualified\"");
    assert!(!document_with(&schema(qualified, &unqualified)).qualified);
    let reference = anonymous.replace("name=\"Exten\" type=\"x:string\"", "ref=\"o:Exten\"");
    let known = document_with(&schema("", &reference));
    assert_eq!((known.qualified, known.parameters), (true, vec!["Exten".to_owned()]));
}

#[test]
fn imports_within_the_document_are_followed_and_others_ignored() {
    let element = "<x:element name=\"PopEventRequest\" type=\"i:T\"/>";
    let types = "<x:complexType name=\"T\"><x:sequence><x:element name=\"Exten\"/></x:sequence></x:complexType>";
    let schemas = format!(
        "<x:schema targetNamespace=\"urn:decoy\"><x:complexType name=\"T\"/></x:schema>\
         <x:schema targetNamespace=\"urn:other\" xmlns:i=\"urn:i\" elementFormDefault=\"qualified\"><x:import \
         namespace=\"urn:i\"/><x:include schemaLocation=\"http://elsewhere/x.xsd\"/>{element}</x:schema><x:schema \
         targetNamespace=\"urn:i\" elementFormDefault=\"qualified\">{types}</x:schema>"
    );
    assert_eq!(document_with(&schemas).parameters, ["Exten"]);
    let elsewhere =
        "<x:schema><x:import namespace=\"urn:other\" schemaLocation=\"http://elsewhere/x.xsd\"/></x:schema>";
    let known = document_with(elsewhere);
    assert_eq!((known.parameters, known.qualified), (vec!["strExten".to_owned()], true), "the vendor's names");
    assert_eq!((known.wrapper.as_str(), known.namespace.as_str()), ("PopEventRequest", "urn:other"));
}

#[test]
fn types_in_a_ring_end() {
    let ring: String = (0..40)
        .map(|at| {
            let all: String = (0..40).map(|to| format!("<x:extension base=\"o:T{to}\"/>")).collect();
            format!("<x:complexType name=\"T{at}\">{all}</x:complexType>")
        })
        .collect();
    let schema = format!(
        "<x:schema targetNamespace=\"urn:other\"><x:element name=\"PopEventRequest\" type=\"o:T0\"/>{ring}</x:schema>"
    );
    assert_eq!(document_with(&schema).parameters, ["strExten"]);
}

#[test]
fn of_several_ports_the_soap_11_one_with_most_operations() {
    let original = String::from_utf8(file("wire/document-literal/uncall.wsdl")).expect("UTF-8");
    let small = "<wsdl:binding name=\"Small\" type=\"tns:UncallSoap\"><soap:binding style=\"rpc\"/><wsdl:operation \
                 name=\"popEvent\"/></wsdl:binding>";
    let get = "<wsdl:binding name=\"Get\" type=\"tns:UncallSoap\"><http:binding \
               xmlns:http=\"http://schemas.xmlsoap.org/wsdl/http/\" verb=\"GET\"/><wsdl:operation name=\"popEvent\"/></wsdl:binding>";
    let jms = "<wsdl:binding name=\"Jms\" type=\"tns:UncallSoap\"><soap:binding transport=\"http://x/jms\"/><wsdl:operation \
               name=\"popEvent\"/></wsdl:binding>";
    let soap12 = original
        [original.find("<wsdl:binding").expect("a binding")..original.find("<wsdl:service").expect("a service")]
        .replace("\"UncallSoap\"", "\"Soap12\"")
        .replace("<soap:", "<soap12:");
    let port = |name: &str| {
        format!(
            "<wsdl:port name=\"{name}\" binding=\"tns:{name}\"><soap:address location=\"http://{name}/\"/></wsdl:port>"
        )
    };
    let with = |bindings: &str, services: &str| {
        let bindings = format!("{bindings}<wsdl:service");
        let declared = original.replacen(
            "<wsdl:definitions",
            "<wsdl:definitions xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\"",
            1,
        );
        let (before, _) = declared.split_once("<wsdl:service").expect("a service");
        let document = format!("{before}{bindings} name=\"A\">{services}</wsdl:service></wsdl:definitions>");
        read(&document)
    };
    let all = format!("{small}{get}{jms}{soap12}");
    let every = ["Small", "Get", "Soap12", "UncallSoap", "Jms", "Missing"].map(port).concat();
    let chosen = with(&all, &every);
    assert_eq!((chosen.address.as_str(), chosen.operations.len()), ("http://UncallSoap/", 13));
    let split = every.replace(
        "<wsdl:port name=\"UncallSoap\"",
        "</wsdl:service><wsdl:service name=\"B\"><wsdl:port name=\"UncallSoap\"",
    );
    assert_eq!(with(&all, &split).address, "http://UncallSoap/", "in another service");
    let small_and_12 = with(&all, &[port("Small"), port("Soap12")].concat());
    assert_eq!((small_and_12.address.as_str(), small_and_12.operations.len()), ("http://Small/", 1));
    let only_12 = with(&all, &[port("Get"), port("Soap12"), port("Jms")].concat());
    let binding = only_12.binding(Operation::Dial).expect("offered");
    assert_eq!((only_12.address.as_str(), binding.version), ("http://Soap12/", Version::V12));
    assert_eq!(binding.action, "http://tempuri.org/OnClickCall");
}

#[test]
fn addresses_stay_as_they_are() {
    let bindings = binding("style=\"rpc\"", "", "use=\"literal\"");
    let with = |service: &str| read(&of("", RPC_MESSAGE, &bindings, service)).address;
    assert_eq!(
        with("<w:port binding=\"t:B\"><s:address location=\" index.php?a=1&amp;b=2 \"/></w:port>"),
        "index.php?a=1&b=2"
    );
    for nothing in ["<w:port binding=\"t:B\"><s:address location=\"\"/></w:port>", "<w:port binding=\"t:B\"/>", ""] {
        assert_eq!(with(nothing), "", "{nothing}");
    }
}

#[test]
fn names_in_other_letter_case_go_on_the_wire_unchanged() {
    let original = String::from_utf8(file("wire/rpc-encoded/uncall.wsdl")).expect("UTF-8");
    let lower = original.replace("popEvent", "popevent").replace("strExten", "strexten");
    let description = read(&lower);
    let binding = description.binding(Operation::Current).expect("offered");
    assert_eq!(
        (binding.wrapper.as_str(), binding.parameters.as_slice()),
        ("popevent", ["strexten".to_owned()].as_slice())
    );
    let message = soap::write_request(&Request::Current { exten: "801".into() }, binding);
    let body = String::from_utf8(message.body).expect("UTF-8");
    assert!(
        body.contains("<ns1:popevent ") && body.contains("<strexten xsi:type=\"xsd:string\">801</strexten>"),
        "{body}"
    );
    let both = original.replacen(
        "<operation name=\"UncallWorld\">",
        "<operation name=\"POPEVENT\"/><operation name=\"UncallWorld\">",
        2,
    );
    assert_eq!(read(&both).binding(Operation::Current).expect("offered").wrapper, "popEvent", "exactly comes first");
}

#[test]
fn rubbish_around_a_wsdl() {
    let response = captured("wire/document-literal/76-get-wsdl.response.http");
    let plain = String::from_utf8(response.body).expect("UTF-8");
    for (before, behind) in
        [("\u{feff}", ""), ("\r\n\r\n", "\r\n"), ("<br /><b>Notice</b>: x & y<br />\n", "<!-- x --></html>")]
    {
        assert_eq!(read(&format!("{before}{plain}{behind}")).operations.len(), 13, "{before:?}");
    }
}

#[test]
fn what_is_no_wsdl_of_ours_is_not_understood() {
    let none = of("", RPC_MESSAGE, &binding("", "", "").replace("popEvent", "other"), PORT);
    let only_get = of("", RPC_MESSAGE, &binding("", "", "").replace("s:", "http:"), PORT);
    for text in
        ["", "<html/>", "<definitions/>", "<description xmlns=\"http://www.w3.org/ns/wsdl\"/>", &none, &only_get]
    {
        let read = wsdl::read(text.as_bytes(), None);
        assert!(matches!(read, Err(DecodeError::NotUnderstood(_))), "{text}: {read:?}");
    }
    let doctype = wsdl::write("x").replace("?>\n", "?><!DOCTYPE wsdl [<!ENTITY e \"x\">]>");
    assert_eq!(wsdl::read(doctype.as_bytes(), None), Err(DecodeError::Doctype));
}

#[test]
fn hostile_names_and_actions_stay_out_of_tags_and_headers() {
    let hostile = binding(
        "style=\"rpc\"",
        "soapAction=\"a&#13;&#10;Evil: 1&quot;; &#228;\"",
        "use=\"encoded\" namespace=\"u&quot;&gt;\"",
    );
    let message = "<w:part name=\"a&gt;&lt;b\" type=\"x:string\"/>";
    let description = read(&of("", message, &hostile, PORT));
    let binding = description.binding(Operation::Current).expect("offered");
    assert_eq!(binding.parameters, ["strExten"]);
    let message = soap::write_request(&Request::Current { exten: "<801>".into() }, binding);
    assert_eq!(message.soap_action.as_deref(), Some("\"aEvil:1;\""));
    let incoming = soap::read_request(&message.body, None).expect("well-formed");
    assert_eq!(incoming.dialect.namespace, "u\">");
    assert_eq!(incoming.request, Request::Current { exten: "<801>".into() });
    let mut soap_12 = binding.clone();
    soap_12.version = Version::V12;
    let message = soap::write_request(&Request::Current { exten: "1".into() }, &soap_12);
    assert_eq!(message.content_type, "application/soap+xml; charset=utf-8; action=\"aEvil:1;\"");
    soap_12.action.clear();
    let message = soap::write_request(&Request::Current { exten: "1".into() }, &soap_12);
    assert_eq!((message.content_type.as_str(), message.soap_action), ("application/soap+xml; charset=utf-8", None));
}

#[test]
fn arguments_in_the_order_of_the_wsdl() {
    let request = Request::Restore { agent: "802".into(), channel: "SIP/802-1".into() };
    let mut binding = support::binding(Operation::Restore, Style::RpcLiteral, Version::V11);
    let written =
        |binding: &soap::Binding| String::from_utf8(soap::write_request(&request, binding).body).expect("UTF-8");
    binding.parameters = vec!["strExten".into(), "other".into(), "STRAGENT".into()];
    assert!(written(&binding).contains("><strExten>SIP/802-1</strExten><STRAGENT>802</STRAGENT><"));
    binding.parameters = vec!["in0".into(), "in1".into()];
    assert!(written(&binding).contains("><in0>802</in0><in1>SIP/802-1</in1><"));
    binding.parameters = Vec::new();
    binding.namespace = String::new();
    binding.action = String::new();
    assert!(
        written(&binding)
            .contains("<restoreCalling><strAgent>802</strAgent><strExten>SIP/802-1</strExten></restoreCalling>")
    );
    assert_eq!(soap::write_request(&request, &binding).soap_action.as_deref(), Some("\"\""));
}
