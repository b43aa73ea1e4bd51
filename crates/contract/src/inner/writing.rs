//! Writes the inner document.

use crate::{Call, Operation, Outcome, Refusal, Reply, Request, xml};

/// Writes the inner document of an answer, in the tables' letter case (`docs/api.md`).
///
/// The `ActionID` of a refused OnClickCall is empty here; [`answer`] echoes the request's.
pub fn write(operation: Operation, outcome: &Outcome) -> String {
    document(operation, outcome, "")
}

/// Writes the inner document of the answer to `request`: like [`write()`], but a refused OnClickCall echoes its `strActionID`.
pub fn answer(request: &Request, outcome: &Outcome) -> String {
    let action_id = match request {
        Request::Dial { action_id, .. } => action_id.as_deref().unwrap_or_default(),
        Request::Ping { .. }
        | Request::Current { .. }
        | Request::Recording { .. }
        | Request::Busy { .. }
        | Request::Idle { .. }
        | Request::Hold { .. }
        | Request::Restore { .. }
        | Request::Transfer { .. }
        | Request::Survey { .. }
        | Request::Listen { .. }
        | Request::Whisper { .. }
        | Request::HangUp { .. } => "",
    };
    document(request.operation(), outcome, action_id)
}

fn document(operation: Operation, outcome: &Outcome, action_id: &str) -> String {
    let (result, fields) = match outcome {
        Ok(reply) => success(reply),
        Err(refusal) => ("0", refused(operation, refusal, action_id)),
    };
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<uncall>");
    if !result.is_empty() {
        element(&mut out, "result", result);
    }
    let wrapper = operation.name();
    out.push_str(&format!("<{wrapper}>"));
    for (name, value) in fields {
        element(&mut out, name, value.as_ref());
    }
    out.push_str(&format!("</{wrapper}></uncall>"));
    out
}

type Fields<'a> = Vec<(&'static str, std::borrow::Cow<'a, str>)>;

/// `result` and the wrapper's fields. UncallWorld has no `result` in the vendor's sample.
fn success(reply: &Reply) -> (&'static str, Fields<'_>) {
    match reply {
        Reply::Pong { text } => ("", vec![("Response", format!("UncallWorld:{text}").into())]),
        Reply::Dialled { response, action_id, message } => {
            ("1", vec![("Response", response.into()), ("ActionID", action_id.into()), ("Message", message.into())])
        }
        Reply::Current { call: None } => ("0", Vec::new()),
        Reply::Current { call: Some(Call { calla, callb, uid, status }) } => (
            "1",
            vec![
                ("calla", calla.into()),
                ("callb", callb.into()),
                ("uid", uid.into()),
                ("status", status.as_str().into()),
            ],
        ),
        Reply::Recording { files } => ("1", vec![("files", files.into())]),
        Reply::Held { channel: message } | Reply::Done { message } => {
            ("1", vec![("Response", "Success".into()), ("Message", message.into())])
        }
    }
}

/// The fields of a refusal: all fields of its operation, empty where there is no value.
fn refused<'a>(operation: Operation, refusal: &'a Refusal, action_id: &'a str) -> Fields<'a> {
    let Refusal { reason: _, response, message } = refusal;
    match operation {
        Operation::Dial => {
            vec![("Response", response.into()), ("ActionID", action_id.into()), ("Message", message.into())]
        }
        Operation::Current => ["calla", "callb", "uid", "status"].map(|name| (name, "".into())).into(),
        Operation::Recording if message.is_empty() => vec![("files", "".into())],
        Operation::Recording => vec![("files", "".into()), ("Message", message.into())],
        Operation::Ping
        | Operation::Busy
        | Operation::Idle
        | Operation::Hold
        | Operation::Restore
        | Operation::Transfer
        | Operation::Survey
        | Operation::Listen
        | Operation::Whisper
        | Operation::HangUp => vec![("Response", response.into()), ("Message", message.into())],
    }
}

fn element(out: &mut String, name: &str, value: &str) {
    out.push_str(&format!("<{name}>"));
    xml::text(out, value);
    out.push_str(&format!("</{name}>"));
}
