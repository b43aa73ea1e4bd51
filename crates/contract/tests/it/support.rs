//! Samples that several test files share.

use uncall_contract::{
    Operation, Request,
    soap::{Binding, Style, Version},
};

/// One request of every operation.
pub(crate) fn requests() -> Vec<Request> {
    let (agent, exten, target) = (|| "802".to_owned(), || "802".to_owned(), || "803".to_owned());
    vec![
        Request::Ping { text: "你好 <&> \"q\" 'a'".into() },
        Request::Dial { exten: exten(), number: "13800138000".into(), action_id: Some("通话&1".into()) },
        Request::Current { exten: exten() },
        Request::Recording { uid: "1372123897.17".into() },
        Request::Busy { exten: exten(), reason: None },
        Request::Idle { exten: exten() },
        Request::Hold { exten: exten(), uid: None },
        Request::Restore { agent: agent(), channel: "SIP/802-00000023".into() },
        Request::Transfer { agent: agent(), target: target(), uid: None },
        Request::Survey { agent: agent(), uid: None },
        Request::Listen { agent: agent(), target: target() },
        Request::Whisper { agent: agent(), target: target() },
        Request::HangUp { agent: agent(), uid: None },
    ]
}

pub(crate) const STYLES: [Style; 3] = [Style::RpcEncoded, Style::RpcLiteral, Style::DocumentLiteral];
pub(crate) const VERSIONS: [Version; 2] = [Version::V11, Version::V12];

/// A binding in our namespace.
pub(crate) fn binding(operation: Operation, style: Style, version: Version) -> Binding {
    Binding {
        version,
        style,
        wrapper: operation.name().into(),
        namespace: "urn:uncall".into(),
        qualified: style == Style::DocumentLiteral,
        action: format!("urn:uncall#{}", operation.name()),
        parameters: operation.parameters().iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// A SOAP 1.1 envelope around `body`, with the prefixes `soap`, `xsi`, `xsd` and `u` (`urn:uncall`).
pub(crate) fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:u=\"urn:uncall\"><soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

/// Escapes text for an element.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `tests/PATH` as bytes.
pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An HTTP message as captured: its first line, its headers, its body.
pub(crate) struct Captured {
    pub(crate) start: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn captured(path: &str) -> Captured {
    let bytes = file(path);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("headers end");
    let head = std::str::from_utf8(&bytes[..end]).expect("ASCII headers");
    let mut lines = head.split("\r\n");
    let start = lines.next().expect("a first line").to_owned();
    let content_type =
        lines.filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    Captured { start, content_type: content_type.map(|(_, value)| value.to_owned()), body: bytes[end + 4..].to_vec() }
}

/// The captured exchanges of a folder, by their names without `.request.http`, in order.
pub(crate) fn exchanges(folder: &str) -> Vec<String> {
    let path = format!("{}/tests/wire/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(path)
        .expect("the folder of captures")
        .filter_map(|entry| {
            entry.expect("an entry").file_name().to_str()?.strip_suffix(".request.http").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}
