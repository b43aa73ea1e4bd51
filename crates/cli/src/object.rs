//! The objects of `--json`, and the same results as text.

use serde::Serialize;
use uncall_client::Error;
use uncall_contract::{Call, Operation, Reason, Refusal, Reply, Request};
use uncall_number::rules::Step;

/// One result. Fields that do not apply to an operation are omitted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    pub(crate) operation: &'static str,
    pub(crate) ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action_id: Option<String>,
    /// What was dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    /// The extension part of the given number, which is not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_sent: Option<String>,
    /// Words next to the number that were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_out: Option<String>,
    /// The number rules that were taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) steps: Vec<Step>,
    /// `null` when there is no call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<Option<Call>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// The file a recording was saved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl Object {
    pub(crate) const fn new(operation: Operation, ok: bool) -> Object {
        Object {
            operation: operation.name(),
            ok,
            response: None,
            message: None,
            action_id: None,
            number: None,
            not_sent: None,
            left_out: None,
            steps: Vec::new(),
            call: None,
            files: None,
            url: None,
            file: None,
            error: None,
            detail: None,
        }
    }

    /// The operation succeeded.
    pub(crate) fn reply(request: &Request, reply: &Reply) -> Object {
        let mut object = Object { number: number(request), ..Object::new(request.operation(), true) };
        match reply {
            Reply::Pong { text } => object.response = Some(format!("UncallWorld:{text}")),
            Reply::Dialled { response, action_id, message } => {
                object.response = Some(response.clone());
                object.message = Some(message.clone());
                object.action_id = Some(action_id.clone()).filter(|id| !id.is_empty()).or_else(|| sent_id(request));
            }
            Reply::Current { call } => object.call = Some(call.clone()),
            Reply::Recording { files } => object.files = Some(files.clone()),
            Reply::Held { channel: message } | Reply::Done { message } => {
                object.response = Some("Success".into());
                object.message = Some(message.clone());
            }
        }
        object
    }

    /// The server refused.
    pub(crate) fn refusal(request: &Request, refusal: &Refusal) -> Object {
        Object {
            response: Some(refusal.response.clone()),
            message: Some(refusal.message.clone()),
            action_id: sent_id(request),
            number: number(request),
            ..Object::new(request.operation(), false)
        }
    }

    /// The operation failed or its outcome is unknown.
    pub(crate) fn failure(request: &Request, error: &Error) -> Object {
        Object {
            action_id: sent_id(request),
            number: number(request),
            error: Some(error.code()),
            detail: Some(error.to_string()),
            ..Object::new(request.operation(), false)
        }
    }
}

fn sent_id(request: &Request) -> Option<String> {
    if let Request::Dial { action_id, .. } = request { action_id.clone() } else { None }
}

fn number(request: &Request) -> Option<String> {
    if let Request::Dial { number, .. } = request { Some(number.clone()) } else { None }
}

/// The parts of a number that are not dialled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aside {
    /// The extension part. Nothing can send it yet.
    pub(crate) not_sent: Option<String>,
    /// Words next to the number.
    pub(crate) left_out: Option<String>,
    /// The number rules that were taken.
    pub(crate) steps: Vec<Step>,
}

impl Aside {
    /// Adds these parts to an object.
    pub(crate) fn beside(&self, object: Object) -> Object {
        let Aside { not_sent, left_out, steps } = self.clone();
        Object { not_sent, left_out, steps, ..object }
    }
}

/// A reply as text, with the parts of the number that were not dialled.
pub(crate) fn words(request: &Request, aside: &Aside, reply: &Reply) -> String {
    match reply {
        Reply::Pong { text } => format!("the server answers: {text}"),
        Reply::Dialled { response, action_id, message } => {
            let number = number(request).unwrap_or_default();
            let then = aside.not_sent.as_ref().map(|part| format!(", then {part} (not sent)")).unwrap_or_default();
            let by: Vec<String> = aside.steps.iter().map(ToString::to_string).collect();
            let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
            let left = aside.left_out.as_ref().map(|words| format!(", left out {words:?}")).unwrap_or_default();
            format!("dialling {number}{by}{then}{left}: {response}, {message} (action id {action_id})")
        }
        Reply::Current { call: Some(call) } => call_words(call),
        Reply::Current { call: None } => "no call".into(),
        Reply::Recording { files } => files.clone(),
        Reply::Held { channel } => format!("held; to take it back: uncall restore {channel}"),
        Reply::Done { message } if message.is_empty() => "done".into(),
        Reply::Done { message } => message.clone(),
    }
}

pub(crate) fn call_words(call: &Call) -> String {
    let Call { calla, callb, uid, status } = call;
    format!("{} {calla} -> {callb}, uid {uid}", status.as_str())
}

/// Why the server said no.
pub(crate) fn reason(refusal: &Refusal) -> String {
    let said = [refusal.message.as_str(), refusal.response.as_str()].into_iter().find(|text| !text.is_empty());
    match (refusal.reason, said) {
        (Reason::NoRecording, _) => "refused: there is no recording of this call".into(),
        (_, Some(said)) => format!("refused: {said}"),
        (_, None) => "refused without a reason".into(),
    }
}
