//! Any bytes as a WSDL. By whatever binding comes of it, a request can be written, and no byte of the WSDL becomes a header line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uncall_contract::{Request, soap, wsdl};

fuzz_target!(|bytes: &[u8]| {
    let Ok(description) = wsdl::read(bytes, None) else { return };
    for (_operation, binding) in &description.operations {
        let request = Request::Ping { text: "801".to_owned() };
        let message = soap::write_request(&request, binding);
        for header in [Some(&message.content_type), message.soap_action.as_ref()].into_iter().flatten() {
            assert!(header.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{header:?}");
        }
    }
});
