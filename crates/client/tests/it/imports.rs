//! WSDLs in parts, as real servers give them: `crates/contract/tests/wsdl`.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
};

use uncall_client::Error;
use uncall_contract::{Operation, Reply};
use url::Url;

use crate::{
    client, ping,
    server::{Answer, Seen, Server, http, soap, success},
};

/// The documents of a folder by path and query, and the root's.
fn documents(folder: &str) -> (String, HashMap<String, Vec<u8>>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../contract/tests/wsdl").join(folder);
    let places = fs::read_to_string(folder.join("places.txt")).unwrap();
    let places: Vec<(String, Vec<u8>)> = places
        .lines()
        .map(|line| {
            let (url, file) = line.split_once(' ').unwrap();
            (place(&Url::parse(url).unwrap()), fs::read(folder.join(file)).unwrap())
        })
        .collect();
    (places[0].0.clone(), places.into_iter().collect())
}

fn place(url: &Url) -> String {
    url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
}

fn serving(documents: HashMap<String, Vec<u8>>) -> Server {
    Server::start(move |seen: &Seen| match (seen.operation(), documents.get(&seen.target)) {
        (Some(operation), _) => Answer::Bytes(soap(operation, &success(operation))),
        (None, Some(bytes)) => Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", bytes)),
        (None, None) => Answer::Bytes(http("404 Not Found", "", "")),
    })
}

#[tokio::test]
async fn a_wsdl_in_parts_is_gathered_once_and_called() {
    for folder in ["jax-ws", "wcf", "axis2", "by-hand"] {
        let (root, documents) = documents(folder);
        let server = serving(documents);
        let client = client(server.url(&root));
        for _ in 0..2 {
            let reply = client.call(&ping()).await;
            assert_eq!(reply, Ok(Ok(Reply::Pong { text: "hello".into() })), "{folder}");
        }
        let seen = server.seen();
        let fetched: Vec<&str> = seen.iter().filter(|seen| seen.method == "GET").map(|seen| &*seen.target).collect();
        let once: HashSet<&str> = fetched.iter().copied().collect();
        assert!(fetched.len() > 1 && fetched.len() == once.len(), "{folder}: {fetched:?}");
        assert_eq!(server.calls(Operation::Ping), 2, "{folder}");
    }
}

#[tokio::test]
async fn a_part_that_is_missing_is_named() {
    let (root, mut documents) = documents("wcf");
    documents.retain(|place, _| *place == root);
    let server = serving(documents);
    let error = client(server.url(&root)).call(&ping()).await.unwrap_err();
    assert!(matches!(&error, Error::NotUnderstood(why) if why.contains("HTTP status 404")), "{error:?}");
}

#[tokio::test]
async fn a_part_that_leads_to_another_server_is_not_taken() {
    let (root, parts) = documents("wcf");
    let other = serving(parts.clone());
    let (elsewhere, place) = (other.address, root.clone());
    let server = Server::start(move |seen: &Seen| {
        if seen.target == place {
            Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", &parts[&place]))
        } else {
            Answer::Bytes(http("302 Found", &format!("Location: http://{elsewhere}{}\r\n", seen.target), ""))
        }
    });
    let error = client(server.url(&root)).call(&ping()).await.unwrap_err();
    assert!(matches!(&error, Error::NotUnderstood(why) if why.contains("another server")), "{error:?}");
}

#[tokio::test]
async fn parts_without_end_stop_at_the_limit() {
    let server = Server::start(|seen: &Seen| {
        let number: usize = seen.target.rsplit('=').next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let next = format!(
            "<definitions xmlns=\"http://schemas.xmlsoap.org/wsdl/\" targetNamespace=\"urn:x\">\
             <import namespace=\"urn:x\" location=\"?wsdl={}\"/>\
             <service name=\"S\"><port name=\"P\" binding=\"B\" xmlns=\"\"/></service></definitions>",
            number + 1
        );
        Answer::Bytes(http("200 OK", "Content-Type: text/xml\r\n", next))
    });
    let error = client(server.url("/?wsdl=0")).call(&ping()).await.unwrap_err();
    assert!(matches!(error, Error::Limit(_) | Error::NotUnderstood(_)), "{error:?}");
    assert!(server.seen().len() <= uncall_contract::limit::WSDL_DOCUMENTS);
}
