//! WSDLs in parts: real ones with zeep as the judge of what they mean, and made ones at the edges.

use std::collections::HashMap;

use proptest::{prelude::*, sample::Index};
use serde_json::Value;
use uncall_contract::{
    DecodeError, Operation, limit,
    soap::{Style, Version},
    wsdl::{self, Description, Documents},
};
use url::Url;

use crate::support::file;

const FOLDERS: [&str; 4] = ["jax-ws", "wcf", "axis2", "by-hand"];

/// A server that has some documents, by path and query.
struct Site {
    root: Url,
    documents: HashMap<String, Vec<u8>>,
}

impl Site {
    /// The documents of a folder of fixtures.
    fn of(folder: &str) -> Site {
        let places = String::from_utf8(file(&format!("wsdl/{folder}/places.txt"))).expect("UTF-8");
        let places: Vec<(Url, &str)> = places
            .lines()
            .map(|line| line.split_once(' ').expect("a place and a file"))
            .map(|(url, name)| (url.parse().expect("a URL"), name))
            .collect();
        let root = places[0].0.clone();
        let documents = places.iter().map(|(url, name)| (place(url), file(&format!("wsdl/{folder}/{name}")))).collect();
        Site { root, documents }
    }

    /// A site at `http://pbx/api?wsdl` with this root, and other documents at the places named.
    fn made(root: &str, others: &[(&str, &str)]) -> Site {
        let url: Url = "http://pbx/api?wsdl".parse().expect("a URL");
        let mut documents: HashMap<String, Vec<u8>> =
            others.iter().map(|(place, text)| ((*place).to_owned(), text.as_bytes().to_vec())).collect();
        documents.insert(place(&url), root.as_bytes().to_vec());
        Site { root: url, documents }
    }

    /// What a client makes of it, and the places that it asked for, in order.
    fn gathered(&self) -> (Result<Description, DecodeError>, Vec<String>) {
        let mut asked = Vec::new();
        let description = self.gather(&mut asked);
        (description, asked)
    }

    fn gather(&self, asked: &mut Vec<String>) -> Result<Description, DecodeError> {
        let mut documents = Documents::begin(&self.root, &self.documents[&place(&self.root)], Some("text/xml"))?;
        loop {
            let wanted = documents.wanted()?;
            if wanted.is_empty() {
                return documents.description();
            }
            for url in wanted {
                assert_eq!(url.origin(), self.root.origin(), "nothing is asked of another server");
                assert!(!asked.contains(&place(&url)), "{url} is asked for twice");
                asked.push(place(&url));
                match self.documents.get(&place(&url)) {
                    Some(bytes) => documents.take(&url, &url, bytes, Some("text/xml"))?,
                    None => documents.unavailable(&url, "status 404"),
                }
            }
        }
    }

    fn description(&self) -> Description {
        let (description, asked) = self.gathered();
        description.unwrap_or_else(|error| panic!("{error}; asked for {asked:?}"))
    }
}

/// Path and query.
fn place(url: &Url) -> String {
    url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
}

/// `{namespace}name`, or the name alone without a namespace.
fn clark(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{{{namespace}}}{name}") }
}

#[test]
fn operations_are_called_as_zeep_calls_them() {
    for folder in FOLDERS {
        let theirs: Value = serde_json::from_slice(&file(&format!("wsdl/{folder}/zeep.json"))).expect("JSON");
        let description = Site::of(folder).description();
        assert_eq!(description.address, theirs["address"], "{folder}");
        assert_eq!(description.operations.len(), 13, "{folder}");
        for (operation, binding) in &description.operations {
            let theirs = &theirs["operations"][operation.name()];
            let case = format!("{folder} {}", operation.name());
            assert_eq!((binding.version, binding.style), (Version::V11, Style::DocumentLiteral), "{case}");
            assert_eq!(clark(&binding.namespace, &binding.wrapper), theirs["wrapper"], "{case}");
            assert_eq!(binding.action, theirs["action"], "{case}");
            let namespace = if binding.qualified { binding.namespace.as_str() } else { "" };
            let arguments: Vec<String> = binding.parameters.iter().map(|name| clark(namespace, name)).collect();
            assert_eq!(Value::from(arguments), theirs["arguments"], "{case}");
        }
    }
}

