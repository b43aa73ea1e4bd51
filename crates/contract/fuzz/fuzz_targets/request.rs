//! Any bytes as a request. What is understood can be written again and is understood again, and its answer can be read.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use uncall_contract::{
    soap::{self, Answer, Incoming},
    wsdl::{self, Description},
};

static OURS: LazyLock<Description> = LazyLock::new(|| wsdl::read(wsdl::write("http://pbx/").as_bytes(), None).expect("our own WSDL"));

fuzz_target!(|bytes: &[u8]| {
    let media = bytes.first().map(|first| [None, Some("text/xml; charset=gbk"), Some("application/soap+xml")][usize::from(first % 3)]);
    match soap::read_request(bytes, media.flatten()) {
        Ok(Incoming { request, dialect, .. }) => {
            let operation = request.operation();
            let binding = OURS.binding(operation).expect("all operations are offered");
            let again = soap::write_request(&request, binding);
            let again = soap::read_request(&again.body, Some(&again.content_type)).expect("what we write");
            assert_eq!(again.request.operation(), operation);
            let answer = soap::write_answer(&dialect, operation, "<uncall><result>1</result></uncall>");
            let read = soap::read_answer(&answer.body, Some(&answer.content_type)).expect("our own answer");
            assert!(matches!(read, Answer::Return(Some(text)) if text.contains("<result>1</result>")));
        }
        Err((version, fault)) => {
            let fault = soap::write_fault(version, &fault);
            let read = soap::read_answer(&fault.body, Some(&fault.content_type));
            assert!(matches!(read, Ok(Answer::Fault(_))), "{read:?}");
        }
    }
});
