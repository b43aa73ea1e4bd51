//! No bytes make a reader panic: random ones, and real documents with something broken in them.

use crate::support::{self, captured, exchanges, file};
use proptest::{prelude::*, sample::Index};
use uncall_contract::{
    Call, Direction, Operation, Reply, Request, charset, inner,
    soap::{self, Answer},
    wsdl,
};

/// Real documents of every kind.
fn documents() -> Vec<Vec<u8>> {
    let mut documents = vec![wsdl::write("http://pbx/").into_bytes()];
    for folder in ["rpc-encoded", "document-literal"] {
        documents.push(file(&format!("wire/{folder}/uncall.wsdl")));
        for name in exchanges(folder) {
            documents.push(captured(&format!("wire/{folder}/{name}.request.http")).body);
            documents.push(captured(&format!("wire/{folder}/{name}.response.http")).body);
        }
    }
    documents
}

/// Gives the bytes to every reader; what they say is not asked, only that they return.
fn read_by_all(bytes: &[u8]) {
    for content_type in [None, Some("text/xml; charset=gbk"), Some("application/soap+xml; charset=\"")] {
        let _ = charset::decode(bytes, content_type);
        let _ = soap::read_request(bytes, content_type);
        let _ = wsdl::read(bytes, content_type);
        if let Ok(Answer::Return(text)) = soap::read_answer(bytes, content_type) {
            let _ = inner::read(Operation::Current, text.as_deref());
        }
    }
    let text = String::from_utf8_lossy(bytes);
    for operation in [Operation::Ping, Operation::Dial, Operation::Current, Operation::Recording, Operation::HangUp] {
        let _ = inner::read(operation, Some(&text));
    }
}

/// One thing done to a document.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Put(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, usize),
    Repeat(Index, usize),
}

const SPLINTERS: [&str; 16] = [
    "<",
    ">",
    "&",
    "\"",
    "</",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<!DOCTYPE x [",
    "&#x110000;",
    "&lt;uncall",
    "<uncall>",
    "\u{feff}",
    " xmlns:a=\"\"",
    " href=\"#a\" id=\"a\"",
    "é",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Put(at, byte)),
        (any::<Index>(), prop::sample::select(&SPLINTERS[..])).prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Put(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Damage::Insert(at, text) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, text.bytes());
            }
            Damage::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Damage::Repeat(at, length) => {
                let at = at.index(bytes.len());
                let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn real_documents_cut_at_every_byte() {
    for name in ["rpc-encoded/09-popEvent-event.response.http", "document-literal/03-OnClickCall-ok.request.http"] {
        let body = captured(&format!("wire/{name}")).body;
        for end in 0..body.len() {
            read_by_all(&body[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_by_all(&bytes);
    }

    #[test]
    fn random_markup(pieces in prop::collection::vec(prop::sample::select(&SPLINTERS[..]), 0..40)) {
        read_by_all(pieces.concat().as_bytes());
    }

    #[test]
    fn damaged_documents(which in any::<Index>(), damages in prop::collection::vec(damage(), 1..6)) {
        let documents = documents();
        let mut bytes = documents[which.index(documents.len())].clone();
        for damage in damages {
            damage.apply(&mut bytes);
        }
        read_by_all(&bytes);
    }

    /// Whatever text goes into a request or an answer is text when it comes out: never markup, never lost.
    #[test]
    fn any_text_travels_unchanged(text in "([^\0-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]){0,60}", way in any::<Index>()) {
        let (style, version) = (support::STYLES[way.index(3)], support::VERSIONS[way.index(2)]);
        let request = Request::Dial { exten: text.clone(), number: "1".into(), action_id: Some(text.clone()) };
        let binding = support::binding(Operation::Dial, style, version);
        let message = soap::write_request(&request, &binding);
        let incoming = soap::read_request(&message.body, Some(&message.content_type)).expect("read back");
        prop_assert_eq!(&incoming.request, &request);
        let call = Call { calla: text.trim().into(), callb: "801".into(), uid: "1.2".into(), status: Direction::Callin };
        let outcome = Ok(Reply::Current { call: Some(call) });
        let document = inner::answer(&Request::Current { exten: "801".into() }, &outcome);
        let message = soap::write_answer(&incoming.dialect, Operation::Current, &document);
        let Ok(Answer::Return(text)) = soap::read_answer(&message.body, Some(&message.content_type)) else {
            panic!("no answer");
        };
        prop_assert_eq!(inner::read(Operation::Current, text.as_deref()), Ok(outcome));
    }
}