#[test]
fn each_document_is_asked_for_once_and_only_when_it_is_needed() {
    let asked = |folder: &str| Site::of(folder).gathered().1;
    assert_eq!(asked("jax-ws"), ["/ws/uncall?wsdl=1", "/ws/uncall?xsd=1"]);
    assert_eq!(asked("by-hand"), ["/api/parts/uncall.wsdl", "/api/schemas/uncall.xsd", "/api/schemas/arguments.xsd"]);
    assert_eq!(asked("axis2"), ["/axis2/services/Uncall?xsd=xsd0"]);
    let definitions = ["/Uncall.svc?wsdl=wsdl0", "/Uncall.svc?wsdl=wsdl1"];
    let schemas = ["/Uncall.svc?xsd=xsd0", "/Uncall.svc?xsd=xsd1"];
    assert_eq!(asked("wcf"), [definitions, schemas].concat());

    let complete = String::from_utf8(file("wire/document-literal/uncall.wsdl")).expect("UTF-8");
    let importing = complete
        .replacen("<wsdl:types>", "<wsdl:import namespace=\"urn:x\" location=\"x.wsdl\"/><wsdl:types>", 1)
        .replacen("</xsd:schema>", "<xsd:import namespace=\"urn:y\" schemaLocation=\"y.xsd\"/></xsd:schema>", 1);
    assert_ne!(importing, complete);
    let (description, asked) = Site::made(&importing, &[]).gathered();
    assert_eq!(description, wsdl::read(complete.as_bytes(), None));
    assert_eq!(asked, [""; 0], "a description that is complete costs no request");
}

const NAMESPACES: &str = "xmlns=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
                          xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:a=\"urn:a\" xmlns:b=\"urn:b\"";

/// A WSDL with this target namespace and content.
fn definitions(target: &str, content: &str) -> String {
    format!("<definitions targetNamespace=\"{target}\" {NAMESPACES}>{content}</definitions>")
}

fn import(location: &str) -> String {
    format!("<import namespace=\"urn:b\" location=\"{location}\"/>")
}

const SERVICE: &str =
    "<service name=\"S\"><port name=\"p\" binding=\"b:B\"><s:address location=\"/api\"/></port></service>";

/// A binding, port type and message of popEvent in `urn:b`.
fn binding(style: &str) -> String {
    format!(
        "<binding name=\"B\" type=\"b:P\"><s:binding style=\"{style}\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\
         <operation name=\"popEvent\"><s:operation/><input><s:body use=\"literal\"/></input></operation></binding>"
    )
}

fn port_type(part: &str) -> String {
    format!(
        "<portType name=\"P\"><operation name=\"popEvent\"><input message=\"b:M\"/></operation></portType><message \
         name=\"M\"><part name=\"parameters\" {part}/></message>"
    )
}

fn schema(target: &str, content: &str) -> String {
    format!("<x:schema targetNamespace=\"{target}\" {NAMESPACES}>{content}</x:schema>")
}

const WRAPPER: &str = "<x:element name=\"popEvent\"><x:complexType><x:sequence><x:element name=\"exten\" \
                       type=\"x:string\"/></x:sequence></x:complexType></x:element>";

#[test]
fn rpc_in_parts() {
    let part = definitions("urn:b", &format!("{}{}", binding("rpc"), port_type("type=\"x:string\"")));
    let site = Site::made(&definitions("urn:a", &format!("{}{SERVICE}", import("b.wsdl"))), &[("/b.wsdl", &part)]);
    let description = site.description();
    let binding = description.binding(Operation::Current).expect("offered");
    assert_eq!(
        (binding.style, binding.namespace.as_str()),
        (Style::RpcLiteral, "urn:b"),
        "the binding's own namespace"
    );
    assert_eq!(binding.parameters, ["parameters"]);
    assert_eq!(description.address, "/api");
}

#[test]
fn of_one_name_in_two_namespaces_the_one_that_is_meant() {
    // The root has a port type and a message of these names, too, for another binding.
    let own = port_type("type=\"x:string\"").replace("b:M", "a:M");
    let root = definitions("urn:a", &format!("{}{own}{SERVICE}{}", import("b.wsdl"), binding("document")));
    let root = root.replace("binding=\"b:B\"", "binding=\"a:B\"");
    let types = format!("<types>{}</types>", schema("urn:b", WRAPPER));
    let part = definitions("urn:b", &format!("{types}{}", port_type("element=\"b:popEvent\"")));
    let description = Site::made(&root, &[("/b.wsdl", &part)]).description();
    let binding = description.binding(Operation::Current).expect("offered");
    assert_eq!((binding.style, binding.namespace.as_str()), (Style::DocumentLiteral, "urn:b"));
    assert_eq!((binding.parameters.as_slice(), binding.qualified), (["exten".to_owned()].as_slice(), false));
}

#[test]
fn without_its_port_type_a_document_server_is_not_called_in_another_style() {
    let root = definitions("urn:a", &format!("{}{SERVICE}{}", import("b.wsdl?a=1&amp;b=2"), binding("document")));
    let root = root.replace("binding=\"b:B\"", "binding=\"a:B\"");
    let broken = ["", "<html>404</html>", "<definitions/>", "<!DOCTYPE x><definitions/>", "<definitions"];
    let sites = broken.map(|text| Site::made(&root, &[("/b.wsdl?a=1&b=2", text)]));
    for site in sites.into_iter().chain([Site::made(&root, &[])]) {
        let (description, asked) = site.gathered();
        let Err(DecodeError::NotUnderstood(why)) = description else { panic!("{description:?}") };
        assert!(why.contains("the portType P") && why.contains("http://pbx/b.wsdl?a=1&b=2"), "{why}");
        assert_eq!(asked.len(), 1);
    }
    let site = Site::made(&definitions("urn:a", &format!("{}{SERVICE}", import("b.wsdl"))), &[]);
    let Err(DecodeError::NotUnderstood(why)) = site.gathered().0 else { panic!("no binding at all") };
    assert!(why.contains("the binding B") && why.contains("/b.wsdl: status 404"), "{why}");
}

#[test]
fn without_its_schema_a_wrapper_is_qualified_and_has_the_vendors_names() {
    let types =
        format!("<types>{}</types>", schema("urn:x", "<x:import namespace=\"urn:b\" schemaLocation=\"b.xsd\"/>"));
    let content = format!("{types}{SERVICE}{}{}", binding("document"), port_type("element=\"b:popEvent\""));
    let root = definitions("urn:b", &content);
    let description = Site::made(&root, &[]).description();
    let guessed = description.binding(Operation::Current).expect("offered");
    assert_eq!((guessed.style, guessed.qualified), (Style::DocumentLiteral, true));
    assert_eq!(guessed.parameters, ["strExten"]);
    let description = Site::made(&root, &[("/b.xsd", &schema("urn:b", WRAPPER))]).description();
    let known = description.binding(Operation::Current).expect("offered");
    assert_eq!((known.qualified, known.parameters.as_slice()), (false, ["exten".to_owned()].as_slice()));
    let redefined = schema("urn:b", "<x:redefine schemaLocation=\"c.xsd\"/>");
    let site = Site::made(&root, &[("/b.xsd", &redefined), ("/c.xsd", &schema("urn:b", WRAPPER))]);
    assert_eq!(site.description().binding(Operation::Current), Some(known));
}

#[test]
fn a_schema_imported_as_a_wsdl_is_read() {
    let content = format!("{}{SERVICE}{}{}", import("b.xsd"), binding("document"), port_type("element=\"b:popEvent\""));
    let site = Site::made(&definitions("urn:b", &content), &[("/b.xsd", &schema("urn:b", WRAPPER))]);
    assert_eq!(site.description().binding(Operation::Current).expect("offered").parameters, ["exten"]);
}

#[test]
fn rings_end() {
    let all = format!("{}{}{}", import("/api?wsdl"), import("b.wsdl"), import("http://pbx/api?wsdl#x"));
    let root = definitions("urn:a", &format!("{all}{SERVICE}"));
    let part = definitions("urn:b", &format!("{all}{}{}", import("c.wsdl"), binding("rpc")));
    let site = Site::made(&root, &[("/b.wsdl", &part), ("/c.wsdl", &part)]);
    assert_eq!(site.gathered().1, ["/b.wsdl", "/c.wsdl"]);
    assert_eq!(site.description().operations.len(), 1);
}

#[test]
fn only_this_server_is_asked() {
    for (location, asked) in [
        ("http://CALL01/b.wsdl?x=1#y", Some("/b.wsdl?x=1")),
        ("https://pbx:8443/b.wsdl", Some("/b.wsdl")),
        ("http://user:secret@pbx/b.wsdl", Some("/b.wsdl")),
        ("//evil.example/b.wsdl", Some("/b.wsdl")),
        ("../../b.wsdl", Some("/b.wsdl")),
        (" b.wsdl\n", Some("/b.wsdl")),
        ("", None),
        ("file:///etc/passwd", None),
        ("ftp://pbx/b.wsdl", None),
        ("mailto:x@pbx", None),
        ("http://[::1/b.wsdl", None),
        ("http://schemas.xmlsoap.org/soap/encoding/", None),
        ("https://www.w3.org/2001/xml.xsd", None),
        ("http://notw3.org/b.wsdl", Some("/b.wsdl")),
    ] {
        let root = definitions("urn:a", &format!("{}{SERVICE}", import(location)));
        let documents = Documents::begin(&Site::made("", &[]).root, root.as_bytes(), None).expect("a WSDL");
        let wanted: Vec<String> = documents.wanted().expect("few").iter().map(|url| url.as_str().to_owned()).collect();
        let expected: Vec<String> = asked.into_iter().map(|place| format!("http://pbx{place}")).collect();
        assert_eq!(wanted, expected, "{location}");
    }
}

#[test]
fn a_part_that_came_from_another_server_is_not_taken() {
    let root = definitions("urn:a", &format!("{}{SERVICE}", import("b.wsdl")));
    let address: Url = "http://pbx/api?wsdl".parse().expect("a URL");
    let mut documents = Documents::begin(&address, root.as_bytes(), None).expect("a WSDL");
    let wanted = documents.wanted().expect("few").remove(0);
    let elsewhere: Url = "http://evil.example/b.wsdl".parse().expect("a URL");
    let part = definitions("urn:b", &binding("rpc"));
    documents.take(&wanted, &elsewhere, part.as_bytes(), None).expect("small");
    assert_eq!(documents.wanted(), Ok(Vec::new()));
    assert!(documents.description().is_err());
    assert_eq!(documents.not_had().map(|(url, _)| url.as_str()).collect::<Vec<_>>(), ["http://pbx/b.wsdl"]);
    // What nobody asked for is passed over.
    documents.take(&elsewhere, &elsewhere, part.as_bytes(), None).expect("small");
    assert!(documents.description().is_err());
}

#[test]
fn limits_on_number_depth_and_size() {
    let within = |read: Result<Description, DecodeError>, expected: &str| match read {
        Err(DecodeError::Limit { what, max: _ }) => what == expected,
        other => panic!("{expected}: {other:?}"),
    };
    let many = |count: usize| {
        let imports: String = (0..count).map(|at| import(&format!("{at}.wsdl"))).collect();
        let part = definitions("urn:b", &binding("rpc"));
        Site::made(&definitions("urn:a", &format!("{imports}{SERVICE}")), &[("/0.wsdl", &part)])
    };
    assert!(many(limit::WSDL_DOCUMENTS - 1).gathered().0.is_ok());
    assert!(within(many(limit::WSDL_DOCUMENTS).gathered().0, "documents"));

    let chain = |length: usize| {
        let link = |at: usize| definitions("urn:c", &import(&format!("{}.wsdl", at + 1)));
        let mut links: Vec<(String, String)> = (1..length).map(|at| (format!("/{at}.wsdl"), link(at))).collect();
        links.push((format!("/{length}.wsdl"), definitions("urn:b", &binding("rpc"))));
        let links: Vec<(&str, &str)> = links.iter().map(|(place, text)| (place.as_str(), text.as_str())).collect();
        Site::made(&definitions("urn:a", &format!("{}{SERVICE}", import("1.wsdl"))), &links)
    };
    assert!(chain(limit::WSDL_IMPORTS).gathered().0.is_ok());
    assert!(within(chain(limit::WSDL_IMPORTS + 1).gathered().0, "imports in a row"));

    let heavy = |bytes: usize| {
        let root = definitions("urn:a", &format!("{}{}{}{SERVICE}", import("1"), import("2"), import("3")));
        let part = definitions("urn:b", &binding("rpc"));
        let padded = |length: usize| format!("{part}{}", " ".repeat(length - part.len()));
        let full = padded(limit::DOCUMENT_BYTES - 1000);
        let rest = padded(bytes - 2 * full.len() - root.len());
        Site::made(&root, &[("/1", &full), ("/2", &full), ("/3", &rest)])
    };
    assert!(heavy(limit::WSDL_BYTES).gathered().0.is_ok());
    assert!(within(heavy(limit::WSDL_BYTES + 1).gathered().0, "size of all documents"));
    let deep = definitions("urn:b", &"<x>".repeat(limit::DEPTH));
    let site = Site::made(&definitions("urn:a", &format!("{}{SERVICE}", import("1"))), &[("/1", &deep)]);
    assert!(within(site.gathered().0, "depth"));
}

#[test]
fn a_client_may_wait_between_two_documents() {
    const fn travels<T: Send + Sync>() {}
    travels::<Documents>();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is broken in whichever document, the gathering ends, and asks this server only.
    #[test]
    fn damaged_parts(which in 0..4_usize, hits in prop::collection::vec((any::<Index>(), any::<Index>(), "[<>&\"a-z/?=.:#]{0,3}"), 1..8)) {
        let mut site = Site::of(FOLDERS[which]);
        let mut places: Vec<String> = site.documents.keys().cloned().collect();
        places.sort();
        for (document, at, text) in hits {
            let bytes = site.documents.get_mut(document.get(&places)).expect("a document");
            let at = at.index(bytes.len());
            bytes.splice(at..(at + text.len()).min(bytes.len()), text.bytes());
        }
        let _ = site.gathered();
    }
}
